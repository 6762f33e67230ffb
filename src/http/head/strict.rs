//! The strict reader of heads: httparse, which takes in one pass what the grammar of RFC 9112 allows, as nearly all heads are. What it or this
//! program refuses goes to the tolerant reader.

use super::start::{METHOD_BYTES, STATUS_PREFIX};
use super::{Head, Known, Place, Start, written};
use crate::base::byte_range::ByteRange;
use httparse::{Header, ParserConfig, Request, Response, Status};
use std::mem::MaybeUninit;

/// Fields that there is room for: several times what is usual. A head with more goes to the tolerant reader.
const FIELDS: usize = 64;

/// Room for fields, none of which is there yet.
type Room<'b> = [MaybeUninit<Header<'b>>];

/// What was read of a head: where it ends, its start line and its fields.
type Parts<'r, 'b> = (usize, Start, &'r [Header<'b>]);

/// Reads the head that `bytes` begin with into `head`, and says where it ends; `None` if something in it is not strictly as it should be, it has
/// more than [`FIELDS`] or `max_fields`, or its end is not there. Then `head` is worth nothing.
pub(super) fn read(bytes: &[u8], max_fields: usize, head: &mut Head) -> Option<usize> {
    let mut room = [const { MaybeUninit::uninit() }; FIELDS];
    let (end, start, fields) = if bytes.starts_with(STATUS_PREFIX) { response(bytes, &mut room)? } else { request(bytes, &mut room)? };
    if fields.len() > max_fields {
        return None;
    }
    let text = std::str::from_utf8(bytes.get(..end)?).ok()?;
    head.clear();
    head.text.push_str(text);
    head.start = start;
    head.written = head.start().written();
    for field in fields {
        let known = Known::called(field.name.as_bytes());
        head.place(Place { name: ByteRange::within(field.name.as_bytes(), bytes), value: ByteRange::within(field.value, bytes), known });
        head.written += written(field.name.len(), field.value.len());
    }
    head.complete = true;
    Some(end)
}

#[inline]
fn request<'r, 'b>(bytes: &'b [u8], room: &'r mut Room<'b>) -> Option<Parts<'r, 'b>> {
    // httparse passes over empty lines.
    if bytes.starts_with(b"\r") || bytes.starts_with(b"\n") {
        return None;
    }
    let mut request = Request::new(&mut []);
    let Ok(Status::Complete(end)) = request.parse_with_uninit_headers(bytes, room) else { return None };
    // httparse takes methods of any length, and UTF-8 in the target.
    let method = request.method.filter(|method| method.len() <= METHOD_BYTES)?;
    let target = request.path.filter(|target| target.is_ascii())?;
    let (method, target) = (ByteRange::within(method.as_bytes(), bytes), ByteRange::within(target.as_bytes(), bytes));
    Some((end, Start::Request { method, target, minor: request.version }, request.headers))
}

#[inline]
fn response<'r, 'b>(bytes: &'b [u8], room: &'r mut Room<'b>) -> Option<Parts<'r, 'b>> {
    let mut response = Response::new(&mut []);
    let parsed = ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, room);
    let Ok(Status::Complete(end)) = parsed else { return None };
    let reason = match response.reason? {
        // httparse gives an empty phrase for one with bytes beyond ASCII, and an empty one may stand nowhere.
        "" if !bytes.iter().take_while(|byte| **byte != b'\n').all(u8::is_ascii) => return None,
        "" => ByteRange::default(),
        reason => ByteRange::within(reason.as_bytes(), bytes),
    };
    Some((end, Start::Response { minor: response.version?, status: response.code?, reason }, response.headers))
}

/// Whether nothing is odd about the start line in `line`, which has its line end, but for bytes beyond ASCII.
pub(super) fn is_start_line(line: &[u8]) -> bool {
    // Without fields and the empty line, a head is unfinished; what was read of it is there all the same.
    if line.starts_with(STATUS_PREFIX) {
        let mut response = Response::new(&mut []);
        response.parse(line) == Ok(Status::Partial) && response.reason.is_some()
    } else {
        let mut request = Request::new(&mut []);
        request.parse(line) == Ok(Status::Partial) && request.version.is_some()
    }
}
