//! The ledger: what became of every packet and every byte. Its sums are checked in every run (see [`Ledger::check`]).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of the packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PacketLedger {
    /// Packets read from the captures.
    pub read: u64,
    /// Packets with a TCP segment.
    pub tcp: u64,
    /// ICMP and ICMPv6 errors that quote a TCP header.
    pub icmp_about_tcp: u64,
    /// Packets of other protocols.
    pub other: u64,
    /// Packets that could not be decoded down to their transport protocol.
    pub undecodable: u64,
}

/// What became of the TCP payload bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TcpLedger {
    /// Payload bytes in the captured segments.
    pub captured: u64,
    /// Bytes handed up in order, each once.
    pub delivered: u64,
    /// Bytes that had been delivered or buffered before: retransmissions, overlaps, probes.
    pub duplicate: u64,
    /// Bytes that were given up: outside any plausible window, or beyond a ceiling.
    pub discarded: u64,
    /// Bytes that sequence numbers or ACKs prove and that the capture lacks.
    pub missing: u64,
}

/// What became of the bytes above TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StreamLedger {
    /// Bytes that belong to an HTTP message.
    pub http: u64,
    /// Bytes of an HTTP connection that belong to no message (noise between messages, what resynchronisation skipped).
    pub http_skipped: u64,
    /// Bytes of connections, or of sides of connections, that do not speak HTTP.
    pub not_http: u64,
}

/// All three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ledger {
    /// Packets.
    pub packets: PacketLedger,
    /// TCP payload bytes.
    pub tcp_payload_bytes: TcpLedger,
    /// Stream bytes.
    pub stream_bytes: StreamLedger,
}

impl Ledger {
    /// The sums that do not hold, in words; empty when all add up.
    pub fn check(&self) -> Vec<String> {
        let packets = &self.packets;
        let tcp = &self.tcp_payload_bytes;
        let stream = &self.stream_bytes;
        let sums = [
            (
                "packets read",
                packets.read,
                "tcp + icmp_about_tcp + other + undecodable",
                packets.tcp + packets.icmp_about_tcp + packets.other + packets.undecodable,
            ),
            (
                "TCP payload bytes captured",
                tcp.captured,
                "delivered + duplicate + discarded",
                tcp.delivered + tcp.duplicate + tcp.discarded,
            ),
            (
                "TCP payload bytes delivered",
                tcp.delivered,
                "http + http_skipped + not_http",
                stream.http + stream.http_skipped + stream.not_http,
            ),
        ];
        sums.into_iter()
            .filter(|(_, total, _, sum)| total != sum)
            .map(|(what, total, parts, sum)| format!("{what}: {total}, but {parts} = {sum}"))
            .collect()
    }

    /// Adds the counts of `other`.
    pub const fn add(&mut self, other: &Self) {
        self.packets.read += other.packets.read;
        self.packets.tcp += other.packets.tcp;
        self.packets.icmp_about_tcp += other.packets.icmp_about_tcp;
        self.packets.other += other.packets.other;
        self.packets.undecodable += other.packets.undecodable;
        self.tcp_payload_bytes.captured += other.tcp_payload_bytes.captured;
        self.tcp_payload_bytes.delivered += other.tcp_payload_bytes.delivered;
        self.tcp_payload_bytes.duplicate += other.tcp_payload_bytes.duplicate;
        self.tcp_payload_bytes.discarded += other.tcp_payload_bytes.discarded;
        self.tcp_payload_bytes.missing += other.tcp_payload_bytes.missing;
        self.stream_bytes.http += other.stream_bytes.http;
        self.stream_bytes.http_skipped += other.stream_bytes.http_skipped;
        self.stream_bytes.not_http += other.stream_bytes.not_http;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_does_not_hold_is_named() {
        let mut ledger = Ledger::default();
        assert!(ledger.check().is_empty());
        ledger.packets.read = 2;
        ledger.packets.tcp = 1;
        assert_eq!(ledger.check(), ["packets read: 2, but tcp + icmp_about_tcp + other + undecodable = 1"]);
    }
}
