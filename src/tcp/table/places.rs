//! Where flows are kept, and how they are found by their endpoints.

use crate::base::address::Endpoint;
use crate::base::hashed::Seed;
use crate::base::time::Timestamp;
use crate::net::Segment;
use crate::tcp::event::FlowId;
use crate::tcp::flow::{Flow, Waiting};
use crate::tcp::remains::Remains;
use crate::tcp::table::index::Index;
use std::hash::{BuildHasher, Hash, Hasher};
use std::net::IpAddr;

/// The number of a place.
pub(super) type Slot = u32;

/// The endpoints of a connection, whichever of them stands first, and the VLAN tags. Every segment is looked up by this, so nothing is copied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    one: &'a Endpoint,
    other: &'a Endpoint,
    pub(super) vlan: u64,
}

impl<'a> Key<'a> {
    #[inline]
    pub(super) const fn of(one: &'a Endpoint, other: &'a Endpoint, vlan: u64) -> Self {
        Self { one, other, vlan }
    }

    #[inline]
    fn is(self, key: Key<'_>) -> bool {
        let same = self.one == key.one && self.other == key.other;
        self.vlan == key.vlan && (same || (self.one == key.other && self.other == key.one))
    }

    const fn kept(self) -> KeptKey {
        KeptKey { one: *self.one, other: *self.other, vlan: self.vlan }
    }
}

/// A key of its own.
#[derive(Clone, Copy, Debug)]
struct KeptKey {
    one: Endpoint,
    other: Endpoint,
    vlan: u64,
}

impl KeptKey {
    const fn key(&self) -> Key<'_> {
        Key::of(&self.one, &self.other, self.vlan)
    }
}

impl Hash for Key<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { one, other, vlan } = *self;
        match (one.ip, other.ip) {
            (IpAddr::V4(ip), IpAddr::V4(other_ip)) => {
                let one = (u64::from(u32::from(ip)) << 16) | u64::from(one.port);
                let other = (u64::from(u32::from(other_ip)) << 16) | u64::from(other.port);
                state.write_u64(one.min(other));
                state.write_u64(one.max(other));
            }
            _ => (one.min(other), one.max(other)).hash(state),
        }
        if vlan != 0 {
            state.write_u64(vlan);
        }
    }
}

/// The key of a flow's other half, where that carries other tags: the flow is found by it, too.
type OtherKey = Option<Box<KeptKey>>;

/// A flow that is open, and its place in the queues.
#[derive(Debug)]
pub(super) struct Open<S> {
    pub(super) flow: Flow<S>,
    other: OtherKey,
    /// Since when it waits for what it waits for.
    pub(super) since: Timestamp,
    /// In which queue its turn is, and since when by that turn.
    pub(super) queued: (Waiting, Timestamp),
}

impl<S: Default> Open<S> {
    #[inline]
    const fn key(&self) -> Key<'_> {
        let info = self.flow.info();
        Key::of(&info.initiator, &info.responder, info.vlan)
    }
}

/// A flow that has ended, and since when.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) remains: Remains,
    key: KeptKey,
    other: OtherKey,
    since: Timestamp,
}

/// What a place holds. It is small, since a place is kept for others when its flow is gone.
#[derive(Debug)]
pub(super) enum Place<S> {
    Free,
    Open(Box<Open<S>>),
    Ended(Box<Ended>),
}

impl<S: Default> Place<S> {
    /// Whether `segment` opens another connection between the same endpoints.
    pub(super) fn is_succeeded_by(&self, segment: &Segment<'_>) -> bool {
        match self {
            Self::Free => false,
            Self::Open(open) => open.flow.is_succeeded_by(segment),
            Self::Ended(ended) => ended.remains.is_succeeded_by(segment),
        }
    }

    /// Whether `segment`, although it carries other VLAN tags, belongs to this flow.
    pub(super) fn is_half_of(&self, segment: &Segment<'_>) -> bool {
        match self {
            Self::Free => false,
            Self::Open(open) => open.flow.is_half_of(segment),
            Self::Ended(ended) => ended.remains.is_half_of(segment),
        }
    }

    /// Whether it is found by that key.
    #[inline]
    fn is_found_by(&self, key: Key<'_>) -> bool {
        self.keys().is_some_and(|(own, other)| key.is(own) || other.is_some_and(|other| key.is(other)))
    }

    /// By which key it is found, and by which that of its other half is.
    #[inline]
    fn keys(&self) -> Option<(Key<'_>, Option<Key<'_>>)> {
        let (own, other) = match self {
            Self::Free => return None,
            Self::Open(open) => (open.key(), &open.other),
            Self::Ended(ended) => (ended.key.key(), &ended.other),
        };
        Some((own, other.as_ref().map(|other| other.key())))
    }

    const fn other_mut(&mut self) -> Option<&mut OtherKey> {
        match self {
            Self::Free => None,
            Self::Open(open) => Some(&mut open.other),
            Self::Ended(ended) => Some(&mut ended.other),
        }
    }
}

