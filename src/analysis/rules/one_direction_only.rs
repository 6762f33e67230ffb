//! Connections of which the capture has one direction only.

use super::poor::{begin, examples, weaker};
use super::words::count;
use super::{Entry, Known, Rule, Wants};
use crate::analysis::diagnosis::End;
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::base::note::NoteKind;
use crate::session::fact::{Fact, What};

static META: Meta = Meta {
    code: "RVP902",
    slug: "one-direction-only",
    severity: Severity::Warning,
    title: "The capture has only one direction of a connection",
    meaning: concat!(
        "A connection was up, for one side sent data or acknowledged some, and yet the capture holds no packet of the other side. Packets back take another way past the \
         capture point, a mirror port shows only what is received or only what is sent, or a capture filter names one direction. Requests are there without their \
         answers, or answers without their requests. ",
        weaker!()
    ),
    remedy: "Mirror both directions of the port, use a filter that names a host and not a source or a destination, or capture on the server itself. Two captures, one for \
             each direction, can be read as one with `--merge` if their clocks agree.",
    sources: &["RFC 9293, section 3.4 (acknowledgments prove that the other side was heard)"],
    shown_by: "poor-capture",
    not_by: "lost-packets",
};

pub(super) const RULE: Entry = Entry { meta: &META, new: |_| Box::new(OneDirection::default()) };

#[derive(Default)]
struct OneDirection {
    connections: u64,
    rvp: u64,
}

impl Rule for OneDirection {
    fn wants(&self) -> Wants {
        Wants::INCOMPLETE
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, _: &mut Findings) {
        if let What::Incomplete(incomplete) = &fact.what
            && incomplete.one_direction
        {
            self.connections += 1;
            self.rvp += u64::from(incomplete.rvp);
        }
    }

    fn finish(&mut self, end: &End<'_>, _: &Known<'_>, findings: &mut Findings) {
        let origin = examples(end.notes, NoteKind::OneDirection);
        if self.connections == 0 || origin.is_empty() {
            return;
        }
        let rvp = if self.rvp == 0 { "None is known as RVP's.".to_owned() } else { format!("RVP's among them: {}.", self.rvp) };
        findings.add(
            &META,
            Found {
                at: begin(end),
                session: None,
                about: format!("only one direction of {}", count(self.connections, "connection")),
                severity: (self.rvp == 0).then_some(Severity::Info),
                certainty: Certainty::Seen,
                seen: rvp,
                origin,
            },
        );
    }
}
