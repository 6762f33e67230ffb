//! Every ceiling of the program in one place, each with its reason and with what happens when it is reached.

use crate::base::time::Span;

/// The ceilings. What happens at each is counted in the notes ([`crate::base::note`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest captured length of one packet that is believed. Offloaded segments reach 64 KiB, jumbo TSO frames 256 KiB; a larger number is a
    /// damaged record, not a packet.
    pub packet_bytes: usize,
    /// Largest pcapng block that is believed. Real ones are a packet with its options, or decryption secrets of some megabytes.
    pub block_bytes: usize,
    /// Interfaces of one pcapng section. Packets of further ones are damage.
    pub interfaces: usize,
    /// Memory that expanding a compressed capture may take for its window: what `zstd -19` and `xz -9` need, twice.
    pub window_bytes: usize,
    /// How many bytes one byte of a compressed capture may become. Packets differ in times, numbers and checksums, so that real captures stay
    /// far below; what is beyond is made to fill memory and time. Reading stops there and says so.
    pub expansion_ratio: u64,
    /// ... and how many bytes of a compressed capture are read whatever the ratio.
    pub expansion_bytes: u64,
    /// Captures of a merged analysis that are open at once, since their times overlap. At the ceiling the next one waits until one of them ends,
    /// which is told; its packets come late then.
    pub open_captures: usize,
    /// Damaged places of a capture that are told one by one. Further ones are counted.
    pub damaged_places: usize,
    /// Tunnels within tunnels that are followed in one packet. What lies deeper is not decoded: nobody nests like that on purpose.
    pub tunnels: usize,
    /// Extension headers of one IPv6 packet that are stepped over. RFC 8200 (section 4.1) knows seven; a packet with more is not decoded.
    pub extension_headers: usize,
    /// Fragmented IP packets that may be incomplete at once. At the ceiling the oldest is given up. Linux allows some thousand on a fast link.
    pub datagrams: usize,
    /// Memory for all of them, in bytes. At the ceiling the oldest is given up.
    pub fragment_bytes: usize,
    /// Separate pieces of one of them. Every link carries 68 bytes (RFC 791), 48 of them payload of a datagram: so 65,535 bytes have at most 1366
    /// pieces. A datagram with more is given up.
    pub fragments: usize,
    /// How long a fragment waits for the others (RFC 8200, section 4.5). After that its number stands for another datagram.
    pub fragment_wait: Span,
    /// Complete datagrams that are remembered, so that late copies of their fragments begin no new one. Beyond it the oldest is forgotten.
    pub datagrams_done: usize,
    /// Segments and ICMP errors that are remembered to recognise packets that were captured twice. A newer one takes the place of an older one.
    pub copies: usize,
    /// How far apart in time two copies of one packet may be: two interfaces of one machine, or two captures with one clock. Shorter than any
    /// repetition by the sender (RFC 6298: a second; systems go down to 200 ms).
    pub copy_span: Span,
    /// Flows that are open at once, each of which takes about 330 bytes while nothing
    /// was said on it. At the ceiling the one that was silent longest is given up ([`crate::base::fate::Fate::Evicted`]).
    pub flows: usize,
    /// Flows that have ended and stay known for [`Self::linger`]. Beyond it the one that ended first is forgotten: what still comes of it is
    /// taken for a flow whose beginning was not captured.
    pub ended_flows: usize,
    /// VLAN tags on which the flow is looked for that an ICMP error is about, or that a segment is the other half of, where their own tags are
    /// other ones. Flows with tags that came up later are not found so: the error remains unplaced, and the two halves are two flows.
    pub vlans: usize,
    /// Bytes that one side of a flow may hold back while it waits for a hole to be filled. At the ceiling the hole becomes a gap. Twice the
    /// largest window that systems of the year 2000 used; modern windows beyond it only mean that a hole is given up earlier.
    pub reorder_bytes: usize,
    /// Bytes that all flows together may hold back. At the ceiling the flow that asks for more gives up its hole.
    pub reorder_bytes_total: usize,
    /// Delivered bytes of all flows that are remembered so that a retransmission with other content is noticed. Older bytes are not compared.
    pub overlap_bytes: usize,
    /// How far ahead of the expected byte a segment may lie. What lies further belongs to another connection or is forged; it is discarded.
    pub sequence_window: i64,
    /// After an ACK proved that bytes are missing, how long a late packet may still bring them: captures reorder by microseconds, rarely more.
    pub gap_grace: Span,
    /// ... and how many further packets of the same flow must have been seen, so that a pause alone never makes a gap.
    pub gap_grace_packets: u32,
    /// Answers to a SYN (RST, ICMP error) that may wait for [`Self::gap_grace`] because the SYN was captured after them. At the ceiling the
    /// oldest one waits no longer. Each segment is compared with all of them.
    pub early_answers: usize,
    /// A flow without any packet for this long is closed as [`crate::base::fate::Fate::Idle`], unless a request waits for its answer.
    pub idle: Span,
    /// A flow that is still being opened, and whose last SYN is this old, is closed as [`crate::base::fate::Fate::Unanswered`].
    pub connect: Span,
    /// A flow whose SYN was refused with a RST is closed as [`crate::base::fate::Fate::Refused`] when it was silent for this long. Windows
    /// sends the same SYN again about half a second after the RST, two or three times; that is one attempt, and may succeed.
    pub retry: Span,
    /// A packet whose time is this far ahead of the one before is believed only when the next one confirms it: a damaged timestamp would end
    /// every flow.
    pub leap: Span,
    /// A finished or reset flow stays known this long, so that late retransmissions are not taken for a new flow.
    pub linger: Span,
    /// Bytes of a message head (start line and header fields). A longer head is cut there and the rest is skipped.
    pub head_bytes: usize,
    /// Header fields of one message; further ones stay in the raw head but are not looked up.
    pub headers: usize,
    /// Bytes before the first start line that are searched for one, before a flow is called "not HTTP".
    pub probe_bytes: usize,
    /// Bytes of a body that are kept for reading (XML, MIME). The rest is counted and skipped.
    pub body_bytes: usize,
    /// Requests of one connection that may wait for their answers (pipelining). Where one more comes, the last before it is taken as unanswered;
    /// its answer is passed over.
    pub pipelined: usize,
    /// Depth of nested XML elements that is followed; deeper content is ignored.
    pub xml_depth: usize,
    /// Elements of one XML document that are kept; further content is ignored.
    pub xml_elements: usize,
    /// Methods that the totals name. Further ones are counted together, and noted.
    pub methods: usize,
    /// Challenges (401) on ended connections that may still be followed on another one. Beyond it the oldest is told as not followed.
    pub challenges: usize,
    /// Endpoints for direct transfers that invitations announced. Beyond it no new ones are learnt, and that is noted.
    pub transfers: usize,
    /// Findings that are kept. Further ones are counted in a note.
    pub findings: usize,
    /// Connection attempts without a byte that are remembered until it is known whether they are callbacks.
    pub orphan_attempts: usize,
    /// Requests that may be polls: so many are remembered until the capture's end tells. Beyond it the cycles that have been silent longest are
    /// settled and handed on; if that is not enough all are, which go on in further pieces, and that is noted. A request takes about 200 bytes.
    pub polls: usize,
    /// Requests of different sessions, methods, Subscription-Ids or forms are remembered in groups: so many, and so many log-offs. Beyond it, where
    /// half of them or more are of methods that serve something else, too, and brought nothing, the older half of these is forgotten, of which
    /// there would be nothing to tell; else the same happens.
    pub poll_groups: usize,
    /// Callbacks that are kept of all sessions. Beyond it the older half is handed on: only sums are kept of them.
    pub kept_callbacks: usize,
    /// Failed callbacks of all sessions that are remembered one by one after they were handed on. Beyond it, only each session's first is; the
    /// others are counted by place and outcome.
    pub kept_failed: usize,
    /// Messages that are kept of all sessions, those among them that callbacks and polls brought. Beyond it the older half is settled, joined to
    /// what carried them so far, and handed on.
    pub kept_messages: usize,
    /// Subscriptions that are kept of all sessions. Beyond it those that have ended are handed on, and if that is not enough, those that were
    /// granted longest ago; the latter is noted.
    pub kept_subscriptions: usize,
    /// Changes of presence that are kept of all sessions. Beyond it the older half is handed on.
    pub kept_presence: usize,
    /// Requests by unknown methods whose events wait until it is known whether they are polls. Beyond it, they are told singly.
    pub held_polls: usize,
}

