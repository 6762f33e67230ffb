//! One TCP connection: two assemblers, the handshake, and how it ended.
//!
//! **Who opened it.** The sender of a SYN, or the receiver of a SYN-ACK. Where neither was captured, it is a guess: the side with a port below
//! 1024 was connected to, port 80 before others; else the sender of the first packet opened it.
//!
//! **Mid-stream start.** A side begins at the first sequence number seen of it, or at the first number that the other side acknowledged of it,
//! whichever is seen first. Until something of it was handed up, a segment may still move the beginning back by up to
//! [`START_REACH`](crate::tcp::assembler::START_REACH) bytes, so that an acknowledgment that overtook its segment loses nothing. Once the
//! first bytes were handed up, earlier ones are given up.
//!
//! **Soft failures.** An ICMP destination-unreachable about the SYN does not end the flow at once: some stacks go on trying (RFC 1122, section
//! 4.2.3.9), and then the connection may still come up. Nor does a RST that answers the SYN: Windows repeats the same SYN two or three times,
//! about half a second after each RST, and all that is one attempt. The flow ends as unreachable once
//! [`crate::base::limits::Limits::connect`] passed since its last SYN, or as refused once [`crate::base::limits::Limits::retry`] passed since
//! its last packet; sooner when another connection takes its ports, or with the capture.
//!
//! **Resets.** A RST is believed if its sequence number, or its acknowledgment number, lies within [`opening::RST_REACH`] of what was seen of
//! that side. Strictly in-window (RFC 9293, section 3.10.7.4) would be wrong here: the RST of a closed socket carries the acknowledgment number
//! of the segment that provoked it, which may be old. Where a side resets after its own FIN, its application is gone and something of the peer's
//! provoked the RST; as captures reorder a little, that may come after it. Such a RST ends the flow only after
//! [`crate::base::limits::Limits::gap_grace`], and the bytes that are next are handed up until then.

mod closing;
pub mod opening;
mod streams;

use crate::base::address::{Endpoint, PerSide, Side};
use crate::base::fate::{Fate, Unreachable};
use crate::base::note::NoteKind;
use crate::base::time::{Span, Timestamp};
use crate::net::{IcmpError, Segment};
use crate::tcp::accounts::Accounts;
use crate::tcp::assembler::{Arrival, Assembler, Out, Piece, Seen};
use crate::tcp::event::{FlowEvent, FlowId, FlowInfo, FlowListener, Interest};
use crate::tcp::evidence::Evidence;
use crate::tcp::flow::closing::EarlyFin;
use crate::tcp::flow::streams::Streams;

/// Both sides, in the order in which they are treated where both are.
const SIDES: [Side; 2] = [Side::Initiator, Side::Responder];

/// How long a capture must go on after a lone SYN before the absence of an answer means something: longer than any round trip, and as long as
/// the shortest retransmission time-out (RFC 6298, section 2).
const ANSWER_TIME: Span = Span::from_secs(1);

/// What the flow waits for before time ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// An answer to its SYN.
    Connect,
    /// The same SYN once more: the last one was refused.
    Retry,
    /// Packets.
    Idle,
    /// What was captured a moment too late: the cause of the RST that ends it, or the FIN that the other side's FIN acknowledges.
    Grace,
    /// Late packets: both FINs were seen and only holes are open.
    Linger,
}

impl Waiting {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Connect, Self::Retry, Self::Idle, Self::Grace, Self::Linger];
}

/// A connection and the listener's state for it.
#[derive(Debug)]
pub struct Flow<S> {
    info: FlowInfo,
    state: S,
    streams: Streams,
    interest: Interest,
    /// What most connections have only when they end, if at all. There may be a million that never get that far.
    outcome: Option<Box<Outcome>>,
}

/// How a connection turned out otherwise than going on.
#[derive(Clone, Copy, Debug)]
struct Outcome {
    /// SYNs of the initiator that are copies of others.
    copied_syns: u64,
    /// What the latest RST or ICMP message in answer to the SYN says, while the connection didn't come up in spite of it.
    failure: Option<(Fate, Timestamp)>,
    early_fin: Option<EarlyFin>,
    /// The RST that ends it, and who sent it.
    reset: Option<(Side, Seen)>,
    ended: Option<(Fate, Timestamp)>,
}

impl Outcome {
    const NONE: Self = Self { copied_syns: 0, failure: None, early_fin: None, reset: None, ended: None };
}

