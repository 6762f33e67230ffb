//! All flows: which one a segment belongs to, when the ports are used again, and which flows are over because time passed.
//!
//! A flow is known by its two endpoints and its VLAN tags; its two directions may have different ones (see `tags`). A SYN with another sequence
//! number between the same endpoints opens a new flow; the old one then ends as unanswered, if nothing ever answered it, as what the answer said,
//! if that was a failure, or else as [`crate::base::fate::Fate::Idle`]: both ends have forgotten it, and nothing was seen of how. A flow that was
//! finished or reset stays known for [`Limits::linger`], so that what comes late is not taken for a new flow.
//!
//! A RST that no known flow explains, and an ICMP error about an unknown flow, wait a moment for the SYN they may answer ([`crate::tcp::early`]).
//!
//! Time is the capture's: the latest time of any packet so far, since captures are not always in order. A table is told it with each packet
//! ([`Moment`]), and need not see all packets: there may be several tables ([`crate::tcp::shard`]), which together tell what a single one would.

mod index;
mod places;
mod queues;
mod tags;

use crate::base::fate::FateCounts;
use crate::base::ledger::TcpLedger;
use crate::base::limits::Limits;
use crate::base::note::{NoteKind, Notes};
use crate::base::time::Timestamp;
use crate::net::{IcmpError, Segment};
use crate::tcp::accounts::Accounts;
use crate::tcp::clock::Moment;
use crate::tcp::early::{self, Answer, Early};
use crate::tcp::event::{Cause, FlowId, FlowListener};
use crate::tcp::flow::{Flow, Waiting};
use crate::tcp::table::places::{Key, Open, Place, Places, Slot};
use crate::tcp::table::queues::{Queues, Turn, patience};
use std::collections::VecDeque;

/// A packet whose time the clock doubts, and its flow.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    nth: u64,
    at: Timestamp,
    slot: Slot,
    id: FlowId,
}

/// All flows of a capture, or of one shard of it. `S` is what the listener keeps for each of them.
#[derive(Debug)]
pub struct FlowTable<S> {
    accounts: Accounts,
    places: Places<S>,
    queues: Queues,
    /// The flows that have ended: since when, and where their remains are, unless these are gone.
    ended: VecDeque<(Timestamp, Slot)>,
    early: Early,
    /// The VLAN tags that flows had so far, in order.
    vlans: Vec<u64>,
    /// No turn comes up before this time.
    next_turn: Timestamp,
    /// What time it is: that of the packet, or of the deadline, that is being treated.
    now: Timestamp,
    doubted: Option<Doubt>,
    /// Once the capture has ended: the flows that are still to be ended, the one with the lowest number last.
    left: Option<Vec<(FlowId, Slot)>>,
    opened: u64,
    fates: FateCounts,
}

impl<S: Default> FlowTable<S> {
    /// An empty table.
    pub fn new(limits: Limits) -> Self {
        Self {
            accounts: Accounts::new(limits),
            places: Places::default(),
            queues: Queues::default(),
            ended: VecDeque::new(),
            early: Early::default(),
            vlans: Vec::new(),
            next_turn: NEVER,
            now: Timestamp::MIN,
            doubted: None,
            left: None,
            opened: 0,
            fates: FateCounts::default(),
        }
    }

    /// Takes a segment, which came at this moment.
    pub fn segment<L: FlowListener<State = S>>(&mut self, segment: &Segment<'_>, moment: Moment, listener: &mut L) {
        self.advance(moment, listener);
        self.turn(Cause::Packet(moment.now, moment.nth), listener);
        self.accounts.ledger.captured += segment.payload.len() as u64;
        if self.may_be_early(segment) {
            self.accounts.discard(segment.payload.len() as u64, NoteKind::BytesAfterEnd, segment.packet);
            self.hold(Answer::Reset(Segment { payload: &[], cut: 0, ..*segment }), moment, listener);
            return;
        }
        while let Some(waiting) = self.early.take(|answer| answer.goes_before(segment)) {
            self.place(&waiting, listener);
        }
        let anew = self.take(segment, FlowId(moment.nth), listener);
        if moment.doubted {
            self.doubted = anew.map(|(slot, id)| Doubt { nth: moment.nth, at: segment.at, slot, id });
        }
        while let Some(waiting) = self.early.take(|answer| answer.answers(segment)) {
            self.place(&waiting, listener);
        }
    }

