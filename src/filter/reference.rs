//! The page of the language, made from the table of fields.

use super::fields::{FIELDS, Field};
use std::fmt::Write as _;

const BEGINNING: &str = r#"FILTERS

An expression says which records are wanted: sessions, events, callbacks, messages, subscriptions, polling-like cycles and findings.

  field = value        also ==; a != b says that there is an a, and that no a is b
  field < value        <=, >, >=: numbers, times, durations, and words in order
  field in RANGE       200..299, 21:17..21:18, 1s.. (one end may be left open), 10.0.0.0/8
  field in {a, b}      one of several values or ranges
  field contains text  the text is in it
  field ~ expression   a regular expression fits a part of it; also: matches
  field                the record has it; of yes and no: it is so
  word, "two words"    the text is in anything: in captured bytes, in words, principals and addresses
  a and b, a b, a && b   a or b, a || b   not a, !a   (a or b) c

Case makes no difference. `=` takes ranges, networks and classes such as 4xx as well. A comparison with what a record does not have is never
so: `not status = 200` finds what has no status, `status != 200` does not. Of several values, such as the packets of a finding, one is enough.
What is known of a session holds for all that belongs to it.

Quotes keep spaces and signs together, and make a text of what would be the name of a field or a word such as and: \" is a quote, \\ a backslash,
\n a new line, \x41 a byte; before anything else a backslash is a backslash. A duration without a unit is in seconds. Times are in UTC; one
without a date is that time of any day, and 21:17 is the whole minute. Names of fields may have - for _.
"#;

/// The page of the language for people: 140 columns at most.
pub fn reference() -> String {
    let mut page = BEGINNING.to_owned();
    for group in FIELDS {
        let _ = write!(page, "\n{}\n\n", group.title);
        for field in group.fields {
            page.push_str(&entry(field));
        }
    }
    page
}

/// Where what is said of a field begins.
const INDENT: &str = "                                    ";

/// What the page says of a field.
fn entry(field: &Field) -> String {
    let aliases = if field.aliases.is_empty() { String::new() } else { format!(" (also: {})", field.aliases.join(", ")) };
    let Field { name, about, example, .. } = field;
    let mut entry = format!("  {name:<18} {:<14} {about}{aliases}\n{INDENT}e.g. {example}\n", field.of.as_str());
    let words = field.words();
    // Codes of findings have a page of their own.
    if !words.is_empty() && words.len() <= LISTED {
        for line in lines(&words) {
            let _ = writeln!(entry, "{INDENT}{line}");
        }
    }
    entry
}

/// Words of the longest list that is shown.
const LISTED: usize = 40;

/// `words` with commas, in lines that are not too long.
fn lines(words: &[&str]) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (number, word) in words.iter().enumerate() {
        let comma = if number + 1 < words.len() { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.is_empty() => *line = format!("{word}{comma}"),
            Some(line) if line.len() + word.len() < 80 => {
                let _ = write!(line, " {word}{comma}");
            }
            _ => lines.push(format!("{word}{comma}")),
        }
    }
    lines
}
