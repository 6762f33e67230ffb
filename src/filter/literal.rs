//! What values mean to the field that they are compared with.

use super::fields::{Field, Type};
use super::lexer::{Atom, Item, Operator};
use super::mistake::Mistake;
use super::value::{Person, Test, bits};
use crate::base::needles::Needle;
use crate::base::text::shortened;
use crate::base::time::written::{DAY, Written};
use std::net::IpAddr;

/// Characters of a wrong value that are repeated where it is told.
const SHOWN: usize = 40;

/// What `item` means to `field` behind `operator`.
pub(super) fn tests(field: &Field, operator: Operator, item: &Item) -> Result<Vec<Test>, Mistake> {
    let one = |test| Ok(vec![test]);
    match (operator, field.of) {
        (Operator::Contains | Operator::Matches, _) => one(Test::Holds(needle(operator, whole(item)?)?)),
        (_, Type::Text | Type::Everything) => one(Test::Is(whole(item)?.text.to_lowercase().into())),
        (_, Type::Word) => one(Test::Is(word(field, whole(item)?)?.1.into())),
        (_, Type::Rank) => ranks(field, operator, item),
        (_, Type::Principal) => one(Test::Person(Person::new(&whole(item)?.text))),
        (_, Type::Address) => one(address(field, item)?),
        (_, Type::Flag) => one(Test::Flag(flag(field, whole(item)?)?)),
        (_, Type::Number) => one(numbers(field, operator, item, number)?),
        (_, Type::Duration) => one(numbers(field, operator, item, duration)?),
        (_, Type::Time) => time(field, operator, item).and_then(one),
    }
}

/// What is looked for in a text.
pub(super) fn needle(operator: Operator, atom: &Atom) -> Result<Needle, Mistake> {
    let needle = if operator == Operator::Matches { Needle::pattern(&atom.text) } else { Needle::text(&atom.text) };
    needle.map_err(|why| Mistake::new(atom.range.clone(), format!("this cannot be looked for: {why}")))
}

/// An item that is no range, whatever dots it holds.
pub(super) fn whole(item: &Item) -> Result<&Atom, Mistake> {
    match &item.high {
        None => Ok(&item.low),
        Some(_) => Err(Mistake::new(item.range(), "texts have no ranges").expecting("one text, or several in braces")),
    }
}

/// That `atom` is nothing that `field` could be compared with.
fn no_value(field: &Field, atom: &Atom) -> Mistake {
    let what = if atom.text.is_empty() {
        "a value is missing".to_owned()
    } else {
        format!("\"{}\" is no {}", shortened(&atom.text, SHOWN), field.of.as_str())
    };
    Mistake::new(atom.range.clone(), what).expecting(field.of.written())
}

/// The word of the field's list that `atom` names, and its place there.
fn word(field: &Field, atom: &Atom) -> Result<(usize, &'static str), Mistake> {
    let words = field.words();
    let alike = |one: u8, other: u8| one.eq_ignore_ascii_case(&other) || (matches!(one, b'-' | b'_') && matches!(other, b'-' | b'_'));
    let same = |word: &str| word.len() == atom.text.len() && word.bytes().zip(atom.text.bytes()).all(|(one, other)| alike(one, other));
    if let Some(found) = words.iter().copied().enumerate().find(|(_, word)| same(word)) {
        return Ok(found);
    }
    let what = format!("\"{}\" is no value of `{}`", shortened(&atom.text, SHOWN), field.name);
    let mistake = Mistake::new(atom.range.clone(), what).suggesting(&atom.text, words.iter().copied());
    // Long lists have a page of their own.
    Err(mistake.expecting(if words.len() > 40 { "a code or a name; `rvpscope explain` lists them".to_owned() } else { words.join(", ") }))
}

/// The words that an order lets through.
fn ranks(field: &Field, operator: Operator, item: &Item) -> Result<Vec<Test>, Mistake> {
    let rank = |atom: &Atom| word(field, atom).map(|(place, _)| i64::try_from(place).unwrap_or(i64::MAX)).map(|place| (place, place));
    let (low, high) = match item.ends() {
        Some(ends) => between(field, item, &ends, rank)?,
        None => bounds(operator, rank(&item.low)?),
    };
    let words = field.words().into_iter().zip(0..);
    Ok(words.filter(|(_, place)| (low..=high).contains(place)).map(|(word, _)| Test::Is(word.into())).collect())
}

fn flag(field: &Field, atom: &Atom) -> Result<bool, Mistake> {
    let is = |words: [&str; 2]| words.iter().any(|word| atom.text.eq_ignore_ascii_case(word));
    match (is(["yes", "true"]), is(["no", "false"])) {
        (true, _) => Ok(true),
        (_, true) => Ok(false),
        _ => Err(no_value(field, atom)),
    }
}

