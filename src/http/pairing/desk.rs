//! What happens on a flow, and what it does to the queue of exchanges.

use super::{Answering, Awaited, Pairing, Pending};
use crate::base::address::Side;
use crate::base::limits::Limits;
use crate::base::note::{Note, NoteKind};
use crate::base::origin::{Origin, PacketId};
use crate::base::time::Timestamp;
use crate::http::body::{self, Announced};
use crate::http::coding;
use crate::http::exchange::{Completeness, Exchange, ExchangeEnd, ExchangeListener, Framing, Message};
use crate::http::flow::Context;
use crate::http::head::start::Role;
use crate::http::head::{self, Head, Parsed, StartLine};
use crate::http::stream::sink::{Kind, Mark, Next, Seen, Sink};
use crate::tcp::event::FlowInfo;

/// So much of an announced body is believed before it is there. Nearly all of RVP's are shorter.
const EXPECTED_BYTES: usize = 8 << 10;

/// The place where one side's messages are joined to the other's: the [`Sink`] of a stream.
pub(in crate::http) struct Desk<'a, 'c, L> {
    pub(in crate::http) flow: &'a FlowInfo,
    pub(in crate::http) side: Side,
    pub(in crate::http) pairing: &'a mut Pairing,
    pub(in crate::http) context: &'a mut Context<'c, L>,
}

impl<L: ExchangeListener> Desk<'_, '_, L> {
    /// The side closed its direction.
    pub(in crate::http) fn closed(&mut self, at: Timestamp, packet: PacketId) {
        *self.pairing.closed.get_mut(self.side) = Some((at, packet));
        for pending in self.pairing.all() {
            let (closed, cause) = if pending.exchange.asker == self.side {
                (&mut pending.exchange.asker_closed, ExchangeEnd::AskerClosed)
            } else {
                (&mut pending.exchange.answerer_closed, ExchangeEnd::AnswererClosed)
            };
            closed.get_or_insert((at, packet));
            pending.cause.get_or_insert(cause);
        }
    }

    /// The side reset the connection.
    pub(in crate::http) fn reset(&mut self, at: Timestamp, packet: PacketId) {
        self.pairing.reset.get_or_insert((self.side, at, packet));
        for pending in self.pairing.all() {
            pending.exchange.reset.get_or_insert((self.side, at, packet));
            pending.cause.get_or_insert(reset_by(self.side, pending.exchange.asker));
        }
    }

    /// Hands up what is over; everything, if the flow is.
    pub(in crate::http) fn settle(&mut self, flow_over: bool) {
        while self.pairing.open.front().is_some_and(|front| flow_over || front.is_over()) {
            self.end_first();
        }
        while self.pairing.unasked.front().is_some_and(|front| flow_over || front.is_over()) {
            self.end_first_unasked();
        }
    }

    fn end_first(&mut self) {
        if let Some(pending) = self.pairing.open.pop_front() {
            self.pairing.answered = self.pairing.answered.saturating_sub(1);
            self.hand_up(pending);
        }
    }

    fn end_first_unasked(&mut self) {
        if let Some(mut pending) = self.pairing.unasked.pop_front() {
            pending.exchange.ordinal = self.pairing.take_ordinal();
            self.hand_up(pending);
        }
    }

    fn hand_up(&mut self, mut pending: Box<Pending>) {
        match (&pending.exchange.request, &pending.exchange.response) {
            (None, Some(response)) => self.context.notes.count(NoteKind::AnswerWithoutRequest, || response.origin.clone()),
            (Some(request), None) => self.context.notes.count(NoteKind::RequestWithoutAnswer, || request.origin.clone()),
            _ => {}
        }
        // Only an exchange with a request is known before.
        if pending.exchange.request.is_none() {
            self.context.listener.opened(self.flow, &pending.exchange);
        }
        pending.exchange.end = Some(pending.end(self.flow));
        pending.exchange.answered_otherwise = self.pairing.not_http.filter(|_| pending.exchange.response.is_none());
        self.context.listener.ended(self.flow, &pending.exchange, self.context.notes);
        self.context.spare.give(pending);
    }

    fn announce(&mut self, ordinal: u32) {
        if let Some(pending) = self.pairing.pending(ordinal) {
            self.context.listener.opened(self.flow, &pending.exchange);
        }
    }

