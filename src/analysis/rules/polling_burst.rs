//! Bursts of polls.

use super::polls::{ByCycle, Remark, each};
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::polling::PollCycle;

static META: Meta = Meta {
    code: "RVP404",
    slug: "polling-burst",
    severity: Severity::Info,
    title: "Polls come in bursts",
    meaning: "Several polls came much faster than the rhythm of the others. Clients do so after a silence, when several programs poll for one user, or when each answer that brought something is followed by the next poll at once. Bursts of many clients at once load the server. How Exchange's polling looks on the wire was never published, so that this is polling is inferred from what the answers bring and from the rhythm.",
    remedy: "One burst after a silence is harmless. If bursts repeat, see whether the client runs twice.",
    sources: &["inferred: intervals between polls against their median"],
    shown_by: "polling-goes-wrong",
    not_by: "polling-held",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByCycle { meta: &META, thresholds: *thresholds, look })
}

fn look(cycle: &PollCycle, _: &Thresholds) -> Vec<Remark> {
    let entries =
        cycle.burst_list.iter().map(|burst| (burst.at, format!("{} polls one right after the other.", burst.polls), &burst.origin));
    each(cycle, " in a burst", cycle.bursts, entries)
}
