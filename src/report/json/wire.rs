//! The wire types of the JSON document. They are apart from the model so that the model may change and the document may not.

use super::polling::CycleLine;
use super::schema::{Packets, Seconds, Time};
use crate::analysis::finding::{Certainty, Finding, Severity};
use crate::analysis::verdict::Verdict;
use crate::analysis::{Analysis, CaptureRecord};
use crate::base::address::Endpoint;
use crate::base::fate::FateCounts;
use crate::base::note::{NoteKind, Notes};
use crate::base::origin::{Origin, Packed};
use crate::base::time::{Span, Timestamp};
use crate::report::kept::Told;
use crate::rvp::principal::Principal;
use crate::rvp::subscription::NotificationType;
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::event::EventKind;
use crate::session::model::{ChatMessage, Delivery, MessageKind, Session, SessionId, Subscription, SubscriptionEnd};
use crate::session::totals::Totals as ModelTotals;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What facts mean, with the packets that prove it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub(in crate::report) struct FindingLine<'a> {
    /// Stable: `RVP101`. `rvpscope explain CODE` says more.
    code: &'static str,
    /// Stable, and easier to remember: `callback-refused`.
    slug: &'static str,
    /// How bad it is.
    severity: Severity,
    /// What it is about, in a few words.
    title: &'a str,
    /// The session that it is about, if it is about one.
    #[schemars(with = "Option<u32>")]
    session: Option<SessionId>,
    /// When it was first seen.
    #[schemars(with = "Time")]
    at: String,
    /// How often it was seen.
    count: u64,
    /// The packets that prove it, of all times.
    #[schemars(with = "Packets")]
    packets: &'a Packed,
    /// How it is known.
    certainty: Certainty,
    /// What was seen the first time; may be empty.
    seen: &'a str,
    /// The code of the finding that most likely caused it, if one is known.
    caused_by: Option<&'static str>,
    /// What it means and why that is believed.
    meaning: &'static str,
    /// What to do.
    remedy: &'static str,
    /// Where the meaning comes from.
    sources: &'static [&'static str],
}

impl<'a> FindingLine<'a> {
    pub(in crate::report) fn new(finding: &'a Finding, digits: u8) -> Self {
        Self {
            code: finding.meta.code,
            slug: finding.meta.slug,
            severity: finding.severity,
            title: &finding.title,
            session: finding.session,
            at: finding.at.rfc3339(digits),
            count: finding.count,
            packets: &finding.origin,
            certainty: finding.certainty,
            seen: &finding.seen,
            caused_by: finding.caused_by,
            meaning: finding.meta.meaning,
            remedy: finding.meta.remedy,
            sources: finding.meta.sources,
        }
    }
}

/// Why somebody could not be reached, in plain words.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Verdict")]
pub(in crate::report) struct VerdictLine<'a> {
    /// Whose session it is about.
    #[schemars(with = "u32")]
    session: SessionId,
    /// The sentences.
    text: &'a str,
    /// The packets of the failed callbacks.
    #[schemars(with = "Packets")]
    packets: &'a Origin,
}

impl<'a> VerdictLine<'a> {
    pub(in crate::report) fn new(verdict: &'a Verdict) -> Self {
        Self { session: verdict.session, text: &verdict.text, packets: &verdict.origin }
    }
}

/// A capture that was read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Capture")]
pub(in crate::report) struct Capture<'a> {
    /// Where it came from, as it was given; `-` is standard input.
    path: &'a str,
    /// The format of the file: `pcap`, `pcapng`, `netmon` ...
    format: &'a str,
    /// How it is compressed, if it is.
    compression: Option<&'static str>,
    /// The names of its link types.
    link_types: &'a [String],
    /// Packets read.
    packets: u64,
    /// Bytes read, after decompression.
    bytes: u64,
    /// The earliest time of a packet.
    #[schemars(with = "Option<Time>")]
    first: Option<String>,
    /// The latest time of a packet.
    #[schemars(with = "Option<Time>")]
    last: Option<String>,
    /// Bytes that could not be read as packets.
    skipped_bytes: u64,
    /// Packets that the capturing program says it lost; null where it says nothing.
    dropped: Option<u64>,
    /// The places that could not be read, in words.
    damage: &'a [String],
}

impl<'a> Capture<'a> {
    pub(in crate::report) fn new(capture: &'a CaptureRecord) -> Self {
        let time = |at: Option<Timestamp>| at.map(|at| at.rfc3339(capture.time_digits));
        Self {
            path: &capture.path,
            format: &capture.format,
            compression: capture.compression,
            link_types: &capture.link_types,
            packets: capture.packets,
            bytes: capture.bytes,
            first: time(capture.first),
            last: time(capture.last),
            skipped_bytes: capture.skipped_bytes,
            dropped: capture.dropped,
            damage: &capture.damage,
        }
    }
}

