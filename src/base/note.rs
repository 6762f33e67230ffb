//! Notes: typed anomalies. Nothing odd is dropped silently; each oddity is a note with the packets that show it, and is counted.

use crate::base::origin::Origin;
use crate::base::stored;
use crate::base::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was odd. The words are the `kind` of a note in the JSON document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// A packet of a link type that is not decoded.
    LinkTypeUnsupported,
    /// A packet that could not be decoded.
    PacketUndecodable,
    /// A packet of which the capture kept only the beginning (snapshot length).
    PacketCut,
    /// A fragment of an IP packet that is not complete in the capture.
    IpFragment,
    /// Fragments of one IP packet that overlap. IPv4: the first copy is used. IPv6: the packet is given up (RFC 5722).
    FragmentsOverlap,
    /// A fragmented IP packet that was given up because too many waited.
    FragmentCeiling,
    /// A packet with more tunnels in each other than are followed.
    TunnelsTooDeep,
    /// A packet that the capture holds twice.
    CapturedTwice,
    /// Bytes that the capture lacks, proven by sequence numbers or ACKs.
    Gap,
    /// A hole that was given up because too much waited behind it.
    ReorderCeiling,
    /// A retransmission with other bytes than the first copy. The first copy is used.
    ConflictingOverlap,
    /// A segment far outside the window.
    SegmentOutsideWindow,
    /// Bytes after a FIN or a RST.
    BytesAfterEnd,
    /// A flow whose beginning is not in the capture; who opened it is a guess.
    MidStream,
    /// A flow of which only one direction is in the capture.
    OneDirection,
    /// A flow that was given up because too many were open.
    FlowEvicted,
    /// A message head that only the tolerant reader could read.
    HeadTolerated,
    /// A message head that was cut by a gap, by the connection's end or by a ceiling.
    HeadCut,
    /// Line ends or noise between two messages.
    BytesBetweenMessages,
    /// Bytes that were skipped until the next start line.
    Resynchronised,
    /// A body that was cut by a gap or by the connection's end.
    BodyCut,
    /// A body longer than what is kept for reading.
    BodyTruncated,
    /// A chunked body whose framing is broken.
    ChunkBroken,
    /// Content-Length fields that contradict each other or are no numbers.
    LengthUnreadable,
    /// A body whose content or transfer coding is not known, or whose compressed data are damaged.
    ContentCodingUnreadable,
    /// An answer without a request.
    AnswerWithoutRequest,
    /// A request without an answer.
    RequestWithoutAnswer,
    /// The other side of an HTTP connection answers with something else.
    AnswerNotHttp,
    /// XML that is not well-formed; what could be read was read.
    XmlMalformed,
    /// XML beyond a ceiling.
    XmlCeiling,
    /// Text in a character set that could not be decoded fully.
    CharsetUnreadable,
    /// Text that was encoded to UTF-8 twice, as librvp and Miranda do.
    DoubleUtf8,
    /// A MIME part without the blank line that ends its header.
    MimeUnreadable,
    /// An RVP request without its version header.
    VersionMissing,
    /// An authentication message that could not be read.
    AuthUnreadable,
    /// Something that the session model could not place.
    Unplaced,
    /// A ceiling of the session model was reached.
    ModelCeiling,
    /// A message that was handed on to keep memory bounded before the capture showed whether it arrived: what later callbacks and polls tell
    /// of it is not told. Only formats that do not keep everything have it.
    SettledEarly,
    /// The ledger does not add up: a fault of this program.
    LedgerBroken,
}

/// One anomaly and where it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What was odd.
    pub kind: NoteKind,
    /// The packets that show it.
    pub origin: Origin,
    /// More about it, for people; without captured text.
    #[serde(deserialize_with = "stored::printable")]
    pub detail: String,
    #[serde(skip, default = "first")]
    place: Place,
}

/// Where in an analysis something is noted: what time it was, and a number that orders what happened at that time.
pub type Place = (Timestamp, u64);

/// Before all others.
const FIRST: Place = (Timestamp::MIN, 0);

const fn first() -> Place {
    FIRST
}

impl Note {
    /// A note without a detail.
    pub const fn new(kind: NoteKind, origin: Origin) -> Self {
        Self { kind, origin, detail: String::new(), place: FIRST }
    }

    /// A note with a detail.
    pub fn with(kind: NoteKind, origin: Origin, detail: impl Into<String>) -> Self {
        Self { kind, origin, detail: detail.into(), place: FIRST }
    }
}

/// How many examples of each kind are kept with their packets. The count goes on.
const EXAMPLES: usize = 8;

/// The notes of an analysis, or of a part of it: a count of each kind, and the first few of each by their places, so that an analysis that is done
/// in parts has the same notes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Notes {
    kinds: BTreeMap<NoteKind, (u64, Vec<Note>)>,
    #[serde(skip, default = "first")]
    place: Place,
}

impl Default for Notes {
    fn default() -> Self {
        Self { kinds: BTreeMap::new(), place: FIRST }
    }
}

impl PartialEq for Notes {
    fn eq(&self, other: &Self) -> bool {
        self.kinds == other.kinds
    }
}

impl Eq for Notes {}

impl Notes {
    /// From now on, notes are made at this place.
    #[inline]
    pub const fn at(&mut self, place: Place) {
        self.place = place;
    }

    /// Counts `note`, and keeps it if it is one of the first of its kind.
    pub fn add(&mut self, note: Note) {
        self.add_times(note, 1);
    }

    /// Counts `note` as `times`, for as many packets, and keeps it once if it is one of the first of its kind.
    pub fn add_times(&mut self, note: Note, times: u64) {
        let (count, examples) = self.kinds.entry(note.kind).or_default();
        *count += times;
        keep(examples, Note { place: self.place, ..note });
    }

    /// Counts an anomaly that has no detail.
    pub fn count(&mut self, kind: NoteKind, origin: impl FnOnce() -> Origin) {
        self.add(Note::new(kind, origin()));
    }

    /// Adds all notes of `other`.
    pub fn merge(&mut self, other: Self) {
        for (kind, (count, notes)) in other.kinds {
            let (own_count, examples) = self.kinds.entry(kind).or_default();
            *own_count += count;
            for note in notes {
                keep(examples, note);
            }
        }
    }

    /// How often `kind` was noted.
    pub fn of(&self, kind: NoteKind) -> u64 {
        self.kinds.get(&kind).map_or(0, |(count, _)| *count)
    }

    /// Each kind with its count and its first examples, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (NoteKind, u64, &[Note])> {
        self.kinds.iter().map(|(kind, (count, examples))| (*kind, *count, examples.as_slice()))
    }
}

/// Keeps `note` if it is one of the first. Of two at the same place, the one that was noted first stands first.
fn keep(examples: &mut Vec<Note>, note: Note) {
    if examples.len() >= EXAMPLES && examples.last().is_some_and(|last| last.place <= note.place) {
        return;
    }
    let place = examples.partition_point(|known| known.place <= note.place);
    examples.insert(place, note);
    examples.truncate(EXAMPLES);
}

#[cfg(test)]
mod tests;