    /// Takes an ICMP error about a segment. It opens no flow: an error about an unknown one is only noted.
    pub fn icmp<L: FlowListener<State = S>>(&mut self, error: &IcmpError, moment: Moment, listener: &mut L) {
        self.advance(moment, listener);
        self.turn(Cause::Packet(moment.now, moment.nth), listener);
        if self.about_known_flow(error) {
            return;
        }
        if error.unreachable.is_some() {
            self.hold(Answer::Unreachable(*error), moment, listener);
        } else {
            self.accounts.note(NoteKind::Unplaced, error.packet);
        }
    }

    /// Whether `segment` is a RST that may answer a SYN which is still to come: it acknowledges something, and no connection is known that it
    /// could end.
    fn may_be_early(&self, segment: &Segment<'_>) -> bool {
        if !segment.rst {
            return false;
        }
        let explains = |slot| match self.places.get(slot) {
            Place::Free => false,
            Place::Open(open) => open.flow.explains(segment),
            Place::Ended(ended) => ended.remains.explains(segment, &self.accounts),
        };
        !segment.syn && segment.ack.is_some() && !self.find(segment).is_some_and(explains)
    }

    fn hold<L: FlowListener<State = S>>(&mut self, answer: Answer, moment: Moment, listener: &mut L) {
        if let Some(oldest) = self.early.hold(answer, moment, &self.accounts.limits) {
            self.place(&oldest, listener);
        }
        self.next_turn = self.early.first().map_or(self.next_turn, |first| first.until.min(self.next_turn));
    }

    /// Takes an answer that waits no longer.
    fn place<L: FlowListener<State = S>>(&mut self, waiting: &early::Waiting, listener: &mut L) {
        match &waiting.answer {
            Answer::Reset(reset) => _ = self.take(reset, waiting.id, listener),
            Answer::Unreachable(error) if self.about_known_flow(error) => {}
            Answer::Unreachable(error) => self.accounts.note(NoteKind::Unplaced, error.packet),
        }
    }

    /// Gives `segment` to its flow, which it may open as the flow `id`. Answers which one that is and where it is kept, if it waits anew from now
    /// on.
    fn take<L: FlowListener<State = S>>(&mut self, segment: &Segment<'_>, id: FlowId, listener: &mut L) -> Option<(Slot, FlowId)> {
        let key = Key::of(&segment.source, &segment.destination, segment.vlan);
        let slot = match self.places.find(key) {
            Some(slot) if segment.syn && self.places.get(slot).is_succeeded_by(segment) => {
                self.end(slot, Flow::expire, listener);
                self.open(key, segment, id, listener)
            }
            Some(slot) => slot,
            None => match self.other_half(segment) {
                Some(slot) => {
                    self.places.join(slot, key);
                    slot
                }
                None => self.open(key, segment, id, listener),
            },
        };
        let Some(open) = self.places.open_mut(slot) else {
            if let Place::Ended(ended) = self.places.get(slot) {
                ended.remains.stray(segment, &mut self.accounts);
            }
            return None;
        };
        let (waiting, anew) = if open.flow.goes_on(segment, &mut self.accounts, listener) {
            (Waiting::Idle, true)
        } else {
            open.flow.segment(segment, &mut self.accounts, listener);
            if open.flow.fate().is_some() {
                self.bury(slot, self.now);
                return None;
            }
            let waiting = open.flow.waiting();
            let anew = match waiting {
                Waiting::Connect => segment.syn && segment.ack.is_none(),
                Waiting::Grace => waiting != open.queued.0,
                Waiting::Retry | Waiting::Idle | Waiting::Linger => true,
            };
            (waiting, anew)
        };
        if anew {
            open.since = self.now;
        }
        let (since, id) = (open.since, open.flow.id());
        if waiting != open.queued.0 {
            self.queue(slot, (waiting, since));
        }
        anew.then_some((slot, id))
    }

    /// If the flow at a place has ended, keeps only its remains from then on.
    fn bury(&mut self, slot: Slot, since: Timestamp) -> bool {
        let Some(flow) = self.places.open(slot).map(|open| &open.flow) else { return false };
        let Some((fate, remains)) = flow.fate().zip(flow.remains()) else { return false };
        self.fates.add(fate);
        self.places.bury(slot, remains, since);
        self.ended.push_back((since, slot));
        if self.ended.len() > self.accounts.limits.ended_flows
            && let Some((since, slot)) = self.ended.pop_front()
        {
            self.places.forget(slot, since);
        }
        true
    }

    /// Forgets the flows that ended so long ago that nothing comes of them any more.
    #[inline]
    fn forget(&mut self, now: Timestamp) {
        let linger = self.accounts.limits.linger;
        while let Some((since, slot)) = self.ended.front().copied().filter(|(since, _)| since.after(linger) < now) {
            self.ended.pop_front();
            self.places.forget(slot, since);
        }
    }

