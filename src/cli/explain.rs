//! `explain`: what a finding means, and the filter language.

use super::args::Explain;
use super::{Outcome, complain, print};
use crate::analysis::rules::{self, RULES};
use crate::filter;
use crate::report::page;

/// Shows the page of a finding, or a list of all.
pub(super) fn run(explain: &Explain) -> Outcome {
    let text = if explain.code.as_deref() == Some("filter") {
        filter::reference()
    } else if let Some(name) = &explain.code {
        let Some(meta) = rules::page(name) else {
            complain(&format!("{name}: there is no such finding; `rvpscope explain` lists all"));
            return Outcome::Usage;
        };
        page::page(meta)
    } else {
        page::list(RULES.iter().map(|entry| entry.meta))
    };
    print(text.as_bytes())
}
