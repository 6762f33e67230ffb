//! Polls that fail.

use super::polls::{ByCycle, Remark, each};
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::polling::PollCycle;

static META: Meta = Meta {
    code: "RVP407",
    slug: "polling-errors",
    severity: Severity::Warning,
    title: "Polls are answered with errors, or not at all",
    meaning: "Polls were answered with an error, or not at all. What waits for the user is not fetched by them. Exchange 2000's polling mode was known to make servers unstable; errors that come in a row, or with 503, point at the server, a single one may be a restart. Polls whose answer may only be missing from the capture are not counted. How Exchange's polling looks on the wire was never published, so that this is polling is inferred from what the answers bring and from the rhythm.",
    remedy: "See the statuses: 404 or 412 say that the server no longer knows the subscription, 401 that credentials are wanted, 503 that it is overloaded.",
    sources: &["KB870570 (polling is no longer supported)", "KB318158 (work queue, 503)"],
    shown_by: "polling-goes-wrong",
    not_by: "polling-at-two-places",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByCycle { meta: &META, thresholds: *thresholds, look })
}

fn look(cycle: &PollCycle, _: &Thresholds) -> Vec<Remark> {
    let visible: Vec<_> = cycle.failed.iter().filter(|poll| poll.visible).collect();
    let entries = visible.iter().map(|poll| {
        let how = poll.status.map_or_else(|| "Not answered.".to_owned(), |status| format!("Answered {status}."));
        (poll.at, how, &poll.origin)
    });
    each(cycle, " fails", cycle.errors.saturating_sub(cycle.not_visible), entries)
}
