//! What clients ask their server: log-on, watches, presence, messages, log-off.

use super::challenges::{Challenged, scheme};
use super::{Correlator, NewEvent, words};
use crate::base::address::Endpoint;
use crate::base::origin::Origin;
use crate::base::text::{printable, shortened};
use crate::base::time::Timestamp;
use crate::http::exchange::Exchange;
use crate::rvp::method::Method;
use crate::rvp::mime::PartKind;
use crate::rvp::notification::Item;
use crate::rvp::operation::{Content, Operation};
use crate::rvp::subscription::NotificationType;
use crate::session::event::{EventKind, Tone};
use crate::session::model::{PresenceChange, ServerRank, SessionId, Subscription, SubscriptionEnd};
use crate::tcp::event::FlowInfo;
use std::net::IpAddr;

/// An answered request, ready for the timeline.
struct Asked {
    session: SessionId,
    first: Timestamp,
    /// When the answer began.
    answered: Option<Timestamp>,
    server: Endpoint,
    client: Endpoint,
    success: bool,
    outcome: String,
    tone: Tone,
    origin: Origin,
}

impl Correlator {
    /// What counts before the answer. Whoever is asked so is a server: a gateway asks the next server before it answers. And a SUBSCRIBE
    /// announces its Call-Back, for a callback may be faster than the answer.
    pub(super) fn request_opened(&mut self, exchange: &Exchange, operation: &Operation, client: Endpoint, server: Endpoint) {
        let Some(request) = &exchange.request else { return };
        if operation.method != Method::Notify {
            self.roles.is_server(server);
        }
        if operation.method == Method::Subscribe && operation.call_back.is_some() {
            let session = self.session(Self::speaker(operation).as_ref(), client.ip, request.first);
            self.announce(session, operation, client.ip);
        }
    }

    pub(super) fn request_ended(&mut self, flow: &FlowInfo, exchange: &Exchange, operation: &Operation) {
        let Some(request) = &exchange.request else { return };
        let client = flow.endpoint(exchange.asker);
        let server = flow.endpoint(exchange.asker.other());
        self.model.totals.request(operation.method.as_str(), operation.status);
        let speaker = Self::speaker(operation);
        let on_flow = self.flows.get(&flow.id).and_then(|memory| memory.session);
        // A request whose head was cut before its principal belongs to whom its connection belongs.
        let session = match (speaker, on_flow) {
            (None, Some(session)) => session,
            (speaker, _) => self.session(speaker.as_ref(), client.ip, request.first),
        };
        self.flows.entry(flow.id).or_default().session = Some(session);
        let last = exchange.response.as_ref().map_or(request.last, |response| response.last);
        self.touch(session, request.first, last);
        self.learn(session, server, operation);
        let mut origin = request.origin.clone();
        if let Some(response) = &exchange.response {
            origin.extend(&response.origin);
        }
        let earlier = self.challenges.take(flow.id, session, operation);
        if operation.status == Some(401) {
            let challenged = Challenged::new(flow.id, session, request.first, origin, operation, earlier);
            if let Some(unfollowed) = self.challenges.put(challenged) {
                self.unfollowed(unfollowed);
            }
            return;
        }
        let (mut outcome, tone) = words::outcome(exchange, operation);
        let mut first = request.first;
        if let Some(earlier) = earlier {
            first = earlier.first;
            origin.extend(&earlier.origin);
            outcome = format!("{outcome}, after {} × 401", earlier.count);
        }
        let asked = Asked {
            session,
            first,
            answered: exchange.response.as_ref().map(|response| response.first),
            server,
            client,
            success: operation.status.is_some_and(|status| (200..300).contains(&status)),
            outcome,
            tone,
            origin,
        };
        match operation.status {
            Some(300..=399) => {
                let target = operation.location.as_deref().map_or_else(|| "nowhere".to_owned(), |location| shortened(location, 100));
                let summary = format!("{} {} is sent to {target}", printable(operation.method.as_str()), words::target(operation));
                self.tell(asked, EventKind::Redirect, summary);
            }
            _ => match operation.method {
                Method::Subscribe => self.subscribe(asked, operation),
                Method::Unsubscribe => self.unsubscribe(asked, operation),
                Method::Proppatch => self.proppatch(asked, operation),
                Method::Notify => self.notify(asked, operation),
                Method::Propfind | Method::Acl | Method::Subscriptions | Method::Other(_) => {
                    let (kind, summary) = question(operation);
                    self.tell(asked, kind, summary);
                }
            },
        }
    }

