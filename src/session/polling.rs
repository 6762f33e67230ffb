//! Polling: a client that asks again and again whether something waits for it, because callbacks cannot reach it.
//!
//! How Exchange's polling looks on the wire was never published. So a cycle is recognised by what answers bring and by its rhythm, and named by
//! the signature that fits (`settings`); the word for people is "polling-like".

pub(super) mod beats;
pub(super) mod collect;
pub(super) mod cycles;
pub(super) mod handover;
pub(super) mod signature;

use crate::base::address::Endpoint;
use crate::base::origin::Origin;
use crate::base::stored;
use crate::base::time::{Span, Timestamp};
use crate::session::callback::Outcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is recognised where no signature fits.
pub const BEHAVIOUR: &str = "behaviour";

/// The polls of one principal by one method with one Subscription-Id. Pauses and bursts do not split it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PollCycle {
    /// The name of the signature that all its requests fit; [`BEHAVIOUR`] where none does.
    pub signature: String,
    /// How sure it is that this is polling.
    pub confidence: Confidence,
    /// The method.
    pub method: String,
    /// The Subscription-Id of its requests.
    pub subscription: Option<Arc<str>>,
    /// The node that the first of them is about.
    pub node: String,
    /// The first byte of the first poll.
    pub first: Timestamp,
    /// The first byte of the last poll.
    pub last: Timestamp,
    /// How many polls. One that was asked for credentials and came again counts once.
    pub polls: u64,
    /// The median time between the first bytes of consecutive polls, everything included; `None` with fewer than two.
    #[serde(rename = "period_ns", with = "stored::nanos")]
    pub period: Option<Span>,
    /// The standard deviation of those times; `None` with fewer than three polls.
    #[serde(rename = "jitter_ns", with = "stored::nanos")]
    pub jitter: Option<Span>,
    /// Beats without a poll: for each interval round(interval / period) - 1.
    pub missed: u64,
    /// Where they were missed; the first [`LISTED`].
    pub missed_at: Vec<MissedBeats>,
    /// How many bursts there were.
    pub bursts: u64,
    /// The first [`LISTED`] of them.
    pub burst_list: Vec<Burst>,
    /// Polls whose answer brought nothing.
    pub empty: u64,
    /// Polls whose answer held at least one notification.
    pub carrying: u64,
    /// Polls answered 400 or above, or not at all.
    pub errors: u64,
    /// Of the `errors` those without an answer that may only be missing from the capture: a gap, one direction, its end.
    pub not_visible: u64,
    /// The first [`LISTED`] of the errors.
    pub failed: Vec<FailedPoll>,
    /// Polls whose answer was held for a second or longer.
    pub long_polls: u64,
    /// How long these were held: from the last byte of the request to the first of the answer.
    pub held: Option<Spread>,
    /// How long chat messages waited: from the first byte of the sender's NOTIFY to the first byte of the answer that carried it first.
    pub waited: Option<Spread>,
    /// The message that waited longest.
    pub slowest: Option<Wait>,
    /// Chat messages that were handed over, each counted once.
    pub messages: u64,
    /// Chat messages that the server accepted (2xx) and that none of the later polls brought. Those still queued at log-off or at the end of the
    /// capture are not lost.
    pub lost: u64,
    /// The first [`LISTED`] of them.
    pub lost_list: Vec<MessageFate>,
    /// Chat messages that were handed over more than once.
    pub doubled: u64,
    /// The first [`LISTED`] of them.
    pub doubled_list: Vec<MessageFate>,
    /// HTTP requests, those that were asked for credentials included.
    pub requests: u64,
    /// Bytes of these requests and of their answers, heads and bodies.
    pub bytes: u64,
    /// TCP connections that they used.
    pub connections: u64,
    /// Callbacks to the poller that had failed before its first poll.
    pub failed_callbacks: u64,
    /// The first [`LISTED`] of them.
    pub failed_callback_list: Vec<FailedCallback>,
    /// The packets of its first few polls and of the last one.
    pub origin: Origin,
}

/// How many facts of one sort a cycle lists with their packets; all are counted.
pub const LISTED: usize = 100;

/// How sure it is that a cycle is polling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Only the form of its requests or their rhythm says so: no answer brought anything.
    Possible,
    /// At least one answer brought a notification.
    Likely,
}

impl Confidence {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Possible, Self::Likely];

    /// The word of the JSON document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
        }
    }
}

/// The middle and the longest of several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// The median; of an even number the mean of the middle two.
    #[serde(rename = "median_ns", with = "stored::nanos")]
    pub median: Span,
    /// The longest.
    #[serde(rename = "max_ns", with = "stored::nanos")]
    pub max: Span,
}

/// An interval that was longer than the rhythm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedBeats {
    /// The poll before it.
    pub after: Timestamp,
    /// The poll that ended it.
    pub until: Timestamp,
    /// How many beats were missed.
    pub beats: u64,
    /// Whether the poll before was held for at least half of the time: then the client did not fall silent, but waited for its answer.
    pub held: bool,
    /// The packets of both polls.
    pub origin: Origin,
}

/// Three polls or more, each less than a quarter of the period after the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Burst {
    /// The first of them.
    pub at: Timestamp,
    /// How many.
    pub polls: u64,
    /// The packets of the first few and of the last.
    pub origin: Origin,
}

/// A poll that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedPoll {
    /// When.
    pub at: Timestamp,
    /// The status; `None` where no answer was seen.
    pub status: Option<u16>,
    /// Whether the capture could show that there was no answer.
    pub visible: bool,
    /// Its packets.
    pub origin: Origin,
}

/// A message and how long it waited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// The first byte of the sender's NOTIFY.
    pub at: Timestamp,
    /// How long it waited.
    #[serde(rename = "waited_ns", with = "stored::nanos")]
    pub waited: Span,
    /// The packets of the sender's NOTIFY and of the poll that brought it.
    pub origin: Origin,
}

/// A message that was lost or came more than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFate {
    /// The first byte of the sender's NOTIFY.
    pub at: Timestamp,
    /// How often it was handed over.
    pub times: u64,
    /// The packets of the sender's NOTIFY and of the polls that brought it.
    pub origin: Origin,
}

/// A callback that failed before the polling began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedCallback {
    /// When.
    pub at: Timestamp,
    /// Where it went.
    pub target: Endpoint,
    /// How it came out.
    pub outcome: Outcome,
    /// Its packets.
    pub origin: Origin,
}

impl PollCycle {
    /// Whether a callback to the poller had failed before its first poll.
    pub const fn after_failed_callback(&self) -> bool {
        self.failed_callbacks > 0
    }

    /// Requests for each message that was handed over; `None` without one.
    pub fn requests_per_message(&self) -> Option<f64> {
        (self.messages > 0).then(|| self.requests as f64 / self.messages as f64)
    }

    /// Bytes for each message that was handed over; `None` without one.
    pub fn bytes_per_message(&self) -> Option<f64> {
        (self.messages > 0).then(|| self.bytes as f64 / self.messages as f64)
    }
}

#[cfg(test)]
mod tests;
