//! VLAN tags that differ although the flow is one: those of its two directions, and those of an ICMP error about it.
//!
//! Some mirror ports tag one direction only. What finds no flow with its own tags, and acknowledges just what was seen of the only side of a flow
//! with other tags, is the other half of that flow, which is found by both tags from then on. Where two VLANs both show both directions, each of
//! them has a flow of its own: the second copy of a packet finds that its side was seen already.

use super::{FlowTable, Key};
use crate::net::{IcmpError, Segment};

impl<S: Default> FlowTable<S> {
    /// Where the flow is kept that `segment` belongs to.
    pub(super) fn find(&self, segment: &Segment<'_>) -> Option<usize> {
        let own = self.flows.get(&Key::of(segment.source, segment.destination, segment.vlan)).copied();
        own.or_else(|| self.other_half(segment))
    }

    /// Where the flow with other tags is kept that `segment` is the other half of.
    pub(super) fn other_half(&self, segment: &Segment<'_>) -> Option<usize> {
        let others = self.vlans.iter().filter(|vlan| **vlan != segment.vlan);
        let mut slots = others.filter_map(|vlan| self.flows.get(&Key::of(segment.source, segment.destination, *vlan)).copied());
        slots.find(|slot| self.entry(*slot).is_some_and(|entry| entry.flow.is_half_of(segment)))
    }

    /// Lets the flow be found by `key`, too. Answers where it is kept.
    pub(super) fn join(&mut self, slot: usize, key: Key) -> usize {
        if let Some(Some(entry)) = self.entries.get_mut(slot)
            && entry.other_key.is_none()
        {
            entry.other_key = Some(key);
            self.flows.insert(key, slot);
        }
        slot
    }

    /// Gives `error` to the flow it is about. Says whether there is one. Its sender may sit on another VLAN than the flow, or the tags of one
    /// direction only were captured: if no flow with its own tags is meant, it is given to those with others, which may be several where one
    /// connection was captured on two VLANs.
    pub(super) fn about_known_flow(&mut self, error: &IcmpError) -> bool {
        let Self { flows, entries, vlans, .. } = self;
        let mut give = |vlan| {
            let slot = flows.get(&Key::of(error.source, error.destination, vlan)).copied();
            slot.and_then(|slot| entries.get_mut(slot)).and_then(Option::as_mut).is_some_and(|entry| entry.flow.icmp(error))
        };
        let mut known = give(error.vlan);
        if !known {
            for vlan in vlans.iter() {
                known |= give(*vlan);
            }
        }
        known
    }
}
