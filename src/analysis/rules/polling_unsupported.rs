//! Polling, which its maker withdrew.

use super::polls::{ByCycle, Remark, whole};
use super::{Entry, Rule};
use crate::analysis::finding::{Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::session::polling::{Confidence, PollCycle};

static META: Meta = Meta {
    code: "RVP408",
    slug: "polling-unsupported",
    severity: Severity::Info,
    title: "Polling mode was withdrawn by Microsoft",
    meaning: "Exchange 2000 SP1 brought a polling mode for clients that callbacks cannot reach. It made servers unstable in some configurations, caused many \
              support calls, and Microsoft stopped supporting it. If this server is an Exchange server, what is seen here is no longer supported. How Exchange's polling looks on the wire was never published, so that this is polling is inferred from what the answers bring and from the rhythm.",
    remedy: "Make callbacks reach the client, or move to a system whose clients keep one connection in both directions open, as Live Communications Server \
             2003 does. An emulator or another server may of course poll as it likes.",
    sources: &["KB870570 (polling is no longer supported)"],
    shown_by: "polling-after-failed-callbacks",
    not_by: "polling-idle",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(ByCycle { meta: &META, thresholds: *thresholds, look })
}

/// Where only the form of the requests says that it is polling, nothing is said about its support.
fn look(cycle: &PollCycle, _: &Thresholds) -> Vec<Remark> {
    if cycle.confidence == Confidence::Likely { vec![whole(cycle, " is not supported", String::new())] } else { Vec::new() }
}
