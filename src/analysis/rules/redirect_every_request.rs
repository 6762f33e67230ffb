//! Clients that take the detour over the router again and again.

use super::redirects::{MAX_REMEMBERED, is_redirect};
use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::address::Endpoint;
use crate::base::origin::Origin;
use crate::base::text::shortened;
use crate::base::time::Timestamp;
use crate::rvp::method::Method;
use crate::rvp::principal::Principal;
use crate::session::fact::{Fact, What};
use crate::session::model::SessionId;
use std::collections::BTreeMap;

static META: Meta = Meta {
    code: "RVP502",
    slug: "redirect-every-request",
    severity: Severity::Info,
    title: "The client asks the router again although it knows the way",
    meaning: "A router knows on which home server a user's node lives and answers 302 with that place. A client may remember it and ask the home server from then on. Here it went \
              back to the router with a further request about the same node and was sent the same way again. librvp does so with every request, on purpose. It works, but each \
              request costs a second connection (and a second handshake where the server wants credentials), and the client depends on the router.",
    remedy: "Nothing needs to be done for a few clients. Where the router is busy, configure clients with the home server's name, or let the router forward requests instead of \
             redirecting them.",
    sources: &[
        "draft-osborne-rvp-00, section 8 (302 Object moved)",
        "observed: librvp follows each redirect and does not remember the place",
    ],
    shown_by: "redirect",
    not_by: "server-in-trouble",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(EveryRequest { redirects: thresholds.redirects, ways: BTreeMap::new() })
}

/// A session, the router that it asks, and the node.
type Way = (SessionId, Endpoint, Principal);

struct EveryRequest {
    redirects: u32,
    ways: BTreeMap<Way, Detours>,
}

/// How often it was sent away.
struct Detours {
    count: u32,
    first: Timestamp,
    origin: Origin,
    /// When it was last told, and the method of that request.
    told: Timestamp,
    method: Method,
    /// When another server last served a request about the node.
    served: Option<Timestamp>,
}

impl Rule for EveryRequest {
    fn wants(&self) -> Wants {
        Wants::REQUESTS
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, findings: &mut Findings) {
        let (What::Request(request), Some(session)) = (&fact.what, fact.session) else { return };
        if !is_redirect(request) && self.ways.is_empty() {
            return;
        }
        let about = request.node.logical().clone();
        if !is_redirect(request) {
            let served = request.answered.filter(|_| matches!(request.status, Some(200..=299)));
            let range = (session, Endpoint::new(std::net::Ipv4Addr::UNSPECIFIED.into(), 0), Principal::new(""))..;
            for ((_, router, node), detours) in self.ways.range_mut(range).take_while(|((of, ..), _)| *of == session) {
                if *router != request.server && *node == about && served.is_some() {
                    detours.served = served;
                }
            }
            return;
        }
        let told = request.answered.unwrap_or(fact.at);
        let key = (session, request.server, about);
        let Some(detours) = self.ways.get_mut(&key) else {
            if self.ways.len() < MAX_REMEMBERED {
                let detours =
                    Detours { count: 1, first: fact.at, origin: fact.origin.unpack(), told, method: request.method.clone(), served: None };
                self.ways.insert(key, detours);
            }
            return;
        };
        // Requests that were on their way together could not know; and what only runs in a circle is another finding.
        let knew = fact.at >= detours.told;
        let arrived = detours.served.is_some_and(|served| served >= detours.told) || detours.method != *request.method;
        detours.told = told.max(detours.told);
        detours.method = request.method.clone();
        if !knew || !arrived {
            return;
        }
        detours.count += 1;
        if detours.count < self.redirects {
            detours.origin.unite(&fact.origin);
            return;
        }
        let mut found = Found {
            at: detours.first,
            session: fact.session,
            about: format!("requests about {} sent away by {} each time", shortened(request.node.as_str(), 80), request.server),
            severity: None,
            certainty: Certainty::Seen,
            seen: format!("To {}.", shortened(request.location.unwrap_or_default(), 100)),
            origin: std::mem::take(&mut detours.origin),
        };
        if !found.origin.is_empty() {
            findings.add(&META, found.clone());
        }
        found.origin = fact.origin.unpack();
        findings.add(&META, found);
    }
}
