//! What was said in an analysis, until its report is written: in memory while it is little, else in a temporary file without a name.

use crate::base::origin::{Origin, PacketId, PacketRange};
use crate::base::time::Timestamp;
use crate::session::transcript::{Evidence, Gone, Transcript};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, SeekFrom, Write};
use tempfile::SpooledTempFile;

/// So many bytes are kept in memory.
const IN_MEMORY: usize = 16 << 20;

/// So many bytes are kept at all: a report with more of them than that is read by nobody. What is beyond is counted and gone.
const CEILING: u64 = 4 << 30;

/// What was said.
pub(super) struct Spool {
    file: RefCell<SpooledTempFile>,
    /// How many bytes were written.
    written: u64,
    /// In the order of time after [`Spool::sort`].
    places: Vec<Place>,
    /// Their numbers in the order of their first packets, each with the last packet of all up to there; made by [`Spool::index`].
    by_packet: Vec<(usize, PacketId)>,
    /// Why some are gone that were so before.
    gone: BTreeMap<usize, Gone>,
    /// Why nothing more can be written, if so.
    broken: Option<String>,
}

/// Where an exchange is.
#[derive(Clone, Copy)]
struct Place {
    at: Timestamp,
    first: PacketId,
    last: PacketId,
    start: u64,
    /// 0 if it was not kept.
    length: u64,
    /// Which of the texts that are looked for it holds: [`Transcript::hits`].
    hits: u64,
}

impl Default for Spool {
    fn default() -> Self {
        Self {
            file: RefCell::new(SpooledTempFile::new(IN_MEMORY)),
            written: 0,
            places: Vec::new(),
            by_packet: Vec::new(),
            gone: BTreeMap::new(),
            broken: None,
        }
    }
}

impl Spool {
    /// Keeps what was said.
    pub(super) fn push(&mut self, said: &Transcript) {
        let Some(first) = said.origin.first() else { return };
        let last = said.origin.ranges().last().map_or(first, |range| PacketId { capture: range.capture, number: range.last });
        let length = self.write(said).unwrap_or_default();
        self.places.push(Place { at: said.at(), first, last, start: self.written, length, hits: said.hits });
        self.written += length;
    }

    /// Tells of an exchange that can't be had any more, behind those that are kept. These are not to be sorted then.
    pub(super) fn push_gone(&mut self, why: Gone) {
        let nowhere = PacketId { capture: 0, number: 0 };
        self.gone.insert(self.places.len(), why);
        self.places.push(Place { at: Timestamp::MIN, first: nowhere, last: nowhere, start: 0, length: 0, hits: 0 });
    }

    /// Tells each exchange which of the texts that are looked for it holds.
    pub(super) fn search(&mut self, hits: impl Fn(&Transcript) -> u64) {
        for number in 0..self.places.len() {
            let found = self.exchange(number).map_or(0, |said| hits(&said));
            if let Some(place) = self.places.get_mut(number) {
                place.hits = found;
            }
        }
    }

    /// Answers how many bytes were written; `None` if it can't be kept.
    fn write(&mut self, said: &Transcript) -> Option<u64> {
        if self.broken.is_some() || self.written >= CEILING {
            return None;
        }
        let result = postcard::to_allocvec(said).map_err(|error| error.to_string()).and_then(|bytes| {
            self.file.get_mut().write_all(&bytes).map_err(|error| error.to_string())?;
            Ok(bytes.len() as u64)
        });
        result.map_err(|why| self.broken = Some(why)).ok()
    }

    /// Puts all in the order of time, and makes them known by their packets.
    pub(super) fn sort(&mut self) {
        self.places.sort_by_key(|place| (place.at, place.first));
        self.index();
    }

    /// Makes them known by their packets.
    pub(super) fn index(&mut self) {
        let mut order: Vec<(PacketId, usize)> = self.places.iter().map(|place| place.first).zip(0..).collect();
        order.sort_unstable();
        let mut last = PacketId { capture: 0, number: 0 };
        self.by_packet = order
            .into_iter()
            .map(|(first, number)| {
                last = last.max(first).max(self.places.get(number).map_or(first, |place| place.last));
                (number, last)
            })
            .collect();
    }

    /// The numbers of those that have packets before and behind, or in, that range.
    fn around(&self, range: &PacketRange) -> impl Iterator<Item = usize> {
        let start = PacketId { capture: range.capture, number: range.first };
        let end = PacketId { capture: range.capture, number: range.last };
        let place = |number: usize| self.places.get(number);
        let begun = self.by_packet.partition_point(|(number, _)| place(*number).is_some_and(|place| place.first <= end));
        let near = self.by_packet.get(..begun).unwrap_or_default().iter().rev().take_while(move |(_, last)| *last >= start);
        near.map(|(number, _)| *number).filter(move |number| place(*number).is_some_and(|place| place.last >= start))
    }

