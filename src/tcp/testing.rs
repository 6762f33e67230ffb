//! What the tests of this layer share: conversations as readable lines.

use crate::base::address::{Endpoint, Side};
use crate::base::fate::{Fate, UnreachableReason};
use crate::base::limits::Limits;
use crate::base::origin::PacketId;
use crate::base::time::{Span, Timestamp};
use crate::net::{IcmpError, Segment};
use crate::tcp::clock::Clock;
use crate::tcp::event::{Cause, FlowEvent, FlowId, FlowInfo, FlowListener, Interest};
use crate::tcp::table::FlowTable;

/// The initial sequence numbers of client and server in these tests: both wrap after a few bytes.
pub(crate) const CLIENT_ISN: u32 = u32::MAX - 5;
pub(crate) const SERVER_ISN: u32 = u32::MAX - 9;

pub(crate) fn packet(number: u64) -> PacketId {
    PacketId { capture: 0, number }
}

pub(crate) fn client(port: u16) -> Endpoint {
    Endpoint::new([10, 0, 0, 1].into(), port)
}

pub(crate) fn server() -> Endpoint {
    Endpoint::new([10, 0, 0, 2].into(), 80)
}

/// Writes down what it is told, as one line per event: `0 I "text"`. The first flow is 0, the next one 1, whatever their numbers are.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) lines: Vec<String>,
    /// What caused each line.
    pub(crate) causes: Vec<Cause>,
    pub(crate) flows: Vec<FlowId>,
    cause: Option<Cause>,
    pub(crate) infos: Vec<FlowInfo>,
    /// Answer [`Interest::Count`] from this event on.
    pub(crate) count_after: Option<usize>,
    /// Flows wait for an answer from their first byte on.
    pub(crate) waits: bool,
}

/// Whether the flow waits.
#[derive(Default)]
pub(crate) struct Waits(bool);

impl FlowListener for Recorder {
    type State = Waits;

    fn turn(&mut self, cause: Cause) {
        self.cause = Some(cause);
    }

    fn flow_event(&mut self, flow: &FlowInfo, state: &mut Waits, event: FlowEvent<'_>) -> Interest {
        let name = |side| if side == Side::Initiator { "I" } else { "R" };
        let line = match event {
            FlowEvent::Opened => {
                self.flows.push(flow.id);
                format!("opened {} -> {}", flow.initiator.port, flow.responder.port)
            }
            FlowEvent::Established => "established".to_owned(),
            FlowEvent::Data { side, bytes, packet, .. } => {
                state.0 = self.waits;
                format!("{} {:?} #{}", name(side), String::from_utf8_lossy(bytes), packet.number)
            }
            FlowEvent::Counted { side, len } => format!("{} counted {len}", name(side)),
            FlowEvent::Gap { side, len, packet, .. } => format!("{} gap {len} #{}", name(side), packet.number),
            FlowEvent::Closed { side, packet, .. } => format!("{} closed #{}", name(side), packet.number),
            FlowEvent::Reset { side, packet, .. } => format!("{} reset #{}", name(side), packet.number),
            FlowEvent::Ended { fate, at } => {
                self.infos.push(flow.clone());
                let fate = match fate {
                    Fate::Unreachable(why) => format!("unreachable {}", why.code),
                    fate => format!("{fate:?}").to_lowercase(),
                };
                format!("{fate} at {}", at.nanos() / 1_000_000)
            }
        };
        let place = self.flows.iter().position(|id| *id == flow.id).unwrap();
        self.lines.push(format!("{place} {line}"));
        self.causes.push(self.cause.unwrap());
        match self.count_after {
            Some(after) if self.lines.len() > after => Interest::Count,
            _ => Interest::Bytes,
        }
    }

    fn is_waiting(state: &Waits) -> bool {
        state.0
    }
}