    /// An exchange that begins with what was first seen at `first`.
    fn pending(&self, asker: Side, first: Timestamp) -> Pending {
        let pairing = &*self.pairing;
        let asker_closed = *pairing.closed.get(asker);
        let answerer_closed = *pairing.closed.get(asker.other());
        let cause = if asker_closed.is_some() {
            Some(ExchangeEnd::AskerClosed)
        } else if answerer_closed.is_some_and(|(at, _)| at > first) {
            Some(ExchangeEnd::AnswererClosed)
        } else {
            pairing.reset.map(|(side, _, _)| reset_by(side, asker))
        };
        let exchange = Exchange {
            flow: self.flow.id,
            ordinal: 0,
            asker,
            request: None,
            interim: Vec::new(),
            response: None,
            asker_closed,
            answerer_closed,
            reset: pairing.reset,
            answered_otherwise: None,
            end: None,
        };
        Pending {
            exchange,
            awaited: Awaited::Yes,
            cause,
            first,
            given_up: 0,
            orphan: false,
            passed_over: None,
            keep_request: false,
            keep_response: false,
        }
    }

    /// The head that was read last is that of a request.
    fn request(&mut self, seen: Seen) -> Next {
        let announced = body::announced(&self.context.spare.parsed.head, None);
        self.note_length(announced, &seen);
        let keep_request = self.context.listener.wants_body(&self.context.spare.parsed.head, None);
        let reads_unasked = self.pairing.answering == Some(Answering::Unasked);
        let taken = self.pairing.take_response(seen.first, self.flow, self.context.limits);
        // The held one that is still being read; those before it may have lost their requests.
        let taken_unread = reads_unasked && taken.as_ref().is_some_and(|taken| taken.awaited != Awaited::No);
        let mut pending = taken.unwrap_or_else(|| {
            let passed_over = self.pairing.unasked.back().map(|held| held.first);
            let pending = Pending { passed_over, ..self.pending(self.side, seen.first) };
            self.context.spare.place(pending)
        });
        self.settle(false);
        pending.given_up = self.make_room();
        let pairing = &mut *self.pairing;
        let ordinal = pairing.take_ordinal();
        pending.exchange.ordinal = ordinal;
        pending.first = seen.first;
        pending.exchange.request = Some(self.context.spare.message(announced.framing, seen));
        pending.keep_request = keep_request;
        if taken_unread {
            pairing.answering = Some(Answering::Asked(ordinal));
        }
        if pending.awaited == Awaited::No {
            // What was held is answered, so nothing before it waits.
            pairing.answered = pairing.open.len() + 1;
        }
        pairing.open.push_back(pending);
        pairing.asking = Some(ordinal);
        self.settle(false);
        self.announce(ordinal);
        Next::Body(announced.framing)
    }

    /// Where too many requests wait, gives up the last one. Says how many were given up that stood behind the one that is now the last.
    fn make_room(&mut self) -> u32 {
        let pairing = &mut *self.pairing;
        if pairing.open.len() < self.context.limits.pipelined.max(1) {
            return 0;
        }
        let Some(mut last) = pairing.open.pop_back() else { return 0 };
        pairing.answered = pairing.answered.min(pairing.open.len());
        let waits = last.exchange.response.is_none() && last.awaited != Awaited::No;
        if waits {
            last.awaited = Awaited::PerhapsLost;
        }
        let given_up = last.given_up.saturating_add(u32::from(waits));
        self.hand_up(last);
        given_up
    }

    /// Where a response seen at `at` belongs. One that nobody asked for is held; where too many are, the first is given up.
    fn place(&mut self, at: Timestamp, swallowed: bool) -> Answering {
        if let Some(place) = self.pairing.place_response(at, swallowed, self.flow, self.context.limits) {
            return place;
        }
        while self.pairing.unasked.len() >= self.context.limits.pipelined.max(1) {
            self.end_first_unasked();
        }
        let asker = self.side.other();
        if *self.flow.packets.get(asker) == 0 {
            self.pairing.give_up_requests(at, self.context.limits);
        }
        let later_waits = self.pairing.open.len() > self.pairing.answered;
        let pending = Pending { orphan: later_waits, ..self.pending(asker, at) };
        self.pairing.unasked.push_back(self.context.spare.place(pending));
        Answering::Unasked
    }

