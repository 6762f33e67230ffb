//! Content codings (RFC 9110, section 8.4): what a body is without them.
//!
//! A body is kept as it comes, and expanded when its message is over: half a gzip stream cannot be read piece by piece at each stage without
//! keeping the state of every body that is on its way. Transfer codings other than `chunked` are undone in the same way, before the content
//! codings, which were applied first.

use crate::base::inflate::{self, End, Expanded, Wrapper};
use crate::base::note::NoteKind;
use crate::http::body;
use crate::http::exchange::{Completeness, Message};
use crate::http::head::{Head, Known};

/// Codings of one body that are undone. Two are rare already; each costs as much as the body's ceiling allows.
const CODINGS: usize = 4;

/// What was odd about a body's codings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Oddity {
    pub(super) kind: NoteKind,
    /// More about it, in words for people.
    pub(super) what: &'static str,
}

impl Oddity {
    const fn unreadable(what: &'static str) -> Self {
        Self { kind: NoteKind::ContentCodingUnreadable, what }
    }
}

/// The coding called `name`, if it can be undone.
pub(super) fn wrapper(name: &[u8]) -> Option<Wrapper> {
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    if is(b"gzip") || is(b"x-gzip") {
        Some(Wrapper::Gzip)
    } else if is(b"deflate") {
        Some(Wrapper::Deflate)
    } else {
        None
    }
}

/// Undoes the codings of the body of `message`, which is over. What expands beyond `ceiling` bytes is left out, as is what can't be read.
pub(super) fn undo(message: &mut Message, ceiling: usize) -> Option<Oddity> {
    let coded = [Known::TransferEncoding, Known::ContentEncoding].into_iter().any(|field| message.head.known(field).is_some());
    if !coded || message.body.bytes.is_empty() {
        return None;
    }
    let Ok(wrappers) = wrappers(&message.head) else {
        message.body.bytes = Vec::new();
        message.body.left_out = true;
        return Some(Oddity::unreadable("unknown coding"));
    };
    let body = &mut message.body;
    // What lacks its end expands to something that lacks its end, and that is known already.
    let mut whole = message.completeness == Completeness::Complete && body.missing == 0 && !body.left_out;
    let mut oddity = None;
    for wrapper in wrappers {
        let Expanded { bytes, end } = inflate::expand(wrapper, &body.bytes, ceiling);
        body.bytes = bytes;
        let found = match end {
            End::Complete => None,
            End::Cut if !whole => None,
            End::Cut => Some(Oddity::unreadable("the compressed data are cut")),
            End::Damaged => Some(Oddity::unreadable("the compressed data are damaged")),
            End::Ceiling if body.left_out => None,
            End::Ceiling => Some(Oddity { kind: NoteKind::BodyTruncated, what: "its compressed data expand to more" }),
        };
        body.left_out |= found.is_some();
        whole &= found.is_none();
        oddity = oddity.or(found);
    }
    oddity
}

/// The codings of a body in the order in which they have to be undone.
fn wrappers(head: &Head) -> Result<Vec<Wrapper>, ()> {
    let transfer = body::names(head, Known::TransferEncoding).filter(|name| !name.eq_ignore_ascii_case(b"chunked"));
    let names = body::names(head, Known::ContentEncoding).chain(transfer).rev();
    let wrappers: Vec<Wrapper> = names.take(CODINGS + 1).map(wrapper).collect::<Option<_>>().ok_or(())?;
    if wrappers.len() <= CODINGS { Ok(wrappers) } else { Err(()) }
}
