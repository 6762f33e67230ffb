//! What polling costs.

use super::polls::{ByCycle, Remark, whole};
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::polling::PollCycle;

static META: Meta = Meta {
    code: "RVP406",
    slug: "polling-idle-cost",
    severity: Severity::Info,
    title: "Polling costs much and brings little",
    meaning: "Each poll is a request with its answer, and often a TCP connection, whether something waits or not. This client asked many times for each message that it was given, or was never given one. That load was what made polling costly for servers with many clients. How Exchange's polling looks on the wire was never published, so that this is polling is inferred from what the answers bring and from the rhythm.",
    remedy: "A longer period costs the user a little delay and spares the server; callbacks, or a connection on which the server can speak by itself, spare all of it.",
    sources: &[
        "Microsoft's white paper on Exchange 2000 SP1 instant messaging (polling: pending notifications are fetched at regular intervals)",
        "KB870570 (polling is no longer supported)",
    ],
    shown_by: "polling-idle",
    not_by: "polling-goes-wrong",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByCycle { meta: &META, thresholds: *thresholds, look })
}

fn look(cycle: &PollCycle, thresholds: &Thresholds) -> Vec<Remark> {
    let PollCycle { requests, bytes, connections, messages, .. } = cycle;
    let costly = *requests >= thresholds.idle_polls && *requests >= messages.saturating_mul(thresholds.polls_per_message);
    if !costly {
        return Vec::new();
    }
    let seen = format!("{requests} requests, {bytes} bytes and {connections} connections for {messages} messages.");
    vec![whole(cycle, " brings little", seen)]
}
