//! The first stage: packets in their order, decoded, and sorted into batches by the shard that takes them.

use crate::analysis::CaptureRecord;
use crate::base::ledger::PacketLedger;
use crate::base::limits::Limits;
use crate::base::note::{Note, NoteKind, Notes};
use crate::base::origin::Origin;
use crate::base::time::Timestamp;
use crate::capture::{Damage, Packet, PacketSource, Step};
use crate::net::{Class, Decoder, IcmpError, Segment, What};
use crate::pipeline::crew::Source;
use crate::tcp::clock::{Clock, Moment};
use crate::tcp::shard::shard_of;
use std::ops::Range;

/// Payload bytes of a batch: enough that handing it on costs nothing, few enough that it stays in a processor's own cache.
const BATCH_BYTES: usize = 512 << 10;

/// Packets of a batch, where they carry little.
const BATCH_PACKETS: usize = 4096;

/// How many logical shards there are. More threads than that find nothing to do in the second stage. It is the same on all machines, for each
/// shard has its own share of the ceilings.
pub(super) const SHARDS: usize = 16;

/// Packets in a row, as the shards want them.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The payloads.
    bytes: Vec<u8>,
    /// What is for each shard.
    shards: Vec<Vec<Item>>,
    /// The number of its first packet.
    first: u64,
    /// What time it was at each of its packets.
    times: Vec<Timestamp>,
    /// From which packet on times are shown with so many digits after the second.
    digits: Vec<(u64, u8)>,
    /// When the capture ended, if this is its end.
    end: Option<Timestamp>,
}

/// Something for a shard.
#[derive(Debug)]
struct Item {
    moment: Moment,
    what: ItemKind,
}

#[derive(Debug)]
enum ItemKind {
    /// A segment without its payload, and where that is.
    Segment(Segment<'static>, Range<u32>),
    Error(IcmpError),
    /// Only that moment.
    Nothing,
}

/// Something for a shard, whole again.
pub(super) enum Incoming<'a> {
    Segment(Segment<'a>),
    Error(&'a IcmpError),
    /// Only that moment: nothing for this shard, but the time has to be told.
    Nothing,
}

impl Batch {
    fn clear(&mut self) {
        self.bytes.clear();
        self.shards.resize_with(SHARDS, Vec::new);
        self.shards.iter_mut().for_each(Vec::clear);
        self.times.clear();
        self.digits.clear();
        self.end = None;
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= BATCH_BYTES || self.times.len() >= BATCH_PACKETS
    }

    /// What is for a shard, in order.
    pub(super) fn of(&self, shard: usize) -> impl Iterator<Item = (Moment, Incoming<'_>)> {
        self.shards.get(shard).into_iter().flatten().map(|item| {
            let what = match &item.what {
                ItemKind::Segment(segment, place) => {
                    let payload = self.bytes.get(place.start as usize..place.end as usize).unwrap_or_default();
                    Incoming::Segment(Segment { payload, ..*segment })
                }
                ItemKind::Error(error) => Incoming::Error(error),
                ItemKind::Nothing => Incoming::Nothing,
            };
            (item.moment, what)
        })
    }

    /// When the capture ended, if this is its end.
    pub(super) const fn end(&self) -> Option<Timestamp> {
        self.end
    }

    /// The number of the first packet after `deadline`; that of the first packet of all that are still to come, if none here is.
    pub(super) fn first_after(&self, deadline: Timestamp) -> u64 {
        self.first + self.times.partition_point(|now| *now <= deadline) as u64
    }

    /// How many digits after the second are shown at that packet.
    pub(super) fn digits_at(&self, packet: u64) -> u8 {
        let place = self.digits.partition_point(|(from, _)| *from <= packet);
        place.checked_sub(1).and_then(|place| self.digits.get(place)).map_or(0, |(_, digits)| *digits)
    }

    fn keep(&mut self, shard: usize, moment: Moment, what: ItemKind) {
        if let Some(items) = self.shards.get_mut(shard) {
            items.push(Item { moment, what });
        }
    }

    /// Tells all shards what time it is.
    fn keep_time(&mut self, moment: Moment) {
        for items in &mut self.shards {
            items.push(Item { moment, what: ItemKind::Nothing });
        }
    }

    fn keep_segment(&mut self, moment: Moment, segment: &Segment<'_>) {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(segment.payload);
        let place = start..self.bytes.len() as u32;
        let shard = shard_of(segment.source, segment.destination, SHARDS);
        self.keep(shard, moment, ItemKind::Segment(Segment { payload: &[], ..*segment }, place));
    }
}

/// Reads and decodes. What it counts is complete with the last batch.
pub(super) struct Intake<'a> {
    source: &'a mut (dyn PacketSource + Send),
    decoder: Decoder,
    clock: Clock,
    limits: Limits,
    /// When the packet before was seen.
    latest: Timestamp,
    /// The moment of the packet before.
    last: Option<Moment>,
    pub(super) ledger: PacketLedger,
    pub(super) notes: Notes,
    pub(super) captures: Vec<CaptureRecord>,
}

impl<'a> Intake<'a> {
    /// Reads captures from `source` that are called `paths`.
    pub(super) fn new(paths: &[String], source: &'a mut (dyn PacketSource + Send), limits: Limits) -> Self {
        Self {
            source,
            decoder: Decoder::new(&limits),
            clock: Clock::default(),
            limits,
            latest: Timestamp::default(),
            last: None,
            ledger: PacketLedger::default(),
            notes: Notes::default(),
            captures: paths.iter().map(|path| CaptureRecord { path: path.clone(), ..CaptureRecord::default() }).collect(),
        }
    }

