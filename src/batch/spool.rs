//! What was said in an analysis, until its report is written: in memory while it is little, else in a temporary file without a name.

use crate::base::origin::{Origin, PacketId};
use crate::base::time::Timestamp;
use crate::session::transcript::{Evidence, Gone, Transcript};
use std::cell::RefCell;
use std::collections::BTreeMap;
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
}

impl Default for Spool {
    fn default() -> Self {
        Self { file: RefCell::new(SpooledTempFile::new(IN_MEMORY)), written: 0, places: Vec::new(), gone: BTreeMap::new(), broken: None }
    }
}

impl Spool {
    /// Keeps what was said.
    pub(super) fn push(&mut self, said: &Transcript) {
        let Some(first) = said.origin.first() else { return };
        let last = said.origin.ranges().last().map_or(first, |range| PacketId { capture: range.capture, number: range.last });
        let length = self.write(said).unwrap_or_default();
        self.places.push(Place { at: said.at(), first, last, start: self.written, length });
        self.written += length;
    }

    /// Tells of an exchange that can't be had any more, behind those that are kept. These are not to be sorted then.
    pub(super) fn push_gone(&mut self, why: Gone) {
        let nowhere = PacketId { capture: 0, number: 0 };
        self.gone.insert(self.places.len(), why);
        self.places.push(Place { at: Timestamp::MIN, first: nowhere, last: nowhere, start: 0, length: 0 });
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

    /// Puts all in the order of time.
    pub(super) fn sort(&mut self) {
        self.places.sort_by_key(|place| (place.at, place.first));
    }

    fn read(&self, place: &Place) -> Result<Transcript, String> {
        let mut file = self.file.borrow_mut();
        let mut bytes = vec![0; usize::try_from(place.length).map_err(|error| error.to_string())?];
        file.seek(SeekFrom::Start(place.start)).and_then(|_| file.read_exact(&mut bytes)).map_err(|error| error.to_string())?;
        postcard::from_bytes(&bytes).map_err(|error| error.to_string())
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
        let inside = |place: &Place, range: &crate::base::origin::PacketRange| {
            let capture = place.first.capture == range.capture || place.last.capture == range.capture;
            capture && place.first.number <= range.last && range.first <= place.last.number
        };
        let near = self.places.iter().enumerate().filter(|(_, place)| origin.ranges().iter().any(|range| inside(place, range)));
        // Packets of other exchanges may lie between its first and its last one.
        let cites = |said: &Transcript| said.origin.ranges().any(|own| origin.ranges().iter().any(|range| overlap(&own, range)));
        near.filter(|(place, _)| self.exchange(*place).is_ok_and(|said| cites(&said))).map(|(place, _)| place).collect()
    }
}

fn overlap(one: &crate::base::origin::PacketRange, other: &crate::base::origin::PacketRange) -> bool {
    one.capture == other.capture && one.first <= other.last && other.first <= one.last
}
