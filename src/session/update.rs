//! What an analysis hands out while it goes on.

use crate::session::event::Event;
use crate::session::model::Session;
use crate::session::transcript::Transcript;

/// A piece of the result that is certain before the end.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly all are the large one")]
pub enum Update {
    /// Something happened.
    Event(Event),
    /// What was settled of a session since it was handed out before; more of it follows.
    Session(Box<Session>),
    /// An exchange is over, and this is what was said. Only where transcripts are wanted.
    Exchange(Box<Transcript>),
}
