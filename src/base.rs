//! The words that every layer uses: time, addresses, evidence, fates, notes, limits and the one way bytes reach a screen.
//!
//! This layer imports nothing else of the crate.

pub mod address;
pub mod byte_range;
pub mod fate;
pub mod few;
pub mod hashed;
pub mod inflate;
pub mod ledger;
pub mod limits;
pub mod needles;
pub mod notation;
pub mod note;
pub mod origin;
pub mod stored;
pub mod text;
pub mod time;
