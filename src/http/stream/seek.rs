//! Between messages: the search for the next start line.

use super::sink::{Kind, Mark, Sink};
use super::tail::Tail;
use super::{Held, State, Stream};
use crate::base::note::NoteKind;
use crate::base::origin::Origin;
use crate::http::head::start::{self, Role};

/// The longest start line that is found inside a line. Each of its bytes may come in a packet of its own, which is remembered too; the URLs of
/// RVP are a tenth of it.
const INSIDE_LINE_BYTES: usize = 2 << 10;

/// The search for a start line.
#[derive(Debug, Default)]
pub(super) struct Seek {
    /// Whether a start line was ever seen, so that this side speaks HTTP.
    pub(super) found: bool,
    /// Where the search began.
    pub(super) from: SearchFrom,
    /// Whether the current line can't begin with a start line.
    pub(super) inside_line: bool,
    /// The current line, where a start line may stand inside it.
    pub(super) tail: Option<Box<Tail>>,
    /// What was passed over since the last message.
    pub(super) passed: Passed,
    /// Whether a message began in a gap since the last one that was seen.
    pub(super) swallowed: bool,
    /// Behind an answer that has no body although its head announces one: how many bytes of it may come all the same.
    pub(super) stray: u64,
}

/// Bytes that belong to no message.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub(super) bytes: u64,
    /// Whether there was more than line ends.
    pub(super) noise: bool,
    /// Where the first was seen.
    pub(super) origin: Origin,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SearchFrom {
    /// The first bytes of the side.
    #[default]
    Beginning,
    /// The end of a message.
    MessageEnd,
    /// Somewhere: behind a gap or behind a line of noise. A body seldom ends with a line end, so the next start line may stand inside a line, behind a
    /// closing tag.
    Anywhere,
}

impl Seek {
    /// Whether this side is known to speak HTTP: it did, or the side across does.
    pub(super) fn found_or_known(&self, sink: &impl Sink) -> bool {
        self.found || sink.role().is_some()
    }
}

impl Stream {
    pub(super) fn seek(&mut self, input: &[u8], mark: Mark, sink: &mut impl Sink) -> usize {
        if self.seek.stray == 0 {
            return self.search(input, mark, sink);
        }
        let end = usize::try_from(self.seek.stray).unwrap_or(usize::MAX).min(input.len());
        let used = self.search(input.get(..end).unwrap_or(input), mark, sink);
        self.seek.stray = self.seek.stray.saturating_sub(used as u64);
        // Behind a body that should not be there, the next message begins, unless it has begun instead of that body.
        if self.seek.stray == 0 && self.state == State::Seek && self.held.bytes.is_empty() {
            self.seek.tail = None;
            self.seek.inside_line = false;
            self.seek.from = SearchFrom::MessageEnd;
        }
        used
    }

    fn search(&mut self, input: &[u8], mark: Mark, sink: &mut impl Sink) -> usize {
        let room = self.room(sink).saturating_sub(self.held.len());
        let window = input.get(..room).unwrap_or(input);
        if window.is_empty() {
            self.ceiling(sink);
            return 0;
        }
        if self.held.bytes.is_empty() && !self.seek.inside_line {
            if self.seek.from != SearchFrom::Anywhere
                && self.seek.stray == 0
                && let Some((end, role)) = sink.read_strict_head(window)
                && sink.role().is_none_or(|known| known == role)
            {
                // As nearly always: a message begins where one may, and all of its head is there.
                self.begin(role, sink);
                self.begin_message(end, mark, sink);
                return end;
            }
            let line_ends = line_ends(window);
            if line_ends > 0 {
                // What follows is a line of its own.
                self.seek.tail = None;
                self.pass(line_ends, false, || Origin::of(mark.packet));
                return line_ends;
            }
        }
        let line_end = memchr::memchr(b'\n', window);
        let part = line_end.and_then(|end| window.get(..=end)).unwrap_or(window);
        if self.seek.from == SearchFrom::Anywhere {
            self.seek.tail.get_or_insert_default().push(part, reach(sink), mark);
        }
        if line_end.is_some() { self.seek_in_line(part, mark, sink) } else { self.seek_in_part(part, mark, sink) }
    }

