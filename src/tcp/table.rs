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

mod queues;
mod tags;

use crate::base::address::Endpoint;
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
use crate::tcp::table::queues::{Queues, Turn, patience};
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// The endpoints of a connection in a fixed order, whoever sends, and the VLAN tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    low: Endpoint,
    high: Endpoint,
    vlan: u64,
}

impl Key {
    fn of(one: Endpoint, other: Endpoint, vlan: u64) -> Self {
        Self { low: one.min(other), high: one.max(other), vlan }
    }
}

/// A flow and its place in the queues.
#[derive(Debug)]
struct Entry<S> {
    flow: Flow<S>,
    key: Key,
    /// The key of its other half, where that carries other tags.
    other_key: Option<Key>,
    /// Since when it waits for what it waits for.
    since: Timestamp,
    /// In which queue its turn is, and since when by that turn.
    queued: (Waiting, Timestamp),
}

/// A packet whose time the clock doubts, and its flow.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    nth: u64,
    at: Timestamp,
    slot: usize,
    id: FlowId,
}

/// All flows of a capture, or of one shard of it. `S` is what the listener keeps for each of them.
#[derive(Debug)]
pub struct FlowTable<S> {
    accounts: Accounts,
    flows: HashMap<Key, usize, RandomState>,
    entries: Vec<Option<Entry<S>>>,
    free: Vec<usize>,
    queues: Queues,
    early: Early,
    /// The VLAN tags that flows had so far, in order.
    vlans: Vec<u64>,
    /// No turn comes up before this time.
    next_turn: Timestamp,
    /// What time it is: that of the packet, or of the deadline, that is being treated.
    now: Timestamp,
    doubted: Option<Doubt>,
    opened: u64,
    fates: FateCounts,
}

