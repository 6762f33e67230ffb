//! The heads of the exchanges that prove a finding.

use super::escape::{fenced, prose};
use crate::analysis::finding::Finding;
use crate::session::transcript::{Evidence, Said, Start, Transcript};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// So many exchanges of a finding are shown.
const SHOWN: usize = 2;

/// The exchanges that were shown, each with the code of the finding below which it stands.
pub(super) type Shown = BTreeMap<usize, &'static str>;

/// What is known of the evidence for `finding`, if there is any.
pub(super) fn of(finding: &Finding, evidence: &dyn Evidence, shown: &mut Shown) -> String {
    let mut text = String::new();
    for place in evidence.places(&finding.origin.unpack()).into_iter().take(SHOWN) {
        text.push('\n');
        if let Some(code) = shown.get(&place) {
            let _ = writeln!(text, "An exchange that shows it stands above, with {code}.");
            continue;
        }
        shown.insert(place, finding.meta.code);
        match evidence.exchange(place) {
            Ok(said) => text.push_str(&fenced(&heads(&said))),
            Err(gone) => {
                let _ = writeln!(text, "An exchange that would show it: {}.", prose(&gone.to_string()));
            }
        }
    }
    text
}

fn heads(said: &Transcript) -> Vec<String> {
    let mut lines = Vec::new();
    match &said.request {
        Some(request) => head(&mut lines, &format!("{} asks {}", said.asker, said.answerer), request),
        None => lines.push(format!("(the request of {} is not in the capture)", said.asker)),
    }
    lines.push(String::new());
    match &said.response {
        Some(response) => head(&mut lines, &format!("{} answers", said.answerer), response),
        None => lines.push(format!("({} does not answer)", said.answerer)),
    }
    lines.extend(said.unanswered.map(|why| format!("({})", why.words())));
    lines
}

fn head(lines: &mut Vec<String>, who: &str, said: &Said) {
    lines.push(format!("({who})"));
    lines.push(match &said.start {
        Start::Request { method, target, minor } => {
            let version = minor.map_or_else(String::new, |minor| format!(" HTTP/1.{minor}"));
            format!("{method} {target}{version}")
        }
        Start::Response { minor, status, reason } => format!("HTTP/1.{minor} {status} {reason}"),
    });
    lines.extend(said.fields.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.extend((!said.head_complete).then(|| "(the end of this head is not in the capture)".to_owned()));
    lines.extend((said.body_bytes > 0).then(|| format!("(a body of {} bytes)", said.body_bytes)));
    lines.extend(said.cut.map(|why| format!("({})", why.words())));
}
