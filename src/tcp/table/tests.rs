//! Many connections: time, ceilings, and random input.

use super::*;
use crate::base::address::{Endpoint, Side};
use crate::base::fate::Fate;
use crate::base::origin::PacketId;
use crate::base::time::Span;
use crate::tcp::clock::Clock;
use crate::tcp::event::{FlowEvent, FlowInfo, Interest};
use crate::tcp::testing::Rig;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

mod shards;
mod tags;

#[test]
fn silent_flows_end_in_the_order_of_their_deadlines() {
    let mut rig = Rig::with(Limits { idle: Span::from_secs(10), ..Limits::default() });
    for port in [1001, 1002, 1003] {
        rig.port = port;
        rig.handshake();
    }
    rig.port = 1001;
    rig.client("A", 0, 0, b"again");
    rig.wait(10_100);
    rig.tick();
    let ended: Vec<_> = rig.told.lines.iter().filter(|line| line.contains("idle")).collect();
    assert_eq!(ended, ["1 idle at 6", "2 idle at 9", "0 idle at 10"]);
    rig.finish();
}

#[test]
fn who_waits_for_an_answer_never_ends_by_time() {
    let mut rig = Rig::with(Limits { idle: Span::from_secs(10), ..Limits::default() });
    rig.told.waits = true;
    rig.handshake();
    rig.client("A", 0, 0, b"ask");
    for _ in 0..5 {
        rig.wait(11_000);
        rig.tick();
    }
    rig.told.waits = false;
    rig.server("A", 0, 3, b"answer");
    assert_eq!(rig.told.lines.len(), 4);
    rig.wait(10_001);
    rig.tick();
    assert_eq!(rig.told.lines[4..], ["0 idle at 55005"]);
    rig.finish();
}

#[test]
fn time_does_not_run_backwards() {
    let mut rig = Rig::with(Limits { idle: Span::from_secs(10), ..Limits::default() });
    rig.wait(100_000);
    rig.handshake();
    rig.wait(-50_000);
    rig.client("A", 0, 0, b"earlier");
    rig.wait(59_000);
    rig.client("A", 7, 0, b"later");
    assert_eq!(rig.table.flows_seen(), 1);
    assert_eq!(rig.finish_one(), ["I \"earlier\" #4", "I \"later\" #5", "captureended at 109005"]);
}

#[test]
fn a_connection_that_opens_after_a_long_silence_is_one() {
    for hours in [2, 12_000] {
        let mut rig = Rig::new();
        rig.handshake();
        rig.wait(hours * 3_600_000);
        rig.port = 1002;
        rig.handshake();
        rig.client("A", 0, 0, b"ask");
        assert_eq!(rig.table.flows_seen(), 2, "after {hours} hours");
        let ended: Vec<_> = rig.finish().into_iter().filter(|line| line.contains(" at ")).collect();
        assert_eq!(ended, ["0 idle at 3".to_owned(), format!("1 captureended at {}", hours * 3_600_000 + 7)]);
    }
}

#[test]
fn a_syn_before_one_more_long_silence_was_unanswered() {
    let mut rig = Rig::new();
    rig.handshake();
    for port in [1002, 1003] {
        rig.wait(36_000_000);
        rig.port = port;
        rig.client("S", -1, 0, b"");
    }
    rig.wait(36_000_000);
    rig.tick();
    assert_eq!(rig.finish()[3..], ["0 idle at 3", "1 unanswered at 36000004", "2 opened 1003 -> 80", "2 unanswered at 72000005"]);
}

#[test]
fn a_damaged_timestamp_does_not_make_a_flow_last() {
    let mut rig = Rig::with(Limits { idle: Span::from_secs(10), ..Limits::default() });
    rig.handshake();
    let mut damaged = rig.segment(Side::Initiator, "A", 0, 0, b"");
    damaged.at = Timestamp::from_nanos(i64::MAX / 2);
    rig.send(&damaged);
    rig.client("A", 0, 0, b"");
    rig.wait(10_001);
    rig.port = 1002;
    rig.client("S", -1, 0, b"");
    assert!(rig.told.lines[2].starts_with("0 idle"), "{:?}", rig.told.lines);
    rig.finish();
}

#[test]
fn the_last_moment_that_can_be_told_is_no_trap() {
    let mut rig = Rig::new();
    rig.told.waits = true;
    rig.handshake();
    rig.client("A", 0, 0, b"ask");
    for nanos in [i64::MAX, i64::MIN, i64::MAX] {
        rig.tick_at(Timestamp::from_nanos(nanos));
    }
    rig.client("A", 3, 0, b" on");
    assert_eq!(rig.finish_one(), ["I \"ask\" #4", "I \" on\" #5", "captureended at 5"]);
}

