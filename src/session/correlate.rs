//! Joins operations and byteless connections into sessions.
//!
//! Input comes in capture order: exchanges at their stages, and flows as they end. What a packet does not say stays `None`; what is only
//! inferred is marked so. Events come out as they become certain.

mod about;
mod callbacks;
mod challenges;
mod delivery;
mod detail;
mod handed;
mod keeping;
mod lost;
mod messages;
mod opening;
mod orphans;
mod polls;
mod requests;
mod subscriptions;
mod words;

use crate::base::address::Endpoint;
use crate::base::fate::Fate;
use crate::base::hashed::Map;
use crate::base::limits::Limits;
use crate::base::note::Notes;
use crate::base::origin::Packed;
use crate::base::time::Timestamp;
use crate::rvp::identify::Protocol;
use crate::rvp::method::Method;
use crate::rvp::operation::Operation;
use crate::rvp::principal::Principal;
use crate::session::directory::{Directory, People, Sessions};
use crate::session::event::{Detail, Event, EventKind, Tone};
use crate::session::fact::{Fact, Incomplete, What};
use crate::session::model::{ChatMessage, Session, SessionId};
use crate::session::outline::Outline;
use crate::session::polling::collect::Collection;
use crate::session::roles::{Role, Roles};
use crate::session::totals::Totals;
use crate::settings::Signature;
use crate::tcp::event::{FlowId, FlowInfo};
use about::Abouts;
use callbacks::Carried;
use challenges::Challenges;
use keeping::Kept;
pub use opening::Opening;
use opening::{FlowMemory, Meeting};
use orphans::{Hold, Orphans};
use polls::HeldEvents;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use subscriptions::Holders;

/// The joined facts of an analysis.
#[derive(Debug, Default)]
pub struct Model {
    /// The sessions in the order in which they became known.
    pub sessions: Vec<Session>,
    /// Whose they are.
    pub people: People,
    /// The counts.
    pub totals: Totals,
    /// What could not be placed.
    pub notes: Notes,
}

/// Joins what the layers below hand up.
#[derive(Debug, Default)]
pub struct Correlator {
    limits: Limits,
    model: Model,
    directory: Directory,
    roles: Roles,
    holders: Holders,
    flows: Map<FlowId, FlowMemory>,
    challenges: Challenges,
    abouts: Abouts,
    orphans: Orphans,
    holds: VecDeque<Hold>,
    carried: Vec<Carried>,
    /// Messages that one server handed to another.
    relayed: Vec<(Option<SessionId>, ChatMessage)>,
    /// Endpoints that an invitation announced for a direct connection.
    transfers: BTreeMap<Endpoint, SessionId>,
    polling: Collection,
    held_events: HeldEvents,
    kept: Kept,
    /// Whether nobody reads the timeline: then no words are made for it.
    silent: bool,
    events: Vec<Event>,
    event_count: u64,
    facts: Vec<Fact<'static>>,
}

impl Correlator {
    /// A correlator that knows nothing yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Recognises polls by `signatures`, in their order.
    #[must_use]
    pub fn with_signatures(mut self, signatures: Vec<Signature>) -> Self {
        self.polling.signatures = signatures;
        self
    }

    /// Makes no events. What becomes of sessions and facts is the same.
    #[must_use]
    pub fn without_events(mut self) -> Self {
        self.silent = true;
        self
    }

    /// Takes note of an exchange of RVP's that has begun, or of one that was cut before it could tell.
    pub fn opened(&mut self, opening: &Opening, operation: &Operation) {
        // Nothing that a NOTIFY says counts before its end.
        let counts = self.greet(opening) == Meeting::Both && operation.method != Method::Notify;
        if let Some(asked) = opening.asked.filter(|_| counts && self.role(opening.asker, opening.answerer, operation) == Role::Request) {
            self.request_opened(asked, operation, opening);
        }
    }

