//! Origins in few bytes, for what is kept by the ten thousand.

use super::{Origin, PacketRange};
use smallvec::SmallVec;

/// An [`Origin`] that can only be unpacked. Three ranges of packets that stand near each other fit without memory of their own.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Packed {
    /// For each range: the capture, the distance of its first packet to the end of the range before, and its length; each of these in groups of
    /// seven bits, the lowest first, all but the last with the eighth bit set.
    bytes: SmallVec<[u8; 23]>,
}

impl Packed {
    /// Unpacks it.
    pub fn unpack(&self) -> Origin {
        let mut origin = Origin::default();
        let mut numbers = self.numbers();
        let mut before = PacketRange { capture: 0, first: 0, last: 0 };
        while let (Some(capture), Some(distance), Some(length)) = (numbers.next(), numbers.next(), numbers.next()) {
            let capture = capture as u32;
            let from = if capture == before.capture { before.last } else { 0 };
            let first = from.wrapping_add(distance);
            before = PacketRange { capture, first, last: first.wrapping_add(length) };
            origin.insert(before);
        }
        origin
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

    fn push(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }
}

impl From<&Origin> for Packed {
    fn from(origin: &Origin) -> Self {
        let mut packed = Self::default();
        let mut before = PacketRange { capture: 0, first: 0, last: 0 };
        for range in origin.ranges() {
            let from = if range.capture == before.capture { before.last } else { 0 };
            packed.push(range.capture.into());
            packed.push(range.first.wrapping_sub(from));
            packed.push(range.last.wrapping_sub(range.first));
            before = *range;
        }
        packed
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
