//! What the library reads from a capture below RVP: TCP connections, requests by method, responses by status. For comparisons with other programs,
//! which know nothing of RVP.

use rvpscope::base::ledger::{Ledger, StreamLedger};
use rvpscope::base::limits::Limits;
use rvpscope::base::note::{NoteKind, Notes};
use rvpscope::capture::file::CaptureFile;
use rvpscope::capture::{Packet, PacketSource, Step};
use rvpscope::http::exchange::{Exchange, ExchangeListener};
use rvpscope::http::flow::{Context, HttpFlow};
use rvpscope::http::head::{Head, StartLine};
use rvpscope::http::spare::Spare;
use rvpscope::net::{Class, Decoder, What};
use rvpscope::tcp::clock::Clock;
use rvpscope::tcp::event::{FlowEvent, FlowInfo, FlowListener, Interest};
use rvpscope::tcp::table::FlowTable;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The counts of one capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    /// Requests by method, cut ones included.
    pub(crate) requests: BTreeMap<String, u64>,
    /// Responses by status, interim ones and those without a request included.
    pub(crate) responses: BTreeMap<u16, u64>,
    /// The exchanges, in the order in which they ended.
    pub(crate) exchanges: Vec<Exchange>,
    /// Packets, of whatever kind.
    pub(crate) packets: u64,
    /// TCP connections, and attempts at one.
    pub(crate) flows: u64,
    /// What was odd in TCP and HTTP, by kind.
    pub(crate) notes: BTreeMap<NoteKind, u64>,
}

impl Census {
    /// How many requests there are.
    pub(crate) fn request_count(&self) -> u64 {
        self.requests.values().sum()
    }

    /// How many responses there are.
    pub(crate) fn response_count(&self) -> u64 {
        self.responses.values().sum()
    }

    /// How often `kind` was noted.
    pub(crate) fn noted(&self, kind: NoteKind) -> u64 {
        self.notes.get(&kind).copied().unwrap_or(0)
    }

    /// Requests and responses as `GET:2,POST:1` and `100:1,200:2`; `-` for none.
    pub(crate) fn listing(&self) -> (String, String) {
        let join = |items: Vec<String>| if items.is_empty() { "-".to_owned() } else { items.join(",") };
        let requests = self.requests.iter().map(|(method, count)| format!("{method}:{count}")).collect();
        let responses = self.responses.iter().map(|(status, count)| format!("{status}:{count}")).collect();
        (join(requests), join(responses))
    }
}

/// Reads the capture at `path`, compressed or not. All bodies are read too. Panics if it is no capture, or if packets or bytes don't add up.
pub(crate) fn census(path: &Path) -> Census {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    census_of(Box::new(file), &path.display().to_string())
}

/// Reads a capture that is called `name`.
pub(crate) fn census_of(reader: Box<dyn Read + Send>, name: &str) -> Census {
    let limits = Limits::default();
    let mut source = CaptureFile::new(reader, 0, &limits).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut decoder = Decoder::new(&limits);
    let mut clock = Clock::default();
    let mut table: FlowTable<HttpFlow> = FlowTable::new(limits);
    let mut counter = Counter { limits, ..Counter::default() };
    let mut ledger = Ledger::default();
    loop {
        match source.advance() {
            Step::Packet => take(&source.packet().unwrap(), &mut decoder, &mut clock, &mut table, &mut counter, &mut ledger),
            Step::Damage(_) => {}
            Step::End => break,
        }
    }
    table.finish(clock.end(), &mut counter);
    let (undecodable, odd) = decoder.finish();
    ledger.packets.undecodable += undecodable;
    counter.notes.merge(odd);
    ledger.tcp_payload_bytes = table.ledger();
    ledger.stream_bytes = counter.tally;
    assert_eq!(ledger.check(), [""; 0], "{name}: the sums don't hold");
    let Counter { mut census, mut notes, .. } = counter;
    notes.merge(table.notes().clone());
    census.flows = table.flows_seen();
    census.packets = ledger.packets.read;
    census.notes = notes.iter().map(|(kind, count, _)| (kind, count)).collect();
    census
}

/// The one place where packets are decoded.
fn take(
    packet: &Packet<'_>,
    decoder: &mut Decoder,
    clock: &mut Clock,
    table: &mut FlowTable<HttpFlow>,
    counter: &mut Counter,
    ledger: &mut Ledger,
) {
    let counts = &mut ledger.packets;
    counts.read += 1;
    let at = packet.at.unwrap_or_default();
    let Some(link_type) = packet.link_type else {
        counts.other += 1;
        return;
    };
    let packet_is = decoder.decode(packet.id, at, link_type, packet.bytes, packet.original_len);
    match packet_is.what.class() {
        Some(Class::Tcp) => counts.tcp += packet_is.packets,
        Some(Class::IcmpAboutTcp) => counts.icmp_about_tcp += packet_is.packets,
        Some(Class::Other) => counts.other += packet_is.packets,
        Some(Class::Undecodable) => counts.undecodable += packet_is.packets,
        None => {}
    }
    let moment = clock.tell(at, counter.limits.leap);
    match packet_is.what {
        What::Tcp(segment) => table.segment(&segment, moment, counter),
        What::IcmpAboutTcp(error) => table.icmp(&error, moment, counter),
        What::Other | What::Fragment | What::Settled(_) | What::Undecodable(_) => table.advance(moment, counter),
    }
}

/// Stands above TCP and counts what HTTP hands up.
#[derive(Default)]
struct Counter {
    limits: Limits,
    tally: StreamLedger,
    notes: Notes,
    spare: Spare,
    census: Census,
}

impl FlowListener for Counter {
    type State = HttpFlow;

    fn flow_event(&mut self, flow: &FlowInfo, state: &mut HttpFlow, event: FlowEvent<'_>) -> Interest {
        let Self { limits, tally, notes, spare, census } = self;
        state.event(flow, event, &mut Context { limits, tally, notes, spare, listener: &mut Tally(census) })
    }

    fn is_waiting(state: &HttpFlow) -> bool {
        state.is_waiting()
    }
}

struct Tally<'a>(&'a mut Census);

impl ExchangeListener for Tally<'_> {
    fn wants_body(&mut self, _: &Head, _: Option<&Head>) -> bool {
        true
    }

    fn opened(&mut self, _: &FlowInfo, _: &Exchange) {}

    fn ended(&mut self, _: &FlowInfo, exchange: &Exchange, _: &mut Notes) {
        if let Some(StartLine::Request { method, .. }) = exchange.request.as_ref().map(|request| request.head.start()) {
            *self.0.requests.entry(method.to_owned()).or_default() += 1;
        }
        let last = exchange.response.as_ref().and_then(|response| response.head.status());
        for status in exchange.interim.iter().copied().chain(last) {
            *self.0.responses.entry(status).or_default() += 1;
        }
        self.0.exchanges.push(exchange.clone());
    }
}
