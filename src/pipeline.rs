//! Packets in, facts out: the only place where the layers are composed.

use crate::analysis::diagnosis::{Diagnosis, End};
use crate::analysis::thresholds::Thresholds;
use crate::analysis::verdict::verdicts;
use crate::analysis::{Analysis, CaptureRecord};
use crate::base::ledger::{Ledger, StreamLedger};
use crate::base::limits::Limits;
use crate::base::note::{Note, NoteKind, Notes};
use crate::base::origin::Origin;
use crate::base::time::Timestamp;
use crate::capture::{CaptureInfo, Damage, Packet, PacketSource, Step};
use crate::http::exchange::{Exchange, ExchangeListener, Stage};
use crate::http::flow::{Context, HttpFlow};
use crate::http::head::Head;
use crate::net::{Class, Decoder, What, link};
use crate::rvp::identify::{Protocol, identify};
use crate::rvp::operation::{self, Operation};
use crate::session::correlate::Correlator;
use crate::session::update::Update;
use crate::settings::Settings;
use crate::tcp::event::{FlowEvent, FlowInfo, FlowListener, Interest};
use crate::tcp::table::FlowTable;

/// One analysis in progress. Feed it packets, take events as they become certain, and finish it.
pub struct Pipeline {
    decoder: Decoder,
    table: FlowTable<HttpFlow>,
    above: Above,
    ledger: Ledger,
    notes: Notes,
    diagnosis: Diagnosis,
    captures: Vec<CaptureRecord>,
    /// When the packet before was seen.
    latest: Timestamp,
}

impl Pipeline {
    /// An analysis that has seen nothing.
    pub fn new(limits: Limits, settings: Settings) -> Self {
        let correlator = Correlator::new(limits).with_signatures(settings.signatures);
        Self {
            decoder: Decoder::new(&limits),
            table: FlowTable::new(limits),
            above: Above { limits, correlator, ..Above::default() },
            ledger: Ledger::default(),
            notes: Notes::default(),
            diagnosis: Diagnosis::new(&limits, &Thresholds::default().with(&settings.thresholds)),
            captures: Vec::new(),
            latest: Timestamp::default(),
        }
    }

    /// Reads captures to their end, which are called `paths` and come from one `source`, and hands what is certain before the end to
    /// `on_update`.
    pub fn read<E>(
        &mut self,
        paths: &[String],
        source: &mut dyn PacketSource,
        on_update: &mut dyn FnMut(Update, u8) -> Result<(), E>,
    ) -> Result<(), E> {
        self.captures.extend(paths.iter().map(|path| CaptureRecord { path: path.clone(), ..CaptureRecord::default() }));
        loop {
            match source.advance() {
                Step::Packet => {
                    if let Some(packet) = source.packet() {
                        self.packet(&packet);
                    }
                }
                Step::Damage(damage) => self.damage(&damage),
                Step::End => break,
            }
            self.diagnose();
            if self.above.correlator.has_updates() {
                let digits = source.infos().iter().map(|info| info.time_digits).max().unwrap_or_default();
                self.hand_out(digits, on_update)?;
            }
        }
        for (record, info) in self.captures.iter_mut().zip(source.infos()) {
            describe(record, info);
        }
        Ok(())
    }

    /// Settles everything, and gives the result. The ledger's sums are checked; what does not add up is said in a note.
    pub fn finish<E>(mut self, on_update: &mut dyn FnMut(Update, u8) -> Result<(), E>) -> Result<Analysis, E> {
        let (incomplete, notes) = self.decoder.finish();
        self.ledger.packets.undecodable += incomplete;
        self.notes.merge(notes);
        self.table.finish(&mut self.above);
        let end = self.table.end_time();
        self.above.correlator.finish(end);
        self.diagnose();
        let digits = self.captures.iter().map(|capture| capture.time_digits).max().unwrap_or(6);
        self.hand_out(digits, on_update)?;
        self.ledger.tcp_payload_bytes = self.table.ledger();
        self.ledger.stream_bytes = self.above.tally;
        for sum in self.ledger.check() {
            self.notes.add(Note::with(NoteKind::LedgerBroken, Origin::default(), sum));
        }
        let model = self.above.correlator.into_model();
        self.notes.merge(self.table.notes().clone());
        self.notes.merge(self.above.notes);
        self.notes.merge(model.notes);
        let whole = End { at: end, sessions: &model.sessions, captures: &self.captures, ledger: &self.ledger, notes: &self.notes };
        let (findings, untold) = self.diagnosis.finish(&whole);
        if untold > 0 {
            self.notes.add_times(Note::new(NoteKind::ModelCeiling, Origin::default()), untold);
        }
        Ok(Analysis {
            captures: self.captures,
            ledger: self.ledger,
            flows: self.table.flows_seen(),
            fates: self.table.by_fate(),
            totals: model.totals,
            verdicts: verdicts(&model.sessions, &findings),
            sessions: model.sessions,
            findings,
            notes: self.notes,
        })
    }

