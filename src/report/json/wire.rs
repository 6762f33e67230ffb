//! The wire types of the JSON document. They are apart from the model so that the model may change and the document may not.

use super::polling::CycleLine;
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
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(in crate::report) struct FindingLine<'a> {
    code: &'static str,
    slug: &'static str,
    severity: Severity,
    title: &'a str,
    session: Option<SessionId>,
    at: String,
    count: u64,
    packets: &'a Packed,
    certainty: Certainty,
    seen: &'a str,
    caused_by: Option<&'static str>,
    meaning: &'static str,
    remedy: &'static str,
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

#[derive(Serialize)]
pub(in crate::report) struct VerdictLine<'a> {
    session: SessionId,
    text: &'a str,
    packets: &'a Origin,
}

impl<'a> VerdictLine<'a> {
    pub(in crate::report) fn new(verdict: &'a Verdict) -> Self {
        Self { session: verdict.session, text: &verdict.text, packets: &verdict.origin }
    }
}

#[derive(Serialize)]
pub(in crate::report) struct Capture<'a> {
    path: &'a str,
    format: &'a str,
    compression: Option<&'static str>,
    link_types: &'a [String],
    packets: u64,
    bytes: u64,
    first: Option<String>,
    last: Option<String>,
    skipped_bytes: u64,
    dropped: Option<u64>,
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

#[derive(Serialize)]
pub(in crate::report) struct Flows {
    tcp: u64,
    http: u64,
    rvp: u64,
    by_fate: FateCounts,
}

impl Flows {
    pub(in crate::report) fn new(analysis: &Analysis) -> Self {
        Self { tcp: analysis.flows, http: analysis.totals.http_flows, rvp: analysis.totals.rvp_flows, by_fate: analysis.fates }
    }
}

#[derive(Serialize)]
pub(in crate::report) struct Totals {
    requests: Requests,
    callbacks: Callbacks,
    polls: Polls,
    /// Exchanges that are no RVP: notifications of the Exchange store, GENA, other HTTP.
    other_http: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Polls {
    cycles: u64,
    polls: u64,
}

#[derive(Serialize)]
struct Requests {
    total: u64,
    by_method: BTreeMap<String, u64>,
    by_method_and_status: BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct Callbacks {
    total: u64,
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

#[derive(Serialize)]
pub(in crate::report) struct SessionLine<'a> {
    id: SessionId,
    principal: Option<&'a str>,
    client: String,
    server: Option<Endpoint>,
    first: String,
    last: String,
    user_agent: Option<&'a str>,
    authentication: &'a str,
    authenticated_as: Option<&'a str>,
    workstation: Option<&'a str>,
    subscriptions: Vec<SubscriptionLine<'a>>,
    callbacks: Vec<CallbackLine<'a>>,
    presence: Vec<PresenceLine<'a>>,
    messages: Vec<MessageLine<'a>>,
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

#[derive(Serialize)]
struct SubscriptionLine<'a> {
    id: &'a str,
    kind: Option<&'a str>,
    node: &'a str,
    call_back: Option<&'a str>,
    at: String,
    requested_s: Option<u64>,
    granted_s: Option<u64>,
    renewals: u32,
    end: SubscriptionEnd,
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

#[derive(Serialize)]
struct CallbackLine<'a> {
    at: String,
    target: Endpoint,
    source: Endpoint,
    carries: &'a str,
    outcome: Outcome,
    status: Option<u16>,
    attempts: u32,
    reused_connection: Option<bool>,
    late_answer: Option<LateAnswerLine>,
    took_s: Option<Span>,
    unreachable: Option<UnreachableLine>,
    /// Whether the Call-Back is inferred from the circumstances, because no SUBSCRIBE in the capture names it.
    inferred: bool,
    packets: &'a Packed,
}

#[derive(Serialize)]
struct LateAnswerLine {
    status: u16,
    after_s: Span,
}

#[derive(Serialize)]
struct UnreachableLine {
    from: String,
    reason: &'static str,
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

#[derive(Serialize)]
struct PresenceLine<'a> {
    at: String,
    state: &'a str,
}

#[derive(Serialize)]
struct MessageLine<'a> {
    at: String,
    from: Option<&'a str>,
    to: Option<&'a str>,
    kind: MessageKind,
    accepted_status: Option<u16>,
    delivery: Delivery,
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

#[derive(Serialize)]
pub(in crate::report) struct EventLine<'a> {
    id: u64,
    at: String,
    kind: EventKind,
    session: Option<SessionId>,
    packets: Packed,
    summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
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

#[derive(Serialize)]
pub(in crate::report) struct NoteLine<'a> {
    kind: NoteKind,
    count: u64,
    /// The first few, with their packets.
    examples: Vec<NoteExample<'a>>,
}

#[derive(Serialize)]
struct NoteExample<'a> {
    packets: &'a Origin,
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