#[test]
fn at_the_ceiling_the_flow_that_was_silent_longest_is_given_up() {
    let mut rig = Rig::with(Limits { flows: 3, ..Limits::default() });
    for port in [1001, 1002, 1003] {
        rig.port = port;
        rig.handshake();
    }
    rig.port = 1001;
    rig.client("A", 0, 0, b"");
    rig.port = 1004;
    rig.client("S", -1, 0, b"");
    assert_eq!(rig.told.lines[6..], ["1 evicted at 6", "3 opened 1004 -> 80"]);
    assert_eq!(rig.table.notes().of(NoteKind::FlowEvicted), 1);
    assert_eq!(rig.table.places.sizes(), (3, 3));
    rig.finish();
}

#[test]
fn ended_flows_make_room_first() {
    let mut rig = Rig::with(Limits { flows: 2, ..Limits::default() });
    rig.port = 1001;
    rig.handshake();
    rig.port = 1002;
    rig.handshake();
    rig.client("R", 0, 0, b"");
    rig.port = 1003;
    rig.handshake();
    assert_eq!(rig.table.notes().of(NoteKind::FlowEvicted), 0);
    assert_eq!(rig.finish()[4..6], ["1 I reset #7", "1 reset at 7"]);
    assert_eq!(rig.table.by_fate().capture_ended, 2);
}

#[test]
fn refused_flows_make_room_before_open_ones_and_stay_refused() {
    let mut rig = Rig::with(Limits { flows: 2, ..Limits::default() });
    rig.port = 1001;
    rig.handshake();
    rig.port = 1002;
    rig.client("S", -1, 0, b"");
    rig.server("RA", 0, 0, b"");
    rig.port = 1003;
    rig.handshake();
    assert_eq!(rig.told.lines[3..5], ["1 refused at 5", "2 opened 1003 -> 80"]);
    assert_eq!(rig.table.notes().of(NoteKind::FlowEvicted), 0);
    rig.finish();
}

#[test]
fn beyond_the_ceiling_the_flow_that_ended_first_is_forgotten() {
    let mut rig = Rig::with(Limits { ended_flows: 2, ..Limits::default() });
    for port in [1001, 1002, 1003] {
        rig.port = port;
        rig.handshake();
        rig.client("R", 0, 0, b"");
    }
    for port in [1002, 1003, 1001] {
        rig.port = port;
        rig.client("A", 0, 0, b"late");
    }
    assert_eq!((rig.table.flows_seen(), rig.table.ledger().discarded), (4, 8), "what comes late of the first one opens another");
    rig.finish();
}

#[test]
fn the_end_of_the_capture_ends_all_flows_in_order() {
    let mut rig = Rig::new();
    for port in [3, 1, 2] {
        rig.port = port;
        rig.handshake();
    }
    assert_eq!(rig.finish()[6..], ["0 captureended at 3", "1 captureended at 6", "2 captureended at 9"]);
    assert_eq!(rig.table.places.sizes().0, 0);
}

#[test]
fn nothing_is_left_of_flows_that_are_gone() {
    let mut rig = Rig::new();
    for round in 0..50 {
        rig.port = 2000 + round;
        rig.handshake();
        rig.client("FA", 5, 0, b"fgh");
        rig.server("FA", 0, 9, b"");
        rig.client("A", 0, 0, b"abcde");
        rig.wait(10_000);
    }
    assert!(rig.table.places.sizes().1 <= 8, "places are used again");
    rig.finish();
    assert!(rig.table.queues.next(&Limits::default(), counts(&rig.table.places)).is_none());
    assert_eq!(rig.table.accounts.held, 0);
    assert_eq!(rig.table.by_fate().finished, 50);
}

#[test]
fn the_end_of_the_capture_may_come_in_pieces() {
    let mut rig = Rig::new();
    for port in [3, 1, 2] {
        rig.port = port;
        rig.handshake();
    }
    let end = rig.clock.end();
    let bound = FlowId(4);
    rig.table.finish_before(bound, end, &mut rig.told);
    assert_eq!((rig.told.lines[6..].len(), rig.table.places.sizes().0), (2, 1));
    assert_eq!(rig.finish()[6..], ["0 captureended at 3", "1 captureended at 6", "2 captureended at 9"]);
}

/// Checks the order of events that every listener relies on.
#[derive(Default)]
struct Order {
    delivered: u64,
    missing: u64,
    count: bool,
}

/// What a flow has told so far.
#[derive(Default)]
struct Told {
    opened: bool,
    closed: [bool; 2],
    missing: u64,
    ended: bool,
}

impl FlowListener for Order {
    type State = Told;

