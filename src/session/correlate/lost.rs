//! Messages that the server accepted, and that no later poll of the recipient brought although one was answered before the log-off.

use super::Correlator;
use super::handed::{Words, key, sent_to};
use super::messages::is_chat;
use crate::base::time::Timestamp;
use crate::rvp::principal::Principal;
use crate::session::model::{ChatMessage, Delivery, SessionId, Subscription};
use crate::session::polling::MessageFate;
use crate::session::polling::collect::{Collection, GroupId, LogOff, Poll};
use crate::session::polling::cycles::{self, Found, Poller};
use crate::session::polling::handover::Later;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The polls of each poller: when they began, whether what they brought is known, and what they belong to.
type Polls<T> = BTreeMap<Principal, Vec<(Timestamp, Option<bool>, T)>>;

/// The pollers, and the Subscription-Ids with which they poll.
type Polled = BTreeSet<(Principal, Arc<str>)>;

impl Correlator {
    /// At the end: those of all messages but `reached`.
    pub(super) fn settle_lost(
        &self,
        found: &mut [Found],
        sent: &BTreeMap<Words, Vec<(usize, usize)>>,
        reached: &BTreeSet<(usize, usize)>,
        collection: &Collection,
    ) {
        let (mut polls, mut ids) = (Polls::new(), Polled::new());
        for (place, one) in found.iter().enumerate() {
            let Some(poller) = one.poller.principal() else { continue };
            polls.entry(poller.clone()).or_default().extend(one.polls.iter().map(|poll| asked(poll, place)));
            ids.extend(one.cycle.subscription.clone().map(|subscription| (poller.clone(), subscription)));
        }
        let log_offs = self.log_offs(&ids, &collection.log_offs);
        for (fate, place) in self.lost(polls, sent, reached, log_offs) {
            if let Some(found) = found.get_mut(place) {
                found.tally.lose(fate);
            }
        }
    }

    /// Before the end: those of the messages that were sent `until` then, by the polls that are known so far. Whether these are polls is told
    /// with their cycle.
    pub(super) fn settle_lost_until(&mut self, until: Timestamp) {
        let (mut polls, mut ids) = (Polls::new(), Polled::new());
        for group in self.polling.groups.iter().filter(|group| !group.reused || group.is_certain()) {
            let Some(Poller::Is(poller)) = cycles::poller(group, self.sessions()) else { continue };
            ids.extend(group.subscription.clone().map(|subscription| (poller.clone(), subscription)));
            polls.entry(poller).or_default().extend(group.polls.iter().map(|poll| asked(poll, group.id)));
        }
        let mut sent = sent_to(&polls.keys().cloned().collect(), &self.model.sessions);
        for places in sent.values_mut() {
            places.retain(|place| self.message(*place).is_some_and(|message| message.at <= until));
        }
        let log_offs = self.log_offs(&ids, &self.polling.log_offs);
        let lost: Vec<(MessageFate, GroupId)> = self.lost(polls, &sent, &BTreeSet::new(), log_offs);
        for (fate, group) in lost {
            if let Some(tally) = self.polling.tally(group) {
                tally.lose(fate);
            }
        }
    }

    /// Which messages are lost, in the order of time at each poller, and what the poll belongs to that must have brought it.
    fn lost<T: Copy>(
        &self,
        polls: Polls<T>,
        sent: &BTreeMap<Words, Vec<(usize, usize)>>,
        reached: &BTreeSet<(usize, usize)>,
        mut log_offs: BTreeMap<Principal, Vec<Timestamp>>,
    ) -> Vec<(MessageFate, T)> {
        let mut of_poller: BTreeMap<Option<&Principal>, Vec<(usize, usize)>> = BTreeMap::new();
        for ((_, to, _), places) in sent {
            of_poller.entry(to.as_ref()).or_default().extend(places);
        }
        let mut all = Vec::new();
        for (poller, mut polls) in polls {
            let Some(places) = of_poller.get(&Some(&poller)) else { continue };
            polls.sort_by_key(|(at, ..)| *at);
            let later = Later::new(&polls.iter().map(|(at, read, _)| (*at, *read)).collect::<Vec<_>>());
            let log_offs = log_offs.remove(&poller).unwrap_or_default();
            let mut lost: Vec<(&ChatMessage, T)> = places
                .iter()
                .filter(|place| !reached.contains(*place))
                .filter_map(|place| self.message(*place))
                .filter(|message| is_chat(message.kind) && !matches!(message.delivery, Delivery::Delivered | Delivery::HandledLate))
                .filter(|message| message.accepted_status.is_some_and(|status| (200..300).contains(&status)))
                .filter_map(|message| {
                    let answered = message.answered?;
                    let until = log_offs.get(log_offs.partition_point(|at| *at <= answered)).copied();
                    let poll = later.must_have_brought(answered, until.unwrap_or(Timestamp::MAX))?;
                    Some((message, polls.get(poll)?.2))
                })
                .collect();
            lost.sort_by_key(|(message, _)| message.at);
            let fate = |message: &ChatMessage| MessageFate { at: message.at, times: 0, origin: message.origin.unpack() };
            all.extend(lost.into_iter().map(|(message, of)| (fate(message), of)));
        }
        all
    }

    fn message(&self, (session, place): (usize, usize)) -> Option<&ChatMessage> {
        self.model.sessions.get(session)?.messages.get(place)
    }

    /// When each poller logged off: it ended a subscription that it polls with, or its log-on. Sorted.
    fn log_offs(&self, ids: &Polled, all: &[LogOff]) -> BTreeMap<Principal, Vec<Timestamp>> {
        let of_log_on = |one: &&Subscription| one.is_log_on();
        let mut log_ons: BTreeSet<(SessionId, &str)> = BTreeSet::new();
        for session in &self.model.sessions {
            log_ons.extend(session.subscriptions.iter().filter(of_log_on).map(|one| (session.id, &*one.id)));
        }
        let mut times: BTreeMap<Principal, Vec<Timestamp>> = BTreeMap::new();
        for (session, id, at) in all {
            let Some(who) = self.get(*session).and_then(|session| key(session.principal.as_ref())) else { continue };
            if log_ons.contains(&(*session, &**id)) || ids.contains(&(who.clone(), Arc::clone(id))) {
                times.entry(who).or_default().push(*at);
            }
        }
        for list in times.values_mut() {
            list.sort_unstable();
        }
        times
    }
}

/// A poll as [`Later`] wants it.
fn asked<T>(poll: &Poll, of: T) -> (Timestamp, Option<bool>, T) {
    let success = poll.status.is_some_and(|status| (200..300).contains(&status));
    let unclear = !poll.visible || (success && !poll.clear);
    (poll.at, if unclear { None } else { Some(success) }, of)
}
