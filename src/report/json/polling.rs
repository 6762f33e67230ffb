//! A polling cycle in the JSON document.

use super::schema::{Packets, Seconds, Time};
use crate::base::address::Endpoint;
use crate::base::origin::Origin;
use crate::base::time::Span;
use crate::session::callback::Outcome;
use crate::session::polling::{Burst, Confidence, FailedCallback, FailedPoll, MessageFate, MissedBeats, PollCycle, Spread};
use schemars::JsonSchema;
use serde::Serialize;

/// The polls of one principal by one method with one Subscription-Id.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PollingCycle")]
pub(super) struct CycleLine<'a> {
    /// The name of the signature that all its requests fit; `behaviour` where none does.
    signature: &'a str,
    /// How sure it is that this is polling.
    confidence: Confidence,
    /// The method.
    method: &'a str,
    /// The Subscription-Id of its requests.
    subscription: Option<&'a str>,
    /// The node that the first of them is about.
    node: &'a str,
    /// The first byte of the first poll.
    #[schemars(with = "Time")]
    first: String,
    /// The first byte of the last poll.
    #[schemars(with = "Time")]
    last: String,
    /// How many polls.
    polls: u64,
    /// The median time between the first bytes of consecutive polls, in seconds; null with fewer than two.
    #[schemars(with = "Option<Seconds>")]
    period_s: Option<Span>,
    /// The standard deviation of those times, in seconds; null with fewer than three polls.
    #[schemars(with = "Option<Seconds>")]
    jitter_s: Option<Span>,
    /// Beats without a poll: for each interval round(interval / period) - 1.
    missed: u64,
    /// Where they were missed: the first hundred.
    missed_at: Vec<MissedLine<'a>>,
    /// How many bursts there were.
    bursts: u64,
    /// The first hundred of them.
    burst_list: Vec<BurstLine<'a>>,
    /// Polls whose answer brought nothing.
    empty: u64,
    /// Polls whose answer held at least one notification.
    carrying: u64,
    /// Polls answered 400 or above, or not at all.
    errors: u64,
    /// Of the errors those whose answer may only be missing from the capture.
    not_visible: u64,
    /// The first hundred of the errors.
    error_list: Vec<ErrorLine<'a>>,
    /// Polls whose answer was held for a second or longer.
    long_polls: u64,
    /// How long these were held, in seconds: from the last byte of the request to the first of the answer.
    held_s: Option<SpreadLine>,
    /// How long chat messages waited, in seconds: from the first byte of the sender's NOTIFY to the first byte of the answer that carried it first.
    waited_s: Option<SpreadLine>,
    /// The message that waited longest.
    slowest: Option<SlowestLine<'a>>,
    /// Chat messages that were handed over, each counted once.
    messages: u64,
    /// Chat messages that the server accepted (2xx) and that none of the later polls brought.
    lost: u64,
    /// The first hundred of them.
    lost_list: Vec<FateLine<'a>>,
    /// Chat messages that were handed over more than once.
    duplicated: u64,
    /// The first hundred of them.
    duplicated_list: Vec<FateLine<'a>>,
    /// HTTP requests, those that were asked for credentials included.
    requests: u64,
    /// Bytes of these requests and of their answers, heads and bodies.
    bytes: u64,
    /// Requests for each message that was handed over; null without one.
    requests_per_message: Option<f64>,
    /// Bytes for each message that was handed over; null without one.
    bytes_per_message: Option<f64>,
    /// TCP connections that they used.
    connections: u64,
    /// Whether a callback to the poller had failed before its first poll.
    after_failed_callback: bool,
    /// Callbacks to the poller that had failed before its first poll.
    failed_callbacks: u64,
    /// The first hundred of them.
    failed_callback_list: Vec<FailedCallbackLine<'a>>,
    /// The packets of its first few polls and of the last one.
    #[schemars(with = "Packets")]
    packets: &'a Origin,
}

/// The middle and the longest of several times.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Spread")]
struct SpreadLine {
    /// The median, in seconds.
    #[schemars(with = "Seconds")]
    median: Span,
    /// The longest, in seconds.
    #[schemars(with = "Seconds")]
    max: Span,
}

/// An interval that was longer than the rhythm.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MissedBeats")]
struct MissedLine<'a> {
    /// The poll before it.
    #[schemars(with = "Time")]
    after: String,
    /// The poll that ended it.
    #[schemars(with = "Time")]
    until: String,
    /// How many beats were missed.
    beats: u64,
    /// Whether the poll before was held for at least half of the time: then the client did not fall silent, but waited for its answer.
    held: bool,
    /// The packets of both polls.
    #[schemars(with = "Packets")]
    packets: &'a Origin,
}

/// Three polls or more, each less than a quarter of the period after the one before.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Burst")]
struct BurstLine<'a> {
    /// The first of them.
    #[schemars(with = "Time")]
    at: String,
    /// How many.
    polls: u64,
    /// The packets of the first few and of the last.
    #[schemars(with = "Packets")]
    packets: &'a Origin,
}

