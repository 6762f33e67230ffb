//! The second stage: the flows of one shard, with their HTTP, and what it means in RVP.

use crate::base::address::Endpoint;
use crate::base::fate::Fate;
use crate::base::hashed::Map;
use crate::base::ledger::StreamLedger;
use crate::base::limits::Limits;
use crate::base::note::Notes;
use crate::base::time::Timestamp;
use crate::http::exchange::{Exchange, ExchangeListener};
use crate::http::flow::{Context, HttpFlow};
use crate::http::head::Head;
use crate::http::spare::Spare;
use crate::pipeline::crew;
use crate::pipeline::intake::{Batch, Incoming, SHARDS};
use crate::pipeline::{Course, Events, Wanted};
use crate::rvp::identify::{Protocol, identify};
use crate::rvp::operation::{self, Operation, Reader};
use crate::session::correlate::{Correlator, Opening};
use crate::session::fact::Fact;
use crate::session::outline::Outline;
use crate::session::transcript::{self, Transcript};
use crate::settings::Signature;
use crate::tcp::event::{Cause, FlowEvent, FlowId, FlowInfo, FlowListener, Interest};
use crate::tcp::table::FlowTable;

/// Something for the correlator, and where it stands among all that the shards tell: the packet that made it certain, and how.
#[derive(Clone, Copy)]
pub(super) struct Told {
    pub(super) place: (u64, Cause),
    what: What,
}

/// What it is; the number is its place among those of its kind.
#[derive(Clone, Copy)]
enum What {
    /// An exchange has begun that is RVP's, or may be.
    Opened(usize),
    /// It is over.
    Ended(usize),
    /// An exchange of something else is over, which its asker began.
    OtherHttp(Protocol, Endpoint),
    /// A flow is over.
    Flow(usize),
}

/// What shards tell of a batch.
#[derive(Default)]
pub(super) struct Tale {
    told: Vec<Told>,
    opened: Vec<(Opening, Operation)>,
    ended: Vec<(Outline, Operation)>,
    /// What was said in those that ended, where that is wanted.
    said: Vec<Transcript>,
    /// Whether HTTP was spoken on the flow comes last.
    flows: Vec<(FlowInfo, Fate, Timestamp, bool)>,
}

/// So many things of a kind a tale keeps room for: about as many as a batch of packets can bring.
const ROOM: usize = 4096;

impl crew::Made for Tale {
    fn empty(&mut self) {
        self.told.clear();
        self.opened.clear();
        self.ended.clear();
        self.said.clear();
        self.flows.clear();
        // Many flows may be over at once, which comes rarely.
        self.told.shrink_to(ROOM);
        self.flows.shrink_to(ROOM);
    }
}

impl Told {
    /// After how many packets it was certain.
    pub(super) const fn packets(&self) -> u64 {
        self.place.0.saturating_add(1)
    }
}

impl Tale {
    /// What is told, and where it stands.
    pub(super) fn told(&self) -> &[Told] {
        &self.told
    }

    /// Hands one of what is told to the correlator. Gives what rules are told of a request.
    pub(super) fn tell(&self, told: Told, correlator: &mut Correlator) -> Option<Fact<'_>> {
        match told.what {
            What::Opened(number) => {
                let (opening, operation) = self.opened.get(number)?;
                correlator.opened(opening, operation);
            }
            What::Ended(number) => {
                let (outline, operation) = self.ended.get(number)?;
                return correlator.ended(outline, operation);
            }
            What::OtherHttp(protocol, asker) => correlator.other_http(protocol, asker),
            What::Flow(number) => {
                let (flow, fate, at, http) = self.flows.get(number)?;
                correlator.flow_ended(flow, *fate, *at, *http);
            }
        }
        None
    }

    /// What was said in the exchange that ended, if one did and it is wanted.
    pub(super) fn transcript(&self, told: Told) -> Option<&Transcript> {
        match told.what {
            What::Ended(number) => self.said.get(number),
            _ => None,
        }
    }

    fn add(&mut self, cause: Cause, what: What) {
        // Which packet made it certain is found out when the batch is through.
        self.told.push(Told { place: (0, cause), what });
    }
}

/// Shards that go together: so many that each thread has some, and few enough that handing batches around costs nothing.
pub(super) struct Group(pub(super) Vec<Shard>);

impl Group {
    /// All shards, for so many threads.
    pub(super) fn all(course: &Course) -> Vec<Self> {
        let threads = course.threads.get();
        let size = (SHARDS / threads.saturating_mul(2).next_power_of_two()).max(1);
        let mut shards = (0..SHARDS).map(|number| Shard::new(number, course));
        std::iter::from_fn(|| Some(Self(shards.by_ref().take(size).collect())).filter(|group| !group.0.is_empty())).collect()
    }
}

impl crew::Shard<Batch> for Group {
    type Made = Tale;

