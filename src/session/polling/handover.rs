//! What polls brought, joined to the senders' messages: how long they waited, which were lost, which came twice.
//!
//! A message is known again by its fingerprint and its recipient. Equal messages are told apart by their order only: what was sent first is
//! handed over first.

use crate::base::time::{Span, Timestamp};
use std::collections::VecDeque;

/// A message as its sender sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct Sent {
    pub(in crate::session) at: Timestamp,
    /// Whether its sender was told that it failed.
    pub(in crate::session) refused: bool,
    /// Whether a callback delivered it already.
    pub(in crate::session) called_back: bool,
}

/// What became of equal messages at one poller.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::session) struct Joined {
    /// For each message the places of the hand-overs that brought it; the first one is the delivery, unless a callback was.
    pub(in crate::session) by_message: Vec<Vec<usize>>,
    /// The hand-overs whose sender is not in the capture.
    pub(in crate::session) alone: Vec<usize>,
}

/// Joins equal messages to the times at which equal ones were handed over; both are sorted. Captures reorder a little: so much is tolerated as
/// `grace`.
pub(in crate::session) fn join(sent: &[Sent], handed: &[Timestamp], grace: Span) -> Joined {
    let mut joined = Joined { by_message: vec![Vec::new(); sent.len()], alone: Vec::new() };
    let mut coming = sent.iter().enumerate().peekable();
    let mut waiting: VecDeque<usize> = VecDeque::new();
    let mut refused: VecDeque<usize> = VecDeque::new();
    let mut last = None;
    for (place, at) in handed.iter().enumerate() {
        while let Some((message, sent)) = coming.next_if(|(_, sent)| sent.at <= at.after(grace)) {
            match (sent.called_back, sent.refused) {
                (true, _) => last = Some(message),
                (false, true) => refused.push_back(message),
                (false, false) => waiting.push_back(message),
            }
        }
        let next = waiting.pop_front().or_else(|| refused.pop_back());
        last = next.or(last);
        match last.and_then(|message| joined.by_message.get_mut(message)) {
            Some(places) => places.push(place),
            None => joined.alone.push(place),
        }
    }
    joined
}

/// The polls of one principal, to ask what came after a message was accepted.
#[derive(Debug, Default)]
pub(in crate::session) struct Later {
    /// When they began, sorted.
    times: Vec<Timestamp>,
    /// The place of the next one from each on that was answered 2xx and read to its end.
    next_clear: Vec<Option<usize>>,
    /// The place of the next one from each on of which it is not known what it brought.
    next_unclear: Vec<Option<usize>>,
}

/// A poll: when it began, and whether it was answered 2xx and read; `None` where the capture does not show what it brought.
pub(in crate::session) type Asked = (Timestamp, Option<bool>);

impl Later {
    /// `polls` are sorted.
    pub(in crate::session) fn new(polls: &[Asked]) -> Self {
        let mut later = Self { times: polls.iter().map(|(at, _)| *at).collect(), ..Self::default() };
        let (mut clear, mut unclear) = (None, None);
        for (place, (_, read)) in polls.iter().enumerate().rev() {
            match read {
                Some(true) => clear = Some(place),
                Some(false) => {}
                None => unclear = Some(place),
            }
            later.next_clear.push(clear);
            later.next_unclear.push(unclear);
        }
        later.next_clear.reverse();
        later.next_unclear.reverse();
        later
    }

    /// The first poll after `from` and before `until` that must have brought what waited, if nothing hides in others.
    pub(in crate::session) fn must_have_brought(&self, from: Timestamp, until: Timestamp) -> Option<usize> {
        let start = self.times.partition_point(|at| *at <= from);
        let within = |place: &usize| self.times.get(*place).is_some_and(|at| *at < until);
        let hidden = self.next_unclear.get(start).copied().flatten().filter(within);
        let clear = self.next_clear.get(start).copied().flatten().filter(within)?;
        hidden.is_none().then_some(clear)
    }
}