/// The TCP connections, and the attempts at one.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Flows")]
pub(in crate::report) struct Flows {
    /// All of them.
    tcp: u64,
    /// Those on which HTTP was spoken.
    http: u64,
    /// Those that belong to RVP.
    rvp: u64,
    /// How they ended.
    by_fate: FateCounts,
}

impl Flows {
    pub(in crate::report) fn new(analysis: &Analysis) -> Self {
        Self { tcp: analysis.flows, http: analysis.totals.http_flows, rvp: analysis.totals.rvp_flows, by_fate: analysis.fates }
    }
}

/// Counts over the whole analysis.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Totals")]
pub(in crate::report) struct Totals {
    /// RVP requests that were sent to a server.
    requests: Requests,
    /// Attempts of a server to hand a notification to a client.
    callbacks: Callbacks,
    /// Polling, as far as it looks like that.
    polls: Polls,
    /// Exchanges that are no RVP: notifications of the Exchange store, GENA, other HTTP.
    other_http: BTreeMap<&'static str, u64>,
}

/// Counts of polls.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Polls")]
struct Polls {
    /// Polling cycles.
    cycles: u64,
    /// The polls of all of them.
    polls: u64,
}

/// Counts of requests, one for each on the wire.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Requests")]
struct Requests {
    /// All of them.
    total: u64,
    /// By method.
    by_method: BTreeMap<String, u64>,
    /// By method and status, `SUBSCRIBE 200`; without an answer `SUBSCRIBE none`.
    by_method_and_status: BTreeMap<String, u64>,
}

/// Counts of callbacks.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Callbacks")]
struct Callbacks {
    /// All of them.
    total: u64,
    /// By how they came out.
    by_outcome: BTreeMap<&'static str, u64>,
}

impl Totals {
    pub(in crate::report) fn new(totals: &ModelTotals) -> Self {
        let mut by_method = BTreeMap::new();
        let mut by_method_and_status = BTreeMap::new();
        for (method, statuses) in &totals.requests {
            for (status, count) in statuses {
                *by_method.entry(method.clone()).or_default() += count;
                let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
                by_method_and_status.insert(format!("{method} {status}"), *count);
            }
        }
        let outcome = |outcome: Outcome| (outcome.as_str(), totals.callbacks.get(&outcome).copied().unwrap_or_default());
        Self {
            requests: Requests { total: totals.requests_total(), by_method, by_method_and_status },
            callbacks: Callbacks { total: totals.callbacks_total(), by_outcome: Outcome::ALL.into_iter().map(outcome).collect() },
            polls: Polls { cycles: totals.poll_cycles, polls: totals.polls },
            other_http: totals.other_http.clone(),
        }
    }
}

/// One principal at one client.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Session")]
pub(in crate::report) struct SessionLine<'a> {
    /// Its number, from 1, in the order of the first packets.
    #[schemars(with = "u32")]
    id: SessionId,
    /// Whose session it is; null where no packet says so.
    principal: Option<&'a str>,
    /// The client's address as the capture point sees it.
    client: String,
    /// The server; null where only callbacks were seen.
    #[schemars(with = "Option<String>")]
    server: Option<Endpoint>,
    /// When it was first seen.
    #[schemars(with = "Time")]
    first: String,
    /// When it was last seen.
    #[schemars(with = "Time")]
    last: String,
    /// What the client calls itself; null where it does not say.
    user_agent: Option<&'a str>,
    /// The authentication scheme that was used last; `none` where none was seen.
    authentication: &'a str,
    /// The name under which the client authenticated.
    authenticated_as: Option<&'a str>,
    /// The workstation that an NTLM message named.
    workstation: Option<&'a str>,
    /// In the order in which they became known.
    subscriptions: Vec<SubscriptionLine<'a>>,
    /// What the server tried to hand to the client.
    callbacks: Vec<CallbackLine<'a>>,
    /// The presence that the client set, each time it set another one.
    presence: Vec<PresenceLine<'a>>,
    /// What it sent, and what it was sent by senders whose own requests are not in the capture.
    messages: Vec<MessageLine<'a>>,
    /// Its polling, where it polls.
    polling: Vec<CycleLine<'a>>,
    /// Whether another line about it follows; lines of NDJSON only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