    fn flow_event(&mut self, flow: &FlowInfo, told: &mut Told, event: FlowEvent<'_>) -> Interest {
        assert!(!told.ended, "{event:?} after the end");
        assert_eq!(told.opened, event != FlowEvent::Opened);
        match event {
            FlowEvent::Opened => told.opened = true,
            FlowEvent::Established => assert!(flow.established),
            FlowEvent::Reset { .. } => {}
            FlowEvent::Data { side, bytes, .. } => {
                assert!(!bytes.is_empty() && !told.closed[side as usize]);
                self.delivered += bytes.len() as u64;
            }
            FlowEvent::Counted { side, len } => {
                assert!(len > 0);
                let _ = side;
                self.delivered += len;
            }
            FlowEvent::Gap { side, len, .. } => {
                assert!(len > 0 && !told.closed[side as usize]);
                self.missing += len;
                told.missing += len;
            }
            FlowEvent::Closed { side, .. } => {
                assert!(!std::mem::replace(&mut told.closed[side as usize], true));
            }
            FlowEvent::Ended { fate, .. } => {
                assert_eq!(fate == Fate::Finished, told.closed == [true; 2]);
                told.ended = true;
            }
        }
        assert_eq!(flow.missing, told.missing);
        if self.count && flow.id.0.is_multiple_of(3) { Interest::Count } else { Interest::Bytes }
    }

    fn is_waiting(told: &Told) -> bool {
        told.closed[0]
    }
}

prop_compose! {
    fn garbage()(
        ports in (0..3_u16, 0..3_u16),
        swap in any::<bool>(),
        seq in prop_oneof![4 => 0..200_u32, 2 => (u32::MAX - 200)..=u32::MAX, 1 => any::<u32>()],
        ack in prop::option::of(prop_oneof![4 => 0..200_u32, 2 => (u32::MAX - 200)..=u32::MAX, 1 => any::<u32>()]),
        flags in prop::collection::vec(prop::bool::weighted(0.1), 3),
        len in prop_oneof![3 => Just(0_usize), 3 => 0..3_usize, 3 => 0..100_usize],
        cut in prop_oneof![8 => Just(0_u32), 1 => 0..100_u32, 1 => any::<u32>()],
        at in prop_oneof![5 => 0..1_000_000_i64, 3 => 0..200_000_000_000_i64, 1 => (0..40_i64).prop_map(|days| days * 1_000_000_000_000)],
        vlan in prop_oneof![5 => Just(0), 1 => Just(5), 1 => Just(6)],
        icmp in prop::bool::weighted(0.05),
        fill in any::<u8>(),
    ) -> (Segment<'static>, bool) {
        const PAYLOAD: [u8; 512] = [7; 512];
        let one = Endpoint::new([10, 0, 0, 1].into(), 79 + ports.0);
        let other = Endpoint::new([10, 0, 0, 1].into(), 79 + ports.1);
        let (source, destination) = if swap { (one, other) } else { (other, one) };
        let payload: &'static [u8] = if fill < 200 { &PAYLOAD[..len] } else { &[9; 100][..len] };
        let segment = Segment {
            packet: PacketId { capture: 0, number: 1 },
            at: Timestamp::from_nanos(at),
            source,
            destination,
            vlan,
            seq,
            ack,
            syn: flags[0],
            fin: flags[1],
            rst: flags[2],
            copy: false,
            payload,
            cut,
        };
        (segment, icmp)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: Some(Box::new(FileFailurePersistence::Off)), ..ProptestConfig::with_cases(400) })]

    /// Whatever comes: no panic, events in a sensible order, one fate for each flow, and sums that hold.
    #[test]
    fn garbage_adds_up(
        packets in prop::collection::vec(garbage(), 0..300),
        low in any::<bool>(),
        count in any::<bool>(),
    ) {
        let limits = if low {
            Limits { flows: 2, ended_flows: 3, reorder_bytes: 300, reorder_bytes_total: 500, overlap_bytes: 64, ..Limits::default() }
        } else {
            Limits::default()
        };
        let mut table = FlowTable::new(limits);
        let mut order = Order { count, ..Order::default() };
        let mut clock = Clock::default();
        let mut captured = 0;
        for (number, (segment, icmp)) in packets.iter().enumerate() {
            let packet = PacketId { capture: 0, number: number as u64 };
            let moment = clock.tell(segment.at, limits.leap);
            if *icmp {
                let error = IcmpError {
                    packet,
                    at: segment.at,
                    from: segment.source.ip,
                    source: segment.source,
                    destination: segment.destination,
                    vlan: 0,
                    seq: segment.seq,
                    unreachable: Some((crate::base::fate::UnreachableReason::Port, 3)),
                };
                table.icmp(&error, moment, &mut order);
            } else {
                captured += segment.payload.len() as u64;
                table.segment(&Segment { packet, ..*segment }, moment, &mut order);
            }
            prop_assert!(table.places.open_flows() <= limits.flows);
            prop_assert!(table.places.sizes().0 <= limits.flows + limits.ended_flows);
            table.places.check();
            prop_assert!(table.accounts.held <= limits.reorder_bytes_total);
        }
        table.finish(clock.end(), &mut order);
        let ledger = table.ledger();
        prop_assert_eq!(ledger.captured, captured);
        prop_assert_eq!(ledger.captured, ledger.delivered + ledger.duplicate + ledger.discarded);
        prop_assert_eq!(ledger.delivered, order.delivered);
        prop_assert!(count || ledger.missing == order.missing);
        prop_assert_eq!(table.accounts.held, 0);
        let fates = table.by_fate();
        let sum = fates.finished + fates.refused + fates.unanswered + fates.unreachable + fates.reset + fates.idle + fates.evicted
            + fates.capture_ended;
        prop_assert_eq!(sum, table.flows_seen());
    }
}