    /// Takes note of the time of a packet that is for another table or for none, and lets happen what is over by then: in the order of the
    /// deadlines, then of the flows' numbers.
    #[inline]
    pub fn advance<L: FlowListener<State = S>>(&mut self, moment: Moment, listener: &mut L) {
        if self.doubted.is_some() {
            self.resolve_doubt(moment);
        }
        if self.next_turn < moment.now {
            self.catch_up(moment, listener);
        }
        self.now = moment.now;
        self.forget(moment.now);
    }

    /// Lets happen what is over by then.
    fn catch_up<L: FlowListener<State = S>>(&mut self, moment: Moment, listener: &mut L) {
        while self.next_turn < moment.now {
            let turn = self.queues.next(&self.accounts.limits, counts(&self.places));
            let queued = turn.map(|(deadline, _, (_, id, _))| (deadline, id));
            let early = self.early.first().map(|waiting| (waiting.until, waiting.id));
            let Some((deadline, id)) = early.into_iter().chain(queued).min() else {
                self.next_turn = NEVER;
                break;
            };
            self.next_turn = deadline;
            if deadline >= moment.now {
                break;
            }
            self.now = deadline;
            self.forget(deadline);
            self.turn(Cause::Deadline(deadline, id), listener);
            if early == Some((deadline, id)) {
                if let Some(waiting) = self.early.pop() {
                    self.place(&waiting, listener);
                }
            } else if let Some((_, waiting, turn)) = turn {
                self.come_up(waiting, turn, moment.now, listener);
            }
        }
    }

    /// Says what causes all that follows.
    #[inline]
    fn turn<L: FlowListener<State = S>>(&mut self, cause: Cause, listener: &mut L) {
        self.accounts.notes.at(cause.place());
        listener.turn(cause);
    }

    /// Treats a flow whose `turn` it is.
    fn come_up<L: FlowListener<State = S>>(&mut self, waiting: Waiting, turn: Turn, now: Timestamp, listener: &mut L) {
        let Some(slot) = self.take_turn(waiting, turn) else { return };
        let waits = self.places.open(slot).is_some_and(|open| waiting == Waiting::Idle && L::is_waiting(open.flow.state()));
        if waits {
            self.queue(slot, (waiting, now));
        } else if waiting == Waiting::Grace {
            self.end_grace(slot, listener);
        } else {
            self.end(slot, Flow::expire, listener);
        }
    }

    /// If the clock believes now what it doubted a packet before, the flow of the doubted packet was not silent during the leap.
    fn resolve_doubt(&mut self, moment: Moment) {
        let Some(doubt) = self.doubted.take_if(|doubt| doubt.nth < moment.nth) else { return };
        if let Some(open) = self.places.open_mut(doubt.slot)
            && open.flow.id() == doubt.id
            && !moment.doubted
        {
            open.since = open.since.max(doubt.at.min(moment.now));
        }
    }

    /// Ends all flows that are still open, in the order of their numbers, because the capture ends, at `end`. The table must have been told the
    /// last packet's moment.
    pub fn finish<L: FlowListener<State = S>>(&mut self, end: Timestamp, listener: &mut L) {
        self.finish_before(FlowId(u64::MAX), end, listener);
    }

    /// The same for the flows with numbers below `bound` only. The others are ended by further calls: a million flows need not be told at once.
    pub fn finish_before<L: FlowListener<State = S>>(&mut self, bound: FlowId, end: Timestamp, listener: &mut L) {
        if self.left.is_none() {
            self.wait_no_longer(listener);
        }
        while let Some((id, slot)) = self.left.as_mut().and_then(|left| left.pop_if(|(id, _)| *id < bound)) {
            self.turn(Cause::End(id), listener);
            self.end(slot, |flow, accounts, listener| flow.capture_ended(end, accounts, listener), listener);
        }
    }

    /// Places what waits for what was captured too late, and finds out which flows are to be ended.
    fn wait_no_longer<L: FlowListener<State = S>>(&mut self, listener: &mut L) {
        while let Some(waiting) = self.early.pop() {
            self.turn(Cause::Deadline(waiting.until, waiting.id), listener);
            self.place(&waiting, listener);
        }
        while let Some((since, slot)) = self.ended.pop_front() {
            self.places.forget(slot, since);
        }
        self.queues = Queues::default();
        let mut left: Vec<(FlowId, Slot)> = self.places.all_open().collect();
        left.sort_unstable_by(|one, other| other.cmp(one));
        self.left = Some(left);
    }

    /// What became of the payload bytes. It adds up once [`Self::finish`] was called.
    pub const fn ledger(&self) -> TcpLedger {
        self.accounts.ledger
    }

