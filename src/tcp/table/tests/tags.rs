//! VLAN tags: what keeps flows apart, and what doesn't.

use super::*;

#[test]
fn vlans_are_kept_apart() {
    let mut rig = Rig::new();
    for vlan in [0, 5] {
        let mut segment = rig.segment(Side::Initiator, "A", 0, 0, b"x");
        segment.vlan = vlan;
        rig.send(&segment);
    }
    assert_eq!(rig.table.flows_seen(), 2);
    rig.finish();
}

/// A SYN of the client with this tag.
fn tagged_syn(rig: &mut Rig, vlan: u64) {
    let mut syn = rig.segment(Side::Initiator, "S", -1, 0, b"");
    syn.vlan = vlan;
    rig.send(&syn);
}

#[test]
fn an_icmp_error_may_have_another_tag_than_the_syn_it_quotes() {
    let mut rig = Rig::new();
    tagged_syn(&mut rig, 9);
    rig.unreachable();
    assert_eq!(rig.finish()[1..], ["0 unreachable 1 at 2"]);
    assert_eq!(rig.table.notes().of(NoteKind::Unplaced), 0);

    let mut rig = Rig::new();
    rig.unreachable();
    tagged_syn(&mut rig, 9);
    assert_eq!(rig.finish()[1..], ["0 unreachable 1 at 2"], "also if it was captured first");

    let mut rig = Rig::new();
    tagged_syn(&mut rig, 9);
    rig.isn.0 = 7;
    rig.unreachable();
    assert_eq!(rig.finish()[1..], ["0 captureended at 1"], "but not if it quotes another SYN");
    assert_eq!(rig.table.notes().of(NoteKind::Unplaced), 1);
}

#[test]
fn an_icmp_error_is_about_the_syn_with_its_own_tag_first() {
    let mut rig = Rig::new();
    for vlan in [9, 0] {
        tagged_syn(&mut rig, vlan);
    }
    rig.unreachable();
    assert_eq!(rig.finish()[2..], ["0 captureended at 1", "1 unreachable 1 at 3"]);

    let mut rig = Rig::new();
    for vlan in [9, 5] {
        tagged_syn(&mut rig, vlan);
    }
    rig.unreachable();
    assert_eq!(rig.finish()[2..], ["0 unreachable 1 at 3", "1 unreachable 1 at 3"], "one connection, captured twice");
}

#[test]
fn only_so_many_tags_are_tried() {
    let mut rig = Rig::with(Limits { vlans: 1, ..Limits::default() });
    tagged_syn(&mut rig, 5);
    rig.port = 1001;
    tagged_syn(&mut rig, 9);
    rig.unreachable();
    rig.port = 40_000;
    rig.unreachable();
    assert_eq!(rig.finish()[2..], ["0 unreachable 1 at 4", "1 captureended at 2"]);
    assert_eq!(rig.table.notes().of(NoteKind::Unplaced), 1);
}

/// Sends a segment with this tag. `at`, `ack` and `flags` are those of [`Rig::client`] and [`Rig::server`].
fn tagged(rig: &mut Rig, vlan: u16, from: Side, flags: &str, (at, ack): (i64, i64), payload: &[u8]) {
    let mut segment = rig.segment(from, flags, at, ack, payload);
    segment.vlan = vlan.into();
    rig.send(&segment);
}

/// Tag, sender, flags, its number and the one it acknowledges, payload.
type Packet = (u16, Side, &'static str, (i64, i64), &'static [u8]);

/// A whole conversation, of which each direction has its own tag: 5 from the client, 0 from the server.
const HALVES: [Packet; 8] = [
    (5, Side::Initiator, "S", (-1, 0), b""),
    (0, Side::Responder, "SA", (-1, 0), b""),
    (5, Side::Initiator, "A", (0, 0), b""),
    (5, Side::Initiator, "A", (0, 0), b"ask"),
    (0, Side::Responder, "A", (0, 3), b"answer"),
    (5, Side::Initiator, "FA", (3, 6), b""),
    (0, Side::Responder, "FA", (6, 4), b""),
    (5, Side::Initiator, "A", (4, 7), b""),
];

fn play(order: impl IntoIterator<Item = usize>, turned: bool) -> (Rig, Vec<String>) {
    let mut rig = Rig::new();
    for at in order {
        let (vlan, from, flags, numbers, payload) = HALVES[at];
        tagged(&mut rig, if turned { 5 - vlan } else { vlan }, from, flags, numbers, payload);
    }
    let told = rig.finish();
    let told = told.iter().map(|line| line.split('#').next().unwrap().trim_end().to_owned()).collect();
    (rig, told)
}