    /// The line in `held` and `end`, or the one that was refused and ends with `end`, is finished.
    fn seek_in_line(&mut self, end: &[u8], mark: Mark, sink: &mut impl Sink) -> usize {
        if let Some((start, role)) = self.seek.tail.take().and_then(|tail| tail.start_line(reach(sink), sink.role())) {
            // First, because the end of a body may pass for a request line together with what follows: `word <a></a>GET / HTTP/1.1`.
            self.begin_inside(start, role, end, mark, sink);
            end.len()
        } else if self.seek.inside_line {
            self.refuse_line(end.len(), end.len(), false, Origin::of(mark.packet), sink)
        } else if self.held.bytes.is_empty() {
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

    /// The line in `held` and `part`, or the one that was refused, goes on.
    fn seek_in_part(&mut self, part: &[u8], mark: Mark, sink: &mut impl Sink) -> usize {
        if self.held.bytes.is_empty() {
            if !self.seek.inside_line && start::may_begin(part, sink.role()) {
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

    /// `start` stands inside the line that is finished with `end`. What stands before it is passed over.
    fn begin_inside(&mut self, start: Held, role: Role, end: &[u8], mark: Mark, sink: &mut impl Sink) {
        let (bytes, seen) = self.take_held();
        self.pass(bytes.len(), true, || seen.origin);
        self.pass(end.len(), true, || Origin::of(mark.packet));
        self.seek.passed.bytes = self.seek.passed.bytes.saturating_sub(start.len() as u64);
        self.held = start;
        self.begin(role, sink);
    }

    /// The line can't be a start line. The first line of a side must be one; later, and where the beginning was not seen, the next line is tried.
    fn refuse_line(&mut self, line: usize, used: usize, unfinished: bool, origin: Origin, sink: &mut impl Sink) -> usize {
        self.pass(line, true, || origin);
        if !self.seek.found && self.seek.from == SearchFrom::Beginning {
            self.reject(sink);
            return used;
        }
        self.seek.inside_line = unfinished;
        if !unfinished {
            self.seek.from = SearchFrom::Anywhere;
        }
        used
    }

    /// How many bytes are searched for the end of a line; where HTTP was not found yet, all that were searched count.
    fn room(&self, sink: &impl Sink) -> usize {
        if self.seek.found {
            sink.limits().head_bytes.max(1)
        } else {
            sink.limits().probe_bytes.saturating_sub(usize::try_from(self.seek.passed.bytes).unwrap_or(usize::MAX))
        }
    }

    /// No more is searched for the end of this line.
    fn ceiling(&mut self, sink: &mut impl Sink) {
        if let Some(role) = start::begins_cut(&self.held.bytes, sink.role()) {
            self.begin(role, sink);
            return;
        }
        let (bytes, seen) = self.take_held();
        self.pass(bytes.len(), true, || seen.origin);
        if self.seek.found {
            self.seek.inside_line = true;
        } else {
            self.reject(sink);
        }
    }

    /// Passes over bytes that belong to no message. They are counted once it is known what follows.
    pub(super) fn pass(&mut self, bytes: usize, noise: bool, origin: impl FnOnce() -> Origin) {
        if bytes == 0 {
            return;
        }
        let passed = &mut self.seek.passed;
        if passed.bytes == 0 {
            passed.origin = origin();
        }
        passed.bytes = passed.bytes.saturating_add(bytes as u64);
        passed.noise |= noise;
    }

    /// A start line was found.
    pub(super) fn begin(&mut self, role: Role, sink: &mut impl Sink) {
        sink.begin(role);
        self.seek.found = true;
        self.seek.stray = 0;
        self.seek.tail = None;
        self.passed_over(NoteKind::Resynchronised, sink);
        self.state = State::Head;
        self.scanned = 0;
    }

    /// Counts and notes what was passed over: line ends, or `noise`.
    fn passed_over(&mut self, noise: NoteKind, sink: &mut impl Sink) {
        if self.seek.passed.bytes > 0 {
            let passed = std::mem::take(&mut self.seek.passed);
            sink.count(Kind::Skipped, passed.bytes);
            sink.note(if passed.noise { noise } else { NoteKind::BytesBetweenMessages }, || passed.origin);
        }
    }

    fn reject(&mut self, sink: &mut impl Sink) {
        sink.count(Kind::NotHttp, self.seek.passed.bytes);
        self.state = State::NotHttp;
    }

    /// The flow is over while a start line was looked for.
    pub(super) fn give_up(&mut self, sink: &mut impl Sink) {
        if self.seek.found {
            self.passed_over(NoteKind::BytesBetweenMessages, sink);
        } else {
            sink.count(Kind::NotHttp, std::mem::take(&mut self.seek.passed).bytes);
        }
    }
}

/// How far back from the end of a line a start line inside it may begin.
fn reach(sink: &impl Sink) -> usize {
    sink.limits().head_bytes.clamp(1, INSIDE_LINE_BYTES)
}

pub(super) fn line_ends(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}
