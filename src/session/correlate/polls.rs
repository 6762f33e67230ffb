//! Polls in the timeline, and at the end their cycles: what they brought, joined to who sent it.

use super::messages::{is_chat, messages};
use super::requests::Asked;
use super::{Correlator, NewEvent, words};
use crate::base::origin::{Origin, Packed};
use crate::base::text::printable;
use crate::base::time::Timestamp;

use crate::rvp::method::Method;
use crate::rvp::notification::Notification;
use crate::rvp::operation::{Content, Operation};
use crate::rvp::principal::Principal;
use crate::session::callback::Outcome;
use crate::session::event::{EventKind, Tone};
use crate::session::fact::{Fact, What};
use crate::session::model::{ChatMessage, Delivery, Session, SessionId};
use crate::session::outline::Outline;
use crate::session::polling::collect::{Brought, Collection, GroupId, Handed, Tally};
use crate::session::polling::cycles::{self, Found};
use crate::session::polling::handover::{self, Sent};
use crate::session::polling::{MessageFate, PollCycle, Wait, beats};
use std::collections::{BTreeMap, BTreeSet};

/// How a request that may be a poll is told.
#[derive(Debug, Default)]
pub(super) enum Telling {
    /// As any other request.
    #[default]
    Usual,
    /// As a poll that brought something, or went wrong.
    Poll(String),
    /// With its cycle, at the end: it brought nothing.
    Folded,
    /// Once it is known whether it is a poll.
    Held(GroupId),
}

/// How many requests by one unknown method wait until it is known whether they are polls. With one more, all are told singly.
const HELD: usize = 16;

/// Of so many hand-overs of one message the packets are cited.
const TWICE: usize = 4;

/// Events that wait until it is known whether they are polls.
#[derive(Debug, Default)]
pub(super) struct HeldEvents {
    by_group: BTreeMap<GroupId, Vec<NewEvent>>,
    told: BTreeSet<GroupId>,
    count: usize,
}

/// What makes messages equal: fingerprint, recipient and sender.
pub(super) type Words = (u64, Option<String>, Option<String>);

impl Correlator {
    /// Looks at an ended request as a poll, and says how to tell it.
    pub(super) fn polled(
        &mut self,
        session: SessionId,
        (outline, operation): (&Outline, &Operation),
        node: &Principal,
        earlier: (Timestamp, u32),
    ) -> Telling {
        let server = operation.granted_id.as_ref().filter(|_| operation.method == Method::Subscribe && operation.subscription_id.is_none());
        let is_grant = server.is_some_and(|id| !self.holds(session, id));
        let group = self.polling.take(session, (outline, operation), node, is_grant, earlier);
        if operation.status.is_some_and(|status| status < 400) {
            self.handed_over(session, group, outline, operation);
        }
        if operation.method == Method::Unsubscribe
            && operation.status.is_some_and(|status| (200..300).contains(&status))
            && let (Some(id), Some(answer)) = (&operation.subscription_id, &outline.response)
        {
            self.polling.log_offs.push((session, id.clone(), answer.first));
        }
        let Some((id, group)) = group.and_then(|id| Some((id, self.polling.group(id)?))) else { return Telling::Usual };
        let Some(poll) = group.polls.last() else { return Telling::Usual };
        match (group.is_certain(), poll.brought) {
            (_, Brought::Nothing) if poll.status.is_some_and(|status| status >= 300) => Telling::Usual,
            (true, Brought::Nothing) => Telling::Folded,
            (true, Brought::Something | Brought::Error) => {
                Telling::Poll(self.say(|| format!("polls with {} {}", printable(&group.method), words::target(operation))))
            }
            (false, _) if group.reused => Telling::Usual,
            (false, _) => Telling::Held(id),
        }
    }

