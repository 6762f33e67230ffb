//! One side of a connection: finds the messages in its bytes and gaps, whatever lies between them.
//!
//! Every byte is counted once: as part of a message, as skipped, or as not HTTP. While it is undecided whether the side speaks HTTP, its bytes
//! are held or remembered by number. How bytes are split over segments changes nothing in what is found.

mod reading;
mod seek;
pub(super) mod sink;
mod tail;

use crate::base::origin::Origin;
use crate::http::exchange::{Completeness, Framing};
use crate::http::head::{self, BlankLine, start};
use reading::Reading;
use seek::{SearchFrom, Seek};
use sink::{Kind, Mark, Next, Seen, Sink};
use tail::Tail;

/// The reader of one side.
#[derive(Debug, Default)]
pub(super) struct Stream {
    state: State,
    /// Bytes that could not be placed yet: an unfinished line, an unfinished head, or what may be the next answer.
    held: Held,
    /// Line ends behind the head of an answer without a length, if there are any.
    stray: Option<Box<Held>>,
    /// In [`State::Head`]: how far `held` was searched for the head's end.
    scanned: usize,
    seek: Seek,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Looks for a start line.
    #[default]
    Seek,
    /// In a head.
    Head,
    /// Behind the ceiling of a head: skips to its empty line.
    HeadRest(BlankLine, Framing),
    /// In a body.
    Body(Reading),
    /// Not HTTP, or no longer.
    NotHttp,
}

#[derive(Debug, Default)]
struct Held {
    bytes: Vec<u8>,
    seen: Seen,
}

impl Held {
    fn push(&mut self, bytes: &[u8], mark: Mark) {
        if self.bytes.is_empty() {
            self.seen.first = mark.at;
        }
        self.bytes.extend_from_slice(bytes);
        self.seen.last = mark.at;
        self.seen.origin.add(mark.packet);
    }

    fn len(&self) -> usize {
        self.bytes.len()
    }
}

impl Stream {
    /// Whether this side doesn't speak HTTP, or no longer does.
    pub(super) fn is_not_http(&self) -> bool {
        self.state == State::NotHttp
    }

    /// Whether this side never spoke HTTP.
    pub(super) fn is_rejected(&self) -> bool {
        self.is_not_http() && !self.seek.found
    }

    /// Takes the next bytes. `anywhere` says that the first bytes of the side may lie in the middle of a message.
    pub(super) fn data(&mut self, bytes: &[u8], mark: Mark, anywhere: bool, sink: &mut impl Sink) {
        if anywhere && self.seek.from == SearchFrom::Beginning {
            self.seek.from = SearchFrom::Anywhere;
            self.seek.tail = Some(Box::new(Tail::behind_gap()));
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let used = match self.state {
                State::Seek => self.seek(rest, mark, sink),
                State::Head => self.head(rest, mark, sink),
                State::HeadRest(blank, framing) => self.head_rest(rest, blank, framing, mark, sink),
                State::Body(reading) => self.body(rest, reading, mark, sink),
                State::NotHttp => {
                    sink.count(Kind::NotHttp, rest.len() as u64);
                    return;
                }
            };
            rest = rest.get(used..).unwrap_or_default();
        }
    }

    /// Takes a gap of `len` bytes.
    pub(super) fn gap(&mut self, len: u64, anywhere: bool, sink: &mut impl Sink) {
        if anywhere && self.seek.from == SearchFrom::Beginning {
            self.seek.from = SearchFrom::Anywhere;
        }
        match self.state {
            State::NotHttp => return,
            State::Body(Reading::Length(left, _)) if len <= left => {
                sink.missing(len);
                self.length_left(left - len, true, sink);
                return;
            }
            State::Body(Reading::Length(left, _)) => {
                sink.missing(left);
                self.over(Completeness::CutByGap, sink);
                self.seek.swallowed = true;
            }
            State::Body(Reading::Chunked(mut chunks, _)) => {
                if chunks.skip(len) {
                    sink.missing(len);
                    self.state = State::Body(Reading::Chunked(chunks, true));
                    return;
                }
                self.over(Completeness::CutByGap, sink);
            }
            State::Body(Reading::Quiet) if sink.may_answer_again() => {
                self.quiet_over(Completeness::Complete, sink);
                self.seek.swallowed = true;
            }
            State::Seek => {
                let at_boundary = self.seek.from != SearchFrom::Anywhere && !self.seek.inside_line;
                if !self.cut(Completeness::CutByGap, sink) {
                    self.seek.swallowed |= at_boundary && self.seek.found_or_known(sink);
                }
            }
            State::Head | State::HeadRest(..) | State::Body(_) => self.flush(Completeness::CutByGap, Completeness::CutByGap, sink),
        }
        self.seek.from = SearchFrom::Anywhere;
        self.seek.inside_line = false;
        self.seek.tail = Some(Box::new(Tail::behind_gap()));
        self.seek.stray = self.seek.stray.saturating_sub(len);
        sink.gap();
    }

    /// Nothing follows, or nothing that counts: ends what is open. `lengthless` says what becomes of an answer without a length.
    pub(super) fn finish(&mut self, lengthless: Completeness, sink: &mut impl Sink) {
        self.flush(Completeness::CutByEnd, lengthless, sink);
        if self.state == State::Seek {
            self.give_up(sink);
        }
    }

