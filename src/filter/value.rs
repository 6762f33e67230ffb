//! The values that fields have, and what they are compared with: made ready when the expression is read, so that asking costs little.

use crate::base::needles::Needle;
use crate::base::time::Span;
use crate::base::time::written::DAY;
use crate::rvp::principal::Principal;
use std::fmt::Write as _;
use std::net::IpAddr;

/// A value that a record has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    /// Text, or a word of a list.
    Text(&'a str),
    /// A principal.
    Principal(&'a Principal),
    /// An address, with the port if it is the end of a connection.
    Address(IpAddr, Option<u16>),
    /// Whole numbers from the first to the last: packets, nanoseconds, or one number twice.
    Numbers(i64, i64),
    /// Whether something is so.
    Flag(bool),
}

impl Value<'_> {
    pub(super) fn number(number: impl TryInto<i64>) -> Self {
        let number = number.try_into().unwrap_or(i64::MAX);
        Self::Numbers(number, number)
    }

    pub(super) const fn span(span: Span) -> Self {
        Self::Numbers(span.nanos(), span.nanos())
    }
}

/// What a value is compared with.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// This text, in any case. It is in lower case here.
    Is(Box<str>),
    /// Text that holds this.
    Holds(Needle),
    /// This principal.
    Person(Person),
    /// Addresses of one family between two, and the port if one is asked for.
    Between { v6: bool, low: u128, high: u128, port: Option<u16> },
    /// Numbers from the first to the last.
    Numbers(i64, i64),
    /// Times of day from the first to the last, in nanoseconds; those beyond midnight, where the last comes before the first.
    Clock(i64, i64),
    /// Whether it is so.
    Flag(bool),
}

/// A principal as somebody wrote it.
#[derive(Clone, Debug)]
pub(super) enum Person {
    /// By URL.
    Url(Principal),
    /// By name and host: `bob@im.example.test`.
    Account { user: Box<str>, host: Box<str> },
    /// By the user's name, or by the host.
    Name(Box<str>),
}

impl Person {
    pub(super) fn new(text: &str) -> Self {
        if text.contains('/') {
            return Self::Url(Principal::new(text));
        }
        match text.rsplit_once('@') {
            Some((user, host)) => Self::Account { user: user.into(), host: host.into() },
            None => Self::Name(text.into()),
        }
    }

    fn is(&self, principal: &Principal) -> bool {
        let logical = principal.logical();
        let user = |name: &str| logical.user().is_some_and(|user| user.eq_ignore_ascii_case(name));
        let host = |name: &str| logical.host().eq_ignore_ascii_case(name);
        match self {
            Self::Url(url) => logical == url.logical(),
            Self::Account { user: name, host: domain } => user(name) && host(domain),
            Self::Name(name) => user(name) || host(name),
        }
    }
}

/// An address as a number, and whether it is one of IPv6. An IPv4 address in the clothes of IPv6 is what it is.
pub(super) fn bits(ip: IpAddr) -> (bool, u128) {
    match ip.to_canonical() {
        IpAddr::V4(ip) => (false, ip.to_bits().into()),
        IpAddr::V6(ip) => (true, ip.to_bits()),
    }
}

impl Test {
    /// Whether it holds for `value`.
    #[inline]
    pub(super) fn holds(&self, value: Value<'_>) -> bool {
        if let (Self::Numbers(first, last), Value::Numbers(low, high)) = (self, value) {
            return low <= *last && high >= *first;
        }
        match (self, value) {
            (Self::Is(text), Value::Text(value)) => is(text, value),
            (Self::Holds(needle), Value::Text(value)) => needle.is_in(value.as_bytes()),
            (Self::Holds(needle), Value::Principal(value)) => needle.is_in(value.as_str().as_bytes()),
            (Self::Holds(needle), Value::Address(ip, port)) => in_written(needle, ip, port),
            (Self::Person(person), Value::Principal(value)) => person.is(value),
            (Self::Between { v6, low, high, port }, Value::Address(ip, at)) => {
                let (family, ip) = bits(ip);
                family == *v6 && (*low..=*high).contains(&ip) && port.is_none_or(|port| at == Some(port))
            }
            (Self::Clock(first, last), Value::Numbers(low, high)) => in_clock((*first, *last), (low, high)),
            (Self::Flag(flag), Value::Flag(value)) => *flag == value,
            _ => false,
        }
    }
}

