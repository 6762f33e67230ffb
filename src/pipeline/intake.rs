//! The first stage: packets in their order, decoded, and sorted into batches by the shard that takes them.

use crate::analysis::CaptureRecord;
use crate::base::ledger::PacketLedger;
use crate::base::limits::Limits;
use crate::base::note::{Note, NoteKind, Notes};
use crate::base::origin::Origin;
use crate::base::time::Timestamp;
use crate::capture::{CaptureInfo, Damage, Packet, PacketSource, Step};
use crate::net::{Class, Decoder, IcmpError, Segment, What};
use crate::pipeline::crew::Source;
use crate::tcp::clock::{Clock, Moment};
use crate::tcp::event::FlowId;
use crate::tcp::shard::shard_of;

/// Payload bytes of a batch: enough that handing it on costs nothing, few enough that it stays in a processor's own cache.
const BATCH_BYTES: usize = 128 << 10;

/// Packets of a batch, where they carry little.
const BATCH_PACKETS: usize = 2048;

/// How many packets' flows are ended at once at the capture's end, so that what is told of them stays small, too.
const ENDED_AT_ONCE: u64 = 1 << 14;

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
    /// If this is the capture's end: when that was, and below which number flows end now.
    end: Option<(Timestamp, FlowId)>,
}

/// Something for a shard, which came with so many packets of the batch before it.
#[derive(Debug)]
struct Item {
    nth: u32,
    doubted: bool,
    what: ItemKind,
}

#[derive(Debug)]
enum ItemKind {
    /// A segment without its payload, and where that begins and how long it is.
    Segment(Segment<'static>, u32, u32),
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
        self.shards.get(shard).map(Vec::as_slice).unwrap_or_default().iter().map(|item| {
            let now = self.times.get(item.nth as usize).copied().unwrap_or_default();
            let moment = Moment { nth: self.first + u64::from(item.nth), now, doubted: item.doubted };
            let what = match &item.what {
                ItemKind::Segment(segment, start, len) => {
                    let payload = self.bytes.get(*start as usize..).and_then(|rest| rest.get(..*len as usize)).unwrap_or_default();
                    Incoming::Segment(segment.with(payload))
                }
                ItemKind::Error(error) => Incoming::Error(error),
                ItemKind::Nothing => Incoming::Nothing,
            };
            (moment, what)
        })
    }

    /// If this is the capture's end, or a part of it: when that was, and below which number flows end now.
    pub(super) const fn end(&self) -> Option<(Timestamp, FlowId)> {
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

    #[inline]
    fn keep(&mut self, shard: usize, moment: Moment, what: ItemKind) {
        let item = Item { nth: self.nth(moment), doubted: moment.doubted, what };
        if let Some(items) = self.shards.get_mut(shard) {
            items.push(item);
        }
    }

    /// How many packets of the batch come before one of it.
    const fn nth(&self, moment: Moment) -> u32 {
        moment.nth.saturating_sub(self.first) as u32
    }

    /// Takes note of how many digits after the second are shown from the next packet on.
    fn keep_digits(&mut self, digits: u8) {
        if self.digits.last().is_none_or(|(_, before)| *before != digits) {
            self.digits.push((self.first + self.times.len() as u64, digits));
        }
    }

    /// Tells all shards what time it is.
    fn keep_time(&mut self, moment: Moment) {
        let nth = self.nth(moment);
        for items in &mut self.shards {
            items.push(Item { nth, doubted: moment.doubted, what: ItemKind::Nothing });
        }
    }

    #[inline]
    fn keep_segment(&mut self, moment: Moment, bare: &Segment<'static>, payload: &[u8]) {
        let (start, len) = (self.bytes.len() as u32, payload.len() as u32);
        if len > 0 {
            self.bytes.extend_from_slice(payload);
        }
        let shard = shard_of(bare.source, bare.destination, SHARDS);
        self.keep(shard, moment, ItemKind::Segment(*bare, start, len));
    }
}

/// Reads and decodes. What it counts is complete with the last batch.
pub(super) struct Intake<'a> {
    source: &'a mut (dyn PacketSource + Send),
    pub(super) taken: Taken,
}

/// What was taken of the packets so far.
pub(super) struct Taken {
    decoder: Decoder,
    clock: Clock,
    limits: Limits,
    /// When the packet before was seen.
    latest: Timestamp,
    /// The moment of the packet before.
    last: Option<Moment>,
    /// Once the capture has ended: below which number flows were ended so far.
    ended: Option<FlowId>,
    pub(super) ledger: PacketLedger,
    pub(super) notes: Notes,
    pub(super) captures: Vec<CaptureRecord>,
}

impl<'a> Intake<'a> {
    /// Reads captures from `source` that are called `paths`.
    pub(super) fn new(paths: &[String], source: &'a mut (dyn PacketSource + Send), limits: Limits) -> Self {
        let taken = Taken {
            decoder: Decoder::new(&limits),
            clock: Clock::default(),
            limits,
            latest: Timestamp::default(),
            last: None,
            ended: None,
            ledger: PacketLedger::default(),
            notes: Notes::default(),
            captures: paths.iter().map(|path| CaptureRecord { path: path.clone(), ..CaptureRecord::default() }).collect(),
        };
        Self { source, taken }
    }
}