    /// The head that was read last is that of a response.
    fn response(&mut self, seen: Seen, swallowed: bool) -> Next {
        let place = self.place(seen.first, swallowed);
        let Context { limits, spare, listener, .. } = &mut *self.context;
        let head = &spare.parsed.head;
        let status = head.status().unwrap_or(0);
        let pending = self.pairing.answered(place);
        if (100..200).contains(&status) && status != 101 {
            if let Some(pending) = pending.filter(|pending| pending.exchange.interim.len() < limits.pipelined) {
                pending.exchange.interim.push(status);
            }
            return Next::Body(Framing::None);
        }
        let request = pending.as_ref().and_then(|pending| pending.exchange.request.as_deref()).map(|request| &request.head);
        let keep_response = listener.wants_body(head, request);
        let method = request.and_then(method);
        let announced = body::announced(head, method);
        let framing = announced.framing;
        let tunnel = head.complete && (status == 101 || (method == Some("CONNECT") && (200..300).contains(&status)));
        let bodyless = if framing == Framing::None { body::announced_length(head) } else { 0 };
        self.note_length(announced, &seen);
        if let Some(pending) = self.pairing.answered(place) {
            pending.exchange.response = Some(self.context.spare.message(framing, seen));
            pending.keep_response = keep_response;
        } else {
            self.pairing.pass_over_response();
        }
        self.pairing.answering = Some(place);
        self.pairing.tunnel = tunnel;
        self.settle(false);
        match framing {
            _ if tunnel => Next::Tunnel,
            Framing::None if bodyless > 0 => Next::Bodyless(bodyless),
            framing => Next::Body(framing),
        }
    }

    fn note_length(&mut self, announced: Announced, seen: &Seen) {
        if announced.unreadable {
            self.context.notes.count(NoteKind::LengthUnreadable, || seen.origin.clone());
        }
    }

    /// The message that this side is sending.
    fn current(&mut self) -> Option<(&mut Message, bool)> {
        let pairing = &mut *self.pairing;
        match pairing.asker {
            None => None,
            Some(asker) if asker == self.side => pairing.pending(pairing.asking?)?.message(Role::Asker),
            Some(_) => pairing.answered(pairing.answering?)?.message(Role::Answerer),
        }
    }
}

impl<L: ExchangeListener> Sink for Desk<'_, '_, L> {
    fn limits(&self) -> &Limits {
        self.context.limits
    }

    fn role(&self) -> Option<Role> {
        self.pairing.asker.map(|asker| if asker == self.side { Role::Asker } else { Role::Answerer })
    }

    fn begin(&mut self, role: Role) {
        self.pairing.asker = Some(if role == Role::Asker { self.side } else { self.side.other() });
    }

    fn read_head(&mut self, bytes: &[u8]) -> Option<usize> {
        head::read(bytes, self.context.limits.headers, &mut self.context.spare.parsed)
    }

    fn read_strict_head(&mut self, bytes: &[u8]) -> Option<(usize, Role)> {
        let parsed = &mut self.context.spare.parsed;
        let end = head::read_strict(bytes, self.context.limits.headers, parsed)?;
        Some((end, parsed.head.sender()))
    }

    fn read_cut_head(&mut self, bytes: &[u8]) {
        head::read_cut(bytes, self.context.limits.headers, &mut self.context.spare.parsed);
    }

    fn head(&mut self, seen: Seen, swallowed: bool) -> Next {
        let Parsed { head, oddities } = &self.context.spare.parsed;
        if !oddities.is_empty() {
            let words: Vec<_> = oddities.iter().map(|oddity| oddity.words()).collect();
            self.context.notes.add(Note::with(NoteKind::HeadTolerated, seen.origin.clone(), words.join(", ")));
        }
        if !head.complete {
            self.context.notes.count(NoteKind::HeadCut, || seen.origin.clone());
        }
        match head.start() {
            StartLine::Request { .. } => self.request(seen),
            StartLine::Response { .. } => self.response(seen, swallowed),
        }
    }

