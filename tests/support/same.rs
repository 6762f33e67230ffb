//! Compares the analyses of the same packets in two files.

use super::document;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What `found` and `expected` say must be the same, where packet `number` of capture `capture` of `found` is `map(capture, number)`.
pub(crate) fn same(found: &Value, expected: &Value, map: &dyn Fn(u64, u64) -> u64, what: &str) {
    document::check_sums(found);
    for part in ["schema", "ledger", "flows", "totals", "sessions", "findings", "events", "notes"] {
        let (found, expected) = (plain(&found[part], map), plain(&expected[part], &|_, number| number));
        assert_eq!(serde_json::to_string_pretty(&found).unwrap(), serde_json::to_string_pretty(&expected).unwrap(), "{what}: {part}");
    }
}

/// Packets by their numbers in the story, and times in microseconds, whatever the capture's precision.
fn plain(value: &Value, map: &dyn Fn(u64, u64) -> u64) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| {
                (name.clone(), if name == "packets" && value.is_array() { packets(value, map) } else { plain(value, map) })
            });
            Value::Object(fields.collect())
        }
        Value::Array(items) => items.iter().map(|item| plain(item, map)).collect(),
        Value::String(text) if text.ends_with('Z') && text.contains('T') && text.starts_with("20") => json!(document::micros(value)),
        other => other.clone(),
    }
}

fn packets(ranges: &Value, map: &dyn Fn(u64, u64) -> u64) -> Value {
    let mut numbers = BTreeSet::new();
    for range in ranges.as_array().unwrap() {
        let [capture, first, last] = [0, 1, 2].map(|at| range[at].as_u64().unwrap());
        numbers.extend((first..=last).map(|number| map(capture, number)));
    }
    json!(numbers)
}
