//! The rules, one file each. A new one is a file and a line in [`RULES`].

use super::diagnosis::End;
use super::finding::{Findings, Meta};
use super::thresholds::Thresholds;
use crate::session::fact::Fact;
use crate::session::model::Session;

mod activity;
mod auth_loop;
mod callback_address_mismatch;
mod callback_broken;
mod callback_http_error;
mod callback_no_reply;
mod callback_not_attempted;
mod callback_refused;
mod callback_retries;
mod callback_slow;
mod callback_stale;
mod callback_unanswered;
mod callback_unreachable;
mod callback_wrong_peer;
mod capture_cut;
mod capture_gap;
mod captured_twice;
mod conflicting_overlap;
mod credentials_in_clear;
mod delivery_slow;
mod handover;
mod log_ons;
mod login_duplicated;
mod message_duplicated;
mod message_lost;
mod message_undelivered;
mod one_direction_only;
mod outcome;
#[cfg(test)]
mod play;
mod polling_after_failed_callback;
mod polling_burst;
mod polling_cycle;
mod polling_errors;
mod polling_idle_cost;
mod polling_missed_beats;
mod polling_slow_delivery;
mod polling_unsupported;
mod polls;
mod poor;
mod presence_lapsed;
mod redirect_every_request;
mod redirect_loop;
mod redirects;
mod renewal_late;
mod request_unanswered;
mod server_overloaded;
mod subscription_expired;
#[cfg(test)]
mod testing;
mod words;

pub(in crate::analysis) use callback_address_mismatch::kind as address_kind;

/// Judges facts. What it remembers between them is bounded.
pub trait Rule {
    /// Takes a fact. `sessions` is what is known so far; the fact's own session is in it.
    fn fact(&mut self, fact: &Fact, sessions: &[Session], findings: &mut Findings);

    /// Takes the end of the capture: what depends on the whole, or on something that did not happen.
    fn finish(&mut self, end: &End<'_>, findings: &mut Findings) {
        let _ = (end, findings);
    }
}

/// A rule's page, and how it is made.
pub struct Entry {
    /// The page.
    pub meta: &'static Meta,
    /// A rule that has seen nothing, and speaks from these thresholds on.
    pub new: fn(&Thresholds) -> Box<dyn Rule>,
}

/// All rules, in the order of their codes: 1xx callbacks, 2xx delivery, 3xx subscriptions, 4xx polling, 5xx log-on, routing and server, 9xx the
/// capture itself.
pub const RULES: &[Entry] = &[
    callback_refused::RULE,
    callback_unanswered::RULE,
    callback_unreachable::RULE,
    callback_no_reply::RULE,
    callback_http_error::RULE,
    callback_broken::RULE,
    callback_address_mismatch::RULE,
    callback_not_attempted::RULE,
    callback_stale::RULE,
    callback_retries::RULE,
    callback_slow::RULE,
    callback_wrong_peer::RULE,
    message_undelivered::RULE,
    message_lost::RULE,
    message_duplicated::RULE,
    delivery_slow::RULE,
    subscription_expired::RULE,
    renewal_late::RULE,
    login_duplicated::RULE,
    presence_lapsed::RULE,
    polling_cycle::RULE,
    polling_after_failed_callback::RULE,
    polling_missed_beats::RULE,
    polling_burst::RULE,
    polling_slow_delivery::RULE,
    polling_idle_cost::RULE,
    polling_errors::RULE,
    polling_unsupported::RULE,
    auth_loop::RULE,
    redirect_every_request::RULE,
    redirect_loop::RULE,
    server_overloaded::RULE,
    request_unanswered::RULE,
    credentials_in_clear::RULE,
    capture_gap::RULE,
    one_direction_only::RULE,
    capture_cut::RULE,
    captured_twice::RULE,
    conflicting_overlap::RULE,
];

/// The page with that code or slug, in either case.
pub fn page(name: &str) -> Option<&'static Meta> {
    let is = |meta: &Meta| meta.code.eq_ignore_ascii_case(name) || meta.slug.eq_ignore_ascii_case(name);
    RULES.iter().map(|entry| entry.meta).find(|meta| is(meta))
}

#[cfg(test)]
mod tests;
