//! Who is server and who is client, and what a NOTIFY therefore is.
//!
//! A NOTIFY goes three ways with the same method: client to server, server to server, server to client. What decides, in this order: the
//! address it goes to (a Call-Back that a SUBSCRIBE announced; a known client that a known server speaks to; an endpoint that acted as server),
//! then its form (draft-osborne-rvp-00, section 5.6: the hop count starts at 1 with the client; a callback goes to the Call-Back's own path, not
//! to a principal's URL).

use crate::base::address::Endpoint;
use crate::base::hashed::{Map, Set};
use crate::rvp::method::Method;
use crate::rvp::operation::Operation;
use crate::session::model::SessionId;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What an RVP exchange is, seen from the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A client asks its server.
    Request,
    /// A server hands a notification to a client.
    Callback,
    /// A server asks another one.
    ServerToServer,
}

/// What is known about the addresses in the capture.
#[derive(Debug, Default)]
pub struct Roles {
    servers: Set<Endpoint>,
    addresses: Map<IpAddr, Address>,
    call_backs: Map<Endpoint, Announced>,
    listening: BTreeSet<SessionId>,
}

/// What is known about one address.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a sign of its own")]
struct Address {
    /// It acted as a server.
    serves: bool,
    /// A packet to it was seen.
    reached: bool,
    /// A packet from it was seen.
    speaks: bool,
    /// It asked for something that is no RVP.
    uses_another: bool,
}

/// A Call-Back endpoint and who listens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The session that listens.
    pub session: SessionId,
    /// Whether a Call-Back header said so; otherwise an earlier callback went there.
    pub by_header: bool,
}

/// How many addresses, and how many endpoints of each sort, are remembered. Beyond it, no new ones are learnt.
const MAX_ADDRESSES: usize = 1 << 16;

impl Roles {
    /// Notes that `endpoint` answered as an RVP server.
    pub fn is_server(&mut self, endpoint: Endpoint) {
        if self.servers.len() < MAX_ADDRESSES {
            self.servers.insert(endpoint);
            self.learn(endpoint.ip, |address| address.serves = true);
        }
    }

    /// Notes that `address` called a client back, which only servers do.
    pub fn calls_back(&mut self, address: IpAddr) {
        self.learn(address, |address| address.serves = true);
    }

    /// Notes that `session` listens at `endpoint`. A header outweighs an inference, and a later announcement an earlier one of its kind; but a
    /// session at the endpoint's own address keeps it (behind an address translation the same announcement is seen twice).
    pub fn listens(&mut self, endpoint: Endpoint, session: SessionId, by_header: bool, at_home: impl Fn(SessionId) -> bool) {
        if self.call_backs.len() >= MAX_ADDRESSES {
            return;
        }
        let new = Announced { session, by_header };
        self.listening.insert(session);
        self.call_backs
            .entry(endpoint)
            .and_modify(|old| {
                let worse = (old.by_header && !by_header) || (at_home(old.session) && !at_home(session));
                if !worse {
                    *old = new;
                }
            })
            .or_insert(new);
    }

    /// Notes that a packet to `address` was seen.
    pub fn was_reached(&mut self, address: IpAddr) {
        self.learn(address, |address| address.reached = true);
    }

    /// Notes that a packet from `address` was seen.
    pub fn spoke(&mut self, address: IpAddr) {
        self.learn(address, |address| address.speaks = true);
    }

    /// Whether the capture could show an answer of `target` to `caller`: it shows packets to the one, or from the other. Where it shows neither,
    /// a missing answer means nothing.
    pub fn could_show_answer(&self, caller: IpAddr, target: IpAddr) -> bool {
        self.about(caller).reached || self.about(target).speaks
    }

    /// Notes that a client at `address` asked for something that is no RVP.
    pub fn is_another_client(&mut self, address: IpAddr) {
        self.learn(address, |address| address.uses_another = true);
    }

    /// Whether a client at `address` is known to use something else than RVP.
    pub fn uses_another(&self, address: IpAddr) -> bool {
        self.about(address).uses_another
    }

    /// Who listens at `endpoint`.
    pub fn listener(&self, endpoint: Endpoint) -> Option<Announced> {
        self.call_backs.get(&endpoint).copied()
    }

    /// Whether some endpoint is known where `session` listens.
    pub fn has_call_back(&self, session: SessionId) -> bool {
        self.listening.contains(&session)
    }

    /// Whether `endpoint` acted as an RVP server.
    pub fn serves(&self, endpoint: Endpoint) -> bool {
        self.servers.contains(&endpoint)
    }

    /// Whether any endpoint at `address` acted as an RVP server.
    pub fn serves_at(&self, address: IpAddr) -> bool {
        self.about(address).serves
    }

    fn learn(&mut self, address: IpAddr, what: impl FnOnce(&mut Address)) {
        if let Some(known) = self.addresses.get_mut(&address) {
            what(known);
        } else if self.addresses.len() < MAX_ADDRESSES {
            what(self.addresses.entry(address).or_default());
        }
    }

    fn about(&self, address: IpAddr) -> Address {
        self.addresses.get(&address).copied().unwrap_or_default()
    }

    /// What an RVP request from `asker` to `answerer` is. Only where it matters it is asked whether the principal who speaks is at home at the
    /// asker's address, and whether some principal is at the answerer's.
    pub fn role(
        &self,
        operation: &Operation,
        asker: Endpoint,
        answerer: Endpoint,
        at_home: impl Fn() -> bool,
        to_client: impl Fn() -> bool,
    ) -> Role {
        // A host may be server to some and client of another server: whoever wants its callbacks itself is a client.
        let listens_itself =
            || operation.call_back.as_ref().and_then(|call_back| call_back.endpoint).is_some_and(|endpoint| endpoint.ip == asker.ip);
        let from_server = self.serves_at(asker.ip) && asker.ip != answerer.ip && !listens_itself() && !at_home();
        if operation.method != Method::Notify {
            return if from_server { Role::ServerToServer } else { Role::Request };
        }
        let from_server_to_client = || from_server && to_client() && !self.serves_at(answerer.ip);
        if self.call_backs.contains_key(&answerer) || from_server_to_client() {
            return Role::Callback;
        }
        let relayed = || from_server || operation.hop_count.is_some_and(|hops| hops >= 2);
        if self.serves(answerer) || operation.node.user().is_some() {
            if relayed() { Role::ServerToServer } else { Role::Request }
        } else {
            // No server has a node there; a Call-Back may have any path.
            Role::Callback
        }
    }
}

#[cfg(test)]
mod tests;
