//! Heads and messages for the tests of this layer, written as text.

use crate::base::origin::Origin;
use crate::base::time::Timestamp;
use crate::http::exchange::{Body, Completeness, Framing, Message};
use crate::http::head::{Head, StartLine};

/// A request head from its start line and header lines.
pub(super) fn request(text: &str) -> Head {
    let mut lines = text.lines();
    let mut words = lines.next().unwrap().split(' ');
    let start = StartLine::Request { method: words.next().unwrap(), target: words.next().unwrap(), minor: words.next().map(|_| 1) };
    head(start, lines)
}

/// A request head of which the rest is missing.
pub(super) fn cut(text: &str) -> Head {
    let mut head = request(text);
    head.complete = false;
    head
}

/// A response head from its status line and header lines.
pub(super) fn response(text: &str) -> Head {
    let mut lines = text.lines();
    let mut words = lines.next().unwrap().splitn(3, ' ').skip(1);
    let start = StartLine::Response { minor: 1, status: words.next().unwrap().parse().unwrap(), reason: words.next().unwrap_or_default() };
    head(start, lines)
}

/// A complete message.
pub(super) fn message(head: Head, body: &[u8]) -> Message {
    let length = body.len() as u64;
    Message {
        head,
        body: Body { framing: Framing::Length(length), bytes: body.to_vec(), left_out: false, seen: length, missing: 0 },
        completeness: Completeness::Complete,
        first: Timestamp::default(),
        last: Timestamp::default(),
        origin: Origin::default(),
    }
}

fn head<'t>(start: StartLine<'_>, lines: impl Iterator<Item = &'t str>) -> Head {
    let mut head = Head::new(start);
    for line in lines {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        head.add(name, value.trim().as_bytes());
    }
    head
}
