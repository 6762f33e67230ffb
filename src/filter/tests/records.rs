//! One record of each sort, and which of them a filter wants.

use crate::analysis::finding::{Certainty, Finding, Severity};
use crate::analysis::rules;
use crate::base::address::Endpoint;
use crate::base::fate::{Unreachable, UnreachableReason};
use crate::base::origin::{Origin, Packed, PacketId};
use crate::base::time::{Span, Timestamp};
use crate::filter::{Filter, Record, Subject};
use crate::rvp::method::Method;
use crate::rvp::presence::State;
use crate::rvp::principal::Principal;
use crate::rvp::subscription::NotificationType;
use crate::session::callback::{CallbackAttempt, LateAnswer, Outcome};
use crate::session::event::{Detail, Event, EventKind, Tone};
use crate::session::model::{About, ChatMessage, Delivery, MessageKind, PresenceChange, Session, SessionId, Subscription, SubscriptionEnd};
use crate::session::polling::{Confidence, PollCycle, Spread};
use std::sync::{Arc, LazyLock};

/// The records, all of one session.
pub(super) struct Records {
    session: Session,
    event: Event,
    callback: CallbackAttempt,
    message: ChatMessage,
    subscription: Subscription,
    cycle: PollCycle,
    finding: Finding,
}

static RECORDS: LazyLock<Records> = LazyLock::new(records);

/// The initials of the records that `filter` wants, `P` for the cycle: of `SECMBPF` (session, event, callback, message, suBscription, polling,
/// finding).
pub(super) fn wanted(filter: &str) -> String {
    let filter = Filter::parse(filter).unwrap_or_else(|mistake| panic!("{mistake}"));
    let Records { session, event, callback, message, subscription, cycle, finding } = &*RECORDS;
    let list = [
        ('S', Record::Session(session)),
        ('E', Record::Event(event)),
        ('C', Record::Callback(callback)),
        ('M', Record::Message(message)),
        ('B', Record::Subscription(subscription)),
        ('P', Record::Cycle(cycle)),
        ('F', Record::Finding(finding)),
    ];
    let of = |record| Subject { record, session: (!matches!(record, Record::Session(_))).then_some(session) };
    list.into_iter().filter(|(_, record)| filter.matches(&of(*record))).map(|(initial, _)| initial).collect()
}

/// Whether `filter` wants an event that belongs to no session and of which next to nothing is known.
pub(super) fn wants_bare_event(filter: &str) -> bool {
    let event = Event { detail: Detail::default(), session: None, ..RECORDS.event.clone() };
    Filter::parse(filter).unwrap().matches(&Subject { record: Record::Event(&event), session: None })
}

/// 2026-11-22T21:17:00Z, and so many seconds.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(1_795_382_220_000_000_000).after(Span::from_secs(seconds))
}

fn user(name: &str) -> Principal {
    Principal::new(&format!("http://im.example.test/instmsg/aliases/{name}"))
}

fn end(text: &str) -> Endpoint {
    let end: std::net::SocketAddr = text.parse().unwrap();
    Endpoint::new(end.ip(), end.port())
}

fn packets(first: u64, last: u64) -> Origin {
    let mut origin = Origin::default();
    (first..=last).for_each(|number| origin.add(PacketId { capture: 1, number }));
    origin
}

fn records() -> Records {
    let mut session = Session::new(SessionId(3), Some(user("bob")), "10.77.2.10".parse().unwrap(), at(0));
    session.server = Some(end("10.77.1.2:80"));
    session.last = at(600);
    session.presence.push(PresenceChange { at: at(1), state: State::Away });
    session.about = Some(Arc::new(About {
        user_agent: Some("librvp/0.1".into()),
        authentication: Some("NTLM".into()),
        authenticated_as: Some(r"EXAMPLE\bob".into()),
        workstation: Some("PC17".into()),
    }));
    let event = Event {
        id: 7,
        at: at(5),
        kind: EventKind::LogOn,
        session: Some(session.id),
        tone: Tone::Normal,
        who: "bob".into(),
        summary: "logs on, wants callbacks".into(),
        outcome: "200".into(),
        detail: Detail {
            method: Some(Method::Subscribe),
            status: Some(200),
            client: Some(end("10.77.2.10:1025")),
            server: Some(end("10.77.1.2:80")),
            from: Some(user("bob")),
            node: Some(user("bob")),
            subscription: Some("98213".into()),
            call_back: Some("http://10.77.2.10:1080".into()),
            callback: None,
            carries: None,
            took: Some(Span::from_millis(250)),
            hits: 0b10,
        },
        origin: (&packets(10, 12)).into(),
    };
    Records { event, callback: callback(), message: message(), subscription: subscription(), cycle: cycle(), finding: finding(), session }
}

