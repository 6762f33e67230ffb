//! What the readers of this layer find odd, collected until it is known where the bytes came from.

use crate::base::note::NoteKind;

/// The kinds of oddities in one message, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Oddities(Vec<NoteKind>);

impl Oddities {
    /// Adds a kind unless it is there.
    pub fn add(&mut self, kind: NoteKind) {
        if !self.0.contains(&kind) {
            self.0.push(kind);
        }
    }

    /// The kinds in the order in which they were found.
    pub fn kinds(&self) -> &[NoteKind] {
        &self.0
    }
}
