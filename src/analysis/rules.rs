//! The rules, one file each. A new one is a file and a line in [`RULES`].

use super::diagnosis::End;
use super::finding::{Findings, Meta};
use super::thresholds::Thresholds;
use crate::session::fact::{Fact, What};

mod activity;
mod auth_loop;
mod background;
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

pub use background::{Background, Known};
pub(in crate::analysis) use callback_address_mismatch::kind as address_kind;
pub use handover::Sent;

/// Judges facts. What it remembers between them is bounded.
pub trait Rule {
    /// What it is told of.
    fn wants(&self) -> Wants;

    /// Takes a fact.
    fn fact(&mut self, fact: &Fact<'_>, known: &Known<'_>, findings: &mut Findings) {
        let _ = (fact, known, findings);
    }

    /// Takes a message whose callbacks are known by now.
    fn message(&mut self, sent: &Sent, known: &Known<'_>, findings: &mut Findings) {
        let _ = (sent, known, findings);
    }

    /// Takes the end of the capture: what depends on the whole, or on something that did not happen.
    fn finish(&mut self, end: &End<'_>, known: &Known<'_>, findings: &mut Findings) {
        let _ = (end, known, findings);
    }
}

/// What a rule is told of: most care for one sort of fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wants(u8);

impl Wants {
    /// Nothing but the end of the capture.
    pub const NOTHING: Self = Self(0);
    /// Clients' requests.
    pub const REQUESTS: Self = Self(1);
    /// Callbacks.
    pub const CALLBACKS: Self = Self(2);
    /// Challenges that nothing followed.
    pub const UNFOLLOWED: Self = Self(4);
    /// Servers that could not be connected to.
    pub const UNCONNECTED: Self = Self(8);
    /// Connections that the capture shows in part.
    pub const INCOMPLETE: Self = Self(16);
    /// All facts but cycles.
    pub const ALL_FACTS: Self = Self(31);
    /// Messages whose callbacks are known.
    pub const MESSAGES: Self = Self(32);
    /// Polling-like cycles.
    pub const CYCLES: Self = Self(64);

    /// How many sorts of things there are.
    pub(super) const SORTS: usize = 7;

    /// The sort with that number.
    pub(super) const fn sort(number: usize) -> Self {
        Self(1 << number)
    }

    /// The number of a sort.
    pub(super) const fn number(self) -> usize {
        self.0.trailing_zeros() as usize
    }

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `other` is among them.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What a fact is.
    pub const fn of(what: &What<'_>) -> Self {
        match what {
            What::Request(_) => Self::REQUESTS,
            What::Callback(_) => Self::CALLBACKS,
            What::Unfollowed(_) => Self::UNFOLLOWED,
            What::Unconnected(_) => Self::UNCONNECTED,
            What::Incomplete(_) => Self::INCOMPLETE,
            What::Cycle(_) => Self::CYCLES,
        }
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