    /// An answer whose request is not in the capture may bring something, too: that of a poll which the server held.
    pub(super) fn handed_over(&mut self, session: SessionId, group: Option<GroupId>, outline: &Outline, operation: &Operation) {
        let (Content::Notification(notification), Some(answer)) = (&operation.response, &outline.response) else { return };
        let mut brought = Self::brought(session, notification).peekable();
        if brought.peek().is_none() {
            return;
        }
        let origin = outline.origin();
        let brought: Vec<Handed> =
            brought.map(|handed| Handed { at: answer.first, group, origin: Packed::from(&origin), ..handed }).collect();
        self.kept.messages += brought.len();
        self.polling.handed.extend(brought);
    }

    fn brought(session: SessionId, notification: &Notification) -> impl Iterator<Item = Handed> {
        messages(notification).map(move |message| Handed {
            at: Timestamp::MIN,
            session,
            group: None,
            from: message.from.clone(),
            to: match message.to.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            },
            kind: words::message_kind(&message.part.kind),
            conversation: message.part.session_id.clone(),
            fingerprint: message.part.fingerprint,
            origin: Packed::default(),
        })
    }

    /// Keeps an event until it is known whether it is a poll; tells it, and those before it, if too many wait.
    pub(super) fn hold_event(&mut self, group: GroupId, event: NewEvent) {
        if self.silent {
            return;
        }
        let held = &mut self.held_events;
        let waiting = held.by_group.entry(group).or_default();
        waiting.push(event);
        held.count += 1;
        if held.told.contains(&group) || waiting.len() > HELD || held.count > self.limits.held_polls {
            let waiting = std::mem::take(waiting);
            held.by_group.remove(&group);
            held.count -= waiting.len();
            held.told.insert(group);
            for event in waiting {
                self.emit(event);
            }
        }
    }

    /// At the end: settles which requests were polls, and what became of the messages that waited for them.
    pub(super) fn settle_polls(&mut self) {
        let mut collection = std::mem::take(&mut self.polling);
        let (mut found, places) = cycles::find(&mut collection, &self.model.sessions);
        self.tell_held(&places, &collection);
        self.settle_handed(&mut found, &places, &collection);
        for session in &mut self.model.sessions {
            session.messages.sort_by_key(|message| message.at);
        }
        for one in found {
            let (id, cycle) = self.tell_cycle(one);
            if let Some(session) = self.get_mut(id) {
                session.polling.push(cycle);
            }
        }
    }

    /// Before the end: settles the cycles whose last poll began `until` then, and hands them on. One that goes on later is told in pieces.
    pub(super) fn hand_on_polls_until(&mut self, until: Timestamp) {
        let mut collection = self.polling.split_off(until);
        let (found, places) = cycles::find(&mut collection, &self.model.sessions);
        self.tell_held(&places, &collection);
        self.polling.known = collection.known;
        for one in found {
            let (id, cycle) = self.tell_cycle(one);
            if let Some(session) = self.get(id) {
                let part = Session { polling: vec![cycle], ..session.part() };
                self.kept.parts.push(part);
            }
        }
    }

    /// Counts a cycle, and tells it.
    fn tell_cycle(&mut self, mut one: Found) -> (SessionId, PollCycle) {
        let Found { cycle, tally, .. } = &mut one;
        let tally = std::mem::take(tally);
        cycle.messages = tally.messages;
        cycle.waited = beats::spread(tally.waited.into_iter());
        cycle.slowest = tally.slowest;
        cycle.doubled = tally.doubled;
        cycle.doubled_list = tally.doubled_list;
        cycle.doubled_list.sort_by_key(|fate| fate.at);
        cycle.lost = tally.lost;
        cycle.lost_list = tally.lost_list;
        cycle.lost_list.sort_by_key(|fate| fate.at);
        self.model.totals.poll_cycles += 1;
        self.model.totals.polls += one.cycle.polls;
        self.emit(NewEvent {
            at: one.cycle.first,
            kind: EventKind::Poll,
            session: Some(one.session),
            tone: Tone::Normal,
            who: self.who(one.session),
            summary: self.say(|| summary(&one.cycle)),
            outcome: self.say(|| outcome(&one.cycle)),
            origin: ends(&one),
        });
        let what = What::Cycle(Box::new(one.cycle.clone()));
        self.facts.push(Fact { at: one.cycle.first, session: Some(one.session), what, origin: Origin::default() });
        (one.session, one.cycle)
    }

    /// Tells the held requests of these groups that are no polls.
    fn tell_held(&mut self, places: &BTreeMap<GroupId, usize>, collection: &Collection) {
        let held = &mut self.held_events;
        let mut others = Vec::new();
        for group in collection.groups.keys() {
            held.told.remove(group);
            let Some(events) = held.by_group.remove(group) else { continue };
            held.count -= events.len();
            if !places.contains_key(group) {
                others.extend(events);
            }
        }
        others.sort_by_key(|event| (event.at, event.origin.first()));
        for event in others {
            self.emit(event);
        }
    }

    fn settle_handed(&mut self, found: &mut [Found], places: &BTreeMap<GroupId, usize>, collection: &Collection) {
        let pollers: BTreeSet<String> = found.iter().filter_map(|one| one.poller.0.clone()).collect();
        let sent = sent_to(&pollers, &self.model.sessions);
        // What was handed to each poller, by words. A poller whose address changes is one, two clients of one principal are two.
        let mut handed: BTreeMap<(SessionId, Words), Vec<&Handed>> = BTreeMap::new();
        for one in &collection.handed {
            let cycle = one.group.and_then(|group| found.get(*places.get(&group)?));
            let session = cycle.filter(|cycle| !cycle.several_clients).map_or(one.session, |cycle| cycle.session);
            let to = cycle.and_then(|cycle| cycle.poller.0.clone());
            let to = to.or_else(|| key(self.get(one.session)?.principal.as_ref())).or_else(|| key(one.to.as_ref()));
            let words = known_words((one.fingerprint, to, key(one.from.as_ref())), &sent);
            handed.entry((session, words)).or_default().push(one);
        }
        let mut reached = BTreeSet::new();
        let mut alone = Vec::new();
        let called_back: BTreeSet<SessionId> = self.model.sessions.iter().filter(|one| is_reached(one)).map(|one| one.id).collect();
        for ((session, words), mut handed) in handed {
            handed.sort_by_key(|handed| handed.at);
            let times: Vec<Timestamp> = handed.iter().map(|handed| handed.at).collect();
            let group = sent.get(&words).map(Vec::as_slice).unwrap_or_default();
            let called_back = called_back.contains(&session);
            let equal: Vec<Sent> = group.iter().map(|place| self.sent_at(*place, called_back)).collect();
            let joined = handover::join(&equal, &times, self.limits.gap_grace);
            for ((place, sent), brought) in group.iter().zip(&equal).zip(joined.by_message) {
                let brought: Vec<&Handed> = brought.into_iter().filter_map(|place| handed.get(place).copied()).collect();
                let Some(first) = brought.first() else { continue };
                reached.insert(*place);
                let cycle = first.group.and_then(|group| places.get(&group).copied());
                let tally = cycle.and_then(|cycle| found.get_mut(cycle)).map(|found| &mut found.tally);
                came(self.message_mut(*place), sent, &brought, tally);
            }
            for one in joined.alone.into_iter().filter_map(|place| handed.get(place)) {
                if let Some(found) = one.group.and_then(|group| found.get_mut(*places.get(&group)?)) {
                    found.tally.messages += u64::from(is_chat(one.kind));
                }
                alone.push((session, (*one).clone()));
            }
        }
        self.settle_lost(found, &sent, &reached, collection);
        alone.sort_by_key(|(session, handed)| (handed.at, *session));
        for (session, handed) in alone {
            self.add_alone(session, handed);
        }
    }

    /// A message as its sender sent it. What a callback delivered elsewhere does not count for this poller.
    fn sent_at(&self, (session, place): (usize, usize), callbacks: bool) -> Sent {
        let message = self.model.sessions.get(session).and_then(|session| session.messages.get(place));
        message.map_or(Sent { at: Timestamp::MIN, refused: true, called_back: false }, |message| Sent {
            at: message.at,
            refused: message.accepted_status.is_some_and(|status| status >= 400),
            called_back: callbacks && matches!(message.delivery, Delivery::Delivered | Delivery::HandledLate),
        })
    }

    fn message_mut(&mut self, (session, place): (usize, usize)) -> Option<&mut ChatMessage> {
        self.model.sessions.get_mut(session)?.messages.get_mut(place)
    }

    /// Joins the messages that were sent `until` then to the polls that brought them so far, before the capture's end tells which requests were
    /// polls.
    pub(super) fn settle_handed_until(&mut self, until: Timestamp) {
        let all = std::mem::take(&mut self.polling.handed);
        let to =
            |this: &Self, one: &Handed| key(this.get(one.session).and_then(|one| one.principal.as_ref())).or_else(|| key(one.to.as_ref()));
        let pollers: BTreeSet<String> = all.iter().filter_map(|one| to(self, one)).collect();
        let sent = sent_to(&pollers, &self.model.sessions);
        let mut handed: BTreeMap<(SessionId, Words), Vec<Handed>> = BTreeMap::new();
        for one in all {
            let words = known_words((one.fingerprint, to(self, &one), key(one.from.as_ref())), &sent);
            handed.entry((one.session, words)).or_default().push(one);
        }
        for ((session, words), mut handed) in handed {
            handed.sort_by_key(|handed| handed.at);
            let times: Vec<Timestamp> = handed.iter().map(|handed| handed.at).collect();
            let places = sent.get(&words).map(Vec::as_slice).unwrap_or_default();
            let called_back = self.get(session).is_some_and(is_reached);
            let equal: Vec<Sent> = places.iter().map(|place| self.sent_at(*place, called_back)).collect();
            let joined = handover::join(&equal, &times, self.limits.gap_grace);
            let mut settled: BTreeSet<usize> = joined.alone.iter().copied().filter(|place| times.get(*place) <= Some(&until)).collect();
            let alone = settled.clone();
            for ((place, sent), brought) in places.iter().zip(&equal).zip(joined.by_message).filter(|((_, sent), _)| sent.at <= until) {
                settled.extend(&brought);
                let brought: Vec<&Handed> = brought.into_iter().filter_map(|place| handed.get(place)).collect();
                let group = brought.first().and_then(|first| first.group);
                let message = self.model.sessions.get_mut(place.0).and_then(|session| session.messages.get_mut(place.1));
                came(message, sent, &brought, group.and_then(|group| self.polling.tally(group)));
            }
            for (place, one) in handed.into_iter().enumerate() {
                if !settled.contains(&place) {
                    self.polling.handed.push(one);
                } else if alone.contains(&place) {
                    if let Some(tally) = one.group.and_then(|group| self.polling.tally(group)) {
                        tally.messages += u64::from(is_chat(one.kind));
                    }
                    self.add_alone(session, one);
                }
            }
        }
        self.polling.handed.sort_by_key(|handed| handed.at);
    }

    /// A message whose sender's request is not in the capture.
    fn add_alone(&mut self, session: SessionId, handed: Handed) {
        let Some(session) = self.get_mut(session) else { return };
        let to = handed.to.or_else(|| session.principal.clone());
        session.messages.push(ChatMessage {
            at: handed.at,
            from: handed.from,
            to,
            kind: handed.kind,
            accepted_status: None,
            delivery: Delivery::Delivered,
            conversation: handed.conversation,
            fingerprint: handed.fingerprint,
            answered: None,
            origin: handed.origin,
        });
    }

    /// Tells a request, unless it waits or is told with its cycle.
    pub(super) fn tell(&mut self, asked: Asked, kind: EventKind, summary: String) {
        if self.silent {
            return;
        }
        let who = self.who(asked.session);
        let event = |kind, summary| NewEvent {
            at: asked.first,
            kind,
            session: Some(asked.session),
            tone: asked.tone,
            who,
            summary,
            outcome: asked.outcome,
            origin: asked.origin,
        };
        match asked.telling {
            Telling::Usual => self.emit(event(kind, summary)),
            Telling::Poll(summary) => self.emit(event(EventKind::Poll, summary)),
            Telling::Held(group) => self.hold_event(group, event(kind, summary)),
            Telling::Folded => {}
        }
    }
}