    /// Another protocol follows.
    pub(super) fn leave_http(&mut self, sink: &mut impl Sink) {
        if self.state == State::Seek {
            let (bytes, _) = self.take_held();
            sink.count(Kind::NotHttp, bytes.len() as u64);
            if self.seek.passed.noise {
                // Of the other protocol already: it was sent before the answer that changes over to it.
                sink.count(Kind::NotHttp, std::mem::take(&mut self.seek.passed).bytes);
            }
        } else {
            self.flush(Completeness::CutByEnd, Completeness::Complete, sink);
        }
        if self.state == State::Seek {
            self.give_up(sink);
        }
        self.state = State::NotHttp;
    }

    fn flush(&mut self, cut: Completeness, lengthless: Completeness, sink: &mut impl Sink) {
        match self.state {
            State::NotHttp => {}
            State::Seek => {
                self.cut(cut, sink);
            }
            State::Head => {
                let (bytes, seen) = self.take_held();
                self.cut_head(&bytes, seen, sink);
                self.over(cut, sink);
            }
            State::Body(Reading::Chunked(chunks, gaps)) if chunks.has_all_data() && cut == Completeness::CutByEnd => {
                self.over(if gaps { Completeness::CutByGap } else { Completeness::Complete }, sink);
            }
            State::HeadRest(..) | State::Body(Reading::Length(..) | Reading::Chunked(..)) => self.over(cut, sink),
            State::Body(Reading::Quiet) => self.quiet_over(lengthless, sink),
            State::Body(Reading::UntilClose) => self.over(lengthless, sink),
        }
    }

    /// Reads an unfinished line that is cut off here as the start of a message, if it is one. If not, it is passed over.
    fn cut(&mut self, completeness: Completeness, sink: &mut impl Sink) -> bool {
        self.seek.tail = None;
        if self.held.bytes.is_empty() {
            return false;
        }
        let (bytes, seen) = self.take_held();
        if let Some(role) = start::begins_cut(&bytes, sink.role()) {
            self.begin(role, sink);
            self.cut_head(&bytes, seen, sink);
            self.over(completeness, sink);
            return true;
        }
        self.pass(bytes.len(), true, || seen.origin);
        false
    }

    fn take_held(&mut self) -> (Vec<u8>, Seen) {
        let held = std::mem::take(&mut self.held);
        (held.bytes, held.seen)
    }

    fn head(&mut self, input: &[u8], mark: Mark, sink: &mut impl Sink) -> usize {
        let ceiling = sink.limits().head_bytes.max(1);
        let before = self.held.len();
        let window = input.get(..ceiling.saturating_sub(before)).unwrap_or(input);
        if before == 0 {
            // Nothing is copied: most heads come in one piece.
            if let Some(end) = sink.read_head(window) {
                self.begin_message(end, mark, sink);
                return end;
            }
            self.held.push(window, mark);
        } else if !window.is_empty() {
            self.held.push(window, mark);
            if let Some(end) = head::end(&self.held.bytes, &mut self.scanned) {
                let (bytes, seen) = self.take_held();
                sink.read_head(bytes.get(..end).unwrap_or(&bytes));
                let next = self.take_head(end, seen, sink);
                self.start_body(next, sink);
                return end.saturating_sub(before);
            }
        }
        if self.held.len() >= ceiling {
            let (bytes, seen) = self.take_held();
            match self.cut_head(&bytes, seen, sink) {
                Next::Body(framing) => self.state = State::HeadRest(BlankLine::behind(&bytes), framing),
                Next::Bodyless(_) => self.state = State::HeadRest(BlankLine::behind(&bytes), Framing::None),
                Next::Tunnel => self.start_body(Next::Tunnel, sink),
            }
        }
        window.len()
    }

    fn head_rest(&mut self, input: &[u8], mut blank: BlankLine, framing: Framing, mark: Mark, sink: &mut impl Sink) -> usize {
        let end = blank.find(input);
        let used = end.unwrap_or(input.len());
        sink.body(used, b"", mark);
        if end.is_some() {
            self.start_body(Next::Body(framing), sink);
        } else {
            self.state = State::HeadRest(blank, framing);
        }
        used
    }

    /// The head that was read last, which takes so many bytes of one packet, begins a message.
    fn begin_message(&mut self, bytes: usize, mark: Mark, sink: &mut impl Sink) {
        let seen = Seen { first: mark.at, last: mark.at, origin: Origin::of(mark.packet) };
        let next = self.take_head(bytes, seen, sink);
        self.start_body(next, sink);
    }

    fn cut_head(&mut self, bytes: &[u8], seen: Seen, sink: &mut impl Sink) -> Next {
        sink.read_cut_head(bytes);
        self.take_head(bytes.len(), seen, sink)
    }

    /// The head that was read last, which takes so many bytes, begins a message.
    fn take_head(&mut self, bytes: usize, seen: Seen, sink: &mut impl Sink) -> Next {
        sink.count(Kind::Http, bytes as u64);
        sink.head(seen, std::mem::take(&mut self.seek.swallowed))
    }
}
