//! One side of a connection: puts its segments in order.
//!
//! In-order bytes are handed up borrowed from the packet. Bytes behind a hole are held back until the hole is filled or becomes a gap. A hole
//! becomes a gap when the capture is known to have cut the packet there, when the other side acknowledged what was never captured (after a
//! short grace, since captures reorder a little), when too much waits behind it, or when the flow ends. Silence alone never makes a gap.
//!
//! Where bytes come twice, the first copy counts. A second copy with another content is a note.

mod counting;
mod gaps;

use crate::base::note::NoteKind;
use crate::base::origin::PacketId;
use crate::base::time::Timestamp;
use crate::tcp::accounts::Accounts;
use crate::tcp::assembler::gaps::Proof;
use crate::tcp::buffer::{Buffer, Held};
use crate::tcp::event::Interest;
use crate::tcp::recent::Latest;

/// How far before its first segment a side may turn out to start, when the capture began in mid-stream: the largest window without scaling (RFC
/// 9293, section 3.1). Only as long as none of its bytes were handed up.
pub const START_REACH: i64 = 1 << 16;

/// A packet and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The packet.
    pub packet: PacketId,
    /// When it was seen.
    pub at: Timestamp,
}

/// The part of a segment that matters to its own side.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Position of the first byte (see [`crate::tcp::seq`]).
    pub start: i64,
    /// The captured payload.
    pub bytes: &'a [u8],
    /// Payload bytes behind it that the capture cut off.
    pub cut: u32,
    /// Whether a FIN follows.
    pub fin: bool,
    /// The packet.
    pub seen: Seen,
}

/// What comes out, in stream order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The next bytes; never empty.
    Bytes(&'a [u8], Seen),
    /// That many further bytes, which nobody wants to see.
    Counted(u64),
    /// That many bytes are not in the capture, as this packet proves.
    Gap(u64, Seen),
    /// The FIN.
    Fin(Seen),
}

/// Who takes the pieces, and says what it wants to see of the rest.
pub type Out<'a> = dyn FnMut(Piece<'_>) -> Interest + 'a;

/// One side's stream while it is put together.
#[derive(Debug)]
pub struct Assembler {
    /// Where the stream begins.
    origin: i64,
    /// The next byte to hand up.
    expected: i64,
    /// The last bytes handed up.
    latest: Latest,
    /// Whether the beginning is certain: the SYN was seen, or something was handed up.
    settled: bool,
    /// Whether the FIN was handed up.
    closed: bool,
    /// Whether the bytes are only counted.
    counting: bool,
    /// What is open. Most streams have nothing of it until their FIN, so that what every segment needs stays small.
    open: Option<Box<Open>>,
}

/// What is open in a stream.
#[derive(Debug, Default)]
struct Open {
    /// What waits behind holes.
    held: Buffer,
    /// From the expected byte up to here, all bytes that are not held are known to be cut off.
    cut: Option<(i64, Seen)>,
    /// The proof whose grace is running, and the furthest one that came after it.
    proof: Option<Proof>,
    later_proof: Option<Proof>,
    /// Where the FIN is.
    fin: Option<(i64, Seen)>,
    /// While counting: how many bytes were stepped over and may still come late.
    skipped: u64,
}

static NOTHING: Open = Open { held: Buffer::EMPTY, cut: None, proof: None, later_proof: None, fin: None, skipped: 0 };

impl Assembler {
    /// An assembler whose stream begins at position 0, for certain (`settled`) or as a first guess.
    pub const fn new(settled: bool) -> Self {
        Self { origin: 0, expected: 0, latest: Latest::NONE, settled, closed: false, counting: false, open: None }
    }

    #[inline]
    fn open(&self) -> &Open {
        self.open.as_deref().unwrap_or(&NOTHING)
    }

    fn open_mut(&mut self) -> &mut Open {
        self.open.get_or_insert_default()
    }

