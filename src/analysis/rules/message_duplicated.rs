//! Messages that polls brought more than once.

use super::polls::{ByCycle, Remark, each};
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::polling::PollCycle;

static META: Meta = Meta {
    code: "RVP203",
    slug: "message-duplicated",
    severity: Severity::Warning,
    title: "A message was fetched more than once",
    meaning: "The answers to several polls carried the same message. A server that does not learn whether its answer arrived hands the message over again; the user sees it twice unless the client notices. Messages of the same words that were sent more than once are told apart as far as their order allows. How Exchange's polling looks on the wire was never published, so that this is polling is inferred from what the answers bring and from the rhythm.",
    remedy: "See whether the answer that carried it first was complete when it reached the client, and whether the connection broke there. If it did not, the server does not clear its queue.",
    sources: &[
        "inferred: compared message by message with what the answers to the polls carried",
        "KB870570 (polling is no longer supported)",
    ],
    shown_by: "polling-goes-wrong",
    not_by: "polling-held",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByCycle { meta: &META, thresholds: *thresholds, look })
}

fn look(cycle: &PollCycle, _: &Thresholds) -> Vec<Remark> {
    let entries = cycle.doubled_list.iter().map(|fate| (fate.at, format!("Handed over {} times.", fate.times), &fate.origin));
    each(cycle, ": message handed over again", cycle.doubled, entries)
}
