//! What servers try to hand to clients, above all what does not arrive.

use super::{Correlator, NewEvent, detail, words};
use crate::base::address::Endpoint;
use crate::base::fate::Fate;
use crate::base::origin::{Origin, Packed};
use crate::base::time::Timestamp;
use crate::rvp::mime::PartKind;
use crate::rvp::notification::{Carries, Item, Notification};
use crate::rvp::operation::{Content, Operation};
use crate::rvp::principal::Principal;
use crate::session::callback::{Answerer, Byteless, CallbackAttempt, Outcome, Verdict, judge_attempt, judge_exchange};
use crate::session::event::{EventKind, Tone};
use crate::session::fact::{Fact, Unconnected, What};
use crate::session::model::{MessageKind, SessionId};
use crate::session::outline::Outline;
use crate::tcp::event::FlowInfo;
use std::sync::Arc;

/// A message that a callback carried.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) recipient: SessionId,
    pub(super) target: Endpoint,
    pub(super) at: Timestamp,
    pub(super) from: Option<Principal>,
    pub(super) to: Option<Principal>,
    pub(super) kind: MessageKind,
    pub(super) conversation: Option<Arc<str>>,
    pub(super) fingerprint: u64,
    pub(super) outcome: Outcome,
    pub(super) handled_late: bool,
    pub(super) origin: Packed,
    pub(super) hits: u64,
}

impl Correlator {
    /// A NOTIFY of the server is over; its own bytes may be missing.
    pub(super) fn callback_ended(&mut self, outline: &Outline, operation: &Operation) {
        let Some(first) = outline.first() else { return };
        let Outline { flow, asker: source, answerer: target, connection, .. } = outline;
        let (source, target) = (*source, *target);
        let asked = outline.request.is_some();
        let (session, inferred) = self.listening_session(target, source, operation, first);
        let memory = self.flows.entry(*flow).or_default();
        let reused = memory.callbacks > 0;
        memory.callbacks += 1;
        memory.session = Some(session);
        self.roles.calls_back(source.ip);
        let verdict = judge_exchange(outline);
        let fresh = !reused && connection.syns > 0;
        let mut origin = if reused { Origin::default() } else { connection.opening.clone() };
        origin.unite(&outline.origin);
        let ends = [outline.asker_closed.map(|(_, packet)| packet), outline.answerer_closed.map(|(_, packet)| packet)];
        if let Some(packet) = outline.answered_otherwise {
            origin.add(packet);
        }
        if verdict.outcome != Outcome::Delivered {
            for packet in ends.into_iter().flatten().chain(outline.reset.map(|(_, _, packet)| packet)) {
                origin.add(packet);
            }
        }
        let carries = match &operation.request {
            Content::Notification(notification) => carries(notification, operation.request_complete),
            _ if operation.request_complete && asked => Carries::Other,
            _ => Carries::Unknown,
        };
        let at = if fresh { connection.opened } else { first };
        let attempt = CallbackAttempt {
            at,
            target,
            source,
            carries: carries.as_str(),
            outcome: verdict.outcome,
            status: verdict.status,
            attempts: if reused { 0 } else { connection.syns },
            // A connection that was there before the capture began may have carried an earlier one.
            reused_connection: (reused || !connection.mid_stream).then_some(reused),
            late_answer: verdict.late_answer,
            took: verdict.certain.filter(|_| fresh || asked).map(|certain| certain.since(at)),
            unreachable: None,
            inferred,
            answerer: match &outline.answered_by {
                Some(answerer) => Some(answerer.clone()),
                None => outline.answered_otherwise.map(|_| Answerer { not_http: true, ..Answerer::default() }),
            },
            origin: Packed::from(&origin),
            hits: outline.hits,
        };
        let what = match &operation.request {
            Content::Notification(notification) => {
                self.carry(session, &attempt, &verdict, operation, notification);
                self.say(|| words::carried(operation, notification))
            }
            _ => self.say(|| "a notification".to_owned()),
        };
        self.add_callback(session, attempt, &what, Some(operation));
    }

    /// A flow on which no HTTP was spoken: a failed callback, a direct transfer between clients, or nothing of ours. Whether it is RVP's.
    pub(super) fn byteless_flow(&mut self, flow: &FlowInfo, fate: Fate, at: Timestamp) -> bool {
        // Without a SYN in the capture it is no attempt at a connection, but what is left of one.
        if let Some(announced) = self.roles.listener(flow.responder).filter(|_| !flow.mid_stream) {
            self.attempt(&flow.into(), fate, at, announced.session, !announced.by_header);
            return true;
        }
        if let Some(session) = self.transfers.get(&flow.responder).copied() {
            self.transfer(&flow.into(), fate, at, session);
            return false;
        }
        let failed = matches!(fate, Fate::Refused | Fate::Unanswered | Fate::Unreachable(_));
        if failed && self.roles.serves(flow.responder) {
            self.unreached_server(&flow.into(), fate);
            return true;
        }
        let never_used = flow.established && flow.payload == 0 && flow.missing == 0;
        if flow.syns > 0 && (never_used || (!flow.established && (failed || fate == Fate::CaptureEnded))) {
            self.remember_orphan(flow.into(), fate, at);
        }
        false
    }

