//! Redirects that lead back.

use super::redirects::{MAX_REMEMBERED, is_redirect, place};
use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::origin::Origin;
use crate::base::text::shortened;
use crate::base::time::{Span, Timestamp};
use crate::rvp::principal::Principal;
use crate::session::fact::{Fact, What};
use crate::session::model::SessionId;
use std::collections::BTreeMap;

static META: Meta = Meta {
    code: "RVP503",
    slug: "redirect-loop",
    severity: Severity::Error,
    title: "A redirect leads back to where the request came from",
    meaning: "A server answered 302 with a place from which the same request had been sent away before, or with the very place that was asked. The client runs in a circle until it \
              gives up, and its request is never served. Two servers disagree about who holds the user: a router with old information, a user who was moved, a server that \
              takes its own name for somebody else's, or a router that takes an outside client for an inside one and the other way round.",
    remedy: "Ask the directory which home server holds the user, and see whether both servers have that information. Check the names and the address ranges that the routers' \
             firewall topology counts as inside.",
    sources: &[
        "draft-osborne-rvp-00, section 8 (302 Object moved)",
        "Exchange 2000 SP2 administration help, Instant Messaging: firewall topology",
    ],
    shown_by: "server-in-trouble",
    not_by: "redirect",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(RedirectLoop { step: thresholds.redirect_step, chains: BTreeMap::new() })
}

/// Steps of one chain that are remembered: nobody follows as many redirects (RFC 1945, section 9.3, allows five).
const MAX_STEPS: usize = 16;

/// A request on its way: whose, about whom, which method.
type Asked = (SessionId, Principal, String);

struct RedirectLoop {
    /// How long a client may take from one step to the next.
    step: Span,
    chains: BTreeMap<Asked, Vec<Step>>,
}

/// A place that sent the request away.
struct Step {
    place: String,
    told: Timestamp,
    origin: Origin,
}

impl Rule for RedirectLoop {
    fn wants(&self) -> Wants {
        Wants::REQUESTS
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, findings: &mut Findings) {
        let (What::Request(request), Some(session)) = (&fact.what, fact.session) else { return };
        if !is_redirect(request) && self.chains.is_empty() {
            return;
        }
        let key = (session, request.node.logical().clone(), request.method.as_str().to_owned());
        let Some(location) = request.location.filter(|_| is_redirect(request)) else {
            self.chains.remove(&key);
            return;
        };
        if self.chains.len() >= MAX_REMEMBERED && !self.chains.contains_key(&key) {
            return;
        }
        let chain = self.chains.entry(key).or_default();
        if chain.last().is_some_and(|last| fact.at.since(last.told) > self.step) || chain.len() >= MAX_STEPS {
            chain.clear();
        }
        let told = request.answered.unwrap_or(fact.at);
        chain.push(Step { place: request.node.key().to_owned(), told, origin: fact.origin.unpack() });
        let back = place(location);
        let Some(from) = chain.iter().position(|step| step.place == back) else { return };
        let circle: Vec<Step> = chain.drain(from..).collect();
        let mut origin = Origin::default();
        for step in &circle {
            origin.extend(&step.origin);
        }
        let ways = if circle.len() == 1 { "to itself".to_owned() } else { format!("back after {} redirects", circle.len()) };
        findings.add(
            &META,
            Found {
                at: fact.at,
                session: fact.session,
                about: format!("requests about {} are sent {ways}", shortened(request.node.as_str(), 80)),
                severity: None,
                certainty: Certainty::Seen,
                seen: format!("{} sent it to {}.", request.server, shortened(location, 100)),
                origin,
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, end_of, run, session, url};
    use super::*;
    use crate::rvp::method::Method;

    const HOME: &str = "http://home.example.test/instmsg/local/im.example.test/instmsg/aliases/bob";

    fn sent(at: i64, from: &str, to: &'static str) -> Fact<'static> {
        asked(1, at, &Method::Subscribe, "bob", |request| {
            request.status = Some(302);
            request.node = Box::leak(Box::new(Principal::new(from)));
            request.location = Some(to);
        })
    }

    fn codes(facts: &[Fact]) -> usize {
        run(&RULE, facts, &end_of(&[session(1, "bob")], &[])).len()
    }

    #[test]
    fn back_to_the_first_place_or_to_itself_is_a_circle() {
        let bob: &str = url("bob").leak();
        assert_eq!(codes(&[sent(1, bob, HOME), sent(3, HOME, bob)]), 1);
        assert_eq!(codes(&[sent(1, bob, "http://IM.example.test:80/instmsg/aliases/bob/")]), 1, "spelt in another way");
        assert_eq!(codes(&[sent(1, bob, HOME), sent(3, HOME, "http://third.example.test/instmsg/aliases/bob")]), 0);
    }

    #[test]
    fn what_was_served_in_between_or_lies_far_apart_is_none() {
        let bob: &str = url("bob").leak();
        let served = asked(1, 3, &Method::Subscribe, "bob", |_| {});
        assert_eq!(codes(&[sent(1, bob, HOME), served, sent(6, HOME, bob)]), 0);
        assert_eq!(codes(&[sent(1, bob, HOME), sent(1000, HOME, bob)]), 0, "the user was moved");
        assert_eq!(codes(&[sent(1, bob, HOME), sent(4, bob, HOME), sent(7, bob, HOME)]), 0, "only the router is captured");
    }
}
