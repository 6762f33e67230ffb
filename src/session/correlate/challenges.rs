//! 401 handshakes: requests that were asked for credentials, folded into the request that brings them.

use super::{Correlator, NewEvent, words};
use crate::base::address::Endpoint;
use crate::base::origin::Packed;
use crate::base::text::{printable, shortened};
use crate::base::time::Timestamp;
use crate::rvp::auth::{Authentication, Scheme};
use crate::rvp::method::Method;
use crate::rvp::operation::Operation;
use crate::rvp::principal::Principal;
use crate::session::event::{Detail, EventKind, Tone};
use crate::session::fact::{Fact, Unfollowed, What};
use crate::session::model::SessionId;
use crate::session::outline::Outline;
use crate::tcp::event::FlowId;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A request that was answered 401 and may be asked again with credentials.
#[derive(Debug)]
pub(super) struct Challenged {
    flow: FlowId,
    session: SessionId,
    method: Method,
    node: Principal,
    /// When the first of the handshake's requests began.
    pub(super) first: Timestamp,
    /// How many 401 there were.
    pub(super) count: u32,
    schemes: Vec<Cow<'static, str>>,
    /// Whether an NTLM handshake has begun, which belongs to its connection.
    bound: bool,
    /// When the last 401 began.
    pub(super) last: Timestamp,
    /// Who challenged.
    pub(super) server: Endpoint,
    /// The scheme of the credentials that the last 401 refused.
    refused: Option<Scheme>,
    /// Whether the last request brought the end of an NTLM handshake that had not begun on its connection.
    pub(super) strayed: bool,
    /// The packets of all of them.
    pub(super) origin: Packed,
    /// Who asked, the last time.
    pub(super) client: Endpoint,
    /// Which of the texts that are looked for its bytes hold.
    pub(super) hits: u64,
}

impl Challenged {
    /// The challenge that `operation` met, after those of `earlier`.
    pub(super) fn new(
        outline: &Outline,
        session: SessionId,
        first: Timestamp,
        mut origin: Packed,
        operation: &Operation,
        earlier: Option<Self>,
    ) -> Self {
        let Outline { flow, asker: client, answerer: server, mut hits, .. } = *outline;
        let mut count = 1;
        let mut since = first;
        if let Some(earlier) = earlier {
            count += earlier.count;
            since = earlier.first;
            hits |= earlier.hits;
            origin.extend(&earlier.origin);
        }
        Self {
            flow,
            session,
            method: operation.method.clone(),
            node: operation.node.clone(),
            first: since,
            last: first,
            server,
            refused: operation.authentication.as_ref().filter(|brought| is_final(brought)).map(|brought| brought.scheme.clone()),
            strayed: false,
            count,
            bound: operation.challenges.iter().any(|challenge| challenge.ntlm.is_some()),
            schemes: operation.challenges.iter().map(|challenge| scheme(&challenge.scheme)).collect(),
            origin,
            client,
            hits,
        }
    }

    fn words(&self) -> String {
        let schemes = if self.schemes.is_empty() { "credentials".to_owned() } else { self.schemes.join(", ") };
        format!("{} {} is asked for {schemes}", printable(self.method.as_str()), words::short(&self.node))
    }

    fn fits(&self, session: SessionId, operation: &Operation) -> bool {
        self.session == session && self.method == operation.method && self.node == operation.node
    }
}

/// The challenges that nothing has followed yet. A client may have thousands of connections, so that those of a session are looked up.
#[derive(Debug, Default)]
pub(super) struct Challenges {
    by_flow: BTreeMap<FlowId, Challenged>,
    /// Those of `by_flow` that are not bound to their connection.
    free: BTreeSet<(SessionId, FlowId)>,
    /// Those whose connection has ended, by their number: a client may ask again on a new one.
    detached: BTreeMap<u64, Challenged>,
    detached_of: BTreeSet<(SessionId, u64)>,
    /// How many were ever detached.
    numbered: u64,
}

impl Challenges {
    /// The challenge that this request follows: on the same connection, or on another one if it brings credentials.
    pub(super) fn take(&mut self, flow: FlowId, session: SessionId, operation: &Operation) -> Option<Challenged> {
        if self.by_flow.get(&flow).is_some_and(|challenged| challenged.fits(session, operation)) {
            return self.leave(flow);
        }
        operation.authentication.as_ref()?;
        let fits = |challenged: Option<&Challenged>| challenged.is_some_and(|challenged| challenged.fits(session, operation));
        let mut of_session = self.detached_of.range((session, 0)..=(session, u64::MAX)).map(|(_, number)| *number);
        if let Some(number) = of_session.find(|number| fits(self.detached.get(number))) {
            self.detached_of.remove(&(session, number));
            return self.detached.remove(&number);
        }
        let mut of_session = self.free.range((session, FlowId(0))..=(session, FlowId(u64::MAX))).map(|(_, flow)| *flow);
        let elsewhere = of_session.find(|flow| fits(self.by_flow.get(flow)))?;
        self.leave(elsewhere)
    }

