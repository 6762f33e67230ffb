//! The opening of a connection: which segments belong to it, who opened it, and where its sequence spaces begin.

use crate::base::address::{Endpoint, Side};
use crate::base::fate::Fate;
use crate::net::Segment;
use crate::tcp::assembler::{Assembler, START_REACH};
use crate::tcp::event::{FlowEvent, FlowListener};
use crate::tcp::flow::Flow;
use crate::tcp::seq::Sequence;

/// How far a RST may lie from what was seen of its sender.
pub const RST_REACH: i64 = 1 << 20;

impl<S: Default> Flow<S> {
    /// Whether `segment` opens another connection between the same endpoints. A RST never does, nor does a SYN that was seen before.
    pub fn is_succeeded_by(&self, segment: &Segment<'_>) -> bool {
        if !segment.syn || segment.rst {
            return false;
        }
        let side = self.side_of(segment.source);
        let stream = self.streams.get(side);
        match self.info.isn.get(side) {
            Some(isn) => *isn != segment.seq && !self.may_answer_anew(side, segment),
            None if self.info.mid_stream => !stream.fits_syn(segment.seq),
            None => !stream.fits_syn(segment.seq) && !stream.assembler().is_fresh(),
        }
    }

    /// Whether `segment`, although it carries other VLAN tags, belongs to this connection, of which only the other side was seen so far: it
    /// acknowledges just what was seen of that side, or it is the SYN that the other side acknowledged.
    pub fn is_half_of(&self, segment: &Segment<'_>) -> bool {
        let side = self.side_of(segment.source);
        if *self.info.packets.get(side) > 0 {
            return false;
        }
        let peer = self.streams.get(side.other());
        if segment.syn && !segment.rst && segment.ack.is_none() {
            let acked = self.streams.get(side).sequence() == Some(Sequence::after_syn(segment.seq));
            return acked && self.info.isn.get(side.other()).is_some();
        }
        let seen = peer.assembler().origin()..=peer.assembler().furthest();
        segment.ack.and_then(|ack| peer.position(ack)).is_some_and(|acked| seen.contains(&acked))
    }

    /// Whether the RST `reset` may belong to this connection: not if it was refused and the RST acknowledges another SYN than its own.
    pub fn explains(&self, reset: &Segment<'_>) -> bool {
        let peer = self.streams.get(self.side_of(reset.source).other());
        let acked = || reset.ack.and_then(|ack| peer.position(ack));
        !self.is_refused() || acked().is_none_or(|position| (0..=START_REACH).contains(&position))
    }

    /// Whether a RST was the latest answer to its SYN.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self.outcome().failure, Some((Fate::Refused, _)))
    }

    /// A second SYN-ACK may carry another number (SYN cookies) as long as the initiator took up neither.
    fn may_answer_anew(&self, side: Side, segment: &Segment<'_>) -> bool {
        let fresh = self.streams.get(side).assembler().is_fresh();
        side == Side::Responder
            && segment.ack.is_some()
            && fresh
            && self.info.packets.initiator == u64::from(self.info.syns) + self.outcome().copied_syns
    }

    /// Whether `segment` belongs to this connection as far as its opening goes. While a SYN waits for its answer, an old connection between the
    /// same endpoints may still speak: what acknowledges something else than this SYN is not its answer (RFC 9293, section 3.5.1). A RST must be
    /// plausible at any time.
    pub(super) fn is_timely(&self, side: Side, segment: &Segment<'_>) -> bool {
        let sent = self.streams.get(side);
        let peer = self.streams.get(side.other());
        let acked = segment.ack.and_then(|ack| peer.position(ack).map(|position| (position, peer.assembler())));
        let connecting = !self.info.established && !self.info.mid_stream && self.info.syns > 0;
        if segment.rst {
            let near = |position: i64, assembler: &Assembler| {
                position >= assembler.expected().saturating_sub(RST_REACH) && position <= assembler.furthest().saturating_add(RST_REACH)
            };
            return if connecting && side == Side::Responder {
                acked.is_none_or(|(position, assembler)| position >= -1 && near(position, assembler))
            } else {
                sent.position(segment.seq).is_none_or(|position| near(position, sent.assembler()))
                    || acked.is_some_and(|(position, assembler)| near(position, assembler))
            };
        }
        if !connecting || (segment.syn && segment.ack.is_none()) {
            return true;
        }
        match side {
            Side::Responder => acked.is_some_and(|(position, _)| (0..=START_REACH).contains(&position)),
            Side::Initiator => sent.position(segment.seq).is_none_or(|position| (-1..=START_REACH).contains(&position)),
        }
    }

    /// Notes a SYN or SYN-ACK.
    pub(super) fn syn(&mut self, side: Side, segment: &Segment<'_>) {
        let stream = self.streams.get(side);
        let isn = self.info.isn.get_mut(side);
        let sequence = Sequence::after_syn(segment.seq);
        let known = stream.sequence() == Some(sequence) && stream.assembler().is_settled();
        if !known && stream.assembler().is_fresh() {
            self.streams.start(side, sequence, true);
        }
        *isn = Some(segment.seq);
        self.info.opening.add(segment.packet);
        if side == Side::Initiator && segment.ack.is_none() {
            // The same packet, captured twice, is no further attempt.
            if segment.copy {
                self.outcome_mut().copied_syns += 1;
            } else {
                self.info.syns = self.info.syns.saturating_add(1);
            }
            self.info.last_syn = self.info.last_syn.max(Some(segment.at));
            self.info.mid_stream = false;
        }
    }

    /// Notes that the connection is up. A SYN, and what comes with it, is only a wish.
    pub(super) fn establish<L: FlowListener<State = S>>(&mut self, side: Side, segment: &Segment<'_>, listener: &mut L) {
        let answered =
            if segment.syn { segment.ack.is_some() } else { segment.ack.is_some() || side == Side::Responder || self.info.mid_stream };
        if answered && !self.info.established {
            self.info.established = true;
            if let Some(outcome) = &mut self.outcome {
                outcome.failure = None;
            }
            self.tell(FlowEvent::Established, listener);
        }
    }

    /// Finds out where the sequence spaces begin, where no SYN told.
    pub(super) fn locate(&mut self, side: Side, segment: &Segment<'_>) {
        let stream = self.streams.get(side);
        let far = |position: i64| position.abs() > START_REACH;
        if stream.sequence().is_none()
            || (!stream.assembler().is_settled() && stream.assembler().is_fresh() && stream.position(segment.seq).is_some_and(far))
        {
            self.streams.start(side, Sequence::starting_at(segment.seq), false);
        }
        let peer = self.streams.get(side.other());
        if let Some(ack) = segment.ack
            && peer.sequence().is_none()
        {
            self.streams.start(side.other(), Sequence::starting_at(ack), segment.syn);
        }
    }
}

/// The guess who opened a connection whose beginning was not captured.
pub(super) fn source_looks_like_initiator(source: Endpoint, destination: Endpoint) -> bool {
    let rank = |endpoint: Endpoint| match endpoint.port {
        80 => 2,
        0..1024 => 1,
        _ => 0,
    };
    rank(source) <= rank(destination)
}
