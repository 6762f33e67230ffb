//! Expressions that nobody would write.

use crate::filter::lexer::Lexer;
use crate::filter::parser::LONGEST;
use crate::filter::{Filter, complete};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// Reads an expression, completes it everywhere, and holds what must hold of any.
fn read(expression: &str) {
    if let Err(mistake) = Filter::parse(expression) {
        assert!(expression.get(mistake.place.clone()).is_some(), "{expression:?} {mistake:?}");
        let shown = mistake.to_string();
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown}");
        assert!(shown.len() < 2000, "{} bytes", shown.len());
    }
    for cursor in 0..=expression.len().min(200) {
        for completion in complete(expression, cursor) {
            assert!(
                completion.place.end <= cursor && expression.get(completion.place.clone()).is_some(),
                "{expression:?} {cursor} {completion:?}"
            );
        }
    }
}

#[test]
fn hostile_expressions_are_mistakes() {
    let deep = "(".repeat(65) + "a" + &")".repeat(65);
    assert_eq!(Filter::parse(&deep).unwrap_err().what, "more than 64 parentheses stand within each other");
    assert!(Filter::parse(&deep[1..deep.len() - 1]).is_ok());
    assert!(Filter::parse(&("not ".repeat(10_000) + "failed")).is_ok());
    let many = (0..65).map(|number| format!("a{number}")).collect::<Vec<_>>();
    assert_eq!(Filter::parse(&many.join(" or ")).unwrap_err().what, "more than 64 texts are looked for");
    assert!(Filter::parse(&many[1..].join(" ")).is_ok());
    let patterns = format!("method contains {{{}}}", many.join(","));
    assert_eq!(Filter::parse(&patterns).unwrap_err().what, "more than 64 texts are looked for");
    let long = "é".repeat(LONGEST / 2 + 1);
    assert_eq!(Filter::parse(&long).unwrap_err().place, LONGEST..LONGEST + 2);
    let terms = vec!["status=200"; 4000].join(" or ");
    assert!(Filter::parse(&terms).is_ok());
    for (expression, length) in
        [("(", LONGEST), ("!", LONGEST), ("\"", LONGEST), ("a ", LONGEST / 2), ("status=", LONGEST / 7), ("x..", LONGEST / 3)]
    {
        read(&expression.repeat(length));
    }
}

#[test]
fn a_bomb_takes_little_time() {
    for pattern in [r"\w{1000}", r"(\pL{100}){100}", "(a|a|a){500}{500}", "((((((.*)*)*)*)*)*)*x", r"\b(\w+\b){50}"] {
        for field in ["text", "method"] {
            read(&format!("{field} ~ \"{pattern}\""));
        }
    }
    let filter = Filter::parse(r#"text ~ "((((((.*)*)*)*)*)*)*x$""#).unwrap();
    assert_eq!(filter.needles().hits(&["a".repeat(10_000).as_bytes()]), 0);
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: Some(Box::new(FileFailurePersistence::Off)), ..ProptestConfig::with_cases(400) }
}

/// Pieces of which expressions are made, and of which nonsense is.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "status",
        "time",
        "client",
        "kind",
        "principal",
        "severity",
        "text",
        "failed",
        "latency",
        "=",
        "!=",
        "<",
        ">=",
        "~",
        "in",
        "contains",
        "(",
        ")",
        "{",
        "}",
        ",",
        "..",
        "and",
        "or",
        "not",
        "!",
        "&&",
        "|",
        "\"",
        "\\",
        "200",
        "4xx",
        "2s",
        "10.0.0.0/8",
        "::1",
        "21:17",
        "2026-11-22",
        "bob",
        "é",
        " ",
        " ",
        "\u{1b}",
        "[::1]:80",
        "-",
        "x{9}",
        "[a",
        "*",
        "9223372036854775807",
        "-9223372036854775808",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_read_or_is_a_mistake_within(expression in ".{0,60}") {
        read(&expression);
    }

    #[test]
    fn so_is_any_mixture_of_pieces(expression in pieces()) {
        read(&expression);
    }

    /// What is a filter stays one in parentheses, and means the same turned around twice.
    #[test]
    fn parentheses_change_nothing(expression in pieces()) {
        if Filter::parse(&expression).is_ok() && Lexer::new(&expression).token().is_ok() {
            for around in [format!("({expression})"), format!("not not ({expression})")] {
                prop_assert!(Filter::parse(&around).is_ok(), "{}", around);
            }
        }
    }
}
