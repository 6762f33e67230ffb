//! Inside a body, and at the point where an answer without a length may be followed by the next one.

use super::seek::{SearchFrom, line_ends};
use super::sink::{Mark, Next, Sink};
use super::{State, Stream};
use crate::base::note::NoteKind;
use crate::base::origin::Origin;
use crate::http::body::Chunks;
use crate::http::exchange::{Completeness, Framing};
use crate::http::head::start::{self, Role, STATUS_PREFIX};

/// Line ends that may stand behind the head of an answer without a length before they are taken for its body. `Net::RVP` sends one LF.
const STRAY_LINE_ENDS: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// So many bytes are still to come, seen or missing; and whether some were missing.
    Length(u64, bool),
    Chunked(Chunks, bool),
    /// Behind the head of an answer without a length: only line ends so far, which are held.
    Quiet,
    UntilClose,
}

impl Stream {
    pub(super) fn start_body(&mut self, next: Next, sink: &mut impl Sink) {
        match next {
            Next::Body(Framing::None | Framing::Length(0)) => self.over(Completeness::Complete, sink),
            Next::Body(Framing::Length(length)) => self.state = State::Body(Reading::Length(length, false)),
            Next::Body(Framing::Chunked) => self.state = State::Body(Reading::Chunked(Chunks::default(), false)),
            Next::Body(Framing::UntilClose) => self.state = State::Body(Reading::Quiet),
            Next::Bodyless(length) => {
                self.over(Completeness::Complete, sink);
                self.seek.stray = length;
            }
            Next::Tunnel => {
                self.over(Completeness::Complete, sink);
                self.state = State::NotHttp;
            }
        }
    }

    /// The current message is over.
    pub(super) fn over(&mut self, completeness: Completeness, sink: &mut impl Sink) {
        self.state = State::Seek;
        self.seek.inside_line = false;
        self.seek.from = SearchFrom::MessageEnd;
        sink.end(completeness);
    }

    pub(super) fn body(&mut self, input: &[u8], reading: Reading, mark: Mark, sink: &mut impl Sink) -> usize {
        match reading {
            Reading::Length(left, gaps) => {
                let used = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                let data = input.get(..used).unwrap_or(input);
                sink.body(data.len(), data, mark);
                self.length_left(left.saturating_sub(data.len() as u64), gaps, sink);
                data.len()
            }
            Reading::Chunked(mut chunks, gaps) => {
                let piece = chunks.next(input);
                if piece.used > 0 {
                    sink.body(piece.used, piece.data, mark);
                }
                self.state = State::Body(Reading::Chunked(chunks, gaps));
                if chunks.is_done() {
                    self.over(if gaps { Completeness::CutByGap } else { Completeness::Complete }, sink);
                } else if chunks.is_broken() {
                    sink.note(NoteKind::ChunkBroken, || Origin::of(mark.packet));
                    self.over(Completeness::Broken, sink);
                    self.seek.from = SearchFrom::Anywhere;
                }
                piece.used
            }
            Reading::Quiet => self.quiet(input, mark, sink),
            Reading::UntilClose => {
                sink.body(input.len(), input, mark);
                input.len()
            }
        }
    }

    pub(super) fn length_left(&mut self, left: u64, gaps: bool, sink: &mut impl Sink) {
        if left > 0 {
            self.state = State::Body(Reading::Length(left, gaps));
        } else {
            self.over(if gaps { Completeness::CutByGap } else { Completeness::Complete }, sink);
        }
    }

    /// Behind the head of an answer without a length. Real RVP clients send no body and go on: where another answer may come, a status line
    /// behind nothing but line ends begins it. Anything else is a body that lasts until the connection's end.
    fn quiet(&mut self, input: &[u8], mark: Mark, sink: &mut impl Sink) -> usize {
        if self.held.bytes.is_empty() {
            let room = STRAY_LINE_ENDS.saturating_sub(self.stray.as_ref().map_or(0, |stray| stray.len()));
            let line_ends = line_ends(input).min(room);
            if let Some((part, _)) = input.split_at_checked(line_ends).filter(|_| line_ends > 0) {
                self.stray.get_or_insert_default().push(part, mark);
                return line_ends;
            }
            if !sink.may_answer_again() {
                self.quiet_body(sink);
                return 0;
            }
        }
        // As much as tells a status line and no more, so that no line end gets into what the search for the start line begins with.
        let needed = (STATUS_PREFIX.len() + 1).saturating_sub(self.held.len());
        let part = input.get(..needed).unwrap_or(input);
        self.held.push(part, mark);
        if !start::may_begin(&self.held.bytes, Some(Role::Answerer)) {
            self.quiet_body(sink);
        } else if part.len() == needed {
            self.stray_line_ends();
            self.over(Completeness::Complete, sink);
        }
        part.len()
    }

    /// What is held is the beginning of a body.
    fn quiet_body(&mut self, sink: &mut impl Sink) {
        self.state = State::Body(Reading::UntilClose);
        for held in self.stray.take().map(|stray| *stray).into_iter().chain([std::mem::take(&mut self.held)]) {
            if let Some(packet) = held.seen.origin.first() {
                sink.body(held.len(), &held.bytes, Mark { at: held.seen.last, packet });
            }
        }
    }

    /// An answer without a length and without a body is over.
    fn stray_line_ends(&mut self) {
        if let Some(stray) = self.stray.take() {
            self.pass(stray.len(), false, || stray.seen.origin);
        }
    }

    /// An answer without a length ends here. Line ends behind its head are not its body; the beginning of something else is.
    pub(super) fn quiet_over(&mut self, completeness: Completeness, sink: &mut impl Sink) {
        if self.held.bytes.is_empty() {
            self.stray_line_ends();
        } else {
            self.quiet_body(sink);
        }
        self.over(completeness, sink);
    }
}
