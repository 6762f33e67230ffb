//! Fragments of IP packets, put together: IPv4 (RFC 791, section 3.2) and IPv6 (RFC 8200, section 4.5).
//!
//! **Overlaps.** Of IPv4 fragments the first copy of a byte counts, and others are noted. IPv6 forbids overlaps (RFC 5722): the datagram is given
//! up, with all its fragments. A fragment that was captured twice is no overlap.
//!
//! **What waits.** A fragment is counted when the fate of its datagram is known: as what the datagram is, or as undecodable where it is not
//! complete. The first fragment may show that the datagram holds nothing that is looked at; then nothing waits.
//!
//! **Bounds.** Datagrams at once, bytes of them all, fragments of each: at the ceiling the oldest datagram is given up (for the last of these,
//! the one that is too scattered). Time gives up a datagram only when its number is used again: so a damaged timestamp harms nothing else.

use super::ip::{self, Fragment, IpPacket};
use super::{Class, icmp, tunnel};
use crate::base::hashed::Map;
use crate::base::limits::Limits;
use crate::base::note::{Note, NoteKind, Notes};
use crate::base::origin::Origin;
use crate::base::time::Timestamp;
use datagram::{Added, Datagram};
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

mod datagram;

/// What the fragments of a datagram have in common. IPv6 has no protocol here: only the first fragment's counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    id: u32,
    protocol: u8,
    vlan: u64,
}

/// The packets that brought a fragment: one, or several where it came in a datagram that was itself put together.
#[derive(Clone, Debug)]
pub(super) struct Carrier {
    /// How many they are.
    pub(super) packets: u64,
    /// Which they are.
    pub(super) origin: Origin,
    /// When the last of them was seen.
    pub(super) at: Timestamp,
}

/// What became of a fragment.
#[derive(Clone, Debug)]
pub(super) enum Taken<'a> {
    /// It completes its datagram, which came in these packets.
    Whole(IpPacket<'a>, Carrier),
    /// It waits for others.
    Waits,
    /// It, and others that waited, turned out to be this. The number is that of the packets.
    Settled(Class, u64),
}

/// A datagram whose fragments are collected.
#[derive(Debug)]
struct Pending {
    born: u64,
    carrier: Carrier,
    datagram: Datagram,
    state: State,
}

/// What is to be done with further fragments of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Collecting,
    /// It holds nothing that is looked at.
    Other,
    /// Its fragments contradict each other.
    GivenUp,
}

/// A complete datagram, as long as copies of its fragments may still come.
#[derive(Debug)]
struct Done {
    key: Key,
    at: Timestamp,
    datagram: Datagram,
    class: Option<Class>,
}

/// The datagrams that are not complete yet.
#[derive(Debug)]
pub(super) struct Defrag {
    limits: Limits,
    pending: Map<Key, Pending>,
    /// The same, oldest first.
    ages: BTreeMap<u64, Key>,
    done: VecDeque<Done>,
    born: u64,
    bytes: usize,
    /// Packets of datagrams that were given up since they were counted last.
    given_up: u64,
    pub(super) notes: Notes,
}

