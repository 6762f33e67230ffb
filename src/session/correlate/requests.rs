//! What clients ask their server: log-on, watches, presence, messages, log-off.

use super::challenges::{Challenged, is_ntlm_end};
use super::orphans::Hold;
use super::polls::Telling;
use super::subscriptions::is_log_on;
use super::{Correlator, NewEvent, Opening, words};
use crate::base::address::Endpoint;
use crate::base::note::NoteKind;
use crate::base::origin::Packed;
use crate::base::text::{printable, shortened};
use crate::base::time::Timestamp;
use crate::http::exchange::ExchangeEnd;
use crate::rvp::method::Method;
use crate::rvp::mime::PartKind;
use crate::rvp::multistatus::Echo;
use crate::rvp::notification::Item;
use crate::rvp::operation::{Content, Operation};
use crate::rvp::principal::Principal;
use crate::session::event::{Detail, EventKind, Tone};
use crate::session::fact::{Fact, Request, What};
use crate::session::model::{PresenceChange, ServerRank, SessionId};
use crate::session::outline::Outline;
use crate::tcp::event::FlowId;

/// An answered request, ready for the timeline.
pub(super) struct Asked {
    pub(super) session: SessionId,
    pub(super) first: Timestamp,
    /// When the answer began.
    pub(super) answered: Option<Timestamp>,
    pub(super) server: Endpoint,
    pub(super) client: Endpoint,
    pub(super) success: bool,
    pub(super) outcome: String,
    pub(super) tone: Tone,
    pub(super) detail: Detail,
    pub(super) origin: Packed,
    /// Which of the texts that are looked for its bytes hold.
    pub(super) hits: u64,
    /// How it is told if it may be a poll.
    pub(super) telling: Telling,
}

impl Correlator {
    /// What counts before the answer. Whoever is asked so is a server: a gateway asks the next server before it answers. And a SUBSCRIBE
    /// announces its Call-Back, for a callback may be faster than the answer.
    pub(super) fn request_opened(&mut self, asked: Timestamp, operation: &Operation, opening: &Opening) {
        let client = opening.asker;
        self.serves(opening.flow, opening.answerer);
        if operation.method == Method::Subscribe && operation.call_back.is_some() {
            let session = self.session(Self::speaker(operation).as_ref(), client.ip, asked);
            self.announce(session, operation, client.ip);
        }
    }