fn callback() -> CallbackAttempt {
    CallbackAttempt {
        at: at(60),
        target: end("10.77.2.10:1080"),
        source: end("10.77.1.2:3333"),
        carries: "message",
        outcome: Outcome::Unreachable,
        status: None,
        attempts: 3,
        reused_connection: Some(false),
        late_answer: Some(LateAnswer { status: 204, after: Span::from_secs(9) }),
        took: Some(Span::from_secs(3)),
        unreachable: Some(Unreachable { from: "10.77.0.1".parse().unwrap(), reason: UnreachableReason::Prohibited, code: 13 }),
        inferred: true,
        answerer: None,
        origin: (&packets(210, 211)).into(),
        hits: 0b100,
    }
}

fn message() -> ChatMessage {
    ChatMessage {
        at: at(61),
        from: Some(user("ana")),
        to: Some(user("bob")),
        kind: MessageKind::Text,
        accepted_status: Some(412),
        delivery: Delivery::Failed,
        conversation: Some("{4EB1-2C}".into()),
        fingerprint: 1,
        answered: None,
        origin: (&packets(200, 212)).into(),
        hits: 0b1,
    }
}

fn subscription() -> Subscription {
    Subscription {
        id: "98213".into(),
        kind: Some(NotificationType::Notify),
        node: user("bob"),
        call_back: Some("http://10.77.2.10:1080".into()),
        at: at(5),
        requested_s: Some(14_400),
        granted_s: Some(300),
        granted_at: Some(at(5)),
        renewals: 2,
        end: SubscriptionEnd::Expired,
        origin: (&packets(10, 12)).into(),
    }
}

fn cycle() -> PollCycle {
    PollCycle {
        signature: "reused-method".into(),
        confidence: Confidence::Likely,
        method: "POLL".into(),
        subscription: Some("98213".into()),
        node: user("bob").as_str().into(),
        first: at(100),
        last: at(500),
        polls: 80,
        period: Some(Span::from_secs(5)),
        jitter: None,
        missed: 2,
        missed_at: Vec::new(),
        bursts: 0,
        burst_list: Vec::new(),
        empty: 70,
        carrying: 9,
        errors: 1,
        not_visible: 0,
        failed: Vec::new(),
        long_polls: 0,
        held: None,
        waited: Some(Spread { median: Span::from_secs(2), max: Span::from_secs(4) }),
        slowest: None,
        messages: 9,
        lost: 3,
        lost_list: Vec::new(),
        doubled: 4,
        doubled_list: Vec::new(),
        requests: 80,
        bytes: 80_000,
        connections: 80,
        failed_callbacks: 0,
        failed_callback_list: Vec::new(),
        origin: packets(300, 400),
    }
}

fn finding() -> Finding {
    let mut origin = packets(200, 201);
    origin.unite(&Packed::of(PacketId { capture: 1, number: 210 }));
    Finding {
        meta: rules::page("RVP103").unwrap(),
        severity: Severity::Warning,
        title: "callback to 10.77.2.10:1080 unreachable".into(),
        session: Some(SessionId(3)),
        at: at(60),
        count: 4,
        origin: (&origin).into(),
        certainty: Certainty::Seen,
        seen: "10.77.0.1 says that it is prohibited.".into(),
        caused_by: Some("RVP107"),
    }
}
