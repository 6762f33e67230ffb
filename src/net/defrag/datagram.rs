//! One datagram: the fragments that were captured of it, each byte once. Its memory is that of the captured bytes, wherever they lie.

use crate::net::ip::Fragment;
use crate::net::view::View;
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

/// What a datagram and a piece of it cost besides their bytes.
const OVERHEAD: usize = 1024;
const PIECE_OVERHEAD: usize = 48;

/// Bytes that came together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Where they end in the datagram.
    end: u32,
    /// Where they are kept.
    at: usize,
    /// How many of them were captured.
    captured: u32,
}

/// What a fragment brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// Bytes, or the end.
    New,
    /// Nothing: it was there before.
    Copy,
    /// Something that contradicts what was there before. Only what was free was taken.
    Conflict,
}

/// A datagram.
#[derive(Debug, Default)]
pub(super) struct Datagram {
    /// What it carries, once the first fragment was seen.
    pub(super) protocol: Option<u8>,
    /// The captured bytes in the order in which they came.
    bytes: Vec<u8>,
    /// Where they belong, by their beginning; pieces do not overlap.
    pieces: BTreeMap<u32, Piece>,
    /// How long the pieces are together.
    covered: u32,
    /// Where the datagram ends, once its last fragment was seen.
    end: Option<u32>,
}

impl Datagram {
    /// Adds a fragment that is `length` bytes long, of which `bytes` were captured. With `exact`, whatever overlaps without being a copy is a
    /// conflict; else only other bytes are.
    pub(super) fn add(&mut self, fragment: Fragment, length: u32, bytes: &[u8], exact: bool) -> Added {
        let (start, mut end) = (fragment.offset, fragment.offset + length);
        let bytes = bytes.get(..length as usize).unwrap_or(bytes);
        if exact && self.pieces.get(&start).is_some_and(|piece| piece.end == end && self.is_same(piece, start, start, bytes)) {
            return if fragment.more == (self.end == Some(end)) { Added::Conflict } else { Added::Copy };
        }
        let mut conflict = false;
        let mut new = false;
        let furthest = self.pieces.last_key_value().map_or(0, |(_, piece)| piece.end);
        match self.end {
            // Bytes behind the end, or another end: the first end counts.
            Some(known) if end > known || (!fragment.more && end != known) => {
                conflict = true;
                end = end.min(known);
            }
            None if !fragment.more && furthest > end => conflict = true,
            None if !fragment.more => {
                self.end = Some(end);
                new = true;
            }
            _ => {}
        }
        let mut free = start;
        while free < end {
            let before = self.pieces.range(..=free).next_back().filter(|(_, piece)| piece.end > free);
            if let Some((at, piece)) = before {
                conflict |= exact || !self.is_same(piece, *at, start, bytes);
                free = piece.end;
                continue;
            }
            let next = self.pieces.range((Excluded(free), Unbounded)).next().map_or(end, |(next, _)| end.min(*next));
            let from = bytes.len().min((free - start) as usize);
            let upto = bytes.len().min((next - start) as usize);
            let kept = bytes.get(from..upto).unwrap_or_default();
            self.pieces.insert(free, Piece { end: next, at: self.bytes.len(), captured: kept.len() as u32 });
            self.bytes.extend_from_slice(kept);
            self.covered += next - free;
            new = true;
            free = next;
        }
        match (conflict, new) {
            (true, _) => Added::Conflict,
            (false, true) => Added::New,
            (false, false) => Added::Copy,
        }
    }

    /// Whether the piece at `at` and `bytes` at `start` are the same where both were captured.
    fn is_same(&self, piece: &Piece, at: u32, start: u32, bytes: &[u8]) -> bool {
        let from = at.max(start);
        let upto = (at + piece.captured).min(start + bytes.len() as u32);
        if from >= upto {
            return true;
        }
        let kept = piece.at + (from - at) as usize..piece.at + (upto - at) as usize;
        self.bytes.get(kept) == bytes.get((from - start) as usize..(upto - start) as usize)
    }

    /// Whether the whole fragment is part of this datagram, which is complete.
    pub(super) fn holds(&self, fragment: Fragment, length: u32, bytes: &[u8]) -> bool {
        let (start, end) = (fragment.offset, fragment.offset + length);
        let last = self.end == Some(end);
        if self.end.is_none_or(|known| end > known) || last == fragment.more {
            return false;
        }
        let first = self.pieces.range(..=start).next_back().map_or(start, |(at, _)| *at);
        self.pieces.range(first..).take_while(|(at, _)| **at < end).all(|(at, piece)| self.is_same(piece, *at, start, bytes))
    }

    /// Forgets the bytes, but not where they were.
    pub(super) fn forget(&mut self) {
        self.bytes = Vec::new();
        for piece in self.pieces.values_mut() {
            piece.captured = 0;
        }
    }

    /// Whether every byte up to the end came.
    pub(super) fn is_complete(&self) -> bool {
        self.end == Some(self.covered)
    }

    /// How many separate pieces it has.
    pub(super) fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// Bytes of memory that it uses.
    pub(super) fn memory(&self) -> usize {
        OVERHEAD + self.bytes.capacity() + self.pieces.len() * PIECE_OVERHEAD
    }

    /// Writes it in order into `buffer`, as far as it was captured without a hole. The rest is missing.
    pub(super) fn write<'a>(&self, buffer: &'a mut Vec<u8>) -> View<'a> {
        buffer.clear();
        for (start, piece) in &self.pieces {
            let captured = piece.at..piece.at + piece.captured as usize;
            buffer.extend_from_slice(self.bytes.get(captured).unwrap_or_default());
            if piece.captured < piece.end - start {
                break;
            }
        }
        let missing = (self.covered as usize).saturating_sub(buffer.len());
        View { bytes: buffer, missing }
    }
}
