//! A second, plain opinion on what is in a capture: it counts packets and TCP payload bytes and knows nothing else.

use std::fs;
use std::path::Path;

/// What a capture holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) read: u64,
    pub(crate) tcp: u64,
    pub(crate) icmp_about_tcp: u64,
    pub(crate) other: u64,
    /// TCP payload bytes that the capture kept.
    pub(crate) captured: u64,
}

/// The counts of a pcap or pcapng file of Ethernet packets.
pub(crate) fn counts(path: &Path) -> Counts {
    let file = fs::read(path).unwrap();
    let mut counts = Counts::default();
    for packet in packets(&file) {
        counts.read += 1;
        match transport(packet) {
            Some((6, header, length)) => {
                counts.tcp += 1;
                let offset = usize::from(header[12] >> 4) * 4;
                counts.captured += length.min(header.len()).saturating_sub(offset) as u64;
            }
            // Destination unreachable, source quench, redirect, time exceeded, parameter problem: the errors of RFC 792 that quote a packet.
            Some((1, header, _)) if matches!(header[0], 3 | 4 | 5 | 11 | 12) && header.get(8 + 9) == Some(&6) => counts.icmp_about_tcp += 1,
            Some((58, header, _)) if header[0] < 128 && header.get(8 + 6) == Some(&6) => counts.icmp_about_tcp += 1,
            _ => counts.other += 1,
        }
    }
    counts
}

/// Where each record of a little-endian pcap file ends, the file header first.
pub(crate) fn record_ends(file: &[u8]) -> Vec<usize> {
    let mut ends = vec![24];
    while let Some(length) = ends.last().and_then(|end| file.get(end + 8..end + 12)) {
        ends.push(ends.last().unwrap() + 16 + u32::from_le_bytes(length.try_into().unwrap()) as usize);
    }
    ends
}

fn packets(file: &[u8]) -> Vec<&[u8]> {
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let mut packets = Vec::new();
    if word(0) == 0x0a0d_0d0a {
        let mut at = 0;
        while at < file.len() {
            if word(at) == 6 {
                packets.push(&file[at + 28..at + 28 + word(at + 20)]);
            }
            at += word(at + 4);
        }
    } else {
        assert!(matches!(word(0), 0xa1b2_c3d4 | 0xa1b2_3c4d), "a little-endian pcap file");
        packets.extend(record_ends(file).windows(2).map(|ends| &file[ends[0] + 16..ends[1]]));
    }
    packets
}

/// The transport protocol, its bytes and the length that the IP header gives it.
fn transport(frame: &[u8]) -> Option<(u8, &[u8], usize)> {
    let half = |at: usize| usize::from(u16::from_be_bytes([frame[at], frame[at + 1]]));
    let (kind, ip) = if half(12) == 0x8100 { (half(16), 18) } else { (half(12), 14) };
    match kind {
        0x0800 => {
            let header = usize::from(frame[ip] & 15) * 4;
            Some((frame[ip + 9], &frame[ip + header..], half(ip + 2) - header))
        }
        0x86dd => Some((frame[ip + 6], &frame[ip + 40..], half(ip + 4))),
        _ => None,
    }
}
