//! Bytes that the capture lacks.

use super::poor::{begin, examples, weaker};
use super::words::count;
use super::{Entry, Known, Rule, Wants};
use crate::analysis::diagnosis::End;
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::base::note::NoteKind;
use crate::session::fact::{Fact, What};

static META: Meta = Meta {
    code: "RVP901",
    slug: "capture-gap",
    severity: Severity::Warning,
    title: "The capture lacks bytes that were on the wire",
    meaning: concat!(
        "Sequence numbers and acknowledgments prove that bytes were sent and received which are not in the capture. The network delivered them; the capture lost them: \
         the capturing machine was too slow, a mirror port was overloaded, or only the beginning of each packet was kept. Requests, answers and notifications may lie in \
         the gaps. ",
        weaker!()
    ),
    remedy: "Capture again with a larger buffer (`-B` of tcpdump and dumpcap), with a filter for the server's and the clients' addresses, with `-s 0`, and without \
             writing to a slow disk. On a mirror port, mirror fewer ports.",
    sources: &["RFC 9293, section 3.4 (sequence numbers and acknowledgments)", "tcpdump(1) and dumpcap(1), option -B"],
    shown_by: "lost-packets",
    not_by: "healthy",
};

pub(super) const RULE: Entry = Entry { meta: &META, new: |_| Box::new(Gaps::default()) };

#[derive(Default)]
struct Gaps {
    connections: u64,
    rvp: u64,
}

impl Rule for Gaps {
    fn wants(&self) -> Wants {
        Wants::INCOMPLETE
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, _: &mut Findings) {
        if let What::Incomplete(incomplete) = &fact.what
            && incomplete.missing > 0
        {
            self.connections += 1;
            self.rvp += u64::from(incomplete.rvp);
        }
    }

    fn finish(&mut self, end: &End<'_>, _: &Known<'_>, findings: &mut Findings) {
        let missing = end.ledger.tcp_payload_bytes.missing;
        let origin = examples(end.notes, NoteKind::Gap);
        if missing == 0 || origin.is_empty() {
            return;
        }
        let places = end.notes.of(NoteKind::Gap);
        let known = if self.rvp == 0 { "none of them known as RVP's".to_owned() } else { format!("{} of them RVP's", self.rvp) };
        let mut seen = format!("In {}, on {}, {known}.", count(places, "place"), count(self.connections, "connection"));
        if end.notes.of(NoteKind::PacketCut) > 0 {
            seen.push_str(" Packets were cut, which is why bytes are missing (RVP903).");
        }
        findings.add(
            &META,
            Found {
                at: begin(end),
                session: None,
                about: format!("{} missing in the capture", count(missing, "byte")),
                severity: (self.rvp == 0).then_some(Severity::Info),
                certainty: Certainty::Seen,
                seen,
                origin,
            },
        );
    }
}
