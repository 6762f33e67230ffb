//! The JSON document as a whole. What there may be much of is made while it is written.

use super::wire::{Capture, EventLine, FindingLine, Flows, NoteLine, SessionLine, Totals, VerdictLine, notes};
use crate::analysis::{Analysis, Selected};
use crate::base::ledger::Ledger;
use crate::report::kept::Kept;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// What was found in a capture, or in several that were merged.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Analysis")]
pub(super) struct Document<'a, S: Serialize, E: Serialize> {
    /// The name of this sort of document.
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    /// The captures; others refer to them by their index.
    captures: Vec<Capture<'a>>,
    /// What became of every packet and byte.
    ledger: &'a Ledger,
    /// The TCP connections.
    flows: Flows,
    /// Counts over the whole analysis.
    totals: Totals,
    /// The sessions.
    sessions: S,
    /// What the facts mean, the worst first.
    findings: Vec<FindingLine<'a>>,
    /// Why who could not be reached.
    verdicts: Vec<VerdictLine<'a>>,
    /// The timeline.
    events: E,
    /// What was odd, each kind once.
    notes: Vec<NoteLine<'a>>,
    /// What a filter left out, if there was one. The sums are those of the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    selected: Option<&'a Selected>,
}

/// The name of this sort of document.
pub(super) const SCHEMA: &str = "rvpscope.analysis/1";

/// A document with all its lists, for its schema.
pub(super) type Whole = Document<'static, Vec<SessionLine<'static>>, Vec<EventLine<'static>>>;

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
        schema: SCHEMA,
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
