//! Requests that the server has no room for.

use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::base::text::printable;
use crate::session::fact::{Fact, What};

static META: Meta = Meta {
    code: "RVP504",
    slug: "server-overloaded",
    severity: Severity::Error,
    title: "The server answers that it is overloaded",
    meaning: "The server answered 503. Exchange's Instant Messaging service does that when its queue of outstanding work is full (1024 entries by default): log-ons and changes of \
              presence fail during that time. Before Service Pack 3 outgoing messages counted, too, so that callbacks to clients that cannot be reached, each tried several \
              times with long waits, could fill the queue for everybody.",
    remedy: "Look for failed callbacks at the same time (RVP101 to RVP104) and mend those first: they hold places in the queue. Install the service pack. The size of the queue is \
             the registry value MaxOutstandingInboundMsgs (KB318158).",
    sources: &["KB318158 (503, work queue, retries of callbacks)", "RFC 9110, section 15.6.4 (503 Service Unavailable)"],
    shown_by: "server-in-trouble",
    not_by: "callbacks-with-errors",
};

pub(super) const RULE: Entry = Entry { meta: &META, new: |_| Box::new(Overloaded) };

struct Overloaded;

impl Rule for Overloaded {
    fn wants(&self) -> Wants {
        Wants::REQUESTS
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, findings: &mut Findings) {
        let What::Request(request) = &fact.what else { return };
        if request.status != Some(503) {
            return;
        }
        // It concerns the server, not one of its clients.
        findings.add(
            &META,
            Found {
                at: fact.at,
                session: None,
                about: format!("503 from server {}", request.server),
                severity: None,
                certainty: Certainty::Seen,
                seen: format!("The first time to {} of {}.", printable(request.method.as_str()), request.client.ip),
                origin: fact.origin.unpack(),
            },
        );
    }
}
