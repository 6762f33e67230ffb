//! TCP (RFC 9293): segments in, ordered bytes, gaps and fates out.
//!
//! - [`seq`]: sequence numbers that wrap become positions that don't.
//! - [`buffer`]: what a side holds back behind holes.
//! - [`recent`]: the last delivered bytes, to compare retransmissions with.
//! - [`assembler`]: one side; puts its segments in order. Knows nothing of the flow.
//! - [`flow`]: two assemblers, the handshake, and how the connection ended.
//! - [`shard`]: which one of several tables a segment belongs to.
//! - [`remains`]: what is remembered of a flow that has ended.
//! - [`table`]: which flow a segment belongs to, and when a flow is over because time passed.
//! - [`clock`]: capture time as far as it is believed.
//! - [`early`]: answers that were captured before the SYN they answer.
//! - [`accounts`]: the ceilings, the ledger and the notes that all of them write to.
//! - [`evidence`]: the packets that opened a flow.
//! - [`event`]: what the layer above is told.

pub mod accounts;
pub mod assembler;
pub mod buffer;
pub mod clock;
pub mod early;
pub mod event;
pub mod evidence;
pub mod flow;
pub mod recent;
pub mod remains;
pub mod seq;
pub mod shard;
pub mod table;
#[cfg(test)]
mod testing;
