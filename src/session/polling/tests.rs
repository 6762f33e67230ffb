//! Tests of polling.

mod rhythm;
mod senders;
