//! Origins in few bytes, for what is kept by the ten thousand.

use super::{MAX_RANGES, Origin, PacketId, PacketRange};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

/// An [`Origin`] that can only be unpacked. Three ranges of packets that stand near each other fit without memory of their own.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Packed {
    /// For each range: the capture, the distance of its first packet to the end of the range before, and its length; each of these in groups of
    /// seven bits, the lowest first, all but the last with the eighth bit set.
    bytes: SmallVec<[u8; 23]>,
}

impl Packed {
    /// The origin that consists of one packet.
    pub fn of(packet: PacketId) -> Self {
        Self::from(&Origin::of(packet))
    }

    /// All packets of both.
    pub fn both(one: &Origin, other: &Origin) -> Self {
        // A request mostly ends before its answer begins.
        if let (Some((last, before)), Some((first, behind))) = (one.ranges.split_last(), other.ranges.split_first())
            && (last.capture, last.last) < (first.capture, first.first)
            && one.ranges.len() + other.ranges.len() <= MAX_RANGES
        {
            let (mut last, mut first) = (Some(*last), *first);
            first.first =
                last.take_if(|last| last.capture == first.capture && last.last + 1 == first.first).map_or(first.first, |last| last.first);
            return Self::of_ranges(before.iter().copied().chain(last).chain([first]).chain(behind.iter().copied()));
        }
        let mut origin = one.clone();
        origin.extend(other);
        Self::from(&origin)
    }

    /// Of `ranges` that stand in order, apart from each other.
    fn of_ranges(ranges: impl Iterator<Item = PacketRange>) -> Self {
        // Written side by side first: piece by piece it would be slow.
        let (mut room, mut used) = ([0; 64], 0);
        let mut further: Vec<u8> = Vec::new();
        let mut put = |byte: u8| {
            match room.get_mut(used) {
                Some(place) => *place = byte,
                None => further.push(byte),
            }
            used += 1;
        };
        let mut before = PacketRange { capture: 0, first: 0, last: 0 };
        for range in ranges {
            let from = if range.capture == before.capture { before.last } else { 0 };
            for mut number in [range.capture.into(), range.first.wrapping_sub(from), range.last.wrapping_sub(range.first)] {
                while number >= 0x80 {
                    put(number as u8 | 0x80);
                    number >>= 7;
                }
                put(number as u8);
            }
            before = range;
        }
        let mut bytes = SmallVec::from_slice(room.get(..used).unwrap_or(&room));
        bytes.extend_from_slice(&further);
        Self { bytes }
    }

    /// Unpacks it.
    pub fn unpack(&self) -> Origin {
        Origin { ranges: self.ranges().collect() }
    }

    /// The first packet, if there is one.
    pub fn first(&self) -> Option<PacketId> {
        self.ranges().next().map(|range| PacketId { capture: range.capture, number: range.first })
    }

    /// Whether no packet is cited.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// It as bytes, to be kept elsewhere.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What was such bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self { bytes: SmallVec::from_slice(bytes) }
    }

    /// Adds all packets of `other`.
    pub fn extend(&mut self, other: &Self) {
        let mut origin = self.unpack();
        origin.unite(other);
        *self = Self::from(&origin);
    }

    /// The ranges in order.
    pub fn ranges(&self) -> impl Iterator<Item = PacketRange> {
        let mut numbers = self.numbers();
        let mut before = PacketRange { capture: 0, first: 0, last: 0 };
        std::iter::from_fn(move || {
            let (capture, distance, length) = (numbers.next()? as u32, numbers.next()?, numbers.next()?);
            let from = if capture == before.capture { before.last } else { 0 };
            let first = from.wrapping_add(distance);
            before = PacketRange { capture, first, last: first.wrapping_add(length) };
            Some(before)
        })
    }

    fn numbers(&self) -> impl Iterator<Item = u64> {
        let mut bytes = self.bytes.iter();
        std::iter::from_fn(move || {
            let mut number = 0;
            for shift in (0..64).step_by(7) {
                let byte = *bytes.next()?;
                number |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    break;
                }
            }
            Some(number)
        })
    }
}

impl From<&Origin> for Packed {
    fn from(origin: &Origin) -> Self {
        Self::of_ranges(origin.ranges.iter().copied())
    }
}

impl Serialize for Packed {
    /// The same as that of an [`Origin`].
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Some formats want the number first.
        let mut list = serializer.serialize_seq(Some(self.ranges().count()))?;
        for range in self.ranges() {
            list.serialize_element(&range)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Origin::deserialize(deserializer).map(|origin| Self::from(&origin))
    }
}

impl std::fmt::Debug for Packed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.unpack().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let range = |capture, first, last| PacketRange { capture, first, last };
        let near = [range(0, 2_562_800, 2_562_803), range(0, 2_562_805, 2_562_805), range(0, 2_562_900, 2_562_900)];
        let far = [range(0, 1, u64::MAX - 1), range(1, 5, 5), range(u32::MAX, u64::MAX, u64::MAX)];
        for ranges in [&near[..], &far[..], &[]] {
            let mut origin = Origin::default();
            for range in ranges {
                origin.insert(*range);
            }
            let packed = Packed::from(&origin);
            assert_eq!(packed.unpack(), origin);
            assert_eq!(packed.bytes.spilled(), ranges == far);
        }
        assert!(size_of::<Packed>() <= 32);
    }
}