impl<'a> SessionLine<'a> {
    pub(in crate::report) fn new(session: &'a Session, digits: u8) -> Self {
        let about = session.about();
        Self {
            id: session.id,
            principal: session.principal.as_ref().map(Principal::as_str),
            client: session.client.to_string(),
            server: session.server,
            first: session.first.rfc3339(digits),
            last: session.last.rfc3339(digits),
            user_agent: about.user_agent.as_deref(),
            authentication: about.authentication.as_deref().unwrap_or("none"),
            authenticated_as: about.authenticated_as.as_deref(),
            workstation: about.workstation.as_deref(),
            subscriptions: session.subscriptions.iter().map(|subscription| SubscriptionLine::new(subscription, digits)).collect(),
            callbacks: session.callbacks.iter().map(|callback| CallbackLine::new(callback, digits)).collect(),
            presence: session
                .presence
                .iter()
                .map(|change| PresenceLine { at: change.at.rfc3339(digits), state: change.state.as_str() })
                .collect(),
            messages: session.messages.iter().map(|message| MessageLine::new(message, digits)).collect(),
            polling: session.polling.iter().map(|cycle| CycleLine::new(cycle, digits)).collect(),
            more: session.more,
        }
    }
}

/// A subscription with its whole life.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Subscription")]
struct SubscriptionLine<'a> {
    /// Its id at the server.
    id: &'a str,
    /// `pragma/notify` is a log-on, `update/propchange` a watch; null where only renewals were seen.
    kind: Option<&'a str>,
    /// The node that is watched.
    node: &'a str,
    /// The Call-Back header as it was written; null without one.
    call_back: Option<&'a str>,
    /// When it was asked for, or first seen renewed.
    #[schemars(with = "Time")]
    at: String,
    /// The lifetime that was asked for last, in seconds.
    requested_s: Option<u64>,
    /// The lifetime of the last grant, in seconds; null where none was seen, or it has no end.
    granted_s: Option<u64>,
    /// Renewals that were granted, polls included.
    renewals: u32,
    /// How it ended.
    end: SubscriptionEnd,
    /// The packets that granted it.
    #[schemars(with = "Packets")]
    packets: &'a Packed,
}

impl<'a> SubscriptionLine<'a> {
    fn new(subscription: &'a Subscription, digits: u8) -> Self {
        Self {
            id: &subscription.id,
            kind: subscription.kind.as_ref().map(NotificationType::as_str),
            node: subscription.node.as_str(),
            call_back: subscription.call_back.as_deref(),
            at: subscription.at.rfc3339(digits),
            requested_s: subscription.requested_s,
            granted_s: subscription.granted_s,
            renewals: subscription.renewals,
            end: subscription.end,
            packets: &subscription.origin,
        }
    }
}

/// One attempt of the server to hand a notification to a client.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Callback")]
struct CallbackLine<'a> {
    /// The first SYN; on a reused connection the first byte of the NOTIFY.
    #[schemars(with = "Time")]
    at: String,
    /// Where it went.
    #[schemars(with = "String")]
    target: Endpoint,
    /// Where it came from.
    #[schemars(with = "String")]
    source: Endpoint,
    /// `message`, `typing`, `presence`, `invite`, `other`; `unknown` where no bytes of it were seen.
    carries: &'a str,
    /// How it came out.
    outcome: Outcome,
    /// The status of the answer that the server had.
    status: Option<u16>,
    /// SYNs of this attempt; 0 on a reused connection and where the capture starts later.
    attempts: u32,
    /// Whether the connection had carried an earlier NOTIFY; null where its beginning is not in the capture.
    reused_connection: Option<bool>,
    /// An answer that came when the server no longer wanted it.
    late_answer: Option<LateAnswerLine>,
    /// From `at` until the outcome was certain, in seconds; null where it never was.
    #[schemars(with = "Option<Seconds>")]
    took_s: Option<Span>,
    /// Why the destination was unreachable.
    unreachable: Option<UnreachableLine>,
    /// Whether the Call-Back is inferred from the circumstances, because no SUBSCRIBE in the capture names it.
    inferred: bool,
    /// The packets that prove it.
    #[schemars(with = "Packets")]
    packets: &'a Packed,
}

/// An answer that nobody read any more.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LateAnswer")]
struct LateAnswerLine {
    /// Its status.
    status: u16,
    /// From the first byte of the NOTIFY to the first byte of the answer, in seconds.
    #[schemars(with = "Seconds")]
    after_s: Span,
}

/// An ICMP message about a destination.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Unreachable")]
struct UnreachableLine {
    /// Who sent it.
    from: String,
    /// The reason in words.
    reason: &'static str,
    /// Its code as it was on the wire.
    code: u8,
}

