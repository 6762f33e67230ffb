//! One side of a connection: finds the messages in its bytes and gaps, whatever lies between them.
//!
//! Every byte is counted once: as part of a message, as skipped, or as not HTTP. While it is undecided whether the side speaks HTTP, its bytes
//! are held or remembered by number. How bytes are split over segments changes nothing in what is found.

use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::base::origin::{Origin, PacketId};
use crate::base::time::Timestamp;
use crate::http::body::Chunks;
use crate::http::exchange::{Completeness, Framing};
use crate::http::head::start::{self, Role, STATUS_PREFIX};
use crate::http::head::{self, BlankLine, Parsed};

/// Line ends that may stand behind the head of an answer without a length before they are taken for its body. Net::RVP sends one LF.
const STRAY_LINE_ENDS: usize = 64;

/// Where and when bytes were seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// When.
    pub(super) at: Timestamp,
    /// The packet that carried them.
    pub(super) packet: PacketId,
}

/// Where and when a head was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// When its first byte was.
    pub(super) first: Timestamp,
    /// When its last byte was.
    pub(super) last: Timestamp,
    /// The packets that carried it.
    pub(super) origin: Origin,
}

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A body.
    Body(Framing),
    /// Another protocol (101, or a 2xx answer to CONNECT).
    Tunnel,
}

/// What bytes turn out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Part of a message.
    Http,
    /// Between messages.
    Skipped,
    /// Not HTTP.
    NotHttp,
}

/// Takes what a stream finds, and knows what the other side has said.
pub(super) trait Sink {
    /// The ceilings.
    fn limits(&self) -> &Limits;
    /// What this side does, if that is known.
    fn role(&self) -> Option<Role>;
    /// A start line was seen: this side does what `role` says.
    fn begin(&mut self, role: Role);
    /// A head. `swallowed` says that a message began in a gap directly before it.
    fn head(&mut self, parsed: Parsed, seen: Seen, swallowed: bool) -> Next;
    /// The next `wire` bytes of the current message, of which `data` are body.
    fn body(&mut self, wire: usize, data: &[u8], mark: Mark);
    /// The next `len` body bytes lie in a gap.
    fn missing(&mut self, len: u64);
    /// The current message is over.
    fn end(&mut self, completeness: Completeness);
    /// A gap may hold messages of this side.
    fn gap(&mut self);
    /// Whether another answer may follow the current one, which has no length and no body so far.
    fn may_answer_again(&self) -> bool;
    /// Counts bytes.
    fn count(&mut self, kind: Kind, bytes: u64);
    /// Something odd.
    fn note(&mut self, kind: NoteKind, origin: impl FnOnce() -> Origin);
}

/// The reader of one side.
#[derive(Debug, Default)]
pub(super) struct Stream {
    state: State,
    /// Bytes that could not be placed yet: an unfinished line, an unfinished head, or what may be the next answer.
    held: Held,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// So many bytes are still to come, seen or missing; and whether some were missing.
    Length(u64, bool),
    Chunked(Chunks, bool),
    /// Behind the head of an answer without a length: only line ends so far, which are held.
    Quiet,
    UntilClose,
}

