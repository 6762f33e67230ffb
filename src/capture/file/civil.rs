//! Dates as the systems of the time wrote them into files, without a zone.

use crate::base::time::Timestamp;

/// A moment by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// From 1 to 12.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
    /// Nanoseconds since midnight.
    pub(super) nanos: i128,
}

impl Civil {
    /// This moment if it was read from a clock that shows UTC. A month or day that no calendar has moves it on, as a longer year would.
    pub(super) fn utc(self) -> Timestamp {
        // Years begin in March here, so that a leap day is the last one.
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let month = (self.month + 9).rem_euclid(12);
        let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        let day = (153 * month + 2) / 5 + self.day - 1;
        // From the first of March of the year 0 to 1970.
        let since_epoch = days + day - 719_468;
        Timestamp::from_wide_nanos(i128::from(since_epoch) * 86_400_000_000_000 + self.nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        for (year, month, day, expected) in [
            (1970, 1, 1, "1970-01-01T00:00:00Z"),
            (2000, 2, 29, "2000-02-29T00:00:00Z"),
            (2000, 3, 1, "2000-03-01T00:00:00Z"),
            (2001, 12, 31, "2001-12-31T00:00:00Z"),
            (1999, 2, 28, "1999-02-28T00:00:00Z"),
            (2100, 3, 1, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Civil { year, month, day, nanos: 0 }.utc().rfc3339(0), expected);
        }
        let evening = Civil { year: 2001, month: 6, day: 4, nanos: 86_399_999_000_000 };
        assert_eq!(evening.utc().rfc3339(3), "2001-06-04T23:59:59.999Z");
    }
}
