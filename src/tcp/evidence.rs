//! The packets that opened a connection, in the least memory: a flood of SYNs makes a million connections of which one packet is known.

use crate::base::origin::{Origin, Packed, PacketId};

/// A connection's first packet, and the packets of its opening and of its failure, among which the first one may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    first: u64,
    capture: u32,
    /// Whether the first packet is the only one that is cited so far.
    only_first: bool,
    cited: Option<Box<Origin>>,
}

impl Evidence {
    /// That of a connection which begins with `first`. That alone is no evidence of its opening.
    pub const fn starting_at(first: PacketId) -> Self {
        Self { first: first.number, capture: first.capture, only_first: false, cited: None }
    }

    /// The connection's first packet.
    pub const fn first_packet(&self) -> PacketId {
        PacketId { capture: self.capture, number: self.first }
    }

    /// Cites a packet.
    pub fn add(&mut self, packet: PacketId) {
        if self.cited.is_none() && packet == self.first_packet() {
            self.only_first = true;
            return;
        }
        let before = self.origin();
        self.cited.get_or_insert_with(|| Box::new(before)).add(packet);
        self.only_first = false;
    }

    /// The packets that are cited.
    pub fn origin(&self) -> Origin {
        match &self.cited {
            Some(cited) => Origin::clone(cited),
            None if self.only_first => Origin::of(self.first_packet()),
            None => Origin::default(),
        }
    }

    /// The same in few bytes.
    pub fn packed(&self) -> Packed {
        self.cited.as_deref().map_or_else(|| Packed::from(&self.origin()), Packed::from)
    }
}

impl From<Origin> for Evidence {
    fn from(origin: Origin) -> Self {
        let PacketId { capture, number } = origin.first().unwrap_or(PacketId { capture: 0, number: 0 });
        Self { first: number, capture, only_first: false, cited: Some(Box::new(origin)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_cites_what_was_added() {
        let packet = |number| PacketId { capture: 3, number };
        let mut evidence = Evidence::starting_at(packet(7));
        assert_eq!((evidence.origin(), evidence.packed()), (Origin::default(), Packed::default()));
        let mut origin = Origin::default();
        for number in [7, 7, 12, 8, 7] {
            evidence.add(packet(number));
            origin.add(packet(number));
            assert_eq!((evidence.origin(), evidence.packed()), (origin.clone(), Packed::from(&origin)));
            assert_eq!(evidence.first_packet(), packet(7));
        }
        let mut other = Evidence::starting_at(packet(7));
        other.add(packet(9));
        assert_eq!(other.origin(), Origin::of(packet(9)), "the first packet was none of the opening's");
        assert_eq!(Evidence::from(origin).origin(), evidence.origin());
        assert!(size_of::<Evidence>() <= 24);
    }
}
