//! IN: packets with their time and link type, from capture files and streams.
//!
//! A [`PacketSource`] lends one packet at a time, so memory does not grow with the capture. The end of a capture and damage in it are
//! different answers: damage costs what it hit, and the source goes on behind it.

use crate::base::origin::PacketId;
use crate::base::time::Timestamp;
use std::fmt;

mod buffer;
mod compressed;
pub mod file;
pub mod merge;

/// One captured packet. It borrows the source's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Its number and its capture.
    pub id: PacketId,
    /// When it was seen; `None` where the capture doesn't say (simple packets of pcapng).
    pub at: Option<Timestamp>,
    /// What its bytes start with: a number of the registry of link types that pcap and pcapng share. `None` for a record that is numbered
    /// among the packets, in Wireshark too, and holds none (custom blocks of pcapng).
    pub link_type: Option<u16>,
    /// The captured bytes.
    pub bytes: &'a [u8],
    /// How long it was on the wire.
    pub original_len: u32,
}

/// A place in a capture that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The index of the capture.
    pub capture: u32,
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

/// What a source came to when it went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A packet, which [`PacketSource::packet`] lends.
    Packet,
    /// Something could not be read; the source goes on behind it, or ends.
    Damage(Box<Damage>),
    /// Nothing follows.
    End,
}

/// What is known of a capture as a whole, after what was read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaptureInfo {
    /// The format of the file: `pcap`, `pcapng`, `netmon`, ... (see [`mod@file`]).
    pub format: &'static str,
    /// How it is compressed (`gzip`, `zstd`, ...), if it is.
    pub compression: Option<&'static str>,
    /// The link types of its packets or interfaces, in the order of their first appearance.
    pub link_types: Vec<u16>,
    /// Digits after the second in its times.
    pub time_digits: u8,
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// Bytes that could not be read as packets.
    pub skipped_bytes: u64,
    /// Packets that the capturing program says it lost; `None` where it says nothing.
    pub dropped: Option<u64>,
}

/// Where packets come from: one capture, or several as one.
///
/// Going on and lending are two steps, so that a source can be asked for the time of its next packet before that is wanted.
pub trait PacketSource {
    /// Goes on to the next packet, damage, or the end.
    fn advance(&mut self) -> Step;

    /// Hands out the packets that follow as long as they are at hand, nothing is odd about them, and `take` asks for more. It is the quick way
    /// through a long capture, and nothing but that: some sources hand out none, and all of them have the slow way.
    fn hand_out(&mut self, _take: &mut dyn FnMut(&Packet<'_>) -> bool) {}

    /// Whether going on may take its time, since more has to be read first: what is at hand should be worked off before.
    fn may_wait(&self) -> bool;

    /// The packet at which it stands; `None` before the first, at damage and at the end.
    fn packet(&self) -> Option<Packet<'_>>;

    /// How many digits after the second the times of its captures have, as far as they were read.
    fn time_digits(&self) -> u8;

    /// What is known of each capture so far, in the order of their indices.
    fn infos(&self) -> &[CaptureInfo];
}