    fn damage(&mut self, damage: &Damage) {
        let Some(record) = self.captures.get_mut(damage.capture as usize) else { return };
        record.damaged_places += 1;
        if record.damage.len() < self.limits.damaged_places {
            record.damage.push(damage.to_string());
        }
    }

    /// How many digits after the second the times have, as far as the captures were read.
    fn digits(&self) -> u8 {
        self.source.infos().iter().map(|info| info.time_digits).max().unwrap_or_default()
    }

    /// Takes the packet at which the source stands.
    fn packet(&mut self, batch: &mut Batch) {
        let digits = self.digits();
        let Self { source, decoder, clock, limits, latest, last, ledger, notes, captures } = self;
        let Some(packet) = source.packet() else { return };
        let at = arrived(&packet, latest, captures, notes);
        let moment = clock.tell(at, limits.leap);
        if batch.digits.last().is_none_or(|(_, before)| *before != digits) {
            batch.digits.push((moment.nth, digits));
        }
        // The end of a doubt matters to all flows.
        if last.is_some_and(|last| last.doubted && !moment.doubted) {
            batch.keep_time(moment);
        }
        *last = Some(moment);
        notes.at((moment.now, moment.nth));
        take(&packet, (moment, at), decoder, batch, (ledger, notes));
    }

    fn end(&mut self, batch: &mut Batch) {
        let (incomplete, notes) = self.decoder.finish();
        self.ledger.undecodable += incomplete;
        self.notes.merge(notes);
        for (record, info) in self.captures.iter_mut().zip(self.source.infos()) {
            super::describe(record, info);
        }
        batch.end = Some(self.clock.end());
    }
}

impl Source for Intake<'_> {
    type Batch = Batch;

    fn fill(&mut self, batch: &mut Batch) -> bool {
        batch.clear();
        batch.first = self.last.map_or(0, |last| last.nth + 1);
        batch.digits.push((batch.first, self.digits()));
        let mut more = true;
        while more && !batch.is_full() {
            match self.source.advance() {
                Step::Packet => self.packet(batch),
                Step::Damage(damage) => self.damage(&damage),
                Step::End => {
                    self.end(batch);
                    more = false;
                }
            }
            if self.source.may_wait() {
                break;
            }
        }
        // So that what is over by now is told with this batch.
        if let Some(last) = self.last {
            batch.keep_time(last);
        }
        more
    }
}

/// Takes note of a packet. Answers when it was seen: what has no time was captured after what stands before it.
fn arrived(packet: &Packet<'_>, latest: &mut Timestamp, captures: &mut [CaptureRecord], notes: &mut Notes) -> Timestamp {
    if let Some(record) = captures.get_mut(packet.id.capture as usize) {
        record.packets += 1;
        record.first = record.first.into_iter().chain(packet.at).min();
        record.last = record.last.max(packet.at);
    }
    if packet.bytes.len() < packet.original_len as usize {
        notes.count(NoteKind::PacketCut, || Origin::of(packet.id));
    }
    let at = packet.at.unwrap_or(*latest);
    *latest = at;
    at
}

/// Decodes a packet, counts it, and keeps what is for a shard.
fn take(
    packet: &Packet<'_>,
    (moment, at): (Moment, Timestamp),
    decoder: &mut Decoder,
    batch: &mut Batch,
    (ledger, notes): (&mut PacketLedger, &mut Notes),
) {
    ledger.read += 1;
    batch.times.push(moment.now);
    let Some(link_type) = packet.link_type else {
        ledger.other += 1;
        return;
    };
    let found = decoder.decode(packet.id, at, link_type, packet.bytes, packet.original_len);
    match found.what.class() {
        Some(Class::Tcp) => ledger.tcp += found.packets,
        Some(Class::IcmpAboutTcp) => ledger.icmp_about_tcp += found.packets,
        Some(Class::Other) => ledger.other += found.packets,
        Some(Class::Undecodable) => ledger.undecodable += found.packets,
        None => {}
    }
    match found.what {
        What::Tcp(segment) => batch.keep_segment(moment, &segment),
        What::IcmpAboutTcp(error) => {
            batch.keep(shard_of(error.source, error.destination, SHARDS), moment, ItemKind::Error(error));
        }
        What::Undecodable(why) => notes.add_times(Note::new(why, Origin::of(packet.id)), found.packets),
        What::Other | What::Fragment | What::Settled(_) => {}
    }
}
