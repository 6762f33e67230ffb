//! The last delivered bytes of one side, so that a retransmission with other content is noticed.

use crate::base::origin::PacketId;
use crate::tcp::accounts::Accounts;
use std::collections::VecDeque;

/// What a mark costs besides its bytes. It counts against the ceiling, so that streams of tiny segments stay bounded too.
const MARK_COST: usize = size_of::<Mark>();

/// Bytes `start..start + len` came in `packet`.
#[derive(Clone, Copy, Debug)]
struct Mark {
    start: i64,
    len: usize,
    /// How many bytes had been remembered before this mark's first one, since the flow began.
    offset: u64,
    packet: PacketId,
}

/// A bounded memory of delivered bytes: at most [`crate::base::limits::Limits::overlap_window`] bytes, bookkeeping included. The oldest ones
/// are forgotten first.
#[derive(Debug, Default)]
pub struct Window {
    bytes: VecDeque<u8>,
    marks: VecDeque<Mark>,
    /// How many bytes were forgotten since the flow began.
    forgotten: u64,
}

impl Window {
    /// Remembers that `bytes` were delivered at position `start`, from `packet`.
    pub fn remember(&mut self, start: i64, bytes: &[u8], packet: PacketId, accounts: &mut Accounts) {
        let before = self.cost();
        let left = accounts.limits.reorder_bytes_total.saturating_sub(accounts.remembered);
        let ceiling = accounts.limits.overlap_window.min(before.saturating_add(left));
        let skip = bytes.len().saturating_sub(ceiling.saturating_sub(MARK_COST));
        let Some(tail) = bytes.get(skip..).filter(|tail| !tail.is_empty()) else {
            self.forget(accounts);
            return;
        };
        self.forget_down_to(ceiling.saturating_sub(MARK_COST + tail.len()));
        let offset = self.forgotten + self.bytes.len() as u64;
        self.marks.push_back(Mark { start: start + skip as i64, len: tail.len(), offset, packet });
        self.bytes.extend(tail);
        accounts.remembered = (accounts.remembered + self.cost()).saturating_sub(before);
    }

    /// The packet that first carried one of the `bytes` at position `start` with another content, if there is one. What is not remembered is
    /// not compared.
    pub fn conflict(&self, start: i64, bytes: &[u8]) -> Option<PacketId> {
        let end = start + bytes.len() as i64;
        let first = self.marks.partition_point(|mark| mark.start + mark.len as i64 <= start);
        for mark in self.marks.range(first..).take_while(|mark| mark.start < end) {
            let from = mark.start.max(start);
            let upto = end.min(mark.start + mark.len as i64);
            let offset = (mark.offset - self.forgotten) as usize + (from - mark.start) as usize;
            let len = (upto - from) as usize;
            let ours = self.bytes.range(offset..offset + len);
            let theirs = bytes.iter().skip((from - start) as usize).take(len);
            if ours.ne(theirs) {
                return Some(mark.packet);
            }
        }
        None
    }

    /// Forgets everything and gives the memory back.
    pub fn forget(&mut self, accounts: &mut Accounts) {
        accounts.remembered = accounts.remembered.saturating_sub(self.cost());
        *self = Self::default();
    }

    fn cost(&self) -> usize {
        self.bytes.len() + self.marks.len() * MARK_COST
    }

    fn forget_down_to(&mut self, ceiling: usize) {
        while let excess = self.cost().saturating_sub(ceiling)
            && excess > 0
            && let Some(mark) = self.marks.front_mut()
        {
            let gone = excess.min(mark.len);
            mark.start += gone as i64;
            mark.len -= gone;
            mark.offset += gone as u64;
            if mark.len == 0 {
                self.marks.pop_front();
            }
            self.bytes.drain(..gone);
            self.forgotten += gone as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::Limits;

    fn packet(number: u64) -> PacketId {
        PacketId { capture: 0, number }
    }

    fn accounts(window: usize) -> Accounts {
        Accounts::new(Limits { overlap_window: window, ..Limits::default() })
    }

    #[test]
    fn names_the_packet_that_carried_the_differing_byte() {
        let mut accounts = accounts(1000);
        let mut window = Window::default();
        window.remember(0, b"abcd", packet(1), &mut accounts);
        window.remember(4, b"efgh", packet(2), &mut accounts);
        window.remember(20, b"xyz", packet(3), &mut accounts);
        assert_eq!(window.conflict(0, b"abcdefgh"), None);
        assert_eq!(window.conflict(2, b"cdeFgh"), Some(packet(2)));
        assert_eq!(window.conflict(3, b"D"), Some(packet(1)));
        assert_eq!(window.conflict(6, b"gh------------xyz"), None, "the gap between has no bytes to compare");
        assert_eq!(window.conflict(19, b"-xyZ"), Some(packet(3)));
    }

    #[test]
    fn forgets_the_oldest_bytes_and_stays_below_its_ceiling() {
        let mut accounts = accounts(10 + 2 * MARK_COST);
        let mut window = Window::default();
        window.remember(0, b"abcdef", packet(1), &mut accounts);
        window.remember(6, b"ghijkl", packet(2), &mut accounts);
        assert_eq!(accounts.remembered, 10 + 2 * MARK_COST);
        assert_eq!(window.conflict(0, b"XXcdef"), None, "a and b are forgotten");
        assert_eq!(window.conflict(0, b"abXdef"), Some(packet(1)));
        window.remember(12, &[b'z'; 500], packet(3), &mut accounts);
        assert_eq!(accounts.remembered, 10 + 2 * MARK_COST);
        assert_eq!(window.conflict(6, b"GHIJKL"), None);
        assert_eq!(window.conflict(511, b"y"), Some(packet(3)));
        window.forget(&mut accounts);
        assert_eq!(accounts.remembered, 0);
    }

    #[test]
    fn all_windows_together_stay_below_the_total() {
        let mut accounts = Accounts::new(Limits { reorder_bytes_total: 300, ..Limits::default() });
        let mut windows: Vec<Window> = (0..10).map(|_| Window::default()).collect();
        for round in 0..20 {
            for window in &mut windows {
                window.remember(round * 50, &[round as u8; 50], packet(1), &mut accounts);
                assert!(accounts.remembered <= 300);
            }
        }
        let cost: usize = windows.iter().map(Window::cost).sum();
        assert_eq!(cost, accounts.remembered);
    }
}
