//! Retransmissions with other bytes than the first time.

use super::poor::{begin, examples, weaker};
use super::words::count;
use super::{Entry, Known, Rule, Wants};
use crate::analysis::diagnosis::End;
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::base::note::NoteKind;

static META: Meta = Meta {
    code: "RVP905",
    slug: "conflicting-overlap",
    severity: Severity::Warning,
    title: "Bytes were sent again with another content",
    meaning: concat!(
        "A segment covers bytes that had been sent before, and they are not the same. A sender repeats what it sent, so somebody else has a hand in it: a device that rewrites \
         requests on the way, captures from both sides of such a device in one file, a damaged capture, or an attempt to show the receiver something else than the \
         observer. What the receiver took cannot be known; the first copy is used here. ",
        weaker!()
    ),
    remedy: "Look at the packets that are cited, and at the hardware addresses and hop limits of both copies: they tell whether another machine sent the second one. Capture on \
             the receiver's side of all proxies and firewalls.",
    sources: &[
        "RFC 9293, section 3.10.7.4 (a receiver trims what it has)",
        "Ptacek and Newsham 1998, Insertion, Evasion, and Denial of Service: Eluding Network Intrusion Detection",
    ],
    shown_by: "poor-capture",
    not_by: "lost-packets",
};

pub(super) const RULE: Entry = Entry { meta: &META, new: |_| Box::new(Conflicts) };

struct Conflicts;

impl Rule for Conflicts {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn finish(&mut self, end: &End<'_>, _: &Known<'_>, findings: &mut Findings) {
        let conflicts = end.notes.of(NoteKind::ConflictingOverlap);
        let origin = examples(end.notes, NoteKind::ConflictingOverlap);
        if conflicts == 0 || origin.is_empty() {
            return;
        }
        let about = format!("{} with other bytes than the first time", count(conflicts, "repeated segment"));
        let seen = "The first copy is used.".to_owned();
        findings.add(&META, Found { at: begin(end), session: None, about, severity: None, certainty: Certainty::Seen, seen, origin });
    }
}
