//! Messages that the server accepted and that no poll brought.

use super::polls::{ByCycle, Remark, each};
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::polling::PollCycle;

static META: Meta = Meta {
    code: "RVP202",
    slug: "message-lost",
    severity: Severity::Error,
    title: "A message was accepted and never fetched",
    meaning: "The server accepted the message (2xx) for a user who fetches messages by polling, and answered later polls of that user with success, but none of these answers carried it. It is not counted as lost while it may still be queued: at log-off, or when the capture ends. How Exchange's polling looks on the wire was never published, so that this is polling is inferred from what the answers bring and from the rhythm.",
    remedy: "Look at the server's queue at that time: a restart, a full queue, or an answer that was lost on the way after the server had taken the message from its queue. The sender believes that it was delivered.",
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
    let entries =
        cycle.lost_list.iter().map(|fate| (fate.at, "Accepted by the server, and in no answer to a later poll.".to_owned(), &fate.origin));
    each(cycle, ": message lost", cycle.lost, entries)
}
