//! Capture time as far as it is believed: it moves forward with the packets, and one damaged timestamp does not move it by years.

use crate::base::time::{Span, Timestamp};

/// The time of the latest packet. A leap ahead of more than [`crate::base::limits::Limits::leap`] is believed only when the next packet confirms it,
/// since all flows would end by it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    now: Option<Timestamp>,
    /// A leap that no second packet has confirmed.
    doubted: Option<Timestamp>,
}

impl Clock {
    /// Takes the time of a packet; answers what time it is.
    pub(super) fn tell(&mut self, at: Timestamp, leap: Span) -> Timestamp {
        let now = self.now.unwrap_or(at);
        let believed = at <= now.after(leap) || self.doubted.is_some_and(|doubted| at.after(leap) >= doubted);
        self.doubted = if believed { None } else { Some(at) };
        let now = if believed { now.max(at) } else { now };
        self.now = Some(now);
        now
    }

    /// Whether the time of the latest packet is not believed yet.
    pub(super) const fn doubts(&self) -> bool {
        self.doubted.is_some()
    }

    /// What time it is, taking the last packet at its word.
    pub(super) fn at_the_end(&self) -> Timestamp {
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
    fn one_damaged_timestamp_moves_nothing() {
        let mut clock = Clock::default();
        for (at, now) in [(10, 10), (9, 10), (1_000_000, 10), (11, 11), (3000, 3000), (-9_000, 3000)] {
            assert_eq!(clock.tell(second(at), LEAP), second(now), "at {at}");
        }
    }

    #[test]
    fn a_long_silence_is_believed_with_its_second_packet() {
        let mut clock = Clock::default();
        for (at, now) in [(10, 10), (20_000, 10), (20_001, 20_001), (20_002, 20_002)] {
            assert_eq!(clock.tell(second(at), LEAP), second(now), "at {at}");
        }
    }

    #[test]
    fn at_the_end_the_last_packet_counts() {
        let mut clock = Clock::default();
        clock.tell(second(10), LEAP);
        clock.tell(second(20_000), LEAP);
        assert_eq!(clock.at_the_end(), second(20_000));
    }
}