/// Notes that polls brought a message, and tells it to the tally of those polls.
fn came(message: Option<&mut ChatMessage>, sent: &Sent, brought: &[&Handed], tally: Option<&mut Tally>) {
    let (Some(message), Some(first)) = (message, brought.first()) else { return };
    if !sent.called_back {
        message.delivery = if sent.refused { Delivery::HandledLate } else { Delivery::Delivered };
    }
    let Some(tally) = tally.filter(|_| is_chat(message.kind)) else { return };
    tally.messages += 1;
    let mut origin = message.origin.unpack();
    origin.extend(&first.origin.unpack());
    if !sent.called_back {
        tally.wait(Wait { at: message.at, waited: first.at.since(message.at), origin: origin.clone() });
    }
    let times = brought.len() as u64 + u64::from(sent.called_back);
    if times > 1 {
        for again in brought.iter().take(TWICE) {
            origin.extend(&again.origin.unpack());
        }
        tally.double(MessageFate { at: message.at, times, origin });
    }
}

/// The places of the messages that were sent to each of `pollers`: session and place in it, sorted by time.
pub(super) fn sent_to(pollers: &BTreeSet<String>, sessions: &[Session]) -> BTreeMap<Words, Vec<(usize, usize)>> {
    let mut sent: BTreeMap<Words, Vec<(Timestamp, usize, usize)>> = BTreeMap::new();
    for (index, session) in sessions.iter().enumerate() {
        for (place, message) in session.messages.iter().enumerate() {
            // What a callback brought and nobody was seen to send stands in its recipient's session.
            let only_brought = message.accepted_status.is_none()
                && message.answered.is_none()
                && key(session.principal.as_ref()) == key(message.to.as_ref());
            let Some(to) = key(message.to.as_ref()).filter(|to| !only_brought && pollers.contains(to)) else { continue };
            sent.entry((message.fingerprint, Some(to), key(message.from.as_ref()))).or_default().push((message.at, index, place));
        }
    }
    let sorted = sent.into_iter().map(|(words, mut places)| {
        places.sort_unstable();
        (words, places.into_iter().map(|(_, session, place)| (session, place)).collect())
    });
    sorted.collect()
}

