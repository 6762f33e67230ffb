//! Which exchanges a filtered report has: those behind what passes. What a log-on is, or a failed callback, its event knows; the exchange alone
//! does not.

use super::{Filter, Record, Selection, Subject};
use crate::base::origin::{Origin, PacketRange};
use crate::base::time::Timestamp;
use crate::session::event::Event;
use crate::session::model::{Session, SessionId};
use crate::session::transcript::{Evidence, Gone, Transcript};

/// The packets that the events of an analysis cite.
#[derive(Debug, Default)]
pub struct Cited {
    /// Ranges that do not touch, in order.
    ranges: Vec<PacketRange>,
}

impl Cited {
    /// Those of `events`.
    pub fn by(events: &[Event]) -> Self {
        let mut ranges: Vec<PacketRange> = events.iter().flat_map(|event| event.origin.ranges()).collect();
        ranges.sort_unstable_by_key(|range| (range.capture, range.first));
        ranges.dedup_by(|next, before| {
            let touches = next.capture == before.capture && next.first <= before.last;
            if touches {
                before.last = before.last.max(next.last);
            }
            touches
        });
        Self { ranges }
    }

    /// Whether packets of an exchange are among them.
    fn has(&self, said: &Transcript) -> bool {
        said.origin.ranges().any(|range| {
            let behind = self.ranges.partition_point(|cited| (cited.capture, cited.first) <= (range.capture, range.last));
            let before = behind.checked_sub(1).and_then(|place| self.ranges.get(place));
            before.is_some_and(|cited| cited.capture == range.capture && cited.last >= range.first)
        })
    }
}

impl Selection<'_> {
    /// The exchanges of `evidence` that a report lists. `all` events cite an exchange, or its cycle tells it together with others; `passed` are those
    /// of them that passed. `sessions` are those of the whole analysis.
    pub fn evidence<'e>(&self, evidence: &'e dyn Evidence, all: &Cited, passed: &[Event], sessions: &[Session]) -> Narrowed<'e> {
        let passed = Cited::by(passed);
        let cycles = Cycles::that_pass(self.filter(), sessions);
        let listed = |said: &Transcript| {
            let session = said.session.and_then(|id| super::by_id(sessions, id));
            let alone = || cycles.has(said) || self.filter().matches(&Subject { record: Record::Exchange(said), session });
            passed.has(said) || (!all.has(said) && alone())
        };
        // What is gone can't be asked; it is told that it is gone.
        let (listed, others): (Vec<usize>, Vec<usize>) =
            (0..evidence.exchanges()).partition(|place| evidence.exchange(*place).as_ref().map_or(true, listed));
        Narrowed { evidence, listed, others }
    }
}

/// Polling cycles that pass: whose, by which method, from when until when.
struct Cycles<'s>(Vec<(SessionId, &'s str, Timestamp, Timestamp)>);

impl<'s> Cycles<'s> {
    fn that_pass(filter: &Filter, sessions: &'s [Session]) -> Self {
        let of = |session: &'s Session| {
            let passes = |record| filter.matches(&Subject { record, session: Some(session) });
            let cycles = session.polling.iter().filter(move |cycle| passes(Record::Cycle(cycle)));
            cycles.map(|cycle| (session.id, cycle.method.as_str(), cycle.first, cycle.last))
        };
        Self(sessions.iter().flat_map(of).collect())
    }

    fn has(&self, said: &Transcript) -> bool {
        let at = said.at();
        let of_session = self.0.partition_point(|(session, ..)| Some(*session) < said.session);
        let cycles = self.0.iter().skip(of_session).take_while(|(session, ..)| Some(*session) == said.session);
        cycles.into_iter().any(|(_, method, first, last)| said.method() == Some(*method) && (*first..=*last).contains(&at))
    }
}

/// The exchanges of an analysis, of which some are listed. The others are still there for whoever asks where packets are told: what proves a
/// finding that passes is shown with it.
pub struct Narrowed<'e> {
    evidence: &'e dyn Evidence,
    listed: Vec<usize>,
    others: Vec<usize>,
}

impl Evidence for Narrowed<'_> {
    fn exchanges(&self) -> usize {
        self.listed.len()
    }

    fn exchange(&self, place: usize) -> Result<Transcript, Gone> {
        let other = || self.others.get(place.checked_sub(self.listed.len())?);
        self.listed.get(place).or_else(other).map_or(Err(Gone::Unknown), |place| self.evidence.exchange(*place))
    }

    fn places(&self, origin: &Origin) -> Vec<usize> {
        let other = |place: &usize| Some(self.listed.len() + self.others.binary_search(place).ok()?);
        let found = self.evidence.places(origin);
        found.iter().filter_map(|place| self.listed.binary_search(place).ok().or_else(|| other(place))).collect()
    }
}
