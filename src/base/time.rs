//! Capture time: when a packet was seen, never when the program looked at it.

pub mod written;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// A moment of capture time: nanoseconds since 1970-01-01T00:00:00Z.
///
/// The range (years 1677 to 2262) covers every time that a capture file can hold; what lies outside saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Earlier than every packet.
    pub const MIN: Self = Self(i64::MIN);

    /// Later than every packet.
    pub const MAX: Self = Self(i64::MAX);

    /// The moment `nanos` nanoseconds after the Unix epoch.
    #[inline]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The moment given as a count of `unit` nanoseconds, saturating at the ends of the range.
    pub fn from_wide_nanos(nanos: i128) -> Self {
        let low = i128::from(i64::MIN);
        let high = i128::from(i64::MAX);
        Self(nanos.clamp(low, high) as i64)
    }

    /// Nanoseconds since the Unix epoch.
    #[inline]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this moment lies; negative if it lies before.
    #[inline]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// This moment moved by `span`.
    #[inline]
    #[must_use]
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// RFC 3339 in UTC with `digits` digits after the second (the capture's own precision).
    pub fn rfc3339(self, digits: u8) -> String {
        let precision = usize::from(digits.min(9));
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(moment) => format!("{moment:.precision$}"),
            Err(_) => format!("{} ns", self.0),
        }
    }

    /// The time of day in UTC with `digits` digits after the second, for a person who reads a timeline.
    pub fn clock(self, digits: u8) -> String {
        let text = self.rfc3339(digits);
        match text.split_once('T') {
            Some((_, clock)) => clock.trim_end_matches('Z').to_owned(),
            None => text,
        }
    }
}

impl Serialize for Timestamp {
    /// RFC 3339 with all nine digits where people may read it, else the count of nanoseconds.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.serialize_str(&self.rfc3339(9)) } else { serializer.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Self);
        }
        let text = Cow::<str>::deserialize(deserializer)?;
        let moment: jiff::Timestamp = text.parse().map_err(|_| de::Error::custom(format!("{text:?} is no time as in RFC 3339")))?;
        Ok(Self::from_wide_nanos(moment.as_nanosecond()))
    }
}

/// A length of capture time in nanoseconds; may be negative, since captures are not always in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Span {
    /// A span of `nanos` nanoseconds.
    #[inline]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// A span of `millis` milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// To the tenth of a second: rhythms and waiting times have no more digits that mean something.
    #[must_use]
    pub const fn rounded(self) -> Self {
        Self(self.0.saturating_add(50_000_000) / 100_000_000 * 100_000_000)
    }

    /// So many times this span.
    #[must_use]
    pub const fn times(self, count: i64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// A span of `seconds` seconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// The span in nanoseconds.
    #[inline]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The span in seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Serialize for Span {
    /// Seconds as a number, as the JSON contract says.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.seconds())
    }
}

impl fmt::Display for Span {
    /// A length for people: `85 µs`, `1.4 ms`, `7.1 s`, `40 min`, `4 h 0 min`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds();
        let size = seconds.abs();
        if size < 1e-3 {
            write!(f, "{:.0} µs", seconds * 1e6)
        } else if size < 1.0 {
            write!(f, "{:.1} ms", seconds * 1e3)
        } else if size < 120.0 {
            write!(f, "{seconds:.1} s")
        } else if size < 7200.0 {
            write!(f, "{:.0} min", seconds / 60.0)
        } else {
            let minutes = (size / 60.0).round() as i64;
            let sign = if seconds < 0.0 { "-" } else { "" };
            write!(f, "{sign}{} h {} min", minutes / 60, minutes % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_with_the_precision_of_the_capture() {
        let at = Timestamp::from_nanos(1_795_382_055_730_013_000);
        assert_eq!(at.rfc3339(6), "2026-11-22T21:14:15.730013Z");
        assert_eq!(at.rfc3339(9), "2026-11-22T21:14:15.730013000Z");
        assert_eq!(at.clock(3), "21:14:15.730");
        assert_eq!(Timestamp::from_nanos(-1).rfc3339(9), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(at.rfc3339(0), "2026-11-22T21:14:15Z", "cut, not rounded");
        for (nanos, text) in [
            (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
            (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
            (951_782_399_000_000_000, "2000-02-28T23:59:59.000000000Z"),
            (951_868_800_000_000_000, "2000-03-01T00:00:00.000000000Z"),
            (-2_203_891_200_000_000_000, "1900-03-01T00:00:00.000000000Z"),
        ] {
            assert_eq!(Timestamp::from_nanos(nanos).rfc3339(9), text);
        }
    }

    #[test]
    fn saturates_instead_of_wrapping() {
        assert_eq!(Timestamp::from_wide_nanos(i128::MAX).nanos(), i64::MAX);
        let span = Timestamp::from_nanos(i64::MAX).since(Timestamp::from_nanos(i64::MIN));
        assert_eq!(span.nanos(), i64::MAX);
    }
}
