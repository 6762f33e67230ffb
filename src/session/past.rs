//! What is known of a session's callbacks that were handed on before the capture's end: sums, and the first few that failed.

use crate::base::address::Endpoint;
use crate::base::fate::Unreachable;
use crate::base::few::Few;
use crate::base::origin::Packed;
use crate::base::time::Timestamp;
use crate::session::callback::{CallbackAttempt, Outcome};

/// Failed callbacks of a session that are remembered one by one.
const FAILED: usize = 8;

/// Places of failed callbacks of a session that are counted apart. Those to further places are counted with the last.
const PLACES: usize = 16;

/// Callbacks that were handed on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// How many of them the capture shows to their end.
    pub visible: u64,
    /// When the last one began that was delivered.
    pub delivered: Option<Timestamp>,
    /// The first few that failed.
    pub failed: Few<Failed>,
    /// Those that failed beyond these few, by place and outcome.
    pub failed_further: Few<(Endpoint, Outcome, u64)>,
}

/// What is left of a callback that was handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remembered {
    /// A sum: nobody asks for more.
    Sum,
    /// It failed, and is remembered.
    Whole,
    /// It failed, and is counted by its place and outcome.
    Count,
}

/// A failed callback, as far as it matters when all is over: a long capture has very many.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    /// When it began.
    pub at: Timestamp,
    /// Where it went.
    pub target: Endpoint,
    /// How it came out.
    pub outcome: Outcome,
    /// Why the destination was unreachable.
    pub unreachable: Option<Unreachable>,
    /// The packets that prove it.
    pub origin: Packed,
}

impl From<&CallbackAttempt> for Failed {
    fn from(callback: &CallbackAttempt) -> Self {
        let CallbackAttempt { at, target, outcome, unreachable, .. } = *callback;
        Self { at, target, outcome, unreachable, origin: callback.origin.clone() }
    }
}

impl Past {
    /// Nothing.
    pub const fn new() -> Self {
        Self { visible: 0, delivered: None, failed: Few::new(), failed_further: Few::new() }
    }

    /// Sums a callback up; the first that failed is remembered, and so are the next few where there is `room`.
    pub(super) fn add(&mut self, callback: &CallbackAttempt, room: bool) -> Remembered {
        self.visible += u64::from(callback.outcome != Outcome::Unknown);
        match callback.outcome {
            Outcome::Unknown => {}
            Outcome::Delivered => self.delivered = self.delivered.max(Some(callback.at)),
            _ if self.failed.is_empty() || (room && self.failed.len() < FAILED) => {
                self.failed.push(callback.into());
                return Remembered::Whole;
            }
            outcome => {
                self.count(callback.target, outcome);
                return Remembered::Count;
            }
        }
        Remembered::Sum
    }

    fn count(&mut self, target: Endpoint, outcome: Outcome) {
        let place = self.failed_further.iter().position(|(to, came_out, _)| (*to, *came_out) == (target, outcome));
        let full = self.failed_further.len() >= PLACES;
        let last = || self.failed_further.iter().zip(0..).max_by_key(|((to, came_out, _), _)| (*to, *came_out)).map(|(_, place)| place);
        match place.or_else(|| full.then(last).flatten()).and_then(|place| self.failed_further.get_mut(place)) {
            Some((.., count)) => *count += 1,
            None => self.failed_further.push((target, outcome, 1)),
        }
    }
}