    /// Registers that `session` listens at `endpoint`.
    pub(super) fn listens(&mut self, endpoint: Endpoint, session: SessionId, by_header: bool) {
        let sessions = &self.model.sessions;
        let at_home = |id: SessionId| sessions.get((id.0 as usize).wrapping_sub(1)).is_some_and(|session| session.client == endpoint.ip);
        self.roles.listens(endpoint, session, by_header, at_home);
    }

    /// Whose callback this is, and whether that is inferred.
    fn listening_session(&mut self, target: Endpoint, source: Endpoint, operation: &Operation, at: Timestamp) -> (SessionId, bool) {
        let recipient = match &operation.request {
            Content::Notification(notification) => recipient(notification),
            _ => None,
        };
        if let Some(announced) = self.roles.listener(target) {
            // Two principals may have listened there one after the other: the notification itself knows for whom it is.
            let client = self.get(announced.session).map(|session| session.client);
            let session = client.zip(recipient.as_ref()).and_then(|(client, named)| self.directory.find(client, Some(named)));
            return (session.unwrap_or(announced.session), !announced.by_header);
        }
        let holder = operation.subscription_id.as_ref().and_then(|id| self.holder(id, source.ip)).map(|(session, _)| session);
        let session = match (&recipient, holder) {
            (None, Some(holder)) => holder,
            (None, None) => self.directory.only_one(target.ip).unwrap_or_else(|| self.session(None, target.ip, at)),
            (Some(principal), _) => self.session(Some(principal), target.ip, at),
        };
        self.listens(target, session, false);
        self.claim_orphans(target);
        (session, true)
    }

    pub(super) fn attempt(&mut self, flow: &Byteless, fate: Fate, at: Timestamp, session: SessionId, inferred: bool) {
        let mut verdict = judge_attempt(flow, fate, at);
        // Where the capture shows no packet to the server at all, a missing answer proves nothing.
        if verdict.outcome == Outcome::Unanswered && !self.roles.could_show_answer(flow.initiator.ip, flow.responder.ip) {
            verdict = Verdict { outcome: Outcome::Unknown, certain: None, ..verdict };
        }
        let unreachable = match fate {
            Fate::Unreachable(unreachable) => Some(unreachable),
            _ => None,
        };
        let attempt = CallbackAttempt {
            at: flow.opened,
            target: flow.responder,
            source: flow.initiator,
            carries: Carries::Unknown.as_str(),
            outcome: verdict.outcome,
            status: None,
            attempts: flow.syns,
            reused_connection: Some(false),
            late_answer: None,
            took: verdict.certain.map(|certain| certain.since(flow.opened)),
            unreachable,
            inferred,
            answerer: None,
            origin: flow.opening.clone(),
            hits: 0,
        };
        self.add_callback(session, attempt, "a connection", None);
    }

    fn add_callback(&mut self, session: SessionId, attempt: CallbackAttempt, what: &str, brought: Option<&Operation>) {
        self.model.totals.callback(attempt.outcome);
        self.touch(session, attempt.at, attempt.took.map_or(attempt.at, |took| attempt.at.after(took)));
        let tone = match attempt.outcome {
            Outcome::Delivered => Tone::Normal,
            Outcome::Unknown => Tone::Unknown,
            _ => Tone::Failed,
        };
        self.emit(NewEvent {
            at: attempt.at,
            kind: EventKind::Callback,
            session: Some(session),
            tone,
            who: self.say(|| format!("→ {}", self.who(session))),
            summary: self.say(|| format!("{what} to {}{}", attempt.target, if attempt.inferred { " (Call-Back inferred)" } else { "" })),
            outcome: self.say(|| came_out(&attempt)),
            detail: self.callback_detail(&attempt, brought),
            origin: attempt.origin.clone(),
        });
        let attempt = Arc::new(attempt);
        self.facts.push(Fact {
            at: attempt.at,
            session: Some(session),
            what: What::Callback(Arc::clone(&attempt)),
            origin: attempt.origin.clone(),
        });
        if let Some(session) = self.get_mut(session) {
            session.callbacks.push(attempt);
            self.kept.callbacks += 1;
        }
    }