impl<S: Default> Flow<S> {
    /// The flow that begins with `segment`. The segment itself is not taken yet.
    pub fn new(id: FlowId, segment: &Segment<'_>) -> Self {
        let syn = segment.syn && !segment.rst;
        let source_opened = match (syn, segment.ack) {
            (true, None) => true,
            (true, Some(_)) => false,
            (false, _) => opening::source_looks_like_initiator(segment.source, segment.destination),
        };
        let (initiator, responder) =
            if source_opened { (segment.source, segment.destination) } else { (segment.destination, segment.source) };
        let info = FlowInfo {
            id,
            initiator,
            responder,
            vlan: segment.vlan,
            opened: segment.at,
            last: segment.at,
            last_syn: None,
            syns: 0,
            established: false,
            mid_stream: !syn,
            packets: PerSide::default(),
            payload: 0,
            missing: 0,
            unseen: PerSide::default(),
            isn: PerSide::default(),
            opening: Evidence::starting_at(segment.packet),
        };
        Self { info, state: S::default(), streams: Streams::default(), interest: Interest::Bytes, outcome: None }
    }

    #[inline]
    fn outcome(&self) -> &Outcome {
        const NONE: &Outcome = &Outcome::NONE;
        self.outcome.as_deref().unwrap_or(NONE)
    }

    fn outcome_mut(&mut self) -> &mut Outcome {
        self.outcome.get_or_insert_with(|| Box::new(Outcome::NONE))
    }

    /// Its number.
    pub const fn id(&self) -> FlowId {
        self.info.id
    }

    /// How it ended, once it did. Then nothing more is given to it.
    pub fn fate(&self) -> Option<Fate> {
        self.outcome().ended.map(|(fate, _)| fate)
    }

    /// What is known of it.
    pub const fn info(&self) -> &FlowInfo {
        &self.info
    }

    /// What the listener keeps for it.
    pub const fn state(&self) -> &S {
        &self.state
    }

    /// What it waits for, as long as it has not ended.
    pub fn waiting(&self) -> Waiting {
        if self.outcome().reset.is_some() || self.outcome().early_fin.is_some() {
            Waiting::Grace
        } else if SIDES.iter().all(|side| self.streams.get(*side).assembler().fin().is_some()) {
            Waiting::Linger
        } else if self.info.established {
            Waiting::Idle
        } else if self.is_refused() {
            Waiting::Retry
        } else {
            Waiting::Connect
        }
    }

    /// The side that sends from `source`.
    #[inline]
    pub fn side_of(&self, source: Endpoint) -> Side {
        if source == self.info.initiator { Side::Initiator } else { Side::Responder }
    }

    /// Takes a segment with which the connection only goes on, as nearly all segments do: it carries the next bytes or none, and acknowledges
    /// nothing that is not known. Says whether it is one; if not, nothing was done.
    #[inline]
    pub fn goes_on<L: FlowListener<State = S>>(&mut self, segment: &Segment<'_>, accounts: &mut Accounts, listener: &mut L) -> bool {
        let Segment { packet, at, payload: bytes, .. } = *segment;
        let is_up = self.info.established && self.outcome().reset.is_none() && self.outcome().early_fin.is_none();
        if !is_up || segment.syn || segment.fin || segment.rst || segment.cut > 0 {
            return false;
        }
        let side = self.side_of(segment.source);
        let (sent, peer) = (self.streams.get(side), self.streams.get(side.other()));
        let (Some(sequence), Some(acked), Some(ack)) = (sent.sequence(), peer.sequence(), segment.ack) else { return false };
        let (sent, peer) = (sent.assembler(), peer.assembler());
        let sends_next = bytes.is_empty() || sequence.wire(sent.expected()) == segment.seq;
        let acks_known = acked.position(ack, peer.expected()) <= peer.expected();
        if !(sends_next && acks_known && sent.is_settled() && sent.is_quiet() && peer.is_quiet()) {
            return false;
        }
        self.count(side, segment);
        *self.info.unseen.get_mut(side.other()) = false;
        if !bytes.is_empty() {
            self.streams.assembler_mut(side).go_on(bytes, packet, accounts);
            match self.interest {
                Interest::Bytes => self.tell(FlowEvent::Data { side, bytes, at, packet }, listener),
                Interest::Count => self.tell(FlowEvent::Counted { side, len: bytes.len() as u64 }, listener),
            }
            if self.interest == Interest::Count {
                self.count_only(accounts, listener);
            }
        }
        true
    }