    fn body(&mut self, wire: usize, data: &[u8], mark: Mark) {
        self.count(Kind::Http, wire as u64);
        let ceiling = self.context.limits.body_bytes;
        let Some((message, keep)) = self.current() else { return };
        message.last = mark.at;
        message.origin.add(mark.packet);
        let body = &mut message.body;
        let (before, after) = (body.seen, body.seen.saturating_add(data.len() as u64));
        body.seen = after;
        // Bytes behind a gap would read as if they followed those before it.
        if !keep || body.missing > 0 {
            body.left_out |= !data.is_empty();
            return;
        }
        let room = ceiling.saturating_sub(body.bytes.len());
        if let (Framing::Length(length), true) = (body.framing, body.bytes.is_empty()) {
            let expected = usize::try_from(length).unwrap_or(usize::MAX).min(room).min(EXPECTED_BYTES);
            if expected > body.bytes.capacity() {
                body.bytes.reserve(expected);
            }
        }
        body.bytes.extend_from_slice(data.get(..room).unwrap_or(data));
        if before <= ceiling as u64 && after > ceiling as u64 {
            body.left_out = true;
            self.note(NoteKind::BodyTruncated, || Origin::of(mark.packet));
        }
    }

    fn missing(&mut self, len: u64) {
        if let Some((message, _)) = self.current() {
            message.body.missing = message.body.missing.saturating_add(len);
        }
    }

    fn end(&mut self, completeness: Completeness) {
        let went_on = self.role() == Some(Role::Answerer) && self.pairing.asker_went_on();
        let completeness = if went_on && completeness == Completeness::CutByEnd { Completeness::Complete } else { completeness };
        let ceiling = self.context.limits.body_bytes;
        let Some((message, _)) = self.current() else { return };
        message.completeness = completeness;
        let oddity = coding::undo(message, ceiling).map(|oddity| (oddity, message.origin.clone()));
        if completeness != Completeness::Complete && message.head.complete {
            let origin = message.origin.clone();
            self.note(NoteKind::BodyCut, || origin);
        }
        if let Some((coding::Oddity { kind, what }, origin)) = oddity {
            self.context.notes.add(Note::with(kind, origin, what));
        }
        if self.role() == Some(Role::Asker) {
            self.pairing.asking = None;
        } else if let Some(place) = self.pairing.answering.take()
            && let Some(pending) = self.pairing.answered(place)
        {
            pending.awaited = Awaited::No;
            if went_on {
                // A RST from now on is about the later request.
                pending.exchange.reset = None;
            }
            if place != Answering::Unasked {
                self.pairing.answered += 1;
            }
        }
        self.settle(false);
    }

    fn gap(&mut self) {
        match self.role() {
            Some(Role::Asker) | None => self.pairing.asker_gap = true,
            Some(Role::Answerer) => self.pairing.doubt_responses(),
        }
    }

    fn may_answer_again(&self) -> bool {
        let pairing = &self.pairing;
        let asked_more = pairing.open.len() > pairing.answered.saturating_add(1);
        // Where answers run ahead, the request for the next one is not there yet.
        let unpaired = matches!(pairing.answering, Some(Answering::Unasked | Answering::GivenUp));
        // A request that was received and is not in sight, or not yet.
        let unseen = pairing.asker.is_some_and(|asker| *self.flow.unseen.get(asker));
        asked_more || unpaired || unseen || pairing.asker_gap || pairing.runs_ahead()
    }

    fn count(&mut self, kind: Kind, bytes: u64) {
        let tally = &mut *self.context.tally;
        match kind {
            Kind::Http => tally.http += bytes,
            Kind::Skipped => tally.http_skipped += bytes,
            Kind::NotHttp => tally.not_http += bytes,
        }
    }

    fn note(&mut self, kind: NoteKind, origin: impl FnOnce() -> Origin) {
        self.context.notes.count(kind, origin);
    }
}

fn reset_by(side: Side, asker: Side) -> ExchangeEnd {
    if side == asker { ExchangeEnd::AskerReset } else { ExchangeEnd::AnswererReset }
}

fn method(head: &Head) -> Option<&str> {
    match head.start() {
        StartLine::Request { method, .. } => Some(method),
        StartLine::Response { .. } => None,
    }
}