    /// Gives what rules are told of it.
    pub(super) fn request_ended<'o>(&mut self, outline: &Outline, operation: &'o Operation) -> Option<Fact<'o>> {
        let request = outline.request.as_ref()?;
        let Outline { flow, asker: client, answerer: server, .. } = *outline;
        self.count_request(operation, &outline.origin);
        let node = &operation.node;
        let speaker = Self::speaker(operation);
        let on_flow = self.flows.get(&flow).and_then(|memory| memory.session);
        // A request whose head was cut before its principal belongs to whom its connection belongs.
        let session = match (speaker, on_flow) {
            (None, Some(session)) => session,
            (speaker, _) => self.session(speaker.as_ref(), client.ip, request.first),
        };
        self.flows.entry(flow).or_default().session = Some(session);
        let last = outline.response.as_ref().map_or(request.last, |response| response.last);
        self.touch(session, request.first, last);
        self.learn(session, flow, server, operation);
        let mut origin = outline.origin.clone();
        let earlier = self.challenges.take(flow, session, operation);
        if operation.status == Some(401) {
            let mut challenged = Challenged::new(outline, session, request.first, origin, operation, earlier);
            challenged.last = outline.answered().unwrap_or(request.last);
            challenged.strayed = !outline.connection.mid_stream && outline.ordinal == 0 && is_ntlm_end(operation);
            if let Some(unfollowed) = self.challenges.put(challenged) {
                self.unfollowed(unfollowed);
            }
            return None;
        }
        let (mut outcome, tone) = self.outcome(outline, operation);
        let mut first = request.first;
        let mut before = 0;
        if let Some(earlier) = earlier {
            first = earlier.first;
            before = earlier.count;
            origin.extend(&earlier.origin);
            outcome = self.say(|| format!("{outcome}, after {} × 401", earlier.count));
        }
        let told = What::Request(fact((outline, operation), (client, server), before));
        let told = Fact { at: first, session: Some(session), what: told, origin: origin.clone() };
        let telling = self.polled(session, (outline, operation), node, (first, before));
        let asked = Asked {
            session,
            first,
            answered: outline.answered(),
            server,
            client,
            success: operation.status.is_some_and(|status| (200..300).contains(&status)),
            outcome,
            tone,
            detail: self.detail(outline, operation),
            origin,
            hits: outline.hits,
            telling,
        };
        match operation.status {
            Some(300..=399) => {
                let summary = self.say(|| redirect(operation));
                self.tell(asked, EventKind::Redirect, summary);
            }
            _ => match operation.method {
                Method::Subscribe => self.subscribe(asked, operation),
                Method::Unsubscribe => self.unsubscribe(asked, operation),
                Method::Proppatch => self.proppatch(asked, operation),
                Method::Notify => self.notify(asked, operation, node),
                Method::Propfind | Method::Acl | Method::Subscriptions | Method::Other(_) => {
                    let kind = match operation.method {
                        Method::Other(_) => EventKind::Request,
                        _ => EventKind::Query,
                    };
                    let summary = self.say(|| question(operation));
                    self.tell(asked, kind, summary);
                }
            },
        }
        Some(told)
    }

    /// One server asks another: no client's session, unless the sender's own is in the capture.
    pub(super) fn server_to_server(&mut self, outline: &Outline, operation: &Operation) {
        let Some(request) = &outline.request else { return };
        let server = outline.answerer;
        self.count_request(operation, &outline.origin);
        if operation.status.is_some() {
            self.serves(outline.flow, server);
        }
        let session = operation.from.as_ref().and_then(|from| self.directory.latest(from));
        let origin = outline.origin.clone();
        let carried = match &operation.request {
            Content::Notification(notification) => {
                let answered = outline.answered();
                self.relayed((request.first, answered), (&origin, outline.hits), operation, notification);
                self.say(|| format!(" with {}", words::carried(operation, notification)))
            }
            _ => String::new(),
        };
        let (outcome, tone) = self.outcome(outline, operation);
        self.emit(NewEvent {
            at: request.first,
            kind: EventKind::ServerToServer,
            session,
            tone,
            who: self.say(|| outline.asker.ip.to_string()),
            summary: self.say(|| {
                let from = operation.from.as_ref().map_or_else(String::new, |from| format!(" for {}", words::short(from)));
                let method = printable(operation.method.as_str());
                format!("{method} to server {server}{from} about {}{carried}", words::target(operation))
            }),
            outcome,
            detail: self.detail(outline, operation),
            origin,
        });
    }

    fn count_request(&mut self, operation: &Operation, origin: &Packed) {
        if !self.model.totals.request(operation.method.as_str(), operation.status, self.limits.methods) {
            self.model.notes.count(NoteKind::ModelCeiling, || origin.unpack());
        }
    }

    /// What any request tells about its session.
    fn learn(&mut self, session: SessionId, flow: FlowId, server: Endpoint, operation: &Operation) {
        if operation.status.is_some() {
            self.serves(flow, server);
        }
        let rank = match operation.status {
            None | Some(300..=499) => ServerRank::Asked,
            Some(200..=299) if operation.method == Method::Subscribe && is_log_on(operation) => ServerRank::GrantedLogOn,
            Some(_) => ServerRank::Answered,
        };
        let Some(session) = self.model.sessions.get_mut((session.0 as usize).wrapping_sub(1)) else { return };
        if session.server.is_none() || rank >= session.server_rank {
            session.server = Some(server);
            session.server_rank = rank;
        }
        self.abouts.learn(&mut session.about, operation);
    }

    fn proppatch(&mut self, asked: Asked, operation: &Operation) {
        let Content::PropertyUpdate(Some(presence)) = &operation.request else {
            let summary = self.say(|| format!("changes properties of {}", words::target(operation)));
            self.tell(asked, EventKind::Request, summary);
            return;
        };
        let state = &presence.state;
        let mut verb = "sets presence";
        if asked.success
            && !echo(operation).is_some_and(|echo| echo.refused)
            && let Some(session) = self.get_mut(asked.session)
        {
            if session.presence.last().is_some_and(|last| last.state == *state) {
                verb = "refreshes presence";
            } else {
                session.presence.push(PresenceChange { at: asked.first, state: state.clone() });
                // The last one is never handed on.
                let counts = session.presence.len() > 1;
                self.kept.presence += usize::from(counts);
            }
        }
        let summary = self.say(|| {
            let lease = presence.lease_s.map_or_else(String::new, |seconds| format!(" for {seconds} s"));
            format!("{verb} {}{lease}", printable(state.as_str()))
        });
        self.tell(asked, EventKind::Presence, summary);
    }

    fn notify(&mut self, asked: Asked, operation: &Operation, node: &Principal) {
        if operation.target_complete && operation.host {
            self.remember_hold(Hold { server: asked.server.ip, recipient: self.shared(node), from: asked.first, until: asked.answered });
        }
        let Content::Notification(notification) = &operation.request else {
            let summary = self.say(|| format!("sends {} something that could not be read", words::target(operation)));
            self.tell(asked, EventKind::Message, summary);
            return;
        };
        let typing =
            matches!(notification.items.as_slice(), [Item::Message(message)] if matches!(message.part.kind, PartKind::Typing { .. }));
        self.sent(asked.session, (asked.first, asked.answered), (&asked.origin, asked.hits), (operation, node), notification);
        let summary = self.say(|| format!("to {}: {}", words::target(operation), words::carried(operation, notification)));
        self.tell(asked, if typing { EventKind::Typing } else { EventKind::Message }, summary);
    }

    /// How a request came out: in words, if they are wanted.
    fn outcome(&self, outline: &Outline, operation: &Operation) -> (String, Tone) {
        let tone = words::tone(outline, operation);
        (self.say(|| words::outcome(outline, operation)), tone)
    }
}