    #[inline]
    fn count(&mut self, side: Side, segment: &Segment<'_>) {
        *self.info.packets.get_mut(side) += 1;
        self.info.payload = self.info.payload.saturating_add(segment.payload.len() as u64);
        self.info.last = self.info.last.max(segment.at);
    }

    /// Takes a segment of this flow.
    pub fn segment<L: FlowListener<State = S>>(&mut self, segment: &Segment<'_>, accounts: &mut Accounts, listener: &mut L) {
        let side = self.side_of(segment.source);
        let seen = Seen { packet: segment.packet, at: segment.at };
        let first = self.info.packets.initiator + self.info.packets.responder == 0;
        self.count(side, segment);
        if let Some((by, _)) = self.outcome().reset {
            self.overtaken(side, by, segment, accounts, listener);
            return;
        }
        let timely = self.is_timely(side, segment);
        if timely && segment.syn && !segment.rst {
            self.syn(side, segment);
        }
        if first {
            self.tell(FlowEvent::Opened, listener);
        }
        if !timely {
            accounts.ledger.discarded += segment.payload.len() as u64;
            accounts.note(NoteKind::SegmentOutsideWindow, segment.packet);
        } else if segment.rst {
            accounts.discard(segment.payload.len() as u64, NoteKind::BytesAfterEnd, segment.packet);
            self.reset(side, seen, accounts, listener);
        } else {
            self.establish(side, segment, listener);
            self.locate(side, segment);
            self.acknowledge(side, segment, seen, accounts);
            self.give_up_proven(side.other(), segment.at, accounts, listener);
            if let Some(start) = self.streams.get(side).position(segment.seq) {
                // The SYN occupies a number; data on it (RFC 7413) comes after.
                let start = start.saturating_add(i64::from(segment.syn));
                let fin = segment.fin && !self.holds_fin(side, start, segment);
                if fin || segment.cut > 0 || !segment.payload.is_empty() {
                    let arrival = Arrival { start, bytes: segment.payload, cut: segment.cut, fin, seen };
                    self.feed(side, accounts, listener, |assembler, accounts, out| assembler.take(&arrival, accounts, out));
                }
            }
            self.give_up_proven(side, segment.at, accounts, listener);
            if self.outcome().early_fin.is_some_and(|fin| self.explains_ack(&fin)) {
                self.release_fin(accounts, listener);
            }
        }
        if self.outcome().ended.is_none() {
            self.settle(accounts, listener);
        }
    }

    /// Takes an ICMP error about this flow. Says whether it fits.
    pub fn icmp(&mut self, error: &IcmpError) -> bool {
        let side = self.side_of(error.source);
        if self.info.established {
            return true;
        }
        if side != Side::Initiator || self.info.isn.initiator != Some(error.seq) {
            return false;
        }
        if let Some((reason, code)) = error.unreachable {
            self.info.opening.add(error.packet);
            self.outcome_mut().failure = Some((Fate::Unreachable(Unreachable { from: error.from, reason, code }), error.at));
        }
        true
    }

    /// Ends the flow because time has passed since its last packet.
    pub fn expire<L: FlowListener<State = S>>(&mut self, accounts: &mut Accounts, listener: &mut L) {
        let (fate, at) = self.fate_of_silence();
        self.end(fate, at, accounts, listener);
    }

    /// Ends the flow because there are too many. If it has failed already, and that is only not told yet, that is how it ended.
    pub fn evict<L: FlowListener<State = S>>(&mut self, accounts: &mut Accounts, listener: &mut L) {
        if self.outcome().reset.is_some() || self.is_refused() {
            self.expire(accounts, listener);
            return;
        }
        accounts.note(NoteKind::FlowEvicted, self.info.opening.first_packet());
        self.end(Fate::Evicted, self.info.last, accounts, listener);
    }

    /// Ends the flow because the capture ends, at `now`. A SYN without an answer counts as unanswered only if the answer could have been seen.
    pub fn capture_ended<L: FlowListener<State = S>>(&mut self, now: Timestamp, accounts: &mut Accounts, listener: &mut L) {
        let (fate, at) = match self.fate_of_silence() {
            (Fate::Unanswered, at) if self.info.syns >= 2 || now.since(self.info.opened) >= ANSWER_TIME => (Fate::Unanswered, at),
            (Fate::Unanswered | Fate::Idle, at) => (Fate::CaptureEnded, at),
            sealed => sealed,
        };
        self.end(fate, at, accounts, listener);
    }