    /// Takes an exchange of RVP's that is over, or one that was cut before it could tell.
    ///
    /// Gives what rules are told of a client's request. That comes before the facts that wait to be taken.
    pub fn ended<'o>(&mut self, outline: &Outline, operation: &'o Operation) -> Option<Fact<'o>> {
        let opening = Opening::from(outline);
        let mut request = None;
        match self.greet(&opening) {
            Meeting::Others => self.other_http(outline.protocol, opening.asker),
            Meeting::Answerer => self.answer_alone(outline, operation),
            Meeting::Both => match self.role(outline.asker, outline.answerer, operation) {
                Role::Request => request = self.request_ended(outline, operation),
                Role::ServerToServer => self.server_to_server(outline, operation),
                Role::Callback => self.callback_ended(outline, operation),
            },
        }
        self.make_room();
        request
    }

    /// Takes an exchange that is over and no RVP: it is only counted, and whose client it shows is remembered.
    pub fn other_http(&mut self, protocol: Protocol, asker: Endpoint) {
        self.roles.is_another_client(asker.ip);
        *self.model.totals.other_http.entry(words::protocol(protocol)).or_default() += 1;
    }

    /// Takes a flow that has ended. `http` says whether HTTP was spoken on it.
    pub fn flow_ended(&mut self, flow: &FlowInfo, fate: Fate, at: Timestamp, http: bool) {
        let ends = (flow.initiator, flow.responder);
        for (packets, (sender, receiver)) in [(flow.packets.initiator, ends), (flow.packets.responder, (ends.1, ends.0))] {
            if packets > 0 {
                self.roles.spoke(sender.ip);
                self.roles.was_reached(receiver.ip);
            }
        }
        let memory = self.flows.remove(&flow.id).unwrap_or_default();
        self.model.totals.http_flows += u64::from(http);
        let mut rvp = memory.rvp;
        if let Some(unfollowed) = self.challenges.flow_ended(flow.id, self.limits.challenges) {
            self.unfollowed(unfollowed);
        }
        if !http {
            rvp |= self.byteless_flow(flow, fate, at);
        }
        self.model.totals.rvp_flows += u64::from(rvp);
        let one_direction = flow.established && (flow.packets.initiator == 0 || flow.packets.responder == 0);
        if flow.missing > 0 || one_direction {
            let what = What::Incomplete(Incomplete { missing: flow.missing, one_direction, rvp });
            self.facts.push(Fact { at: flow.opened, session: memory.session, what, origin: flow.opening.packed() });
        }
    }

    /// The session of an open flow that carries RVP, if one is known, and whether callbacks are made on it; `None` if it does not carry RVP.
    pub fn place(&self, flow: FlowId) -> Option<(Option<SessionId>, bool)> {
        self.flows.get(&flow).filter(|memory| memory.rvp).map(|memory| (memory.session, memory.callbacks > 0))
    }

    /// Hands out the events that became certain since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Hands out the facts that became certain since the last call.
    pub fn take_facts(&mut self) -> Vec<Fact<'static>> {
        std::mem::take(&mut self.facts)
    }

    /// The sessions as far as they are known.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions { list: &self.model.sessions, people: self.directory.people() }
    }

    /// Whether facts wait to be taken.
    pub fn has_facts(&self) -> bool {
        !self.facts.is_empty()
    }

    /// Whether events, or parts of sessions, wait to be taken.
    pub fn has_updates(&self) -> bool {
        !self.events.is_empty() || !self.kept.parts.is_empty()
    }

    /// Hands out the parts of sessions that were settled since the last call.
    pub fn take_parts(&mut self) -> Vec<Session> {
        std::mem::take(&mut self.kept.parts)
    }

    /// Settles everything at the end of the capture, whose last packet was seen at `end`.
    pub fn finish(&mut self, end: Timestamp) {
        self.settle_challenges();
        self.settle_orphans();
        self.settle_subscriptions(end);
        self.settle_messages(Timestamp::MAX);
        self.sort_by_time();
        self.settle_polls();
    }

    /// The sessions and counts; complete after [`Correlator::finish`].
    pub fn into_model(self) -> Model {
        Model { people: self.directory.into_people(), ..self.model }
    }

    /// The session of `principal` at `client`, made if it is new. What is seen of a client before its principal, or without it, belongs to the
    /// only principal that is known there.
    fn session(&mut self, principal: Option<&Principal>, client: IpAddr, at: Timestamp) -> SessionId {
        if let Some(id) = self.directory.find(client, principal) {
            return id;
        }
        let principal = principal.map(|principal| principal.logical().clone());
        if let Some(id) = self.directory.only_one(client)
            && (principal.is_none() || self.get(id).is_some_and(|session| session.principal.is_none()))
        {
            // A session with a principal keeps it.
            if let Some(session) = self.get_mut(id).filter(|_| principal.is_some()) {
                session.principal.clone_from(&principal);
                self.directory.add(id, principal.as_ref(), client);
            }
            return id;
        }
        let id = SessionId(u32::try_from(self.model.sessions.len() + 1).unwrap_or(u32::MAX));
        self.directory.add(id, principal.as_ref(), client);
        self.model.sessions.push(Session::new(id, principal, client, at));
        id
    }

    /// A principal, to be kept.
    fn shared(&self, principal: &Principal) -> Principal {
        self.directory.people().shared(principal)
    }

    fn get(&self, id: SessionId) -> Option<&Session> {
        self.model.sessions.get((id.0 as usize).checked_sub(1)?)
    }

    fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.model.sessions.get_mut((id.0 as usize).checked_sub(1)?)
    }

    /// Widens a session's time to contain `first..=last`.
    fn touch(&mut self, id: SessionId, first: Timestamp, last: Timestamp) {
        if let Some(session) = self.get_mut(id) {
            session.first = session.first.min(first);
            session.last = session.last.max(last);
        }
    }

    /// Words for the timeline, if anybody reads it.
    fn say(&self, words: impl FnOnce() -> String) -> String {
        if self.silent { String::new() } else { words() }
    }

    /// Who a session is, for the timeline.
    fn who(&self, id: SessionId) -> String {
        self.say(|| self.get(id).map(words::who).unwrap_or_default())
    }

    fn emit(&mut self, event: NewEvent) {
        if self.silent {
            return;
        }
        self.event_count += 1;
        self.events.push(Event {
            id: self.event_count,
            at: event.at,
            kind: event.kind,
            session: event.session,
            tone: event.tone,
            who: event.who,
            summary: event.summary,
            outcome: event.outcome,
            detail: event.detail,
            origin: event.origin,
        });
    }

    /// An answer whose request is not in the capture. From where a client listens, it answers a callback; else it tells who serves whom.
    fn answer_alone(&mut self, outline: &Outline, operation: &Operation) {
        let Outline { flow, asker: client, answerer, .. } = *outline;
        let Some(response) = &outline.response else { return };
        let called_back = self.roles.serves_at(client.ip) && !self.roles.serves_at(answerer.ip);
        if called_back || self.roles.listener(answerer).is_some() {
            self.callback_ended(outline, operation);
            return;
        }
        let of_server = operation.granted_id.is_some() || operation.server || matches!(operation.status, Some(207 | 302 | 401));
        if of_server {
            self.roles.is_server(answerer);
        }
        let known = self.flows.get(&flow).and_then(|memory| memory.session).or_else(|| self.directory.only_one(client.ip));
        let session = known.or_else(|| of_server.then(|| self.session(None, client.ip, response.first)));
        if let Some(id) = session {
            self.flows.entry(flow).or_default().session = Some(id);
            self.touch(id, response.first, response.last);
            self.handed_over(id, None, outline, operation);
        }
        self.emit(NewEvent {
            at: response.first,
            kind: EventKind::Request,
            session,
            tone: Tone::Unknown,
            who: self.say(|| session.and_then(|id| self.get(id)).map_or_else(|| client.ip.to_string(), words::who)),
            summary: self.say(|| format!("asked {answerer} something that is not in the capture")),
            outcome: self.say(|| operation.status.map(|status| status.to_string()).unwrap_or_default()),
            detail: self.detail(outline, operation),
            origin: outline.origin.clone(),
        });
    }

    /// The principal that speaks in a request: as the header says, or the owner of the node where only owners may act.
    fn speaker(operation: &Operation) -> Option<Principal> {
        if operation.from.is_some() || !operation.request_head_complete {
            return operation.from.clone();
        }
        match operation.method {
            Method::Proppatch => operation.node.user().map(|_| operation.node.clone()),
            _ => None,
        }
    }
}

/// An event before it has its number.
#[derive(Debug)]
struct NewEvent {
    at: Timestamp,
    kind: EventKind,
    session: Option<SessionId>,
    tone: Tone,
    who: String,
    summary: String,
    outcome: String,
    detail: Detail,
    origin: Packed,
}

#[cfg(test)]
mod tests;
