//! How a TCP connection ended. A failed callback is mostly a connection without a byte, so a fate is a fact of the first rank.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// How a flow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Both sides closed with a FIN.
    Finished,
    /// A RST after the connection was up.
    Reset,
    /// A RST as the answer to the SYN.
    Refused,
    /// One or more SYNs that nothing answered.
    Unanswered,
    /// An ICMP destination-unreachable about the SYN.
    Unreachable(Unreachable),
    /// Nothing was seen for longer than [`crate::base::limits::Limits::idle`].
    Idle,
    /// Given up because too many flows were open; see [`crate::base::limits::Limits::flows`].
    Evicted,
    /// Still open, or still being opened, when the capture ended.
    CaptureEnded,
}

/// Why a destination could not be reached, as the ICMP message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreachable {
    /// Who sent the ICMP message: a router on the way, or the host itself.
    pub from: IpAddr,
    /// The reason.
    pub reason: UnreachableReason,
    /// The ICMP code as it was on the wire (ICMP type 3 of RFC 792, ICMPv6 type 1 of RFC 4443).
    pub code: u8,
}

/// The reasons of RFC 792, RFC 1812 and RFC 4443 in words that both IP versions share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnreachableReason {
    /// No route to the network.
    Network,
    /// No way to the host.
    Host,
    /// The host doesn't speak the protocol.
    Protocol,
    /// Nobody listens on the port, or a packet filter pretends so.
    Port,
    /// A packet filter forbids it.
    Prohibited,
    /// Another code.
    Other,
}

impl UnreachableReason {
    /// The reason in words for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Network => "network unreachable",
            Self::Host => "host unreachable",
            Self::Protocol => "protocol unreachable",
            Self::Port => "port unreachable",
            Self::Prohibited => "administratively prohibited",
            Self::Other => "destination unreachable",
        }
    }
}

/// How many flows had which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FateCounts {
    /// Both sides closed with a FIN.
    pub finished: u64,
    /// A RST answered the SYN.
    pub refused: u64,
    /// Nothing answered the SYNs.
    pub unanswered: u64,
    /// An ICMP message said that the destination cannot be reached.
    pub unreachable: u64,
    /// A RST after the connection was up.
    pub reset: u64,
    /// Nothing was seen for long.
    pub idle: u64,
    /// Given up because too many were open.
    pub evicted: u64,
    /// Still open, or still being opened, when the capture ended.
    pub capture_ended: u64,
}

impl FateCounts {
    /// Counts a flow that ended so.
    pub const fn add(&mut self, fate: Fate) {
        let count = match fate {
            Fate::Finished => &mut self.finished,
            Fate::Refused => &mut self.refused,
            Fate::Unanswered => &mut self.unanswered,
            Fate::Unreachable(_) => &mut self.unreachable,
            Fate::Reset => &mut self.reset,
            Fate::Idle => &mut self.idle,
            Fate::Evicted => &mut self.evicted,
            Fate::CaptureEnded => &mut self.capture_ended,
        };
        *count += 1;
    }

    /// Adds the counts of `other`.
    pub const fn merge(&mut self, other: &Self) {
        self.finished += other.finished;
        self.refused += other.refused;
        self.unanswered += other.unanswered;
        self.unreachable += other.unreachable;
        self.reset += other.reset;
        self.idle += other.idle;
        self.evicted += other.evicted;
        self.capture_ended += other.capture_ended;
    }

    /// Each fate in words with its count.
    pub const fn in_words(&self) -> [(&'static str, u64); 8] {
        [
            ("finished", self.finished),
            ("refused", self.refused),
            ("unanswered", self.unanswered),
            ("unreachable", self.unreachable),
            ("reset", self.reset),
            ("idle", self.idle),
            ("evicted", self.evicted),
            ("still open", self.capture_ended),
        ]
    }
}