    /// One server asks another: no client's session, unless the sender's own is in the capture.
    pub(super) fn server_to_server(&mut self, flow: &FlowInfo, exchange: &Exchange, operation: &Operation) {
        let Some(request) = &exchange.request else { return };
        let server = flow.endpoint(exchange.asker.other());
        self.model.totals.request(operation.method.as_str(), operation.status);
        if operation.status.is_some() {
            self.roles.is_server(server);
        }
        let session = operation.from.as_ref().and_then(|from| self.by_principal.get(from.logical().key()).copied());
        let mut origin = request.origin.clone();
        if let Some(response) = &exchange.response {
            origin.extend(&response.origin);
        }
        let carried = match &operation.request {
            Content::Notification(notification) => format!(" with {}", words::carried(operation, notification)),
            _ => String::new(),
        };
        let (outcome, tone) = words::outcome(exchange, operation);
        let from = operation.from.as_ref().map_or_else(String::new, |from| format!(" for {}", words::short(from)));
        self.emit(NewEvent {
            at: request.first,
            kind: EventKind::ServerToServer,
            session,
            tone,
            who: flow.endpoint(exchange.asker).ip.to_string(),
            summary: format!(
                "{} to server {server}{from} about {}{carried}",
                printable(operation.method.as_str()),
                words::target(operation)
            ),
            outcome,
            origin,
        });
    }

    /// Settles how each subscription ended, and puts the expiries into the timeline.
    pub(super) fn settle_subscriptions(&mut self, end: Timestamp) {
        let mut expired = Vec::new();
        for session in &mut self.model.sessions {
            let who = words::who(session);
            for subscription in &mut session.subscriptions {
                subscription.settle(end);
                if subscription.end == SubscriptionEnd::Expired
                    && let Some(at) = subscription.expires()
                {
                    expired.push((at, session.id, who.clone(), describe(subscription), subscription.origin.clone()));
                }
            }
        }
        expired.sort_by_key(|(at, session, ..)| (*at, *session));
        for (at, session, who, what, origin) in expired {
            let summary = format!("{what} reaches the end of its lifetime");
            self.emit(NewEvent {
                at,
                kind: EventKind::Expiry,
                session: Some(session),
                tone: Tone::Normal,
                who,
                summary,
                outcome: "expired".to_owned(),
                origin,
            });
        }
    }

    /// What any request tells about its session.
    fn learn(&mut self, session: SessionId, server: Endpoint, operation: &Operation) {
        if operation.status.is_some() {
            self.roles.is_server(server);
        }
        let rank = match operation.status {
            None | Some(300..=499) => ServerRank::Asked,
            Some(200..=299) if operation.method == Method::Subscribe && is_log_on(operation) => ServerRank::GrantedLogOn,
            Some(_) => ServerRank::Answered,
        };
        let Some(session) = self.get_mut(session) else { return };
        if session.server.is_none() || rank >= session.server_rank {
            session.server = Some(server);
            session.server_rank = rank;
        }
        if operation.user_agent.is_some() {
            session.user_agent.clone_from(&operation.user_agent);
        }
        if let Some(authentication) = &operation.authentication {
            session.authentication = Some(scheme(&authentication.scheme));
            if let Some(user) = &authentication.user {
                session.authenticated_as = Some(match &authentication.domain {
                    Some(domain) if !domain.is_empty() => format!("{domain}\\{user}"),
                    _ => user.clone(),
                });
            }
            if authentication.workstation.is_some() {
                session.workstation.clone_from(&authentication.workstation);
            }
        }
    }

