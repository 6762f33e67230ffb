//! The sessions, each of which folds: who it is, its subscriptions, callbacks, messages, presence and polling.

use super::findings::numbers;
use super::timeline::mark;
use super::{CELL, Page, ladders};
use crate::analysis::Analysis;
use crate::base::text::shortened;
use crate::base::time::Timestamp;
use crate::report::markup::put;
use crate::report::text::{packets, plural, polling, words};
use crate::rvp::subscription::NotificationType;
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::event::Tone;
use crate::session::model::{ChatMessage, Delivery, MessageKind, Session, SessionId, Subscription, SubscriptionEnd};
use crate::session::polling::PollCycle;
use maud::{Markup, html};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// So many sessions are shown.
const MOST: usize = 400;

/// So many of them get a ladder of their own, where there is none of everything.
const WITH_LADDER: usize = 40;

/// So many rows of each list of a session are shown.
const ROWS: usize = 200;

/// The sessions that are shown: those of which there is something to say first, then the others in their order.
pub(super) struct Shown {
    all: BTreeSet<SessionId>,
    with_ladder: BTreeSet<SessionId>,
}

impl Shown {
    pub(super) fn of(analysis: &Analysis) -> Self {
        let judged = analysis.verdicts.iter().map(|verdict| verdict.session);
        let found = analysis.findings.iter().filter_map(|finding| finding.session);
        let (mut all, mut with_ladder) = (BTreeSet::new(), BTreeSet::new());
        for id in judged.chain(found).chain(analysis.sessions.iter().map(|session| session.id)) {
            if with_ladder.len() < WITH_LADDER {
                with_ladder.insert(id);
            }
            if all.len() < MOST {
                all.insert(id);
            }
        }
        Self { all, with_ladder }
    }

    pub(super) fn has(&self, id: SessionId) -> bool {
        self.all.contains(&id)
    }
}

/// Writes the section of all sessions.
pub(super) fn write(page: &Page<'_>, with_ladders: bool, out: &mut dyn Write) -> io::Result<()> {
    let sessions = &page.analysis.sessions;
    let head = html! {
        h2 id=(page.at("sessions")) { "Sessions" }
        @if sessions.is_empty() { p { "There is no RVP session in this capture." } }
    };
    put(out, &format!("<section aria-labelledby=\"{}sessions\">", page.id))?;
    put(out, &head.into_string())?;
    for session in sessions.iter().filter(|session| page.shown.has(session.id)) {
        put(out, "\n")?;
        put(out, &one(page, session, with_ladders && page.shown.with_ladder.contains(&session.id)).into_string())?;
    }
    if sessions.len() > MOST {
        let more = html! {
            p.more { (sessions.len() - MOST) " more sessions are not shown here, those without a finding first; the JSON document has all." }
        };
        put(out, &more.into_string())?;
    }
    put(out, "\n</section>\n")
}

/// Whose session it is, in short.
pub(super) fn who(session: &Session) -> String {
    let short = |principal: &crate::rvp::principal::Principal| shortened(principal.user().unwrap_or_else(|| principal.as_str()), 40);
    session.principal.as_ref().map_or_else(|| session.client.to_string(), short)
}

fn one(page: &Page<'_>, session: &Session, with_ladder: bool) -> Markup {
    let is_failed = |callback: &&std::sync::Arc<CallbackAttempt>| !matches!(callback.outcome, Outcome::Delivered | Outcome::Unknown);
    let failed = session.callbacks.iter().filter(is_failed).count();
    html! {
        details.session id={ (page.at("s")) (session.id.0) } {
            summary {
                span.soft { (session.id.0) } " " strong { (who(session)) } " "
                span.soft { "at " (session.client) @if let Some(server) = session.server { " on " (server) } }
                @if !session.callbacks.is_empty() {
                    " · " span.bad[failed > 0] { (failed) " of " (plural(session.callbacks.len() as u64, "callback")) " failed" }
                }
                @if !session.polling.is_empty() { " · polling-like" }
            }
            (about(page, session))
            @if with_ladder { (ladders::of(page, session)) }
            (subscriptions(page, session))
            (callbacks(page, session))
            (messages(page, session))
            (presence(page, session))
            @if !session.polling.is_empty() {
                h3 { "Polling" }
                @for cycle in session.polling.iter().take(ROWS) { (poll_cycle(page, cycle)) }
                (more(session.polling.len()))
            }
        }
    }
}

