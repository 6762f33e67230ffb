//! When a hole becomes a gap: the capture cut the packet there, the other side acknowledged what was never captured, or the hole is given up.

use crate::base::note::NoteKind;
use crate::base::time::Timestamp;
use crate::tcp::accounts::Accounts;
use crate::tcp::assembler::{Assembler, Out, Piece, Seen};
use crate::tcp::event::Interest;

/// The other side acknowledged everything before `upto`, but not all of it was captured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    pub(super) upto: i64,
    pub(super) seen: Seen,
    /// How many packets of the flow had been seen then.
    packets: u64,
}

impl Assembler {
    /// Takes an acknowledgment of the other side for everything before `upto`.
    pub fn acknowledged(&mut self, upto: i64, seen: Seen, packets: u64, accounts: &Accounts) {
        if upto <= self.expected || upto - self.expected > accounts.limits.sequence_window {
            return;
        }
        let proof = Proof { upto, seen, packets };
        match self.open().proof {
            Some(running) if self.proven_end(running).is_some() => {
                if self.furthest_proof().is_some_and(|known| upto > known.upto) {
                    self.open_mut().later_proof = Some(proof);
                }
            }
            _ => self.open_mut().proof = Some(proof),
        }
    }

    /// Whether an acknowledgment waits for what it acknowledges.
    #[inline]
    pub fn has_proof(&self) -> bool {
        self.open().proof.is_some()
    }

    /// Makes a gap of what an acknowledgment proved to be missing, if its grace is over.
    pub fn pass(&mut self, now: Timestamp, packets: u64, accounts: &mut Accounts, out: &mut Out<'_>) {
        while let Some(proof) = self.open().proof {
            if proof.upto <= self.expected {
                self.next_proof();
                continue;
            }
            let waited = now.since(proof.seen.at) >= accounts.limits.gap_grace
                && packets.saturating_sub(proof.packets) >= u64::from(accounts.limits.gap_grace_packets);
            let Some(upto) = self.proven_end(proof).filter(|_| waited) else { return };
            self.give_up(upto, proof.seen, accounts, out);
            if self.expected < proof.upto {
                self.next_proof();
            }
        }
    }

    /// Goes on with the proof that came after the one whose grace was running.
    fn next_proof(&mut self) {
        if let Some(open) = &mut self.open {
            open.proof = open.later_proof.take();
        }
    }

    #[inline]
    pub(super) fn furthest_proof(&self) -> Option<Proof> {
        self.open().later_proof.or(self.open().proof)
    }

    /// Up to where `proof` proves that bytes are missing. A FIN occupies a number of its own, so a single acknowledged number with nothing
    /// behind it may be a FIN that was not captured, and proves no byte.
    pub(super) fn proven_end(&self, proof: Proof) -> Option<i64> {
        match self.open().fin {
            Some((fin, _)) => Some(proof.upto.min(fin)).filter(|upto| *upto > self.expected),
            None if proof.upto - self.expected == 1 && self.open().held.is_empty() => None,
            None => Some(proof.upto),
        }
    }

    /// Remembers that the capture cut off the bytes from `start` to `end`.
    pub(super) fn cut_off(&mut self, start: i64, end: i64, seen: Seen, accounts: &mut Accounts) {
        if end <= start.max(self.expected) || self.counting {
            return;
        }
        if start <= self.expected {
            if self.open().cut.is_none_or(|(known, _)| known < end) {
                self.open_mut().cut = Some((end, seen));
            }
            return;
        }
        self.open_mut().held.cut_off(start, end, seen, accounts);
    }

    /// Makes gaps of all holes before `upto`, and hands up what then follows.
    pub(super) fn give_up(&mut self, upto: i64, seen: Seen, accounts: &mut Accounts, out: &mut Out<'_>) {
        while self.expected < upto && !self.closed {
            let next = self.open().held.first().map_or(upto, |(start, _)| upto.min(start));
            let next = self.open().fin.map_or(next, |(fin, _)| next.min(fin));
            self.gap(next, seen, accounts, out);
            self.drain(accounts, out);
        }
        self.drain(accounts, out);
    }

    /// Hands up a gap from the expected position to `end`.
    pub(super) fn gap(&mut self, end: i64, seen: Seen, accounts: &mut Accounts, out: &mut Out<'_>) {
        let Some(len) = u64::try_from(end - self.expected).ok().filter(|len| *len > 0) else { return };
        self.settled = true;
        self.expected = end;
        if self.counting {
            self.skip(len);
            return;
        }
        accounts.ledger.missing += len;
        accounts.note(NoteKind::Gap, seen.packet);
        if out(Piece::Gap(len, seen)) == Interest::Count {
            self.start_counting(accounts, out);
        }
    }
}
