//! Packets in, facts out: the only place where the layers are composed.
//!
//! Three stages, on as many threads as are wanted (`crew`): packets are read and decoded in their order (`intake`), a fixed number of shards
//! put flows together and read what they say, each flow in one of them (`shard`), and what the shards tell is judged in the order in which it became
//! certain. So the same packets give the same facts, whatever the number of threads.

pub(crate) mod alarm;
mod crew;
mod intake;
mod shard;

use crate::analysis::diagnosis::{Diagnosis, End};
use crate::analysis::thresholds::Thresholds;
use crate::analysis::verdict::verdicts;
use crate::analysis::{Analysis, CaptureRecord, Selected};
use crate::base::ledger::Ledger;
use crate::base::limits::Limits;
use crate::base::needles::Needles;
use crate::base::note::{Note, NoteKind, Notes};
use crate::base::origin::Origin;
use crate::base::time::Timestamp;
use crate::capture::{CaptureInfo, PacketSource};
use crate::net::link;
use crate::rvp::secrets::Secrets;
use crate::session::correlate::Correlator;
use crate::session::directory::Sessions;
use crate::session::event::Event;
use crate::session::fact::Fact;
use crate::session::model::Session;
use crate::session::transcript::Transcript;
use crate::session::update::Update;
use crate::settings::Settings;
use crate::tcp::event::FlowId;
use intake::{Batch, Intake};
use shard::{Group, Tale, Told};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// How an analysis is done.
#[derive(Clone)]
pub struct Course {
    /// The ceilings.
    pub limits: Limits,
    /// What its user set.
    pub settings: Settings,
    /// On how many threads. The result is the same.
    pub threads: NonZeroUsize,
    /// What is wanted besides sessions, findings and sums.
    pub wanted: Wanted,
}

/// What of an analysis is wanted besides sessions, findings and sums.
#[derive(Clone, Default)]
pub struct Wanted {
    /// Events, and which of them.
    pub events: Events,
    /// What was said in the exchanges, with or without its secrets.
    pub transcripts: Option<Secrets>,
    /// What the captured bytes are searched for.
    pub search: Option<Needles>,
}

/// Which events are wanted.
#[derive(Clone, Default)]
pub enum Events {
    /// None.
    None,
    /// All.
    #[default]
    All,
    /// Those for which this holds, given the session as it is known by then.
    Some(Choice),
}

/// Says whether an event is wanted.
pub type Choice = Arc<dyn Fn(&Event, Option<&Session>) -> bool + Send + Sync>;

/// When something became certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// After how many packets; the largest number if only with the capture's end.
    pub packets: u64,
    /// How many digits after the second the times of the capture have, as far as it was read.
    pub time_digits: u8,
}

/// Takes what is certain before the end.
pub type OnUpdate<'a, E> = &'a mut dyn FnMut(Update, When) -> Result<(), E>;

/// Analyses captures, which are called `paths` and come from one `source`, and hands what is certain before the end to `on_update`.
///
/// The ledger's sums are checked; what does not add up is said in a note. The only error is that of `on_update`.
pub fn run<E>(
    paths: &[String],
    source: &mut (dyn PacketSource + Send),
    course: &Course,
    on_update: OnUpdate<'_, E>,
) -> Result<Analysis, E> {
    let intake = Intake::new(paths, source, course.limits);
    let groups = Group::all(course);
    let mut judge = Judge::new(course);
    let (intake, groups, result) = crew::run(course.threads, intake, groups, &mut |batch, tales| judge.batch(batch, tales, on_update));
    result?;
    let (packets, notes, captures) = intake.map(|Intake { taken, .. }| (taken.ledger, taken.notes, taken.captures)).unwrap_or_default();
    judge.finish(Ledger { packets, ..Ledger::default() }, notes, captures, &groups, on_update)
}

/// The third stage.
struct Judge {
    correlator: Correlator,
    diagnosis: Diagnosis,
    events: Events,
    /// How many were not wanted.
    unwanted: u64,
    /// When the capture ended.
    end: Timestamp,
}

impl Judge {
    fn new(course: &Course) -> Self {
        let Course { limits, settings, wanted, .. } = course;
        let correlator = Correlator::new(*limits).with_signatures(settings.signatures.clone());
        Self {
            correlator: if let Events::None = wanted.events { correlator.without_events() } else { correlator },
            diagnosis: Diagnosis::new(limits, &Thresholds::default().with(&settings.thresholds)),
            events: wanted.events.clone(),
            unwanted: 0,
            end: Timestamp::default(),
        }
    }

    /// Takes what the shards made of a batch, in the order in which it became certain.
    fn batch<E>(&mut self, batch: &Batch, tales: &[Tale], on_update: OnUpdate<'_, E>) -> Result<(), E> {
        for (one, tale) in in_order(tales) {
            let request = tale.tell(one, &mut self.correlator);
            self.diagnose(request);
            let said = tale.transcript(one).and_then(|said| self.placed(said));
            if self.correlator.has_updates() || said.is_some() {
                let when = When { packets: one.packets(), time_digits: batch.digits_at(one.place.0) };
                self.hand_out(when, on_update)?;
                said.map_or(Ok(()), |said| on_update(Update::Exchange(said), when))?;
            }
        }
        self.end = batch.end().map_or(self.end, |(end, _)| end);
        Ok(())
    }

