//! What the rules about the capture itself share: examples from the notes, and where a capture begins and ends.

use crate::analysis::CaptureRecord;
use crate::analysis::diagnosis::End;
use crate::base::note::{NoteKind, Notes};
use crate::base::origin::{Origin, PacketId};
use crate::base::time::Timestamp;

/// What every page about the capture itself says.
macro_rules! weaker {
    () => {
        "Conclusions that rest on what is not there (a callback that was not attempted, a message that was lost, an answer that never came) are weaker in such a \
         capture; where it matters, the outcome is told as unknown."
    };
}
pub(super) use weaker;

/// The packets of the examples that were kept of a kind of note.
pub(super) fn examples(notes: &Notes, wanted: NoteKind) -> Origin {
    let mut origin = Origin::default();
    for (kind, _, examples) in notes.iter() {
        for note in examples.iter().filter(|_| kind == wanted) {
            origin.extend(&note.origin);
        }
    }
    origin
}

/// When the captures begin.
pub(super) fn begin(end: &End<'_>) -> Timestamp {
    end.captures.iter().filter_map(|capture| capture.first).min().unwrap_or(end.at)
}

/// The last packet of a capture; empty if it has none.
pub(super) fn last_packet(index: usize, capture: &CaptureRecord) -> Origin {
    match u32::try_from(index) {
        Ok(index) if capture.packets > 0 => Origin::of(PacketId { capture: index, number: capture.packets }),
        _ => Origin::default(),
    }
}
