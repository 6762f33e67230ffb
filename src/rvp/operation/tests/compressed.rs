//! Compressed bodies, from the bytes on the wire to their meaning.

use super::*;
use crate::base::address::{Endpoint, PerSide};
use crate::base::fate::Fate;
use crate::base::inflate::testing::{gzip, raw, zlib};
use crate::base::ledger::StreamLedger;
use crate::base::time::Timestamp;
use crate::http::exchange::ExchangeListener;
use crate::http::flow::{Context, HttpFlow};
use crate::http::spare::Spare;
use crate::tcp::event::{FlowEvent, FlowInfo};
use crate::tcp::evidence::Evidence;

/// What a listener hears of one request and its answer on a connection of their own.
#[derive(Default)]
struct Heard(Vec<Exchange>);

impl ExchangeListener for Heard {
    fn wants_body(&mut self, head: &Head, request: Option<&Head>) -> bool {
        wants_body(head, request)
    }

    fn opened(&mut self, _: &FlowInfo, _: &Exchange) {}

    fn ended(&mut self, _: &FlowInfo, exchange: &Exchange, _: &mut Notes) {
        self.0.push(exchange.clone());
    }
}

/// Sends a callback with these header lines and this body, of which the last `cut` bytes don't come, and reads it.
fn from_the_wire(lines: &str, body: &[u8], cut: usize) -> (Operation, Notes) {
    let head = format!("{CALLBACK}\n{lines}Content-Length: {}\n\n", body.len()).replace('\n', "\r\n");
    let endpoint = |port| Endpoint::new([10, 0, 0, 1].into(), port);
    let flow = FlowInfo {
        id: FlowId(0),
        initiator: endpoint(1),
        responder: endpoint(2),
        vlan: 0,
        opened: Timestamp::default(),
        last: Timestamp::default(),
        last_syn: None,
        syns: 1,
        established: true,
        mid_stream: false,
        packets: PerSide { initiator: 1, responder: 1 },
        payload: 0,
        missing: 0,
        unseen: PerSide::default(),
        isn: PerSide::default(),
        opening: Evidence::default(),
    };
    let bytes = [head.as_bytes(), &body[..body.len() - cut]].concat();
    let (at, packet) = (Timestamp::default(), PacketId { capture: 0, number: 1 });
    let mut listener = Heard::default();
    let (mut tally, mut notes) = (StreamLedger::default(), Notes::default());
    let mut spare = Spare::default();
    let mut context =
        Context { limits: &Limits::default(), tally: &mut tally, notes: &mut notes, spare: &mut spare, listener: &mut listener };
    let mut http = HttpFlow::default();
    for event in [FlowEvent::Data { side: Side::Initiator, bytes: &bytes, at, packet }, FlowEvent::Ended { fate: Fate::CaptureEnded, at }] {
        http.event(&flow, event, &mut context);
    }
    let operation = Operation::read(&listener.0[0], &mut Reader::new(Limits::default()), &mut notes);
    (operation, notes)
}

#[test]
fn a_compressed_notification_means_the_same() {
    let (plain, notes) = from_the_wire("", CHANGE.as_bytes(), 0);
    assert!(matches!(plain.request, Content::Notification(_)), "{:?}", plain.request);
    let expected = kinds(&notes);
    for (coding, packed) in [("gzip", gzip(CHANGE.as_bytes())), ("deflate", zlib(CHANGE.as_bytes())), ("deflate", raw(CHANGE.as_bytes()))] {
        let (operation, notes) = from_the_wire(&format!("Content-Encoding: {coding}\n"), &packed, 0);
        assert_eq!(operation, plain, "{coding}");
        assert_eq!(kinds(&notes), expected);
    }
}

#[test]
fn a_cut_compressed_notification_gives_what_stands_before_the_cut() {
    let packed = gzip(CHANGE.as_bytes());
    let (operation, _) = from_the_wire("Content-Encoding: gzip\n", &packed, 20);
    assert!(!operation.request_complete);
    let Content::Notification(notification) = operation.request else { panic!("{:?}", operation.request) };
    let [Item::PropertyChange(change)] = notification.items.as_slice() else { panic!("{notification:?}") };
    assert_eq!(change.from.as_ref(), Some(&Principal::new(BOB)));
    let (operation, _) = from_the_wire("Content-Encoding: gzip\n", &packed, packed.len() - 12);
    assert_eq!(operation.request, Content::Unreadable);
}

#[test]
fn what_cannot_be_expanded_is_unreadable() {
    for coding in ["br", "gzip"] {
        let (operation, notes) = from_the_wire(&format!("Content-Encoding: {coding}\n"), CHANGE.as_bytes(), 0);
        assert_eq!(operation.request, Content::Unreadable, "{coding}");
        assert_eq!(notes.of(NoteKind::ContentCodingUnreadable), 1);
    }
}
