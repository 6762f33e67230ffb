//! The work on the hot path, one piece at a time: decoding, reassembly, heads, XML, and a whole analysis.
//!
//! `cargo bench` times all of them. `benches/instructions.sh` counts their instructions, which are the same in every run: it calls this program
//! with a kernel and a number of rounds. The packets are those of the stories in `captures/`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that panics has failed"
)]

use rvpscope::base::address::{Endpoint, PerSide, Side};
use rvpscope::base::ledger::StreamLedger;
use rvpscope::base::limits::Limits;
use rvpscope::base::note::Notes;
use rvpscope::base::origin::{Packed, PacketId};
use rvpscope::base::time::{Span, Timestamp};
use rvpscope::capture::file::CaptureFile;
use rvpscope::capture::{Packet, PacketSource, Step};
use rvpscope::filter::{Filter, Record, Subject};
use rvpscope::http::exchange::{Exchange, ExchangeListener};
use rvpscope::http::flow::{Context, HttpFlow};
use rvpscope::http::head::Head;
use rvpscope::http::spare::Spare;
use rvpscope::net::{Decoder, What};
use rvpscope::pipeline::{self, Course, Wanted};
use rvpscope::rvp::method::Method;
use rvpscope::rvp::principal::Principal;
use rvpscope::rvp::xml;
use rvpscope::session::callback::Outcome;
use rvpscope::session::event::{Detail, Event, EventKind, Tone};
use rvpscope::session::model::{Session, SessionId};
use rvpscope::settings::Settings;
use rvpscope::tcp::clock::Clock;
use rvpscope::tcp::event::{FlowEvent, FlowId, FlowInfo, FlowListener, Interest};
use rvpscope::tcp::evidence::Evidence;
use rvpscope::tcp::table::FlowTable;
use std::convert::Infallible;
use std::hint::black_box;
use std::io::Cursor;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// A kernel: its name, what it is counted in, and one round of it, which says how many of those it did.
type Kernel = (&'static str, &'static str, fn(&[u8]) -> u64);

const KERNELS: &[Kernel] = &[
    ("decode", "packet", decode),
    ("reassembly", "packet", reassembly),
    ("heads", "exchange", heads),
    ("xml", "byte", xml),
    ("analysis", "packet", analysis),
    ("filter", "event", filter),
    ("words", "event", words),
];

fn main() {
    let capture = capture();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [name, rounds] = arguments.as_slice() {
        let (_, unit, kernel) = KERNELS.iter().find(|(known, ..)| known == name).expect("there is no such kernel");
        let rounds: u64 = rounds.parse().expect("how many rounds?");
        let units: u64 = (0..rounds).map(|_| kernel(&capture)).sum();
        println!("{units} {unit}");
        return;
    }
    for (name, unit, kernel) in KERNELS {
        kernel(&capture);
        let start = Instant::now();
        let mut units = 0;
        while start.elapsed() < Duration::from_secs(1) {
            units += kernel(&capture);
        }
        println!("{name:<12} {:>8.1} ns per {unit}", start.elapsed().as_nanos() as f64 / units as f64);
    }
}

/// The packets of the stories in one capture, again and again, each time more than an hour later: what a file costs by itself does not count then,
/// and no packet is taken for a copy of another.
fn capture() -> Vec<u8> {
    const HEADER: usize = 24;
    const LATER: u32 = 5000;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let mut stories: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path().join("capture.pcap")).collect();
    stories.sort();
    let stories: Vec<Vec<u8>> = stories.iter().filter_map(|path| std::fs::read(path).ok()).collect();
    let header = stories.first().and_then(|story| story.get(..HEADER)).unwrap();
    let mut capture = header.to_vec();
    for round in 0..10 {
        for story in stories.iter().filter(|story| story.starts_with(header)) {
            let mut rest = &story[HEADER..];
            while let Some((record, behind)) = rest.split_first_chunk::<16>() {
                let [seconds, _, length, _] = [0, 4, 8, 12].map(|at| u32::from_le_bytes(record[at..at + 4].try_into().unwrap()));
                capture.extend((seconds + round * LATER).to_le_bytes());
                capture.extend(&record[4..]);
                let (packet, next) = behind.split_at(length as usize);
                capture.extend(packet);
                rest = next;
            }
        }
    }
    capture
}

