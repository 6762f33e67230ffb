//! Joins equal messages to the callbacks that carried them, by time.
//!
//! A sender who asks for RVP-Ack-Type DeepOr is answered when the recipient's server knows how the callback came out (draft-osborne-rvp-00,
//! section 5.6), so the callback lies between request and answer. A message that was accepted may also be handed on later.

use crate::base::address::Endpoint;
use crate::base::time::{Span, Timestamp};
use crate::session::model::Delivery;
use std::collections::VecDeque;

/// A message as its sender sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// When its request began.
    pub(super) at: Timestamp,
    /// When its answer began; `None` if none was seen.
    pub(super) answered: Option<Timestamp>,
    /// The status of that answer.
    pub(super) status: Option<u16>,
}

/// A callback that carried it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    /// When it began.
    pub(super) at: Timestamp,
    /// Where it went: a principal may listen at several places.
    pub(super) target: Endpoint,
    /// What came of it.
    pub(super) delivery: Delivery,
}

/// What was found: the fate of each sent message, and what each callback carried.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Joined {
    pub(super) deliveries: Vec<Delivery>,
    /// For each callback the place of the message that it carried; `None` where its sender is not in the capture.
    pub(super) assigned: Vec<Option<usize>>,
}

/// How many messages of the same words that are held at once are told apart. Beyond it the oldest counts as served.
const HELD_AT_ONCE: usize = 16;

/// A message that its server holds, and where it was delivered so far.
struct Held {
    index: usize,
    message: Sent,
    delivered_to: Vec<Endpoint>,
}

/// Joins messages to callbacks; all are equal in words and recipient, and both are sorted by time. Captures reorder a little: so much is
/// tolerated as `grace`.
pub(super) fn join(sent: &[Sent], carried: &[Attempt], grace: Span) -> Joined {
    let early = Span::from_nanos(-grace.nanos());
    let mut best: Vec<Option<Delivery>> = vec![None; sent.len()];
    let mut coming = sent.iter().enumerate().peekable();
    let mut held: VecDeque<Held> = VecDeque::new();
    let mut accepted: VecDeque<Held> = VecDeque::new();
    let mut assigned = Vec::with_capacity(carried.len());
    for attempt in carried {
        while let Some((index, message)) = coming.next_if(|(_, message)| message.at.after(early) <= attempt.at) {
            held.push_back(Held { index, message: *message, delivered_to: Vec::new() });
        }
        let over = |first: &mut Held| first.message.answered.is_some_and(|answered| answered.after(grace) < attempt.at);
        while let Some(first) = held.pop_front_if(over) {
            let delivered = best.get(first.index) == Some(&Some(Delivery::Delivered));
            if !delivered && first.message.status.is_some_and(|status| status < 400) {
                accepted.push_back(first);
            }
        }
        for waiting in [&mut held, &mut accepted] {
            waiting.drain(..waiting.len().saturating_sub(HELD_AT_ONCE));
        }
        // A second delivery to the same place belongs to the next message.
        let next = held.iter_mut().chain(&mut accepted).find(|waiting| !waiting.delivered_to.contains(&attempt.target));
        assigned.push(next.as_ref().map(|next| next.index));
        let Some(next) = next else { continue };
        if attempt.delivery == Delivery::Delivered {
            next.delivered_to.push(attempt.target);
        }
        let index = next.index;
        if let Some(best) = best.get_mut(index) {
            *best = Some(best.map_or(attempt.delivery, |before| better(before, attempt.delivery)));
        }
    }
    let deliveries = best.into_iter().zip(sent).map(|(best, message)| best.unwrap_or_else(|| without_callback(*message)));
    Joined { deliveries: deliveries.collect(), assigned }
}

/// What became of a message that no callback is known to have carried.
pub(super) const fn without_callback(message: Sent) -> Delivery {
    match message.status {
        Some(400..) => Delivery::Failed,
        _ => Delivery::Unknown,
    }
}

/// Of several attempts at one message the best one counts.
const fn better(one: Delivery, other: Delivery) -> Delivery {
    match (one, other) {
        (Delivery::Delivered, _) | (_, Delivery::Delivered) => Delivery::Delivered,
        (Delivery::HandledLate, _) | (_, Delivery::HandledLate) => Delivery::HandledLate,
        (Delivery::Unknown, _) | (_, Delivery::Unknown) => Delivery::Unknown,
        (Delivery::Failed, Delivery::Failed) => Delivery::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Span = Span::from_millis(20);

    fn second(second: i64) -> Timestamp {
        Timestamp::from_nanos(second * 1_000_000_000)
    }

    fn sent(at: i64, answered: i64, status: u16) -> Sent {
        Sent { at: second(at), answered: Some(second(answered)), status: Some(status) }
    }

    fn attempt(at: i64, port: u16, delivery: Delivery) -> Attempt {
        Attempt { at: second(at), target: Endpoint::new([10, 0, 0, 1].into(), port), delivery }
    }

    #[test]
    fn the_same_words_sent_again_after_a_failure() {
        let joined = join(&[sent(0, 1, 412), sent(10, 12, 200)], &[attempt(11, 1, Delivery::Delivered)], GRACE);
        assert_eq!(joined, Joined { deliveries: vec![Delivery::Failed, Delivery::Delivered], assigned: vec![Some(1)] });
    }

    #[test]
    fn of_several_attempts_the_best_counts() {
        let attempts = [attempt(1, 1, Delivery::Failed), attempt(2, 1, Delivery::Delivered)];
        assert_eq!(join(&[sent(0, 3, 200)], &attempts, GRACE).deliveries, [Delivery::Delivered]);
    }

    #[test]
    fn a_principal_that_listens_at_two_places_is_told_once() {
        let attempts = [attempt(1, 1, Delivery::Delivered), attempt(1, 2, Delivery::Delivered)];
        assert_eq!(
            join(&[sent(0, 3, 200)], &attempts, GRACE),
            Joined { deliveries: vec![Delivery::Delivered], assigned: vec![Some(0); 2] }
        );
    }

    #[test]
    fn an_accepted_message_may_be_handed_on_later_and_a_refused_one_not() {
        let late = [attempt(60, 1, Delivery::Delivered)];
        assert_eq!(join(&[sent(0, 1, 200)], &late, GRACE).deliveries, [Delivery::Delivered]);
        let refused = join(&[sent(0, 1, 412)], &late, GRACE);
        assert_eq!(refused, Joined { deliveries: vec![Delivery::Failed], assigned: vec![None] });
    }

    #[test]
    fn equal_messages_in_flight_at_once_are_served_in_order() {
        let holds = [sent(0, 9, 200), sent(1, 9, 200)];
        let attempts = [attempt(2, 1, Delivery::Delivered), attempt(3, 1, Delivery::Delivered)];
        assert_eq!(join(&holds, &attempts, GRACE), Joined { deliveries: vec![Delivery::Delivered; 2], assigned: vec![Some(0), Some(1)] });
    }

    #[test]
    fn a_callback_captured_a_moment_before_its_request() {
        let early = Attempt { at: Timestamp::from_nanos(second(5).nanos() - 1_000_000), ..attempt(0, 1, Delivery::Delivered) };
        assert_eq!(join(&[sent(5, 6, 200)], &[early], GRACE).deliveries, [Delivery::Delivered]);
    }

    #[test]
    fn a_flood_of_equal_messages_takes_no_quadratic_time() {
        let holds = vec![sent(0, 9, 200); 50_000];
        let attempts = vec![attempt(1, 1, Delivery::Delivered); 50_000];
        assert_eq!(join(&holds, &attempts, GRACE).deliveries.len(), 50_000);
    }
}
