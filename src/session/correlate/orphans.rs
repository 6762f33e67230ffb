//! Connections without a byte, most of them failed attempts, of which it is not known yet whether they are callbacks.
//!
//! Where the capture starts after log-on, no packet says where a client listens. Three things tell, each weaker than the one before: a
//! Call-Back or a callback to the same endpoint that is seen later; an attempt of the server to reach a client whose Call-Back nothing names; an
//! attempt that the server makes while it holds a NOTIFY to somebody (draft-osborne-rvp-00, section 5.6: with RVP-Ack-Type DeepOr the answer
//! waits for the recipient). The last two are inferences and are marked so.

use super::Correlator;
use crate::base::address::Endpoint;
use crate::base::fate::Fate;
use crate::base::note::{Note, NoteKind};
use crate::base::time::Timestamp;
use crate::rvp::principal::Principal;
use crate::session::callback::Byteless;
use crate::session::model::SessionId;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The connections without a byte by where they went, so that a Call-Back finds its own among thousands.
#[derive(Debug, Default)]
pub(super) struct Orphans {
    by_target: BTreeMap<Endpoint, Vec<Orphan>>,
    /// How many wait.
    waiting: usize,
    /// How many ever came.
    numbered: u64,
}

impl Orphans {
    fn add(&mut self, flow: Byteless, fate: Fate, at: Timestamp) {
        self.numbered += 1;
        self.waiting += 1;
        self.by_target.entry(flow.responder).or_default().push(Orphan { number: self.numbered, flow, fate, at });
    }

    /// Those to `endpoint`.
    fn take(&mut self, endpoint: Endpoint) -> Vec<Orphan> {
        let taken = self.by_target.remove(&endpoint).unwrap_or_default();
        self.waiting -= taken.len();
        taken
    }

    /// All, in the order in which they came.
    fn take_all(&mut self) -> Vec<Orphan> {
        self.waiting = 0;
        let mut all: Vec<Orphan> = std::mem::take(&mut self.by_target).into_values().flatten().collect();
        all.sort_unstable_by_key(|orphan| orphan.number);
        all
    }
}

/// A connection without a byte.
#[derive(Debug)]
struct Orphan {
    number: u64,
    flow: Byteless,
    fate: Fate,
    at: Timestamp,
}

impl Orphan {
    /// Whether it is certain that no connection came up.
    const fn is_failed(&self) -> bool {
        matches!(self.fate, Fate::Refused | Fate::Unanswered | Fate::Unreachable(_))
    }
}

/// A NOTIFY that a server held before it answered.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) server: IpAddr,
    pub(super) recipient: Principal,
    pub(super) from: Timestamp,
    /// When it was answered; `None` if it never was.
    pub(super) until: Option<Timestamp>,
}

/// Callbacks go to ports that programs pick for themselves; below are those of well-known services (RFC 6335, section 6).
const FIRST_USER_PORT: u16 = 1024;

impl Correlator {
    /// Remembers a hold; beyond as many as orphans are kept, the oldest is forgotten.
    pub(super) fn remember_hold(&mut self, hold: Hold) {
        if self.holds.len() >= self.limits.orphan_attempts {
            self.holds.pop_front();
        }
        self.holds.push_back(hold);
    }

    pub(super) fn remember_orphan(&mut self, flow: Byteless, fate: Fate, at: Timestamp) {
        if self.orphans.waiting < self.limits.orphan_attempts {
            self.orphans.add(flow, fate, at);
        } else {
            self.model.notes.add(Note::new(NoteKind::ModelCeiling, flow.opening.unpack()));
        }
    }

    /// Attempts to `endpoint` that were seen before it was known who listens there.
    pub(super) fn claim_orphans(&mut self, endpoint: Endpoint) {
        let Some(announced) = self.roles.listener(endpoint) else { return };
        for orphan in self.orphans.take(endpoint) {
            self.model.totals.rvp_flows += 1;
            self.attempt(&orphan.flow, orphan.fate, orphan.at, announced.session, !announced.by_header);
        }
    }

    /// At the end: attempts to reach what turned out to be a server later, and whose callbacks the rest can have been. What was none is shown as a failed connection of the server.
    pub(super) fn settle_orphans(&mut self) {
        let (unreached, mut orphans): (Vec<Orphan>, Vec<Orphan>) =
            self.orphans.take_all().into_iter().partition(|orphan| orphan.is_failed() && self.roles.serves(orphan.flow.responder));
        for orphan in unreached {
            self.model.totals.rvp_flows += 1;
            self.unreached_server(&orphan.flow, orphan.fate);
        }
        orphans.retain(|orphan| self.roles.serves_at(orphan.flow.initiator.ip) && !self.roles.serves_at(orphan.flow.responder.ip));
        for orphan in &orphans {
            let target = orphan.flow.responder;
            if !orphan.flow.established
                && self.roles.listener(target).is_none()
                && let Some(session) = self.guess_listener(&orphan.flow)
            {
                self.listens(target, session, false);
            }
        }
        for orphan in orphans {
            let target = orphan.flow.responder;
            if let Some(announced) = self.roles.listener(target) {
                self.model.totals.rvp_flows += 1;
                self.attempt(&orphan.flow, orphan.fate, orphan.at, announced.session, true);
                continue;
            }
            let session = self.directory.all(target.ip, &self.model.sessions).next();
            // A server has other connections too. Those to clients of other services are not RVP's.
            let ours = session.is_some() || (target.port >= FIRST_USER_PORT && !self.roles.uses_another(target.ip));
            if ours && !orphan.flow.established {
                let who = self.say(|| orphan.flow.initiator.ip.to_string());
                let summary = self.say(|| format!("connects to {target}"));
                self.failed_connection(&orphan.flow, orphan.fate, session, who, summary);
            }
        }
    }

    /// Who may listen where a server tried to connect to.
    fn guess_listener(&mut self, flow: &Byteless) -> Option<SessionId> {
        let (server, target) = (flow.initiator.ip, flow.responder);
        if target.port < FIRST_USER_PORT {
            return None;
        }
        if self.directory.has_any(target.ip) {
            return self.directory.all(target.ip, &self.model.sessions).find(|id| !self.roles.has_call_back(*id));
        }
        let held = |hold: &&Hold| hold.server == server && hold.from <= flow.opened && hold.until.is_none_or(|until| flow.opened <= until);
        let recipient = self.holds.iter().find(held)?.recipient.clone();
        match self.directory.latest(&recipient) {
            Some(session) if self.roles.has_call_back(session) => None,
            Some(session) => Some(session),
            None => Some(self.session(Some(&recipient), target.ip, flow.opened)),
        }
    }
}