    fn damage(&mut self, damage: &Damage) {
        let Some(record) = self.captures.get_mut(damage.capture as usize) else { return };
        record.damaged_places += 1;
        if record.damage.len() < self.above.limits.damaged_places {
            record.damage.push(damage.to_string());
        }
    }

    fn packet(&mut self, packet: &Packet<'_>) {
        let counts = &mut self.ledger.packets;
        counts.read += 1;
        if let Some(record) = self.captures.get_mut(packet.id.capture as usize) {
            record.packets += 1;
            record.first = record.first.into_iter().chain(packet.at).min();
            record.last = record.last.max(packet.at);
        }
        // What has no time was captured after what stands before it.
        let at = packet.at.unwrap_or(self.latest);
        self.latest = at;
        if packet.bytes.len() < packet.original_len as usize {
            self.notes.count(NoteKind::PacketCut, || Origin::of(packet.id));
        }
        let Some(link_type) = packet.link_type else {
            counts.other += 1;
            return;
        };
        let decoded = self.decoder.decode(packet.id, at, link_type, packet.bytes, packet.original_len);
        match decoded.what.class() {
            Some(Class::Tcp) => counts.tcp += decoded.packets,
            Some(Class::IcmpAboutTcp) => counts.icmp_about_tcp += decoded.packets,
            Some(Class::Other) => counts.other += decoded.packets,
            Some(Class::Undecodable) => counts.undecodable += decoded.packets,
            None => {}
        }
        match decoded.what {
            What::Tcp(segment) => self.table.segment(&segment, &mut self.above),
            What::IcmpAboutTcp(error) => self.table.icmp(&error, &mut self.above),
            What::Other | What::Fragment | What::Settled(_) => self.table.advance(at, &mut self.above),
            What::Undecodable(why) => {
                self.notes.add_times(Note::new(why, Origin::of(packet.id)), decoded.packets);
                self.table.advance(at, &mut self.above);
            }
        }
    }

    /// Lets the rules judge what became certain.
    fn diagnose(&mut self) {
        if self.above.correlator.has_facts() {
            for fact in self.above.correlator.take_facts() {
                self.diagnosis.take(&fact, self.above.correlator.sessions());
            }
        }
    }

    fn hand_out<E>(&mut self, digits: u8, on_update: &mut dyn FnMut(Update, u8) -> Result<(), E>) -> Result<(), E> {
        for event in self.above.correlator.take_events() {
            on_update(Update::Event(event), digits)?;
        }
        for part in self.above.correlator.take_parts() {
            on_update(Update::Session(Box::new(part)), digits)?;
        }
        Ok(())
    }
}

/// What stands above TCP: HTTP on each flow, and one correlator over all.
#[derive(Default)]
struct Above {
    limits: Limits,
    tally: StreamLedger,
    notes: Notes,
    correlator: Correlator,
}

impl FlowListener for Above {
    type State = HttpFlow;

    fn flow_event(&mut self, flow: &FlowInfo, state: &mut HttpFlow, event: FlowEvent<'_>) -> Interest {
        let mut meaning = Meaning { limits: &self.limits, notes: Notes::default(), correlator: &mut self.correlator };
        let mut context = Context { limits: &self.limits, tally: &mut self.tally, notes: &mut self.notes, listener: &mut meaning };
        let interest = state.event(flow, event, &mut context);
        let notes = meaning.notes;
        self.notes.merge(notes);
        if let FlowEvent::Ended { fate, at } = event {
            self.correlator.flow_ended(flow, fate, at, state.is_http());
        }
        interest
    }

    fn is_waiting(state: &HttpFlow) -> bool {
        state.is_waiting()
    }
}

/// From exchanges to operations.
struct Meaning<'a> {
    limits: &'a Limits,
    notes: Notes,
    correlator: &'a mut Correlator,
}

impl ExchangeListener for Meaning<'_> {
    fn wants_body(&mut self, head: &Head, request: Option<&Head>) -> bool {
        operation::wants_body(head, request)
    }

    fn exchange(&mut self, flow: &FlowInfo, stage: Stage, exchange: &Exchange) {
        if stage == Stage::Updated {
            return;
        }
        let protocol =
            identify(exchange.request.as_ref().map(|request| &request.head), exchange.response.as_ref().map(|response| &response.head));
        match protocol {
            // An answer without its request may be one of RVP's although it doesn't say so: some clients' answers to callbacks say nothing.
            _ if exchange.request.is_none() => {
                let operation = Operation::read(exchange, self.limits, &mut self.notes);
                self.correlator.exchange(flow, stage, exchange, protocol, &operation);
            }
            Protocol::Rvp | Protocol::Undetermined => {
                let operation = Operation::read(exchange, self.limits, &mut self.notes);
                self.correlator.exchange(flow, stage, exchange, protocol, &operation);
            }
            Protocol::ExchangeStore | Protocol::Gena | Protocol::WebDav | Protocol::OtherHttp => {
                self.correlator.other_http(stage, protocol, flow.endpoint(exchange.asker));
            }
        }
    }
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
