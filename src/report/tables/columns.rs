//! The columns of each table: what they are called, and what stands in them.

use super::cell::{Cell, Place, known, maybe, packets, plain, seconds, text, time, word};
use crate::analysis::finding::Finding;
use crate::analysis::verdict::Verdict;
use crate::analysis::{CaptureRecord, Selected};
use crate::base::note::{Note, NoteKind};
use crate::report::kept::Told;
use crate::report::sums::Sum;
use crate::rvp::method::Method;
use crate::rvp::principal::Principal;
use crate::rvp::secrets::Secrets;
use crate::rvp::subscription::NotificationType;
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::event::Event;
use crate::session::model::{ChatMessage, PresenceChange, Session, Subscription};
use crate::session::polling::PollCycle;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a column is called, and its cell in a row.
pub(super) type Column<T> = (&'static str, for<'t> fn(&'t T, &Place) -> Cell<'t>);

/// A thing and its number in the analysis, from 0.
pub(super) struct Numbered<T> {
    pub(super) number: usize,
    pub(super) of: T,
}

/// How often a method was answered with a status.
pub(super) struct Request {
    method: String,
    status: Option<u16>,
    count: u64,
}

impl Request {
    pub(super) fn of<'t>((method, statuses): (&'t String, &'t BTreeMap<Option<u16>, u64>)) -> impl Iterator<Item = Self> + 't {
        statuses.iter().map(|(status, count)| Self { method: method.clone(), status: *status, count: *count })
    }
}

/// How often something odd was noted, and the first few times.
pub(super) struct Counted {
    kind: NoteKind,
    count: u64,
    examples: Vec<Note>,
}

impl Counted {
    pub(super) fn of((kind, count, examples): (NoteKind, u64, &[Note])) -> Self {
        Self { kind, count, examples: examples.to_vec() }
    }
}

fn analysis<'t, T>(_: &'t T, place: &Place) -> Cell<'t> {
    plain(place.analysis)
}

fn session<'t, T>(_: &'t T, place: &Place) -> Cell<'t> {
    known(place.session.map(|session| session.0))
}

fn principal(principal: Option<&Principal>) -> Cell<'_> {
    maybe(principal.map(Principal::as_str))
}

/// A URL as a request had it, which may have a password in its query.
fn masked(url: Option<&str>) -> Cell<'_> {
    url.map_or_else(|| maybe(None), |url| text(&Secrets::Masked.text(url)).into_owned().into())
}

pub(super) const CAPTURES: &[Column<Numbered<CaptureRecord>>] = &[
    ("analysis", analysis),
    ("capture", |one, _| plain(one.number)),
    ("path", |one, _| text(&one.of.path)),
    ("format", |one, _| text(&one.of.format)),
    ("compression", |one, _| maybe(one.of.compression)),
    ("link_types", |one, _| text(&one.of.link_types.join("; ")).into_owned().into()),
    ("packets", |one, _| plain(one.of.packets)),
    ("bytes", |one, _| plain(one.of.bytes)),
    ("first", |one, _| known(one.of.first.map(|at| at.rfc3339(one.of.time_digits)))),
    ("last", |one, _| known(one.of.last.map(|at| at.rfc3339(one.of.time_digits)))),
    ("skipped_bytes", |one, _| plain(one.of.skipped_bytes)),
    ("dropped", |one, _| known(one.of.dropped)),
    ("damage", |one, _| text(&one.of.damage.join("; ")).into_owned().into()),
];

pub(super) const SESSIONS: &[Column<Session>] = &[
    ("analysis", analysis),
    ("session", session),
    ("principal", |one, _| principal(one.principal.as_ref())),
    ("client", |one, _| plain(one.client.to_string())),
    ("server", |one, _| known(one.server)),
    ("first", |one, place| time(one.first, place)),
    ("last", |one, place| time(one.last, place)),
    ("user_agent", |one, _| maybe(one.about().user_agent.as_deref())),
    ("authentication", |one, _| text(one.about().authentication.as_deref().unwrap_or("none"))),
    ("authenticated_as", |one, _| maybe(one.about().authenticated_as.as_deref())),
    ("workstation", |one, _| maybe(one.about().workstation.as_deref())),
];

