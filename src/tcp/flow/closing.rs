//! The end of a connection: FINs and RSTs that captures put in the wrong order, and what comes late.
//!
//! A FIN that acknowledges the other side's FIN was sent after it. If it was captured before it, it waits for it as long as
//! [`crate::base::limits::Limits::gap_grace`], so that who closed first is also told first.

use crate::base::address::{PerSide, Side};
use crate::base::fate::Fate;
use crate::base::note::NoteKind;
use crate::base::time::Timestamp;
use crate::net::Segment;
use crate::tcp::accounts::Accounts;
use crate::tcp::assembler::{Arrival, Assembler, Seen};
use crate::tcp::event::{FlowEvent, FlowListener};
use crate::tcp::flow::{Flow, SIDES};
use crate::tcp::remains::{Half, Remains};

/// A FIN that acknowledges one which was not seen yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct EarlyFin {
    side: Side,
    /// Where it stands on its own side.
    position: i64,
    /// Up to where it acknowledges the other side.
    acked: i64,
    seen: Seen,
}

impl<S: Default> Flow<S> {
    /// Whether the FIN of `segment`, whose first byte is at `start`, has to wait: it acknowledges one number more than was seen of the other
    /// side, which may be the FIN of that.
    pub(super) fn holds_fin(&mut self, side: Side, start: i64, segment: &Segment<'_>) -> bool {
        if let Some(waiting) = self.outcome().early_fin {
            return waiting.side == side;
        }
        let peer = self.streams.get(side.other());
        let next = peer.assembler().expected().saturating_add(1);
        let acked = segment.ack.and_then(|ack| peer.position(ack)).filter(|acked| *acked == next && peer.assembler().fin().is_none());
        let Some(acked) = acked else { return false };
        self.outcome_mut().early_fin = Some(EarlyFin {
            side,
            position: start.saturating_add(segment.payload.len() as i64).saturating_add(i64::from(segment.cut)),
            acked,
            seen: Seen { packet: segment.packet, at: segment.at },
        });
        true
    }

    /// Whether it is clear by now what `fin` acknowledges: the other side's FIN, or only a last byte.
    pub(super) fn explains_ack(&self, fin: &EarlyFin) -> bool {
        let peer = self.streams.get(fin.side.other()).assembler();
        peer.is_closed() || peer.expected() >= fin.acked
    }

    /// Takes the FIN that had to wait, if there is one.
    pub(super) fn release_fin<L: FlowListener<State = S>>(&mut self, accounts: &mut Accounts, listener: &mut L) {
        if let Some(EarlyFin { side, position, seen, .. }) = self.outcome.as_mut().and_then(|outcome| outcome.early_fin.take()) {
            let arrival = Arrival { start: position, bytes: &[], cut: 0, fin: true, seen };
            self.feed(side, accounts, listener, |assembler, accounts, out| assembler.take(&arrival, accounts, out));
        }
    }

    /// Waits no longer for what was captured a moment too late.
    pub fn end_grace<L: FlowListener<State = S>>(&mut self, accounts: &mut Accounts, listener: &mut L) {
        if self.outcome().reset.is_some() {
            self.expire(accounts, listener);
        } else {
            self.release_fin(accounts, listener);
            self.settle(accounts, listener);
        }
    }

    /// Takes a RST, which [`Self::is_timely`] believed. It ends the flow, unless it answers a SYN that may come again.
    pub(super) fn reset<L: FlowListener<State = S>>(&mut self, side: Side, seen: Seen, accounts: &mut Accounts, listener: &mut L) {
        self.info.opening.add(seen.packet);
        let connecting = !self.info.established && !self.info.mid_stream;
        match self.outcome().failure {
            _ if connecting && side == Side::Responder => self.outcome_mut().failure = Some((Fate::Refused, seen.at)),
            // Its initiator, too, has given it up.
            Some((failure, at)) if connecting => self.end(failure, at, accounts, listener),
            _ => {
                self.outcome_mut().reset = Some((side, seen));
                if !self.streams.get(side).assembler().is_closed() {
                    self.end(Fate::Reset, seen.at, accounts, listener);
                }
            }
        }
    }

