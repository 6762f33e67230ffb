//! Compressed data whole, cut, damaged, in several members and beyond the ceiling.

use super::testing::{gzip, raw, zlib};
use super::*;

/// A text that deflate makes smaller, but not much.
fn text(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'a' + (state >> 24) as u8 % 26
    };
    (0..len).map(|_| next()).collect()
}

fn expanded(wrapper: Wrapper, packed: &[u8], ceiling: usize) -> (Vec<u8>, End) {
    let Expanded { bytes, end } = expand(wrapper, packed, ceiling);
    (bytes, end)
}

#[test]
fn each_wrapper_is_opened() {
    let text = text(100_000);
    for (wrapper, packed) in [(Wrapper::Gzip, gzip(&text)), (Wrapper::Deflate, zlib(&text)), (Wrapper::Deflate, raw(&text))] {
        assert_eq!(expanded(wrapper, &packed, 1 << 20), (text.clone(), End::Complete));
        let padded = [packed, b"behind".to_vec()].concat();
        assert_eq!(expanded(wrapper, &padded, 1 << 20), (text.clone(), End::Complete));
    }
}

#[test]
fn an_empty_body_is_no_damage() {
    for wrapper in [Wrapper::Gzip, Wrapper::Deflate] {
        assert_eq!(expanded(wrapper, b"", 10), (vec![], End::Complete));
    }
    assert_eq!(expanded(Wrapper::Gzip, &gzip(b""), 0), (vec![], End::Complete));
    assert_eq!(expanded(Wrapper::Deflate, &raw(b""), 0), (vec![], End::Complete));
}

#[test]
fn several_members_are_one_text() {
    let packed = [gzip(b"one "), gzip(b""), gzip(b"two")].concat();
    assert_eq!(expanded(Wrapper::Gzip, &packed, 100), (b"one two".to_vec(), End::Complete));
    assert_eq!(expanded(Wrapper::Gzip, &packed[..packed.len() - 9], 100), (b"one two".to_vec(), End::Cut), "its check is missing");
    let many = gzip(b"x").repeat(MEMBERS + 1);
    assert_eq!(expanded(Wrapper::Gzip, &many, 1000), (vec![b'x'; MEMBERS], End::Damaged));
}

#[test]
fn what_stands_before_a_cut_is_read() {
    let text = text(5000);
    for (wrapper, packed) in [(Wrapper::Gzip, gzip(&text)), (Wrapper::Deflate, zlib(&text)), (Wrapper::Deflate, raw(&text))] {
        let mut longest = 0;
        for cut in 1..packed.len() {
            let (bytes, end) = expanded(wrapper, &packed[..cut], 1 << 20);
            assert!(text.starts_with(&bytes) && bytes.len() >= longest && end == End::Cut, "{wrapper:?} {cut} {end:?}");
            longest = bytes.len();
        }
        assert!(longest > 4900, "{wrapper:?} {longest}");
    }
}

#[test]
fn what_stands_before_damage_is_read() {
    let text = text(50_000);
    for (wrapper, mut packed) in [(Wrapper::Gzip, gzip(&text)), (Wrapper::Deflate, zlib(&text))] {
        let last = packed.len() - 1;
        packed[last] ^= 1;
        assert_eq!(expanded(wrapper, &packed, 1 << 20), (text.clone(), End::Damaged), "only the check is wrong");
    }
    // A stored block whose length contradicts its complement, behind one that is right.
    let stored = b"\x00\x03\x00\xfc\xffabc\x00\x03\x00\x03\x00xyz";
    assert_eq!(expanded(Wrapper::Deflate, stored, 100), (b"abc".to_vec(), End::Damaged));
    for plain in [b"<?xml version=\"1.0\"?>".as_slice(), b"{}", b"\xff\xff"] {
        assert_eq!(expanded(Wrapper::Gzip, plain, 100), (vec![], End::Damaged));
    }
}

#[test]
fn a_bomb_ends_at_the_ceiling() {
    let zeros = vec![0; 4 << 20];
    for (wrapper, packed) in [(Wrapper::Gzip, gzip(&zeros)), (Wrapper::Deflate, zlib(&zeros)), (Wrapper::Deflate, raw(&zeros))] {
        for ceiling in [0, 1, 1000, (4 << 20) - 1] {
            assert_eq!(expanded(wrapper, &packed, ceiling), (zeros[..ceiling].to_vec(), End::Ceiling), "{ceiling}");
        }
        assert_eq!(expanded(wrapper, &packed, 4 << 20).1, End::Complete);
    }
}

#[test]
fn hostile_bytes_end_somehow() {
    let whole = gzip(&text(300));
    for at in 0..whole.len() {
        for flip in [1, 0x80, 0xff] {
            let mut packed = whole.clone();
            packed[at] ^= flip;
            for wrapper in [Wrapper::Gzip, Wrapper::Deflate] {
                assert!(expand(wrapper, &packed, 500).bytes.len() <= 500);
            }
        }
    }
}

/// A reader that gives a few bytes at a time.
struct Drip(std::collections::VecDeque<u8>, usize);

impl Read for Drip {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(room.len()).min(self.0.len());
        for (slot, byte) in room.iter_mut().zip(self.0.drain(..count)) {
            *slot = byte;
        }
        Ok(count)
    }
}

/// What a file reads as, in pieces of `step` bytes, and the error behind it.
fn file(packed: &[u8], step: usize) -> (Vec<u8>, Option<ErrorKind>) {
    let mut reader = gzip_reader(Box::new(Drip(packed.iter().copied().collect(), step)));
    let mut bytes = Vec::new();
    let mut room = [0; 777];
    loop {
        match reader.read(&mut room) {
            Ok(0) => return (bytes, None),
            Ok(count) => bytes.extend_from_slice(&room[..count]),
            Err(error) => {
                assert_eq!(reader.read(&mut room).unwrap_err().kind(), error.kind(), "an error lasts");
                return (bytes, Some(error.kind()));
            }
        }
    }
}

#[test]
fn a_file_is_read_as_one_whatever_its_members() {
    let text = text(200_000);
    let (one, two) = text.split_at(70_000);
    let packed = [gzip(one), gzip(b""), gzip(two)].concat();
    for step in [1, 100, 1 << 20] {
        assert_eq!(file(&packed, step), (text.clone(), None), "{step}");
        assert_eq!(file(&[packed.clone(), vec![0; 512]].concat(), step), (text.clone(), None), "padded");
        assert_eq!(file(&[packed.clone(), b"more".to_vec()].concat(), step), (text.clone(), Some(ErrorKind::InvalidData)));
    }
    assert_eq!(file(b"", 1), (vec![], None));
    assert_eq!(file(b"plain", 1), (vec![], Some(ErrorKind::InvalidData)));
}

#[test]
fn a_damaged_file_is_read_up_to_the_damage() {
    let text = text(200_000);
    let packed = gzip(&text);
    let (bytes, error) = file(&packed[..packed.len() / 2], 5000);
    assert!(bytes.len() > 90_000 && text.starts_with(&bytes));
    assert_eq!(error, Some(ErrorKind::UnexpectedEof));
    let stored = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x00\x03\x00\xfc\xffabc\x00\x03\x00\x03\x00xyz";
    for step in [1, 1000] {
        assert_eq!(file(stored, step), (b"abc".to_vec(), Some(ErrorKind::InvalidData)), "{step}");
    }
}
