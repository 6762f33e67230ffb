//! Who is where: the principals, their sessions, and the sessions at each client's address.

use crate::base::hashed::Map;
use crate::rvp::principal::Principal;
use crate::session::model::{Session, SessionId};
use smallvec::SmallVec;
use std::net::IpAddr;

/// The number of a logical principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PersonId(u32);

/// The sessions of each logical principal.
#[derive(Debug, Default)]
pub struct People {
    ids: Map<Principal, PersonId>,
    sessions: Vec<SmallVec<[SessionId; 4]>>,
}

impl People {
    /// Those of `sessions`.
    pub fn of(sessions: &[Session]) -> Self {
        let mut people = Self::default();
        for session in sessions {
            if let Some(principal) = &session.principal {
                people.add(principal, session.id);
            }
        }
        people
    }

    /// The sessions of `principal`, in the order in which they became known to be.
    pub fn sessions(&self, principal: &Principal) -> &[SessionId] {
        let sessions = self.id(principal).and_then(|id| self.sessions.get(id.0 as usize));
        sessions.map_or(&[], SmallVec::as_slice)
    }

    /// `principal`, sharing the memory of its name with a session of the same name. What is kept of it by the thousand takes little so.
    pub fn shared(&self, principal: &Principal) -> Principal {
        let known = self.ids.get_key_value(principal.logical()).map(|(known, _)| known);
        known.filter(|known| known.as_str() == principal.as_str()).unwrap_or(principal).clone()
    }

    fn id(&self, principal: &Principal) -> Option<PersonId> {
        self.ids.get(principal.logical()).copied()
    }

    fn add(&mut self, principal: &Principal, session: SessionId) -> PersonId {
        let next = PersonId(u32::try_from(self.sessions.len()).unwrap_or(u32::MAX));
        let id = *self.ids.entry(principal.logical().clone()).or_insert(next);
        if id == next {
            self.sessions.push(SmallVec::new());
        }
        if let Some(sessions) = self.sessions.get_mut(id.0 as usize) {
            sessions.push(session);
        }
        id
    }
}

/// The sessions as far as they are known, and how they are found.
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'a> {
    /// All, in the order of their numbers.
    pub list: &'a [Session],
    /// Those of each principal.
    pub people: &'a People,
}

impl<'a> Sessions<'a> {
    /// The session with that number.
    pub fn get(self, id: SessionId) -> Option<&'a Session> {
        self.list.get((id.0 as usize).checked_sub(1)?)
    }

    /// The sessions of `principal`.
    pub fn of(self, principal: &Principal) -> impl Iterator<Item = &'a Session> {
        self.people.sessions(principal).iter().filter_map(move |id| self.get(*id))
    }
}

/// The sessions at a client's address.
#[derive(Debug, Default)]
struct Here {
    /// The one whose principal is not known.
    nameless: Option<SessionId>,
    /// The others.
    named: Vec<SessionId>,
    /// Whether those stand in the order of their principals.
    in_order: bool,
}

/// Finds sessions.
#[derive(Debug, Default)]
pub(super) struct Directory {
    people: People,
    at_client: Map<(IpAddr, PersonId), SessionId>,
    here: Map<IpAddr, Here>,
}

impl Directory {
    /// The sessions of each principal.
    pub(super) const fn people(&self) -> &People {
        &self.people
    }

    /// ... which is all that is of use at the end.
    pub(super) fn into_people(self) -> People {
        self.people
    }

    /// The latest session of a principal.
    pub(super) fn latest(&self, principal: &Principal) -> Option<SessionId> {
        self.people.sessions(principal).last().copied()
    }

    /// The session of a principal at a client's address, or the one without.
    pub(super) fn find(&self, client: IpAddr, principal: Option<&Principal>) -> Option<SessionId> {
        match principal {
            Some(principal) => self.at_client.get(&(client, self.people.id(principal)?)).copied(),
            None => self.here.get(&client)?.nameless,
        }
    }

    /// Whether there is a session at a client's address.
    pub(super) fn has_any(&self, client: IpAddr) -> bool {
        self.here.contains_key(&client)
    }

    /// The session at a client's address, if there is exactly one.
    pub(super) fn only_one(&self, client: IpAddr) -> Option<SessionId> {
        match self.here.get(&client)? {
            Here { nameless: Some(only), named, .. } if named.is_empty() => Some(*only),
            Here { nameless: None, named, .. } => Some(*named.first()?).filter(|_| named.len() == 1),
            Here { .. } => None,
        }
    }

    /// The sessions at a client's address: the one without a principal, then the others in the order of theirs, which stand in `sessions`.
    pub(super) fn all(&mut self, client: IpAddr, sessions: &[Session]) -> impl Iterator<Item = SessionId> {
        let here = self.here.get_mut(&client);
        let sorted = here.map(|here| {
            if !here.in_order {
                here.named.sort_by_key(|id| sessions.get((id.0 as usize).wrapping_sub(1)).and_then(|session| session.principal.as_ref()));
                here.in_order = true;
            }
            &*here
        });
        sorted.into_iter().flat_map(|here| here.nameless.into_iter().chain(here.named.iter().copied()))
    }

    /// Adds a session; or takes note of the principal of one that had none.
    pub(super) fn add(&mut self, id: SessionId, principal: Option<&Principal>, client: IpAddr) {
        let here = self.here.entry(client).or_default();
        let Some(principal) = principal else {
            here.nameless = Some(id);
            return;
        };
        here.nameless.take_if(|nameless| *nameless == id);
        here.named.push(id);
        here.in_order = false;
        let person = self.people.add(principal, id);
        self.at_client.insert((client, person), id);
    }
}