    pub(super) fn unreached_server(&mut self, flow: &Byteless, fate: Fate) {
        let client = flow.initiator.ip;
        let session = self.directory.only_one(client);
        // Where the capture shows no packet to the client at all, a missing answer proves nothing.
        if fate != Fate::Unanswered || self.roles.could_show_answer(client, flow.responder.ip) {
            let unconnected = Unconnected { client: flow.initiator, server: flow.responder, fate, attempts: flow.syns };
            let what = What::Unconnected(Box::new(unconnected));
            self.facts.push(Fact { at: flow.opened, session, what, origin: flow.opening.clone() });
        }
        let who = self.say(|| session.and_then(|id| self.get(id)).map_or_else(|| client.to_string(), words::who));
        let summary = self.say(|| format!("connects to server {}", flow.responder));
        self.failed_connection(flow, fate, session, who, summary);
    }

    pub(super) fn failed_connection(&mut self, flow: &Byteless, fate: Fate, session: Option<SessionId>, who: String, summary: String) {
        let (outcome, tone) = match fate {
            Fate::Refused => ("refused", Tone::Failed),
            Fate::Unanswered => ("unanswered", Tone::Failed),
            Fate::Unreachable(unreachable) => (unreachable.reason.words(), Tone::Failed),
            Fate::Finished | Fate::Reset | Fate::Idle | Fate::Evicted | Fate::CaptureEnded => {
                ("not visible in this capture", Tone::Unknown)
            }
        };
        let outcome = outcome.to_owned();
        self.emit(NewEvent {
            at: flow.opened,
            kind: EventKind::Connection,
            session,
            tone,
            who,
            summary,
            outcome,
            detail: detail::of_connection(flow.initiator, flow.responder),
            origin: flow.opening.clone(),
        });
    }

    fn transfer(&mut self, flow: &Byteless, fate: Fate, at: Timestamp, session: SessionId) {
        let (outcome, tone) = match fate {
            Fate::Finished => ("finished", Tone::Normal),
            Fate::Reset => ("reset", Tone::Failed),
            Fate::Refused => ("refused", Tone::Failed),
            Fate::Unanswered => ("unanswered", Tone::Failed),
            Fate::Unreachable(unreachable) => (unreachable.reason.words(), Tone::Failed),
            Fate::Idle | Fate::Evicted | Fate::CaptureEnded => ("still open", Tone::Unknown),
        };
        self.touch(session, flow.opened, at);
        self.emit(NewEvent {
            at: flow.opened,
            kind: EventKind::FileTransfer,
            session: Some(session),
            tone,
            who: self.who(session),
            summary: self.say(|| format!("direct transfer connection from {} to {}", flow.initiator.ip, flow.responder)),
            outcome: outcome.to_owned(),
            // Both ends are clients.
            detail: detail::of_connection(flow.initiator, flow.responder),
            origin: flow.opening.clone(),
        });
    }
}

/// What a notification carries; where part of it is missing, only what cannot turn out to be something else.
fn carries(notification: &Notification, complete: bool) -> Carries {
    let certain = notification.items.iter().all(|item| match item {
        Item::Message(message) => !matches!(message.part.kind, PartKind::Control | PartKind::Other(_)),
        Item::PropertyChange(_) => true,
        Item::Other(_) => false,
    });
    if complete || certain { notification.carries() } else { Carries::Unknown }
}

/// Whom a notification is for, as it says itself.
fn recipient(notification: &Notification) -> Option<Principal> {
    notification.items.iter().find_map(|item| {
        let contacts = match item {
            Item::Message(message) => &message.to,
            Item::PropertyChange(change) => &change.to,
            Item::Other(_) => return None,
        };
        // Several recipients are the members of a chat; which of them listens here is not said.
        match contacts.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    })
}

/// The outcome of a callback in words.
fn came_out(attempt: &CallbackAttempt) -> String {
    let took = attempt.took.map_or_else(String::new, |took| format!(" after {took}"));
    let tries = if attempt.attempts > 1 { format!(", {} SYNs", attempt.attempts) } else { String::new() };
    match (attempt.outcome, attempt.status) {
        (Outcome::Delivered, Some(status)) => format!("{status}{took}{tries}"),
        (Outcome::HttpError, Some(status)) => format!("ANSWERED {status}{took}{tries}"),
        (Outcome::Refused, _) => format!("REFUSED{took}"),
        (Outcome::Unanswered, _) => format!("UNANSWERED{took}{tries}"),
        (Outcome::Unreachable, _) => match attempt.unreachable {
            Some(unreachable) => format!("UNREACHABLE: {} says {}", unreachable.from, unreachable.reason.words()),
            None => "UNREACHABLE".to_owned(),
        },
        (Outcome::NoReply, _) => match attempt.late_answer {
            Some(late) => format!("NO REPLY{took}, a late {} after {}", late.status, late.after),
            None => format!("NO REPLY{took}"),
        },
        (Outcome::Broken, _) => format!("BROKEN{took}"),
        (Outcome::Unknown | Outcome::Delivered | Outcome::HttpError, _) => "not visible in this capture".to_owned(),
    }
}
