//! Callbacks to addresses where nobody is logged on any more.

use super::log_ons::{LogOn, LogOns};
use super::{Entry, Rule};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::time::{Span, Timestamp};
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::fact::{Fact, What};
use crate::session::model::{Session, SessionId};

static META: Meta = Meta {
    code: "RVP109",
    slug: "callback-stale",
    severity: Severity::Warning,
    title: "The server calls back where nobody is logged on any more",
    meaning: "A log-on asks for callbacks to one address (Call-Back) until it is unsubscribed or its lifetime runs out. The server called back to an address \
              whose log-on had ended, or that a later log-on of the same user at the same client had replaced. A server must not merge log-ons: each \
              stands until it ends by itself, so a client that crashed and was started anew leaves its old address behind for as long as its lifetime, \
              often four hours. Each message is tried there too, and its sender may wait for it. Whatever listens at that port now gets what was meant for \
              the user. That an old log-on was replaced follows from a callback that failed there; two that both answer are two programs.",
    remedy: "Let clients log off (UNSUBSCRIBE) before they end, and at log-on clear what they left behind: SUBSCRIPTIONS lists it. A client that keeps one \
              Call-Back port takes its old place again. If the log-on had been unsubscribed or had expired, look at the server.",
    sources: &[
        "draft-osborne-rvp-00, sections 5.1.2 and 5.1.5 (lifetime; each subscription stands alone)",
        "observed: Net::RVP clears its old subscriptions at log-on",
    ],
    shown_by: "two-log-ons",
    not_by: "callbacks-refused",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(Stale { grace: thresholds.lapse_grace, log_ons: LogOns::default() })
}

struct Stale {
    grace: Span,
    log_ons: LogOns,
}

impl Rule for Stale {
    fn fact(&mut self, fact: &Fact, _: &[Session], findings: &mut Findings) {
        self.log_ons.take(fact);
        let What::Callback(callback) = &fact.what else { return };
        let Some((why, seen, log_on)) = self.stale(callback) else { return };
        let mut origin = fact.origin.clone();
        origin.extend(&log_on.origin);
        let answered = callback.outcome == Outcome::Delivered;
        findings.add(
            &META,
            Found {
                at: fact.at,
                session: fact.session,
                about: format!("callback to {}, {why}", callback.target),
                severity: answered.then_some(Severity::Info),
                certainty: Certainty::Inferred,
                seen,
                origin,
            },
        );
    }
}

impl Stale {
    /// Why a callback goes where nobody is, if so, and the log-on that it is for.
    fn stale(&self, callback: &CallbackAttempt) -> Option<(&'static str, String, &LogOn)> {
        let mut latest: Option<(&'static str, String, &LogOn)> = None;
        for (session, log_on) in self.log_ons.at(callback.target).filter(|(_, log_on)| log_on.from <= callback.at) {
            let found = self.over(session, log_on, callback)?;
            if latest.as_ref().is_none_or(|(.., before)| before.from <= log_on.from) {
                latest = Some((found.0, found.1, log_on));
            }
        }
        latest
    }

    /// Why a log-on no longer counts when the callback began; `None` if it does.
    fn over(&self, session: SessionId, log_on: &LogOn, callback: &CallbackAttempt) -> Option<(&'static str, String)> {
        let since = |end: Timestamp| Some(callback.at.since(end)).filter(|since| *since > self.grace);
        if let Some(ended) = log_on.ended {
            return since(ended).map(|since| ("which is logged off", format!("Its log-on had been unsubscribed {since} before.")));
        }
        if let Some(expires) = log_on.expires.filter(|expires| *expires <= callback.at) {
            return since(expires).map(|since| ("whose log-on has expired", format!("Its lifetime had run out {since} before.")));
        }
        let failed = !matches!(callback.outcome, Outcome::Delivered | Outcome::HttpError | Outcome::Unknown);
        let later =
            |other: &&LogOn| other.from > log_on.from && other.place.is_some() && other.place != log_on.place && other.lives(callback.at);
        let later = self.log_ons.of(session).iter().filter(|_| failed).find(later)?;
        let place = later.place?;
        since(later.from)
            .map(|since| ("which a later log-on replaced", format!("The client had logged on again with {place} {since} before.")))
    }
}

#[cfg(test)]
mod tests;
