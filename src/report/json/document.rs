//! The JSON document as a whole. What there may be much of is made while it is written.

use super::wire::{Capture, EventLine, FindingLine, Flows, NoteLine, SessionLine, Totals, VerdictLine, notes};
use crate::analysis::{Analysis, Selected};
use crate::base::ledger::Ledger;
use crate::report::kept::Kept;
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct Document<'a, S: Serialize, E: Serialize> {
    schema: &'static str,
    captures: Vec<Capture<'a>>,
    ledger: &'a Ledger,
    flows: Flows,
    totals: Totals,
    sessions: S,
    findings: Vec<FindingLine<'a>>,
    verdicts: Vec<VerdictLine<'a>>,
    events: E,
    notes: Vec<NoteLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected: Option<&'a Selected>,
}

/// A list of which there may be much: each of it is made when it is written.
struct Each<F>(F);

impl<I: Iterator<Item: Serialize>, F: Fn() -> I> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0())
    }
}

/// The document of `analysis`; `events` are in the order of time.
pub(super) fn document<'a>(analysis: &'a Analysis, events: &'a Kept) -> impl Serialize {
    let digits = analysis.time_digits();
    Document {
        schema: "rvpscope.analysis/1",
        captures: analysis.captures.iter().map(Capture::new).collect(),
        ledger: &analysis.ledger,
        flows: Flows::new(analysis),
        totals: Totals::new(&analysis.totals),
        sessions: Each(move || analysis.sessions.iter().map(move |session| SessionLine::new(session, digits))),
        findings: analysis.findings.iter().map(|finding| FindingLine::new(finding, digits)).collect(),
        verdicts: analysis.verdicts.iter().map(VerdictLine::new).collect(),
        events: Each(move || events.iter().map(move |event| EventLine::new(&event, digits))),
        notes: notes(&analysis.notes),
        selected: analysis.selected.as_ref(),
    }
}
