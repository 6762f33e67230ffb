//! Captures built byte by byte: both byte orders, both time units, cuts and damage.

use super::*;
use crate::base::time::Timestamp;
use crate::capture::Packet;
use std::io::Cursor;

mod damage;
mod joined;
mod layouts;
mod other;
mod pcapng;

struct Read {
    packets: Vec<(u64, Timestamp, u16, Vec<u8>, u32)>,
    damage: Vec<String>,
    info: CaptureInfo,
}

/// Reads a capture packet by packet, and as it is handed out, which is the same.
fn read(bytes: Vec<u8>) -> Read {
    let handed_out = read_so(bytes.clone(), true);
    let read = read_so(bytes, false);
    assert_eq!((&handed_out.packets, &handed_out.damage, &handed_out.info), (&read.packets, &read.damage, &read.info));
    read
}

fn read_so(bytes: Vec<u8>, hands_out: bool) -> Read {
    let mut file = CaptureFile::new(Box::new(Cursor::new(bytes)), 0, &Limits::default()).unwrap_or_else(|why| panic!("{why}"));
    let mut packets = Vec::new();
    let mut take = |packet: &Packet<'_>| {
        let Packet { id, at, link_type, bytes, original_len } = *packet;
        packets.push((id.number, at.unwrap_or_default(), link_type.unwrap_or(NO_LINK), bytes.to_vec(), original_len));
        true
    };
    let mut damage = Vec::new();
    loop {
        match file.advance() {
            Step::Packet => {
                take(&file.packet().unwrap());
                if hands_out {
                    file.hand_out(&mut take);
                }
            }
            Step::Damage(place) => damage.push(place.to_string()),
            Step::End => return Read { packets, damage, info: file.infos()[0].clone() },
        }
    }
}

/// Stands for a record that holds no packet.
const NO_LINK: u16 = u16::MAX;

fn refused(bytes: &[u8]) -> String {
    match CaptureFile::new(Box::new(Cursor::new(bytes.to_vec())), 0, &Limits::default()) {
        Ok(_) => panic!("taken for a capture"),
        Err(why) => why.to_string(),
    }
}

fn words(big_endian: bool, words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| if big_endian { word.to_be_bytes() } else { word.to_le_bytes() }).collect()
}

/// A pcap with two packets, of three and of one byte.
fn pcap(big_endian: bool, nanoseconds: bool) -> Vec<u8> {
    let magic = if nanoseconds { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
    let version = if big_endian { 0x0002_0004 } else { 0x0004_0002 };
    let mut bytes = words(big_endian, &[magic, version, 0, 0, 65535, 1]);
    bytes.extend(words(big_endian, &[1_000_000_000, 5, 3, 3]));
    bytes.extend(b"abc");
    bytes.extend(words(big_endian, &[1_000_000_001, 7, 1, 60]));
    bytes.extend(b"d");
    bytes
}

#[test]
fn pcap_in_both_byte_orders_and_units() {
    for big_endian in [false, true] {
        for nanoseconds in [false, true] {
            let unit = if nanoseconds { 1 } else { 1000 };
            let read = read(pcap(big_endian, nanoseconds));
            let expected = [
                (1, Timestamp::from_nanos(1_000_000_000_000_000_000 + 5 * unit), 1, b"abc".to_vec(), 3),
                (2, Timestamp::from_nanos(1_000_000_001_000_000_000 + 7 * unit), 1, b"d".to_vec(), 60),
            ];
            assert_eq!(read.packets, expected);
            assert_eq!(read.damage, [""; 0]);
            assert_eq!(read.info.time_digits, if nanoseconds { 9 } else { 6 });
            assert_eq!(read.info.bytes, 24 + 16 + 3 + 16 + 1);
        }
    }
}

#[test]
fn a_cut_pcap_keeps_what_came_before_the_cut() {
    let whole = pcap(false, false);
    for cut in 24..whole.len() {
        let read = read(whole.get(..cut).unwrap().to_vec());
        let complete = usize::from(cut >= 43);
        assert_eq!(read.packets.len(), complete, "cut at {cut}");
        let clean = cut == 24 || cut == 43;
        assert_eq!(read.damage.len(), usize::from(!clean), "cut at {cut}: {:?}", read.damage);
        assert_eq!(read.info.skipped_bytes + if complete == 1 { 43 } else { 24 }, cut as u64);
    }
}

#[test]
fn a_record_of_impossible_length_is_damage_not_memory() {
    let mut bytes = pcap(false, false);
    bytes.splice(32..40, [0xf0, 0xff, 0xff, 0xff, 0xf0, 0xff, 0xff, 0xff]);
    let read = read(bytes);
    assert_eq!(read.packets.len(), 1, "the second one");
    assert!(read.damage[0].contains("4294967280"), "{:?}", read.damage);
}

fn block(big_endian: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let length = (12 + padded) as u32;
    let mut bytes = words(big_endian, &[kind, length]);
    bytes.extend(body);
    bytes.resize(8 + padded, 0);
    bytes.extend(words(big_endian, &[length]));
    bytes
}

fn section(big_endian: bool) -> Vec<u8> {
    let version = if big_endian { 0x0001_0000 } else { 0x0000_0001 };
    block(big_endian, 0x0a0d_0d0a, &words(big_endian, &[0x1a2b_3c4d, version, u32::MAX, u32::MAX]))
}

/// An interface of a link type (high or low half of a word) with a time resolution.
fn interface(big_endian: bool, link_type: u32, resolution: u8) -> Vec<u8> {
    let first = if big_endian { link_type << 16 } else { link_type };
    let option = if big_endian { 0x0009_0001 } else { 0x0001_0009 };
    let mut body = words(big_endian, &[first, 0, option]);
    body.extend([resolution, 0, 0, 0]);
    body.extend([0; 4]);
    block(big_endian, 1, &body)
}

fn enhanced(big_endian: bool, interface: u32, time: u64, bytes: &[u8]) -> Vec<u8> {
    let len = bytes.len() as u32;
    let mut body = words(big_endian, &[interface, (time >> 32) as u32, time as u32, len, len]);
    body.extend(bytes);
    block(big_endian, 6, &body)
}

#[test]
fn what_is_no_capture_is_told_so() {
    assert!(refused(b"").contains("empty"));
    assert!(refused(b"GET / HTTP/1.1\r\n").contains("GET / HT"));
    assert!(refused(&pcap(false, false)[..20]).contains("found 20"));
    assert!(refused(&section(false)[..10]).contains("byte-order magic"));
    assert!(refused(b"\x1b[2J....").contains("\\u{1b}[2J"));
}