    fn take(&mut self, batch: &Batch, tale: &mut Tale) {
        for shard in &mut self.0 {
            shard.take(batch, tale);
        }
        for one in &mut tale.told {
            one.place.0 = match one.place.1 {
                Cause::Packet(_, nth) => nth,
                // What time alone made certain is made so by the first packet behind the deadline, whichever shard that is for.
                Cause::Deadline(deadline, _) => batch.first_after(deadline),
                Cause::End(_) => u64::MAX,
            };
        }
    }
}

/// One shard.
pub(super) struct Shard {
    number: usize,
    table: FlowTable<HttpFlow>,
    above: Above,
}

impl Shard {
    /// One of [`SHARDS`], with its share of the ceilings.
    pub(super) fn new(number: usize, course: &Course) -> Self {
        let limits = course.limits.share(SHARDS);
        let above = Above {
            limits,
            reader: Reader::new(limits),
            signatures: course.settings.signatures.clone(),
            wanted: Wanted { events: Events::None, ..course.wanted.clone() },
            tally: StreamLedger::default(),
            notes: Notes::default(),
            spare: Spare::default(),
            begun: Map::default(),
            cause: Cause::Packet(Timestamp::MIN, 0),
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
    /// Takes a batch, and adds what it tells to `tale`.
    fn take(&mut self, batch: &Batch, tale: &mut Tale) {
        let Self { number, table, above } = self;
        let mut above = Telling { above, tale };
        for (moment, incoming) in batch.of(*number) {
            match incoming {
                Incoming::Segment(segment) => table.segment(&segment, moment, &mut above),
                Incoming::Error(error) => table.icmp(error, moment, &mut above),
                Incoming::Nothing => table.advance(moment, &mut above),
            }
        }
        if let Some((end, bound)) = batch.end() {
            table.finish_before(bound, end, &mut above);
        }
    }
}

/// What stands above TCP.
struct Above {
    limits: Limits,
    reader: Reader,
    /// Requests are held against these signatures of polls.
    signatures: Vec<Signature>,
    wanted: Wanted,
    tally: StreamLedger,
    notes: Notes,
    spare: Spare,
    /// What was read of the exchanges that are open: no more than requests are kept.
    begun: Map<(FlowId, u32), Operation>,
    cause: Cause,
}

/// The same with the tale to which it adds.
struct Telling<'a> {
    above: &'a mut Above,
    tale: &'a mut Tale,
}

impl FlowListener for Telling<'_> {
    type State = HttpFlow;

    #[inline]
    fn turn(&mut self, cause: Cause) {
        self.above.cause = cause;
        self.above.notes.at(cause.place());
    }

    fn flow_event(&mut self, flow: &FlowInfo, state: &mut HttpFlow, event: FlowEvent<'_>) -> Interest {
        let Self { above: Above { limits, reader, signatures, wanted, tally, notes, spare, begun, cause }, tale } = self;
        let mut meaning = Meaning { reader, signatures, wanted, begun, cause: *cause, tale };
        let interest = state.event(flow, event, &mut Context { limits, tally, notes, spare, listener: &mut meaning });
        if let FlowEvent::Ended { fate, at } = event {
            tale.add(*cause, What::Flow(tale.flows.len()));
            tale.flows.push((flow.clone(), fate, at, state.is_http()));
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
    wanted: &'a Wanted,
    begun: &'a mut Map<(FlowId, u32), Operation>,
    cause: Cause,
    tale: &'a mut Tale,
}

impl ExchangeListener for Meaning<'_> {
    fn wants_body(&mut self, head: &Head, request: Option<&Head>) -> bool {
        operation::wants_body(head, request)
    }

    fn opened(&mut self, flow: &FlowInfo, exchange: &Exchange) {
        let protocol = protocol(exchange);
        if may_be_rvp(protocol, exchange) {
            self.tale.add(self.cause, What::Opened(self.tale.opened.len()));
            let operation = Operation::opening(exchange, self.reader);
            if exchange.request.is_some() {
                self.begun.insert((flow.id, exchange.ordinal), operation.clone());
            }
            self.tale.opened.push((Opening::of(exchange, flow, protocol), operation));
        }
    }

    fn ended(&mut self, flow: &FlowInfo, exchange: &Exchange, notes: &mut Notes) {
        let protocol = protocol(exchange);
        let begun = exchange.request.as_ref().and_then(|_| self.begun.remove(&(flow.id, exchange.ordinal)));
        if may_be_rvp(protocol, exchange) {
            let begun = begun.unwrap_or_else(|| Operation::opening(exchange, self.reader));
            let operation = begun.read_on(exchange, self.reader, notes);
            let mut outline = Outline::of(exchange, flow, protocol, &operation, self.signatures);
            if let Some(search) = &self.wanted.search {
                outline.hits = transcript::hits(exchange, search);
            }
            if let Some(secrets) = self.wanted.transcripts {
                let hits = outline.hits;
                self.tale.said.push(Transcript { hits, ..Transcript::of(exchange, flow, secrets) });
            }
            self.tale.add(self.cause, What::Ended(self.tale.ended.len()));
            self.tale.ended.push((outline, operation));
        } else {
            self.tale.add(self.cause, What::OtherHttp(protocol, flow.endpoint(exchange.asker)));
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
