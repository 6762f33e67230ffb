//! Compressed captures, whole, cut and hostile. The files were made by the programs that people use: gzip 1.12, zstd 1.5.4, lz4 1.9.4, xz 5.4.1 and
//! bzip2 1.0.8, each in two parts.

use super::*;
use std::fs;
use std::path::PathBuf;

fn file(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/compressed").join(name)).unwrap()
}

fn plain() -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("captures/redirect/capture.pcap")).unwrap()
}

const FILES: [(&str, &str); 7] = [
    ("redirect.pcap.gz", "gzip"),
    ("redirect.pcap.zst", "zstd"),
    ("skippable.pcap.zst", "zstd"),
    ("redirect.pcap.lz4", "lz4"),
    ("legacy.pcap.lz4", "lz4"),
    ("redirect.pcap.xz", "xz"),
    ("redirect.pcap.bz2", "bzip2"),
];

/// Gives one byte at a time.
struct Drip(Cursor<Vec<u8>>);

impl Read for Drip {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let one = room.len().min(1);
        self.0.read(&mut room[..one])
    }
}

/// What comes out, and the error that ended it.
fn expand(packed: Vec<u8>, limits: &Limits) -> (Option<&'static str>, Vec<u8>, Option<String>) {
    let (name, mut stream) = open(Box::new(Drip(Cursor::new(packed))), limits).unwrap();
    let mut bytes = Vec::new();
    let mut room = [0; 1000];
    loop {
        match stream.read(&mut room) {
            Ok(0) => return (name, bytes, None),
            Ok(read) => bytes.extend_from_slice(&room[..read]),
            Err(error) => return (name, bytes, Some(error.to_string())),
        }
    }
}

#[test]
fn all_parts_of_each_format() {
    for (name, compression) in FILES {
        assert_eq!(expand(file(name), &Limits::default()), (Some(compression), plain(), None), "{name}");
    }
    assert_eq!(expand(plain(), &Limits::default()), (None, plain(), None));
    assert_eq!(expand(b"\x1f".to_vec(), &Limits::default()), (None, b"\x1f".to_vec(), None));
}

#[test]
fn what_stands_before_a_cut_is_read() {
    for (name, compression) in FILES {
        let whole = file(name);
        let mut longest = 0;
        for cut in (7..whole.len()).step_by(13) {
            let (_, bytes, error) = expand(whole[..cut].to_vec(), &Limits::default());
            assert!(plain().starts_with(&bytes), "{name} cut at {cut}: {} bytes", bytes.len());
            longest = longest.max(bytes.len());
            // Between two parts, and before the end marks of bzip2's and lz4's old format, nothing tells that something is missing.
            if let Some(error) = error {
                assert!(error.starts_with(&format!("the {compression} data are damaged or cut")), "{name} cut at {cut}: {error}");
            }
        }
        assert!(
            longest >= plain().len() / 2 || name.starts_with("legacy"),
            "{name}: the first part at least, but there were {longest} bytes"
        );
    }
}

#[test]
fn damage_is_an_error_and_no_panic() {
    for (name, _) in FILES {
        let whole = file(name);
        let mut told = 0;
        for at in (4..whole.len()).step_by(7) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            let (_, bytes, error) = expand(damaged, &Limits::default());
            told += usize::from(error.is_some() || bytes != plain());
        }
        assert!(told * 7 * 10 > whole.len() * 8, "{name}: {told} of {} were noticed", whole.len() / 7);
    }
}

#[test]
fn a_bomb_ends_at_the_ceiling() {
    let limits = Limits { expansion_bytes: 4000, expansion_ratio: 2, ..Limits::default() };
    for (name, _) in FILES {
        let (_, bytes, error) = expand(file(name), &limits);
        let error = error.unwrap_or_default();
        assert!(error.contains("decompress the file first"), "{name}: {error}");
        assert!((4000..8500).contains(&bytes.len()), "{name}: {}", bytes.len());
    }
}

#[test]
fn a_window_beyond_the_ceiling_is_refused() {
    let limits = Limits { window_bytes: 1 << 10, ..Limits::default() };
    for name in ["redirect.pcap.zst", "redirect.pcap.xz"] {
        let (_, bytes, error) = expand(file(name), &limits);
        assert!(bytes.is_empty() && error.is_some(), "{name}");
    }
}

/// A zstd frame with a window of 16 MiB whose blocks hold `plain` as it is (RFC 8878, section 3.1.1), and where its blocks end.
fn zstd_of_raw_blocks(plain: &[u8], checksum: bool) -> (Vec<u8>, Vec<usize>) {
    let mut packed = vec![0x28, 0xb5, 0x2f, 0xfd, if checksum { 4 } else { 0 }, 14 << 3];
    let mut ends = Vec::new();
    for block in plain.chunks(1000) {
        packed.extend(&u32::try_from(block.len() << 3).unwrap().to_le_bytes()[..3]);
        packed.extend(block);
        ends.push(packed.len());
    }
    (packed, ends)
}

#[test]
fn a_cut_window_of_megabytes_costs_the_block_that_was_cut() {
    for checksum in [false, true] {
        let (packed, ends) = zstd_of_raw_blocks(&plain(), checksum);
        for (whole, end) in ends.iter().enumerate().skip(1) {
            for cut in [end - 500, *end] {
                let (_, bytes, error) = expand(packed[..cut].to_vec(), &Limits::default());
                let blocks = if cut == *end { whole + 1 } else { whole };
                assert_eq!(bytes, plain()[..plain().len().min(blocks * 1000)], "cut at {cut}");
                assert!(error.unwrap().starts_with("the zstd data are damaged or cut before their byte"), "cut at {cut}");
            }
        }
    }
}
