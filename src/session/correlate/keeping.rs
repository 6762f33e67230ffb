//! What is kept of sessions, and what is handed on before the capture's end so that memory does not grow with its length.
//!
//! Each sort of thing has a ceiling over all sessions. Beyond it the older half is settled by what is known then, and handed on as parts of
//! sessions. So each thing is looked at a few times only, however long the capture is.

use super::Correlator;
use super::messages::is_chat;
use crate::base::few::Few;
use crate::base::limits::Limits;
use crate::base::note::{Note, NoteKind};
use crate::base::origin::Origin;
use crate::base::time::Timestamp;
use crate::session::callback::CallbackAttempt;
use crate::session::model::{ChatMessage, Delivery, PresenceChange, Session, Subscription, SubscriptionEnd};
use crate::session::past::Remembered;
use std::sync::Arc;

/// How much is kept of all sessions together.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) callbacks: usize,
    /// Those of sessions, and those that wait to be joined to them.
    pub(super) messages: usize,
    pub(super) subscriptions: usize,
    pub(super) presence: usize,
    /// Failed callbacks that are remembered one by one after they were handed on.
    failed: usize,
    /// What was handed on, and waits to be taken.
    pub(super) parts: Vec<Session>,
}

impl Correlator {
    /// Hands on what is oldest where more is kept than the limits allow.
    pub(super) fn make_room(&mut self) {
        if self.kept.callbacks > self.limits.kept_callbacks {
            self.hand_on_callbacks();
        }
        if self.kept.messages > self.limits.kept_messages {
            self.hand_on_messages();
        }
        if self.too_many_polls() {
            self.hand_on_polls();
        }
        if self.kept.subscriptions > self.limits.kept_subscriptions {
            self.hand_on_subscriptions();
        }
        if self.kept.presence > self.limits.kept_presence {
            self.hand_on_presence();
        }
    }

    /// The lists of each session in the order of time.
    pub(super) fn sort_by_time(&mut self) {
        for session in &mut self.model.sessions {
            session.messages.sort_by_key(|message| message.at);
            session.callbacks.sort_by_key(|callback| callback.at);
        }
    }

    fn hand_on_callbacks(&mut self) {
        let until = middle(self.model.sessions.iter().flat_map(|session| &session.callbacks).map(|callback| callback.at).collect());
        let (mut failed, most) = (self.kept.failed, self.limits.kept_failed);
        let mut only_counted = Vec::new();
        self.kept.callbacks -= self.hand_on(|session| {
            let mut callbacks = session.callbacks.split(|callback| callback.at <= until);
            callbacks.sort_by_key(|callback| callback.at);
            for callback in &callbacks {
                match session.past.get_or_insert_default().add(callback, failed < most) {
                    Remembered::Sum => {}
                    Remembered::Whole => failed += 1,
                    Remembered::Count => only_counted.push(callback.origin.clone()),
                }
            }
            Taken { callbacks, ..Taken::default() }
        });
        self.kept.failed = failed;
        for origin in only_counted {
            self.model.notes.count(NoteKind::ModelCeiling, || origin.unpack());
        }
    }

    fn hand_on_messages(&mut self) {
        let sent = self.model.sessions.iter().flat_map(|session| &session.messages).map(|message| message.at);
        let relayed = self.relayed.iter().map(|(_, message)| message.at);
        let brought = self.carried.iter().map(|carried| carried.at).chain(self.polling.handed.iter().map(|handed| handed.at));
        let until = middle(sent.chain(relayed).chain(brought).collect());
        self.hand_on_messages_until(until);
        if self.kept.messages > self.limits.kept_messages / 4 * 3 {
            self.hand_on_messages_until(Timestamp::MAX);
        }
    }

    fn hand_on_messages_until(&mut self, until: Timestamp) {
        self.settle_messages(until);
        self.settle_handed_until(until);
        self.settle_lost_until(until);
        let mut open = Vec::new();
        self.hand_on(|session| {
            let mut messages = session.messages.split(|message| message.at <= until);
            messages.sort_by_key(|message| message.at);
            open.extend(messages.iter().filter(|message| is_open(message)).map(|message| (message.at, message.origin.clone())));
            Taken { messages, ..Taken::default() }
        });
        open.sort_by_key(|(at, origin)| (*at, origin.first()));
        for (_, origin) in open {
            self.model.notes.count(NoteKind::SettledEarly, || origin.unpack());
        }
        let left: usize = self.model.sessions.iter().map(|session| session.messages.len()).sum();
        self.kept.messages = left + self.carried.len() + self.relayed.len() + self.polling.handed.len();
    }

    fn too_many_polls(&self) -> bool {
        let Limits { polls, poll_groups, .. } = self.limits;
        self.polling.len() > polls || self.polling.groups.len() > poll_groups || self.polling.log_offs.len() > poll_groups
    }

