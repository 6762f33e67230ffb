//! The sequence space: 32-bit numbers that wrap (RFC 9293, section 3.4) become 64-bit positions that don't.

/// How the sequence numbers of one side map to positions in its stream.
///
/// Position 0 is the first byte of data: the number after the SYN's where the SYN was seen, else the first number seen. Positions before it are
/// negative: the SYN itself stands at -1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequence {
    zero: u32,
}

impl Sequence {
    /// The sequence space in which the number `zero` stands at position 0.
    pub const fn starting_at(zero: u32) -> Self {
        Self { zero }
    }

    /// The sequence space of a side whose SYN carried the number `isn`.
    #[inline]
    pub const fn after_syn(isn: u32) -> Self {
        Self { zero: isn.wrapping_add(1) }
    }

    /// The number that stands at `position`.
    #[inline]
    pub const fn wire(self, position: i64) -> u32 {
        self.zero.wrapping_add(position as u32)
    }

    /// The position of the number `wire`: of all the positions it may mean, the one nearest to `near`.
    #[inline]
    pub const fn position(self, wire: u32, near: i64) -> i64 {
        near.saturating_add(wire.wrapping_sub(self.wire(near)).cast_signed() as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_on_where_the_number_wraps() {
        let sequence = Sequence::after_syn(u32::MAX - 10);
        assert_eq!(sequence.position(u32::MAX - 10, 0), -1);
        assert_eq!(sequence.position(u32::MAX - 9, 0), 0);
        assert_eq!(sequence.position(u32::MAX, 0), 9);
        assert_eq!(sequence.position(0, 9), 10);
        assert_eq!(sequence.position(5, 10), 15);
        assert_eq!(sequence.position(u32::MAX, 15), 9);
    }

    #[test]
    fn goes_round_many_times() {
        let sequence = Sequence::starting_at(7);
        let mut at = 0;
        for step in 1..=40_i64 {
            let wire = (7 + step * 0x2000_0000) as u32;
            at = sequence.position(wire, at);
            assert_eq!(at, step * 0x2000_0000);
        }
        assert!(at > i64::from(u32::MAX));
    }

    #[test]
    fn looks_back_before_the_start() {
        let sequence = Sequence::starting_at(3);
        assert_eq!(sequence.position(u32::MAX, 0), -4);
        assert_eq!(sequence.position(u32::MAX - 1, -4), -5);
    }
}