    /// Takes out the first bytes that are held.
    fn pop(&mut self, accounts: &mut Accounts) -> Option<(i64, Held)> {
        self.open.as_mut()?.held.pop(accounts)
    }

    /// Where the stream begins, as far as is known.
    #[inline]
    pub const fn origin(&self) -> i64 {
        self.origin
    }

    /// The position of the next byte to hand up.
    #[inline]
    pub const fn expected(&self) -> i64 {
        self.expected
    }

    /// Whether nothing of this side was taken yet, so that its beginning may still turn out to lie elsewhere.
    #[inline]
    pub fn is_fresh(&self) -> bool {
        self.expected == self.origin && self.open().held.is_unused() && self.open().fin.is_none()
    }

    /// Whether nothing is open: nothing waits behind a hole or is known to be missing, and no FIN is known.
    #[inline]
    pub fn is_quiet(&self) -> bool {
        let Some(open) = &self.open else { return true };
        open.held.is_unused() && open.cut.is_none() && open.proof.is_none() && open.fin.is_none()
    }

    /// Whether the beginning of the stream is certain.
    #[inline]
    pub const fn is_settled(&self) -> bool {
        self.settled
    }

    /// Whether the FIN was handed up.
    #[inline]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// The packet with the FIN, handed up or not.
    #[inline]
    pub fn fin(&self) -> Option<Seen> {
        self.open().fin.map(|(_, seen)| seen)
    }

    /// The furthest position that anything was seen or acknowledged of.
    #[inline]
    pub fn furthest(&self) -> i64 {
        let held = self.open().held.end().unwrap_or(self.expected);
        let fin = self.open().fin.map_or(self.expected, |(position, _)| position.saturating_add(1));
        let acked = self.furthest_proof().map_or(self.expected, |proof| proof.upto);
        self.expected.max(held).max(fin).max(acked)
    }

    /// Takes a segment of this side.
    pub fn take(&mut self, arrival: &Arrival<'_>, accounts: &mut Accounts, out: &mut Out<'_>) {
        let Arrival { mut start, mut bytes, cut, fin, seen } = *arrival;
        if bytes.is_empty() && cut == 0 && !fin {
            return;
        }
        let reach = accounts.limits.sequence_window;
        if (start - self.expected).abs() > reach {
            accounts.ledger.discarded += bytes.len() as u64;
            accounts.note(NoteKind::SegmentOutsideWindow, seen.packet);
            return;
        }
        if !fin && bytes.len() as u64 + u64::from(cut) <= 1 && self.is_probe(start) {
            accounts.ledger.duplicate += bytes.len() as u64;
            return;
        }
        if !self.settled && self.is_fresh() && start == self.expected.saturating_add(1) {
            // What was seen first was a keep-alive without a byte, one number back.
            self.begin_at(start);
        }
        if !self.settled && start < self.expected && self.expected - start <= START_REACH {
            self.begin_at(start);
        }
        if !self.settled && self.is_fresh() && bytes == [0] && cut == 0 && !fin {
            // In mid-stream this is a keep-alive with the byte that some stacks add; alone, it would stand before the next message.
            accounts.ledger.duplicate += 1;
            self.begin_at(start.saturating_add(1));
            return;
        }
        if start < self.origin {
            let early = self.origin.abs_diff(start).min(bytes.len() as u64);
            accounts.discard(early, NoteKind::SegmentOutsideWindow, seen.packet);
            bytes = bytes.get(early as usize..).unwrap_or_default();
            start += early as i64;
        }
        let mut end = start + bytes.len() as i64;
        let mut cut_end = end + i64::from(cut);
        if fin {
            self.note_fin(cut_end, seen, accounts);
        }
        if let Some((fin, _)) = self.open().fin {
            let beyond = (end - fin).clamp(0, bytes.len() as i64) as usize;
            accounts.discard(beyond as u64, NoteKind::BytesAfterEnd, seen.packet);
            bytes = bytes.get(..bytes.len() - beyond).unwrap_or_default();
            start = start.min(fin);
            end = start + bytes.len() as i64;
            cut_end = cut_end.min(fin);
        }
        if self.counting {
            self.count(start, end, cut_end, accounts, out);
        } else {
            self.place(start, bytes, seen, accounts, out);
            self.cut_off(end, cut_end, seen, accounts);
        }
        self.drain(accounts, out);
    }