    /// Settles everything, and gives the result.
    fn finish<E>(
        mut self,
        mut ledger: Ledger,
        mut notes: Notes,
        captures: Vec<CaptureRecord>,
        groups: &[Group],
        on_update: OnUpdate<'_, E>,
    ) -> Result<Analysis, E> {
        self.correlator.finish(self.end);
        self.diagnose(None);
        let time_digits = captures.iter().map(|capture| capture.time_digits).max().unwrap_or(6);
        self.hand_out(When { packets: u64::MAX, time_digits }, on_update)?;
        let mut analysis = Analysis::default();
        for shard in groups.iter().flat_map(|group| &group.0) {
            ledger.add(&Ledger { tcp_payload_bytes: shard.table().ledger(), stream_bytes: shard.tally(), ..Ledger::default() });
            analysis.flows += shard.table().flows_seen();
            analysis.fates.merge(&shard.table().by_fate());
            notes.merge(shard.notes());
        }
        for sum in ledger.check() {
            notes.add(Note::with(NoteKind::LedgerBroken, Origin::default(), sum));
        }
        let model = self.correlator.into_model();
        notes.merge(model.notes);
        let sessions = Sessions { list: &model.sessions, people: &model.people };
        let whole = End { at: self.end, sessions, captures: &captures, ledger: &ledger, notes: &notes };
        let (findings, untold) = self.diagnosis.finish(&whole);
        if untold > 0 {
            notes.add_times(Note::new(NoteKind::ModelCeiling, Origin::default()), untold);
        }
        let verdicts = verdicts(sessions, &findings);
        let selected = (self.unwanted > 0).then(|| Selected { hidden_events: self.unwanted, ..Selected::default() });
        Ok(Analysis { selected, captures, ledger, totals: model.totals, verdicts, sessions: model.sessions, findings, notes, ..analysis })
    }

    /// Lets the rules judge what became certain: a request, and what else there is.
    fn diagnose(&mut self, request: Option<Fact<'_>>) {
        if let Some(request) = request {
            self.diagnosis.take(&request, self.correlator.sessions());
        }
        if self.correlator.has_facts() {
            for fact in self.correlator.take_facts() {
                self.diagnosis.take(&fact, self.correlator.sessions());
            }
        }
    }

    /// What was said, with the session that it belongs to; `None` if it is no RVP.
    fn placed(&self, said: &Transcript) -> Option<Box<Transcript>> {
        let (session, callback) = self.correlator.place(FlowId(said.connection))?;
        Some(Box::new(Transcript { session, callback, ..said.clone() }))
    }

    fn hand_out<E>(&mut self, when: When, on_update: OnUpdate<'_, E>) -> Result<(), E> {
        for event in self.correlator.take_events() {
            if let Events::Some(wanted) = &self.events {
                let sessions = self.correlator.sessions();
                if !wanted(&event, event.session.and_then(|id| sessions.get(id))) {
                    self.unwanted += 1;
                    continue;
                }
            }
            on_update(Update::Event(event), when)?;
        }
        for part in self.correlator.take_parts() {
            on_update(Update::Session(Box::new(part)), when)?;
        }
        Ok(())
    }
}

/// What was told, in the order in which it became certain.
fn in_order(tales: &[Tale]) -> impl Iterator<Item = (Told, &Tale)> {
    let find = |tale: u32, number: u32| tales.get(tale as usize).and_then(|tale| Some((*tale.told().get(number as usize)?, tale)));
    // Nearly always the packet alone tells the order. What is equal comes from one shard, in order.
    let mut order: Vec<(u64, u32, u32)> = Vec::with_capacity(tales.iter().map(|tale| tale.told().len()).sum());
    for (tale, number) in tales.iter().zip(0..) {
        order.extend(tale.told().iter().zip(0..).map(|(one, nth)| (one.place.0, number, nth)));
    }
    order.sort_unstable();
    for same in order.chunk_by_mut(|one, other| one.0 == other.0).filter(|same| same.len() > 1) {
        same.sort_by_key(|(_, tale, number)| find(*tale, *number).map(|(one, _)| one.place.1));
    }
    order.into_iter().filter_map(move |(_, tale, number)| find(tale, number))
}

fn describe(record: &mut CaptureRecord, info: &CaptureInfo) {
    info.format.clone_into(&mut record.format);
    record.link_types = info.link_types.iter().map(|link_type| link::name(*link_type)).collect();
    record.compression = info.compression;
    record.bytes = info.bytes;
    record.time_digits = info.time_digits;
    record.skipped_bytes = info.skipped_bytes;
    record.dropped = info.dropped;
    let untold = record.damaged_places - record.damage.len() as u64;
    if untold > 0 {
        record.damage.push(format!("and {untold} more places"));
    }
}
