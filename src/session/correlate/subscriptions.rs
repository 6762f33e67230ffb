//! Subscriptions from their grant to their end: log-ons and watches, renewed, cancelled or run out.

use super::keeping::Places;
use super::requests::Asked;
use super::{Correlator, NewEvent, words};
use crate::base::address::Endpoint;
use crate::base::hashed::fingerprint;
use crate::base::text::shortened;
use crate::base::time::Timestamp;
use crate::rvp::operation::Operation;
use crate::rvp::subscription::NotificationType;
use crate::session::event::{Detail, EventKind, Tone};
use crate::session::model::{SessionId, Subscription, SubscriptionEnd};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// The address that stands before all others in their order.
const FIRST_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The places of subscriptions in their sessions, by a fingerprint of the id, the server's address and the session.
pub(super) type Holders = BTreeMap<(u64, IpAddr, SessionId), usize>;

impl Correlator {
    pub(super) fn subscribe(&mut self, mut asked: Asked, operation: &Operation) {
        if let Some(id) = &operation.subscription_id {
            self.renew(asked, operation, id);
            return;
        }
        let call_back = operation.call_back.as_ref();
        if asked.success {
            self.announce(asked.session, operation, asked.client.ip);
            if let Some(id) = &operation.granted_id {
                let subscription = Subscription {
                    id: id.clone(),
                    kind: operation.notification_type.clone(),
                    node: self.shared(&operation.node),
                    call_back: call_back.map(|call_back| Arc::clone(&call_back.raw)),
                    at: asked.first,
                    requested_s: operation.requested_s,
                    granted_s: operation.granted_s,
                    granted_at: asked.answered,
                    renewals: 0,
                    end: SubscriptionEnd::Live,
                    origin: asked.origin.clone(),
                };
                asked.outcome = self.say(|| {
                    let lifetime = operation.granted_s.map_or_else(|| "without end".to_owned(), |seconds| format!("for {seconds} s"));
                    format!("{}, {} {lifetime}", asked.outcome, shortened(id, 40))
                });
                self.hold(asked.session, asked.server.ip, subscription);
            }
        }
        let (event, summary) = if is_log_on(operation) {
            let place = || match call_back {
                Some(call_back) => format!("notifications to {}", shortened(&call_back.raw, 80)),
                None if operation.request_head_complete => "without a Call-Back".to_owned(),
                None => "Call-Back not captured".to_owned(),
            };
            (EventKind::LogOn, self.say(|| format!("logs on, {}", place())))
        } else {
            let watch = operation.notification_type == Some(NotificationType::PropertyChange);
            let verb = if watch { "watches" } else { "subscribes to" };
            (EventKind::Subscribe, self.say(|| format!("{verb} {}", words::target(operation))))
        };
        self.tell(asked, event, summary);
    }

    fn renew(&mut self, mut asked: Asked, operation: &Operation, id: &str) {
        let (session, server, answered, success, at, origin) =
            (asked.session, asked.server.ip, asked.answered, asked.success, asked.first, asked.origin.clone());
        if self.subscription(session, server, id).is_none() && (success || operation.status.is_none()) {
            let renewed = Subscription {
                id: id.into(),
                kind: operation.notification_type.clone(),
                node: self.shared(&operation.node),
                call_back: operation.call_back.as_ref().map(|call_back| Arc::clone(&call_back.raw)),
                at,
                requested_s: operation.requested_s,
                granted_s: None,
                granted_at: None,
                renewals: 0,
                end: SubscriptionEnd::Live,
                origin,
            };
            self.hold(session, server, renewed);
        }
        let silent = self.silent;
        let mut what = self.say(|| format!("subscription {}", shortened(id, 40)));
        if let Some(subscription) = self.subscription(session, server, id) {
            if success {
                subscription.renewals += 1;
                subscription.granted_at = answered.or(subscription.granted_at);
                subscription.granted_s = operation.granted_s.or(subscription.granted_s);
                subscription.requested_s = operation.requested_s.or(subscription.requested_s);
            }
            if !silent {
                what = describe(subscription);
            }
        }
        if let Some(seconds) = operation.granted_s {
            asked.outcome = self.say(|| format!("{}, for {seconds} s", asked.outcome));
        }
        let summary = self.say(|| format!("renews {what}"));
        self.tell(asked, EventKind::Renew, summary);
    }

    pub(super) fn unsubscribe(&mut self, asked: Asked, operation: &Operation) {
        let mut kind = EventKind::Unsubscribe;
        let silent = self.silent;
        let mut summary = self.say(|| match &operation.subscription_id {
            Some(id) => format!("unsubscribes {} from {}", shortened(id, 40), words::target(operation)),
            None => format!("unsubscribes from {}", words::target(operation)),
        });
        if let Some(id) = &operation.subscription_id
            && let Some(subscription) = self.subscription(asked.session, asked.server.ip, id)
        {
            if asked.success {
                subscription.end = SubscriptionEnd::Unsubscribed;
            }
            let log_on = subscription.is_log_on();
            if !silent {
                summary = format!("{} {}", if log_on { "logs off, ends" } else { "ends" }, describe(subscription));
            }
            if log_on {
                kind = EventKind::LogOff;
            }
        }
        self.tell(asked, kind, summary);
    }

