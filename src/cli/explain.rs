//! `explain`: what a finding means, and the filter language.

use super::Outcome;
use super::args::Explain;
use crate::analysis::rules::{self, RULES};
use crate::filter;
use crate::report::page;
use std::io::{self, ErrorKind, Write};

/// Shows the page of a finding, or a list of all.
pub(super) fn run(explain: &Explain) -> Outcome {
    let text = if explain.code.as_deref() == Some("filter") {
        filter::reference()
    } else if let Some(name) = &explain.code {
        let Some(meta) = rules::page(name) else {
            let _ = writeln!(io::stderr(), "rvpscope: {name}: there is no such finding; `rvpscope explain` lists all");
            return Outcome::Usage;
        };
        page::page(meta)
    } else {
        page::list(RULES.iter().map(|entry| entry.meta))
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => Outcome::Done,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Outcome::Done,
        Err(error) => {
            let _ = writeln!(io::stderr(), "rvpscope: standard output: cannot be written: {error}");
            Outcome::Unreadable
        }
    }
}
