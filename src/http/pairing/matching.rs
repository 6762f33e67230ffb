//! Which response belongs to which request.
//!
//! As long as every request was seen, it is the order alone: the n-th response belongs to the n-th request, also where it was captured a moment
//! before it. Where requests may be missing, in a gap or before the beginning of the capture, the capture time tells them: a response can't be
//! older than its request. One that came before the first request behind the gap belongs to a request in the gap.

use super::{Answering, Awaited, Pairing, Pending};
use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::http::exchange::Framing;
use crate::tcp::event::FlowInfo;

impl Pairing {
    /// Whether each request of the flow so far was seen.
    fn is_whole(&self, flow: &FlowInfo) -> bool {
        !self.asker_gap && !flow.mid_stream
    }

    /// Takes out the held response to the request that was sent at `asked`. The held ones before it have lost their requests, as has each that is
    /// older than the request.
    pub(super) fn take_response(&mut self, asked: Timestamp, flow: &FlowInfo, limits: &Limits) -> Option<Box<Pending>> {
        let whole = self.is_whole(flow);
        let early = if whole { limits.gap_grace } else { self.lead };
        let fits = |held: &Pending| !held.orphan && asked.since(held.first) <= early;
        let found = self.unasked.iter().position(|held| fits(held));
        for older in self.unasked.iter_mut().take(found.unwrap_or(usize::MAX)) {
            older.orphan = true;
        }
        let taken = self.unasked.remove(found?)?;
        if whole {
            self.learn_lead(asked, taken.first, limits);
        }
        Some(taken)
    }

    /// Where a response belongs that was seen at `at`; `None` if nothing that is known asked for it.
    pub(super) fn place_response(&mut self, at: Timestamp, swallowed: bool, flow: &FlowInfo, limits: &Limits) -> Option<Answering> {
        if self.unasked.back().is_some_and(|held| held.exchange.response.is_none()) {
            // Behind its interim responses.
            return Some(Answering::Unasked);
        }
        self.skip(at, swallowed, limits);
        let whole = self.is_whole(flow);
        let next = self.open.get_mut(self.answered)?;
        if swallowed {
            next.given_up = 0;
        } else if next.given_up > 0 {
            return Some(Answering::GivenUp);
        }
        let next = Some(next).filter(|next| whole || next.first.since(at) <= self.lead)?;
        let (ordinal, asked) = (next.exchange.ordinal, next.first);
        if whole {
            self.learn_lead(asked, at, limits);
        }
        Some(Answering::Asked(ordinal))
    }

    /// Passes over requests whose responses will not come any more, before one that was seen at `at`.
    ///
    /// Where a response began in a gap, what follows belongs to the last request before it. And where requests and responses are missing, or where
    /// a response that may have been its own was passed over a moment before the request, it had its response if the asker went on later.
    fn skip(&mut self, at: Timestamp, swallowed: bool, limits: &Limits) {
        let moment = limits.gap_grace;
        let lossy = self.asker_gap && self.answerer_gap;
        let doubtful = |pending: &Pending| lossy || pending.passed_over.is_some_and(|at| pending.first.since(at) <= moment);
        while let Some(next) = self.open.get(self.answered.saturating_add(1)).map(|next| next.first)
            && next.since(at) <= self.lead
            && let Some(first) = self.open.get_mut(self.answered)
            && (swallowed || (doubtful(first) && next.since(first.first) > moment))
        {
            first.awaited = Awaited::No;
            self.answered += 1;
        }
    }

    /// A response to a request that was given up has come.
    pub(super) fn pass_over_response(&mut self) {
        if let Some(next) = self.open.get_mut(self.answered) {
            next.given_up = next.given_up.saturating_sub(1);
        }
    }

    /// No packet of the asker is in the capture: responses do not wait for their requests longer than a moment before `now`.
    pub(super) fn give_up_requests(&mut self, now: Timestamp, limits: &Limits) {
        for held in self.unasked.iter_mut().filter(|held| now.since(held.first) > limits.gap_grace) {
            held.orphan = true;
        }
    }

    /// Whether responses were captured before their requests.
    pub(super) fn runs_ahead(&self) -> bool {
        self.lead > Span::default()
    }

    /// Whether the asker sent another request after it had the head of the response that is being read, which has neither a length nor a body:
    /// then it took the response for complete.
    pub(super) fn asker_went_on(&self) -> bool {
        let (read, next) = match self.answering {
            Some(Answering::Asked(_)) => (self.open.get(self.answered), self.open.get(self.answered.saturating_add(1))),
            Some(Answering::Unasked) => (self.unasked.back(), self.open.get(self.answered)),
            Some(Answering::GivenUp) | None => return false,
        };
        let Some((response, next)) = read.and_then(|read| read.exchange.response.as_ref()).zip(next) else { return false };
        response.body.framing == Framing::UntilClose && response.body.seen == 0 && next.first > response.last
    }

    fn learn_lead(&mut self, asked: Timestamp, answered: Timestamp, limits: &Limits) {
        self.lead = self.lead.max(asked.since(answered).min(limits.gap_grace));
    }
}