    /// What it means that nothing more comes, and since when.
    fn fate_of_silence(&self) -> (Fate, Timestamp) {
        match self.outcome().failure {
            _ if let Some((_, seen)) = self.outcome().reset => (Fate::Reset, seen.at),
            _ if self.info.established => (Fate::Idle, self.info.last),
            Some(failure) => failure,
            None => (Fate::Unanswered, self.info.last_syn.unwrap_or(self.info.last)),
        }
    }

    fn acknowledge(&mut self, side: Side, segment: &Segment<'_>, seen: Seen, accounts: &Accounts) {
        let packets = self.packets();
        let peer = self.streams.get(side.other());
        if let Some(upto) = segment.ack.and_then(|ack| peer.position(ack)) {
            if upto > peer.assembler().expected() {
                self.streams.assembler_mut(side.other()).acknowledged(upto, seen, packets, accounts);
            }
            let peer = self.streams.get(side.other());
            // A single number may be that of a FIN.
            *self.info.unseen.get_mut(side.other()) = peer.assembler().furthest() > peer.assembler().expected().saturating_add(1);
        }
    }

    #[inline]
    fn packets(&self) -> u64 {
        self.info.packets.initiator + self.info.packets.responder
    }

    fn give_up_proven<L: FlowListener<State = S>>(&mut self, side: Side, now: Timestamp, accounts: &mut Accounts, listener: &mut L) {
        if self.streams.get(side).assembler().has_proof() {
            let packets = self.packets();
            self.feed(side, accounts, listener, |assembler, accounts, out| assembler.pass(now, packets, accounts, out));
        }
    }

    /// After a segment: ends the flow if both sides have closed, and stops remembering if nobody listens.
    fn settle<L: FlowListener<State = S>>(&mut self, accounts: &mut Accounts, listener: &mut L) {
        if SIDES.iter().all(|side| self.streams.get(*side).assembler().is_closed()) {
            self.end(Fate::Finished, self.info.last, accounts, listener);
        } else {
            self.count_only(accounts, listener);
        }
    }

    /// Stops remembering if nobody listens.
    fn count_only<L: FlowListener<State = S>>(&mut self, accounts: &mut Accounts, listener: &mut L) {
        if self.interest == Interest::Count {
            for side in SIDES {
                if !self.streams.get(side).assembler().is_counting() {
                    self.feed(side, accounts, listener, Assembler::start_counting);
                }
            }
        }
    }

    #[inline]
    fn tell<L: FlowListener<State = S>>(&mut self, event: FlowEvent<'_>, listener: &mut L) {
        let interest = listener.flow_event(&self.info, &mut self.state, event);
        if interest == Interest::Count {
            self.interest = Interest::Count;
        }
    }

    /// Lets `work` do something with the assembler of `side`, and hands up what comes out.
    fn feed<L: FlowListener<State = S>>(
        &mut self,
        side: Side,
        accounts: &mut Accounts,
        listener: &mut L,
        work: impl FnOnce(&mut Assembler, &mut Accounts, &mut Out<'_>),
    ) {
        let Self { info, state, streams, interest, .. } = self;
        let mut out = |piece: Piece<'_>| {
            let counting = *interest == Interest::Count;
            if let Piece::Gap(len, _) = piece {
                info.missing = info.missing.saturating_add(len);
            }
            let event = match piece {
                Piece::Bytes(bytes, _) if counting => FlowEvent::Counted { side, len: bytes.len() as u64 },
                Piece::Bytes(bytes, seen) => FlowEvent::Data { side, bytes, at: seen.at, packet: seen.packet },
                Piece::Counted(len) => FlowEvent::Counted { side, len },
                Piece::Gap(len, seen) => FlowEvent::Gap { side, len, at: seen.at, packet: seen.packet },
                Piece::Fin(seen) => FlowEvent::Closed { side, at: seen.at, packet: seen.packet },
            };
            if listener.flow_event(info, state, event) == Interest::Count {
                *interest = Interest::Count;
            }
            *interest
        };
        work(streams.assembler_mut(side), accounts, &mut out);
    }
}

#[cfg(test)]
mod tests;