impl Defrag {
    /// Nothing yet.
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            pending: Map::default(),
            ages: BTreeMap::new(),
            done: VecDeque::new(),
            born: 0,
            bytes: 0,
            given_up: 0,
            notes: Notes::default(),
        }
    }

    /// Takes a fragment that came in `carrier`. A datagram that is complete is written into `buffer`.
    pub(super) fn take<'a>(
        &mut self,
        packet: &IpPacket<'_>,
        fragment: Fragment,
        vlan: u64,
        carrier: Carrier,
        buffer: &'a mut Vec<u8>,
    ) -> Taken<'a> {
        const LARGEST: u32 = 65_535;
        let v6 = packet.source.is_ipv6();
        let length = u32::try_from(packet.rest.bytes.len() + packet.rest.missing).unwrap_or(u32::MAX);
        // Only the last fragment may end anywhere (RFC 791: in units of eight bytes).
        let ragged = fragment.more && !length.is_multiple_of(8);
        if (ragged && v6) || fragment.offset.saturating_add(length).saturating_add(fragment.header) > LARGEST {
            self.notes.add_times(Note::new(NoteKind::PacketUndecodable, carrier.origin), carrier.packets);
            return Taken::Settled(Class::Undecodable, carrier.packets);
        }
        let length = if ragged { length & !7 } else { length };
        let key = Key {
            source: packet.source,
            destination: packet.destination,
            id: fragment.id,
            protocol: if v6 { 0 } else { packet.protocol },
            vlan,
        };
        if let Some(class) = self.copy_of_done(&key, packet, fragment, length, &carrier) {
            return Taken::Settled(class, carrier.packets);
        }
        if self.pending.get(&key).is_some_and(|pending| distance(pending.carrier.at, carrier.at) > self.limits.fragment_wait.nanos()) {
            self.give_up(&key, None);
        }
        self.add(key, packet, fragment, length, carrier, buffer)
    }

    fn add<'a>(
        &mut self,
        key: Key,
        packet: &IpPacket<'_>,
        fragment: Fragment,
        length: u32,
        carrier: Carrier,
        buffer: &'a mut Vec<u8>,
    ) -> Taken<'a> {
        let v6 = packet.source.is_ipv6();
        let Self { pending, ages, born, bytes: memory, .. } = self;
        let entry = pending.entry(key).or_insert_with(|| {
            *born += 1;
            ages.insert(*born, key);
            let carrier = Carrier { packets: 0, origin: Origin::default(), at: carrier.at };
            let datagram = Datagram::default();
            *memory += datagram.memory();
            Pending { born: *born, carrier, datagram, state: State::Collecting }
        });
        if entry.state == State::GivenUp {
            self.notes.add_times(Note::new(NoteKind::IpFragment, carrier.origin), carrier.packets);
            return Taken::Settled(Class::Undecodable, carrier.packets);
        }
        let before = entry.datagram.memory();
        if fragment.offset == 0 {
            entry.datagram.protocol = Some(packet.protocol);
            if entry.state == State::Collecting && !may_hold_tcp(packet) {
                entry.state = State::Other;
                entry.datagram.forget();
            }
        }
        let bytes = if entry.state == State::Other { &[] } else { packet.rest.bytes };
        let added = entry.datagram.add(fragment, length, bytes, v6);
        self.bytes = (self.bytes + entry.datagram.memory()).saturating_sub(before);
        match added {
            Added::Copy if entry.state == State::Collecting => self.notes.count(NoteKind::CapturedTwice, || {
                let mut both = entry.carrier.origin.clone();
                both.extend(&carrier.origin);
                both
            }),
            Added::Copy | Added::New => {}
            Added::Conflict => self.notes.count(NoteKind::FragmentsOverlap, || carrier.origin.clone()),
        }
        entry.carrier.packets += carrier.packets;
        entry.carrier.origin.extend(&carrier.origin);
        if v6 && added == Added::Conflict {
            return Taken::Settled(Class::Undecodable, self.contradicted(&key));
        }
        let complete = entry.datagram.is_complete();
        if entry.state == State::Other {
            let packets = std::mem::take(&mut entry.carrier.packets);
            if complete {
                self.remove(&key);
            } else {
                self.keep_within_limits();
            }
            return Taken::Settled(Class::Other, packets);
        }
        if !complete {
            if entry.datagram.pieces() > self.limits.fragments {
                self.give_up(&key, Some(NoteKind::FragmentCeiling));
            }
            self.keep_within_limits();
            return Taken::Waits;
        }
        self.complete(key, packet, carrier.at, buffer)
    }

    /// Writes a datagram into `buffer`, and remembers it for a while.
    fn complete<'a>(&mut self, key: Key, last: &IpPacket<'_>, at: Timestamp, buffer: &'a mut Vec<u8>) -> Taken<'a> {
        let Some(Pending { carrier, datagram, .. }) = self.remove(&key) else { return Taken::Waits };
        let rest = datagram.write(buffer);
        let protocol = datagram.protocol.unwrap_or(last.protocol);
        let whole = IpPacket { source: key.source, destination: key.destination, id: last.id, protocol, fragment: None, rest };
        self.done.push_back(Done { key, at, datagram, class: None });
        if self.done.len() > self.limits.datagrams_done {
            self.done.pop_front();
        }
        Taken::Whole(whole, Carrier { at, ..carrier })
    }

    /// Says what the datagrams are that were completed last.
    pub(super) fn classify(&mut self, class: Class) {
        for done in self.done.iter_mut().rev().take_while(|done| done.class.is_none()) {
            done.class = Some(class);
        }
    }

    /// Whether this fragment was part of a datagram that is complete, and what that was.
    fn copy_of_done(&mut self, key: &Key, packet: &IpPacket<'_>, fragment: Fragment, length: u32, carrier: &Carrier) -> Option<Class> {
        let done = self.done.iter().rev().find(|done| done.key == *key)?;
        let near = distance(done.at, carrier.at) <= self.limits.copy_span.nanos();
        if !near || !done.datagram.holds(fragment, length, packet.rest.bytes) {
            return None;
        }
        self.notes.count(NoteKind::CapturedTwice, || carrier.origin.clone());
        done.class
    }

    /// Gives up a datagram whose fragments contradict each other, and all fragments of it that are still to come.
    fn contradicted(&mut self, key: &Key) -> u64 {
        let Some(pending) = self.pending.get_mut(key) else { return 0 };
        let before = pending.datagram.memory();
        pending.state = State::GivenUp;
        pending.datagram = Datagram::default();
        self.bytes = (self.bytes + pending.datagram.memory()).saturating_sub(before);
        let packets = std::mem::take(&mut pending.carrier.packets);
        let origin = std::mem::take(&mut pending.carrier.origin);
        self.notes.add_times(Note::new(NoteKind::IpFragment, origin), packets);
        packets
    }

    /// Gives up the oldest datagrams until the rest is within the ceilings.
    fn keep_within_limits(&mut self) {
        while self.pending.len() > self.limits.datagrams || self.bytes > self.limits.fragment_bytes {
            let Some((_, oldest)) = self.ages.first_key_value() else { break };
            let oldest = *oldest;
            self.give_up(&oldest, Some(NoteKind::FragmentCeiling));
        }
    }

    /// Gives up a datagram that is not complete; `ceiling` says why, if it is not for lack of fragments.
    fn give_up(&mut self, key: &Key, ceiling: Option<NoteKind>) {
        let Some(pending) = self.remove(key) else { return };
        let Carrier { packets, origin, .. } = pending.carrier;
        if pending.state != State::Collecting || packets == 0 {
            return;
        }
        if let Some(kind) = ceiling {
            self.notes.add(Note::new(kind, origin.clone()));
        }
        self.notes.add_times(Note::new(NoteKind::IpFragment, origin), packets);
        self.given_up += packets;
    }

    fn remove(&mut self, key: &Key) -> Option<Pending> {
        let pending = self.pending.remove(key)?;
        self.ages.remove(&pending.born);
        self.bytes = self.bytes.saturating_sub(pending.datagram.memory());
        Some(pending)
    }

    /// Gives up what is left, in the order in which it began. How many packets could not be decoded because their datagrams are not complete.
    pub(super) fn finish(&mut self) -> u64 {
        while let Some((_, oldest)) = self.ages.first_key_value() {
            let oldest = *oldest;
            self.give_up(&oldest, None);
        }
        std::mem::take(&mut self.given_up)
    }
}

/// Whether a datagram that begins like this may hold something that is looked at.
fn may_hold_tcp(first: &IpPacket<'_>) -> bool {
    match first.protocol {
        ip::UDP => tunnel::of(ip::UDP, first.rest).is_some(),
        ip::ICMP | ip::ICMP_V6 => first.rest.bytes.first().is_some_and(|kind| icmp::is_error(*kind, first.protocol == ip::ICMP_V6)),
        _ => true,
    }
}

fn distance(one: Timestamp, other: Timestamp) -> i64 {
    one.since(other).nanos().saturating_abs()
}

#[cfg(test)]
mod tests;