pub(super) const SUBSCRIPTIONS: &[Column<Subscription>] = &[
    ("analysis", analysis),
    ("session", session),
    ("id", |one, _| text(&one.id)),
    ("kind", |one, _| maybe(one.kind.as_ref().map(NotificationType::as_str))),
    ("node", |one, _| principal(Some(&one.node))),
    ("call_back", |one, _| maybe(one.call_back.as_deref())),
    ("at", |one, place| time(one.at, place)),
    ("requested_s", |one, _| known(one.requested_s)),
    ("granted_s", |one, _| known(one.granted_s)),
    ("renewals", |one, _| plain(one.renewals)),
    ("end", |one, _| word(&one.end)),
    ("packets", |one, _| packets(one.origin.ranges())),
];

pub(super) const CALLBACKS: &[Column<Arc<CallbackAttempt>>] = &[
    ("analysis", analysis),
    ("session", session),
    ("at", |one, place| time(one.at, place)),
    ("target", |one, _| plain(one.target)),
    ("source", |one, _| plain(one.source)),
    ("carries", |one, _| text(one.carries)),
    ("outcome", |one, _| text(one.outcome.as_str())),
    ("status", |one, _| known(one.status)),
    ("attempts", |one, _| plain(one.attempts)),
    ("reused_connection", |one, _| known(one.reused_connection)),
    ("late_answer_status", |one, _| known(one.late_answer.map(|late| late.status))),
    ("late_answer_after_s", |one, _| seconds(one.late_answer.map(|late| late.after))),
    ("took_s", |one, _| seconds(one.took)),
    ("unreachable_from", |one, _| known(one.unreachable.map(|unreachable| unreachable.from))),
    ("unreachable_reason", |one, _| maybe(one.unreachable.map(|unreachable| unreachable.reason.words()))),
    ("unreachable_code", |one, _| known(one.unreachable.map(|unreachable| unreachable.code))),
    ("inferred", |one, _| plain(one.inferred)),
    ("packets", |one, _| packets(one.origin.ranges())),
];

pub(super) const MESSAGES: &[Column<ChatMessage>] = &[
    ("analysis", analysis),
    ("session", session),
    ("at", |one, place| time(one.at, place)),
    ("from", |one, _| principal(one.from.as_ref())),
    ("to", |one, _| principal(one.to.as_ref())),
    ("kind", |one, _| word(&one.kind)),
    ("accepted_status", |one, _| known(one.accepted_status)),
    ("delivery", |one, _| word(&one.delivery)),
    ("conversation", |one, _| maybe(one.conversation.as_deref())),
];

pub(super) const PRESENCE: &[Column<PresenceChange>] =
    &[("analysis", analysis), ("session", session), ("at", |one, place| time(one.at, place)), ("state", |one, _| text(one.state.as_str()))];

pub(super) const POLLING: &[Column<PollCycle>] = &[
    ("analysis", analysis),
    ("session", session),
    ("signature", |one, _| text(&one.signature)),
    ("confidence", |one, _| text(one.confidence.as_str())),
    ("method", |one, _| text(&one.method)),
    ("subscription", |one, _| maybe(one.subscription.as_deref())),
    ("node", |one, _| text(&one.node)),
    ("first", |one, place| time(one.first, place)),
    ("last", |one, place| time(one.last, place)),
    ("polls", |one, _| plain(one.polls)),
    ("period_s", |one, _| seconds(one.period)),
    ("jitter_s", |one, _| seconds(one.jitter)),
    ("missed", |one, _| plain(one.missed)),
    ("bursts", |one, _| plain(one.bursts)),
    ("empty", |one, _| plain(one.empty)),
    ("carrying", |one, _| plain(one.carrying)),
    ("errors", |one, _| plain(one.errors)),
    ("not_visible", |one, _| plain(one.not_visible)),
    ("long_polls", |one, _| plain(one.long_polls)),
    ("held_s_median", |one, _| seconds(one.held.map(|held| held.median))),
    ("held_s_max", |one, _| seconds(one.held.map(|held| held.max))),
    ("waited_s_median", |one, _| seconds(one.waited.map(|waited| waited.median))),
    ("waited_s_max", |one, _| seconds(one.waited.map(|waited| waited.max))),
    ("slowest_at", |one, place| known(one.slowest.as_ref().map(|slowest| slowest.at.rfc3339(place.digits)))),
    ("slowest_waited_s", |one, _| seconds(one.slowest.as_ref().map(|slowest| slowest.waited))),
    ("messages", |one, _| plain(one.messages)),
    ("lost", |one, _| plain(one.lost)),
    ("duplicated", |one, _| plain(one.doubled)),
    ("requests", |one, _| plain(one.requests)),
    ("bytes", |one, _| plain(one.bytes)),
    ("requests_per_message", |one, _| known(one.requests_per_message())),
    ("bytes_per_message", |one, _| known(one.bytes_per_message())),
    ("connections", |one, _| plain(one.connections)),
    ("after_failed_callback", |one, _| plain(one.after_failed_callback())),
    ("failed_callbacks", |one, _| plain(one.failed_callbacks)),
    ("packets", |one, _| packets(one.origin.ranges().iter().copied())),
];

