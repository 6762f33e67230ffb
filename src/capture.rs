//! IN: packets with their time and link type, from capture files and streams.
//!
//! A [`PacketSource`] lends one packet at a time, so memory does not grow with the capture. The end of a capture and damage in it are
//! different answers.

use crate::base::origin::PacketId;
use crate::base::time::Timestamp;
use std::fmt;

mod buffer;
pub mod file;

/// One captured packet. It borrows the source's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Its number and its capture.
    pub id: PacketId,
    /// When it was seen.
    pub at: Timestamp,
    /// What its bytes start with: a number of the registry of link types that pcap and pcapng share.
    pub link_type: u16,
    /// The captured bytes.
    pub bytes: &'a [u8],
    /// How long it was on the wire.
    pub original_len: u32,
}

/// A place in a capture that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Byte offset in the (uncompressed) capture.
    pub offset: u64,
    /// The number of the last packet before it; 0 if there is none.
    pub after_packet: u64,
    /// What was expected, what was found and what was done, for people.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {} (after packet {}): {}", self.offset, self.after_packet, self.what)
    }
}

/// What a source answers when asked for the next packet.
#[derive(Debug)]
pub enum Next<'a> {
    /// A packet.
    Packet(Packet<'a>),
    /// Something could not be read; the source goes on behind it, or ends.
    Damage(Damage),
    /// Nothing follows.
    End,
}

/// What is known of a capture as a whole, after what was read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaptureInfo {
    /// `pcap` or `pcapng`.
    pub format: &'static str,
    /// The link types of its packets or interfaces, in the order of their first appearance.
    pub link_types: Vec<u16>,
    /// Digits after the second in its times.
    pub time_digits: u8,
    /// Bytes read.
    pub bytes: u64,
    /// Bytes that could not be read as packets.
    pub skipped_bytes: u64,
    /// Packets that the capturing program says it lost; `None` where it says nothing.
    pub dropped: Option<u64>,
}

/// Where packets come from.
pub trait PacketSource {
    /// The next packet, damage, or the end.
    fn next_packet(&mut self) -> Next<'_>;

    /// What is known of the capture so far.
    fn info(&self) -> &CaptureInfo;
}
