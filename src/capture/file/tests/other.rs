//! The other formats, from the files in `tests/other_formats`: cuts and damage everywhere.

use super::*;

/// The files that are not of the formats pcap and pcapng, and the bytes before the first record of each.
const FILES: &[(&str, &[u8], usize)] = &[
    ("snoop", include_bytes!("../../../../tests/other_formats/redirect.snoop"), 16),
    ("netmon1", include_bytes!("../../../../tests/other_formats/redirect.netmon1"), 128),
    ("netmon2", include_bytes!("../../../../tests/other_formats/redirect.netmon2"), 128),
    ("ngwsniffer_1_1", include_bytes!("../../../../tests/other_formats/redirect.ngwsniffer_1_1"), 128),
    ("ngwsniffer_2_0", include_bytes!("../../../../tests/other_formats/redirect.ngwsniffer_2_0"), 128),
    ("ngsniffer", include_bytes!("../../../../tests/other_formats/redirect.ngsniffer"), 41),
    ("visual", include_bytes!("../../../../tests/other_formats/redirect.visual"), 192),
    ("5views", include_bytes!("../../../../tests/other_formats/redirect.5views"), 56),
];

fn opened(bytes: &[u8]) -> Option<CaptureFile> {
    CaptureFile::new(Box::new(Cursor::new(bytes.to_vec())), 0, &Limits::default()).ok()
}

/// A file cut at any byte gives the packets that are whole, and says where it was cut, if that is no end of a record.
#[test]
fn every_beginning() {
    for (name, bytes, header) in FILES {
        let whole = read_so(bytes.to_vec(), false);
        assert_eq!(whole.packets.len(), 66, "{name}");
        let mut before = 0;
        for cut in 0..bytes.len() {
            if cut < *header {
                assert!(opened(&bytes[..cut]).is_none(), "{name} of {cut} bytes");
                continue;
            }
            let found = read_so(bytes[..cut].to_vec(), false);
            assert_eq!(found.packets, whole.packets[..found.packets.len()], "{name} cut at {cut}");
            assert!(found.packets.len() >= before && found.packets.len() <= before + 1, "{name} cut at {cut}");
            before = found.packets.len();
            assert!(found.damage.len() <= 1, "{name} cut at {cut}: {:?}", found.damage);
            assert_eq!(found.info.bytes, cut as u64, "{name}");
        }
    }
}

/// One byte changed, at a thousand places: at most the record that was hit and the one before it are lost or other.
#[test]
fn a_damaged_byte_costs_what_it_hit() {
    for (name, bytes, header) in FILES {
        let whole = read_so(bytes.to_vec(), false);
        let records = bytes.len() - header;
        for round in 0..1000 {
            let place = header + round * 7919 % records;
            let mut damaged = bytes.to_vec();
            damaged[place] ^= (round * 31 + 1) as u8 | 0x10;
            let found = read_so(damaged, false);
            let seen: Vec<&Vec<u8>> = found.packets.iter().map(|(_, _, _, bytes, _)| bytes).collect();
            let lost = whole.packets.iter().filter(|(_, _, _, bytes, _)| !seen.contains(&bytes)).count();
            assert!(lost <= 2, "{name}, byte {place}: {lost} are lost, {:?}", found.damage);
            assert!(found.packets.len() <= 67, "{name}, byte {place}: {} packets", found.packets.len());
            assert_eq!(found.info.bytes as usize, bytes.len(), "{name}, byte {place}");
        }
    }
}

/// A hole, as a disk or a copy leaves it: the rest of the file moves up, or other bytes stand in it.
#[test]
fn a_hole_costs_what_it_hit() {
    for (name, bytes, header) in FILES {
        let whole = read_so(bytes.to_vec(), false);
        for (from, len) in [(300, 1), (1000, 5), (1500, 100), (2000, 1000), (4000, 37)] {
            let (from, upto) = (header + from, header + from + len);
            let mut missing = bytes.to_vec();
            missing.drain(from..upto);
            let mut filled = bytes.to_vec();
            filled[from..upto].fill(0xee);
            for (damaged, what) in [(missing, "missing"), (filled, "filled")] {
                let found = read_so(damaged, false);
                let seen: Vec<&Vec<u8>> = found.packets.iter().map(|(_, _, _, bytes, _)| bytes).collect();
                let lost = whole.packets.iter().filter(|(_, _, _, bytes, _)| !seen.contains(&bytes)).count();
                // The shortest records have some sixty bytes.
                assert!(lost <= 2 + len / 60, "{name}, {from}..{upto} {what}: {lost} are lost, {:?}", found.damage);
            }
        }
    }
}

/// Rubbish behind a file header: no packet is made of it.
#[test]
fn rubbish_is_no_packet() {
    for (name, bytes, header) in FILES {
        let mut damaged = bytes[..*header].to_vec();
        damaged.extend((0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8));
        let found = read_so(damaged, false);
        assert!(found.packets.len() <= 1, "{name}: {} packets", found.packets.len());
        assert!(!found.damage.is_empty(), "{name}");
    }
}
