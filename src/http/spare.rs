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
            if self.messages.len() < KEPT && message.memory() <= MESSAGE_BYTES {
                self.messages.push(message);
            }
        }
        if self.pending.len() < KEPT {
            self.pending.push(pending);
        }
    }
}
