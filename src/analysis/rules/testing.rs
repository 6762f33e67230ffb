//! Facts and an end of a capture for the tests of rules.

use super::Entry;
use crate::analysis::CaptureRecord;
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
use crate::session::directory::{People, Sessions};
use crate::session::fact::{Fact, Request, What};
use crate::session::model::{Session, SessionId};
use std::sync::LazyLock;

static LEDGER: LazyLock<Ledger> = LazyLock::new(Ledger::default);
static NOTES: LazyLock<Notes> = LazyLock::new(Notes::default);

/// So many seconds after the beginning.
pub(super) fn second(seconds: i64) -> Timestamp {
    Timestamp::default().after(Span::from_secs(seconds))
}

/// These sessions, as rules see them.
pub(super) fn known(sessions: &[Session]) -> Sessions<'_> {
    Sessions { list: sessions, people: Box::leak(Box::new(People::of(sessions))) }
}

/// The end of a capture of an hour.
pub(super) fn end_of<'a>(sessions: &'a [Session], captures: &'a [CaptureRecord]) -> End<'a> {
    End { at: second(3600), sessions: known(sessions), captures, ledger: &LEDGER, notes: &NOTES }
}

/// What a rule finds in these facts.
pub(super) fn run(entry: &Entry, facts: &[Fact<'_>], end: &End<'_>) -> Vec<Finding> {
    let mut diagnosis = Diagnosis::of([entry], &Limits::default(), &Thresholds::default());
    for fact in facts {
        diagnosis.take(fact, end.sessions);
    }
    let (found, _) = diagnosis.finish(end);
    assert!(found.iter().all(|finding| !finding.origin.is_empty()), "{found:#?}");
    found
}

/// The session with that number, of that user at the address 192.0.2.*number*.
pub(super) fn session(id: u32, user: &str) -> Session {
    Session::new(SessionId(id), Some(Principal::new(&url(user))), client(id).ip, second(0))
}

pub(super) fn url(user: &str) -> String {
    format!("http://im.example.test/instmsg/aliases/{user}")
}

pub(super) fn client(id: u32) -> Endpoint {
    Endpoint::new(format!("192.0.2.{id}").parse().unwrap(), 1187)
}

pub(super) fn server() -> Endpoint {
    Endpoint::new("198.51.100.1".parse().unwrap(), 80)
}

/// A request of session `id` about `user`'s node, answered 200 a second later.
pub(super) fn request(id: u32, at: i64, method: &'static Method, user: &str) -> Request<'static> {
    Request {
        method,
        node: Box::leak(Box::new(Principal::new(&url(user)))),
        client: client(id),
        server: server(),
        answered: Some(second(at + 1)),
        status: Some(200),
        unanswered: false,
        log_on: false,
        call_back: None,
        head_complete: true,
        subscription: None,
        granted: None,
        granted_s: None,
        location: None,
        credentials: None,
        challenges: 0,
        presence: None,
        presence_granted_s: None,
        carries: None,
        brings: 0,
    }
}

/// A fact of session `id`; the packet has the number of the second.
pub(super) fn fact(id: u32, at: i64, what: What<'static>) -> Fact<'static> {
    let number = u64::try_from(at).unwrap() + 1;
    Fact { at: second(at), session: Some(SessionId(id)), what, origin: Packed::of(PacketId { capture: 0, number }) }
}

/// A request as a fact, changed by `change`.
pub(super) fn asked(id: u32, at: i64, method: &'static Method, user: &str, change: impl FnOnce(&mut Request<'static>)) -> Fact<'static> {
    let mut request = request(id, at, method, user);
    change(&mut request);
    fact(id, at, What::Request(request))
}
