//! Runs the rules over the facts, in the order in which these become certain.

use super::finding::{Finding, Findings};
use super::rules::{Background, Entry, RULES, Rule, Wants};
use super::thresholds::Thresholds;
use crate::analysis::CaptureRecord;
use crate::base::ledger::Ledger;
use crate::base::limits::Limits;
use crate::base::note::Notes;
use crate::base::origin::PacketRange;
use crate::base::time::Timestamp;
use crate::session::directory::Sessions;
use crate::session::fact::Fact;
use std::collections::BTreeMap;

/// What is known when the capture has ended.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// When that was, in capture time.
    pub at: Timestamp,
    /// The sessions, settled.
    pub sessions: Sessions<'a>,
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
    /// The places of those that are told of each sort of thing.
    told: [Vec<usize>; Wants::SORTS],
    background: Background,
    findings: Findings,
}

impl Diagnosis {
    /// Nothing found yet.
    pub fn new(limits: &Limits, thresholds: &Thresholds) -> Self {
        Self::of(RULES, limits, thresholds)
    }

    /// ... by these rules.
    pub(super) fn of<'e>(rules: impl IntoIterator<Item = &'e Entry>, limits: &Limits, thresholds: &Thresholds) -> Self {
        let rules: Vec<Box<dyn Rule>> = rules.into_iter().map(|entry| (entry.new)(thresholds)).collect();
        let told = std::array::from_fn(|sort| {
            let told = rules.iter().enumerate().filter(|(_, rule)| rule.wants().has(Wants::sort(sort)));
            told.map(|(place, _)| place).collect()
        });
        Self { rules, told, background: Background::default(), findings: Findings::new(limits) }
    }

    /// Takes a fact. `sessions` is what is known so far.
    pub fn take(&mut self, fact: &Fact<'_>, sessions: Sessions<'_>) {
        let due = self.background.take(fact, sessions.people);
        let known = self.background.known(sessions, None);
        for place in told(&self.told, Wants::of(&fact.what)) {
            if let Some(rule) = self.rules.get_mut(*place) {
                rule.fact(fact, &known, &mut self.findings);
            }
        }
        if due {
            self.messages(sessions, None);
        }
    }

    /// Has the messages judged that are due.
    fn messages(&mut self, sessions: Sessions<'_>, end: Option<Timestamp>) {
        let known = self.background.known(sessions, end);
        for place in told(&self.told, Wants::MESSAGES) {
            if let Some(rule) = self.rules.get_mut(*place) {
                for sent in known.due() {
                    rule.message(sent, &known, &mut self.findings);
                }
            }
        }
        self.background.judged();
    }

    /// Takes the end of the capture. Gives the findings, the worst first, and how many were not kept because there were too many.
    pub fn finish(mut self, end: &End<'_>) -> (Vec<Finding>, u64) {
        self.background.end();
        self.messages(end.sessions, Some(end.at));
        let known = self.background.known(end.sessions, Some(end.at));
        for rule in &mut self.rules {
            rule.finish(end, &known, &mut self.findings);
        }
        let untold = self.findings.untold;
        let mut findings = self.findings.into_sorted();
        relate(&mut findings);
        (findings, untold)
    }
}

/// The places of the rules that are told of things of one sort.
fn told(told: &[Vec<usize>; Wants::SORTS], sort: Wants) -> &[usize] {
    told.get(sort.number()).map_or(&[], Vec::as_slice)
}

/// A message that the server did not deliver, and for which it is found to have tried no callback: the second is the cause of the first. Both
/// cite the message.
fn relate(findings: &mut [Finding]) {
    let (cause, effect) = ("callback-not-attempted", "message-undelivered");
    let of_cause = findings.iter().filter(|finding| finding.meta.slug == cause);
    let code = of_cause.clone().map(|finding| finding.meta.code).next();
    let cited: BTreeMap<(u32, u64), u64> =
        of_cause.flat_map(|finding| finding.origin.ranges()).map(|range| ((range.capture, range.first), range.last)).collect();
    let is_cited = |range: PacketRange| {
        let before = cited.range(..=(range.capture, range.last)).next_back();
        before.is_some_and(|((capture, _), last)| *capture == range.capture && *last >= range.first)
    };
    for finding in findings.iter_mut().filter(|finding| finding.meta.slug == effect && finding.caused_by.is_none()) {
        if finding.origin.ranges().any(is_cited) {
            finding.caused_by = code;
        }
    }
}