/// A request that is sent elsewhere, in words.
fn redirect(operation: &Operation) -> String {
    let target = operation.location.as_deref().map_or_else(|| "nowhere".to_owned(), |location| shortened(location, 100));
    format!("{} {} is sent to {target}", printable(operation.method.as_str()), words::target(operation))
}

/// A request between these two, as rules want it.
fn fact<'o>((outline, operation): (&Outline, &'o Operation), (client, server): (Endpoint, Endpoint), challenges: u32) -> Request<'o> {
    let given_up = [ExchangeEnd::AskerClosed, ExchangeEnd::AskerReset, ExchangeEnd::AnswererClosed, ExchangeEnd::AnswererReset];
    let presence = match &operation.request {
        Content::PropertyUpdate(presence) => presence.as_ref(),
        _ => None,
    };
    let message = match &operation.request {
        Content::Notification(notification) => notification.items.iter().find_map(|item| match item {
            Item::Message(message) => Some(words::message_kind(&message.part.kind)),
            Item::PropertyChange(_) | Item::Other(_) => None,
        }),
        _ => None,
    };
    let echo = echo(operation);
    let refused = echo.is_some_and(|echo| echo.refused);
    Request {
        method: &operation.method,
        node: &operation.node,
        client,
        server,
        answered: outline.answered(),
        status: operation.status,
        unanswered: operation.status.is_none() && outline.end.is_some_and(|end| given_up.contains(&end)),
        log_on: operation.method == Method::Subscribe && is_log_on(operation),
        call_back: operation.call_back.as_ref(),
        head_complete: operation.request_head_complete,
        subscription: operation.subscription_id.as_deref(),
        granted: operation.granted_id.as_deref(),
        granted_s: operation.granted_s,
        location: operation.location.as_deref(),
        credentials: operation.authentication.as_ref().map(|authentication| &authentication.scheme),
        challenges,
        presence: presence.filter(|_| !refused).map(|presence| (presence.state.as_str(), presence.lease_s)),
        presence_granted_s: echo.and_then(|echo| echo.lease_s),
        carries: message,
        brings: match &operation.response {
            Content::Notification(notification) => notification.items.len(),
            _ => 0,
        },
    }
}

/// What the answer to a PROPPATCH says of the presence.
const fn echo(operation: &Operation) -> Option<Echo> {
    match &operation.response {
        Content::Multistatus(echo) => Some(*echo),
        _ => None,
    }
}

/// A request that asks for something or changes permissions, in words.
fn question(operation: &Operation) -> String {
    let node = words::target(operation);
    match operation.method {
        Method::Propfind => match &operation.request {
            Content::PropertyNames(names) if !names.is_empty() => format!("asks for {} of {node}", shortened(&names.join(", "), 60)),
            _ => format!("asks for properties of {node}"),
        },
        Method::Subscriptions => format!("asks for the subscriptions of {node}"),
        Method::Acl => match &operation.request {
            Content::None => format!("asks for the permissions of {node}"),
            Content::Unreadable => format!("asks for or changes the permissions of {node}"),
            _ => format!("changes the permissions of {node}"),
        },
        _ => format!("{} {node}", printable(operation.method.as_str())),
    }
}