    fn read(&self, place: &Place) -> Result<Transcript, String> {
        let mut file = self.file.borrow_mut();
        let mut bytes = vec![0; usize::try_from(place.length).map_err(|error| error.to_string())?];
        file.seek(SeekFrom::Start(place.start)).and_then(|_| file.read_exact(&mut bytes)).map_err(|error| error.to_string())?;
        let said: Transcript = postcard::from_bytes(&bytes).map_err(|error| error.to_string())?;
        Ok(Transcript { hits: place.hits, ..said })
    }
}

impl Evidence for Spool {
    fn exchanges(&self) -> usize {
        self.places.len()
    }

    fn exchange(&self, place: usize) -> Result<Transcript, Gone> {
        if let Some(why) = self.gone.get(&place) {
            return Err(why.clone());
        }
        let place = self.places.get(place).ok_or(Gone::Unknown)?;
        match (&self.broken, place.length) {
            (Some(why), 0) => Err(Gone::Unreadable(why.clone())),
            (None, 0) => Err(Gone::Ceiling),
            _ => self.read(place).map_err(Gone::Unreadable),
        }
    }

    fn places(&self, origin: &Origin) -> Vec<usize> {
        let near: BTreeSet<usize> = origin.ranges().iter().flat_map(|range| self.around(range)).collect();
        // Packets of other exchanges may lie between its first and its last one.
        let cites = |said: &Transcript| said.origin.ranges().any(|own| origin.ranges().iter().any(|range| overlap(&own, range)));
        near.into_iter().filter(|place| self.exchange(*place).is_ok_and(|said| cites(&said))).collect()
    }
}

fn overlap(one: &PacketRange, other: &PacketRange) -> bool {
    one.capture == other.capture && one.first <= other.last && other.first <= one.last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::address::Endpoint;
    use crate::base::origin::Packed;
    use crate::session::transcript::{Said, Start};

    /// What was said in these packets, `second` seconds after the beginning.
    fn said(second: i64, ranges: &[(u64, u64)]) -> Transcript {
        let mut origin = Origin::default();
        for number in ranges.iter().flat_map(|(first, last)| *first..=*last) {
            origin.add(PacketId { capture: 0, number });
        }
        let at = Timestamp::from_nanos(second * 1_000_000_000);
        let start = Start::Request { method: "NOTIFY".to_owned(), target: "/".to_owned(), minor: Some(1) };
        let request = Said {
            first: at,
            last: at,
            start,
            fields: vec![("Host".to_owned(), "im".to_owned())],
            head_complete: true,
            head_bytes: 7,
            body: "b".repeat(100),
            body_bytes: 100,
            cut: None,
        };
        let end = |port| Endpoint::new([10, 0, 0, 1].into(), port);
        Transcript {
            connection: 1,
            session: None,
            callback: false,
            asker: end(1),
            answerer: end(80),
            request: Some(request),
            response: None,
            unanswered: None,
            hits: 0,
            origin: Packed::from(&origin),
        }
    }

    fn origin(first: u64, last: u64) -> Origin {
        let mut origin = Origin::of(PacketId { capture: 0, number: first });
        (first..=last).for_each(|number| origin.add(PacketId { capture: 0, number }));
        origin
    }

    #[test]
    fn what_was_said_comes_back_in_the_order_of_time() {
        let mut spool = Spool::default();
        let all = [said(3, &[(9, 9)]), said(1, &[(1, 2), (20, 20)]), said(2, &[(5, 7)])];
        for one in &all {
            spool.push(one);
        }
        spool.sort();
        assert_eq!(spool.exchanges(), 3);
        let order: Vec<Transcript> = (0..3).map(|place| spool.exchange(place).unwrap()).collect();
        assert_eq!(order, [all[1].clone(), all[2].clone(), all[0].clone()]);
        assert_eq!(spool.exchange(3), Err(Gone::Unknown));
    }

    #[test]
    fn packets_lead_to_what_they_carried() {
        let mut spool = Spool::default();
        for one in [said(1, &[(1, 2), (20, 20)]), said(2, &[(5, 7)]), said(3, &[(9, 9)])] {
            spool.push(&one);
        }
        spool.sort();
        for (first, last, places) in
            [(1, 1, vec![0]), (3, 4, vec![]), (6, 9, vec![1, 2]), (20, 25, vec![0]), (2, 5, vec![0, 1]), (21, 30, vec![])]
        {
            assert_eq!(spool.places(&origin(first, last)), places, "{first}-{last}");
        }
        assert!(spool.places(&Origin::of(PacketId { capture: 1, number: 5 })).is_empty());
    }

    #[test]
    fn what_is_not_kept_is_gone_with_a_word() {
        let mut spool = Spool { written: CEILING, ..Spool::default() };
        spool.push(&said(1, &[(1, 1)]));
        spool.sort();
        assert_eq!((spool.exchanges(), spool.exchange(0)), (1, Err(Gone::Ceiling)));
    }
}
