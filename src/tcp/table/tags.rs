//! VLAN tags that differ although the flow is one: those of its two directions, and those of an ICMP error about it.
//!
//! Some mirror ports tag one direction only. What finds no flow with its own tags, and acknowledges just what was seen of the only side of a flow
//! with other tags, is the other half of that flow, which is found by both tags from then on. Where two VLANs both show both directions, each of
//! them has a flow of its own: the second copy of a packet finds that its side was seen already.

use super::FlowTable;
use crate::net::{IcmpError, Segment};
use crate::tcp::table::places::{Key, Slot};

impl<S: Default> FlowTable<S> {
    /// Where the flow is kept that `segment` belongs to.
    pub(super) fn find(&self, segment: &Segment<'_>) -> Option<Slot> {
        let own = self.places.find(Key::of(&segment.source, &segment.destination, segment.vlan));
        own.or_else(|| self.other_half(segment))
    }

    /// Where the flow with other tags is kept that `segment` is the other half of.
    pub(super) fn other_half(&self, segment: &Segment<'_>) -> Option<Slot> {
        let others = self.vlans.iter().filter(|vlan| **vlan != segment.vlan);
        let mut slots = others.filter_map(|vlan| self.places.find(Key::of(&segment.source, &segment.destination, *vlan)));
        slots.find(|slot| self.places.get(*slot).is_half_of(segment))
    }

    /// Gives `error` to the flow it is about. Says whether there is one. Its sender may sit on another VLAN than the flow, or the tags of one
    /// direction only were captured: if no flow with its own tags is meant, it is given to those with others, which may be several where one
    /// connection was captured on two VLANs.
    pub(super) fn about_known_flow(&mut self, error: &IcmpError) -> bool {
        let Self { places, vlans, .. } = self;
        let mut give = |vlan| {
            let Some(slot) = places.find(Key::of(&error.source, &error.destination, vlan)) else { return false };
            match places.open_mut(slot) {
                Some(open) => open.flow.icmp(error),
                None => true,
            }
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
