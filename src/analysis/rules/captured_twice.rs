//! Packets that the capture holds twice.

use super::poor::{begin, examples};
use super::words::count;
use super::{Entry, Known, Rule, Wants};
use crate::analysis::diagnosis::End;
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::base::note::NoteKind;

static META: Meta = Meta {
    code: "RVP904",
    slug: "captured-twice",
    severity: Severity::Info,
    title: "The capture holds packets twice",
    meaning: "The same packet, with the same IP number and the same content, was recorded twice within milliseconds: on the interface `any`, by a mirror port that shows a packet \
              when it comes and when it goes, or because captures of two places were merged. It was on the wire once. Such copies are recognised and not counted as \
              retransmissions or as further connection attempts; those of IPv6 acknowledgments, which carry no number, cannot be told apart. Conclusions that rest on how \
              often something was repeated are weaker in such a capture.",
    remedy: "Nothing needs to be done for the analysis. For other tools, remove the copies (`editcap -d`), capture on one interface, or mirror one direction of a port.",
    sources: &["RFC 6864, section 4 (the identification of an IPv4 packet)", "editcap(1), option -d"],
    shown_by: "poor-capture",
    not_by: "split-and-reused-callbacks",
};

pub(super) const RULE: Entry = Entry { meta: &META, new: |_| Box::new(CapturedTwice) };

struct CapturedTwice;

impl Rule for CapturedTwice {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn finish(&mut self, end: &End<'_>, _: &Known<'_>, findings: &mut Findings) {
        let copies = end.notes.of(NoteKind::CapturedTwice);
        let origin = examples(end.notes, NoteKind::CapturedTwice);
        if copies == 0 || origin.is_empty() {
            return;
        }
        let about = format!("{copies} of {} captured twice", count(end.ledger.packets.read, "packet"));
        let seen = "The copies are not counted as repetitions.".to_owned();
        findings.add(&META, Found { at: begin(end), session: None, about, severity: None, certainty: Certainty::Seen, seen, origin });
    }
}