/// What each side said, whatever else was told.
#[derive(Default)]
struct Transcript {
    said: [Vec<u8>; 2],
    fates: Vec<Fate>,
    gaps: u64,
}

impl FlowListener for Transcript {
    type State = ();

    fn flow_event(&mut self, _: &FlowInfo, (): &mut (), event: FlowEvent<'_>) -> Interest {
        match event {
            FlowEvent::Data { side, bytes, .. } => self.said[side as usize].extend(bytes),
            FlowEvent::Gap { len, .. } => self.gaps += len,
            FlowEvent::Ended { fate, .. } => self.fates.push(fate),
            _ => {}
        }
        Interest::Bytes
    }

    fn is_waiting((): &()) -> bool {
        false
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: Some(Box::new(FileFailurePersistence::Off)), ..ProptestConfig::with_cases(400) })]

    /// A conversation stays the same one when it is cut into other segments and when packets change places or come twice, from SYN to FIN.
    #[test]
    fn a_conversation_survives_splitting_reordering_and_duplication(
        turns in prop::collection::vec((any::<bool>(), 1..50_usize), 0..12),
        split in 1..60_usize,
        swaps in prop::collection::vec(0..4_usize, 400),
        twice in prop::collection::vec(prop::bool::weighted(0.2), 400),
        isn in (any::<u32>(), any::<u32>()),
    ) {
        let mut rig = Rig::new();
        rig.isn = isn;
        let mut script: Vec<(Side, &str, i64, i64, Vec<u8>)> = vec![
            (Side::Initiator, "S", -1, 0, vec![]),
            (Side::Responder, "SA", -1, 0, vec![]),
            (Side::Initiator, "A", 0, 0, vec![]),
        ];
        let mut said: [Vec<u8>; 2] = [vec![], vec![]];
        for (number, (from_client, len)) in turns.iter().enumerate() {
            let side = if *from_client { Side::Initiator } else { Side::Responder };
            let bytes = vec![b'a' + number as u8; *len];
            for part in bytes.chunks(split) {
                script.push((side, "A", said[side as usize].len() as i64, said[side.other() as usize].len() as i64, part.to_vec()));
                said[side as usize].extend(part);
            }
        }
        let [client, server] = [said[0].len() as i64, said[1].len() as i64];
        script.push((Side::Initiator, "FA", client, server, vec![]));
        script.push((Side::Responder, "FA", server, client + 1, vec![]));
        script.push((Side::Initiator, "A", client + 1, server + 1, vec![]));
        let mut order: Vec<usize> = (0..script.len()).collect();
        let mut at = 0;
        while at + 1 < order.len() {
            // One packet in four changes places with the next one.
            if swaps[at % swaps.len()] == 0 {
                order.swap(at, at + 1);
                at += 1;
            }
            at += 1;
        }
        let copies = order.iter().enumerate().flat_map(|(at, index)| vec![*index; 1 + usize::from(twice[at % twice.len()])]);
        let mut table = FlowTable::new(Limits::default());
        let mut clock = Clock::default();
        let mut told = Transcript::default();
        for index in copies {
            let (side, flags, at, ack, payload) = &script[index];
            let segment = rig.segment(*side, flags, *at, *ack, payload);
            table.segment(&segment, clock.tell(segment.at, Limits::default().leap), &mut told);
        }
        table.finish(clock.end(), &mut told);
        prop_assert_eq!(told.said, said);
        prop_assert_eq!(told.fates, [Fate::Finished]);
        prop_assert_eq!((told.gaps, table.ledger().missing, table.ledger().discarded), (0, 0, 0));
        prop_assert_eq!(table.notes().iter().count(), 0);
    }
}
