//! What one side holds back: bytes behind holes, and the ranges behind holes that the capture is known to have cut off.

use crate::base::note::NoteKind;
use crate::tcp::accounts::Accounts;
use crate::tcp::assembler::Seen;
use std::collections::BTreeMap;

/// What a held piece costs besides its bytes (tree node, allocation). It counts against the ceilings, so that many tiny segments stay bounded.
pub const PIECE_COST: usize = 64;

/// Bytes that wait behind a hole.
#[derive(Debug)]
pub struct Held {
    /// The bytes; never empty.
    pub bytes: Vec<u8>,
    /// The packet they came in.
    pub seen: Seen,
}

impl Held {
    /// Counts `again` as a second copy of what is held from `offset` on, and compares the two.
    pub fn compare(&self, offset: usize, again: &[u8], seen: Seen, accounts: &mut Accounts) {
        accounts.ledger.duplicate += again.len() as u64;
        if self.bytes.get(offset..offset + again.len()) != Some(again) {
            accounts.conflict(self.seen.packet, seen.packet);
        }
    }
}

/// The reordering buffer of one side. Its ceilings are [`crate::base::limits::Limits::reorder_bytes`] and
/// [`crate::base::limits::Limits::reorder_bytes_total`], bookkeeping included.
#[derive(Debug, Default)]
pub struct Buffer {
    /// Bytes by position; they don't overlap.
    pieces: BTreeMap<i64, Held>,
    /// Ranges that the capture cut off: their starts and ends.
    cuts: BTreeMap<i64, (i64, Seen)>,
    cost: usize,
}

impl Buffer {
    /// Nothing is held.
    pub const EMPTY: Self = Self { pieces: BTreeMap::new(), cuts: BTreeMap::new(), cost: 0 };

    /// Whether no bytes are held.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether it costs nothing: neither bytes nor cut ranges are known.
    #[inline]
    pub const fn is_unused(&self) -> bool {
        self.cost == 0
    }

    /// Where the first held bytes begin, and their packet.
    #[inline]
    pub fn first(&self) -> Option<(i64, Seen)> {
        self.pieces.first_key_value().map(|(start, held)| (*start, held.seen))
    }

    /// Where the last held bytes end.
    #[inline]
    pub fn end(&self) -> Option<i64> {
        self.pieces.last_key_value().map(|(start, held)| start + held.bytes.len() as i64)
    }

    /// Where the first cut range begins and ends, and its packet.
    pub fn first_cut(&self) -> Option<(i64, i64, Seen)> {
        self.cuts.first_key_value().map(|(start, (end, seen))| (*start, *end, *seen))
    }

    /// What it costs at most to hold `len` bytes from `start` on: pieces that are held already may split them.
    pub fn cost_of(&self, start: i64, len: usize) -> usize {
        let overlapped = if self.is_empty() { 0 } else { self.pieces.range(start..start + len as i64).count() };
        len + PIECE_COST * (1 + overlapped)
    }

    /// Whether something of that cost may still be held.
    pub const fn fits(&self, cost: usize, accounts: &Accounts) -> bool {
        self.cost + cost <= accounts.limits.reorder_bytes && accounts.held + cost <= accounts.limits.reorder_bytes_total
    }

    /// Keeps what of `bytes` is not held yet, and compares the rest with what is.
    pub fn hold(&mut self, start: i64, bytes: &[u8], seen: Seen, accounts: &mut Accounts) {
        let end = start + bytes.len() as i64;
        let first = self.pieces.range(..=start).next_back().map_or(start, |(first, _)| *first);
        let mut fresh = Vec::new();
        let (mut at, mut rest) = (start, bytes);
        for (held_start, held) in self.pieces.range(first..end) {
            let held_end = held_start + held.bytes.len() as i64;
            if held_end <= at {
                continue;
            }
            let (new, tail) = rest.split_at((held_start - at).max(0) as usize);
            fresh.push((at, new));
            at += new.len() as i64;
            let (again, tail) = tail.split_at(tail.len().min((held_end - at) as usize));
            held.compare((at - held_start) as usize, again, seen, accounts);
            at += again.len() as i64;
            rest = tail;
        }
        fresh.push((at, rest));
        for (at, bytes) in fresh.into_iter().filter(|(_, bytes)| !bytes.is_empty()) {
            self.charge(bytes.len() + PIECE_COST, accounts);
            self.pieces.insert(at, Held { bytes: bytes.to_vec(), seen });
        }
    }

    /// Takes the first held bytes out.
    pub fn pop(&mut self, accounts: &mut Accounts) -> Option<(i64, Held)> {
        let (start, held) = self.pieces.pop_first()?;
        self.release(held.bytes.len() + PIECE_COST, accounts);
        Some((start, held))
    }

    /// Remembers that the capture cut off the bytes from `start` to `end`. At the ceiling this is forgotten: the range stays a hole.
    pub fn cut_off(&mut self, start: i64, end: i64, seen: Seen, accounts: &mut Accounts) {
        if let Some(known) = self.cuts.get_mut(&start) {
            if known.0 < end {
                *known = (end, seen);
            }
        } else if self.fits(PIECE_COST, accounts) {
            self.charge(PIECE_COST, accounts);
            self.cuts.insert(start, (end, seen));
        } else {
            accounts.note(NoteKind::ReorderCeiling, seen.packet);
        }
    }

    /// Takes out a cut range that begins at `position` or before: its end and its packet.
    pub fn pop_cut(&mut self, position: i64, accounts: &mut Accounts) -> Option<(i64, Seen)> {
        let entry = self.cuts.first_entry().filter(|entry| *entry.key() <= position)?;
        let cut = entry.remove();
        self.release(PIECE_COST, accounts);
        Some(cut)
    }

    /// Forgets the cut ranges.
    pub fn forget_cuts(&mut self, accounts: &mut Accounts) {
        self.release(self.cuts.len() * PIECE_COST, accounts);
        self.cuts.clear();
    }

    const fn charge(&mut self, cost: usize, accounts: &mut Accounts) {
        self.cost += cost;
        accounts.held += cost;
    }

    const fn release(&mut self, cost: usize, accounts: &mut Accounts) {
        self.cost = self.cost.saturating_sub(cost);
        accounts.held = accounts.held.saturating_sub(cost);
    }
}
