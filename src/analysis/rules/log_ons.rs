//! What rules about Call-Backs share: who asked for callbacks where, from when, and until when.

use crate::base::address::Endpoint;
use crate::base::hashed::Map;
use crate::base::origin::Packed;
use crate::base::time::{Span, Timestamp};
use crate::rvp::method::Method;
use crate::session::fact::{Fact, Request, What};
use crate::session::model::SessionId;
use std::net::IpAddr;
use std::sync::Arc;

/// Log-ons of one session that are remembered. A client has one; one that fell out and came back often has some. Beyond it the oldest is forgotten.
const PER_SESSION: usize = 16;

/// A log-on that was granted.
#[derive(Clone, Debug)]
pub(super) struct LogOn {
    /// Its subscription.
    pub(super) id: Option<Arc<str>>,
    /// The server that granted it.
    pub(super) server: IpAddr,
    /// Where it wants callbacks; `None` where it has no Call-Back.
    pub(super) place: Option<Endpoint>,
    /// When it was asked for.
    pub(super) asked: Timestamp,
    /// When it was granted.
    pub(super) from: Timestamp,
    /// The lifetime of the last grant.
    lifetime: Option<Span>,
    /// When the last grant runs out.
    pub(super) expires: Option<Timestamp>,
    /// When it was unsubscribed.
    pub(super) ended: Option<Timestamp>,
    /// The packets of the log-on, and of its end.
    pub(super) origin: Packed,
}

impl LogOn {
    /// Whether it was granted, not ended and not run out `at` that time.
    pub(super) fn lives(&self, at: Timestamp) -> bool {
        self.from <= at && self.ended.is_none_or(|ended| at < ended) && self.expires.is_none_or(|expires| at < expires)
    }
}

/// All log-ons that are remembered.
#[derive(Debug, Default)]
pub(super) struct LogOns {
    by_session: Map<SessionId, Vec<LogOn>>,
    /// Who logged on with that Call-Back, the latest last.
    by_place: Map<Endpoint, Vec<SessionId>>,
}

impl LogOns {
    /// Learns from a fact.
    pub(super) fn take(&mut self, fact: &Fact<'_>) {
        let (Some(session), What::Request(request)) = (fact.session, &fact.what) else { return };
        let granted = request.status.is_some_and(|status| (200..300).contains(&status));
        let Some(answered) = request.answered.filter(|_| granted) else { return };
        match (&request.method, &request.subscription) {
            (Method::Subscribe, None) if request.log_on => self.log_on(session, request, fact, answered),
            (Method::Subscribe, Some(id)) => {
                if let Some(log_on) = self.named(session, id) {
                    log_on.lifetime = lifetime(request).or(log_on.lifetime);
                    log_on.expires = log_on.lifetime.map(|lifetime| answered.after(lifetime));
                }
            }
            (Method::Unsubscribe, Some(id)) => {
                if let Some(log_on) = self.named(session, id) {
                    log_on.ended = Some(answered);
                    log_on.origin.extend(&fact.origin);
                }
            }
            _ => {}
        }
    }

    fn log_on(&mut self, session: SessionId, request: &Request<'_>, fact: &Fact<'_>, answered: Timestamp) {
        // A host name can't be looked up in a capture; the client itself is who it most likely names.
        let place = request.call_back.as_ref().filter(|call_back| call_back.port != 0 && !call_back.is_principal());
        let place = place.map(|call_back| call_back.endpoint.unwrap_or(Endpoint::new(request.client.ip, call_back.port)));
        let lifetime = lifetime(request);
        let log_on = LogOn {
            id: request.granted.map(Arc::from),
            server: request.server.ip,
            place,
            asked: fact.at,
            from: answered,
            lifetime,
            expires: lifetime.map(|lifetime| answered.after(lifetime)),
            ended: None,
            origin: fact.origin.clone(),
        };
        let own = self.by_session.entry(session).or_default();
        if own.len() >= PER_SESSION {
            own.remove(0);
        }
        own.reserve_exact(1);
        own.push(log_on);
        if let Some(place) = place {
            let holders = self.by_place.entry(place).or_default();
            holders.retain(|holder| *holder != session);
            if holders.len() >= PER_SESSION {
                holders.remove(0);
            }
            holders.push(session);
        }
    }

    fn named(&mut self, session: SessionId, id: &str) -> Option<&mut LogOn> {
        self.by_session.get_mut(&session)?.iter_mut().rev().find(|log_on| log_on.id.as_deref() == Some(id))
    }

    /// The log-ons of a session, the oldest first.
    pub(super) fn of(&self, session: SessionId) -> &[LogOn] {
        self.by_session.get(&session).map_or(&[], Vec::as_slice)
    }

    /// All log-ons with that Call-Back.
    pub(super) fn at(&self, place: Endpoint) -> impl Iterator<Item = (SessionId, &LogOn)> {
        let holders = self.by_place.get(&place).map_or(&[][..], Vec::as_slice);
        holders.iter().flat_map(move |id| self.of(*id).iter().filter(move |log_on| log_on.place == Some(place)).map(|log_on| (*id, log_on)))
    }
}

fn lifetime(request: &Request<'_>) -> Option<Span> {
    request.granted_s.map(|seconds| Span::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)))
}