impl<'a> CallbackLine<'a> {
    fn new(callback: &'a CallbackAttempt, digits: u8) -> Self {
        Self {
            at: callback.at.rfc3339(digits),
            target: callback.target,
            source: callback.source,
            carries: callback.carries,
            outcome: callback.outcome,
            status: callback.status,
            attempts: callback.attempts,
            reused_connection: callback.reused_connection,
            late_answer: callback.late_answer.map(|late| LateAnswerLine { status: late.status, after_s: late.after }),
            took_s: callback.took,
            unreachable: callback.unreachable.map(|unreachable| UnreachableLine {
                from: unreachable.from.to_string(),
                reason: unreachable.reason.words(),
                code: unreachable.code,
            }),
            inferred: callback.inferred,
            packets: &callback.origin,
        }
    }
}

/// A presence that a client set.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Presence")]
struct PresenceLine<'a> {
    /// When.
    #[schemars(with = "Time")]
    at: String,
    /// The state, as its element is called: `online`, `busy` ...
    state: &'a str,
}

/// A message and what became of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Message")]
struct MessageLine<'a> {
    /// When its sender's NOTIFY began; the callback's, where the sender is not in the capture.
    #[schemars(with = "Time")]
    at: String,
    /// The sender.
    from: Option<&'a str>,
    /// The recipient.
    to: Option<&'a str>,
    /// What it is.
    kind: MessageKind,
    /// What the server answered the sender; null where that is not in the capture.
    accepted_status: Option<u16>,
    /// What became of it.
    delivery: Delivery,
    /// The conversation (`Session-Id`).
    conversation: Option<&'a str>,
}

impl<'a> MessageLine<'a> {
    fn new(message: &'a ChatMessage, digits: u8) -> Self {
        Self {
            at: message.at.rfc3339(digits),
            from: message.from.as_ref().map(Principal::as_str),
            to: message.to.as_ref().map(Principal::as_str),
            kind: message.kind,
            accepted_status: message.accepted_status,
            delivery: message.delivery,
            conversation: message.conversation.as_deref(),
        }
    }
}

/// One line of the timeline.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Event")]
pub(in crate::report) struct EventLine<'a> {
    /// Its number, in the order in which events became certain, from 1.
    id: u64,
    /// When it began.
    #[schemars(with = "Time")]
    at: String,
    /// What it is about.
    kind: EventKind,
    /// The session it belongs to, if it belongs to one.
    #[schemars(with = "Option<u32>")]
    session: Option<SessionId>,
    /// The packets that prove it.
    #[schemars(with = "Packets")]
    packets: Packed,
    /// Who did what, and how it came out.
    summary: String,
    /// The method of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    /// The status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// From the first byte of the request to the first byte of its answer, in seconds; of a callback, until its outcome was certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Seconds>")]
    took_s: Option<Span>,
}

impl<'a> EventLine<'a> {
    pub(in crate::report) fn new(event: &Told<'a>, digits: u8) -> Self {
        let packets = event.origin.clone();
        Self {
            id: event.id,
            at: event.at.rfc3339(digits),
            kind: event.kind,
            session: event.session,
            packets,
            summary: event.summary(),
            method: Some(event.method).filter(|method| !method.is_empty()),
            status: event.status,
            took_s: event.took,
        }
    }
}

/// Something odd, and how often it was seen.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Note")]
pub(in crate::report) struct NoteLine<'a> {
    /// What was odd.
    kind: NoteKind,
    /// How often.
    count: u64,
    /// The first few, with their packets.
    examples: Vec<NoteExample<'a>>,
}

/// Where something odd was seen.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NoteExample")]
struct NoteExample<'a> {
    /// The packets that show it.
    #[schemars(with = "Packets")]
    packets: &'a Origin,
    /// More about it.
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
}

pub(in crate::report) fn notes(notes: &Notes) -> Vec<NoteLine<'_>> {
    notes
        .iter()
        .map(|(kind, count, examples)| NoteLine {
            kind,
            count,
            examples: examples.iter().map(|note| NoteExample { packets: &note.origin, detail: &note.detail }).collect(),
        })
        .collect()
}

/// All that was odd.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Notes")]
pub(in crate::report) struct NoteLines<'a> {
    /// What was odd, each kind once.
    notes: Vec<NoteLine<'a>>,
}

impl<'a> NoteLines<'a> {
    pub(in crate::report) fn new(all: &'a Notes) -> Self {
        Self { notes: notes(all) }
    }
}
