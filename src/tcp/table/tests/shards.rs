//! Several tables, each with its part of the flows, tell what a single one tells.

use super::*;
use crate::tcp::clock::{Clock, Moment};
use crate::tcp::event::Cause;
use crate::tcp::shard::shard_of;

/// Everything that is told, with its cause.
#[derive(Default)]
struct Diary {
    cause: Option<Cause>,
    entries: Vec<(Cause, String)>,
}

/// Whether a flow waits for an answer.
#[derive(Default)]
struct Waits(bool);

impl FlowListener for Diary {
    type State = Waits;

    fn turn(&mut self, cause: Cause) {
        self.cause = Some(cause);
    }

    fn flow_event(&mut self, flow: &FlowInfo, waits: &mut Waits, event: FlowEvent<'_>) -> Interest {
        waits.0 = matches!(event, FlowEvent::Data { side: Side::Initiator, .. });
        self.entries.push((self.cause.unwrap(), format!("{event:?} of {flow:?}")));
        Interest::Bytes
    }

    fn is_waiting(waits: &Waits) -> bool {
        waits.0
    }
}

/// Tables and what they told.
struct Tables {
    shards: Vec<(FlowTable<Waits>, Diary)>,
    clock: Clock,
    moments: Vec<Moment>,
}

impl Tables {
    fn new(shards: usize, limits: Limits) -> Self {
        Self { shards: (0..shards).map(|_| (FlowTable::new(limits), Diary::default())).collect(), clock: Clock::default(), moments: vec![] }
    }

    fn take(&mut self, (segment, icmp): &(Segment<'static>, bool), packet: PacketId, leap: Span) {
        let moment = self.clock.tell(segment.at, leap);
        let shard = shard_of(segment.source, segment.destination, self.shards.len());
        let (table, diary) = &mut self.shards[shard];
        if *icmp {
            let Segment { at, source, destination, seq, .. } = *segment;
            let unreachable = Some((crate::base::fate::UnreachableReason::Port, 3));
            let error = IcmpError { packet, at, from: source.ip, source, destination, vlan: 0, seq, unreachable };
            table.icmp(&error, moment, diary);
        } else {
            table.segment(&Segment { packet, ..*segment }, moment, diary);
        }
        let tells = self.moments.last().is_some_and(|last| last.doubted);
        self.moments.push(moment);
        if tells {
            self.end_batch();
        }
    }

    fn end_batch(&mut self) {
        if let Some(moment) = self.moments.last() {
            self.shards.iter_mut().for_each(|(table, diary)| table.advance(*moment, diary));
        }
    }

    /// What was told in the order of one table, the sums, and the notes.
    fn finish(mut self) -> (Vec<String>, Vec<u64>, Notes) {
        self.end_batch();
        let (mut entries, mut notes, mut sums) = (vec![], Notes::default(), vec![0; 9]);
        for (mut table, mut diary) in self.shards {
            table.finish(self.clock.end(), &mut diary);
            entries.append(&mut diary.entries);
            notes.merge(table.notes().clone());
            let ledger = table.ledger();
            let mut parts = vec![table.flows_seen(), ledger.captured, ledger.delivered, ledger.duplicate, ledger.discarded, ledger.missing];
            parts.extend([table.by_fate().finished, table.by_fate().idle, table.by_fate().reset]);
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
        }
        self.moments.push(Moment { nth: self.moments.len() as u64, now: Timestamp::MAX, doubted: false });
        let place = |cause: &Cause| match cause {
            Cause::Deadline(deadline, _) => self.moments.partition_point(|moment| moment.now <= *deadline) as u64,
            Cause::Packet(_, nth) => *nth,
            Cause::End(_) => u64::MAX,
        };
        entries.sort_by_key(|(cause, _)| (place(cause), *cause));
        (entries.into_iter().map(|(_, entry)| entry).collect(), sums, notes)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: Some(Box::new(FileFailurePersistence::Off)), ..ProptestConfig::with_cases(400) })]

    #[test]
    fn several_tables_tell_what_one_tells(
        packets in prop::collection::vec(garbage(), 0..300),
        batch in 1..100_usize,
        idle in prop_oneof![Just(3600), Just(10)],
    ) {
        let limits = Limits { idle: Span::from_secs(idle), ..Limits::default() };
        let mut one = Tables::new(1, limits);
        let mut several = Tables::new(4, limits);
        for (number, packet) in packets.iter().enumerate() {
            let id = PacketId { capture: 0, number: number as u64 };
            one.take(packet, id, limits.leap);
            several.take(packet, id, limits.leap);
            if number % batch == 0 {
                several.end_batch();
            }
        }
        let (one, several) = (one.finish(), several.finish());
        prop_assert_eq!(one.1, several.1);
        prop_assert_eq!(one.2, several.2);
        prop_assert_eq!(one.0, several.0);
    }
}
