//! Clients that poll.

use super::polls::{ByCycle, Remark, rhythm, whole};
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::polling::PollCycle;

static META: Meta = Meta {
    code: "RVP401",
    slug: "polling-cycle",
    severity: Severity::Info,
    title: "A client fetches its notifications by polling",
    meaning: "The client asks the server again and again whether something waits for it, instead of being called back. Exchange 2000 SP1 had such a mode for clients that the server cannot reach. The numbers say how often it asks and how often that brought something. The signature names the form that the requests have among those that are known as hypotheses, and how sure that is. How Exchange's polling looks on the wire was never published, so that this is polling is inferred from what the answers bring and from the rhythm.",
    remedy: "Nothing need be done for this alone. Polling puts load on the server and delays messages by up to a period; it was withdrawn because it made servers unstable.",
    sources: &[
        "Microsoft's white paper on Exchange 2000 SP1 instant messaging (polling: pending notifications are fetched at regular intervals)",
        "KB870570 (polling is no longer supported)",
    ],
    shown_by: "polling-after-failed-callbacks",
    not_by: "no-polling",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByCycle { meta: &META, thresholds: *thresholds, look })
}

fn look(cycle: &PollCycle, _: &Thresholds) -> Vec<Remark> {
    let PollCycle { polls, empty, carrying, errors, signature, .. } = cycle;
    let seen = format!(
        "{polls} polls: {carrying} brought something, {empty} were empty, {errors} failed. Signature {signature}, {}.",
        cycle.confidence.as_str()
    );
    vec![whole(cycle, &rhythm(cycle), seen)]
}
