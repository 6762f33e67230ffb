//! The words of the fields whose values can be listed.

use crate::analysis::finding::{Certainty, Severity};
use crate::analysis::rules::RULES;
use crate::rvp::notification::Carries;
use crate::session::callback::Outcome;
use crate::session::event::{EventKind, Tone};
use crate::session::model::{Delivery, MessageKind, SubscriptionEnd};
use crate::session::polling::Confidence;

pub(super) const fn none() -> Vec<&'static str> {
    Vec::new()
}

/// The words of several lists, each once.
fn each_once(words: impl IntoIterator<Item = &'static str>) -> Vec<&'static str> {
    let mut list: Vec<&'static str> = Vec::new();
    for word in words {
        if !list.contains(&word) {
            list.push(word);
        }
    }
    list
}

pub(super) fn kinds() -> Vec<&'static str> {
    let kinds = EventKind::ALL.map(EventKind::as_str).into_iter().chain(MessageKind::ALL.map(MessageKind::as_str));
    each_once(kinds.chain(["pragma/notify", "update/propchange"]))
}

pub(super) fn outcomes() -> Vec<&'static str> {
    let outcomes = Outcome::ALL.map(Outcome::as_str).into_iter().chain(Delivery::ALL.map(Delivery::as_str));
    each_once(outcomes.chain(SubscriptionEnd::ALL.map(SubscriptionEnd::as_str)))
}

pub(super) fn tones() -> Vec<&'static str> {
    Tone::ALL.map(Tone::as_str).into()
}

pub(super) fn carries() -> Vec<&'static str> {
    Carries::ALL.map(Carries::as_str).into()
}

pub(super) fn codes() -> Vec<&'static str> {
    RULES.iter().flat_map(|rule| [rule.meta.code, rule.meta.slug]).collect()
}

pub(super) fn severities() -> Vec<&'static str> {
    Severity::ALL.map(Severity::as_str).into()
}

pub(super) fn certainties() -> Vec<&'static str> {
    Certainty::ALL.map(Certainty::as_str).into()
}

pub(super) fn confidences() -> Vec<&'static str> {
    Confidence::ALL.map(Confidence::as_str).into()
}

/// The methods of RVP, and the one that polls are expected to have.
pub(super) fn methods() -> Vec<&'static str> {
    vec!["SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIPTIONS", "PROPFIND", "PROPPATCH", "NOTIFY", "ACL", "POLL"]
}

pub(super) fn states() -> Vec<&'static str> {
    vec!["online", "offline", "away", "busy", "back-soon", "on-phone", "at-lunch", "idle", "invisible"]
}

pub(super) fn schemes() -> Vec<&'static str> {
    vec!["none", "Basic", "Digest", "NTLM", "Negotiate"]
}
