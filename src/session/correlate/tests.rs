//! Tests of the correlator: small stories told exchange by exchange, and what it makes of them.
//!
//! A [`Story`] has a clock of seconds. Each request begins a second later than what came before it, and its answer another second later.

mod callbacks;
mod challenges;
mod facts;
mod keeping;
mod messages;
mod requests;
mod words;

use super::*;
use crate::base::address::{PerSide, Side};
use crate::base::fate::{Unreachable, UnreachableReason};
use crate::base::origin::{Origin, PacketId};
use crate::base::time::Span;
use crate::http::exchange::{Body, Completeness, Exchange, ExchangeEnd, Framing, Message};
use crate::http::head::{Head, StartLine};
use crate::rvp::identify::identify;
use crate::rvp::operation::Reader;

const SERVER: &str = "10.0.0.2:80";
const ALICE_AT: &str = "10.0.1.5:1040";
const BOB_AT: &str = "10.0.1.6:1040";
const ALICE_LISTENS: &str = "10.0.1.5:3127";
const BOB_LISTENS: &str = "10.0.1.6:3127";
/// Where the server's own connections come from.
const CALLER: &str = "10.0.0.2:2050";
const ALICE: &str = "http://im.example.test/instmsg/aliases/alice";
const BOB: &str = "http://im.example.test/instmsg/aliases/bob";

fn endpoint(text: &str) -> Endpoint {
    let address: std::net::SocketAddr = text.parse().unwrap();
    Endpoint::new(address.ip(), address.port())
}

fn second(second: i64) -> Timestamp {
    Timestamp::default().after(Span::from_secs(second))
}

/// A capture as it unfolds.
#[derive(Default)]
struct Story {
    correlator: Correlator,
    clock: i64,
    packets: u64,
    flows: u64,
    /// What rules were told of requests.
    requests: Vec<String>,
}

impl Story {
    fn with(limits: Limits) -> Self {
        Self { correlator: Correlator::new(limits), ..Self::default() }
    }

    fn tick(&mut self) -> (Timestamp, Origin) {
        self.clock += 1;
        self.packets += 1;
        (second(self.clock), Origin::of(PacketId { capture: 0, number: self.packets }))
    }

    /// A connection that comes up with one SYN.
    fn connection(&mut self, from: &str, to: &str) -> FlowInfo {
        let (at, opening) = self.tick();
        self.flows += 1;
        FlowInfo {
            id: FlowId(self.flows),
            initiator: endpoint(from),
            responder: endpoint(to),
            vlan: 0,
            opened: at,
            last: at,
            last_syn: Some(at),
            syns: 1,
            established: true,
            mid_stream: false,
            payload: 0,
            missing: 0,
            unseen: PerSide::default(),
            packets: PerSide { initiator: 3, responder: 3 },
            isn: PerSide::default(),
            opening: opening.into(),
        }
    }

    fn close(&mut self, flow: &FlowInfo) {
        let (at, _) = self.tick();
        self.correlator.flow_ended(flow, Fate::Finished, at, true);
    }

    /// A connection that ended so without a byte.
    fn byteless(&mut self, from: &str, to: &str, fate: Fate) {
        let mut flow = self.connection(from, to);
        let answers = u64::from(fate == Fate::Refused);
        if !matches!(fate, Fate::Finished | Fate::Reset) {
            flow.established = false;
            flow.packets = PerSide { initiator: 1, responder: answers };
        }
        let (at, _) = self.tick();
        self.correlator.flow_ended(&flow, fate, at, false);
    }

    fn hand(&mut self, flow: &FlowInfo, exchange: &Exchange) {
        let head = |message: &Option<Box<Message>>| message.as_ref().map(|message| message.head.clone());
        let protocol = identify(head(&exchange.request).as_ref(), head(&exchange.response).as_ref());
        if exchange.end.is_some() {
            let operation = Operation::read(exchange, &mut Reader::new(Limits::default()), &mut Notes::default());
            let request = self.correlator.ended(&Outline::of(exchange, flow, protocol, &operation, &[]), &operation);
            self.requests.extend(request.map(|request| format!("{request:?}")));
        } else {
            self.correlator
                .opened(&Opening::of(exchange, flow, protocol), &Operation::opening(exchange, &mut Reader::new(Limits::default())));
        }
    }

