//! When each session's client was last seen to act: to tell a client that went on from one that had left.

use crate::base::time::Timestamp;
use crate::session::callback::Outcome;
use crate::session::fact::{Fact, What};
use crate::session::model::SessionId;

/// Sessions that are followed; of further ones it is not known whether they went on, and they are taken as gone.
const MAX_SESSIONS: usize = 1 << 16;

/// The last sign of life of each session's client.
#[derive(Debug, Default)]
pub(super) struct Activity {
    asked: Signs,
    reached: Signs,
}

/// By the sessions' numbers when something was last seen; [`Timestamp::MIN`] if nothing was.
type Signs = Vec<Timestamp>;

impl Activity {
    /// Takes a fact.
    pub(super) fn fact(&mut self, fact: &Fact<'_>) {
        let signs = match &fact.what {
            What::Request(_) | What::Unfollowed(_) => &mut self.asked,
            What::Callback(callback) if matches!(callback.outcome, Outcome::Delivered | Outcome::HttpError) => &mut self.reached,
            What::Callback(_) | What::Unconnected(_) | What::Incomplete(_) | What::Cycle(_) => return,
        };
        let Some(place) = fact.session.map(|id| id.0 as usize).filter(|place| *place < MAX_SESSIONS) else { return };
        if signs.len() <= place {
            signs.resize(place + 1, Timestamp::MIN);
        }
        if let Some(last) = signs.get_mut(place) {
            *last = fact.at.max(*last);
        }
    }

    /// Whether the client asked for something after that time.
    pub(super) fn asked_after(&self, id: SessionId, time: Timestamp) -> bool {
        self.asked.get(id.0 as usize).is_some_and(|last| *last > time)
    }

    /// Whether the client answered a callback after that time.
    pub(super) fn reached_after(&self, id: SessionId, time: Timestamp) -> bool {
        self.reached.get(id.0 as usize).is_some_and(|last| *last > time)
    }
}
