//! Stored analyses: what was found in captures, and what was said in them, as a file that can be read again instead of the captures.
//!
//! Such a file is a document in RON that begins with a comment ([`START`]), so that it is recognised whatever its name. It holds the model itself,
//! but for what only an analysis that goes on needs. Fields that come to the model later are given a default, so that older files can be read;
//! fields that an older version does not know are passed over. What a version can't be read without any more, such as a new variant of an
//! enumeration, gets a new [`VERSION`].

mod read;
mod write;

pub use read::{Keep, Stored, read};
pub use write::write;

use crate::session::transcript::{Gone, Transcript};
use serde::{Deserialize, Serialize};

/// What a stored analysis begins with.
pub const START: &str = "// rvpscope store";

/// The version of what is written. Newer ones are refused.
pub const VERSION: u32 = 1;

/// Of longer files nothing is read: they would fill the memory. A file with a million events has about 400 MB.
pub const CEILING: u64 = 2 << 30;

/// Beyond so many bytes of a file no more is written of what was said; the file says so.
const SAID: u64 = 1 << 30;

/// An exchange as it is stored.
#[derive(Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "nearly all are the large one")]
enum Exchange {
    /// What was said.
    Said(Transcript),
    /// Why that can't be had.
    Gone(Gone),
}
