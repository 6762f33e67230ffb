//! The events of an analysis as a whole, for formats that show more of them than their words.

use crate::session::event::Event;

/// Events that wait for the end of their analysis.
#[derive(Debug, Default)]
pub(super) struct Collected(Vec<Event>);

impl Collected {
    /// Keeps an event.
    pub(super) fn push(&mut self, event: Event) {
        self.0.push(event);
    }

    /// All of them in the order of time; none are left.
    pub(super) fn take(&mut self) -> Vec<Event> {
        let mut events = std::mem::take(&mut self.0);
        events.sort_unstable_by_key(|event| (event.at, event.id));
        events
    }

    /// How many there are, and how many bytes of memory they take.
    pub(super) fn kept(&self) -> (usize, usize) {
        let words: usize = self.0.iter().map(|event| event.who.len() + event.summary.len() + event.outcome.len()).sum();
        (self.0.len(), self.0.len() * size_of::<Event>() + words)
    }
}