/// What `read` makes of one value or of a range of them.
fn numbers(field: &Field, operator: Operator, item: &Item, read: fn(&str) -> Option<(i64, i64)>) -> Result<Test, Mistake> {
    let read = |atom: &Atom| read(&atom.text).ok_or_else(|| no_value(field, atom));
    let (low, high) = match item.ends() {
        Some(ends) => between(field, item, &ends, read)?,
        None => bounds(operator, read(&item.low)?),
    };
    Ok(Test::Numbers(low, high))
}

/// From the first to the last of a range, of which one end may be open.
fn between(
    field: &Field,
    item: &Item,
    (low, high): &(Atom, Atom),
    read: impl Fn(&Atom) -> Result<(i64, i64), Mistake>,
) -> Result<(i64, i64), Mistake> {
    let end = |atom: &Atom| if atom.text.is_empty() { Ok(None) } else { read(atom).map(Some) };
    let (first, last) = match (end(low)?, end(high)?) {
        (None, None) => return Err(Mistake::new(item.range(), "both ends of the range are missing").expecting(field.of.written())),
        (low, high) => (low.map_or(i64::MIN, |low| low.0), high.map_or(i64::MAX, |high| high.1)),
    };
    if first > last { Err(Mistake::new(item.range(), "the range ends before it begins")) } else { Ok((first, last)) }
}

/// Which numbers are so compared with those from `first` to `last`.
const fn bounds(operator: Operator, (first, last): (i64, i64)) -> (i64, i64) {
    match operator {
        Operator::Less => (i64::MIN, first.saturating_sub(1)),
        Operator::LessOrEqual => (i64::MIN, last),
        Operator::Greater => (last.saturating_add(1), i64::MAX),
        Operator::GreaterOrEqual => (first, i64::MAX),
        _ => (first, last),
    }
}

/// A whole number, or the hundred of a class (`4xx`).
fn number(text: &str) -> Option<(i64, i64)> {
    let class = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX"));
    if let Some(hundred) = class.filter(|class| class.len() == 1) {
        let first = hundred.parse::<u8>().ok().map(i64::from)? * 100;
        return Some((first, first + 99));
    }
    text.parse().ok().map(|number| (number, number))
}

/// A duration in nanoseconds: `250ms`, `1h30m`; a number alone is seconds.
fn duration(text: &str) -> Option<(i64, i64)> {
    // The unit `m` comes behind those that begin with it.
    const UNITS: [(&str, f64); 9] =
        [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("min", 60e9), ("s", 1e9), ("m", 60e9), ("h", 3600e9), ("d", 86_400e9)];
    let (sign, mut rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let mut nanos = 0.0;
    loop {
        let (digits, behind) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len()))?;
        let number: f64 = digits.parse().ok()?;
        if behind.is_empty() && rest.len() == text.trim_start_matches('-').len() {
            nanos = number * 1e9;
            break;
        }
        let (unit, length) =
            UNITS.iter().find(|(unit, _)| behind.get(..unit.len()).is_some_and(|start| start.eq_ignore_ascii_case(unit)))?;
        nanos += number * length;
        rest = behind.get(unit.len()..)?;
        if rest.is_empty() {
            break;
        }
    }
    // A number that is too large becomes the largest.
    let nanos = (sign * nanos).round() as i64;
    Some((nanos, nanos))
}

/// A moment, a time of day, or what lies between two of them.
fn time(field: &Field, operator: Operator, item: &Item) -> Result<Test, Mistake> {
    let read = |atom: &Atom| Written::read(&atom.text).ok_or_else(|| no_value(field, atom));
    let ends = item.ends();
    let some = |atom: &Atom| if atom.text.is_empty() { Ok(None) } else { read(atom).map(Some) };
    let (low, high) = match &ends {
        Some((low, high)) => (some(low)?, some(high)?),
        None => (some(&item.low)?, None),
    };
    let clocks = [low, high].map(|end| end.map(|end| matches!(end, Written::Clock { .. })));
    if matches!(clocks, [Some(one), Some(other)] if one != other) {
        return Err(
            Mistake::new(item.range(), "one end is a time of day, the other has a date").expecting("both with a date, or both without")
        );
    }
    let is_clock = clocks.contains(&Some(true));
    let pair = |written| match written {
        Written::Moment { first, last } => (first.nanos(), last.nanos()),
        Written::Clock { first, last } => (first.nanos(), last.nanos()),
    };
    let (mut first, mut last) = match (&ends, low, high) {
        // Around midnight the first time of day comes later than the last.
        (Some(_), Some(low), Some(high)) if is_clock => (pair(low).0, pair(high).1),
        (Some(ends), ..) => between(field, item, ends, |atom| read(atom).map(pair))?,
        (None, Some(low), _) => bounds(operator, pair(low)),
        (None, None, _) => return Err(no_value(field, &item.low)),
    };
    if is_clock {
        let midnight = DAY.nanos() - 1;
        (first, last) = (first.clamp(0, midnight), last.clamp(-1, midnight));
        // Before midnight there is nothing.
        return Ok(if last < 0 { Test::Numbers(i64::MAX, i64::MIN) } else { Test::Clock(first, last) });
    }
    Ok(Test::Numbers(first, last))
}

