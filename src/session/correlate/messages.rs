//! Messages and what became of them: the sender's NOTIFY joined to the callback that carried it.

use super::Correlator;
use super::callbacks::Carried;
use super::delivery::{self, Attempt, Sent};
use super::words::message_kind;
use crate::base::address::Endpoint;
use crate::base::few::Few;
use crate::base::hashed::{self, Map, Set};
use crate::base::note::NoteKind;
use crate::base::origin::{Origin, Packed};
use crate::base::time::Timestamp;
use crate::rvp::mime::PartKind;
use crate::rvp::notification::{Item, Message, Notification};
use crate::rvp::operation::Operation;
use crate::rvp::principal::Principal;
use crate::session::callback::{CallbackAttempt, Outcome, Verdict};
use crate::session::model::{ChatMessage, Delivery, MessageKind, SessionId};
use smallvec::SmallVec;

/// What makes messages equal: the fingerprint and the recipient, in one number.
fn words(fingerprint: u64, to: Option<&Principal>) -> u64 {
    hashed::fingerprint((fingerprint, to.map(Principal::logical)))
}

/// Equal messages: as they were sent, with their session and their place in it, and the places of those that callbacks carried.
#[derive(Default)]
struct Group {
    sent: Few<(Sent, usize, usize)>,
    carried: SmallVec<[usize; 1]>,
}

impl Correlator {
    /// Takes the messages of a client's NOTIFY.
    pub(super) fn sent(
        &mut self,
        session: SessionId,
        times: (Timestamp, Option<Timestamp>),
        evidence: (&Packed, u64),
        request: (&Operation, &Principal),
        notification: &Notification,
    ) {
        for message in messages(notification) {
            self.learn_transfer(session, message);
            let kept = self.chat_message(times, evidence, request, message);
            if let Some(session) = self.get_mut(session) {
                session.messages.push(kept);
                self.kept.messages += 1;
            }
        }
    }

    /// Takes the messages of a NOTIFY from one server to another.
    pub(super) fn relayed(
        &mut self,
        times: (Timestamp, Option<Timestamp>),
        evidence: (&Packed, u64),
        operation: &Operation,
        notification: &Notification,
    ) {
        let node = &operation.node;
        let recipient = self.directory.latest(node);
        for message in messages(notification) {
            let kept = self.chat_message(times, evidence, (operation, node), message);
            self.relayed.push((recipient, kept));
            self.kept.messages += 1;
        }
    }

    /// Takes the messages of a callback.
    pub(super) fn carry(
        &mut self,
        recipient: SessionId,
        attempt: &CallbackAttempt,
        verdict: &Verdict,
        operation: &Operation,
        notification: &Notification,
    ) {
        for message in messages(notification) {
            self.kept.messages += 1;
            self.carried.push(Carried {
                recipient,
                target: attempt.target,
                at: attempt.at,
                from: message.from.as_ref().or(operation.from.as_ref()).map(|from| self.shared(from)),
                to: match message.to.as_slice() {
                    [only] => Some(self.shared(only)),
                    _ => self.get(recipient).and_then(|session| session.principal.clone()),
                },
                kind: message_kind(&message.part.kind),
                conversation: message.part.session_id.clone(),
                fingerprint: message.part.fingerprint,
                origin: attempt.origin.clone(),
                hits: attempt.hits,
                outcome: verdict.outcome,
                handled_late: verdict.late_answer.is_some(),
            });
        }
    }

