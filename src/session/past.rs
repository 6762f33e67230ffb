//! What is known of a session's callbacks that were handed on before the capture's end: sums, and the first few that failed.

use crate::base::address::Endpoint;
use crate::base::time::Timestamp;
use crate::session::callback::{CallbackAttempt, Outcome};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Failed callbacks of a session that are kept whole.
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
    pub failed: Vec<Arc<CallbackAttempt>>,
    /// Those that failed beyond these few, by place and outcome.
    pub failed_further: BTreeMap<(Endpoint, Outcome), u64>,
}

impl Past {
    /// Nothing.
    pub const fn new() -> Self {
        Self { visible: 0, delivered: None, failed: Vec::new(), failed_further: BTreeMap::new() }
    }

    /// Sums a callback up.
    pub(super) fn add(&mut self, callback: &Arc<CallbackAttempt>) {
        self.visible += u64::from(callback.outcome != Outcome::Unknown);
        match callback.outcome {
            Outcome::Unknown => {}
            Outcome::Delivered => self.delivered = self.delivered.max(Some(callback.at)),
            _ if self.failed.len() < FAILED => self.failed.push(Arc::clone(callback)),
            outcome => {
                let mut key = (callback.target, outcome);
                if self.failed_further.len() >= PLACES && !self.failed_further.contains_key(&key) {
                    key = self.failed_further.keys().next_back().copied().unwrap_or(key);
                }
                *self.failed_further.entry(key).or_default() += 1;
            }
        }
    }
}
