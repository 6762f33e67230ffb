//! Beats that polls missed.

use super::polls::{ByCycle, Remark, each};
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::polling::PollCycle;

static META: Meta = Meta {
    code: "RVP403",
    slug: "polling-missed-beats",
    severity: Severity::Warning,
    title: "A polling client falls silent for a time",
    meaning: "The polls come in a rhythm, and here one or more did not come. What arrived for the user meanwhile had to wait. The client was busy, asleep or cut off, or its polls did not reach the capture point. Time in which the server held the answer to a poll is not counted. How Exchange's polling looks on the wire was never published, so that this is polling is inferred from what the answers bring and from the rhythm.",
    remedy: "Compare with what the client's machine did at that time; if the capture has gaps there, the polls may only be missing from it.",
    sources: &["inferred: intervals between polls against their median"],
    shown_by: "polling-goes-wrong",
    not_by: "polling-held",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByCycle { meta: &META, thresholds: *thresholds, look })
}

fn look(cycle: &PollCycle, _: &Thresholds) -> Vec<Remark> {
    let silent: Vec<_> = cycle.missed_at.iter().filter(|missed| !missed.held).collect();
    let entries = silent.iter().map(|missed| {
        let seen =
            format!("{} polls in a row did not come; the silence lasted {}.", missed.beats, missed.until.since(missed.after).rounded());
        (missed.after, seen, &missed.origin)
    });
    each(cycle, " misses beats", 0, entries)
}