    /// Joins senders' messages to the callbacks that carried the same words to the same principal. `until` says which of both are settled: those
    /// that began by then. The others are looked at, since the callbacks of those may be among them, and kept.
    pub(super) fn settle_messages(&mut self, until: Timestamp) {
        self.place_relayed(until);
        let mut groups: Vec<Group> = Vec::new();
        let mut places: Map<u64, usize> = Map::default();
        let mut carried = std::mem::take(&mut self.carried);
        carried.sort_by_key(|carried| carried.at);
        for (number, one) in carried.iter().enumerate() {
            let place = *places.entry(words(one.fingerprint, one.to.as_ref())).or_insert(groups.len());
            if place == groups.len() {
                groups.push(Group::default());
            }
            if let Some(group) = groups.get_mut(place) {
                group.carried.push(number);
            }
        }
        for (session, held) in self.model.sessions.iter_mut().enumerate() {
            for (place, message) in held.messages.iter_mut().enumerate() {
                let sent = Sent { at: message.at, answered: message.answered, status: message.accepted_status };
                let group = places.get(&words(message.fingerprint, message.to.as_ref())).and_then(|place| groups.get_mut(*place));
                match group {
                    Some(group) => group.sent.push((sent, session, place)),
                    None if message.at <= until => message.delivery = delivery::without_callback(sent),
                    None => {}
                }
            }
        }
        let mut carried: Vec<Option<Carried>> = carried.into_iter().map(Some).collect();
        let mut alone = Vec::new();
        for mut group in groups {
            group.sent.sort_by_key(|(sent, session, place)| (sent.at, *session, *place));
            let sent: Vec<Sent> = group.sent.iter().map(|(sent, ..)| *sent).collect();
            let attempts: Vec<_> = group
                .carried
                .iter()
                .filter_map(|number| carried.get(*number)?.as_ref())
                .map(|carried| Attempt { at: carried.at, target: carried.target, delivery: came_out(carried) })
                .collect();
            let joined = delivery::join(&sent, &attempts, self.limits.gap_grace);
            for ((one, session, place), delivery) in group.sent.iter().zip(joined.deliveries) {
                if one.at <= until
                    && let Some(message) = self.model.sessions.get_mut(*session).and_then(|session| session.messages.get_mut(*place))
                {
                    message.delivery = delivery;
                }
            }
            let carried = group.carried.into_iter().filter_map(|number| carried.get_mut(number)?.take());
            for (carried, index) in carried.zip(joined.assigned) {
                let at = index.map_or(carried.at, |index| sent.get(index).map_or(carried.at, |sent| sent.at));
                match (at <= until, index) {
                    (true, None) => alone.push(carried),
                    (true, Some(_)) => {}
                    (false, _) => self.carried.push(carried),
                }
            }
        }
        alone.sort_by_key(|carried| (carried.at, carried.recipient));
        for carried in alone {
            let delivery = came_out(&carried);
            let Some(session) = self.get_mut(carried.recipient) else { continue };
            session.messages.push(ChatMessage {
                at: carried.at,
                from: carried.from,
                to: carried.to,
                kind: carried.kind,
                accepted_status: None,
                delivery,
                conversation: carried.conversation,
                fingerprint: carried.fingerprint,
                answered: None,
                origin: carried.origin,
                hits: carried.hits,
            });
        }
    }

    /// Messages from another server belong to their recipient's session, unless the sender's own request is in the capture as well.
    fn place_relayed(&mut self, until: Timestamp) {
        if self.relayed.is_empty() {
            return;
        }
        let sent: Set<u64> = self.model.sessions.iter().flat_map(|session| &session.messages).map(|message| message.fingerprint).collect();
        for (recipient, message) in std::mem::take(&mut self.relayed) {
            if message.at > until {
                self.relayed.push((recipient, message));
            } else if !sent.contains(&message.fingerprint)
                && let Some(session) = recipient.and_then(|id| self.get_mut(id))
            {
                session.messages.push(message);
            }
        }
    }

    fn chat_message(
        &self,
        (at, answered): (Timestamp, Option<Timestamp>),
        (origin, hits): (&Packed, u64),
        (operation, node): (&Operation, &Principal),
        message: &Message,
    ) -> ChatMessage {
        ChatMessage {
            at,
            from: message.from.as_ref().or(operation.from.as_ref()).map(|from| self.shared(from)),
            to: Some(self.shared(node)),
            kind: message_kind(&message.part.kind),
            accepted_status: operation.status,
            delivery: Delivery::Unknown,
            conversation: message.part.session_id.clone(),
            fingerprint: message.part.fingerprint,
            answered,
            origin: origin.clone(),
            hits,
        }
    }

    /// An invitation that names an address announces a direct connection to it.
    fn learn_transfer(&mut self, session: SessionId, message: &Message) {
        let PartKind::Invite(invite) = &message.part.kind else { return };
        let Some(Ok(ip)) = invite.ip_address.as_deref().map(|address| address.trim().parse()) else { return };
        for port in [invite.port, invite.port_x].into_iter().flatten() {
            if self.transfers.len() < self.limits.transfers {
                self.transfers.insert(Endpoint::new(ip, port), session);
            } else {
                self.model.notes.count(NoteKind::ModelCeiling, Origin::default);
            }
        }
    }
}

pub(super) fn messages(notification: &Notification) -> impl Iterator<Item = &Message> {
    notification.items.iter().filter_map(|item| match item {
        Item::Message(message) => Some(message),
        Item::PropertyChange(_) | Item::Other(_) => None,
    })
}

/// Whether somebody would miss such a message: not a typing notice, nor the opening or leaving of a conversation.
pub(super) const fn is_chat(kind: MessageKind) -> bool {
    matches!(kind, MessageKind::Text | MessageKind::Invite | MessageKind::Other)
}

fn came_out(carried: &Carried) -> Delivery {
    match carried.outcome {
        Outcome::Delivered => Delivery::Delivered,
        Outcome::Unknown => Delivery::Unknown,
        _ if carried.handled_late => Delivery::HandledLate,
        _ => Delivery::Failed,
    }
}
