//! All sums of an analysis, one by one: what became of its packets, bytes and connections, and how much of what was seen.

use super::json::wire::{Flows, Totals};
use crate::analysis::Analysis;
use serde_json::{Value, to_value};

/// A sum and what it counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sum {
    /// What it is a part of, as in the JSON document: `ledger.packets`, `totals.callbacks.by_outcome`.
    pub(super) part: String,
    /// Its name there.
    pub(super) name: String,
    /// The sum.
    pub(super) count: u64,
}

/// The sums of `analysis`, in the order of their names.
pub(super) fn sums(analysis: &Analysis) -> Vec<Sum> {
    let mut sums = Vec::new();
    let parts = [
        ("ledger", to_value(analysis.ledger)),
        ("flows", to_value(Flows::new(analysis))),
        ("totals", to_value(Totals::new(&analysis.totals))),
    ];
    for (name, part) in parts {
        // Plain numbers and their names can always be written.
        add(&mut sums, name, &part.unwrap_or_default());
    }
    sums
}

fn add(sums: &mut Vec<Sum>, part: &str, value: &Value) {
    let Value::Object(fields) = value else { return };
    for (name, value) in fields {
        match value.as_u64() {
            Some(count) => sums.push(Sum { part: part.to_owned(), name: name.clone(), count }),
            None => add(sums, &format!("{part}.{name}"), value),
        }
    }
}