    /// What was odd.
    pub const fn notes(&self) -> &Notes {
        &self.accounts.notes
    }

    /// How many flows there were.
    pub const fn flows_seen(&self) -> u64 {
        self.opened
    }

    /// How many of them ended in which way.
    pub const fn by_fate(&self) -> FateCounts {
        self.fates
    }

    /// Makes a flow for `segment`, and room for it if there are too many. Answers where it is kept.
    fn open<L: FlowListener<State = S>>(&mut self, key: Key<'_>, segment: &Segment<'_>, id: FlowId, listener: &mut L) -> Slot {
        if self.places.open_flows() >= self.accounts.limits.flows {
            self.evict(listener);
        }
        if self.vlans.len() < self.accounts.limits.vlans
            && let Err(place) = self.vlans.binary_search(&key.vlan)
        {
            self.vlans.insert(place, key.vlan);
        }
        self.opened += 1;
        let flow = Flow::new(id, segment);
        let waiting = flow.waiting();
        let slot = self.places.insert(key, flow, self.now);
        self.put_in_line(waiting, (self.now, id, slot));
        slot
    }

    /// Gives up the flow that was silent longest: first among those that wait only for what was captured late or may come again.
    fn evict<L: FlowListener<State = S>>(&mut self, listener: &mut L) {
        loop {
            let Self { queues, places, .. } = self;
            let mut first = |waiting| queues.first(waiting, counts(places)).map(|turn| (turn, waiting));
            let late = first(Waiting::Linger).or_else(|| first(Waiting::Grace)).or_else(|| first(Waiting::Retry));
            let silent = || [first(Waiting::Connect), first(Waiting::Idle)].into_iter().flatten().min_by_key(|(turn, _)| *turn);
            let Some((turn, waiting)) = late.or_else(silent) else { return };
            if let Some(slot) = self.take_turn(waiting, turn) {
                self.end(slot, Flow::evict, listener);
                return;
            }
        }
    }

    /// Answers where the flow of this `turn` is kept, if the turn is right. If there were packets since, it is put right instead.
    fn take_turn(&mut self, waiting: Waiting, turn: Turn) -> Option<Slot> {
        let (queued, _, slot) = turn;
        let since = self.places.open(slot)?.since;
        if since <= queued {
            return Some(slot);
        }
        self.queue(slot, (waiting, since));
        None
    }

    /// Gives a flow its turn in this queue. A turn that it had doesn't count any more.
    fn queue(&mut self, slot: Slot, queued: (Waiting, Timestamp)) {
        if let Some(open) = self.places.open_mut(slot) {
            open.queued = queued;
            let id = open.flow.id();
            self.put_in_line(queued.0, (queued.1, id, slot));
        }
    }

    fn put_in_line(&mut self, waiting: Waiting, turn: Turn) {
        self.next_turn = self.next_turn.min(turn.0.after(patience(waiting, &self.accounts.limits)));
        self.queues.insert(waiting, turn);
        if self.queues.len() > 2 * self.places.open_flows() + SPARE_TURNS {
            self.queues.tidy(counts(&self.places));
        }
    }

    /// Lets a flow wait no longer for what was captured too late. That may end it, but it stays known.
    fn end_grace<L: FlowListener<State = S>>(&mut self, slot: Slot, listener: &mut L) {
        let Some(open) = self.places.open_mut(slot) else { return };
        open.flow.end_grace(&mut self.accounts, listener);
        let queued = (open.flow.waiting(), open.since);
        if !self.bury(slot, self.now) {
            self.queue(slot, queued);
        }
    }

    /// Removes a flow. If it had not ended yet, `how` ends it.
    fn end<L: FlowListener<State = S>>(&mut self, slot: Slot, how: impl FnOnce(&mut Flow<S>, &mut Accounts, &mut L), listener: &mut L) {
        if let Place::Open(mut open) = self.places.remove(slot) {
            how(&mut open.flow, &mut self.accounts, listener);
            if let Some(fate) = open.flow.fate() {
                self.fates.add(fate);
            }
        }
    }
}

/// Says which turns count: those by which their flows are queued.
fn counts<S: Default>(places: &Places<S>) -> impl Fn(Waiting, &Turn) -> bool {
    |waiting, (since, id, slot)| {
        places.open(*slot).is_some_and(|Open { flow, queued, .. }| flow.id() == *id && *queued == (waiting, *since))
    }
}

/// So many turns that don't count may always be left.
const SPARE_TURNS: usize = 1024;

/// Later than every packet.
const NEVER: Timestamp = Timestamp::MAX;

#[cfg(test)]
mod tests;
