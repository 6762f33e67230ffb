//! Callbacks to addresses where nobody is logged on any more.

use super::log_ons::{LogOn, LogOns};
use super::{Entry, Known, Rule, Wants};
use crate::analysis::diagnosis::End;
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::time::{Span, Timestamp};
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::fact::{Fact, What};
use crate::session::model::SessionId;
use std::collections::VecDeque;

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
    Box::new(Stale { grace: thresholds.lapse_grace, waiting: VecDeque::new() })
}

/// How much later a callback is judged than it began: until then a log-on that was asked for before it, but not yet answered, is known.
const LATER: Span = Span::from_secs(60);
/// Callbacks that seem stale and wait to be judged. Beyond it the oldest is judged by what is known.
const WAITING: usize = 4096;

struct Stale {
    grace: Span,
    waiting: VecDeque<(Option<SessionId>, CallbackAttempt)>,
}

impl Rule for Stale {
    fn wants(&self) -> Wants {
        Wants::ALL_FACTS
    }

    fn fact(&mut self, fact: &Fact<'_>, known: &Known<'_>, findings: &mut Findings) {
        let log_ons = &known.background.log_ons;
        if let What::Callback(callback) = &fact.what
            && self.stale(callback, log_ons).is_some()
        {
            self.waiting.push_back((fact.session, callback.as_ref().clone()));
        }
        while let Some((session, callback)) = self.waiting.pop_front_if(|(_, callback)| callback.at.after(LATER) < fact.at) {
            self.judge(session, &callback, log_ons, findings);
        }
        if self.waiting.len() > WAITING
            && let Some((session, callback)) = self.waiting.pop_front()
        {
            self.judge(session, &callback, log_ons, findings);
        }
    }

    fn finish(&mut self, _: &End<'_>, known: &Known<'_>, findings: &mut Findings) {
        let log_ons = &known.background.log_ons;
        for (session, callback) in std::mem::take(&mut self.waiting) {
            self.judge(session, &callback, log_ons, findings);
        }
    }
}

impl Stale {
    fn judge(&self, session: Option<SessionId>, callback: &CallbackAttempt, log_ons: &LogOns, findings: &mut Findings) {
        let Some((why, seen, log_on)) = self.stale(callback, log_ons) else { return };
        let mut origin = callback.origin.unpack();
        origin.unite(&log_on.origin);
        findings.add(
            &META,
            Found {
                at: callback.at,
                session,
                about: format!("callback to {}, {why}", callback.target),
                severity: (callback.outcome == Outcome::Delivered).then_some(Severity::Info),
                certainty: Certainty::Inferred,
                seen,
                origin,
            },
        );
    }

    /// Why a callback goes where nobody is, if so, and the log-on that it is for.
    fn stale<'l>(&self, callback: &CallbackAttempt, log_ons: &'l LogOns) -> Option<(&'static str, String, &'l LogOn)> {
        let mut latest: Option<(&'static str, String, &LogOn)> = None;
        for (session, log_on) in log_ons.at(callback.target).filter(|(_, log_on)| log_on.asked <= callback.at) {
            let found = self.over((session, log_on), callback, log_ons)?;
            if latest.as_ref().is_none_or(|(.., before)| before.from <= log_on.from) {
                latest = Some((found.0, found.1, log_on));
            }
        }
        latest
    }

    /// Why a log-on no longer counts when the callback began; `None` if it does.
    fn over(&self, (session, log_on): (SessionId, &LogOn), callback: &CallbackAttempt, log_ons: &LogOns) -> Option<(&'static str, String)> {
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
        let later = log_ons.of(session).iter().filter(|_| failed).find(later)?;
        let place = later.place?;
        since(later.from)
            .map(|since| ("which a later log-on replaced", format!("The client had logged on again with {place} {since} before.")))
    }
}

#[cfg(test)]
mod tests;
