//! Memory that is used again: exchange after exchange is read into the same few buffers.

use crate::http::exchange::{Body, Completeness, Framing, Message};
use crate::http::head::Parsed;
use crate::http::pairing::Pending;
use crate::http::stream::sink::Seen;

/// How many of each are kept: more than are ever begun at once among the few flows that speak at the same moment.
const KEPT: usize = 32;

/// A message with larger buffers is not kept, so that one that is out of the ordinary takes memory only while it lasts. Heads have some hundred
/// bytes, and nearly all bodies of RVP less than 8 KiB.
const MESSAGE_BYTES: usize = 32 << 10;

/// What exchanges that are over have left behind.
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "boxes are moved in and out as they are")]
pub struct Spare {
    messages: Vec<Box<Message>>,
    pending: Vec<Box<Pending>>,
    /// The head that was read last.
    pub(super) parsed: Parsed,
}

impl Spare {
    /// The message that begins with the head that was read last, and takes that head with it.
    pub(super) fn message(&mut self, framing: Framing, seen: Seen) -> Box<Message> {
        let mut message = self.messages.pop().unwrap_or_default();
        std::mem::swap(&mut message.head, &mut self.parsed.head);
        let mut bytes = std::mem::take(&mut message.body.bytes);
        bytes.clear();
        message.body = Body { framing, bytes, left_out: false, seen: 0, missing: 0 };
        message.completeness = Completeness::Open;
        (message.first, message.last, message.origin) = (seen.first, seen.last, seen.origin);
        message
    }

    /// Puts `pending` in a place of its own.
    pub(super) fn place(&mut self, pending: Pending) -> Box<Pending> {
        match self.pending.pop() {
            Some(mut place) => {
                *place = pending;
                place
            }
            None => Box::new(pending),
        }
    }

    /// Takes back an exchange that was handed up.
    pub(super) fn give(&mut self, mut pending: Box<Pending>) {
        for message in [pending.exchange.request.take(), pending.exchange.response.take()].into_iter().flatten() {
            self.keep(message);
        }
        if self.pending.len() < KEPT {
            self.pending.push(pending);
        }
    }

    fn keep(&mut self, message: Box<Message>) {
        if self.messages.len() < KEPT && message.memory() <= MESSAGE_BYTES {
            self.messages.push(message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::head;

    fn next(spare: &mut Spare, head: &str) -> Box<Message> {
        assert_eq!(head::read(head.as_bytes(), 64, &mut spare.parsed), Some(head.len()));
        spare.message(Framing::Length(3), Seen::default())
    }

    #[test]
    fn nothing_of_a_message_shows_in_the_next_one() {
        let (one, other) = ("POST / HTTP/1.1\r\nHost: a\r\nDepth: 1\r\n\r\n", "HTTP/1.1 200 OK\r\nServer: b\r\n\r\n");
        let mut spare = Spare::default();
        let mut first = next(&mut spare, one);
        first.completeness = Completeness::Broken;
        first.body = Body { bytes: b"abc".to_vec(), left_out: true, seen: 3, missing: 2, ..first.body };
        spare.keep(first);
        let second = next(&mut spare, other);
        assert_eq!(second, next(&mut Spare::default(), other));
        assert!(second.body.bytes.capacity() >= 3 && spare.messages.is_empty(), "it has the buffer of the first");
    }

    #[test]
    fn only_some_are_kept_and_no_large_one() {
        let mut spare = Spare::default();
        let mut large = Box::new(Message::default());
        large.body.bytes = Vec::with_capacity(MESSAGE_BYTES + 1);
        spare.keep(large);
        assert!(spare.messages.is_empty());
        for _ in 0..2 * KEPT {
            spare.keep(Box::new(Message::default()));
        }
        assert_eq!(spare.messages.len(), KEPT);
    }
}
