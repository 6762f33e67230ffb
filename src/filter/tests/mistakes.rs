//! Mistakes: each with its place, and with what was probably meant.

use crate::filter::{Filter, Mistake};

fn mistake(expression: &str) -> Mistake {
    match Filter::parse(expression) {
        Ok(_) => panic!("{expression} is no mistake"),
        Err(mistake) => mistake,
    }
}

#[test]
fn a_mistake_is_told_where_it_is() {
    for (expression, place, what) in [
        ("princpal = bob", "princpal", "there is no field `princpal`"),
        ("foo=bar", "foo", "there is no field `foo`"),
        ("status = ", "", "a value is missing"),
        ("status = and", "and", "`and` joins terms and is no value"),
        ("status = abc", "abc", "\"abc\" is no number"),
        ("status in 5..x", "x", "\"x\" is no number"),
        ("status in 500..400", "500..400", "the range ends before it begins"),
        ("status in ..", "..", "both ends of the range are missing"),
        ("status < {1, 2}", "1", "`<` wants one value"),
        ("status >= 1..2", "1..2", "`>=` wants one value"),
        ("status contains 2", "contains", "`status` cannot be compared by `contains`"),
        ("method < ACL", "<", "`method` cannot be compared by `<`"),
        ("text = hello", "=", "`text` cannot be compared by `=`"),
        ("bob and text", "", "an operator is missing behind `text`"),
        ("kind = calback", "calback", "\"calback\" is no value of `kind`"),
        ("code = RVP11", "RVP11", "\"RVP11\" is no value of `code`"),
        ("outcome in {refused, unanswerd}", "unanswerd", "\"unanswerd\" is no value of `outcome`"),
        ("latency > 5parsecs", "5parsecs", "\"5parsecs\" is no duration"),
        ("time = yesterday", "yesterday", "\"yesterday\" is no time"),
        ("time in 21:17..2026-11-22", "21:17..2026-11-22", "one end is a time of day, the other has a date"),
        ("client = bob", "bob", "\"bob\" is no address"),
        ("client in 10.0.0.0/33", "10.0.0.0/33", "\"10.0.0.0/33\" is no address"),
        ("client in 10.0.0.9..10.0.0.1", "10.0.0.9..10.0.0.1", "the range ends before it begins, or in another family of addresses"),
        ("failed = maybe", "maybe", "\"maybe\" is no yes or no"),
        ("method = \"a\"..\"b\"", "\"a\"..\"b\"", "texts have no ranges"),
        ("text ~ \"a(b\"", "\"a(b\"", "this cannot be looked for: unclosed group"),
        ("method ~ x{1000}{1000}", "x{1000}{1000}", "this cannot be looked for: it is too large"),
        ("(bob or ana", "(", "this parenthesis is never closed"),
        ("bob) and ana", ")", "this parenthesis was never opened"),
        ("()", ")", "a term is missing"),
        ("bob and", "", "a term is missing"),
        ("or bob", "or", "a term is missing"),
        ("not", "", "a term is missing"),
        ("", "", "a term is missing"),
        ("= bob", "=", "this does not belong here"),
        ("\"status\" = 200", "=", "this does not belong here"),
        ("bob | ana", "|", "this does not belong here"),
        ("\"bob", "\"bob", "the quotes do not end"),
        ("status in {200, 404", "{200, 404", "the list of values does not end"),
        ("x \"\\xff\"", "\"\\xff\"", "these bytes are no text in UTF-8"),
    ] {
        let found = mistake(expression);
        assert_eq!((found.what.as_str(), &expression[found.place.clone()]), (what, place), "{expression}");
        assert_eq!(found.expression, expression);
    }
}

#[test]
fn what_was_meant_is_suggested() {
    for (expression, suggestion) in [
        ("princpal = bob", Some("principal")),
        ("cliant = 10.0.0.1", Some("client")),
        ("lattency > 2s", Some("latency")),
        ("kind = calback", Some("callback")),
        ("outcome = refusd", Some("refused")),
        ("severity >= warn", Some("warning")),
        ("code = calback-refused", Some("callback-refused")),
        ("code = RVP11", Some("RVP101")),
        ("record = events", Some("event")),
        ("zzzzzz = 1", None),
        ("status = 4x", None),
    ] {
        assert_eq!(mistake(expression).suggestion.as_deref(), suggestion, "{expression}");
    }
}

#[test]
fn a_mistake_shows_its_place_and_the_way_out() {
    insta::with_settings!({ snapshot_path => "../../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        let shown = [
            "kind = callback and princpal = bob",
            "(kind = calback or 会議 and severity >= warn) latency > 2s",
            "client in 10.0.0.0/33",
            "severity contains x",
            "text ~ \"a(b\" or",
            "bob and\u{1b}[31m (",
        ];
        insta::assert_snapshot!("filter-mistakes", shown.map(|expression| mistake(expression).to_string()).join("\n\n"));
        insta::assert_snapshot!("filter-reference", crate::filter::reference());
    });
}
