//! Where a part of a text stands: half the size of a string slice, and nothing is borrowed.

/// The bytes `start..end` of a text that is shorter than 4 GiB, as all texts that are kept are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

impl ByteRange {
    /// The bytes `start..end`.
    #[inline]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// Where `part` stands, which is a part of `whole`.
    #[inline]
    pub fn within(part: &[u8], whole: &[u8]) -> Self {
        let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
        Self::new(start, start + part.len())
    }

    /// How many bytes there are.
    #[inline]
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The part of `text` that it stands for; nothing where that is none.
    #[inline]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_again() {
        let text = "PROPFIND /instmsg";
        let range = ByteRange::within(&text.as_bytes()[9..], text.as_bytes());
        assert_eq!((range, range.of(text), range.len()), (ByteRange::new(9, 17), "/instmsg", 8));
        assert_eq!((range.of("PROPFIND"), ByteRange::default().is_empty()), ("", true));
    }
}