/// Hands each packet of the capture to `take`; answers how many there are.
fn packets(capture: &[u8], mut take: impl FnMut(&Packet<'_>)) -> u64 {
    let mut count = 0;
    let mut file = CaptureFile::new(Box::new(Cursor::new(capture.to_vec())), 0, &Limits::default()).unwrap();
    while file.advance() == Step::Packet {
        take(&file.packet().unwrap());
        count += 1;
    }
    count
}

fn decode(capture: &[u8]) -> u64 {
    let mut decoder = Decoder::new(&Limits::default());
    packets(capture, |packet| {
        black_box(decoder.decode(
            packet.id,
            packet.at.unwrap_or_default(),
            packet.link_type.unwrap_or(1),
            packet.bytes,
            packet.original_len,
        ));
    })
}

/// Looks at the bytes, and no more.
struct Reader;

impl FlowListener for Reader {
    type State = ();

    fn flow_event(&mut self, _: &FlowInfo, (): &mut (), event: FlowEvent<'_>) -> Interest {
        black_box(event);
        Interest::Bytes
    }

    fn is_waiting((): &()) -> bool {
        false
    }
}

/// Decoding is part of it.
fn reassembly(capture: &[u8]) -> u64 {
    let limits = Limits::default();
    let mut decoder = Decoder::new(&limits);
    let mut table = FlowTable::new(limits);
    let mut clock = Clock::default();
    let count = packets(capture, |packet| {
        let at = packet.at.unwrap_or_default();
        let moment = clock.tell(at, limits.leap);
        let found = decoder.decode(packet.id, at, packet.link_type.unwrap_or(1), packet.bytes, packet.original_len);
        if let What::Tcp(segment) = found.what {
            table.segment(&segment, moment, &mut Reader);
        }
    });
    table.finish(clock.end(), &mut Reader);
    count
}

/// A request and an answer as real clients and servers write them, without bodies.
const HEADS: [&str; 2] = [
    "SUBSCRIBE /instmsg/aliases/bob HTTP/1.1\r\nHost: im.example.test\r\nNotification-Type: pragma/notify\r\nSubscription-Lifetime: 14400\r\n\
     Call-Back: http://192.0.2.7:4711\r\nRVP-Notifications-Version: 0.2\r\nRVP-From-Principal: http://im.example.test/instmsg/aliases/bob\r\n\
     User-Agent: Messenger/4.6\r\n\r\n",
    "HTTP/1.1 200 Successful\r\nServer: Microsoft-IIS/5.0\r\nDate: Wed, 22 Nov 2000 21:14:16 GMT\r\nSubscription-Lifetime: 14400\r\n\
     Subscription-Id: 98213\r\nRVP-Notifications-Version: 0.2\r\nContent-Length: 0\r\n\r\n",
];

/// Takes exchanges and drops them.
struct Taker(u64);

impl ExchangeListener for Taker {
    fn wants_body(&mut self, _: &Head, _: Option<&Head>) -> bool {
        true
    }

    fn opened(&mut self, _: &FlowInfo, _: &Exchange) {}

    fn ended(&mut self, _: &FlowInfo, exchange: &Exchange, _: &mut Notes) {
        black_box(exchange);
        self.0 += 1;
    }
}

fn heads(_: &[u8]) -> u64 {
    let limits = Limits::default();
    let flow = flow();
    let (mut tally, mut notes, mut spare, mut taker) = (StreamLedger::default(), Notes::default(), Spare::default(), Taker(0));
    let mut http = HttpFlow::default();
    for number in 0..1000 {
        for (side, text) in [Side::Initiator, Side::Responder].into_iter().zip(HEADS) {
            let packet = PacketId { capture: 0, number };
            let event = FlowEvent::Data { side, bytes: text.as_bytes(), at: Timestamp::from_nanos(number as i64), packet };
            let context = Context { limits: &limits, tally: &mut tally, notes: &mut notes, spare: &mut spare, listener: &mut taker };
            http.event(&flow, event, &mut { context });
        }
    }
    taker.0
}

fn flow() -> FlowInfo {
    let endpoint = |last, port| Endpoint::new([192, 0, 2, last].into(), port);
    FlowInfo {
        id: FlowId(0),
        initiator: endpoint(7, 1025),
        responder: endpoint(1, 80),
        vlan: 0,
        opened: Timestamp::default(),
        last: Timestamp::default(),
        last_syn: None,
        syns: 1,
        established: true,
        mid_stream: false,
        packets: PerSide::default(),
        payload: 0,
        missing: 0,
        unseen: PerSide::default(),
        isn: PerSide::default(),
        opening: Evidence::default(),
    }
}

/// What the answer to a PROPFIND looks like, with so many properties.
fn multistatus() -> String {
    let propstat = "<d:propstat><d:prop><r:state><r:leased-value><r:value><r:online/></r:value><r:default-value><r:offline/></r:default-value>\
                    <d:timeout>1200</d:timeout></r:leased-value></r:state><d:displayname>Bob &amp; Co</d:displayname></d:prop>\
                    <d:status>HTTP/1.1 200 OK</d:status></d:propstat>";
    let response = format!("<d:response><d:href>http://im.example.test/instmsg/aliases/bob</d:href>{propstat}</d:response>\r\n");
    format!(
        "<?xml version=\"1.0\"?>\r\n<d:multistatus xmlns:d=\"DAV:\" xmlns:r=\"http://schemas.microsoft.com/rvp/\">{}</d:multistatus>",
        response.repeat(4)
    )
}

fn xml(_: &[u8]) -> u64 {
    let limits = Limits::default();
    let text = multistatus();
    let mut reader = xml::Reader::default();
    for _ in 0..100 {
        black_box(reader.read(black_box(&text), &limits));
    }
    100 * text.len() as u64
}

fn analysis(capture: &[u8]) -> u64 {
    let limits = Limits::default();
    let course = Course { limits, settings: Settings::shipped(), threads: NonZeroUsize::MIN, wanted: Wanted::default() };
    let mut file = CaptureFile::new(Box::new(Cursor::new(capture.to_vec())), 0, &limits).unwrap();
    let analysis = pipeline::run(&["stories".to_owned()], &mut file, &course, &mut |update, _| {
        black_box(update);
        Ok::<(), Infallible>(())
    });
    analysis.unwrap().ledger.packets.read
}

/// As many events as the largest capture of issue 6 has messages, of a hundred sessions.
static EVENTS: LazyLock<(Vec<Session>, Vec<Event>)> = LazyLock::new(|| {
    const EVENTS: u64 = 768_000;
    let principal = |user: u32| Principal::new(&format!("http://im.example.test/instmsg/aliases/user{user}"));
    let end = |address: [u8; 4], port| Endpoint::new(address.into(), port);
    let sessions: Vec<Session> = (1..=100)
        .map(|id| {
            let mut session = Session::new(SessionId(id), Some(principal(id)), [10, 77, 2, id as u8].into(), Timestamp::default());
            session.server = Some(end([10, 77, 1, 2], 80));
            session
        })
        .collect();
    let event = |id: u64| {
        let user = (id % 100) as u32 + 1;
        let callback = id.is_multiple_of(2);
        let client = end([10, 77, 2, user as u8], 1080);
        Event {
            id,
            at: Timestamp::from_nanos(id as i64 * 1_000_000),
            kind: if callback { EventKind::Callback } else { EventKind::Message },
            session: Some(SessionId(user)),
            tone: Tone::Normal,
            who: format!("user{user}"),
            summary: format!("to user{}: \"Shall we meet at {id}?\"", user % 7),
            outcome: "200 after 1.4 ms".to_owned(),
            detail: Detail {
                method: Some(Method::Notify),
                status: Some(200 + (id % 300) as u16),
                client: Some(client),
                server: Some(end([10, 77, 1, 2], 80)),
                from: Some(principal(user)),
                node: Some(principal(user % 7)),
                callback: callback.then_some(if id.is_multiple_of(3) { Outcome::Refused } else { Outcome::Delivered }),
                carries: callback.then_some("message"),
                took: Some(Span::from_nanos((id % 5000) as i64 * 1_000_000)),
                ..Detail::default()
            },
            origin: Packed::of(PacketId { capture: 0, number: id * 2 }),
        }
    };
    (sessions, (1..=EVENTS).map(event).collect())
});

/// How many events there are, after each was asked for.
fn ask(expression: &str) -> u64 {
    let (sessions, events) = &*EVENTS;
    let filter = Filter::parse(expression).unwrap();
    let session = |event: &Event| event.session.and_then(|id| sessions.get(id.0 as usize - 1));
    let wanted = events.iter().filter(|event| filter.matches(&Subject { record: Record::Event(event), session: session(event) })).count();
    assert!(wanted > 0);
    events.len() as u64
}

/// Three fields, which most events have and which nothing cheaper rules out.
fn filter(_: &[u8]) -> u64 {
    ask("client in 10.77.0.0/16 and latency < 4s and (principal = user7 or status >= 210)")
}

/// A word in everything that is known of an event, where its captured bytes do not have it.
fn words(_: &[u8]) -> u64 {
    ask("\"meet at 76800\"")
}