    /// Ends the side: what is still missing becomes a gap, what is held is handed up, and the memory is given back.
    pub fn finish(&mut self, accounts: &mut Accounts, out: &mut Out<'_>) {
        while let Some((start, seen)) = self.open().held.first() {
            self.give_up(start, seen, accounts, out);
        }
        while let Some((start, end, seen)) = self.open().held.first_cut() {
            self.give_up(start, seen, accounts, out);
            self.give_up(end, seen, accounts, out);
        }
        if let Some(proof) = self.furthest_proof()
            && let Some(upto) = self.proven_end(proof)
        {
            self.give_up(upto, proof.seen, accounts, out);
        }
        if let Some((fin, seen)) = self.open().fin {
            self.give_up(fin, seen, accounts, out);
        }
        if let Some(open) = &mut self.open {
            accounts.ledger.missing += std::mem::take(&mut open.skipped);
            open.proof = None;
            open.later_proof = None;
        }
    }

    /// Keep-alives and window probes repeat the number before the next one, with no byte or one that means nothing (RFC 9293, section 3.8.4).
    fn is_probe(&self, start: i64) -> bool {
        let next = start.saturating_add(1);
        let Open { held, fin, .. } = self.open();
        next == self.expected || held.end() == Some(next) || fin.is_some_and(|(fin, _)| next == fin.saturating_add(1))
    }

    /// Corrects the first guess where the stream begins.
    const fn begin_at(&mut self, start: i64) {
        self.origin = start;
        self.expected = start;
    }

    fn note_fin(&mut self, position: i64, seen: Seen, accounts: &mut Accounts) {
        match self.open().fin {
            None if position >= self.expected => self.open_mut().fin = Some((position, seen)),
            Some((known, _)) if known == position => {}
            _ => accounts.note(NoteKind::SegmentOutsideWindow, seen.packet),
        }
    }

    /// Hands up what of `bytes` is next, and holds back what lies behind a hole.
    fn place(&mut self, mut start: i64, mut bytes: &[u8], seen: Seen, accounts: &mut Accounts, out: &mut Out<'_>) {
        let end = start + bytes.len() as i64;
        let cost = if bytes.is_empty() { 0 } else { self.open().held.cost_of(start, bytes.len()) };
        while !bytes.is_empty() {
            if self.counting {
                self.count(start, end, end, accounts, out);
                return;
            }
            let old = (self.expected - start).clamp(0, bytes.len() as i64) as usize;
            let (again, rest) = bytes.split_at(old);
            if !again.is_empty() {
                self.repeated(start, again, seen, accounts);
            }
            (start, bytes) = (start + old as i64, rest);
            if bytes.is_empty() {
                return;
            }
            if start == self.expected {
                self.advance(bytes, seen, accounts, out);
                return;
            }
            if self.open().held.fits(cost, accounts) {
                self.open_mut().held.hold(start, bytes, seen, accounts);
                return;
            }
            accounts.note(NoteKind::ReorderCeiling, seen.packet);
            let hole_end = self.open().held.first().map_or(start, |(first, _)| start.min(first));
            self.give_up(hole_end, seen, accounts, out);
        }
    }

