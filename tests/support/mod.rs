//! What the tests share: scripts that become packets, the program itself and its screens, what a document must hold, and the truth files.
#![allow(dead_code, reason = "each test program uses another part of it")]

pub(crate) mod conversation;
pub(crate) mod document;
pub(crate) mod http_census;
pub(crate) mod oracle;
pub(crate) mod packets;
pub(crate) mod program;
pub(crate) mod rewrite;
pub(crate) mod same;
pub(crate) mod screens;
pub(crate) mod truth;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `check` on each item, on all of them even if some fail, and then names those that failed.
pub(crate) fn each<T>(items: impl IntoIterator<Item = T>, name: impl Fn(&T) -> String, check: impl Fn(T)) {
    let mut failed = Vec::new();
    for item in items {
        let name = name(&item);
        if catch_unwind(AssertUnwindSafe(|| check(item))).is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "failed (see above): {}", failed.join(", "));
}
