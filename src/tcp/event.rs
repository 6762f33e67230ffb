//! What the TCP layer tells the layer above: flows as they open, carry bytes or gaps, and end.

use crate::base::address::{Endpoint, PerSide, Side};
use crate::base::fate::Fate;
use crate::base::note::Place;
use crate::base::origin::PacketId;
use crate::base::time::Timestamp;
use crate::tcp::evidence::Evidence;

/// The number of a flow: that of the packet that opened it ([`crate::tcp::clock::Moment::nth`]). So flows are in the order in which they were
/// opened, whichever table they are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u64);

/// What is known of a flow so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowInfo {
    /// Its number.
    pub id: FlowId,
    /// The side that sent the first SYN; where no SYN was captured, the best guess.
    pub initiator: Endpoint,
    /// The side that was connected to.
    pub responder: Endpoint,
    /// The network of its first packet: VLAN tags and virtual network (see [`crate::net::Segment::vlan`]); 0 where there is neither. The other
    /// direction may have other tags.
    pub vlan: u64,
    /// When its first packet was seen.
    pub opened: Timestamp,
    /// When its latest packet was seen.
    pub last: Timestamp,
    /// When the latest SYN of the initiator was seen.
    pub last_syn: Option<Timestamp>,
    /// How many SYNs (without ACK) the initiator sent.
    pub syns: u32,
    /// Whether the connection came up: a SYN-ACK, data or an ACK of the responder's was seen.
    pub established: bool,
    /// Whether the capture starts in the middle of this flow (no SYN seen).
    pub mid_stream: bool,
    /// Packets seen from each side.
    pub packets: PerSide<u64>,
    /// Payload bytes that were captured of it, whatever became of them.
    pub payload: u64,
    /// How many bytes of both sides were reported as gaps so far. A flow without a request that lacks bytes may have carried one.
    pub missing: u64,
    /// Whether the other side has, by its latest acknowledgment, more of this side than was handed up: bytes that were captured later or not at
    /// all.
    pub unseen: PerSide<bool>,
    /// The initial sequence number of each side, where its SYN was seen. Two flows with the same pair are one connection seen on both sides of
    /// an address translation.
    pub isn: PerSide<Option<u32>>,
    /// Its first packet, and the packets of the connection's opening and of its failure: SYNs, SYN-ACK, the RST or ICMP message that ended it.
    pub opening: Evidence,
}

impl FlowInfo {
    /// The endpoint of `side`.
    pub const fn endpoint(&self, side: Side) -> Endpoint {
        match side {
            Side::Initiator => self.initiator,
            Side::Responder => self.responder,
        }
    }
}

/// Something that happened on a flow. Events of one side come in stream order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowEvent<'a> {
    /// The first packet of the flow.
    Opened,
    /// The connection came up.
    Established,
    /// The next bytes of `side`.
    Data {
        /// Who sent them.
        side: Side,
        /// The bytes; never empty.
        bytes: &'a [u8],
        /// When the packet that carried them was seen.
        at: Timestamp,
        /// That packet.
        packet: PacketId,
    },
    /// The next `len` bytes of `side`, which nobody wants to see any more (see [`Interest::Count`]).
    Counted {
        /// Who sent them.
        side: Side,
        /// How many.
        len: u64,
    },
    /// `len` bytes of `side` are not in the capture.
    Gap {
        /// Who sent them.
        side: Side,
        /// How many.
        len: u64,
        /// When the packet that proved it was seen.
        at: Timestamp,
        /// That packet.
        packet: PacketId,
    },
    /// `side` closed its direction with a FIN, after all its bytes.
    Closed {
        /// Who closed.
        side: Side,
        /// When.
        at: Timestamp,
        /// The packet with the FIN.
        packet: PacketId,
    },
    /// `side` reset the connection.
    Reset {
        /// Who reset it.
        side: Side,
        /// When.
        at: Timestamp,
        /// The packet with the RST.
        packet: PacketId,
    },
    /// The flow is over; nothing follows.
    Ended {
        /// How it ended.
        fate: Fate,
        /// When its fate was sealed: the last FIN, the RST, the ICMP message, the last SYN, or the last packet; never before
        /// the flow was opened.
        at: Timestamp,
    },
}

/// What the listener wants to see of a flow from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interest {
    /// Bytes and gaps.
    #[default]
    Bytes,
    /// Only how many bytes there are: the flow is provably of no interest, and nothing needs to be buffered for it.
    Count,
}

/// What made events happen. Events of several tables are in the order of one single table if they are sorted by the packets that caused them, and
/// those of one packet by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The flow has waited until this time: the first packet of the whole capture that is later than it caused that.
    Deadline(Timestamp, FlowId),
    /// A packet: what time it was by it, and its number ([`crate::tcp::clock::Moment`]).
    Packet(Timestamp, u64),
    /// The capture ended, and with it this flow.
    End(FlowId),
}

impl Cause {
    /// Where in the analysis that is. What several tables note has so the order in which a single one notes it.
    #[inline]
    pub const fn place(self) -> Place {
        match self {
            Self::Deadline(at, flow) => (at, flow.0),
            Self::Packet(now, nth) => (now, nth),
            Self::End(flow) => (Timestamp::MAX, flow.0),
        }
    }
}

/// The layer above TCP.
pub trait FlowListener {
    /// What it keeps for each flow.
    type State: Default;

    /// Says what causes all events from now on.
    fn turn(&mut self, _cause: Cause) {}

    /// Takes one event of a flow.
    fn flow_event(&mut self, flow: &FlowInfo, state: &mut Self::State, event: FlowEvent<'_>) -> Interest;

    /// Whether the flow waits for an answer, however long that may take. Such a flow never ends by idle time.
    fn is_waiting(state: &Self::State) -> bool;
}