    /// Takes a segment that comes after the RST of the side `by`. If it carries the next bytes of the other side, the RST has overtaken it.
    pub(super) fn overtaken<L: FlowListener<State = S>>(
        &mut self,
        side: Side,
        by: Side,
        segment: &Segment<'_>,
        accounts: &mut Accounts,
        listener: &mut L,
    ) {
        let stream = self.streams.get(side);
        let next = stream.position(segment.seq).filter(|start| *start <= stream.assembler().expected());
        match next.filter(|_| side != by && !segment.rst && !segment.syn) {
            Some(start) => {
                let seen = Seen { packet: segment.packet, at: segment.at };
                // Its FIN would say that the connection was finished, which it was not.
                let arrival = Arrival { start, bytes: segment.payload, cut: segment.cut, fin: false, seen };
                self.feed(side, accounts, listener, |assembler, accounts, out| assembler.take(&arrival, accounts, out));
            }
            None => self.stray(side, segment, accounts),
        }
    }

    /// Ends the flow: hands up what is held, then the fate. If that brings both FINs, the connection was finished, whatever came afterwards.
    pub(super) fn end<L: FlowListener<State = S>>(&mut self, fate: Fate, at: Timestamp, accounts: &mut Accounts, listener: &mut L) {
        self.release_fin(accounts, listener);
        if self.streams.have_spoken() {
            for side in SIDES {
                self.feed(side, accounts, listener, Assembler::finish);
            }
        }
        let [initiator, responder] = [Side::Initiator, Side::Responder].map(|side| self.streams.get(side).assembler());
        let finished = Some((initiator, responder)).filter(|(one, other)| one.is_closed() && other.is_closed());
        let (fate, at) = match finished.and_then(|(one, other)| one.fin().zip(other.fin())) {
            Some((one, other)) => (Fate::Finished, one.at.max(other.at)),
            None => (fate, at),
        };
        // What was captured before the SYN that it answers may have the earlier time, too.
        let at = at.max(self.info.opened);
        if let Some((side, seen)) = self.outcome().reset.filter(|_| fate == Fate::Reset) {
            self.tell(FlowEvent::Reset { side, at: seen.at, packet: seen.packet }, listener);
        }
        if self.info.mid_stream {
            accounts.note(NoteKind::MidStream, self.info.opening.first_packet());
        }
        let PerSide { initiator, responder } = self.info.packets;
        if self.info.established && (initiator == 0 || responder == 0) {
            accounts.note(NoteKind::OneDirection, self.info.opening.first_packet());
        }
        self.outcome_mut().ended = Some((fate, at));
        self.tell(FlowEvent::Ended { fate, at }, listener);
    }

    /// Accounts for a segment that comes after the end.
    fn stray(&self, side: Side, segment: &Segment<'_>, accounts: &mut Accounts) {
        let stream = self.streams.get(side);
        let offset = stream.position(segment.seq).map(|position| position - stream.assembler().expected());
        accounts.stray(offset, segment);
    }

    /// What is to be remembered of it, once it has ended.
    pub fn remains(&self) -> Option<Remains> {
        let (_, ended) = self.outcome().ended?;
        let half = |side| {
            let sequence = self.streams.get(side).sequence();
            let assembler = self.streams.get(side).assembler();
            let next = assembler.expected();
            let distance = |far: i64| u32::try_from(far).unwrap_or(u32::MAX);
            Half {
                sequence,
                isn: *self.info.isn.get(side),
                next: sequence.map_or(0, |sequence| sequence.wire(next)),
                before: distance(next - assembler.origin()),
                behind: distance(assembler.furthest() - next),
                spoke: *self.info.packets.get(side) > 0,
            }
        };
        Some(Remains {
            ended,
            low_initiator: self.info.initiator <= self.info.responder,
            halves: PerSide { initiator: half(Side::Initiator), responder: half(Side::Responder) },
        })
    }
}
