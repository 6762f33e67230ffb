//! Evidence: which packets prove a fact.

mod packed;

pub use packed::Packed;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeTuple};
use smallvec::SmallVec;

/// One packet: the capture it is in and its number there, counted from 1 as Wireshark does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId {
    /// Index of the capture in the analysis, from 0.
    pub capture: u32,
    /// Number of the packet in that capture, from 1.
    pub number: u64,
}

/// Packets `first..=last` of one capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketRange {
    /// Index of the capture in the analysis, from 0.
    pub capture: u32,
    /// First packet number.
    pub first: u64,
    /// Last packet number.
    pub last: u64,
}

impl Serialize for PacketRange {
    /// `[capture, first, last]`, as the JSON contract says.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(3)?;
        tuple.serialize_element(&self.capture)?;
        tuple.serialize_element(&self.first)?;
        tuple.serialize_element(&self.last)?;
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for Origin {
    /// Ranges that are given in any order.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut origin = Self::default();
        for (capture, first, last) in Vec::<(u32, u64, u64)>::deserialize(deserializer)? {
            origin.insert(PacketRange { capture, first, last: last.max(first) });
        }
        Ok(origin)
    }
}

/// How many separate ranges an [`Origin`] keeps. A message of more scattered segments than this cites a last range that spans the rest.
const MAX_RANGES: usize = 32;

/// The packets that prove a fact: sorted, separate ranges.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Origin {
    ranges: SmallVec<[PacketRange; 2]>,
}

impl Clone for Origin {
    #[inline]
    fn clone(&self) -> Self {
        // All at once: ranges are plain numbers.
        Self { ranges: SmallVec::from_slice(&self.ranges) }
    }
}

impl Origin {
    /// The origin that consists of one packet.
    #[inline]
    pub fn of(packet: PacketId) -> Self {
        let mut ranges = SmallVec::new();
        ranges.push(PacketRange { capture: packet.capture, first: packet.number, last: packet.number });
        Self { ranges }
    }

    /// Adds one packet.
    #[inline]
    pub fn add(&mut self, packet: PacketId) {
        self.insert(PacketRange { capture: packet.capture, first: packet.number, last: packet.number });
    }

    /// Adds all packets of `other`.
    pub fn extend(&mut self, other: &Self) {
        for range in &other.ranges {
            self.insert(*range);
        }
    }

    /// Adds all packets of `other`.
    pub fn unite(&mut self, other: &Packed) {
        for range in other.ranges() {
            self.insert(range);
        }
    }

    /// The ranges in order.
    pub fn ranges(&self) -> &[PacketRange] {
        &self.ranges
    }

    /// The first packet, if there is one.
    pub fn first(&self) -> Option<PacketId> {
        self.ranges.first().map(|range| PacketId { capture: range.capture, number: range.first })
    }

    /// Whether no packet is cited.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    #[inline]
    fn insert(&mut self, new: PacketRange) {
        let count = self.ranges.len();
        // Nearly always the packets come in their order.
        match self.ranges.last_mut() {
            None => self.ranges.push(new),
            Some(last) if last.capture == new.capture && new.first >= last.first && new.first <= last.last.saturating_add(1) => {
                last.last = last.last.max(new.last);
            }
            Some(last) if (last.capture, last.last) < (new.capture, new.first) && count < MAX_RANGES => self.ranges.push(new),
            Some(_) => self.sort_in(new),
        }
    }

    fn sort_in(&mut self, new: PacketRange) {
        self.ranges.push(new);
        self.ranges.sort_unstable_by_key(|range| (range.capture, range.first, range.last));
        let mut merged: SmallVec<[PacketRange; 2]> = SmallVec::new();
        for range in self.ranges.drain(..) {
            let full = merged.len() >= MAX_RANGES;
            match merged.last_mut() {
                Some(last) if last.capture == range.capture && (full || range.first <= last.last.saturating_add(1)) => {
                    last.last = last.last.max(range.last);
                }
                _ => merged.push(range),
            }
        }
        self.ranges = merged;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(number: u64) -> PacketId {
        PacketId { capture: 0, number }
    }

    #[test]
    fn neighbours_join_and_others_stay_apart() {
        let mut origin = Origin::of(packet(7));
        for number in [8, 3, 12, 4, 7] {
            origin.add(packet(number));
        }
        let ranges: Vec<_> = origin.ranges().iter().map(|range| (range.first, range.last)).collect();
        assert_eq!(ranges, [(3, 4), (7, 8), (12, 12)]);
        assert_eq!(serde_json::to_string(&origin).unwrap(), "[[0,3,4],[0,7,8],[0,12,12]]");
    }

    #[test]
    fn scattered_packets_stay_bounded_and_covered() {
        let mut origin = Origin::default();
        for number in 0..1000 {
            origin.add(packet(number * 3));
        }
        assert_eq!(origin.ranges().len(), MAX_RANGES);
        assert_eq!(origin.ranges().last().unwrap().last, 2997);
    }
}