/// A table, what it told, and a clock.
pub(crate) struct Rig {
    pub(crate) table: FlowTable<Waits>,
    pub(crate) clock: Clock,
    leap: Span,
    pub(crate) told: Recorder,
    pub(crate) number: u64,
    pub(crate) millis: i64,
    /// The client's port, to speak on several connections.
    pub(crate) port: u16,
    /// The client's and the server's ISN; segments are written with positions relative to them.
    pub(crate) isn: (u32, u32),
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self {
            table: FlowTable::new(limits),
            clock: Clock::default(),
            leap: limits.leap,
            told: Recorder::default(),
            number: 0,
            millis: 0,
            port: 40_000,
            isn: (CLIENT_ISN, SERVER_ISN),
        }
    }

    /// The client sends; `at` and `ack` are positions (0 is the first byte of data, -1 the SYN). One millisecond passes with every packet.
    pub(crate) fn client(&mut self, flags: &str, at: i64, ack: i64, payload: &[u8]) {
        let segment = self.segment(Side::Initiator, flags, at, ack, payload);
        self.send(&segment);
    }

    /// The server sends.
    pub(crate) fn server(&mut self, flags: &str, at: i64, ack: i64, payload: &[u8]) {
        let segment = self.segment(Side::Responder, flags, at, ack, payload);
        self.send(&segment);
    }

    pub(crate) fn segment<'a>(&mut self, from: Side, flags: &str, at: i64, ack: i64, payload: &'a [u8]) -> Segment<'a> {
        self.number += 1;
        self.millis += 1;
        let (mine, other, source, destination) = match from {
            Side::Initiator => (self.isn.0, self.isn.1, client(self.port), server()),
            Side::Responder => (self.isn.1, self.isn.0, server(), client(self.port)),
        };
        Segment {
            packet: packet(self.number),
            at: Timestamp::from_nanos(self.millis * 1_000_000),
            source,
            destination,
            vlan: 0,
            seq: mine.wrapping_add(1).wrapping_add(at as u32),
            ack: flags.contains('A').then(|| other.wrapping_add(1).wrapping_add(ack as u32)),
            syn: flags.contains('S'),
            fin: flags.contains('F'),
            rst: flags.contains('R'),
            copy: false,
            payload,
            cut: 0,
        }
    }

    pub(crate) fn send(&mut self, segment: &Segment<'_>) {
        let moment = self.clock.tell(segment.at, self.leap);
        self.table.segment(segment, moment, &mut self.told);
    }

    /// SYN, SYN-ACK, ACK.
    pub(crate) fn handshake(&mut self) {
        self.client("S", -1, 0, b"");
        self.server("SA", -1, 0, b"");
        self.client("A", 0, 0, b"");
    }

    /// An ICMP host-unreachable about the client's SYN.
    pub(crate) fn unreachable(&mut self) {
        let quoted = self.segment(Side::Initiator, "S", -1, 0, b"");
        let error = IcmpError {
            packet: quoted.packet,
            at: quoted.at,
            from: [10, 0, 0, 254].into(),
            source: quoted.source,
            destination: quoted.destination,
            vlan: 0,
            seq: quoted.seq,
            unreachable: Some((UnreachableReason::Host, 1)),
        };
        let moment = self.clock.tell(error.at, self.leap);
        self.table.icmp(&error, moment, &mut self.told);
    }

    pub(crate) fn wait(&mut self, millis: i64) {
        self.millis += millis;
    }

    /// Lets a packet of another protocol pass now.
    pub(crate) fn tick(&mut self) {
        self.tick_at(Timestamp::from_nanos(self.millis * 1_000_000));
    }

    /// Lets a packet of another protocol pass, which has that time.
    pub(crate) fn tick_at(&mut self, at: Timestamp) {
        let moment = self.clock.tell(at, self.leap);
        self.table.advance(moment, &mut self.told);
    }

    /// Ends the capture, checks the sums, and gives all lines.
    pub(crate) fn finish(&mut self) -> Vec<String> {
        self.table.finish(self.clock.end(), &mut self.told);
        let ledger = self.table.ledger();
        assert_eq!(ledger.captured, ledger.delivered + ledger.duplicate + ledger.discarded, "{ledger:?}");
        let told = std::mem::take(&mut self.told.lines);
        let fates = self.table.by_fate();
        let ended = fates.finished
            + fates.refused
            + fates.unanswered
            + fates.unreachable
            + fates.reset
            + fates.idle
            + fates.evicted
            + fates.capture_ended;
        assert_eq!(ended, self.table.flows_seen(), "every flow has one fate");
        told
    }

    /// As [`Self::finish`], for one flow that was opened by its handshake: without those first lines and without the flow's number.
    pub(crate) fn finish_one(&mut self) -> Vec<String> {
        let told = self.finish();
        let skip = usize::from(told.get(1).is_some_and(|line| line.ends_with("established"))) + 1;
        told.iter().skip(skip).map(|line| line.trim_start_matches("0 ").to_owned()).collect()
    }
}