impl Source for Intake<'_> {
    type Batch = Batch;

    fn fill(&mut self, batch: &mut Batch) -> bool {
        let Self { source, taken } = self;
        batch.clear();
        batch.first = taken.last.map_or(0, |last| last.nth + 1);
        batch.digits.push((batch.first, source.time_digits()));
        if taken.ended.is_some() {
            return taken.end_further(batch);
        }
        let mut more = true;
        while more && !batch.is_full() {
            match source.advance() {
                Step::Packet => {
                    batch.keep_digits(source.time_digits());
                    if let Some(packet) = source.packet() {
                        taken.packet(&packet, batch);
                    }
                    if !batch.is_full() {
                        source.hand_out(&mut |packet| {
                            taken.packet(packet, batch);
                            !batch.is_full()
                        });
                    }
                }
                Step::Damage(damage) => taken.damage(&damage),
                Step::End => {
                    taken.end(source.infos());
                    more = false;
                }
            }
            if source.may_wait() {
                break;
            }
        }
        // So that what is over by now is told with this batch.
        if let Some(last) = taken.last.filter(|_| !batch.times.is_empty()) {
            batch.keep_time(last);
        }
        more || taken.end_further(batch)
    }

    fn may_wait(&self) -> bool {
        self.source.may_wait()
    }
}

impl Taken {
    fn damage(&mut self, damage: &Damage) {
        let Some(record) = self.captures.get_mut(damage.capture as usize) else { return };
        record.damaged_places += 1;
        if record.damage.len() < self.limits.damaged_places {
            record.damage.push(damage.to_string());
        }
    }

    /// Decodes a packet, counts it, and keeps what is for a shard.
    fn packet(&mut self, packet: &Packet<'_>, batch: &mut Batch) {
        let at = self.arrived(packet);
        let moment = self.clock.tell(at, self.limits.leap);
        batch.times.push(moment.now);
        // The end of a doubt matters to all flows.
        if self.last.is_some_and(|last| last.doubted && !moment.doubted) {
            batch.keep_time(moment);
        }
        self.last = Some(moment);
        self.notes.at((moment.now, moment.nth));
        let Some(link_type) = packet.link_type else {
            self.ledger.other += 1;
            return;
        };
        match self.decoder.plain(packet.id, at, link_type, packet.bytes, packet.original_len) {
            Some((bare, payload)) => {
                self.ledger.tcp += 1;
                batch.keep_segment(moment, &bare, payload);
            }
            None => self.unusual(packet, link_type, (moment, at), batch),
        }
    }

    /// Takes note of a packet. Answers when it was seen: what has no time was captured after what stands before it.
    #[inline]
    fn arrived(&mut self, packet: &Packet<'_>) -> Timestamp {
        self.ledger.read += 1;
        if let Some(record) = self.captures.get_mut(packet.id.capture as usize) {
            record.packets += 1;
            if let Some(at) = packet.at {
                record.first = Some(record.first.map_or(at, |first| first.min(at)));
                record.last = record.last.max(Some(at));
            }
        }
        if packet.bytes.len() < packet.original_len as usize {
            self.notes.count(NoteKind::PacketCut, || Origin::of(packet.id));
        }
        let at = packet.at.unwrap_or(self.latest);
        self.latest = at;
        at
    }

    /// Decodes a packet that is no plain segment.
    #[cold]
    fn unusual(&mut self, packet: &Packet<'_>, link_type: u16, (moment, at): (Moment, Timestamp), batch: &mut Batch) {
        let Self { decoder, ledger, notes, .. } = self;
        let found = decoder.decode(packet.id, at, link_type, packet.bytes, packet.original_len);
        match found.what.class() {
            Some(Class::Tcp) => ledger.tcp += found.packets,
            Some(Class::IcmpAboutTcp) => ledger.icmp_about_tcp += found.packets,
            Some(Class::Other) => ledger.other += found.packets,
            Some(Class::Undecodable) => ledger.undecodable += found.packets,
            None => {}
        }
        match found.what {
            What::Tcp(segment) => batch.keep_segment(moment, &Segment { payload: &[], ..segment }, segment.payload),
            What::IcmpAboutTcp(error) => {
                batch.keep(shard_of(error.source, error.destination, SHARDS), moment, ItemKind::Error(error));
            }
            What::Undecodable(why) => notes.add_times(Note::new(why, Origin::of(packet.id)), found.packets),
            What::Other | What::Fragment | What::Settled(_) => {}
        }
    }

    fn end(&mut self, infos: &[CaptureInfo]) {
        let (incomplete, notes) = self.decoder.finish();
        self.ledger.undecodable += incomplete;
        self.notes.merge(notes);
        for (record, info) in self.captures.iter_mut().zip(infos) {
            super::describe(record, info);
        }
    }

    /// Lets a batch end the next flows. Answers whether there may be more.
    fn end_further(&mut self, batch: &mut Batch) -> bool {
        let bound = FlowId(self.ended.map_or(0, |bound| bound.0) + ENDED_AT_ONCE);
        self.ended = Some(bound);
        batch.end = Some((self.clock.end(), bound));
        self.last.is_some_and(|last| last.nth >= bound.0)
    }
}
