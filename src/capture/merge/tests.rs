//! Captures side by side and one after the other.

use super::*;
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A pcap whose packets have these times, in seconds; the second is the packet's only byte.
fn pcap(times: &[u8]) -> Vec<u8> {
    let word = |word: u32| word.to_le_bytes();
    let mut bytes: Vec<u8> = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65535, 1].into_iter().flat_map(word).collect();
    for time in times {
        bytes.extend([u32::from(*time), 0, 1, 1].into_iter().flat_map(word));
        bytes.push(*time);
    }
    bytes
}

/// How often files were opened.
type Opened = Arc<AtomicUsize>;

fn part(bytes: Vec<u8>, opened: &Opened) -> Part {
    let opened = Arc::clone(opened);
    let open = move |capture| {
        opened.fetch_add(1, Ordering::Relaxed);
        CaptureFile::new(Box::new(Cursor::new(bytes.clone())), capture, &Limits::default())
    };
    Part { open: Box::new(open), reopens: true }
}

/// Capture, number and byte of each packet in order, and what was told.
fn read(merged: &mut Merged) -> (Vec<(u32, u64, u8)>, Vec<String>) {
    let mut packets = Vec::new();
    let mut damage = Vec::new();
    loop {
        match merged.advance() {
            Step::Packet => {
                let packet = merged.packet().unwrap();
                packets.push((packet.id.capture, packet.id.number, packet.bytes[0]));
            }
            Step::Damage(place) => damage.push(format!("{}: {place}", place.capture)),
            Step::End => return (packets, damage),
        }
    }
}

fn merge(files: &[Vec<u8>], limits: &Limits) -> (Vec<(u32, u64, u8)>, Vec<String>) {
    let parts = files.iter().map(|file| part(file.clone(), &Opened::default())).collect();
    let (mut merged, refused) = Merged::new(parts, limits);
    assert!(refused.is_empty());
    read(&mut merged)
}

#[test]
fn rotated_files_are_read_one_after_the_other_whatever_their_order() {
    let (packets, damage) = merge(&[pcap(&[30, 31]), pcap(&[10, 11]), pcap(&[20, 21])], &Limits { open_captures: 1, ..Limits::default() });
    assert_eq!(packets, [(1, 1, 10), (1, 2, 11), (2, 1, 20), (2, 2, 21), (0, 1, 30), (0, 2, 31)]);
    assert!(damage.is_empty(), "{damage:?}");
}

#[test]
fn overlapping_files_are_read_side_by_side() {
    let (packets, damage) = merge(&[pcap(&[10, 20, 30]), pcap(&[]), pcap(&[15, 20, 40])], &Limits::default());
    assert_eq!(packets, [(0, 1, 10), (2, 1, 15), (0, 2, 20), (2, 2, 20), (0, 3, 30), (2, 3, 40)]);
    assert!(damage.is_empty(), "{damage:?}");
}

/// A capture's own order stays, even where its times go back.
#[test]
fn disorder_within_a_file_stays() {
    let (packets, _) = merge(&[pcap(&[10, 9, 12]), pcap(&[11])], &Limits::default());
    assert_eq!(packets, [(0, 1, 10), (0, 2, 9), (1, 1, 11), (0, 3, 12)]);
}

#[test]
fn where_too_many_overlap_it_is_told_and_nothing_is_lost() {
    let (packets, damage) = merge(&[pcap(&[10, 20]), pcap(&[11, 21]), pcap(&[12, 22])], &Limits { open_captures: 2, ..Limits::default() });
    assert_eq!(packets, [(0, 1, 10), (1, 1, 11), (0, 2, 20), (2, 1, 12), (1, 2, 21), (2, 2, 22)]);
    assert_eq!(damage.len(), 1);
    assert!(damage[0].contains("2: ") && damage[0].contains("2 captures overlap"), "{damage:?}");
}

#[test]
fn damage_and_counts_belong_to_their_capture() {
    let mut cut = pcap(&[10, 20]);
    cut.truncate(cut.len() - 3);
    let parts = vec![part(pcap(&[15]), &Opened::default()), part(cut, &Opened::default())];
    let (mut merged, _) = Merged::new(parts, &Limits::default());
    let (packets, damage) = read(&mut merged);
    assert_eq!(packets, [(1, 1, 10), (0, 1, 15)]);
    assert!(damage.len() == 1 && damage[0].starts_with("1: byte 41 (after packet 1)"), "{damage:?}");
    assert_eq!(merged.infos().iter().map(|info| info.skipped_bytes).collect::<Vec<_>>(), [0, 14]);
}

#[test]
fn what_is_no_capture_is_left_out() {
    let opened = Opened::default();
    let parts = vec![part(b"no capture".to_vec(), &opened), part(pcap(&[10]), &opened)];
    let (mut merged, refused) = Merged::new(parts, &Limits::default());
    assert_eq!(refused.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [0]);
    assert_eq!(read(&mut merged).0, [(0, 1, 10)], "the index is that among those that are captures");
}

#[test]
fn each_file_is_open_only_while_it_is_read() {
    let opened = Opened::default();
    let parts = (0..20).map(|number| part(pcap(&[number * 2, number * 2 + 1]), &opened)).collect();
    let (mut merged, _) = Merged::new(parts, &Limits::default());
    assert_eq!(merged.slots.iter().filter(|slot| slot.file.is_some()).count(), 0);
    let mut most = 0;
    while merged.advance() != Step::End {
        most = most.max(merged.slots.iter().filter(|slot| slot.file.is_some()).count());
    }
    assert_eq!((opened.load(Ordering::Relaxed), most), (40, 1), "each was opened twice, one at a time");
}

/// A pipe can't be opened twice: what it gave at first is not lost.
#[test]
fn a_pipe_stays_open() {
    let pipe = Part { reopens: false, ..part(pcap(&[20, 21]), &Opened::default()) };
    let (mut merged, _) = Merged::new(vec![pipe, part(pcap(&[10, 30]), &Opened::default())], &Limits::default());
    assert_eq!(read(&mut merged).0, [(1, 1, 10), (0, 1, 20), (0, 2, 21), (1, 2, 30)]);
}