    /// A request that waits for its answer.
    fn open(&mut self, flow: &FlowInfo, request: &str) -> Exchange {
        let (at, origin) = self.tick();
        let exchange = Exchange {
            flow: flow.id,
            ordinal: 0,
            asker: Side::Initiator,
            request: Some(Box::new(message(request, at, origin))),
            interim: Vec::new(),
            response: None,
            asker_closed: None,
            answered_otherwise: None,
            answerer_closed: None,
            reset: None,
            end: None,
        };
        self.hand(flow, &exchange);
        exchange
    }

    /// The answer to a request that waited.
    fn answer(&mut self, flow: &FlowInfo, mut exchange: Exchange, answer: &str) {
        let (at, origin) = self.tick();
        exchange.response = Some(Box::new(message(answer, at, origin)));
        exchange.end = Some(ExchangeEnd::Answered);
        self.hand(flow, &exchange);
    }

    /// The end of a request without an answer.
    fn no_answer(&mut self, flow: &FlowInfo, mut exchange: Exchange, end: ExchangeEnd) {
        self.tick();
        exchange.end = Some(end);
        self.hand(flow, &exchange);
    }

    fn ask_on(&mut self, flow: &FlowInfo, request: &str, answer: &str) {
        let exchange = self.open(flow, request);
        self.answer(flow, exchange, answer);
    }

    /// A request and its answer on a connection of their own.
    fn ask(&mut self, from: &str, to: &str, request: &str, answer: &str) {
        let flow = self.connection(from, to);
        self.ask_on(&flow, request, answer);
        self.close(&flow);
    }

    /// A request on a connection of its own that ended without an answer.
    fn ask_in_vain(&mut self, from: &str, to: &str, request: &str, end: ExchangeEnd) {
        let flow = self.connection(from, to);
        let exchange = self.open(&flow, request);
        self.no_answer(&flow, exchange, end);
        self.close(&flow);
    }

    /// Alice and Bob log on and say where they listen.
    fn both_log_on(&mut self) {
        self.ask(ALICE_AT, SERVER, &log_on("alice", ALICE_LISTENS), &granted("1001", 14_000));
        self.ask(BOB_AT, SERVER, &log_on("bob", BOB_LISTENS), &granted("1002", 14_000));
    }

    fn end(mut self) -> (Model, Vec<Event>) {
        let end = second(self.clock);
        self.correlator.finish(end);
        let events = self.correlator.take_events();
        (self.correlator.into_model(), events)
    }
}

/// A message from its start line, its header lines and, behind an empty line, its body.
fn message(text: &str, at: Timestamp, origin: Origin) -> Message {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap();
    let mut head = Head::new(if let Some(status) = first.strip_prefix("HTTP/1.1 ") {
        StartLine::Response { minor: 1, status: status[..3].parse().unwrap(), reason: "" }
    } else {
        let mut words = first.splitn(3, ' ');
        StartLine::Request { method: words.next().unwrap(), target: words.next().unwrap(), minor: words.next().map(|_| 1) }
    });
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        head.add(name, value.trim().as_bytes());
    }
    let length = body.len() as u64;
    Message {
        head,
        body: Body { framing: Framing::Length(length), bytes: body.as_bytes().to_vec(), left_out: false, seen: length, missing: 0 },
        completeness: Completeness::Complete,
        first: at,
        last: at,
        origin,
    }
}

/// A request of `user` about the node of `node`, with further header lines.
fn request(method: &str, user: &str, node: &str, fields: &str) -> String {
    format!(
        "{method} /instmsg/aliases/{node} HTTP/1.1\nHost: im.example.test\nRVP-Notifications-Version: 0.2\nRVP-From-Principal: http://im.example.test/instmsg/aliases/{user}{fields}"
    )
}

fn log_on(user: &str, call_back: &str) -> String {
    let fields = format!("\nNotification-Type: pragma/notify\nSubscription-Lifetime: 14000\nCall-Back: http://{call_back}");
    request("SUBSCRIBE", user, user, &fields)
}

fn granted(id: &str, seconds: u64) -> String {
    format!("HTTP/1.1 200 Successful\nRVP-Notifications-Version: 0.2\nSubscription-Id: {id}\nSubscription-Lifetime: {seconds}")
}

