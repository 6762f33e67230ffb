//! A polling cycle in the JSON document.

use crate::base::address::Endpoint;
use crate::base::origin::Origin;
use crate::base::time::Span;
use crate::session::callback::Outcome;
use crate::session::polling::{Burst, Confidence, FailedCallback, FailedPoll, MessageFate, MissedBeats, PollCycle, Spread};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct CycleLine<'a> {
    signature: &'a str,
    confidence: Confidence,
    method: &'a str,
    subscription: Option<&'a str>,
    node: &'a str,
    first: String,
    last: String,
    polls: u64,
    period_s: Option<Span>,
    jitter_s: Option<Span>,
    missed: u64,
    missed_at: Vec<MissedLine<'a>>,
    bursts: u64,
    burst_list: Vec<BurstLine<'a>>,
    empty: u64,
    carrying: u64,
    errors: u64,
    /// Of the errors those whose answer may only be missing from the capture.
    not_visible: u64,
    error_list: Vec<ErrorLine<'a>>,
    long_polls: u64,
    held_s: Option<SpreadLine>,
    waited_s: Option<SpreadLine>,
    slowest: Option<SlowestLine<'a>>,
    messages: u64,
    lost: u64,
    lost_list: Vec<FateLine<'a>>,
    duplicated: u64,
    duplicated_list: Vec<FateLine<'a>>,
    requests: u64,
    bytes: u64,
    requests_per_message: Option<f64>,
    bytes_per_message: Option<f64>,
    connections: u64,
    after_failed_callback: bool,
    failed_callbacks: u64,
    failed_callback_list: Vec<FailedCallbackLine<'a>>,
    packets: &'a Origin,
}

#[derive(Serialize)]
struct SpreadLine {
    median: Span,
    max: Span,
}

#[derive(Serialize)]
struct MissedLine<'a> {
    after: String,
    until: String,
    beats: u64,
    held: bool,
    packets: &'a Origin,
}

#[derive(Serialize)]
struct BurstLine<'a> {
    at: String,
    polls: u64,
    packets: &'a Origin,
}

#[derive(Serialize)]
struct ErrorLine<'a> {
    at: String,
    status: Option<u16>,
    visible: bool,
    packets: &'a Origin,
}

#[derive(Serialize)]
struct SlowestLine<'a> {
    at: String,
    waited_s: Span,
    packets: &'a Origin,
}

#[derive(Serialize)]
struct FateLine<'a> {
    at: String,
    times: u64,
    packets: &'a Origin,
}

#[derive(Serialize)]
struct FailedCallbackLine<'a> {
    at: String,
    target: Endpoint,
    outcome: Outcome,
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
