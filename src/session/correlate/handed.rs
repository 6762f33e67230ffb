//! What polls brought, joined to who sent it.

use super::Correlator;
use super::messages::is_chat;
use crate::base::time::Timestamp;
use crate::rvp::principal::Principal;
use crate::session::callback::Outcome;
use crate::session::model::{ChatMessage, Delivery, Session, SessionId};
use crate::session::polling::collect::{Collection, GroupId, Handed, Tally};
use crate::session::polling::cycles::Found;
use crate::session::polling::handover::{self, Sent};
use crate::session::polling::{MessageFate, Wait};
use std::collections::{BTreeMap, BTreeSet};

/// Of so many hand-overs of one message the packets are cited.
const TWICE: usize = 4;

/// What makes messages equal: fingerprint, recipient and sender, both as logical principals.
pub(super) type Words = (u64, Option<Principal>, Option<Principal>);

impl Correlator {
    /// At the end: what each poller was brought.
    pub(super) fn settle_handed(&mut self, found: &mut [Found], places: &BTreeMap<GroupId, usize>, collection: &Collection) {
        let pollers: BTreeSet<Principal> = found.iter().filter_map(|one| one.poller.principal().cloned()).collect();
        let sent = sent_to(&pollers, &self.model.sessions);
        // What was handed to each poller, by words. A poller whose address changes is one, two clients of one principal are two.
        let mut handed: BTreeMap<(SessionId, Words), Vec<&Handed>> = BTreeMap::new();
        for one in &collection.handed {
            let cycle = one.group.and_then(|group| found.get(*places.get(&group)?));
            let session = cycle.filter(|cycle| !cycle.several_clients).map_or(one.session, |cycle| cycle.session);
            let to = cycle.and_then(|cycle| cycle.poller.principal().cloned());
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
        let pollers: BTreeSet<Principal> = all.iter().filter_map(|one| to(self, one)).collect();
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
            hits: handed.hits,
        });
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
    origin.unite(&first.origin);
    if !sent.called_back {
        tally.wait(Wait { at: message.at, waited: first.at.since(message.at), origin: origin.clone() });
    }
    let times = brought.len() as u64 + u64::from(sent.called_back);
    if times > 1 {
        for again in brought.iter().take(TWICE) {
            origin.unite(&again.origin);
        }
        tally.double(MessageFate { at: message.at, times, origin });
    }
}

/// The places of the messages that were sent to each of `pollers`: session and place in it, sorted by time.
pub(super) fn sent_to(pollers: &BTreeSet<Principal>, sessions: &[Session]) -> BTreeMap<Words, Vec<(usize, usize)>> {
    let mut sent: BTreeMap<Words, Vec<(Timestamp, usize, usize)>> = BTreeMap::new();
    let all = sessions.iter().filter(|_| !pollers.is_empty()).enumerate();
    for (index, session) in all {
        for (place, message) in session.messages.iter().enumerate() {
            let Some(to) = key(message.to.as_ref()).filter(|to| pollers.contains(to)) else { continue };
            // What a callback brought and nobody was seen to send stands in its recipient's session.
            let only_brought = message.accepted_status.is_none() && message.answered.is_none();
            if only_brought && key(session.principal.as_ref()).as_ref() == Some(&to) {
                continue;
            }
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
    session.past().delivered.is_some() || session.callbacks.iter().any(|callback| callback.outcome == Outcome::Delivered)
}

/// The logical principal.
pub(super) fn key(principal: Option<&Principal>) -> Option<Principal> {
    principal.map(|principal| principal.logical().clone())
}