fn about(page: &Page<'_>, session: &Session) -> Markup {
    let about = session.about();
    let said = [
        ("Calls itself", about.user_agent.as_deref()),
        ("Authentication", about.authentication.as_deref()),
        ("Authenticated as", about.authenticated_as.as_deref()),
        ("Workstation", about.workstation.as_deref()),
    ];
    html! {
        dl {
            dt { "Principal" }
            dd { @if let Some(principal) = &session.principal { (shortened(principal.as_str(), CELL)) } @else { "unknown" } }
            dt { "Seen" } dd { (session.first.rfc3339(page.digits)) " to " (session.last.rfc3339(page.digits)) }
            @for (name, value) in said { @if let Some(value) = value { dt { (name) } dd { (shortened(value, CELL)) } } }
        }
    }
}

/// A list of a session as a table; nothing where it is empty.
fn list<T>(title: &str, columns: &[&str], items: &[T], row: impl Fn(&T) -> Markup) -> Markup {
    html! {
        @if !items.is_empty() {
            h3 { (title) }
            div.wide {
                table {
                    thead { tr { @for name in columns { th scope="col" { (name) } } } }
                    tbody { @for item in items.iter().take(ROWS) { (row(item)) } }
                }
            }
            (more(items.len()))
        }
    }
}

fn more(count: usize) -> Markup {
    html! { @if count > ROWS { p.more { (count - ROWS) " more are not shown here; the timeline and the JSON document have all." } } }
}

fn subscriptions(page: &Page<'_>, session: &Session) -> Markup {
    let seconds = |seconds: Option<u64>| seconds.map_or_else(|| "–".to_owned(), |seconds| format!("{seconds} s"));
    let end = |end| match end {
        SubscriptionEnd::Unsubscribed => "ended by the client",
        SubscriptionEnd::Expired => "ran out",
        SubscriptionEnd::Live => "valid at the end",
        SubscriptionEnd::Unknown => "unknown",
    };
    list(
        "Subscriptions",
        &["Begun", "Id", "Kind", "Node", "Call-Back", "Granted", "Renewals", "End", "Packets"],
        &session.subscriptions,
        |one: &Subscription| {
            html! {
                tr {
                    td.at { (page.clock(one.at)) }
                    th scope="row" { (shortened(&one.id, 60)) }
                    td { (shortened(one.kind.as_ref().map_or("unknown", NotificationType::as_str), 60)) }
                    td { (shortened(one.node.as_str(), CELL)) }
                    td { (shortened(one.call_back.as_deref().unwrap_or("–"), CELL)) }
                    td.number { (seconds(one.granted_s)) }
                    td.number { (one.renewals) }
                    td { (end(one.end)) }
                    td { (shortened(&packets(one.origin.ranges()), 40)) }
                }
            }
        },
    )
}

fn callbacks(page: &Page<'_>, session: &Session) -> Markup {
    list("Callbacks", &["", "At", "To", "Carries", "Outcome", "Status", "SYNs", "Took", "Packets"], &session.callbacks, |one| {
        let tone = match one.outcome {
            Outcome::Delivered => Tone::Normal,
            Outcome::Unknown => Tone::Unknown,
            _ => Tone::Failed,
        };
        let (class, sign, word) = mark(tone);
        html! {
            tr class=[class] {
                td.mark { @if let Some(sign) = sign { span title=(word) { (sign) } } }
                td.at { (page.clock(one.at)) }
                td { (one.target) @if one.inferred { " (inferred)" } }
                td { (one.carries) }
                td {
                    (words(one.outcome))
                    @if let Some(unreachable) = one.unreachable { ": " (unreachable.reason.words()) ", says " (unreachable.from) }
                    @if let Some(late) = one.late_answer { ", a late " (late.status) " after " (late.after) }
                }
                td.number { @if let Some(status) = one.status { (status) } @else { "–" } }
                td.number { (one.attempts) }
                td.number { @if let Some(took) = one.took { (took) } @else { "–" } }
                td { (shortened(&packets(one.origin.ranges()), 40)) }
            }
        }
    })
}

