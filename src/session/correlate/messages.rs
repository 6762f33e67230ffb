//! Messages and what became of them: the sender's NOTIFY joined to the callback that carried it.

use super::callbacks::Carried;
use super::{Correlator, words};
use crate::base::address::Endpoint;
use crate::base::time::{Span, Timestamp};
use crate::rvp::mime::{Part, PartKind};
use crate::rvp::notification::{Item, Message, Notification};
use crate::rvp::operation::Operation;
use crate::rvp::principal::Principal;
use crate::session::callback::{Outcome, Verdict};
use crate::session::model::{ChatMessage, Delivery, SessionId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

impl Correlator {
    /// Takes the messages of a client's NOTIFY.
    pub(super) fn sent(&mut self, session: SessionId, at: Timestamp, operation: &Operation, notification: &Notification) {
        for message in messages(notification) {
            self.learn_transfer(session, message);
            if let Some(session) = self.get_mut(session) {
                session.messages.push(chat_message(at, operation, message));
            }
        }
    }

    /// Takes the messages of a NOTIFY from one server to another.
    pub(super) fn relayed(&mut self, at: Timestamp, operation: &Operation, notification: &Notification) {
        let recipient = self.by_principal.get(Principal::new(&operation.node).logical().key()).copied();
        for message in messages(notification) {
            self.relayed.push((recipient, chat_message(at, operation, message)));
        }
    }

    /// Takes the messages of a callback.
    pub(super) fn carry(
        &mut self,
        recipient: SessionId,
        at: Timestamp,
        verdict: &Verdict,
        operation: &Operation,
        notification: &Notification,
    ) {
        for message in messages(notification) {
            self.carried.push(Carried {
                recipient,
                at,
                from: message.from.as_ref().map(|contact| contact.href.clone()).or_else(|| operation.from.clone()),
                to: match message.to.as_slice() {
                    [only] => Some(only.href.clone()),
                    _ => self.get(recipient).and_then(|session| session.principal.clone()),
                },
                kind: words::message_kind(&message.part.kind),
                conversation: message.part.session_id.clone(),
                fingerprint: fingerprint(&message.part),
                outcome: verdict.outcome,
                handled_late: verdict.late_answer.is_some(),
            });
        }
    }

    /// Joins senders' messages to the callbacks that carried them. A callback begins after the sender's request (or a
    /// moment before, since captures reorder a little) and carries the same message to the same principal; each callback serves one message.
    pub(super) fn settle_messages(&mut self) {
        let mut waiting: BTreeMap<(u64, Option<String>), VecDeque<Carried>> = BTreeMap::new();
        let mut carried = std::mem::take(&mut self.carried);
        carried.sort_by_key(|carried| carried.at);
        for one in carried {
            let key = (one.fingerprint, one.to.as_ref().map(|to| to.logical().key().to_owned()));
            waiting.entry(key).or_default().push_back(one);
        }
        self.place_relayed();
        let early = Span::from_nanos(-self.limits.gap_grace.nanos());
        for session in &mut self.model.sessions {
            for message in &mut session.messages {
                let key = (message.fingerprint, message.to.as_ref().map(|to| to.logical().key().to_owned()));
                let queue = waiting.get_mut(&key);
                let found = queue.and_then(|queue| {
                    let position = queue.iter().position(|carried| carried.at >= message.at.after(early))?;
                    queue.remove(position)
                });
                message.delivery = match (found, message.accepted_status) {
                    (Some(carried), _) => delivery(&carried),
                    (None, Some(400..)) => Delivery::Failed,
                    (None, _) => Delivery::Unknown,
                };
            }
        }
        let mut alone: Vec<Carried> = waiting.into_values().flatten().collect();
        alone.sort_by_key(|carried| (carried.at, carried.recipient));
        for carried in alone {
            let delivery = delivery(&carried);
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
            });
        }
        for session in &mut self.model.sessions {
            session.messages.sort_by_key(|message| message.at);
            session.callbacks.sort_by_key(|callback| callback.at);
        }
    }

    /// Messages from another server belong to their recipient's session, unless the sender's own request is in the capture as well.
    fn place_relayed(&mut self) {
        let sent: BTreeSet<u64> =
            self.model.sessions.iter().flat_map(|session| &session.messages).map(|message| message.fingerprint).collect();
        for (recipient, message) in std::mem::take(&mut self.relayed) {
            if !sent.contains(&message.fingerprint)
                && let Some(session) = recipient.and_then(|id| self.get_mut(id))
            {
                session.messages.push(message);
            }
        }
    }

    /// An invitation that names an address announces a direct connection to it.
    fn learn_transfer(&mut self, session: SessionId, message: &Message) {
        const MAX_TRANSFERS: usize = 10_000;
        let PartKind::Invite(invite) = &message.part.kind else { return };
        let Some(Ok(ip)) = invite.ip_address.as_deref().map(|address| address.trim().parse()) else { return };
        for port in [invite.port, invite.port_x].into_iter().flatten() {
            if self.transfers.len() < MAX_TRANSFERS {
                self.transfers.insert(Endpoint::new(ip, port), session);
            }
        }
    }
}

fn messages(notification: &Notification) -> impl Iterator<Item = &Message> {
    notification.items.iter().filter_map(|item| match item {
        Item::Message(message) => Some(message.as_ref()),
        Item::PropertyChange(_) | Item::Other(_) => None,
    })
}

fn chat_message(at: Timestamp, operation: &Operation, message: &Message) -> ChatMessage {
    ChatMessage {
        at,
        from: message.from.as_ref().map(|contact| contact.href.clone()).or_else(|| operation.from.clone()),
        to: Some(Principal::new(&operation.node)),
        kind: words::message_kind(&message.part.kind),
        accepted_status: operation.status,
        delivery: Delivery::Unknown,
        conversation: message.part.session_id.clone(),
        fingerprint: fingerprint(&message.part),
    }
}

fn delivery(carried: &Carried) -> Delivery {
    match carried.outcome {
        Outcome::Delivered => Delivery::Delivered,
        Outcome::Unknown => Delivery::Unknown,
        _ if carried.handled_late => Delivery::HandledLate,
        _ => Delivery::Failed,
    }
}

/// A number that is the same for the same message on its way in and on its way out. It never leaves the program.
fn fingerprint(part: &Part) -> u64 {
    let mut hasher = DefaultHasher::new();
    words::message_kind(&part.kind).hash(&mut hasher);
    part.session_id.hash(&mut hasher);
    part.text.hash(&mut hasher);
    if let PartKind::Invite(invite) = &part.kind {
        (&invite.command, &invite.cookie, invite.port).hash(&mut hasher);
    }
    hasher.finish()
}
