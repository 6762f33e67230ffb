//! What a stream says, and to whom.

use crate::base::limits::Limits;
use crate::base::note::NoteKind;
use crate::base::origin::{Origin, PacketId};
use crate::base::time::Timestamp;
use crate::http::exchange::{Completeness, Framing};
use crate::http::head::start::Role;

/// Where and when bytes were seen.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Mark {
    /// When.
    pub(in crate::http) at: Timestamp,
    /// The packet that carried them.
    pub(in crate::http) packet: PacketId,
}

/// Where and when a head was seen.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Seen {
    /// When its first byte was.
    pub(in crate::http) first: Timestamp,
    /// When its last byte was.
    pub(in crate::http) last: Timestamp,
    /// The packets that carried it.
    pub(in crate::http) origin: Origin,
}

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Next {
    /// A body.
    Body(Framing),
    /// No body, although the head announces one of this length: it answers HEAD, or its status has none. Some servers send it all the same.
    Bodyless(u64),
    /// Another protocol (101, or a 2xx answer to CONNECT).
    Tunnel,
}

/// What bytes turn out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Kind {
    /// Part of a message.
    Http,
    /// Between messages.
    Skipped,
    /// Not HTTP.
    NotHttp,
}

/// Takes what a stream finds, and knows what the other side has said.
pub(in crate::http) trait Sink {
    /// The ceilings.
    fn limits(&self) -> &Limits;
    /// What this side does, if that is known.
    fn role(&self) -> Option<Role>;
    /// A start line was seen: this side does what `role` says.
    fn begin(&mut self, role: Role);
    /// Reads the head that `bytes` begin with, and says where it ends; `None` if its end is not there.
    fn read_head(&mut self, bytes: &[u8]) -> Option<usize>;
    /// Reads the head that `bytes` begin with if nothing about it is odd, and says where it ends and who sends it.
    fn read_strict_head(&mut self, bytes: &[u8]) -> Option<(usize, Role)>;
    /// Reads the head that `bytes` begin with and that is cut off where they end.
    fn read_cut_head(&mut self, bytes: &[u8]);
    /// The head that was read last begins a message. `swallowed` says that a message began in a gap directly before it.
    fn head(&mut self, seen: Seen, swallowed: bool) -> Next;
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
