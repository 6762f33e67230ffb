//! Packets in, facts out: the only place where the layers are composed.

use crate::analysis::{Analysis, CaptureRecord};
use crate::base::ledger::{Ledger, StreamLedger};
use crate::base::limits::Limits;
use crate::base::note::{Note, NoteKind, Notes};
use crate::base::origin::Origin;
use crate::capture::{CaptureInfo, Next, Packet, PacketSource};
use crate::http::exchange::{Exchange, ExchangeListener, Stage};
use crate::http::flow::{Context, HttpFlow};
use crate::http::head::Head;
use crate::net::{Class, Decoder, What, link};
use crate::rvp::identify::{Protocol, identify};
use crate::rvp::operation::{self, Operation};
use crate::session::correlate::Correlator;
use crate::session::event::Event;
use crate::tcp::event::{FlowEvent, FlowInfo, FlowListener, Interest};
use crate::tcp::table::FlowTable;

/// One analysis in progress. Feed it packets, take events as they become certain, and finish it.
pub struct Pipeline {
    decoder: Decoder,
    table: FlowTable<HttpFlow>,
    above: Above,
    ledger: Ledger,
    notes: Notes,
    captures: Vec<CaptureRecord>,
}

impl Pipeline {
    /// An analysis that has seen nothing.
    pub fn new(limits: Limits) -> Self {
        Self {
            decoder: Decoder::new(&limits),
            table: FlowTable::new(limits),
            above: Above { limits, ..Above::default() },
            ledger: Ledger::default(),
            notes: Notes::default(),
            captures: Vec::new(),
        }
    }

    /// The index that the next capture will have.
    pub fn next_capture(&self) -> u32 {
        u32::try_from(self.captures.len()).unwrap_or(u32::MAX)
    }

    /// Reads a capture to its end, and hands each event to `on_event` as soon as it is certain.
    pub fn read<E>(
        &mut self,
        path: &str,
        source: &mut dyn PacketSource,
        on_event: &mut dyn FnMut(Event, u8) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut record = CaptureRecord { path: path.to_owned(), ..CaptureRecord::default() };
        let mut damaged = 0;
        loop {
            match source.next_packet() {
                Next::Packet(packet) => {
                    record.packets += 1;
                    record.first = Some(record.first.map_or(packet.at, |first| first.min(packet.at)));
                    record.last = Some(record.last.map_or(packet.at, |last| last.max(packet.at)));
                    self.packet(&packet);
                }
                Next::Damage(damage) => {
                    damaged += 1;
                    if damaged <= self.above.limits.damaged_places {
                        record.damage.push(damage.to_string());
                    }
                }
                Next::End => break,
            }
            if self.above.correlator.has_events() {
                let digits = source.info().time_digits;
                self.hand_out(digits, on_event)?;
            }
        }
        if let Some(untold) = damaged.checked_sub(record.damage.len()).filter(|untold| *untold > 0) {
            record.damage.push(format!("and {untold} more places"));
        }
        describe(&mut record, source.info());
        self.captures.push(record);
        Ok(())
    }

    /// Settles everything, and gives the result. The ledger's sums are checked; what does not add up is said in a note.
    pub fn finish<E>(mut self, on_event: &mut dyn FnMut(Event, u8) -> Result<(), E>) -> Result<Analysis, E> {
        let (incomplete, notes) = self.decoder.finish();
        self.ledger.packets.undecodable += incomplete;
        self.notes.merge(notes);
        self.table.finish(&mut self.above);
        self.above.correlator.finish(self.table.end_time());
        let digits = self.captures.iter().map(|capture| capture.time_digits).max().unwrap_or(6);
        self.hand_out(digits, on_event)?;
        self.ledger.tcp_payload_bytes = self.table.ledger();
        self.ledger.stream_bytes = self.above.tally;
        for sum in self.ledger.check() {
            self.notes.add(Note::with(NoteKind::LedgerBroken, Origin::default(), sum));
        }
        let model = self.above.correlator.into_model();
        self.notes.merge(self.table.notes().clone());
        self.notes.merge(self.above.notes);
        self.notes.merge(model.notes);
        Ok(Analysis {
            captures: self.captures,
            ledger: self.ledger,
            flows: self.table.flows_seen(),
            fates: self.table.by_fate(),
            totals: model.totals,
            sessions: model.sessions,
            notes: self.notes,
        })
    }

    fn packet(&mut self, packet: &Packet<'_>) {
        let counts = &mut self.ledger.packets;
        counts.read += 1;
        if packet.bytes.len() < packet.original_len as usize {
            self.notes.count(NoteKind::PacketCut, || Origin::of(packet.id));
        }
        let decoded = self.decoder.decode(packet.id, packet.at, packet.link_type, packet.bytes, packet.original_len);
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
            What::Other | What::Fragment | What::Settled(_) => self.table.advance(packet.at, &mut self.above),
            What::Undecodable(why) => {
                self.notes.add_times(Note::new(why, Origin::of(packet.id)), decoded.packets);
                self.table.advance(packet.at, &mut self.above);
            }
        }
    }

    fn hand_out<E>(&mut self, digits: u8, on_event: &mut dyn FnMut(Event, u8) -> Result<(), E>) -> Result<(), E> {
        for event in self.above.correlator.take_events() {
            on_event(event, digits)?;
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
            Protocol::ExchangeStore | Protocol::Gena | Protocol::OtherHttp => {
                self.correlator.other_http(stage, protocol, flow.endpoint(exchange.asker));
            }
        }
    }
}

fn describe(record: &mut CaptureRecord, info: &CaptureInfo) {
    info.format.clone_into(&mut record.format);
    record.link_types = info.link_types.iter().map(|link_type| link::name(*link_type)).collect();
    record.bytes = info.bytes;
    record.time_digits = info.time_digits;
    record.skipped_bytes = info.skipped_bytes;
    record.dropped = info.dropped;
}