#[test]
fn tags_in_one_direction_only_make_one_flow() {
    let expected =
        ["0 opened 40000 -> 80", "0 established", "0 I \"ask\"", "0 R \"answer\"", "0 I closed", "0 R closed", "0 finished at 7"];
    for turned in [false, true] {
        let (rig, told) = play(0..8, turned);
        assert_eq!(told, expected);
        assert_eq!(rig.table.notes().iter().count(), 0);
        assert_eq!((rig.table.ledger().missing, rig.table.ledger().duplicate), (0, 0));
        rig.table.places.check();
        assert_eq!(rig.table.places.sizes().0, 0, "both keys are gone");
        // SYN and SYN-ACK in the wrong order.
        assert_eq!(play([1, 0, 2, 3, 4, 5, 6, 7], turned).1, expected);
    }
}

#[test]
fn tags_in_one_direction_only_of_a_flow_whose_beginning_was_not_captured() {
    let opened = ["0 opened 40000 -> 80", "0 established"];
    let closed = ["0 R \"answer\"", "0 I closed", "0 R closed"];
    for (from, asked, end) in
        [(2, ["0 I \"ask\""].as_slice(), "0 finished at 5"), (3, &["0 I \"ask\""], "0 finished at 4"), (4, &[], "0 finished at 3")]
    {
        assert_eq!(play(from..8, false).1, [&opened, asked, &closed, &[end]].concat(), "from {from} on");
    }
}

#[test]
fn a_refusal_may_lack_the_tag_of_its_syn() {
    for order in [[0, 1], [1, 0]] {
        let mut rig = Rig::new();
        for packet in order {
            if packet == 0 {
                tagged(&mut rig, 5, Side::Initiator, "S", (-1, 0), b"");
            } else {
                tagged(&mut rig, 0, Side::Responder, "RA", (0, 0), b"");
            }
        }
        assert_eq!(rig.finish(), ["0 opened 40000 -> 80", "0 refused at 2"], "{order:?}");
    }
}

#[test]
fn another_connection_on_the_same_ports_is_found_by_both_tags() {
    let mut rig = Rig::new();
    for isn in [10, 90_000] {
        rig.isn = (isn, isn + 5);
        for (vlan, from, flags, numbers, payload) in HALVES {
            tagged(&mut rig, vlan, from, flags, numbers, payload);
        }
    }
    let told = rig.finish();
    assert_eq!(told.len(), 14);
    assert_eq!((rig.table.flows_seen(), rig.table.by_fate().finished), (2, 2), "{told:?}");
}

#[test]
fn two_tags_that_both_show_both_directions_stay_two_flows() {
    // A router's port shows each packet twice: before and behind it.
    let mut rig = Rig::new();
    for (_, from, flags, numbers, payload) in HALVES {
        for vlan in if from == Side::Initiator { [5, 6] } else { [6, 5] } {
            tagged(&mut rig, vlan, from, flags, numbers, payload);
        }
    }
    rig.finish();
    assert_eq!((rig.table.flows_seen(), rig.table.by_fate().finished), (2, 2));
    assert_eq!(rig.table.ledger().duplicate, 0);
}

#[test]
fn only_what_acknowledges_just_what_was_seen_is_the_other_half() {
    for (numbers, same) in [((6, 3), true), ((6, 0), true), ((6, 2), true), ((6, 4), false), ((6, -1), false), ((6, 900_000), false)] {
        let mut rig = Rig::new();
        tagged(&mut rig, 5, Side::Initiator, "S", (-1, 0), b"");
        tagged(&mut rig, 5, Side::Initiator, "A", (0, 0), b"ask");
        tagged(&mut rig, 0, Side::Responder, "A", numbers, b"more");
        assert_eq!(rig.table.flows_seen(), if same { 1 } else { 2 }, "{numbers:?}");
        rig.finish();
    }
    // Nor a third tag, once both sides were seen.
    let mut rig = Rig::new();
    for (vlan, from) in [(5, Side::Initiator), (0, Side::Responder), (7, Side::Responder)] {
        tagged(&mut rig, vlan, from, "A", (0, 0), b"");
    }
    assert_eq!(rig.table.flows_seen(), 2);
    rig.finish();
}