    fn subscribe(&mut self, mut asked: Asked, operation: &Operation) {
        if let Some(id) = &operation.subscription_id {
            self.renew(asked, operation, id);
            return;
        }
        let kind = operation.notification_type.as_ref().map(|kind| kind.as_str().to_owned());
        let call_back = operation.call_back.as_ref();
        if asked.success {
            self.announce(asked.session, operation, asked.client.ip);
            if let Some(id) = &operation.granted_id {
                let subscription = Subscription {
                    id: id.clone(),
                    kind,
                    node: operation.node.clone(),
                    call_back: call_back.map(|call_back| call_back.raw.clone()),
                    at: asked.first,
                    requested_s: operation.requested_s,
                    granted_s: operation.granted_s,
                    granted_at: asked.answered,
                    renewals: 0,
                    end: SubscriptionEnd::Live,
                    origin: asked.origin.clone(),
                };
                self.holders.insert((asked.server.ip, id.clone()), asked.session);
                let lifetime = operation.granted_s.map_or_else(|| "without end".to_owned(), |seconds| format!("for {seconds} s"));
                asked.outcome = format!("{}, {} {lifetime}", asked.outcome, shortened(id, 40));
                if let Some(session) = self.get_mut(asked.session) {
                    session.subscriptions.push(subscription);
                }
            }
        }
        let (event, summary) = if is_log_on(operation) {
            let place = match call_back {
                Some(call_back) => format!("notifications to {}", shortened(&call_back.raw, 80)),
                None if operation.request_head_complete => "without a Call-Back".to_owned(),
                None => "Call-Back not captured".to_owned(),
            };
            (EventKind::LogOn, format!("logs on, {place}"))
        } else {
            let watch = operation.notification_type == Some(NotificationType::PropertyChange);
            (EventKind::Subscribe, format!("{} {}", if watch { "watches" } else { "subscribes to" }, words::target(operation)))
        };
        self.tell(asked, event, summary);
    }

    fn renew(&mut self, mut asked: Asked, operation: &Operation, id: &str) {
        let node = operation.node.clone();
        let (session, server, answered, success, at, origin) =
            (asked.session, asked.server.ip, asked.answered, asked.success, asked.first, asked.origin.clone());
        if self.subscription(session, server, id).is_none() && (success || operation.status.is_none()) {
            let renewed = Subscription {
                id: id.to_owned(),
                kind: operation.notification_type.as_ref().map(|kind| kind.as_str().to_owned()),
                node,
                call_back: operation.call_back.as_ref().map(|call_back| call_back.raw.clone()),
                at,
                requested_s: operation.requested_s,
                granted_s: None,
                granted_at: None,
                renewals: 0,
                end: SubscriptionEnd::Live,
                origin,
            };
            self.holders.insert((server, id.to_owned()), session);
            if let Some(session) = self.get_mut(session) {
                session.subscriptions.push(renewed);
            }
        }
        let mut what = format!("subscription {}", shortened(id, 40));
        if let Some(subscription) = self.subscription(session, server, id) {
            if success {
                subscription.renewals += 1;
                subscription.granted_at = answered.or(subscription.granted_at);
                subscription.granted_s = operation.granted_s.or(subscription.granted_s);
                subscription.requested_s = operation.requested_s.or(subscription.requested_s);
            }
            what = describe(subscription);
        }
        if let Some(seconds) = operation.granted_s {
            asked.outcome = format!("{}, for {seconds} s", asked.outcome);
        }
        self.tell(asked, EventKind::Renew, format!("renews {what}"));
    }

    fn unsubscribe(&mut self, asked: Asked, operation: &Operation) {
        let mut kind = EventKind::Unsubscribe;
        let mut summary = match &operation.subscription_id {
            Some(id) => format!("unsubscribes {} from {}", shortened(id, 40), words::target(operation)),
            None => format!("unsubscribes from {}", words::target(operation)),
        };
        if let Some(id) = &operation.subscription_id
            && let Some(subscription) = self.subscription(asked.session, asked.server.ip, id)
        {
            if asked.success {
                subscription.end = SubscriptionEnd::Unsubscribed;
            }
            let log_on = subscription.kind.as_deref() == Some(NotificationType::Notify.as_str());
            summary =
                if log_on { format!("logs off, ends {}", describe(subscription)) } else { format!("ends {}", describe(subscription)) };
            if log_on {
                kind = EventKind::LogOff;
            }
        }
        self.tell(asked, kind, summary);
    }

    fn proppatch(&mut self, asked: Asked, operation: &Operation) {
        let Content::PropertyUpdate(properties) = &operation.request else {
            let summary = format!("changes properties of {}", words::target(operation));
            self.tell(asked, EventKind::Request, summary);
            return;
        };
        let Some(presence) = &properties.state else {
            let summary = format!("changes properties of {}", words::target(operation));
            self.tell(asked, EventKind::Request, summary);
            return;
        };
        let state = presence.state.as_str().to_owned();
        let lease = presence.lease_s.map_or_else(String::new, |seconds| format!(" for {seconds} s"));
        let mut verb = "sets presence";
        if asked.success
            && !refused_inside(operation)
            && let Some(session) = self.get_mut(asked.session)
        {
            if session.presence.last().is_some_and(|last| last.state == state) {
                verb = "refreshes presence";
            } else {
                session.presence.push(PresenceChange { at: asked.first, state: state.clone() });
            }
        }
        self.tell(asked, EventKind::Presence, format!("{verb} {}{lease}", printable(&state)));
    }

