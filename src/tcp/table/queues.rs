//! The queues in which flows wait for their time to be over.

use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::tcp::event::FlowId;
use crate::tcp::flow::Waiting;
use std::collections::BTreeSet;

/// A place in the queue of those who wait: since when, who, and where it is kept.
pub(super) type Turn = (Timestamp, FlowId, usize);

/// The flows that wait for the same thing, in the order in which their time will be over.
///
/// A turn is not moved with every packet: it says when the flow was silent at the earliest, and is put right when it comes up.
#[derive(Debug, Default)]
pub(super) struct Queues {
    pub(super) connect: BTreeSet<Turn>,
    pub(super) retry: BTreeSet<Turn>,
    pub(super) idle: BTreeSet<Turn>,
    pub(super) grace: BTreeSet<Turn>,
    pub(super) linger: BTreeSet<Turn>,
}

impl Queues {
    pub(super) const fn of(&mut self, waiting: Waiting) -> &mut BTreeSet<Turn> {
        match waiting {
            Waiting::Connect => &mut self.connect,
            Waiting::Retry => &mut self.retry,
            Waiting::Idle => &mut self.idle,
            Waiting::Grace => &mut self.grace,
            Waiting::Linger => &mut self.linger,
        }
    }

    /// The turn whose time is over first, and when that is.
    pub(super) fn next(&self, limits: &Limits) -> Option<(Timestamp, Waiting, Turn)> {
        [
            (&self.connect, Waiting::Connect),
            (&self.retry, Waiting::Retry),
            (&self.idle, Waiting::Idle),
            (&self.grace, Waiting::Grace),
            (&self.linger, Waiting::Linger),
        ]
        .into_iter()
        .filter_map(|(queue, waiting)| queue.first().map(|turn| (turn.0.after(patience(waiting, limits)), waiting, *turn)))
        .min_by_key(|(deadline, _, (_, id, _))| (*deadline, *id))
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
