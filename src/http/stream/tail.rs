//! The end of a line in which a start line is looked for.

use super::Held;
use super::sink::{Mark, Seen};
use crate::base::origin::Origin;
use crate::http::head::start::{self, CLOSING_TAG_BYTES, Role};

/// The line that is being searched, or its end if it is long, and which packets carried it.
///
/// Only the last `reach` bytes of a line are searched, and the closing tag before them is looked at. More than twice as much is never held, and
/// what is dropped is dropped in blocks, so that a line that arrives byte by byte costs no more than one that arrives at once.
#[derive(Debug, Default)]
pub(super) struct Tail {
    bytes: Vec<u8>,
    /// How many bytes of the line were dropped before them.
    dropped: u64,
    /// Where in the line the bytes of each packet begin.
    marks: Vec<(u64, Mark)>,
    /// Whether bytes are missing directly before the line.
    behind_gap: bool,
}

impl Tail {
    /// That of the line whose beginning lies in a gap.
    pub(super) fn behind_gap() -> Self {
        Self { behind_gap: true, ..Self::default() }
    }

    /// Takes the next bytes of the line.
    pub(super) fn push(&mut self, bytes: &[u8], reach: usize, mark: Mark) {
        if self.marks.last().is_none_or(|(_, last)| last.packet != mark.packet) {
            self.marks.push((self.dropped.saturating_add(self.bytes.len() as u64), mark));
        }
        let kept = reach.saturating_add(CLOSING_TAG_BYTES);
        let skipped = bytes.len().saturating_sub(kept);
        if skipped > 0 {
            self.drop_front(self.bytes.len());
            self.dropped = self.dropped.saturating_add(skipped as u64);
        }
        self.bytes.extend_from_slice(bytes.get(skipped..).unwrap_or_default());
        if self.bytes.len() / 2 > kept {
            self.drop_front(self.bytes.len().saturating_sub(kept));
        }
    }

    /// The line is finished: the start line that stands inside it.
    pub(super) fn start_line(&self, reach: usize, role: Option<Role>) -> Option<(Held, Role)> {
        let (at, role) = start::find(&self.bytes, self.behind_gap && self.dropped == 0, role)?;
        let (_, bytes) = self.bytes.split_at_checked(at).filter(|(_, bytes)| bytes.len() <= reach)?;
        let marks = self.marks.get(self.packet_of(at)..).unwrap_or_default();
        let mut origin = Origin::default();
        for (_, mark) in marks {
            origin.add(mark.packet);
        }
        let ((_, first), (_, last)) = (marks.first()?, marks.last()?);
        Some((Held { bytes: bytes.to_vec(), seen: Seen { first: first.at, last: last.at, origin } }, role))
    }

    /// The index in `marks` of the packet that carried `bytes[at]`.
    fn packet_of(&self, at: usize) -> usize {
        let at = self.dropped.saturating_add(at as u64);
        self.marks.partition_point(|(begin, _)| *begin <= at).saturating_sub(1)
    }

    fn drop_front(&mut self, count: usize) {
        self.marks.drain(..self.packet_of(count));
        self.bytes.drain(..count);
        self.dropped = self.dropped.saturating_add(count as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::origin::PacketId;
    use crate::base::time::Timestamp;

    const REACH: usize = 32;

    fn tail(pieces: &[&[u8]]) -> Tail {
        let mut tail = Tail::default();
        for (number, piece) in (1..).zip(pieces) {
            tail.push(piece, REACH, Mark { at: Timestamp::from_nanos(number), packet: PacketId { capture: 0, number: number as u64 } });
        }
        tail
    }

    fn start_line(pieces: &[&[u8]]) -> Option<(String, i64, u64)> {
        let (held, _) = tail(pieces).start_line(REACH, None)?;
        Some((String::from_utf8(held.bytes).unwrap(), held.seen.first.nanos(), held.seen.origin.first().unwrap().number))
    }

    #[test]
    fn a_start_line_is_dated_by_its_own_first_byte() {
        let found = |number| Some(("GET / HTTP/1.1\r\n".to_owned(), i64::from(number), u64::from(number)));
        assert_eq!(start_line(&[b"</a>GET / HTTP/1.1\r\n"]), found(1u32));
        assert_eq!(start_line(&[b"</a", b">GET /", b" HTTP/1.1\r\n"]), found(2));
        assert_eq!(start_line(&[b"</a", b">", b"GET / HTTP/1.1\r\n"]), found(3));
        assert_eq!(start_line(&[&b"a".repeat(500), &b"b".repeat(40), b"</b>", b"G", b"ET / HTTP/1.1\r\n"]), found(4));
    }

    #[test]
    fn a_long_line_is_searched_as_far_as_it_reaches_however_it_arrives() {
        for (target, tag, fits) in [(18, CLOSING_TAG_BYTES, true), (19, CLOSING_TAG_BYTES, false), (18, CLOSING_TAG_BYTES + 1, false)] {
            let line = format!("{}</{}>GET /{} HTTP/1.1\n", "x".repeat(500), "a".repeat(tag - 3), "t".repeat(target - 1));
            let bytes: Vec<_> = line.as_bytes().chunks(1).collect();
            assert_eq!(start_line(&[line.as_bytes()]).is_some(), fits);
            assert_eq!(start_line(&bytes).is_some(), fits);
        }
    }

    #[test]
    fn what_is_held_stays_bounded() {
        let tail = tail(&vec![b"x".as_slice(); 10_000]);
        assert!(tail.bytes.len() <= 2 * (REACH + CLOSING_TAG_BYTES) + 1 && tail.marks.len() <= tail.bytes.len(), "{tail:?}");
    }

    #[test]
    fn a_gap_may_end_inside_a_closing_tag() {
        let behind_gap = |pieces: &[&[u8]]| {
            let mut tail = tail(pieces);
            tail.behind_gap = true;
            tail.start_line(REACH, None).map(|(held, _)| String::from_utf8(held.bytes).unwrap())
        };
        for rest in ["/r:update>", "r:update>", "e>", ">"] {
            let found = behind_gap(&[rest.as_bytes(), b"GET / HTTP/1.1\r\n"]);
            assert_eq!(found.as_deref(), Some("GET / HTTP/1.1\r\n"), "{rest}");
            assert_eq!(start_line(&[rest.as_bytes(), b"GET / HTTP/1.1\r\n"]), None, "{rest} behind a whole line");
        }
        for rest in ["e", "it is>", "<e>", "a=\"b\">", "//e>"] {
            assert_eq!(behind_gap(&[rest.as_bytes(), b"GET / HTTP/1.1\r\n"]), None, "{rest}");
        }
        assert_eq!(behind_gap(&[&b"a".repeat(500), b">GET / HTTP/1.1\r\n"]), None, "no name is so long");
    }

    #[test]
    fn the_beginning_of_a_line_is_not_inside_it() {
        assert_eq!(start_line(&[b"GET / HTTP/1.1\r\n"]), None);
    }
}