/// The search for a start line.
#[derive(Debug, Default)]
struct Seek {
    /// Whether a start line was ever seen, so that this side speaks HTTP.
    found: bool,
    /// Where the search began.
    from: From,
    /// Whether the rest of the current line is to be skipped.
    inside_line: bool,
    /// Bytes that were passed over while nothing was found.
    passed: u64,
    /// Whether these were more than line ends, and where the first was.
    noise: bool,
    origin: Origin,
    /// Whether a message began in a gap since the last one that was seen.
    swallowed: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum From {
    /// The first bytes of the side.
    #[default]
    Beginning,
    /// The end of a message.
    MessageEnd,
    /// Somewhere: behind a gap or noise.
    Anywhere,
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

    /// Takes the next bytes. `anywhere` says that the first bytes of the side may lie in the middle of a message.
    pub(super) fn data(&mut self, bytes: &[u8], mark: Mark, anywhere: bool, sink: &mut impl Sink) {
        if anywhere && self.seek.from == From::Beginning {
            self.seek.from = From::Anywhere;
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
        if anywhere && self.seek.from == From::Beginning {
            self.seek.from = From::Anywhere;
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
                self.stray_line_ends(sink);
                self.over(Completeness::Complete, sink);
                self.seek.swallowed = true;
            }
            State::Seek => {
                let at_boundary = self.seek.from != From::Anywhere && !self.seek.inside_line;
                if !self.cut(Completeness::CutByGap, sink) {
                    self.seek.swallowed |= at_boundary && self.seek.found_or_known(sink);
                }
            }
            State::Head | State::HeadRest(..) | State::Body(_) => self.flush(Completeness::CutByGap, Completeness::CutByGap, sink),
        }
        self.seek.from = From::Anywhere;
        self.seek.inside_line = false;
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
            self.give_up(sink);
        } else {
            self.flush(Completeness::CutByEnd, Completeness::Complete, sink);
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
                self.read_head(&bytes, false, seen, sink);
                self.over(cut, sink);
            }
            State::Body(Reading::Chunked(chunks, gaps)) if chunks.has_all_data() && cut == Completeness::CutByEnd => {
                self.over(if gaps { Completeness::CutByGap } else { Completeness::Complete }, sink);
            }
            State::HeadRest(..) | State::Body(Reading::Length(..) | Reading::Chunked(..)) => self.over(cut, sink),
            State::Body(Reading::Quiet) => {
                self.stray_line_ends(sink);
                self.over(lengthless, sink);
            }
            State::Body(Reading::UntilClose) => self.over(lengthless, sink),
        }
    }

    /// Reads an unfinished line that is cut off here as the start of a message, if it is one. If not, it is passed over.
    fn cut(&mut self, completeness: Completeness, sink: &mut impl Sink) -> bool {
        let (bytes, seen) = self.take_held();
        if let Some(role) = start::begins_cut(&bytes, sink.role()) {
            self.begin(role, sink);
            self.read_head(&bytes, false, seen, sink);
            self.over(completeness, sink);
            return true;
        }
        self.pass(bytes.len(), true, || seen.origin, sink);
        false
    }

    fn take_held(&mut self) -> (Vec<u8>, Seen) {
        let held = std::mem::take(&mut self.held);
        (held.bytes, held.seen)
    }

    // ---- between messages

    fn seek(&mut self, input: &[u8], mark: Mark, sink: &mut impl Sink) -> usize {
        let room = self.room(sink).saturating_sub(self.held.len());
        let window = input.get(..room).unwrap_or(input);
        if window.is_empty() {
            self.ceiling(sink);
            return 0;
        }
        if self.seek.inside_line {
            let line_end = memchr::memchr(b'\n', window);
            self.seek.inside_line = line_end.is_none();
            let used = line_end.map_or(window.len(), |end| end + 1);
            self.pass(used, true, || Origin::of(mark.packet), sink);
            return used;
        }
        if self.held.bytes.is_empty() {
            let line_ends = line_ends(window);
            if line_ends > 0 {
                self.pass(line_ends, false, || Origin::of(mark.packet), sink);
                return line_ends;
            }
        }
        match memchr::memchr(b'\n', window) {
            Some(end) => self.seek_in_line(window.get(..=end).unwrap_or(window), mark, sink),
            None => self.seek_in_part(window, mark, sink),
        }
    }

    /// The line in `held` and `end` is finished.
    fn seek_in_line(&mut self, end: &[u8], mark: Mark, sink: &mut impl Sink) -> usize {
        if self.held.bytes.is_empty() {
            // Nothing is copied: if it is a start line, the head is read from the same bytes.
            match start::begins(end, sink.role()) {
                Some(role) => {
                    self.begin(role, sink);
                    0
                }
                None => self.refuse_line(end.len(), end.len(), false, Origin::of(mark.packet), sink),
            }
        } else {
            self.held.push(end, mark);
            if let Some(role) = start::begins(&self.held.bytes, sink.role()) {
                self.begin(role, sink);
                return end.len();
            }
            let (bytes, seen) = self.take_held();
            self.refuse_line(bytes.len(), end.len(), false, seen.origin, sink)
        }
    }

    /// The line in `held` and `part` goes on.
    fn seek_in_part(&mut self, part: &[u8], mark: Mark, sink: &mut impl Sink) -> usize {
        if self.held.bytes.is_empty() {
            if start::may_begin(part, sink.role()) {
                self.held.push(part, mark);
                return part.len();
            }
            return self.refuse_line(part.len(), part.len(), true, Origin::of(mark.packet), sink);
        }
        self.held.push(part, mark);
        if start::may_begin(&self.held.bytes, sink.role()) {
            return part.len();
        }
        let (bytes, seen) = self.take_held();
        self.refuse_line(bytes.len(), part.len(), true, seen.origin, sink)
    }

    /// The line can't be a start line. The first line of a side must be one; later, and where the beginning was not seen, the next line is tried.
    fn refuse_line(&mut self, line: usize, used: usize, unfinished: bool, origin: Origin, sink: &mut impl Sink) -> usize {
        if !self.seek.found && self.seek.from == From::Beginning {
            self.pass(line, true, || origin, sink);
            self.reject(sink);
        } else {
            self.pass(line, true, || origin, sink);
            self.seek.inside_line = unfinished;
            self.seek.from = From::Anywhere;
        }
        used
    }

    /// How many bytes are searched for the end of a line; where HTTP was not found yet, all that were searched count.
    fn room(&self, sink: &impl Sink) -> usize {
        if self.seek.found {
            sink.limits().head_bytes.max(1)
        } else {
            sink.limits().probe_bytes.saturating_sub(usize::try_from(self.seek.passed).unwrap_or(usize::MAX))
        }
    }

    /// No more is searched for the end of this line.
    fn ceiling(&mut self, sink: &mut impl Sink) {
        if let Some(role) = start::begins_cut(&self.held.bytes, sink.role()) {
            self.begin(role, sink);
            return;
        }
        let (bytes, seen) = self.take_held();
        self.pass(bytes.len(), true, || seen.origin, sink);
        if self.seek.found {
            self.seek.inside_line = true;
            self.seek.from = From::Anywhere;
        } else {
            self.reject(sink);
        }
    }

    /// Passes over bytes that belong to no message.
    fn pass(&mut self, bytes: usize, noise: bool, origin: impl FnOnce() -> Origin, sink: &mut impl Sink) {
        if bytes == 0 {
            return;
        }
        if self.seek.passed == 0 {
            self.seek.origin = origin();
        }
        self.seek.passed = self.seek.passed.saturating_add(bytes as u64);
        self.seek.noise |= noise;
        if self.seek.found {
            sink.count(Kind::Skipped, bytes as u64);
        }
    }

    /// A start line was found.
    fn begin(&mut self, role: Role, sink: &mut impl Sink) {
        sink.begin(role);
        if !self.seek.found {
            sink.count(Kind::Skipped, self.seek.passed);
            self.seek.found = true;
        }
        self.passed_over(NoteKind::Resynchronised, sink);
        self.state = State::Head;
        self.scanned = 0;
    }

    /// Notes what was passed over: line ends, or `noise`.
    fn passed_over(&mut self, noise: NoteKind, sink: &mut impl Sink) {
        let origin = std::mem::take(&mut self.seek.origin);
        if std::mem::take(&mut self.seek.passed) > 0 {
            let kind = if std::mem::take(&mut self.seek.noise) { noise } else { NoteKind::BytesBetweenMessages };
            sink.note(kind, || origin);
        }
    }

    fn reject(&mut self, sink: &mut impl Sink) {
        sink.count(Kind::NotHttp, self.seek.passed);
        self.state = State::NotHttp;
    }

    /// The flow is over while a start line was looked for.
    fn give_up(&mut self, sink: &mut impl Sink) {
        if self.seek.found {
            self.passed_over(NoteKind::BytesBetweenMessages, sink);
        } else {
            sink.count(Kind::NotHttp, std::mem::take(&mut self.seek.passed));
        }
    }

    // ---- heads

    fn head(&mut self, input: &[u8], mark: Mark, sink: &mut impl Sink) -> usize {
        let ceiling = sink.limits().head_bytes.max(1);
        let before = self.held.len();
        let window = input.get(..ceiling.saturating_sub(before)).unwrap_or(input);
        if before == 0 {
            if let Some((head, _)) = head::end(window, &mut self.scanned).and_then(|end| window.split_at_checked(end)) {
                let seen = Seen { first: mark.at, last: mark.at, origin: Origin::of(mark.packet) };
                let framing = self.read_head(head, true, seen, sink);
                self.start_body(framing, sink);
                return head.len();
            }
            self.held.push(window, mark);
        } else if !window.is_empty() {
            self.held.push(window, mark);
            if let Some(end) = head::end(&self.held.bytes, &mut self.scanned) {
                let (bytes, seen) = self.take_held();
                let framing = self.read_head(bytes.get(..end).unwrap_or(&bytes), true, seen, sink);
                self.start_body(framing, sink);
                return end.saturating_sub(before);
            }
        }
        if self.held.len() >= ceiling {
            let (bytes, seen) = self.take_held();
            match self.read_head(&bytes, false, seen, sink) {
                Next::Body(framing) => self.state = State::HeadRest(BlankLine::behind(&bytes), framing),
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

    fn read_head(&mut self, bytes: &[u8], whole: bool, seen: Seen, sink: &mut impl Sink) -> Next {
        sink.count(Kind::Http, bytes.len() as u64);
        let parsed = head::parse(bytes, whole, sink.limits().headers);
        sink.head(parsed, seen, std::mem::take(&mut self.seek.swallowed))
    }

    // ---- bodies

    fn start_body(&mut self, next: Next, sink: &mut impl Sink) {
        match next {
            Next::Body(Framing::None | Framing::Length(0)) => self.over(Completeness::Complete, sink),
            Next::Body(Framing::Length(length)) => self.state = State::Body(Reading::Length(length, false)),
            Next::Body(Framing::Chunked) => self.state = State::Body(Reading::Chunked(Chunks::default(), false)),
            Next::Body(Framing::UntilClose) => self.state = State::Body(Reading::Quiet),
            Next::Tunnel => {
                self.over(Completeness::Complete, sink);
                self.state = State::NotHttp;
            }
        }
    }

    /// The current message is over.
    fn over(&mut self, completeness: Completeness, sink: &mut impl Sink) {
        self.state = State::Seek;
        self.seek.inside_line = false;
        self.seek.from = From::MessageEnd;
        sink.end(completeness);
    }

    fn body(&mut self, input: &[u8], reading: Reading, mark: Mark, sink: &mut impl Sink) -> usize {
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
                sink.body(piece.used, piece.data, mark);
                self.state = State::Body(Reading::Chunked(chunks, gaps));
                if chunks.is_done() {
                    self.over(if gaps { Completeness::CutByGap } else { Completeness::Complete }, sink);
                } else if chunks.is_broken() {
                    sink.note(NoteKind::ChunkBroken, || Origin::of(mark.packet));
                    self.over(Completeness::Broken, sink);
                    self.seek.from = From::Anywhere;
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

    fn length_left(&mut self, left: u64, gaps: bool, sink: &mut impl Sink) {
        if left > 0 {
            self.state = State::Body(Reading::Length(left, gaps));
        } else {
            self.over(if gaps { Completeness::CutByGap } else { Completeness::Complete }, sink);
        }
    }

    /// Behind the head of an answer without a length. Real RVP clients send no body and go on: where another answer may come, a status line
    /// behind nothing but line ends begins it. Anything else is a body that lasts until the connection's end.
    fn quiet(&mut self, input: &[u8], mark: Mark, sink: &mut impl Sink) -> usize {
        let before = line_ends(&self.held.bytes);
        let begun = self.held.len().saturating_sub(before);
        if begun == 0 && before <= STRAY_LINE_ENDS {
            let part = input.get(..line_ends(input).min(STRAY_LINE_ENDS)).unwrap_or_default();
            if !part.is_empty() {
                self.held.push(part, mark);
                return part.len();
            }
            if sink.may_answer_again() {
                return self.next_answer_or_body(0, input, mark, sink);
            }
        } else if begun > 0 {
            return self.next_answer_or_body(begun, input, mark, sink);
        }
        self.quiet_body(mark, sink);
        0
    }

    /// Behind the line ends stand `begun` bytes that may begin a status line, and `input`.
    fn next_answer_or_body(&mut self, begun: usize, input: &[u8], mark: Mark, sink: &mut impl Sink) -> usize {
        // So many bytes and no more, so that no line end gets into what the search for the start line begins with.
        let needed = (STATUS_PREFIX.len() + 1).saturating_sub(begun);
        let part = input.get(..needed).unwrap_or(input);
        self.held.push(part, mark);
        let behind = self.held.bytes.get(line_ends(&self.held.bytes)..).unwrap_or_default();
        if !start::may_begin(behind, Some(Role::Answerer)) {
            self.quiet_body(mark, sink);
        } else if part.len() == needed {
            self.next_answer(sink);
        }
        part.len()
    }

    /// What is held are line ends and the beginning of a status line.
    fn next_answer(&mut self, sink: &mut impl Sink) {
        let (mut bytes, seen) = self.take_held();
        let begin = bytes.split_off(line_ends(&bytes));
        self.over(Completeness::Complete, sink);
        let origin = seen.origin.clone();
        self.pass(bytes.len(), false, || origin, sink);
        self.held = Held { bytes: begin, seen };
    }

    fn quiet_body(&mut self, mark: Mark, sink: &mut impl Sink) {
        let (bytes, _) = self.take_held();
        self.state = State::Body(Reading::UntilClose);
        sink.body(bytes.len(), &bytes, mark);
    }

    /// An answer without a length is over. Line ends behind its head are not its body; the beginning of something else is.
    fn stray_line_ends(&mut self, sink: &mut impl Sink) {
        let (bytes, seen) = self.take_held();
        if line_ends(&bytes) == bytes.len() {
            self.pass(bytes.len(), false, || seen.origin, sink);
        } else if let Some(packet) = seen.origin.first() {
            sink.body(bytes.len(), &bytes, Mark { at: seen.last, packet });
        }
    }
}

impl Seek {
    /// Whether this side is known to speak HTTP: it did, or the side across does.
    fn found_or_known(&self, sink: &impl Sink) -> bool {
        self.found || sink.role().is_some()
    }
}

fn line_ends(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}