    /// Hands up `bytes`, which begin at the expected position. Where bytes are held already, those are handed up instead.
    fn advance(&mut self, mut bytes: &[u8], seen: Seen, accounts: &mut Accounts, out: &mut Out<'_>) {
        while !bytes.is_empty() {
            let room = match self.open().held.first() {
                Some((start, _)) => (start - self.expected).clamp(0, bytes.len() as i64) as usize,
                None => bytes.len(),
            };
            let (next, rest) = bytes.split_at(room);
            let position = self.expected + next.len() as i64;
            self.deliver(next, seen, accounts, out);
            bytes = rest;
            if bytes.is_empty() {
                return;
            }
            if self.counting {
                let end = position + bytes.len() as i64;
                self.count(position, end, end, accounts, out);
                return;
            }
            let Some((_, held)) = self.pop(accounts) else { return };
            let (again, rest) = bytes.split_at(held.bytes.len().min(bytes.len()));
            held.compare(0, again, seen, accounts);
            bytes = rest;
            let position = self.expected + held.bytes.len() as i64;
            self.deliver(&held.bytes, held.seen, accounts, out);
            if self.counting {
                let end = position + bytes.len() as i64;
                self.count(position, end, end, accounts, out);
                return;
            }
        }
    }

    /// Goes on by `bytes`, which are the next ones and are handed up.
    #[inline]
    pub fn go_on(&mut self, bytes: &[u8], packet: PacketId, accounts: &mut Accounts) {
        if !self.counting {
            accounts.recent.remember(&mut self.latest, self.expected, bytes, packet);
        }
        self.settled = true;
        self.expected += bytes.len() as i64;
        accounts.ledger.delivered += bytes.len() as u64;
    }

    /// Hands up `bytes`, which are the next ones.
    #[inline]
    fn deliver(&mut self, bytes: &[u8], seen: Seen, accounts: &mut Accounts, out: &mut Out<'_>) {
        if bytes.is_empty() {
            return;
        }
        self.go_on(bytes, seen.packet, accounts);
        if out(Piece::Bytes(bytes, seen)) == Interest::Count {
            self.start_counting(accounts, out);
        }
    }

    /// Hands up everything that is no longer behind a hole.
    fn drain(&mut self, accounts: &mut Accounts, out: &mut Out<'_>) {
        while !self.closed {
            let expected = self.expected;
            let Some(open) = &mut self.open else { return };
            while let Some((end, seen)) = open.held.pop_cut(expected, accounts) {
                if open.cut.is_none_or(|(known, _)| known < end) {
                    open.cut = Some((end, seen));
                }
            }
            open.cut = open.cut.filter(|(end, _)| *end > expected);
            let next = open.held.first().map(|(start, _)| start);
            if open.fin.is_some_and(|(fin, _)| fin <= expected) {
                self.close(accounts, out);
            } else if next.is_some_and(|next| next <= expected) {
                if let Some((_, held)) = self.pop(accounts) {
                    self.deliver(&held.bytes, held.seen, accounts, out);
                }
            } else if let Some((end, seen)) = open.cut {
                self.gap(next.map_or(end, |next| next.min(end)), seen, accounts, out);
            } else {
                return;
            }
        }
    }

    /// Hands the FIN up. What is held beyond it is given up.
    fn close(&mut self, accounts: &mut Accounts, out: &mut Out<'_>) {
        let Some((_, seen)) = self.open().fin else { return };
        self.closed = true;
        self.settled = true;
        while let Some((_, held)) = self.pop(accounts) {
            accounts.discard(held.bytes.len() as u64, NoteKind::BytesAfterEnd, held.seen.packet);
        }
        self.forget_cuts(accounts);
        if out(Piece::Fin(seen)) == Interest::Count {
            self.start_counting(accounts, out);
        }
    }

    /// Forgets what is known to be cut off.
    fn forget_cuts(&mut self, accounts: &mut Accounts) {
        if let Some(open) = &mut self.open {
            open.held.forget_cuts(accounts);
            open.cut = None;
        }
    }

    /// Counts bytes that were handed up before, and compares them with what is remembered of those.
    fn repeated(&self, start: i64, bytes: &[u8], seen: Seen, accounts: &mut Accounts) {
        accounts.ledger.duplicate += bytes.len() as u64;
        if let Some(first) = accounts.recent.conflict(self.latest, start, bytes) {
            accounts.conflict(first, seen.packet);
        }
    }
}

#[cfg(test)]
mod tests;
