//! Answers to a SYN that were captured a moment before the SYN itself, as captures reorder a little.
//!
//! A RST that acknowledges a SYN, or an ICMP error that quotes one, would otherwise be taken for the end of a connection whose beginning was
//! not captured, or for an error about an unknown one, and the SYN after it would count as unanswered. Such an answer waits for its SYN for
//! [`Limits::gap_grace`]; if the SYN doesn't come, the answer is taken as what it then is. Where too many wait, the oldest one waits no longer.

use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::net::{IcmpError, Segment};
use crate::tcp::clock::Moment;
use crate::tcp::event::FlowId;
use std::collections::VecDeque;

/// What may be the answer to a SYN that comes later.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// A RST that acknowledges something. Its payload is accounted for already.
    Reset(Segment<'static>),
    /// An ICMP error that says that the destination can't be reached.
    Unreachable(IcmpError),
}

impl Answer {
    /// Whether `segment` is the SYN that this answers. A RST acknowledges the SYN and what came with it (RFC 9293, section 3.10.7.1); an ICMP
    /// error quotes it, wherever its sender sits. Both say so exactly, so that the VLAN tags, which one direction may lack, tell nothing.
    pub fn answers(&self, segment: &Segment<'_>) -> bool {
        if !segment.syn || segment.rst || segment.ack.is_some() {
            return false;
        }
        match self {
            Self::Reset(reset) => {
                let after_syn = segment.seq.wrapping_add(1);
                let after_data = after_syn.wrapping_add(segment.payload.len() as u32).wrapping_add(segment.cut);
                reset.source == segment.destination
                    && reset.destination == segment.source
                    && reset.ack.is_some_and(|ack| ack == after_syn || ack == after_data)
            }
            Self::Unreachable(error) => {
                error.source == segment.source && error.destination == segment.destination && error.seq == segment.seq
            }
        }
    }

    /// Whether `segment` is something else of the same connection, which must not overtake this.
    pub fn goes_before(&self, segment: &Segment<'_>) -> bool {
        let Self::Reset(reset) = self else { return false };
        let endpoints = (reset.source, reset.destination);
        let same = endpoints == (segment.source, segment.destination) || endpoints == (segment.destination, segment.source);
        same && reset.vlan == segment.vlan && !self.answers(segment)
    }
}

/// An answer that waits for its SYN.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// How long it waits.
    pub until: Timestamp,
    /// The number of its packet, which that of a flow may become.
    pub id: FlowId,
    /// The answer.
    pub answer: Answer,
}

/// The answers that wait for their SYN, in the order in which they came.
#[derive(Debug, Default)]
pub struct Early {
    waiting: VecDeque<Waiting>,
}

impl Early {
    /// Lets `answer` wait, which came at this moment. Gives back the oldest one if there are too many.
    pub fn hold(&mut self, answer: Answer, moment: Moment, limits: &Limits) -> Option<Waiting> {
        self.waiting.push_back(Waiting { until: moment.now.after(limits.gap_grace), id: FlowId(moment.nth), answer });
        if self.waiting.len() > limits.early_answers { self.waiting.pop_front() } else { None }
    }

    /// The answer whose wait is over first.
    pub fn first(&self) -> Option<&Waiting> {
        self.waiting.front()
    }

    /// Takes that answer out.
    pub fn pop(&mut self) -> Option<Waiting> {
        self.waiting.pop_front()
    }

    /// The oldest answer that `wanted` picks.
    #[inline]
    pub fn take(&mut self, wanted: impl Fn(&Answer) -> bool) -> Option<Waiting> {
        // Every segment comes by, and hardly ever does anything wait.
        if self.waiting.is_empty() {
            return None;
        }
        let place = self.waiting.iter().position(|waiting| wanted(&waiting.answer))?;
        self.waiting.remove(place)
    }
}

#[cfg(test)]
mod tests;
