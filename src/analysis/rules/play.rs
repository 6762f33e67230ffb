//! A small stage for the tests of rules: facts are handed to one rule as the correlator would hand them, and its findings come out.

use super::{Entry, testing};
use crate::analysis::diagnosis::{Diagnosis, End};
use crate::analysis::finding::Finding;
use crate::analysis::thresholds::Thresholds;
use crate::base::address::Endpoint;
use crate::base::ledger::Ledger;
use crate::base::limits::Limits;
use crate::base::note::Notes;
use crate::base::origin::{Packed, PacketId};
use crate::base::time::{Span, Timestamp};
use crate::rvp::method::Method;
use crate::rvp::principal::Principal;
use crate::rvp::subscription::CallBack;
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::fact::{Fact, Request, What};
use crate::session::model::{MessageKind, ServerRank, Session, SessionId};
use std::sync::Arc;

pub(super) const SERVER: &str = "10.0.0.2:80";

pub(super) fn second(second: i64) -> Timestamp {
    Timestamp::from_nanos(second * 1_000_000_000)
}

pub(super) fn endpoint(text: &str) -> Endpoint {
    let (ip, port) = text.rsplit_once(':').unwrap();
    Endpoint::new(ip.parse().unwrap(), port.parse().unwrap())
}

/// Where bob, session 2, listens.
pub(super) const BOB: &str = "10.0.0.20:1040";

/// A callback to bob that came out at once.
pub(super) fn callback(at: Timestamp, outcome: Outcome) -> CallbackAttempt {
    CallbackAttempt {
        at,
        target: endpoint(BOB),
        source: endpoint("10.0.0.2:2000"),
        carries: "unknown",
        outcome,
        status: (outcome == Outcome::Delivered).then_some(200),
        attempts: 1,
        reused_connection: Some(false),
        late_answer: None,
        took: Some(Span::from_millis(1)),
        unreachable: None,
        inferred: false,
        answerer: None,
        origin: Packed::of(PacketId { capture: 0, number: 7 }),
        hits: 0,
    }
}

/// One rule, and what it is told.
pub(super) struct Play {
    diagnosis: Diagnosis,
    sessions: Vec<Session>,
}

impl Play {
    /// Alice is session 1, bob is session 2.
    pub(super) fn new(entry: &Entry) -> Self {
        let sessions = ["alice", "bob"].into_iter().zip(1_u32..).map(|(user, id)| session(user, id));
        let diagnosis = Diagnosis::of([entry], &Limits::default(), &Thresholds::default());
        Self { diagnosis, sessions: sessions.collect() }
    }

    pub(super) fn callback(&mut self, id: u32, callback: CallbackAttempt) {
        let callback = Arc::new(callback);
        let fact = Fact {
            at: callback.at,
            session: Some(SessionId(id)),
            origin: callback.origin.clone(),
            what: What::Callback(Arc::clone(&callback)),
        };
        self.sessions[id as usize - 1].callbacks.push(callback);
        self.diagnosis.take(&fact, testing::known(&self.sessions));
    }

    /// A request of that session's, answered a moment or `seconds` later, with what `change` makes of it.
    pub(super) fn request(&mut self, id: u32, at: Timestamp, seconds: i64, status: u16, change: impl FnOnce(&mut Request<'static>)) {
        let mut request = Request {
            node: Box::leak(Box::new(Principal::new(&node("bob")))),
            client: Endpoint::new(self.sessions[id as usize - 1].client, 3000),
            server: endpoint(SERVER),
            answered: Some(at.after(Span::from_secs(seconds)).after(Span::from_millis(2))),
            status: Some(status),
            ..testing::request(id, 0, &Method::Propfind, "bob")
        };
        change(&mut request);
        let origin = Packed::of(PacketId { capture: 0, number: 1 });
        let fact = Fact { at, session: Some(SessionId(id)), what: What::Request(request), origin };
        self.diagnosis.take(&fact, testing::known(&self.sessions));
    }

    /// Bob logs on with that Call-Back.
    pub(super) fn log_on(&mut self, at: Timestamp, subscription: &'static str, call_back: &str, lifetime: u64) {
        self.request(2, at, 0, 200, |request| {
            request.method = &Method::Subscribe;
            request.log_on = true;
            request.call_back = Some(Box::leak(Box::new(CallBack::new(format!("http://{call_back}").into()))));
            request.granted = Some(subscription);
            request.granted_s = Some(lifetime);
        });
    }

    /// Bob logs off.
    pub(super) fn log_off(&mut self, at: Timestamp, subscription: &'static str) {
        self.request(2, at, 0, 200, |request| {
            request.method = &Method::Unsubscribe;
            request.subscription = Some(subscription);
        });
    }

    /// Alice sends bob a text, which is answered `seconds` later.
    pub(super) fn message(&mut self, at: Timestamp, seconds: i64, status: u16) {
        self.request(1, at, seconds, status, |request| {
            request.method = &Method::Notify;
            request.carries = Some(MessageKind::Text);
        });
    }

    /// The capture ends.
    pub(super) fn end(mut self, at: Timestamp) -> Vec<Finding> {
        let (ledger, notes) = (Ledger::default(), Notes::default());
        for session in &mut self.sessions {
            session.callbacks.sort_by_key(|callback| callback.at);
        }
        let end = End { at, sessions: testing::known(&self.sessions), captures: &[], ledger: &ledger, notes: &notes };
        self.diagnosis.finish(&end).0
    }
}

pub(super) fn node(user: &str) -> String {
    testing::url(user)
}

fn session(user: &str, id: u32) -> Session {
    Session {
        principal: Some(Principal::new(&node(user))),
        client: format!("10.0.0.{}", id * 10).parse().unwrap(),
        server: Some(endpoint(SERVER)),
        server_rank: ServerRank::GrantedLogOn,
        ..testing::session(id, user)
    }
}
