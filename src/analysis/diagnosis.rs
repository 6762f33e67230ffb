//! Runs the rules over the facts, in the order in which these become certain.

use super::finding::{Finding, Findings};
use super::rules::{RULES, Rule};
use super::thresholds::Thresholds;
use crate::analysis::CaptureRecord;
use crate::base::ledger::Ledger;
use crate::base::limits::Limits;
use crate::base::note::Notes;
use crate::base::origin::PacketRange;
use crate::base::time::Timestamp;
use crate::session::fact::Fact;
use crate::session::model::Session;
use std::collections::BTreeMap;

/// What is known when the capture has ended.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// When that was, in capture time.
    pub at: Timestamp,
    /// The sessions, settled.
    pub sessions: &'a [Session],
    /// The captures.
    pub captures: &'a [CaptureRecord],
    /// What became of packets and bytes.
    pub ledger: &'a Ledger,
    /// What was odd.
    pub notes: &'a Notes,
}

/// All rules, and what they found so far.
pub struct Diagnosis {
    rules: Vec<Box<dyn Rule>>,
    findings: Findings,
}

impl Diagnosis {
    /// Nothing found yet.
    pub fn new(limits: &Limits, thresholds: &Thresholds) -> Self {
        Self { rules: RULES.iter().map(|entry| (entry.new)(thresholds)).collect(), findings: Findings::new(limits) }
    }

    /// Takes a fact. `sessions` is what is known so far.
    pub fn take(&mut self, fact: &Fact, sessions: &[Session]) {
        for rule in &mut self.rules {
            rule.fact(fact, sessions, &mut self.findings);
        }
    }

    /// Takes the end of the capture. Gives the findings, the worst first, and how many were not kept because there were too many.
    pub fn finish(mut self, end: &End<'_>) -> (Vec<Finding>, u64) {
        for rule in &mut self.rules {
            rule.finish(end, &mut self.findings);
        }
        let untold = self.findings.untold;
        let mut findings = self.findings.into_sorted();
        relate(&mut findings);
        (findings, untold)
    }
}

/// A message that the server did not deliver, and for which it is found to have tried no callback: the second is the cause of the first. Both
/// cite the message.
fn relate(findings: &mut [Finding]) {
    let (cause, effect) = ("callback-not-attempted", "message-undelivered");
    let of_cause = findings.iter().filter(|finding| finding.meta.slug == cause);
    let code = of_cause.clone().map(|finding| finding.meta.code).next();
    let cited: BTreeMap<(u32, u64), u64> =
        of_cause.flat_map(|finding| finding.origin.ranges()).map(|range| ((range.capture, range.first), range.last)).collect();
    let is_cited = |range: &PacketRange| {
        let before = cited.range(..=(range.capture, range.last)).next_back();
        before.is_some_and(|((capture, _), last)| *capture == range.capture && *last >= range.first)
    };
    for finding in findings.iter_mut().filter(|finding| finding.meta.slug == effect && finding.caused_by.is_none()) {
        if finding.origin.ranges().iter().any(is_cited) {
            finding.caused_by = code;
        }
    }
}
