//! Polls in the timeline, and at the end their cycles: what they brought, joined to who sent it.

use super::messages::messages;
use super::requests::Asked;
use super::{Correlator, NewEvent, detail, words};
use crate::base::origin::{Origin, Packed};
use crate::base::text::printable;
use crate::base::time::Timestamp;

use crate::rvp::method::Method;
use crate::rvp::notification::Notification;
use crate::rvp::operation::{Content, Operation};
use crate::rvp::principal::Principal;
use crate::session::event::{Detail, EventKind, Tone};
use crate::session::fact::{Fact, What};
use crate::session::model::{Session, SessionId};
use crate::session::outline::Outline;
use crate::session::polling::collect::{Brought, Collection, Group, GroupId, Handed};
use crate::session::polling::cycles::{self, Found};
use crate::session::polling::{PollCycle, beats};
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

/// Events that wait until it is known whether they are polls.
#[derive(Debug, Default)]
pub(super) struct HeldEvents {
    by_group: BTreeMap<GroupId, Vec<NewEvent>>,
    told: BTreeSet<GroupId>,
    count: usize,
}

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
        let node = (node, self.directory.people());
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
                Telling::Poll(self.say(|| format!("polls with {} {}", printable(group.method.as_str()), words::target(operation))))
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
        let brought: Vec<Handed> = brought
            .map(|handed| Handed { at: answer.first, group, origin: outline.origin.clone(), hits: outline.hits, ..handed })
            .collect();
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
            hits: 0,
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
        let (mut found, places) = cycles::find(&mut collection, self.sessions());
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
        let (found, places) = cycles::find(&mut collection, self.sessions());
        self.tell_held(&places, &collection);
        self.polling.known = collection.known;
        for one in found {
            let (id, cycle) = self.tell_cycle(one);
            if let Some(session) = self.get(id) {
                let part = Session { polling: vec![cycle].into(), ..session.part() };
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
            detail: if self.silent { Detail::default() } else { detail::of_cycle(&one.cycle) },
            origin: Packed::from(&ends(&one)),
        });
        let what = What::Cycle(Box::new(one.cycle.clone()));
        self.facts.push(Fact { at: one.cycle.first, session: Some(one.session), what, origin: Packed::default() });
        (one.session, one.cycle)
    }

    /// Tells the held requests of these groups that are no polls.
    fn tell_held(&mut self, places: &BTreeMap<GroupId, usize>, collection: &Collection) {
        let held = &mut self.held_events;
        let mut others = Vec::new();
        for Group { id: group, .. } in &collection.groups {
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
            detail: asked.detail,
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

/// The packets of a cycle's first and last poll: those of all are told with the cycle.
fn ends(found: &Found) -> Origin {
    let mut origin = Origin::default();
    for poll in found.polls.first().into_iter().chain(found.polls.last()) {
        origin.unite(&poll.origin);
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