impl<S: Default> FlowTable<S> {
    /// An empty table.
    pub fn new(limits: Limits) -> Self {
        Self {
            accounts: Accounts::new(limits),
            flows: HashMap::default(),
            entries: Vec::new(),
            free: Vec::new(),
            queues: Queues::default(),
            early: Early::default(),
            vlans: Vec::new(),
            next_turn: NEVER,
            now: Timestamp::MIN,
            doubted: None,
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
        let slot = self.take(segment, FlowId(moment.nth), listener);
        if moment.doubted {
            self.doubted =
                slot.and_then(|slot| self.entry(slot).map(|entry| Doubt { nth: moment.nth, at: segment.at, slot, id: entry.flow.id() }));
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
        let unexplained = |slot: &usize| self.entry(*slot).is_some_and(|entry| !entry.flow.explains(segment, &self.accounts));
        segment.rst && !segment.syn && segment.ack.is_some() && self.find(segment).is_none_or(|slot| unexplained(&slot))
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

    /// Gives `segment` to its flow, which it may open as the flow `id`. Answers where that is kept, if it waits anew from now on.
    fn take<L: FlowListener<State = S>>(&mut self, segment: &Segment<'_>, id: FlowId, listener: &mut L) -> Option<usize> {
        let key = Key::of(segment.source, segment.destination, segment.vlan);
        let slot = match self.flows.get(&key).copied() {
            Some(slot) if self.is_succeeded(slot, segment) => {
                self.end(slot, Flow::expire, listener);
                self.open(key, segment, id, listener)
            }
            Some(slot) => slot,
            None => match self.other_half(segment) {
                Some(slot) => self.join(slot, key),
                None => self.open(key, segment, id, listener),
            },
        };
        let entry = self.entries.get_mut(slot).and_then(Option::as_mut)?;
        let lingering = entry.flow.fate().is_some();
        entry.flow.segment(segment, &mut self.accounts, listener);
        if lingering {
            return None;
        }
        let waiting = entry.flow.waiting();
        let anew = match waiting {
            Waiting::Connect => segment.syn && segment.ack.is_none(),
            Waiting::Grace => waiting != entry.queued.0,
            Waiting::Retry | Waiting::Idle | Waiting::Linger => true,
        };
        if anew {
            entry.since = self.now;
        }
        if let Some(fate) = entry.flow.fate() {
            self.fates.add(fate);
        }
        if waiting != entry.queued.0 {
            self.queue(slot, waiting);
        }
        anew.then_some(slot)
    }

    /// Takes note of the time of a packet that is for another table or for none, and lets happen what is over by then: in the order of the
    /// deadlines, then of the flows' numbers.
    pub fn advance<L: FlowListener<State = S>>(&mut self, moment: Moment, listener: &mut L) {
        self.resolve_doubt(moment);
        while self.next_turn < moment.now {
            let turn = self.queues.next(&self.accounts.limits);
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
            self.turn(Cause::Deadline(deadline, id), listener);
            if early == Some((deadline, id)) {
                if let Some(waiting) = self.early.pop() {
                    self.place(&waiting, listener);
                }
            } else if let Some((_, waiting, turn)) = turn {
                self.come_up(waiting, turn, moment.now, listener);
            }
        }
        self.now = moment.now;
    }

    /// Says what causes all that follows.
    fn turn<L: FlowListener<State = S>>(&mut self, cause: Cause, listener: &mut L) {
        self.accounts.notes.at(cause.place());
        listener.turn(cause);
    }

    /// Treats a flow whose `turn` it is.
    fn come_up<L: FlowListener<State = S>>(&mut self, waiting: Waiting, turn: Turn, now: Timestamp, listener: &mut L) {
        let Some(slot) = self.take_turn(waiting, turn) else { return };
        let waits = self.entry(slot).is_some_and(|entry| waiting == Waiting::Idle && L::is_waiting(entry.flow.state()));
        if waits {
            self.requeue(slot, (waiting, now));
        } else if waiting == Waiting::Grace {
            self.end_grace(slot, listener);
        } else {
            self.end(slot, Flow::expire, listener);
        }
    }

    /// If the clock believes now what it doubted a packet before, the flow of the doubted packet was not silent during the leap.
    fn resolve_doubt(&mut self, moment: Moment) {
        let Some(doubt) = self.doubted.take_if(|doubt| doubt.nth < moment.nth) else { return };
        if let Some(Some(entry)) = self.entries.get_mut(doubt.slot)
            && entry.flow.id() == doubt.id
            && !moment.doubted
        {
            entry.since = entry.since.max(doubt.at.min(moment.now));
        }
    }

    /// Ends all flows that are still open, in the order of their numbers, because the capture ends, at `end`. The table must have been told the
    /// last packet's moment.
    pub fn finish<L: FlowListener<State = S>>(&mut self, end: Timestamp, listener: &mut L) {
        while let Some(waiting) = self.early.pop() {
            self.turn(Cause::Deadline(waiting.until, waiting.id), listener);
            self.place(&waiting, listener);
        }
        let mut slots: Vec<(FlowId, usize)> =
            self.entries.iter().enumerate().filter_map(|(slot, entry)| entry.as_ref().map(|entry| (entry.flow.id(), slot))).collect();
        slots.sort_unstable();
        for (id, slot) in slots {
            self.turn(Cause::End(id), listener);
            self.end(slot, |flow, accounts, listener| flow.capture_ended(end, accounts, listener), listener);
        }
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

    fn entry(&self, slot: usize) -> Option<&Entry<S>> {
        self.entries.get(slot).and_then(Option::as_ref)
    }

    fn is_succeeded(&self, slot: usize, segment: &Segment<'_>) -> bool {
        self.entry(slot).is_some_and(|entry| entry.flow.is_succeeded_by(segment))
    }

    /// Makes a flow for `segment`, and room for it if there are too many. Answers where it is kept.
    fn open<L: FlowListener<State = S>>(&mut self, key: Key, segment: &Segment<'_>, id: FlowId, listener: &mut L) -> usize {
        if !self.flows.is_empty() && self.entries.len() - self.free.len() >= self.accounts.limits.flows {
            self.evict(listener);
        }
        if self.vlans.len() < self.accounts.limits.vlans
            && let Err(place) = self.vlans.binary_search(&key.vlan)
        {
            self.vlans.insert(place, key.vlan);
        }
        self.opened += 1;
        let flow = Flow::new(id, segment);
        let queued = (flow.waiting(), self.now);
        let entry = Some(Entry { flow, key, other_key: None, since: self.now, queued });
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => self.entries.len(),
        };
        match self.entries.get_mut(slot) {
            Some(free) => *free = entry,
            None => self.entries.push(entry),
        }
        self.flows.insert(key, slot);
        self.put_in_line(queued.0, (queued.1, id, slot));
        slot
    }

    /// Gives up the flow that was silent longest: ended ones first, then those that wait only for what was captured late or may come again.
    fn evict<L: FlowListener<State = S>>(&mut self, listener: &mut L) {
        let Queues { linger, grace, retry, .. } = &self.queues;
        if let Some((_, _, slot)) = linger.first().or(grace.first()).or(retry.first()).copied() {
            self.end(slot, Flow::evict, listener);
            return;
        }
        loop {
            let turns = [(self.queues.connect.first(), Waiting::Connect), (self.queues.idle.first(), Waiting::Idle)];
            let first = turns.into_iter().filter_map(|(turn, waiting)| turn.map(|turn| (*turn, waiting))).min_by_key(|(turn, _)| *turn);
            let Some((turn, waiting)) = first else { return };
            if let Some(slot) = self.take_turn(waiting, turn) {
                self.end(slot, Flow::evict, listener);
                return;
            }
        }
    }

    /// Answers where the flow of this `turn` is kept, if the turn is right. If there were packets since, it is put right instead.
    fn take_turn(&mut self, waiting: Waiting, turn: Turn) -> Option<usize> {
        let (queued, _, slot) = turn;
        let Some(since) = self.entry(slot).map(|entry| entry.since) else {
            self.queues.of(waiting).remove(&turn);
            return None;
        };
        if since <= queued {
            return Some(slot);
        }
        self.requeue(slot, (waiting, since));
        None
    }

    /// Puts a flow in another queue.
    fn queue(&mut self, slot: usize, waiting: Waiting) {
        if let Some(since) = self.entry(slot).map(|entry| entry.since) {
            self.requeue(slot, (waiting, since));
        }
    }

    fn requeue(&mut self, slot: usize, queued: (Waiting, Timestamp)) {
        let Some(Some(entry)) = self.entries.get_mut(slot) else { return };
        let id = entry.flow.id();
        let (old, since) = std::mem::replace(&mut entry.queued, queued);
        self.queues.of(old).remove(&(since, id, slot));
        self.put_in_line(queued.0, (queued.1, id, slot));
    }

    fn put_in_line(&mut self, waiting: Waiting, turn: Turn) {
        self.next_turn = self.next_turn.min(turn.0.after(patience(waiting, &self.accounts.limits)));
        self.queues.of(waiting).insert(turn);
    }

    /// Lets a flow wait no longer for what was captured too late. That may end it, but it stays known.
    fn end_grace<L: FlowListener<State = S>>(&mut self, slot: usize, listener: &mut L) {
        let Some(Some(entry)) = self.entries.get_mut(slot) else { return };
        entry.flow.end_grace(&mut self.accounts, listener);
        let waiting = entry.flow.waiting();
        if let Some(fate) = entry.flow.fate() {
            self.fates.add(fate);
        }
        self.queue(slot, waiting);
    }

    /// Removes a flow. If it had not ended yet, `how` ends it.
    fn end<L: FlowListener<State = S>>(&mut self, slot: usize, how: impl FnOnce(&mut Flow<S>, &mut Accounts, &mut L), listener: &mut L) {
        let Some(mut entry) = self.entries.get_mut(slot).and_then(Option::take) else { return };
        let (waiting, since) = entry.queued;
        self.queues.of(waiting).remove(&(since, entry.flow.id(), slot));
        self.flows.remove(&entry.key);
        if let Some(key) = entry.other_key {
            self.flows.remove(&key);
        }
        self.free.push(slot);
        if entry.flow.fate().is_none() {
            how(&mut entry.flow, &mut self.accounts, listener);
            if let Some(fate) = entry.flow.fate() {
                self.fates.add(fate);
            }
        }
    }
}

/// Later than every packet.
const NEVER: Timestamp = Timestamp::MAX;

#[cfg(test)]
mod tests;