impl Limits {
    /// The ceilings of one of `shards` flow tables that together keep to these: what all flows have together is divided.
    #[must_use]
    pub fn share(&self, shards: usize) -> Self {
        let part = |whole: usize| (whole / shards.max(1)).max(1);
        Self {
            flows: part(self.flows),
            ended_flows: part(self.ended_flows),
            reorder_bytes_total: part(self.reorder_bytes_total),
            overlap_bytes: part(self.overlap_bytes),
            ..*self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            packet_bytes: 1 << 20,
            block_bytes: 64 << 20,
            interfaces: 4096,
            window_bytes: 128 << 20,
            expansion_ratio: 250,
            expansion_bytes: 256 << 20,
            open_captures: 64,
            damaged_places: 100,
            tunnels: 8,
            extension_headers: 32,
            datagrams: 1024,
            fragment_bytes: 16 << 20,
            fragments: 1366,
            fragment_wait: Span::from_secs(60),
            datagrams_done: 16,
            copies: 2048,
            copy_span: Span::from_millis(50),
            flows: 1 << 19,
            ended_flows: 1 << 14,
            vlans: 64,
            reorder_bytes: 1 << 20,
            reorder_bytes_total: 64 << 20,
            overlap_bytes: 2 << 20,
            sequence_window: 1 << 30,
            gap_grace: Span::from_millis(20),
            gap_grace_packets: 4,
            early_answers: 64,
            idle: Span::from_secs(3600),
            leap: Span::from_secs(3600),
            connect: Span::from_secs(130),
            retry: Span::from_secs(3),
            linger: Span::from_secs(60),
            head_bytes: 64 << 10,
            headers: 256,
            probe_bytes: 16 << 10,
            body_bytes: 1 << 20,
            pipelined: 1024,
            xml_depth: 64,
            xml_elements: 20_000,
            methods: 256,
            challenges: 256,
            transfers: 10_000,
            findings: 10_000,
            orphan_attempts: 8192,
            polls: 16_384,
            poll_groups: 4096,
            kept_callbacks: 4096,
            kept_failed: 8192,
            kept_messages: 8192,
            kept_subscriptions: 8192,
            kept_presence: 4096,
            held_polls: 10_000,
        }
    }
}

impl Limits {
    /// Keeps all of every session to the end, as one document of it needs.
    #[must_use]
    pub const fn keeping_all(mut self) -> Self {
        self.kept_callbacks = usize::MAX;
        self.kept_messages = usize::MAX;
        self.kept_subscriptions = usize::MAX;
        self.kept_presence = usize::MAX;
        self.polls = usize::MAX;
        self.poll_groups = usize::MAX;
        self
    }
}
