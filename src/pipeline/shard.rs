//! The second stage: the flows of one shard, with their HTTP, and what it means in RVP.

use crate::base::address::Endpoint;
use crate::base::fate::Fate;
use crate::base::ledger::StreamLedger;
use crate::base::limits::Limits;
use crate::base::note::Notes;
use crate::base::time::Timestamp;
use crate::http::exchange::{Exchange, ExchangeListener};
use crate::http::flow::{Context, HttpFlow};
use crate::http::head::Head;
use crate::pipeline::crew;
use crate::pipeline::intake::{Batch, Incoming, SHARDS};
use crate::rvp::identify::{Protocol, identify};
use crate::rvp::operation::{self, Operation, Reader};
use crate::session::correlate::{Correlator, Opening};
use crate::session::outline::Outline;
use crate::settings::Signature;
use crate::tcp::event::{Cause, FlowEvent, FlowInfo, FlowListener, Interest};
use crate::tcp::table::FlowTable;

/// Something for the correlator, and where it stands among all that the shards tell: the packet that made it certain, and how.
pub(super) struct Told {
    pub(super) place: (u64, Cause),
    what: What,
}

/// What it is.
enum What {
    /// An exchange has begun that is RVP's, or may be.
    Opened(Box<(Opening, Operation)>),
    /// It is over.
    Ended(Box<(Outline, Operation)>),
    /// An exchange of something else is over, which its asker began.
    OtherHttp(Protocol, Endpoint),
    /// A flow is over; whether HTTP was spoken on it.
    Flow(Box<FlowInfo>, Fate, Timestamp, bool),
}

impl Told {
    /// After how many packets it was certain.
    pub(super) const fn packets(&self) -> u64 {
        self.place.0.saturating_add(1)
    }

    /// Hands it to the correlator.
    pub(super) fn tell(&self, correlator: &mut Correlator) {
        match &self.what {
            What::Opened(told) => correlator.opened(&told.0, &told.1),
            What::Ended(told) => correlator.ended(&told.0, &told.1),
            What::OtherHttp(protocol, asker) => correlator.other_http(*protocol, *asker),
            What::Flow(flow, fate, at, http) => correlator.flow_ended(flow, *fate, *at, *http),
        }
    }
}

/// Shards that go together: so many that each thread has some, and few enough that handing batches around costs nothing.
pub(super) struct Group(pub(super) Vec<Shard>);

impl Group {
    /// All shards, for so many threads.
    pub(super) fn all(threads: usize, limits: &Limits, signatures: &[Signature]) -> Vec<Self> {
        let size = (SHARDS / threads.saturating_mul(2).next_power_of_two()).max(1);
        let mut shards = (0..SHARDS).map(|number| Shard::new(number, limits, signatures));
        std::iter::from_fn(|| Some(Self(shards.by_ref().take(size).collect())).filter(|group| !group.0.is_empty())).collect()
    }
}

impl crew::Shard<Batch> for Group {
    type Made = Vec<Told>;

    fn take(&mut self, batch: &Batch) -> Vec<Told> {
        let mut told = Vec::new();
        for shard in &mut self.0 {
            shard.take(batch, &mut told);
        }
        told
    }
}

/// One shard.
pub(super) struct Shard {
    number: usize,
    table: FlowTable<HttpFlow>,
    above: Above,
}

impl Shard {
    /// One of [`SHARDS`], with its share of the ceilings. Requests are held against `signatures` of polls.
    pub(super) fn new(number: usize, limits: &Limits, signatures: &[Signature]) -> Self {
        let limits = limits.share(SHARDS);
        let above = Above {
            limits,
            reader: Reader::new(limits),
            signatures: signatures.to_vec(),
            tally: StreamLedger::default(),
            notes: Notes::default(),
            cause: Cause::Packet(Timestamp::MIN, 0),
            told: Vec::new(),
        };
        Self { number, table: FlowTable::new(limits), above }
    }

    /// The flows, with what became of their bytes.
    pub(super) const fn table(&self) -> &FlowTable<HttpFlow> {
        &self.table
    }

    /// What became of the bytes above TCP.
    pub(super) const fn tally(&self) -> StreamLedger {
        self.above.tally
    }