    fn hand_on_polls(&mut self) {
        if self.polling.forget_idle(self.limits.poll_groups / 2) && !self.too_many_polls() {
            return;
        }
        // Not many at once: what is told of a cycle takes several times the memory of its polls.
        let until = earliest(8, self.polling.groups.iter().flat_map(|group| &group.polls).map(|poll| poll.at).collect());
        // What their answers brought is joined to its senders first.
        self.hand_on_messages_until(until);
        self.hand_on_polls_until(until);
        let many = |kept: usize, ceiling: usize| kept > ceiling - ceiling / 16;
        if many(self.polling.len(), self.limits.polls) || many(self.polling.groups.len(), self.limits.poll_groups) {
            self.hand_on_messages_until(Timestamp::MAX);
            self.hand_on_polls_until(Timestamp::MAX);
            self.model.notes.count(NoteKind::ModelCeiling, Origin::default);
        }
    }

    fn hand_on_subscriptions(&mut self) {
        let ended = |end: SubscriptionEnd| end == SubscriptionEnd::Unsubscribed;
        let all = || self.model.sessions.iter().flat_map(|session| &session.subscriptions);
        let live: Vec<Timestamp> = all().filter(|one| !ended(one.end)).map(|one| one.granted_at.unwrap_or(one.at)).collect();
        let too_many = live.len() > self.limits.kept_subscriptions / 2;
        let until = if too_many { middle(live) } else { Timestamp::MIN };
        if too_many && let Some(first) = all().find(|one| !ended(one.end)) {
            let origin = first.origin.unpack();
            self.model.notes.add(Note::new(NoteKind::ModelCeiling, origin));
        }
        let goes = |one: &Subscription| ended(one.end) || one.granted_at.unwrap_or(one.at) <= until;
        let places: Vec<Places> = self.model.sessions.iter().map(|session| left_places(&session.subscriptions, goes)).collect();
        self.kept.subscriptions -= self.hand_on(|session| {
            let mut subscriptions = session.subscriptions.split(goes);
            for one in subscriptions.iter_mut().filter(|one| one.granted_at.is_none() && !ended(one.end)) {
                one.end = SubscriptionEnd::Unknown;
            }
            Taken { subscriptions, ..Taken::default() }
        });
        self.places_moved(&places);
    }

    fn hand_on_presence(&mut self) {
        let earlier = |session: &Session| session.presence.iter().rev().skip(1).map(|change| change.at).collect::<Vec<_>>();
        let until = middle(self.model.sessions.iter().flat_map(earlier).collect());
        // The last one stays: what is set again is no change.
        self.kept.presence -= self.hand_on(|session| {
            let last = session.presence.pop();
            let presence = session.presence.split(|change| change.at <= until);
            session.presence.extend(last);
            Taken { presence, ..Taken::default() }
        });
    }

    /// Hands on what `take` takes out of each session. Gives how much that was.
    fn hand_on(&mut self, mut take: impl FnMut(&mut Session) -> Taken) -> usize {
        let mut handed = 0;
        for session in &mut self.model.sessions {
            let Taken { callbacks, messages, subscriptions, presence } = take(session);
            let taken = callbacks.len() + messages.len() + subscriptions.len() + presence.len();
            if taken > 0 {
                self.kept.parts.push(Session { subscriptions, callbacks, presence, messages, ..session.part() });
            }
            handed += taken;
        }
        handed
    }
}

/// What was taken out of a session's lists.
#[derive(Default)]
struct Taken {
    callbacks: Few<Arc<CallbackAttempt>>,
    messages: Few<ChatMessage>,
    subscriptions: Few<Subscription>,
    presence: Few<PresenceChange>,
}

/// Where each thing of a list comes to stand; `None` for what goes.
pub(super) type Places = Vec<Option<usize>>;

fn left_places<T>(list: &[T], goes: impl Fn(&T) -> bool) -> Places {
    let mut stay = 0..;
    list.iter().map(|one| if goes(one) { None } else { stay.next() }).collect()
}

/// Whether something later may tell that a message arrived or was lost.
fn is_open(message: &ChatMessage) -> bool {
    let refused = message.accepted_status.is_some_and(|status| status >= 300);
    is_chat(message.kind) && message.delivery == Delivery::Unknown && !refused
}

/// The moment by which half of them had come; all of them may have.
fn middle(times: Vec<Timestamp>) -> Timestamp {
    earliest(2, times)
}

/// The moment by which one in so many of them had come; all of them may have.
fn earliest(part: usize, mut times: Vec<Timestamp>) -> Timestamp {
    let first = times.len() / part;
    if first >= times.len() { Timestamp::MIN } else { *times.select_nth_unstable(first).1 }
}
