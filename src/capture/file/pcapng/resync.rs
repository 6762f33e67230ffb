//! Behind damage in a pcapng file: finds the next block. A block has a known type and the same length at both ends.

use super::{SECTION_HEADER, word};
use crate::capture::file::{Input, pcap};

/// The types of blocks that are looked for, and the least length of each.
const KNOWN: [(u32, usize); 9] =
    [(SECTION_HEADER, 28), (1, 20), (2, 32), (3, 16), (4, 12), (5, 24), (6, 32), (0x0bad, 16), (0x4000_0bad, 16)];

/// Longest block that is looked for: a packet of the largest size with its options. A longer one is skipped with the damage.
pub(in crate::capture::file) const LONGEST: usize = (1 << 20) + 4096;

/// How far the next block is searched at a time.
const SCAN: usize = 1 << 20;

/// Whether a block, or nothing, stands `len` bytes on.
pub(super) fn leads_on(input: &mut Input, len: usize, big_endian: bool) -> bool {
    let window = input.buffer.peek(len + LONGEST);
    window.get(len..).is_some_and(|rest| rest.is_empty() || begins(rest, big_endian))
}

/// Whether a block stands in what is left of the file, which is less than `window`.
pub(super) fn is_followed(input: &mut Input, window: usize, big_endian: bool) -> bool {
    let bytes = input.buffer.peek(window);
    (1..bytes.len()).any(|place| begins(bytes.get(place..).unwrap_or_default(), big_endian))
}

/// The length of the block at hand by the length at its end, if the next block begins there.
pub(super) fn length_by_its_end(input: &mut Input, big_endian: bool) -> Option<usize> {
    let bytes = input.buffer.peek(SCAN + LONGEST);
    let next = (1..bytes.len().min(SCAN)).find(|place| begins(bytes.get(*place..).unwrap_or_default(), big_endian)).unwrap_or(bytes.len());
    let end = next.checked_sub(4).filter(|end| *end >= 8)?;
    (word(bytes, end, big_endian) as usize == next).then_some(next)
}

/// Skips to the next block, or to the end of the file: how many bytes, and whether there is one.
pub(super) fn skip(input: &mut Input, big_endian: bool) -> (u64, bool) {
    let start = input.buffer.offset();
    let mut from = 1;
    loop {
        let bytes = input.buffer.peek(SCAN + LONGEST);
        let at_end = bytes.len() < SCAN + LONGEST;
        let upto = if at_end { bytes.len() } else { SCAN };
        let found = (from..upto).find(|place| begins(bytes.get(*place..).unwrap_or_default(), big_endian));
        input.consume(found.unwrap_or(upto));
        if at_end || found.is_some() {
            return (input.buffer.offset() - start, found.is_some());
        }
        from = 0;
    }
}

/// Whether a block, or another file, begins with `bytes`.
fn begins(bytes: &[u8], big_endian: bool) -> bool {
    is_block(bytes, big_endian) || pcap::begins(bytes)
}

/// Whether a whole section header begins with `bytes`.
pub(in crate::capture::file) fn is_section(bytes: &[u8]) -> bool {
    word(bytes, 0, true) == SECTION_HEADER && is_block(bytes, true)
}

/// Whether `bytes` begin with a whole block. A section header says itself in which byte order it is.
fn is_block(bytes: &[u8], big_endian: bool) -> bool {
    let kind = word(bytes, 0, big_endian);
    let Some((_, least)) = KNOWN.iter().find(|(known, _)| *known == kind) else { return false };
    let big_endian = if kind == SECTION_HEADER {
        match bytes.get(8..12) {
            Some([0x1a, 0x2b, 0x3c, 0x4d]) => true,
            Some([0x4d, 0x3c, 0x2b, 0x1a]) => false,
            _ => return false,
        }
    } else {
        big_endian
    };
    let length = word(bytes, 4, big_endian) as usize;
    length >= *least
        && length.is_multiple_of(4)
        && length <= LONGEST
        && bytes.len() >= length
        && word(bytes, length - 4, big_endian) as usize == length
}
