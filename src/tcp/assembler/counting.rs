//! A side whose bytes nobody wants to see: they are counted, and nothing is held or remembered.

use crate::tcp::accounts::Accounts;
use crate::tcp::assembler::{Assembler, Out, Piece};

impl Assembler {
    /// Whether the bytes are only counted.
    #[inline]
    pub const fn is_counting(&self) -> bool {
        self.counting
    }

    /// From now on the bytes are only counted, and nothing is remembered.
    pub fn start_counting(&mut self, accounts: &mut Accounts, out: &mut Out<'_>) {
        if self.counting {
            return;
        }
        self.counting = true;
        self.forget_cuts(accounts);
        while let Some((start, held)) = self.pop(accounts) {
            let end = start + held.bytes.len() as i64;
            self.count(start, end, end, accounts, out);
        }
    }

    /// Steps over so many bytes, which may still come late.
    pub(super) fn skip(&mut self, len: u64) {
        if len > 0 {
            self.open_mut().skipped += len;
        }
    }

    /// Counts captured bytes from `start` to `end`, and cut ones up to `cut_end`. Holes are stepped over; late bytes fill them by number.
    pub(super) fn count(&mut self, start: i64, end: i64, cut_end: i64, accounts: &mut Accounts, out: &mut Out<'_>) {
        let len = end.abs_diff(start);
        let old = (self.expected - start).clamp(0, len as i64) as u64;
        let late = old.min(self.open().skipped);
        if late > 0 {
            self.open_mut().skipped -= late;
        }
        accounts.ledger.duplicate += old - late;
        let counted = len - old + late;
        if counted > 0 {
            accounts.ledger.delivered += counted;
            out(Piece::Counted(counted));
        }
        for (from, upto, captured) in [(start, end, true), (end, cut_end, false)] {
            if upto > self.expected {
                let hole_end = if captured { from } else { upto };
                self.skip((hole_end - self.expected).max(0) as u64);
                self.expected = upto;
                self.settled = true;
            }
        }
    }
}
