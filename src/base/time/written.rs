//! Times as people write them.

use super::{Span, Timestamp};

/// A time that somebody wrote, with all that its precision leaves open: `21:17` is a whole minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// A moment: RFC 3339 (in UTC where no offset is written), or a date alone.
    Moment {
        /// The first moment that it means.
        first: Timestamp,
        /// The last moment that it means.
        last: Timestamp,
    },
    /// A time of day, in UTC.
    Clock {
        /// From midnight to the first moment that it means.
        first: Span,
        /// From midnight to the last moment that it means.
        last: Span,
    },
}

/// The length of a day.
pub const DAY: Span = Span::from_secs(86_400);

impl Written {
    /// Reads `2026-11-22T21:17:42.5Z`, with a space for the T, with an offset or without one, without the seconds, without the time; or
    /// `21:17:42.5`, or `21:17`.
    pub fn read(text: &str) -> Option<Self> {
        if let Some((first, length)) = clock(text) {
            return Some(Self::Clock { first, last: last(first, length) });
        }
        let (date, rest) = text.split_at_checked("2026-11-22".len())?;
        let midnight: jiff::Timestamp = format!("{date}T00:00:00Z").parse().ok()?;
        let (clock, length) = match rest.strip_prefix(['T', 't', ' ']) {
            None if rest.is_empty() => (Span::default(), DAY),
            None => return None,
            Some(rest) => {
                let (time, zone) = rest.split_at_checked(rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len()))?;
                let (clock, length) = clock(time)?;
                (Span::from_nanos(clock.nanos().saturating_sub(offset(zone)?.nanos())), length)
            }
        };
        let first = Timestamp::from_wide_nanos(midnight.as_nanosecond()).after(clock);
        Some(Self::Moment { first, last: first.after(last(Span::default(), length)) })
    }
}

/// The last moment of `length` from `first` on.
const fn last(first: Span, length: Span) -> Span {
    Span(first.0.saturating_add(length.0).saturating_sub(1))
}

/// The time of day that `text` names, from midnight, and how long what it leaves open is.
fn clock(text: &str) -> Option<(Span, Span)> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, second) = rest.split_once(':').map_or((rest, None), |(minute, second)| (minute, Some(second)));
    let minutes = pair(hour, 23)? * 60 + pair(minute, 59)?;
    let start = Span::from_secs(minutes * 60);
    let Some(second) = second else { return Some((start, Span::from_secs(60))) };
    let (whole, fraction) = second.split_once('.').map_or((second, ""), |(whole, fraction)| (whole, fraction));
    // A leap second is taken for the one before, as clocks of computers do.
    let start = start.0 + pair(whole, 60)?.min(59) * 1_000_000_000;
    if fraction.is_empty() {
        return (!second.ends_with('.')).then_some((Span(start), Span::from_secs(1)));
    }
    let digits = fraction.len();
    let unit = 10_i64.pow(9_u32.checked_sub(u32::try_from(digits).ok()?)?);
    let fraction = number(fraction)?;
    Some((Span(start + fraction * unit), Span(unit)))
}

/// The offset from UTC that `zone` names: `Z`, `+01:00`, or nothing.
fn offset(zone: &str) -> Option<Span> {
    let (sign, rest) = match zone.chars().next() {
        None | Some('Z' | 'z') => return (zone.len() <= 1).then(Span::default),
        Some('-') => (-1, zone.get(1..)?),
        Some(_) => (1, zone.get(1..)?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    Some(Span::from_secs(sign * (pair(hours, 23)? * 60 + pair(minutes, 59)?) * 60))
}

/// Two digits that are at most `most`.
fn pair(text: &str, most: i64) -> Option<i64> {
    number(text).filter(|number| text.len() == 2 && *number <= most)
}

/// Digits, and nothing but digits.
fn number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(first: &str, length: i64) -> Written {
        let first = Timestamp::from_wide_nanos(first.parse::<jiff::Timestamp>().unwrap().as_nanosecond());
        Written::Moment { first, last: first.after(Span::from_nanos(length - 1)) }
    }

    #[test]
    fn a_moment_is_as_long_as_it_is_vague() {
        const SECOND: i64 = 1_000_000_000;
        for (text, first, length) in [
            ("2026-11-22", "2026-11-22T00:00:00Z", 86_400 * SECOND),
            ("2026-11-22T21:17", "2026-11-22T21:17:00Z", 60 * SECOND),
            ("2026-11-22 21:17:42", "2026-11-22T21:17:42Z", SECOND),
            ("2026-11-22t21:17:42z", "2026-11-22T21:17:42Z", SECOND),
            ("2026-11-22T21:17:42.5Z", "2026-11-22T21:17:42.5Z", SECOND / 10),
            ("2026-11-22T21:17:42.123456789Z", "2026-11-22T21:17:42.123456789Z", 1),
            ("2026-11-22T21:17:42+01:30", "2026-11-22T19:47:42Z", SECOND),
            ("2026-11-22T23:17:42-01:00", "2026-11-23T00:17:42Z", SECOND),
            ("2026-12-31T23:59:60Z", "2026-12-31T23:59:59Z", SECOND),
        ] {
            assert_eq!(Written::read(text), Some(moment(first, length)), "{text}");
        }
        let last = Written::read("2999-12-31T23:59:59Z");
        assert_eq!(last, Some(Written::Moment { first: Timestamp::MAX, last: Timestamp::MAX }));
    }

    #[test]
    fn a_time_of_day_needs_no_date() {
        let clock = |first, last| Some(Written::Clock { first: Span::from_nanos(first), last: Span::from_nanos(last) });
        assert_eq!(Written::read("00:01"), clock(60_000_000_000, 119_999_999_999));
        assert_eq!(Written::read("23:59:59"), clock(86_399_000_000_000, 86_399_999_999_999));
        assert_eq!(Written::read("00:00:01.25"), clock(1_250_000_000, 1_259_999_999));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "21",
            "21:",
            ":17",
            "24:00",
            "21:60",
            "21:17:61",
            "1:17",
            "21:17:42.",
            "21:17:42.1234567890",
            "21:17Z",
            "+1:17",
            "2026-13-01",
            "2026-02-30",
            "2026-1-1",
            "2026-11-22X21:17",
            "2026-11-22T",
            "2026-11-22T21:17ZZ",
            "2026-11-22T21:17+1",
            "2026-11-22T21:17+01",
            "٢١:١٧",
            "2026-11-2é",
        ] {
            assert_eq!(Written::read(text), None, "{text}");
        }
    }
}
