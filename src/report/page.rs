//! The pages about findings, for a terminal.

use super::text::wrapped;
use crate::analysis::finding::Meta;
use std::fmt::Write as _;

/// Lines of a page are at most so wide.
const WIDTH: usize = 100;

/// What RVP is, as far as one needs to know it to understand a finding.
const ABOUT: &str = "RVP is the protocol of Exchange 2000 Instant Messaging: HTTP with methods of its own. A client logs on with SUBSCRIBE and tells the \
                     server an address (Call-Back). Whenever there is a message or a change of presence for it, the server opens a connection to that \
                     address and sends a NOTIFY: a callback.";

/// All findings, a line each.
pub fn list<'m>(metas: impl Iterator<Item = &'m Meta>) -> String {
    let mut text = String::from("Findings; `rvpscope explain CODE` says what one means.\n\n");
    for Meta { code, slug, severity, title, .. } in metas {
        let _ = writeln!(text, "{code}  {:<7}  {slug:<28}  {title}", severity.as_str());
    }
    text
}

/// The page about one finding.
pub fn page(meta: &Meta) -> String {
    let Meta { code, slug, severity, title, meaning, remedy, sources, shown_by, .. } = meta;
    let mut text = format!("{code} {slug} ({})\n{title}\n", severity.as_str());
    for (head, body) in [("What it means", *meaning), ("What to do", *remedy), ("Background", ABOUT)] {
        let _ = write!(text, "\n{head}\n");
        for line in wrapped(body, WIDTH) {
            let _ = writeln!(text, "  {line}");
        }
    }
    text.push_str("\nSources\n");
    for source in *sources {
        let _ = writeln!(text, "  {source}");
    }
    let _ = write!(text, "\nAn example is the capture captures/{shown_by} of this project.\n");
    text
}
