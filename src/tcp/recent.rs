//! The last delivered bytes of all flows, so that a retransmission with other content is noticed.
//!
//! All sides share one ring of bytes: what was delivered last overwrites what was delivered first, whoever sent it. A side only knows which piece
//! of it is the latest, and each piece knows the one before. So remembering is a copy, and forgetting is nothing at all.

use crate::base::origin::PacketId;

/// One piece for so many bytes of the ring: as long as segments are longer than that, the bytes are what is short.
const BYTES_PER_PIECE: usize = 256;

/// How large the ring is at first, for many captures are small.
const FIRST_ROOM: usize = 16 << 10;

/// How many pieces of its side are compared with a retransmission: more than fit into the largest window of a system of the year 2000.
const STEPS: usize = 256;

/// Bytes of one side that came in one packet.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// The number of the piece of the same side before it; 0 if there is none.
    before: u64,
    /// Its position in the stream.
    start: i64,
    len: usize,
    /// How many bytes had been written before it.
    at: u64,
    packet: PacketId,
}

/// The number of the latest piece of a side; 0 if there is none.
#[derive(Clone, Copy, Debug)]
pub struct Latest(u64);

impl Latest {
    /// Of a side that nothing is remembered of.
    pub const NONE: Self = Self(0);
}

/// The ring.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    /// How large `bytes` may become.
    room: usize,
    /// How large `pieces` may become.
    most_pieces: usize,
    /// How many bytes were written, and where the next one is.
    written: u64,
    next_byte: usize,
    /// How many pieces there were, and where the next one is.
    counted: u64,
    next_piece: usize,
}

impl Recent {
    /// A ring of so many bytes.
    pub fn new(room: usize) -> Self {
        Self { room, most_pieces: (room / BYTES_PER_PIECE).max(1), ..Self::default() }
    }

    /// Remembers that `bytes` were delivered at position `start`, from `packet`.
    #[inline]
    pub fn remember(&mut self, latest: &mut Latest, start: i64, bytes: &[u8], packet: PacketId) {
        let skip = bytes.len().saturating_sub(self.room);
        let Some(bytes) = bytes.get(skip..).filter(|bytes| !bytes.is_empty()) else { return };
        let at = self.write(bytes);
        let piece = Piece { before: latest.0, start: start + skip as i64, len: bytes.len(), at, packet };
        match self.pieces.get_mut(self.next_piece) {
            Some(oldest) => *oldest = piece,
            None => self.pieces.push(piece),
        }
        self.counted += 1;
        self.next_piece = if self.next_piece + 1 == self.most_pieces { 0 } else { self.next_piece + 1 };
        *latest = Latest(self.counted);
    }

    /// The packet that first carried one of the `bytes` at position `start` with another content, if there is one. What is not remembered is
    /// not compared.
    pub fn conflict(&self, latest: Latest, start: i64, bytes: &[u8]) -> Option<PacketId> {
        let end = start + bytes.len() as i64;
        let mut first = None;
        let mut number = latest.0;
        for _ in 0..STEPS {
            let Some(piece) = self.piece(number).filter(|piece| piece.start + piece.len as i64 > start) else { break };
            let from = piece.start.max(start);
            let upto = end.min(piece.start + piece.len as i64);
            if from < upto {
                let (ours, theirs) = ((from - piece.start) as usize, (from - start) as usize);
                let len = (upto - from) as usize;
                let ours = self.shown(piece).get(ours..ours + len);
                if ours != bytes.get(theirs..theirs + len) {
                    first = Some(piece.packet);
                }
            }
            number = piece.before;
        }
        first
    }

    /// The piece with this number, if its bytes are still there.
    fn piece(&self, number: u64) -> Option<&Piece> {
        let before = number.checked_sub(1)?;
        let piece = self.pieces.get(self.place_of(before))?;
        let kept = self.counted - before <= self.pieces.len() as u64 && self.written <= piece.at + self.room as u64;
        kept.then_some(piece)
    }

    fn shown(&self, piece: &Piece) -> &[u8] {
        let place = (piece.at % self.room.max(1) as u64) as usize;
        self.bytes.get(place..place + piece.len).unwrap_or_default()
    }