    fn notify(&mut self, asked: Asked, operation: &Operation) {
        let Content::Notification(notification) = &operation.request else {
            let summary = format!("sends {} something that could not be read", words::target(operation));
            self.tell(asked, EventKind::Message, summary);
            return;
        };
        let typing =
            matches!(notification.items.as_slice(), [Item::Message(message)] if matches!(message.part.kind, PartKind::Typing { .. }));
        self.sent(asked.session, asked.first, asked.answered, operation, notification);
        let summary = format!("to {}: {}", words::target(operation), words::carried(operation, notification));
        self.tell(asked, if typing { EventKind::Typing } else { EventKind::Message }, summary);
    }

    /// Registers where a SUBSCRIBE wants its notifications, if it names an address and not a principal.
    fn announce(&mut self, session: SessionId, operation: &Operation, client: IpAddr) {
        let Some(call_back) = operation.call_back.as_ref().filter(|call_back| !call_back.is_principal()) else { return };
        // A host name can't be looked up in a capture; the client itself is who it most likely names.
        let endpoint = call_back.endpoint.unwrap_or(Endpoint::new(client, call_back.port));
        self.listens(endpoint, session, true);
        self.claim_orphans(endpoint);
    }

    /// A subscription by its id: the session's own, else one at that server.
    fn subscription(&mut self, session: SessionId, server: IpAddr, id: &str) -> Option<&mut Subscription> {
        let own = self.get(session).is_some_and(|session| session.subscriptions.iter().any(|subscription| subscription.id == id));
        let holder = if own { session } else { *self.holders.get(&(server, id.to_owned()))? };
        self.get_mut(holder)?.subscriptions.iter_mut().rev().find(|subscription| subscription.id == id)
    }

    fn tell(&mut self, asked: Asked, kind: EventKind, summary: String) {
        let who = self.get(asked.session).map(words::who).unwrap_or_default();
        self.emit(NewEvent {
            at: asked.first,
            kind,
            session: Some(asked.session),
            tone: asked.tone,
            who,
            summary,
            outcome: asked.outcome,
            origin: asked.origin,
        });
    }
}

/// Whether a SUBSCRIBE is a log-on: it asks for `pragma/notify` (draft-osborne-rvp-00, section 5.1).
fn is_log_on(operation: &Operation) -> bool {
    operation.subscription_id.is_none() && operation.notification_type == Some(NotificationType::Notify)
}

/// A subscription in words.
fn describe(subscription: &Subscription) -> String {
    let id = shortened(&subscription.id, 40);
    match subscription.kind.as_deref() {
        Some("pragma/notify") => format!("log-on {id}"),
        Some("update/propchange") => format!("watch {id} on {}", words::node(&subscription.node)),
        _ => format!("subscription {id} to {}", words::node(&subscription.node)),
    }
}

/// A Multi-Status may refuse every property although the answer as a whole is a success (RFC 2518, section 11).
fn refused_inside(operation: &Operation) -> bool {
    let Content::Multistatus(multistatus) = &operation.response else { return false };
    let mut statuses = multistatus
        .responses
        .iter()
        .flat_map(|response| response.status.into_iter().chain(response.propstats.iter().filter_map(|propstat| propstat.status)));
    let Some(first) = statuses.next() else { return false };
    first >= 400 && statuses.all(|status| status >= 400)
}

/// A request that asks for something or changes permissions.
fn question(operation: &Operation) -> (EventKind, String) {
    let node = words::target(operation);
    match operation.method {
        Method::Propfind => match &operation.request {
            Content::PropertyNames(names) if !names.is_empty() => {
                (EventKind::Query, format!("asks for {} of {node}", shortened(&names.join(", "), 60)))
            }
            _ => (EventKind::Query, format!("asks for properties of {node}")),
        },
        Method::Subscriptions => (EventKind::Query, format!("asks for the subscriptions of {node}")),
        Method::Acl => match &operation.request {
            Content::None => (EventKind::Query, format!("asks for the permissions of {node}")),
            Content::Unreadable => (EventKind::Query, format!("asks for or changes the permissions of {node}")),
            _ => (EventKind::Query, format!("changes the permissions of {node}")),
        },
        _ => (EventKind::Request, format!("{} {node}", printable(operation.method.as_str()))),
    }
}