/// A poll that went wrong.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FailedPoll")]
struct ErrorLine<'a> {
    /// When.
    #[schemars(with = "Time")]
    at: String,
    /// The status; null where no answer was seen.
    status: Option<u16>,
    /// Whether the capture could show that there was no answer.
    visible: bool,
    /// Its packets.
    #[schemars(with = "Packets")]
    packets: &'a Origin,
}

/// A message and how long it waited.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Wait")]
struct SlowestLine<'a> {
    /// The first byte of the sender's NOTIFY.
    #[schemars(with = "Time")]
    at: String,
    /// How long it waited, in seconds.
    #[schemars(with = "Seconds")]
    waited_s: Span,
    /// The packets of the sender's NOTIFY and of the poll that brought it.
    #[schemars(with = "Packets")]
    packets: &'a Origin,
}

/// A message that was lost or came more than once.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessageFate")]
struct FateLine<'a> {
    /// The first byte of the sender's NOTIFY.
    #[schemars(with = "Time")]
    at: String,
    /// How often it was handed over.
    times: u64,
    /// The packets of the sender's NOTIFY and of the polls that brought it.
    #[schemars(with = "Packets")]
    packets: &'a Origin,
}

/// A callback that failed before the polling began.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FailedCallback")]
struct FailedCallbackLine<'a> {
    /// When.
    #[schemars(with = "Time")]
    at: String,
    /// Where it went.
    #[schemars(with = "String")]
    target: Endpoint,
    /// How it came out.
    outcome: Outcome,
    /// Its packets.
    #[schemars(with = "Packets")]
    packets: &'a Origin,
}

impl<'a> CycleLine<'a> {
    pub(super) fn new(cycle: &'a PollCycle, digits: u8) -> Self {
        let missed = |one: &'a MissedBeats| MissedLine {
            after: one.after.rfc3339(digits),
            until: one.until.rfc3339(digits),
            beats: one.beats,
            held: one.held,
            packets: &one.origin,
        };
        let burst = |one: &'a Burst| BurstLine { at: one.at.rfc3339(digits), polls: one.polls, packets: &one.origin };
        let callback = |one: &'a FailedCallback| FailedCallbackLine {
            at: one.at.rfc3339(digits),
            target: one.target,
            outcome: one.outcome,
            packets: &one.origin,
        };
        let slowest = cycle.slowest.as_ref();
        Self {
            signature: &cycle.signature,
            confidence: cycle.confidence,
            method: &cycle.method,
            subscription: cycle.subscription.as_deref(),
            node: &cycle.node,
            first: cycle.first.rfc3339(digits),
            last: cycle.last.rfc3339(digits),
            polls: cycle.polls,
            period_s: cycle.period,
            jitter_s: cycle.jitter,
            missed: cycle.missed,
            missed_at: cycle.missed_at.iter().map(missed).collect(),
            bursts: cycle.bursts,
            burst_list: cycle.burst_list.iter().map(burst).collect(),
            empty: cycle.empty,
            carrying: cycle.carrying,
            errors: cycle.errors,
            not_visible: cycle.not_visible,
            error_list: cycle.failed.iter().map(|one| ErrorLine::new(one, digits)).collect(),
            long_polls: cycle.long_polls,
            held_s: cycle.held.map(SpreadLine::new),
            waited_s: cycle.waited.map(SpreadLine::new),
            slowest: slowest.map(|one| SlowestLine { at: one.at.rfc3339(digits), waited_s: one.waited, packets: &one.origin }),
            messages: cycle.messages,
            lost: cycle.lost,
            lost_list: cycle.lost_list.iter().map(|one| FateLine::new(one, digits)).collect(),
            duplicated: cycle.doubled,
            duplicated_list: cycle.doubled_list.iter().map(|one| FateLine::new(one, digits)).collect(),
            requests: cycle.requests,
            bytes: cycle.bytes,
            requests_per_message: cycle.requests_per_message(),
            bytes_per_message: cycle.bytes_per_message(),
            connections: cycle.connections,
            after_failed_callback: cycle.after_failed_callback(),
            failed_callbacks: cycle.failed_callbacks,
            failed_callback_list: cycle.failed_callback_list.iter().map(callback).collect(),
            packets: &cycle.origin,
        }
    }
}

impl SpreadLine {
    const fn new(spread: Spread) -> Self {
        Self { median: spread.median, max: spread.max }
    }
}

impl<'a> ErrorLine<'a> {
    fn new(one: &'a FailedPoll, digits: u8) -> Self {
        Self { at: one.at.rfc3339(digits), status: one.status, visible: one.visible, packets: &one.origin }
    }
}

impl<'a> FateLine<'a> {
    fn new(one: &'a MessageFate, digits: u8) -> Self {
        Self { at: one.at.rfc3339(digits), times: one.times, packets: &one.origin }
    }
}
