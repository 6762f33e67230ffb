//! The language: what joins comparisons, and what is looked for everywhere.

use super::records::{wanted, wants_bare_event};
use crate::filter::Filter;

#[test]
fn and_binds_more_than_or() {
    for (expression, expected) in [
        ("record = event or record = callback and failed", "EC"),
        ("(record = event or record = callback) and failed", "C"),
        ("record = event || failed && record = message", "EM"),
        ("failed record = message", "M"),
        ("not record = event and not failed", "SBPF"),
        ("!failed record=event", "E"),
        ("not not failed", "CM"),
        ("not (failed or record = session) and packet", "EBPF"),
        ("NOT failed AND record=event OR record=finding", "EF"),
        ("((((failed))))", "CM"),
        ("record=event||record=session", "SE"),
        ("failed&&status=412", "M"),
    ] {
        assert_eq!(wanted(expression), expected, "{expression}");
    }
}

#[test]
fn a_word_is_looked_for_everywhere() {
    for (expression, expected) in [
        // The first text has the first bit, which the message has; so it is among all of these.
        ("nowhere", "M"),
        // The second has the second bit, which the event has.
        ("zzz or nowhere", "EM"),
        ("\"logs on\"", "EM"),
        ("SUBSCRIBE and not nowhere", "M"),
        ("10.77.0.1", "MF"),
        (":3333", "CM"),
        ("librvp", "SECMBPF"),
        ("\"principal\"", "M"),
        ("RVP103", "MF"),
        ("callback-unreachable", "MF"),
        ("\"record\" or zq or zq", "ECM"),
    ] {
        assert_eq!(wanted(expression), expected, "{expression}");
    }
}

#[test]
fn what_is_not_known_is_equal_to_nothing_and_different_from_nothing() {
    for (expression, expected) in [
        ("status = 200", false),
        ("status != 200", false),
        ("not status = 200", true),
        ("method", false),
        ("principal != bob", false),
        ("session", false),
        ("client", false),
        ("kind = log-on", true),
        ("packet", true),
    ] {
        assert_eq!(wants_bare_event(expression), expected, "{expression}");
    }
}

#[test]
fn what_is_looked_for_in_captured_bytes_has_a_bit_each() {
    let filter = Filter::parse(r#"hello or summary contains no and text ~ "w.rld" or "a.b""#).unwrap();
    assert_eq!(filter.needles().len(), 3);
    assert_eq!(filter.needles().hits(&[b"HELLO", b"axb"]), 0b1);
    assert_eq!(filter.needles().hits(&[b"World a.b"]), 0b110);
    assert!(Filter::parse("status = 200").unwrap().needles().is_empty());
    assert_eq!(Filter::parse("a\u{1b}[31m").unwrap().to_string(), "a\\u{1b}[31m");
}

#[test]
fn filters_may_be_shared_by_threads() {
    const fn shared<T: Send + Sync>() {}
    shared::<Filter>();
}