    /// Where the piece is kept before which there were so many.
    fn place_of(&self, before: u64) -> usize {
        (before % self.most_pieces.max(1) as u64) as usize
    }

    /// Writes `bytes`, which fit, in one stretch. Says behind how many others they stand.
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> u64 {
        if self.room - self.next_byte < bytes.len() {
            self.written += (self.room - self.next_byte) as u64;
            self.next_byte = 0;
        }
        let end = self.next_byte + bytes.len();
        if self.bytes.len() < end {
            self.grow(end);
        }
        if let Some(target) = self.bytes.get_mut(self.next_byte..end) {
            target.copy_from_slice(bytes);
        }
        self.next_byte = if end == self.room { 0 } else { end };
        self.written += bytes.len() as u64;
        self.written - bytes.len() as u64
    }

    /// Makes room for `wanted` bytes or more: first for a few, then for all. What is not written costs nothing.
    #[cold]
    fn grow(&mut self, wanted: usize) {
        let size = if wanted <= FIRST_ROOM { FIRST_ROOM.min(self.room) } else { self.room };
        let mut bytes = vec![0; size];
        if let Some(written) = bytes.get_mut(..self.bytes.len()) {
            written.copy_from_slice(&self.bytes);
        }
        self.bytes = bytes;
        self.pieces.reserve((size / BYTES_PER_PIECE).saturating_sub(self.pieces.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(number: u64) -> PacketId {
        PacketId { capture: 0, number }
    }

    #[test]
    fn names_the_packet_that_carried_the_differing_byte() {
        let mut recent = Recent::new(1 << 12);
        let (mut one, mut other) = (Latest::NONE, Latest::NONE);
        recent.remember(&mut one, 0, b"abcd", packet(1));
        recent.remember(&mut other, 0, b"ABCD", packet(9));
        recent.remember(&mut one, 4, b"efgh", packet(2));
        recent.remember(&mut one, 20, b"xyz", packet(3));
        assert_eq!(recent.conflict(one, 0, b"abcdefgh"), None);
        assert_eq!(recent.conflict(one, 2, b"cdeFgh"), Some(packet(2)));
        assert_eq!(recent.conflict(one, 3, b"DEF"), Some(packet(1)), "the first one that differs");
        assert_eq!(recent.conflict(one, 6, b"gh------------xyz"), None, "the gap between has no bytes to compare");
        assert_eq!(recent.conflict(one, 19, b"-xyZ"), Some(packet(3)));
        assert_eq!(recent.conflict(other, 0, b"ABCD"), None);
        assert_eq!(recent.conflict(Latest::NONE, 0, b"?"), None);
    }

    #[test]
    fn what_comes_last_overwrites_what_came_first() {
        let mut recent = Recent::new(1024);
        let mut latest = [Latest::NONE; 2];
        for round in 0..100_u64 {
            for (side, latest) in latest.iter_mut().enumerate() {
                recent.remember(latest, round as i64 * 300, &[side as u8; 300], packet(2 * round + side as u64));
            }
            assert!(recent.bytes.len() <= 1024 && recent.pieces.len() <= 4);
        }
        assert_eq!(recent.conflict(latest[0], 99 * 300, &[7]), Some(packet(198)));
        assert_eq!(recent.conflict(latest[0], 99 * 300, &[0; 300]), None);
        assert_eq!(recent.conflict(latest[1], 98 * 300, &[7; 300]), Some(packet(197)));
        assert_eq!(recent.conflict(latest[0], 98 * 300, &[7; 300]), None, "forgotten");
        recent.remember(&mut latest[0], 30_000, &[3; 5000], packet(500));
        assert_eq!(recent.conflict(latest[0], 34_990, &[4; 10]), Some(packet(500)), "the end of what is too much");
        assert_eq!(recent.conflict(latest[0], 30_000, &[4; 10]), None);
        assert_eq!(recent.conflict(latest[1], 99 * 300, &[7; 300]), None);
    }

    #[test]
    fn a_ring_without_room_remembers_nothing() {
        let mut recent = Recent::new(0);
        let mut latest = Latest::NONE;
        recent.remember(&mut latest, 0, b"abc", packet(1));
        assert_eq!(recent.conflict(latest, 0, b"xyz"), None);
    }
}
