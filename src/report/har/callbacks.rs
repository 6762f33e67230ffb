//! How callbacks came out: an exchange alone doesn't say it, since an answer may have come when nobody wanted it any more.

use crate::base::address::Endpoint;
use crate::base::origin::Packed;
use crate::base::time::Timestamp;
use crate::session::callback::Outcome;
use crate::session::event::Event;
use crate::session::transcript::Transcript;
use std::collections::BTreeMap;

/// The callbacks of an analysis that carried something, by who asked and who was asked.
#[derive(Default)]
pub(super) struct Callbacks(BTreeMap<(Endpoint, Endpoint), Vec<Callback>>);

struct Callback {
    at: Timestamp,
    outcome: Outcome,
    origin: Packed,
}

impl Callbacks {
    /// Keeps the outcome of a callback.
    pub(super) fn push(&mut self, event: Event) {
        if let (Some(server), Some(client), Some(outcome)) = (event.detail.server, event.detail.client, event.detail.callback) {
            self.0.entry((server, client)).or_default().push(Callback { at: event.at, outcome, origin: event.origin });
        }
    }

    /// All of them in the order of time; none are left.
    pub(super) fn take(&mut self) -> Self {
        let mut all = std::mem::take(self);
        for callbacks in all.0.values_mut() {
            callbacks.sort_by_key(|callback| callback.at);
        }
        all
    }

    /// How the callback that `said` is came out: the last one that began by then, if its packets are those.
    pub(super) fn outcome(&self, said: &Transcript) -> Option<Outcome> {
        let callbacks = self.0.get(&(said.asker, said.answerer)).filter(|_| said.callback)?;
        let place = callbacks.partition_point(|callback| callback.at <= said.at()).checked_sub(1)?;
        let (callback, first) = (callbacks.get(place)?, said.origin.first()?);
        let mut ranges = callback.origin.ranges();
        let proves = ranges.any(|range| range.capture == first.capture && (range.first..=range.last).contains(&first.number));
        proves.then_some(callback.outcome)
    }

    /// How many there are, and how many bytes of memory they take.
    pub(super) fn kept(&self) -> (usize, usize) {
        let count = self.0.values().map(Vec::len).sum();
        (count, count * size_of::<Callback>() + self.0.len() * size_of::<(Endpoint, Endpoint)>())
    }
}