    /// Registers where a SUBSCRIBE wants its notifications, if it names an address and not a principal.
    pub(super) fn announce(&mut self, session: SessionId, operation: &Operation, client: IpAddr) {
        let readable = operation.call_back.as_ref().filter(|call_back| call_back.port != 0);
        let Some(call_back) = readable.filter(|call_back| !call_back.is_principal()) else { return };
        // A host name can't be looked up in a capture; the client itself is who it most likely names.
        let endpoint = call_back.endpoint.unwrap_or(Endpoint::new(client, call_back.port));
        self.listens(endpoint, session, true);
        self.claim_orphans(endpoint);
    }

    /// Keeps a new subscription of `session` at `server`.
    fn hold(&mut self, session: SessionId, server: IpAddr, subscription: Subscription) {
        let key = (fingerprint(&*subscription.id), server, session);
        if let Some(holder) = self.get_mut(session) {
            let place = holder.subscriptions.len();
            holder.subscriptions.push(subscription);
            self.holders.insert(key, place);
            self.kept.subscriptions += 1;
        }
    }

    /// Subscriptions have moved to other places in their sessions, or have gone.
    pub(super) fn places_moved(&mut self, places: &[Places]) {
        self.holders.retain(|(_, _, session), place| {
            let moved = places.get((session.0 as usize).wrapping_sub(1)).and_then(|places| places.get(*place).copied()).flatten();
            *place = moved.unwrap_or_default();
            moved.is_some()
        });
    }

    /// A subscription by its id: the session's own at that server, else anybody's at that server, else the session's own at another address.
    fn subscription(&mut self, session: SessionId, server: IpAddr, id: &str) -> Option<&mut Subscription> {
        let own = self.holders.get(&(fingerprint(id), server, session)).map(|place| (session, *place));
        let (session, place) = own.or_else(|| self.holder(id, server)).or_else(|| {
            let same_id = self.same_id(id).filter(|((_, _, holder), _)| *holder == session);
            same_id.map(|(_, place)| (session, *place)).last()
        })?;
        self.get_mut(session)?.subscriptions.get_mut(place).filter(|subscription| *subscription.id == *id)
    }

    /// Whether `session` holds a subscription with that id, at whatever server.
    pub(super) fn holds(&self, session: SessionId, id: &str) -> bool {
        self.same_id(id).any(|((_, _, holder), _)| *holder == session)
    }

    /// Who holds the subscription with that id at that server, and where in the session.
    pub(super) fn holder(&self, id: &str, server: IpAddr) -> Option<(SessionId, usize)> {
        let id = fingerprint(id);
        let mut from = self.holders.range((id, server, SessionId(0))..=(id, server, SessionId(u32::MAX)));
        from.next().map(|((_, _, session), place)| (*session, *place))
    }

    /// Who holds a subscription with that id, and where in the session.
    fn same_id(&self, id: &str) -> impl Iterator<Item = (&(u64, IpAddr, SessionId), &usize)> {
        let id = fingerprint(id);
        self.holders.range((id, FIRST_ADDRESS, SessionId(0))..).take_while(move |((other, ..), _)| *other == id)
    }

    /// Settles how each subscription ended, and puts the expiries into the timeline.
    pub(super) fn settle_subscriptions(&mut self, end: Timestamp) {
        let mut expired = Vec::new();
        for session in &mut self.model.sessions {
            for (place, subscription) in session.subscriptions.iter_mut().enumerate() {
                subscription.settle(end);
                if subscription.end == SubscriptionEnd::Expired
                    && let Some(at) = subscription.expires()
                {
                    expired.push((at, session.id, place));
                }
            }
        }
        if self.silent {
            return;
        }
        expired.sort_by_key(|(at, session, _)| (*at, *session));
        for (at, session, place) in expired {
            let Some(subscription) = self.get(session).and_then(|session| session.subscriptions.get(place)) else { continue };
            let summary = format!("{} reaches the end of its lifetime", describe(subscription));
            self.emit(NewEvent {
                at,
                kind: EventKind::Expiry,
                session: Some(session),
                tone: Tone::Normal,
                who: self.who(session),
                summary,
                outcome: "expired".to_owned(),
                detail: Detail {
                    node: Some(subscription.node.clone()),
                    subscription: Some(Arc::clone(&subscription.id)),
                    call_back: subscription.call_back.clone(),
                    ..Detail::default()
                },
                origin: subscription.origin.clone(),
            });
        }
    }
}

/// Whether a SUBSCRIBE is a log-on: it asks for `pragma/notify` (draft-osborne-rvp-00, section 5.1).
pub(super) fn is_log_on(operation: &Operation) -> bool {
    operation.subscription_id.is_none() && operation.notification_type == Some(NotificationType::Notify)
}

/// A subscription in words.
fn describe(subscription: &Subscription) -> String {
    let id = shortened(&subscription.id, 40);
    match &subscription.kind {
        Some(NotificationType::Notify) => format!("log-on {id}"),
        Some(NotificationType::PropertyChange) => format!("watch {id} on {}", words::short(&subscription.node)),
        _ => format!("subscription {id} to {}", words::short(&subscription.node)),
    }
}