    /// Remembers a challenge; gives back one that it displaces, which nothing followed.
    pub(super) fn put(&mut self, challenged: Challenged) -> Option<Challenged> {
        let displaced = self.leave(challenged.flow);
        if !challenged.bound {
            self.free.insert((challenged.session, challenged.flow));
        }
        self.by_flow.insert(challenged.flow, challenged);
        displaced
    }

    /// The connection has ended. Of more than `ceiling` challenges on ended connections the oldest is given back: nothing followed it.
    pub(super) fn flow_ended(&mut self, flow: FlowId, ceiling: usize) -> Option<Challenged> {
        let challenged = self.leave(flow)?;
        self.numbered += 1;
        self.detached_of.insert((challenged.session, self.numbered));
        self.detached.insert(self.numbered, challenged);
        if self.detached.len() <= ceiling {
            return None;
        }
        let (number, oldest) = self.detached.pop_first()?;
        self.detached_of.remove(&(oldest.session, number));
        Some(oldest)
    }

    /// Takes the challenge of a connection, if there is one.
    fn leave(&mut self, flow: FlowId) -> Option<Challenged> {
        let challenged = self.by_flow.remove(&flow)?;
        self.free.remove(&(challenged.session, flow));
        Some(challenged)
    }

    fn drain(&mut self) -> Vec<Challenged> {
        let Self { by_flow, detached, .. } = std::mem::take(self);
        let mut all: Vec<Challenged> = detached.into_values().chain(by_flow.into_values()).collect();
        all.sort_by_key(|challenged| (challenged.first, challenged.flow));
        all
    }
}

impl Correlator {
    /// Reports the challenges that nothing followed.
    pub(super) fn settle_challenges(&mut self) {
        for challenged in self.challenges.drain() {
            self.unfollowed(challenged);
        }
    }

    pub(super) fn unfollowed(&mut self, challenged: Challenged) {
        self.facts.push(Fact {
            at: challenged.first,
            session: Some(challenged.session),
            what: What::Unfollowed(Box::new(Unfollowed {
                method: challenged.method.clone(),
                server: challenged.server,
                count: challenged.count,
                last: challenged.last,
                refused: challenged.refused.clone(),
                strayed: challenged.strayed,
            })),
            origin: challenged.origin.clone(),
        });
        self.emit(NewEvent {
            at: challenged.first,
            kind: EventKind::Challenge,
            session: Some(challenged.session),
            tone: Tone::Failed,
            who: self.who(challenged.session),
            summary: self.say(|| challenged.words()),
            outcome: self.say(|| format!("{} × 401, nothing follows", challenged.count)),
            detail: Detail {
                method: Some(challenged.method.clone()),
                status: Some(401),
                server: Some(challenged.server),
                client: Some(challenged.client),
                node: Some(challenged.node.clone()),
                hits: challenged.hits,
                ..Detail::default()
            },
            origin: challenged.origin,
        });
    }
}

/// Whether these are credentials that a server accepts or refuses, and not the first message of a handshake.
fn is_final(brought: &Authentication) -> bool {
    match (&brought.scheme, &brought.ntlm) {
        (Scheme::Ntlm | Scheme::Negotiate, Some(message)) => message.kind == 3,
        (Scheme::Ntlm, None) => false,
        _ => true,
    }
}

/// Whether a request brings the end of an NTLM handshake.
pub(super) fn is_ntlm_end(operation: &Operation) -> bool {
    operation.authentication.as_ref().and_then(|brought| brought.ntlm.as_ref()).is_some_and(|message| message.kind == 3)
}

/// A scheme as the JSON document calls it.
pub(super) fn scheme(scheme: &Scheme) -> Cow<'static, str> {
    match scheme {
        Scheme::Ntlm => "ntlm".into(),
        Scheme::Negotiate => "negotiate".into(),
        Scheme::Digest => "digest".into(),
        Scheme::Basic => "basic".into(),
        Scheme::Other(name) => shortened(&name.to_ascii_lowercase(), 20).into(),
    }
}