fn messages(page: &Page<'_>, session: &Session) -> Markup {
    let kind = |kind| match kind {
        MessageKind::Text => "text",
        MessageKind::Typing => "typing",
        MessageKind::Open => "conversation opened",
        MessageKind::Leave => "conversation left",
        MessageKind::Invite => "invitation",
        MessageKind::Other => "other",
    };
    let fate = |delivery| match delivery {
        Delivery::Delivered => (Tone::Normal, "delivered"),
        Delivery::Failed => (Tone::Failed, "failed"),
        Delivery::HandledLate => (Tone::Failed, "failed for the sender, but handled late"),
        Delivery::Unknown => (Tone::Unknown, "not visible"),
    };
    let name = |principal: Option<&crate::rvp::principal::Principal>| {
        principal.map_or_else(|| "unknown".to_owned(), |principal| shortened(principal.user().unwrap_or_else(|| principal.as_str()), 60))
    };
    list("Messages", &["", "At", "From", "To", "Kind", "Answered", "Delivery", "Packets"], &session.messages, |one: &ChatMessage| {
        let (tone, delivery) = fate(one.delivery);
        let (class, sign, word) = mark(tone);
        html! {
            tr class=[class] {
                td.mark { @if let Some(sign) = sign { span title=(word) { (sign) } } }
                td.at { (page.clock(one.at)) }
                td { (name(one.from.as_ref())) }
                td { (name(one.to.as_ref())) }
                td { (kind(one.kind)) }
                td.number { @if let Some(status) = one.accepted_status { (status) } @else { "–" } }
                td { (delivery) }
                td { (shortened(&packets(one.origin.ranges()), 40)) }
            }
        }
    })
}

fn presence(page: &Page<'_>, session: &Session) -> Markup {
    html! {
        @if !session.presence.is_empty() {
            h3 { "Presence" }
            p {
                @for (place, change) in session.presence.iter().take(ROWS).enumerate() {
                    @if place > 0 { " → " }
                    (shortened(change.state.as_str(), 40)) " " span.soft { (page.clock(change.at)) }
                }
            }
            (more(session.presence.len()))
        }
    }
}

fn poll_cycle(page: &Page<'_>, cycle: &PollCycle) -> Markup {
    let times = |list: &mut dyn Iterator<Item = Timestamp>| list.take(10).map(|at| page.clock(at)).collect::<Vec<_>>().join(", ");
    let missed = times(&mut cycle.missed_at.iter().map(|missed| missed.after));
    let failed = times(&mut cycle.failed.iter().map(|failed| failed.at));
    html! {
        p { (polling::line(cycle)) "." }
        dl {
            dt { "From" } dd { (cycle.first.rfc3339(page.digits)) " to " (cycle.last.rfc3339(page.digits)) }
            dt { "Node" } dd { (shortened(&cycle.node, CELL)) }
            @if !missed.is_empty() { dt { "Beats missed after" } dd { (missed) @if cycle.missed_at.len() > 10 { ", …" } } }
            @if !failed.is_empty() { dt { "Failed at" } dd { (failed) @if cycle.failed.len() > 10 { ", …" } } }
            @if let Some(slowest) = &cycle.slowest { dt { "Waited longest" } dd { "the message of " (page.clock(slowest.at)) ", " (slowest.waited) " " (numbers(&slowest.origin)) } }
            dt { "Cost" } dd { (cycle.requests) " requests, " (cycle.bytes) " bytes, " (plural(cycle.connections, "connection")) @if let Some(each) = cycle.requests_per_message() { ", " (format!("{each:.1}")) " requests for each message" } }
            dt { "Packets" } dd { (numbers(&cycle.origin)) }
        }
    }
}
