//! `schema`, `completions` and `man`: what other programs want to know of this one.

use super::args::tools;
use super::args::{Completions, Manual, Schema};
use super::{Outcome, complain, print};
use crate::report::json::schema::{self, Subject};

/// Prints the JSON Schema of what is written as JSON.
pub(super) fn schema(asked: &Schema) -> Outcome {
    let subject = Subject::ALL.into_iter().find(|subject| subject.name() == asked.of).unwrap_or(Subject::Json);
    print(schema::schema(subject).as_bytes())
}

/// Prints the script that makes a shell complete our arguments.
pub(super) fn completions(asked: &Completions) -> Outcome {
    print(&tools::completions(asked.shell))
}

/// Prints a manual page.
pub(super) fn manual(asked: &Manual) -> Outcome {
    match tools::manual(asked.command.as_deref()) {
        Some(Ok(page)) => print(&page),
        Some(Err(error)) => {
            complain(&format!("the page cannot be made: {error}"));
            Outcome::Unreadable
        }
        None => {
            complain("there is no such command; `rvpscope help` lists all");
            Outcome::Usage
        }
    }
}
