//! What is remembered of a flow that has ended, so that what comes late is not taken for a new one. Most flows of a busy capture are in this
//! state, so it is small.

use crate::base::address::{PerSide, Side};
use crate::base::note::NoteKind;
use crate::base::time::Timestamp;
use crate::net::Segment;
use crate::tcp::accounts::Accounts;
use crate::tcp::seq::Sequence;

/// What is remembered of one side.
#[derive(Clone, Copy, Debug, Default)]
pub struct Half {
    /// Its sequence space, if anything was known of it.
    pub sequence: Option<Sequence>,
    /// Its initial sequence number, if its SYN was seen.
    pub isn: Option<u32>,
    /// The number of the byte that would have been next.
    pub next: u32,
    /// How far before that its stream began.
    pub before: u32,
    /// How far behind that anything was seen or acknowledged of it.
    pub behind: u32,
    /// Whether a packet of it was seen.
    pub spoke: bool,
}

impl Half {
    /// How far the number `wire` is ahead of the next byte, if anything is known of this side.
    fn offset(&self, wire: u32) -> Option<i64> {
        self.sequence.map(|_| i64::from(wire.wrapping_sub(self.next).cast_signed()))
    }

    /// Whether its stream begins behind a SYN with this number.
    fn begins_after(&self, isn: u32) -> bool {
        self.sequence == Some(Sequence::after_syn(isn))
    }
}

/// What is remembered of a flow that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Remains {
    /// When it ended.
    pub ended: Timestamp,
    /// Whether the initiator's endpoint is the lower one.
    pub low_initiator: bool,
    /// Its sides.
    pub halves: PerSide<Half>,
}

impl Remains {
    fn side_of(&self, segment: &Segment<'_>) -> Side {
        if (segment.source <= segment.destination) == self.low_initiator { Side::Initiator } else { Side::Responder }
    }

    /// Whether `segment` opens another connection between the same endpoints. A RST never does, nor does a SYN that was seen before.
    pub fn is_succeeded_by(&self, segment: &Segment<'_>) -> bool {
        if !segment.syn || segment.rst {
            return false;
        }
        let half = self.halves.get(self.side_of(segment));
        let again = half.isn == Some(segment.seq) || (segment.ack.is_some() && half.begins_after(segment.seq));
        !again
    }

    /// Whether `segment`, although it carries other VLAN tags, belongs to this connection (see [`crate::tcp::flow::Flow::is_half_of`]).
    pub fn is_half_of(&self, segment: &Segment<'_>) -> bool {
        let side = self.side_of(segment);
        let (half, peer) = (self.halves.get(side), self.halves.get(side.other()));
        if half.spoke {
            return false;
        }
        if segment.syn && !segment.rst && segment.ack.is_none() {
            return half.begins_after(segment.seq) && peer.isn.is_some();
        }
        let seen = -i64::from(peer.before)..=i64::from(peer.behind);
        segment.ack.and_then(|ack| peer.offset(ack)).is_some_and(|acked| seen.contains(&acked))
    }

    /// Whether the RST `reset` may belong to this connection: not if that ended some time ago.
    pub fn explains(&self, reset: &Segment<'_>, accounts: &Accounts) -> bool {
        reset.at.since(self.ended) <= accounts.limits.gap_grace
    }

    /// Accounts for a segment that comes after the end.
    pub fn stray(&self, segment: &Segment<'_>, accounts: &mut Accounts) {
        let offset = self.halves.get(self.side_of(segment)).offset(segment.seq);
        accounts.stray(offset, segment);
    }
}

impl Accounts {
    /// Accounts for a segment that comes after the end of its flow, whose number is so far ahead of the next byte, if that is known.
    pub fn stray(&mut self, offset: Option<i64>, segment: &Segment<'_>) {
        let len = segment.payload.len() as u64;
        let fresh = match offset.filter(|_| !segment.rst) {
            // The SYN occupies a number.
            Some(offset) => (offset + i64::from(segment.syn)).saturating_add(len as i64).clamp(0, len as i64) as u64,
            None => len,
        };
        self.ledger.duplicate += len - fresh;
        self.discard(fresh, NoteKind::BytesAfterEnd, segment.packet);
    }
}