const OK: &str = "HTTP/1.1 200 Successful\nRVP-Notifications-Version: 0.2";
const REFUSED: &str = "HTTP/1.1 412 Precondition Failed\nRVP-Notifications-Version: 0.2";
const CHALLENGE: &str =
    "HTTP/1.1 401 Access Denied\nRVP-Notifications-Version: 0.2\nWWW-Authenticate: NTLM\nWWW-Authenticate: Digest realm=\"x\"";

fn presence(user: &str, state: &str) -> String {
    let body = format!(
        "<?xml version=\"1.0\"?><d:propertyupdate xmlns:d='DAV:' xmlns:r='http://schemas.microsoft.com/rvp/'><d:set><d:prop><r:state><r:leased-value><r:value><r:{state}/></r:value><r:default-value><r:offline/></r:default-value><d:timeout>1200</d:timeout></r:leased-value></r:state></d:prop></d:set></d:propertyupdate>"
    );
    format!("{}\n\n{body}", request("PROPPATCH", user, user, "\nContent-Type: text/xml"))
}

/// The document of a message from one user to another: a MIME part with these header lines and this text.
fn document(from: &str, to: &str, mime: &str, text: &str) -> String {
    let contact = |name: &str| format!("<r:contact><d:href>http://im.example.test/instmsg/aliases/{name}</d:href></r:contact>");
    format!(
        "<?xml version=\"1.0\"?><r:notification xmlns:d='DAV:' xmlns:r='http://schemas.microsoft.com/rvp/'><r:message><r:notification-from>{}</r:notification-from><r:notification-to>{}</r:notification-to><r:msgbody><r:mime-data><![CDATA[MIME-Version: 1.0\r\n{mime}\r\nSession-Id: {{1}}\r\n\r\n{text}]]></r:mime-data></r:msgbody></r:message></r:notification>",
        contact(from),
        contact(to)
    )
}

fn text_message(from: &str, to: &str, text: &str) -> String {
    document(from, to, "Content-Type: text/plain; charset=UTF-8", text)
}

/// A NOTIFY of a client to its server.
fn sends(from: &str, to: &str, document: &str) -> String {
    format!("{}\n\n{document}", request("NOTIFY", from, to, "\nRVP-Hop-Count: 1\nContent-Type: text/xml"))
}

/// A NOTIFY of a server to a client.
fn calls_back(document: &str) -> String {
    format!(
        "NOTIFY / HTTP/1.1\nHost: client\nRVP-Notifications-Version: 0.2\nRVP-Hop-Count: 2\nRVP-From-Principal: im.example.test\nContent-Type: text/xml\n\n{document}"
    )
}

/// What `user` sees of a change of presence.
fn change_of(user: &str, watcher: &str, state: &str) -> String {
    let contact = |name: &str| format!("<r:contact><d:href>http://im.example.test/instmsg/aliases/{name}</d:href></r:contact>");
    format!(
        "<?xml version=\"1.0\"?><r:notification xmlns:d='DAV:' xmlns:r='http://schemas.microsoft.com/rvp/'><r:propnotification><r:notification-from>{}</r:notification-from><r:notification-to>{}</r:notification-to><d:propertyupdate><d:set><d:prop><r:state><r:{state}/></r:state></d:prop></d:set></d:propertyupdate></r:propnotification></r:notification>",
        contact(user),
        contact(watcher)
    )
}

const UNREACHABLE: Fate =
    Fate::Unreachable(Unreachable { from: IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 9, 1)), reason: UnreachableReason::Host, code: 1 });

/// The session of `principal`, which must be the only one.
fn session_of<'m>(model: &'m Model, principal: &str) -> &'m Session {
    let wanted = Principal::new(principal);
    let mut found = model.sessions.iter().filter(|session| session.principal.as_ref() == Some(&wanted));
    let session = found.next().expect(principal);
    assert!(found.next().is_none(), "one session of {principal}");
    session
}

/// The events of this kind.
fn of_kind(events: &[Event], kind: EventKind) -> Vec<&Event> {
    events.iter().filter(|event| event.kind == kind).collect()
}

/// The numbers of the packets that an event cites.
fn packets(event: &Event) -> Vec<u64> {
    event.origin.ranges().flat_map(|range| range.first..=range.last).collect()
}
