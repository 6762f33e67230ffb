//! The queues in which flows wait for their time to be over.

use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::tcp::event::FlowId;
use crate::tcp::flow::Waiting;
use crate::tcp::table::places::Slot;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A place in the queue of those who wait: since when, who, and where it is kept.
pub(super) type Turn = (Timestamp, FlowId, Slot);

/// The flows that wait for the same thing; who waits longest stands first.
///
/// A turn is not moved with every packet: it says when the flow was silent at the earliest, and is put right when it comes up. Nor is it taken
/// out when the flow is gone or waits for something else: whoever looks at the first turn says which ones still count.
type Line = BinaryHeap<Reverse<Turn>>;

/// A queue for each thing that flows wait for.
#[derive(Debug, Default)]
pub(super) struct Queues {
    connect: Line,
    retry: Line,
    idle: Line,
    grace: Line,
    linger: Line,
}

impl Queues {
    pub(super) fn insert(&mut self, waiting: Waiting, turn: Turn) {
        self.of(waiting).push(Reverse(turn));
    }

    /// How many turns there are, with those that don't count any more.
    pub(super) fn len(&self) -> usize {
        let Self { connect, retry, idle, grace, linger } = self;
        [connect, retry, idle, grace, linger].into_iter().map(BinaryHeap::len).sum()
    }

    /// Takes out the turns that don't count any more.
    pub(super) fn tidy(&mut self, counts: impl Fn(Waiting, &Turn) -> bool) {
        for waiting in Waiting::ALL {
            self.of(waiting).retain(|Reverse(turn)| counts(waiting, turn));
        }
    }

    /// The first turn of a queue.
    pub(super) fn first(&mut self, waiting: Waiting, counts: impl Fn(Waiting, &Turn) -> bool) -> Option<Turn> {
        let line = self.of(waiting);
        while let Some(Reverse(turn)) = line.peek() {
            if counts(waiting, turn) {
                return Some(*turn);
            }
            line.pop();
        }
        None
    }

    /// The turn whose time is over first, and when that is.
    pub(super) fn next(&mut self, limits: &Limits, counts: impl Fn(Waiting, &Turn) -> bool) -> Option<(Timestamp, Waiting, Turn)> {
        let first = |waiting| self.first(waiting, &counts).map(|turn| (turn.0.after(patience(waiting, limits)), waiting, turn));
        Waiting::ALL.into_iter().filter_map(first).min_by_key(|(deadline, _, (_, id, _))| (*deadline, *id))
    }

    const fn of(&mut self, waiting: Waiting) -> &mut Line {
        match waiting {
            Waiting::Connect => &mut self.connect,
            Waiting::Retry => &mut self.retry,
            Waiting::Idle => &mut self.idle,
            Waiting::Grace => &mut self.grace,
            Waiting::Linger => &mut self.linger,
        }
    }
}

/// How long a flow waits for that.
pub(super) const fn patience(waiting: Waiting, limits: &Limits) -> Span {
    match waiting {
        Waiting::Connect => limits.connect,
        Waiting::Retry => limits.retry,
        Waiting::Idle => limits.idle,
        Waiting::Grace => limits.gap_grace,
        Waiting::Linger => limits.linger,
    }
}