/// What was handed over without saying by whom is from whoever sent the same words.
fn known_words(words: Words, sent: &BTreeMap<Words, Vec<(usize, usize)>>) -> Words {
    if words.2.is_some() {
        return words;
    }
    let equal = |other: &&Words| other.0 == words.0 && other.1 == words.1;
    sent.range(words.clone()..).map(|(other, _)| other).take_while(equal).next().cloned().unwrap_or(words)
}

/// Whether a callback reached it.
fn is_reached(session: &Session) -> bool {
    session.past.delivered.is_some() || session.callbacks.iter().any(|callback| callback.outcome == Outcome::Delivered)
}

pub(super) fn key(principal: Option<&Principal>) -> Option<String> {
    principal.map(|principal| principal.logical().key().to_owned())
}

/// The packets of a cycle's first and last poll: those of all are told with the cycle.
fn ends(found: &Found) -> Origin {
    let mut origin = Origin::default();
    for poll in found.polls.first().into_iter().chain(found.polls.last()) {
        origin.extend(&poll.origin.unpack());
    }
    origin
}

fn summary(cycle: &PollCycle) -> String {
    let times = if cycle.polls == 1 { "once".to_owned() } else { format!("{} times", cycle.polls) };
    let rhythm = cycle.period.map_or_else(String::new, |period| format!(", every {period}"));
    let until = if cycle.polls == 1 { String::new() } else { format!(", until {}", cycle.last.clock(0)) };
    format!("polling-like: {} {} {times}{rhythm}{until}", printable(&cycle.method), words::node(&cycle.node))
}

fn outcome(cycle: &PollCycle) -> String {
    let counts = [
        (cycle.empty, "empty"),
        (cycle.carrying, "with something"),
        (cycle.errors - cycle.not_visible, "failed"),
        (cycle.not_visible, "not visible"),
    ];
    let parts: Vec<String> = counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    parts.join(", ")
}
