//! Messages that waited long for a poll.

use super::polls::{ByCycle, Remark};
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::polling::PollCycle;

static META: Meta = Meta {
    code: "RVP405",
    slug: "polling-slow-delivery",
    severity: Severity::Warning,
    title: "A message waited long for a poll",
    meaning: "A message for a polling client waits at the server until the next poll, so at most about one period. This one waited much longer: for the client to begin with polling, through missed beats, or in a queue that one poll does not empty. The time counts from the sender's NOTIFY to the answer that carried the message. How Exchange's polling looks on the wire was never published, so that this is polling is inferred from what the answers bring and from the rhythm.",
    remedy: "See what lay between: failed callbacks before the polling, missed beats, errors, or polls that came back empty although the message was there.",
    sources: &["inferred: the sender's NOTIFY compared with the answer that carried the message"],
    shown_by: "polling-after-failed-callbacks",
    not_by: "polling-held",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByCycle { meta: &META, thresholds: *thresholds, look })
}

fn look(cycle: &PollCycle, thresholds: &Thresholds) -> Vec<Remark> {
    let Some(slowest) = &cycle.slowest else { return Vec::new() };
    let usual = cycle.period.map_or(thresholds.slow_delivery, |period| period.times(2).max(thresholds.slow_delivery));
    if slowest.waited <= usual {
        return Vec::new();
    }
    let median = cycle.waited.map_or_else(String::new, |waited| format!("; the median is {}", waited.median.rounded()));
    let seen = format!("The slowest message waited {}{median}.", slowest.waited.rounded());
    vec![Remark { at: slowest.at, about: ": a message waited".to_owned(), seen, severity: None, origin: slowest.origin.clone() }]
}