/// Whether an address as people write it holds `needle`. Apart from the others, whose stack need not have the room.
#[inline(never)]
fn in_written(needle: &Needle, ip: IpAddr, port: Option<u16>) -> bool {
    needle.is_in(Written::new(ip, port).as_bytes())
}

/// Whether `value` is `text`, which is in lower case, in any case.
fn is(text: &str, value: &str) -> bool {
    text.eq_ignore_ascii_case(value) || (!value.is_ascii() && value.chars().flat_map(char::to_lowercase).eq(text.chars()))
}

/// Whether a moment from `low` to `high` has a time of day from `first` to `last`.
const fn in_clock((first, last): (i64, i64), (low, high): (i64, i64)) -> bool {
    let day = DAY.nanos();
    let length = if first <= last { last - first } else { last + day - first };
    // How long after the last time that the clock showed `first` the moment begins.
    let since = low.wrapping_sub(first).rem_euclid(day);
    since <= length || high.saturating_sub(low) >= day - since
}

/// An address in words, without memory of its own: searches meet many.
struct Written {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl Written {
    /// Bytes of the longest: eight groups of IPv6 or the dotted form at its end, brackets, and a port.
    const LONGEST: usize = 56;

    fn new(ip: IpAddr, port: Option<u16>) -> Self {
        let mut written = Self { bytes: [0; Self::LONGEST], length: 0 };
        let _ = match (ip, port) {
            (ip, None) => write!(written, "{ip}"),
            (IpAddr::V4(ip), Some(port)) => write!(written, "{ip}:{port}"),
            (IpAddr::V6(ip), Some(port)) => write!(written, "[{ip}]:{port}"),
        };
        written
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl std::fmt::Write for Written {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_has_several_names() {
        let bob = Principal::new("http://home1.example.test/instmsg/local/im.example.test/instmsg/aliases/Bob");
        for name in [
            "bob",
            "BOB@im.example.test",
            "im.example.test",
            "http://im.example.test/instmsg/aliases/bob/",
            "http://other.test/instmsg/local/im.example.test/instmsg/aliases/bob",
        ] {
            assert!(Person::new(name).is(&bob), "{name}");
        }
        for name in ["bo", "bob@example.test", "example.test", "http://im.example.test/instmsg/aliases/bobby", ""] {
            assert!(!Person::new(name).is(&bob), "{name}");
        }
        assert!(Person::new("im.example.test").is(&Principal::new("IM.example.test:80")));
    }

    #[test]
    fn clocks_go_round() {
        const HOUR: i64 = 3_600_000_000_000;
        let at = |hour: i64| (hour * HOUR, hour * HOUR);
        for (range, moment, expected) in [
            ((9, 17), at(24 * 1000 + 9), true),
            ((9, 17), at(17), true),
            ((9, 17), at(18), false),
            ((9, 17), at(-10), true),
            ((23, 1), at(0), true),
            ((23, 1), at(47), true),
            ((23, 1), at(2), false),
            ((9, 17), (5 * HOUR, 10 * HOUR), true),
            ((9, 17), (18 * HOUR, 32 * HOUR), false),
            ((9, 17), (18 * HOUR, 33 * HOUR), true),
        ] {
            assert_eq!(in_clock((range.0 * HOUR, range.1 * HOUR), moment), expected, "{range:?} {moment:?}");
        }
        assert!(in_clock((0, 1), (i64::MIN, i64::MAX)));
    }

    #[test]
    fn addresses_fit_into_their_room() {
        for (ip, port, text) in [
            ("10.77.2.10", None, "10.77.2.10"),
            ("255.255.255.255", Some(65535), "255.255.255.255:65535"),
            ("2001:db8:1111:2222:3333:4444:5555:6666", Some(65535), "[2001:db8:1111:2222:3333:4444:5555:6666]:65535"),
            ("::ffff:255.255.255.255", Some(65535), "[::ffff:255.255.255.255]:65535"),
        ] {
            assert_eq!(Written::new(ip.parse().unwrap(), port).as_bytes(), text.as_bytes());
        }
    }

    #[test]
    fn case_makes_no_difference() {
        assert!(is("größe", "GRÖSSE".replace("SS", "ß").as_str()) && is("abc", "aBC") && !is("abc", "ab") && !is("é", "e"));
    }
}