    /// What was odd, in all layers.
    pub(super) fn notes(&self) -> Notes {
        let mut notes = self.table.notes().clone();
        notes.merge(self.above.notes.clone());
        notes
    }
}

impl Shard {
    /// Takes a batch, and adds what it tells to `all`.
    fn take(&mut self, batch: &Batch, all: &mut Vec<Told>) {
        let Self { number, table, above } = self;
        for (moment, incoming) in batch.of(*number) {
            match incoming {
                Incoming::Segment(segment) => table.segment(&segment, moment, above),
                Incoming::Error(error) => table.icmp(error, moment, above),
                Incoming::Nothing => table.advance(moment, above),
            }
        }
        if let Some(end) = batch.end() {
            table.finish(end, above);
        }
        for one in &mut above.told {
            one.place.0 = match one.place.1 {
                Cause::Packet(_, nth) => nth,
                // What time alone made certain is made so by the first packet behind the deadline, whichever shard that is for.
                Cause::Deadline(deadline, _) => batch.first_after(deadline),
                Cause::End(_) => u64::MAX,
            };
        }
        all.append(&mut above.told);
    }
}

/// What stands above TCP.
struct Above {
    limits: Limits,
    reader: Reader,
    signatures: Vec<Signature>,
    tally: StreamLedger,
    notes: Notes,
    cause: Cause,
    told: Vec<Told>,
}

impl FlowListener for Above {
    type State = HttpFlow;

    fn turn(&mut self, cause: Cause) {
        self.cause = cause;
        self.notes.at(cause.place());
    }

    fn flow_event(&mut self, flow: &FlowInfo, state: &mut HttpFlow, event: FlowEvent<'_>) -> Interest {
        let Self { limits, reader, signatures, tally, notes, cause, told } = self;
        let mut reading = Notes::default();
        reading.at(cause.place());
        let mut meaning = Meaning { reader, signatures, notes: &mut reading, cause: *cause, told };
        let interest = state.event(flow, event, &mut Context { limits, tally, notes, listener: &mut meaning });
        notes.merge(reading);
        if let FlowEvent::Ended { fate, at } = event {
            let what = What::Flow(Box::new(flow.clone()), fate, at, state.is_http());
            told.push(Told { place: (0, *cause), what });
        }
        interest
    }

    fn is_waiting(state: &HttpFlow) -> bool {
        state.is_waiting()
    }
}

/// From exchanges to operations.
struct Meaning<'a> {
    reader: &'a mut Reader,
    signatures: &'a [Signature],
    notes: &'a mut Notes,
    cause: Cause,
    told: &'a mut Vec<Told>,
}

impl Meaning<'_> {
    fn tell(&mut self, what: What) {
        self.told.push(Told { place: (0, self.cause), what });
    }
}

impl ExchangeListener for Meaning<'_> {
    fn wants_body(&mut self, head: &Head, request: Option<&Head>) -> bool {
        operation::wants_body(head, request)
    }

    fn opened(&mut self, flow: &FlowInfo, exchange: &Exchange) {
        let protocol = protocol(exchange);
        if may_be_rvp(protocol, exchange) {
            let operation = Operation::opening(exchange);
            self.tell(What::Opened(Box::new((Opening::of(exchange, flow, protocol), operation))));
        }
    }

    fn ended(&mut self, flow: &FlowInfo, exchange: Exchange) {
        let protocol = protocol(&exchange);
        if may_be_rvp(protocol, &exchange) {
            let operation = Operation::read(&exchange, self.reader, self.notes);
            let outline = Outline::of(&exchange, flow, protocol, &operation, self.signatures);
            self.tell(What::Ended(Box::new((outline, operation))));
        } else {
            self.tell(What::OtherHttp(protocol, flow.endpoint(exchange.asker)));
        }
    }
}

fn protocol(exchange: &Exchange) -> Protocol {
    identify(exchange.request.as_ref().map(|request| &request.head), exchange.response.as_ref().map(|response| &response.head))
}

/// An answer without its request may be one of RVP's although it doesn't say so: some clients' answers to callbacks say nothing.
fn may_be_rvp(protocol: Protocol, exchange: &Exchange) -> bool {
    matches!(protocol, Protocol::Rvp | Protocol::Undetermined) || exchange.request.is_none()
}
