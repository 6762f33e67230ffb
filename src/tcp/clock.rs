//! Capture time as far as it is believed: it moves forward with the packets, and one damaged timestamp does not move it by years.
//!
//! One clock is told the time of every packet; the flow tables, of which there may be several, are told by it what time it is.

use crate::base::time::{Span, Timestamp};

/// The place of a packet in the whole analysis: which one it is, and what time it is by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// How many packets came before it.
    pub nth: u64,
    /// The latest time that is believed so far. It never runs backwards.
    pub now: Timestamp,
    /// Whether the packet's own time lies so far ahead that it is not believed yet. The next moment tells; all tables have to be told that one.
    pub doubted: bool,
}

/// The time of the latest packet. A leap ahead of more than [`crate::base::limits::Limits::leap`] is believed only when the next packet confirms it,
/// since all flows would end by it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    now: Option<Timestamp>,
    /// A leap that no second packet has confirmed.
    doubted: Option<Timestamp>,
    /// How many packets there were.
    packets: u64,
}

impl Clock {
    /// Takes the time of the next packet.
    #[inline]
    pub fn tell(&mut self, at: Timestamp, leap: Span) -> Moment {
        let now = self.now.unwrap_or(at);
        let believed = at <= now.after(leap) || self.doubted.is_some_and(|doubted| at.after(leap) >= doubted);
        self.doubted = if believed { None } else { Some(at) };
        let now = if believed { now.max(at) } else { now };
        self.now = Some(now);
        let nth = self.packets;
        self.packets += 1;
        Moment { nth, now, doubted: !believed }
    }

    /// What time it is, taking the last packet at its word.
    pub fn end(&self) -> Timestamp {
        self.now.max(self.doubted).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAP: Span = Span::from_secs(3600);

    fn second(second: i64) -> Timestamp {
        Timestamp::from_nanos(second * 1_000_000_000)
    }

    #[test]
    fn moments_are_numbered_and_know_what_is_doubted() {
        let mut clock = Clock::default();
        let moments = [10, 20_000, 11, 11].map(|at| clock.tell(second(at), LEAP));
        assert_eq!(moments.map(|moment| moment.nth), [0, 1, 2, 3]);
        assert_eq!(moments.map(|moment| moment.doubted), [false, true, false, false]);
    }

    #[test]
    fn one_damaged_timestamp_moves_nothing() {
        let mut clock = Clock::default();
        for (at, now) in [(10, 10), (9, 10), (1_000_000, 10), (11, 11), (3000, 3000), (-9_000, 3000)] {
            assert_eq!(clock.tell(second(at), LEAP).now, second(now), "at {at}");
        }
    }

    #[test]
    fn a_long_silence_is_believed_with_its_second_packet() {
        let mut clock = Clock::default();
        for (at, now) in [(10, 10), (20_000, 10), (20_001, 20_001), (20_002, 20_002)] {
            assert_eq!(clock.tell(second(at), LEAP).now, second(now), "at {at}");
        }
    }

    #[test]
    fn at_the_end_the_last_packet_counts() {
        let mut clock = Clock::default();
        clock.tell(second(10), LEAP);
        clock.tell(second(20_000), LEAP);
        assert_eq!(clock.end(), second(20_000));
    }
}