/// An address, an end of a connection, a network, or the addresses between two.
fn address(field: &Field, item: &Item) -> Result<Test, Mistake> {
    if let Some((low, high)) = item.ends() {
        let end = |atom: &Atom| atom.text.parse::<IpAddr>().map(bits).map_err(|_| no_value(field, atom));
        let ((v6, low), (other, high)) = (end(&low)?, end(&high)?);
        if v6 != other || low > high {
            return Err(Mistake::new(item.range(), "the range ends before it begins, or in another family of addresses"));
        }
        return Ok(Test::Between { v6, low, high, port: None });
    }
    let text = item.low.text.as_str();
    network(text).or_else(|| endpoint(text)).ok_or_else(|| no_value(field, &item.low))
}

/// `10.0.0.0/8`
fn network(text: &str) -> Option<Test> {
    let (ip, length) = text.split_once('/')?;
    let ip: IpAddr = ip.parse().ok()?;
    let (v6, bits) = match ip {
        IpAddr::V4(ip) => (false, ip.to_bits().into()),
        IpAddr::V6(ip) => (true, ip.to_bits()),
    };
    let width = if v6 { 128 } else { 32 };
    let host_bits = width - length.parse::<u32>().ok().filter(|length| *length <= width)?;
    let hosts = 1_u128.checked_shl(host_bits).map_or(u128::MAX, |hosts| hosts - 1);
    Some(Test::Between { v6, low: bits & !hosts, high: bits | hosts, port: None })
}

/// `10.0.0.1`, `10.0.0.1:80`, `::1`, `[::1]`, `[::1]:80`
fn endpoint(text: &str) -> Option<Test> {
    let of = |ip: IpAddr, port| {
        let (v6, ip) = bits(ip);
        Some(Test::Between { v6, low: ip, high: ip, port })
    };
    if let Ok(ip) = text.parse() {
        return of(ip, None);
    }
    if let Some(ip) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return of(IpAddr::V6(ip.parse().ok()?), None);
    }
    let end: std::net::SocketAddr = text.parse().ok()?;
    of(end.ip(), Some(end.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        const MS: i64 = 1_000_000;
        for (text, nanos) in [
            ("250ms", 250 * MS),
            ("2s", 2000 * MS),
            ("2", 2000 * MS),
            ("0.1", 100 * MS),
            ("1.5m", 90_000 * MS),
            ("1h30m", 5_400_000 * MS),
            ("1min", 60_000 * MS),
            ("3H", 10_800_000 * MS),
            ("1d", 86_400_000 * MS),
            ("15us", 15_000),
            ("15µs", 15_000),
            ("7ns", 7),
            ("-5ms", -5 * MS),
            ("999999999999999999d", i64::MAX),
        ] {
            assert_eq!(duration(text), Some((nanos, nanos)), "{text}");
        }
        for text in ["", "s", "1x", "1.2.3s", "1s2", ".", "1 s", "inf", "--1s", "1s-2s"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_have_classes() {
        for (text, range) in
            [("404", Some((404, 404))), ("4xx", Some((400, 499))), ("xx", None), ("44xx", None), ("4x", None), ("1.5", None)]
        {
            assert_eq!(number(text), range, "{text}");
        }
    }

    #[test]
    fn networks_have_a_length() {
        for (text, expected) in [
            ("10.77.2.9/24", Some((false, 0x0a4d_0200, 0x0a4d_02ff))),
            ("0.0.0.0/0", Some((false, 0, 0xffff_ffff))),
            ("10.0.0.1/32", Some((false, 0x0a00_0001, 0x0a00_0001))),
            ("::/0", Some((true, 0, u128::MAX))),
            ("10.0.0.0/33", None),
            ("10.0.0.0/", None),
            ("10.0.0/8", None),
        ] {
            let found = network(text).map(|test| match test {
                Test::Between { v6, low, high, port: None } => (v6, low, high),
                other => panic!("{other:?}"),
            });
            assert_eq!(found, expected, "{text}");
        }
    }
}
