//! The same packets in other files: reads the records of a pcap file and writes them in other formats.

use std::fs;
use std::path::Path;

/// One packet of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Microseconds since 1970.
    pub(crate) at: u64,
    pub(crate) original_len: u32,
    pub(crate) bytes: Vec<u8>,
}

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) big_endian: bool,
    pub(crate) nanoseconds: bool,
}

/// The packets of a pcap file in little endian and microseconds, of Ethernet.
pub(crate) fn records(path: &Path) -> Vec<Record> {
    let file = fs::read(path).unwrap();
    assert_eq!(file[..4], [0xd4, 0xc3, 0xb2, 0xa1], "{} is such a file", path.display());
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    assert_eq!(word(20), 1, "{} is of Ethernet", path.display());
    let mut records = Vec::new();
    let mut at = 24;
    while at < file.len() {
        let captured = word(at + 8) as usize;
        let bytes = file[at + 16..at + 16 + captured].to_vec();
        records.push(Record { at: u64::from(word(at)) * 1_000_000 + u64::from(word(at + 4)), original_len: word(at + 12), bytes });
        at += 16 + captured;
    }
    records
}

fn put(file: &mut Vec<u8>, style: Style, words: &[u32]) {
    file.extend(words.iter().flat_map(|word| if style.big_endian { word.to_be_bytes() } else { word.to_le_bytes() }));
}

/// A pcap file.
pub(crate) fn pcap(records: &[Record], style: Style) -> Vec<u8> {
    let mut file = Vec::new();
    let magic = if style.nanoseconds { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
    let version = if style.big_endian { 0x0002_0004 } else { 0x0004_0002 };
    put(&mut file, style, &[magic, version, 0, 0, 262_144, 1]);
    for Record { at, original_len, bytes } in records {
        let fraction = (at % 1_000_000) as u32 * if style.nanoseconds { 1000 } else { 1 };
        put(&mut file, style, &[(at / 1_000_000) as u32, fraction, bytes.len() as u32, *original_len]);
        file.extend(bytes);
    }
    file
}

/// A pcapng file of several sections, each with an interface that has nothing to say before the one of the packets, and with blocks of other
/// kinds between them.
pub(crate) fn pcapng(records: &[Record], style: Style, sections: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let size = records.len().div_ceil(sections).max(1);
    for part in (0..sections).map(|section| records.get(section * size..).unwrap_or_default()).map(|rest| &rest[..rest.len().min(size)]) {
        let version = if style.big_endian { 0x0001_0000 } else { 0x0000_0001 };
        block(&mut file, style, 0x0a0d_0d0a, |body| put(body, style, &[0x1a2b_3c4d, version, u32::MAX, u32::MAX]));
        interface(&mut file, style, 101, 0x94);
        interface(&mut file, style, 1, if style.nanoseconds { 9 } else { 6 });
        block(&mut file, style, 5, |body| put(body, style, &[1, 0, 0]));
        for Record { at, original_len, bytes } in part {
            let units = at * if style.nanoseconds { 1000 } else { 1 };
            block(&mut file, style, 6, |body| {
                put(body, style, &[1, (units >> 32) as u32, units as u32, bytes.len() as u32, *original_len]);
                body.extend(bytes);
                body.resize(body.len().next_multiple_of(4), 0);
                // A comment, which is an option of two words and its end.
                put(body, style, &[option(style, 1, 3)]);
                body.extend(*b"odd\0");
                put(body, style, &[0]);
            });
            block(&mut file, style, 4, |body| put(body, style, &[0]));
        }
    }
    file
}

fn interface(file: &mut Vec<u8>, style: Style, link_type: u32, resolution: u8) {
    block(file, style, 1, |body| {
        let first = if style.big_endian { link_type << 16 } else { link_type };
        put(body, style, &[first, 0, option(style, 9, 1)]);
        body.extend([resolution, 0, 0, 0]);
        put(body, style, &[0]);
    });
}

/// The head of an option.
fn option(style: Style, code: u32, length: u32) -> u32 {
    if style.big_endian { code << 16 | length } else { length << 16 | code }
}

fn block(file: &mut Vec<u8>, style: Style, kind: u32, write: impl FnOnce(&mut Vec<u8>)) {
    let mut body = Vec::new();
    write(&mut body);
    let length = body.len() as u32 + 12;
    put(file, style, &[kind, length]);
    file.extend(body);
    put(file, style, &[length]);
}
