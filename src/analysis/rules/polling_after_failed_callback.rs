//! Polling that follows failed callbacks.

use super::polls::{ByCycle, Remark, whole};
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::polling::PollCycle;

static META: Meta = Meta {
    code: "RVP402",
    slug: "polling-after-failed-callback",
    severity: Severity::Warning,
    title: "A client polls after callbacks to it had failed",
    meaning: "Callbacks to the client failed, and then it began to fetch its notifications by polling: most likely the second because of the first. What could not be handed over meanwhile either failed or waited for the first poll. How Exchange's polling looks on the wire was never published, so that this is polling is inferred from what the answers bring and from the rhythm.",
    remedy: "Mend the way for callbacks (see the finding about the failed ones), and the client needs no polling.",
    sources: &[
        "Microsoft's white paper on Exchange 2000 SP1 instant messaging (polling: pending notifications are fetched at regular intervals)",
        "KB283022 (proxies and network address translation)",
    ],
    shown_by: "polling-after-failed-callbacks",
    not_by: "polling-held",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByCycle { meta: &META, thresholds: *thresholds, look })
}

fn look(cycle: &PollCycle, _: &Thresholds) -> Vec<Remark> {
    if !cycle.after_failed_callback() {
        return Vec::new();
    }
    let first = cycle.failed_callback_list.first();
    let what = first.map_or_else(String::new, |callback| format!(", the first to {}: {}", callback.target, callback.outcome.as_str()));
    let seen = format!("{} callbacks had failed before the first poll{what}.", cycle.failed_callbacks);
    let mut remark = whole(cycle, " after failed callbacks", seen);
    for callback in &cycle.failed_callback_list {
        remark.origin.extend(&callback.origin);
    }
    vec![remark]
}