pub(super) const EVENTS: &[Column<Event>] = &[
    ("analysis", analysis),
    ("session", session),
    ("id", |one, _| plain(one.id)),
    ("at", |one, place| time(one.at, place)),
    ("kind", |one, _| word(&one.kind)),
    ("summary", |one, _| text(&Told::of(one).summary()).into_owned().into()),
    ("method", |one, _| maybe(one.detail.method.as_ref().map(Method::as_str))),
    ("status", |one, _| known(one.detail.status)),
    ("took_s", |one, _| seconds(one.detail.took)),
    ("client", |one, _| known(one.detail.client)),
    ("server", |one, _| known(one.detail.server)),
    ("from", |one, _| masked(one.detail.from.as_ref().map(Principal::as_str))),
    ("node", |one, _| masked(one.detail.node.as_ref().map(Principal::as_str))),
    ("subscription", |one, _| maybe(one.detail.subscription.as_deref())),
    ("call_back", |one, _| masked(one.detail.call_back.as_deref())),
    ("callback", |one, _| maybe(one.detail.callback.map(Outcome::as_str))),
    ("carries", |one, _| maybe(one.detail.carries)),
    ("packets", |one, _| packets(one.origin.ranges())),
];

pub(super) const SELECTED: &[Column<Selected>] = &[
    ("analysis", analysis),
    ("filter", |one, _| text(&one.expression)),
    ("hidden_events", |one, _| plain(one.hidden_events)),
    ("hidden_sessions", |one, _| plain(one.hidden_sessions)),
    ("hidden_findings", |one, _| plain(one.hidden_findings)),
];

pub(super) const FINDINGS: &[Column<Finding>] = &[
    ("analysis", analysis),
    ("session", session),
    ("code", |one, _| text(one.meta.code)),
    ("slug", |one, _| text(one.meta.slug)),
    ("severity", |one, _| text(one.severity.as_str())),
    ("title", |one, _| text(&one.title)),
    ("at", |one, place| time(one.at, place)),
    ("count", |one, _| plain(one.count)),
    ("certainty", |one, _| word(&one.certainty)),
    ("seen", |one, _| text(&one.seen)),
    ("caused_by", |one, _| maybe(one.caused_by)),
    ("meaning", |one, _| text(one.meta.meaning)),
    ("remedy", |one, _| text(one.meta.remedy)),
    ("packets", |one, _| packets(one.origin.ranges())),
];

pub(super) const VERDICTS: &[Column<Verdict>] = &[
    ("analysis", analysis),
    ("session", session),
    ("text", |one, _| text(&one.text)),
    ("packets", |one, _| packets(one.origin.ranges().iter().copied())),
];

pub(super) const REQUESTS: &[Column<Request>] = &[
    ("analysis", analysis),
    ("method", |one, _| text(&one.method)),
    ("status", |one, _| one.status.map_or_else(|| "none".into(), plain)),
    ("count", |one, _| plain(one.count)),
];

pub(super) const SUMS: &[Column<Sum>] =
    &[("analysis", analysis), ("part", |one, _| text(&one.part)), ("name", |one, _| text(&one.name)), ("count", |one, _| plain(one.count))];

pub(super) const NOTES: &[Column<Counted>] = &[
    ("analysis", analysis),
    ("kind", |one, _| word(&one.kind)),
    ("count", |one, _| plain(one.count)),
    ("detail", |one, _| maybe(one.examples.iter().map(|note| &*note.detail).find(|detail| !detail.is_empty()))),
    ("packets", |one, _| packets(one.examples.iter().flat_map(|note| note.origin.ranges()).copied())),
];