/// All flows that are known.
#[derive(Debug)]
pub(super) struct Places<S> {
    index: Index,
    seed: Seed,
    all: Vec<Place<S>>,
    free: Vec<Slot>,
    /// How many flows are open.
    open: usize,
}

impl<S> Default for Places<S> {
    fn default() -> Self {
        Self { index: Index::default(), seed: Seed::default(), all: Vec::new(), free: Vec::new(), open: 0 }
    }
}

impl<S: Default> Places<S> {
    /// Where the flow with this key is kept.
    #[inline]
    pub(super) fn find(&self, key: Key<'_>) -> Option<Slot> {
        self.index.find(self.hash(key), |slot| self.get(slot).is_found_by(key))
    }

    #[inline]
    fn hash(&self, key: Key<'_>) -> u32 {
        self.seed.hash_one(key) as u32
    }

    #[inline]
    pub(super) fn get(&self, slot: Slot) -> &Place<S> {
        self.all.get(slot as usize).unwrap_or(&Place::Free)
    }

    /// The flow at a place, if it is open.
    pub(super) fn open(&self, slot: Slot) -> Option<&Open<S>> {
        if let Place::Open(open) = self.get(slot) { Some(open) } else { None }
    }

    /// The flow at a place, if it is open.
    #[inline]
    pub(super) fn open_mut(&mut self, slot: Slot) -> Option<&mut Open<S>> {
        if let Place::Open(open) = self.all.get_mut(slot as usize)? { Some(open) } else { None }
    }

    /// How many flows are open.
    pub(super) const fn open_flows(&self) -> usize {
        self.open
    }

    /// The numbers and places of all flows that are open.
    pub(super) fn all_open(&self) -> impl Iterator<Item = (FlowId, Slot)> {
        let numbered = self.all.iter().zip(0..);
        numbered.filter_map(|(place, slot)| if let Place::Open(open) = place { Some((open.flow.id(), slot)) } else { None })
    }

    /// Keeps a new flow. Answers where.
    pub(super) fn insert(&mut self, key: Key<'_>, flow: Flow<S>, since: Timestamp) -> Slot {
        let queued = (flow.waiting(), since);
        let place = Place::Open(Box::new(Open { flow, other: None, since, queued }));
        let slot = self.free.pop().unwrap_or(self.all.len() as Slot);
        match self.all.get_mut(slot as usize) {
            Some(free) => *free = place,
            None => self.all.push(place),
        }
        self.index.insert(self.hash(key), slot);
        self.open += 1;
        slot
    }

    /// Lets the flow at a place be found by `key`, too.
    pub(super) fn join(&mut self, slot: Slot, key: Key<'_>) {
        if let Some(other) = self.all.get_mut(slot as usize).and_then(Place::other_mut)
            && other.is_none()
        {
            *other = Some(Box::new(key.kept()));
            self.index.insert(self.hash(key), slot);
        }
    }

    /// Keeps only the remains of the flow at a place, since that has ended.
    pub(super) fn bury(&mut self, slot: Slot, remains: Remains, since: Timestamp) {
        let Some(place) = self.all.get_mut(slot as usize) else { return };
        *place = match std::mem::replace(place, Place::Free) {
            Place::Open(open) => {
                self.open -= 1;
                Place::Ended(Box::new(Ended { remains, key: open.key().kept(), other: open.other, since }))
            }
            other => other,
        };
    }

    /// Forgets the remains at a place if they lie there since then.
    pub(super) fn forget(&mut self, slot: Slot, since: Timestamp) {
        if matches!(self.get(slot), Place::Ended(ended) if ended.since == since) {
            self.remove(slot);
        }
    }

    /// Takes out what is at a place.
    pub(super) fn remove(&mut self, slot: Slot) -> Place<S> {
        let Some(place) = self.all.get_mut(slot as usize) else { return Place::Free };
        let place = std::mem::replace(place, Place::Free);
        if let Some((own, other)) = place.keys() {
            for key in [Some(own), other].into_iter().flatten() {
                self.index.remove(self.hash(key), slot);
            }
            self.free.push(slot);
        }
        self.open -= usize::from(matches!(place, Place::Open(_)));
        place
    }

    /// Checks what always holds: every key leads to its flow.
    #[cfg(test)]
    pub(super) fn check(&self) {
        let mut keys = 0;
        for place in &self.all {
            keys += place.keys().map_or(0, |(_, other)| 1 + usize::from(other.is_some()));
        }
        assert_eq!(self.index.len(), keys);
        assert_eq!(self.open, self.all_open().count());
    }

    /// How many flows are known, and how many places there are for them.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.all.len() - self.free.len(), self.all.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_may_be_a_million_of_is_small() {
        let sizes = (size_of::<Open<()>>(), size_of::<Ended>(), size_of::<Place<()>>());
        assert!(sizes.0 <= 264 && sizes.1 <= 144 && sizes.2 <= 16, "{sizes:?}");
    }
}
