//! Conversations: scripts that a reviewer can read in a diff, and the packets that they mean. The same script gives the same packets.
//!
//! ```text
//! # a comment
//! start 2001-06-04T09:00:00Z           when the first packet is seen
//! vlan 7                               all packets carry this VLAN tag
//! host bob 10.9.0.10                   a host, IPv4 or IPv6
//! wait 5s                              nothing happens for a while (ms, s, min, h)
//!
//! open a bob:1042 server:80            a connection with its handshake; "a" names it
//! joined b bob:1043 server:80          a connection that was there before the capture began
//! a >                                  who opened it sends the message below, and the other side acknowledges it
//! | NOTIFY / HTTP/1.1                  lines of the message. The head's lines end with CR LF, up to the first empty line; what follows is the
//! | Content-Length: *                  body, its lines joined with LF. A message without an empty line is a head alone. The star becomes the
//! |                                    length of the body
//! | <r:notification/>
//! a < lf apart                         the other side sends, with options:
//!                                      lf       the head's lines end with a bare LF
//!                                      raw      the lines as they are, joined with LF, without an end
//!                                      apart    head and body in two segments
//!                                      split N  in segments of N bytes
//!                                      lose N   the Nth segment arrives (and is acknowledged) but is not in the capture
//! a close bob                          bob closes, then the other side
//! a fin bob                            bob closes his direction only
//! a reset bob                          bob resets the connection
//!
//! attempt server:2001 bob:3127 unanswered 4                  four SYNs, 3, 6 and 12 s apart, as Windows 2000 sends them
//! attempt server:2002 bob:3127 refused                       a SYN and its RST
//! attempt server:2003 bob:3127 prohibited by 10.9.0.1        a SYN, and an ICMP "administratively prohibited" about it
//! udp server:1027 bob:32791                                  a datagram with the message below
//! ```

use super::packets::{ACK, Carries, FIN, Frame, PSH, Packet, RST, SYN, Segment, frame};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// Packets that a script, or a change of one, gave.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) packets: Vec<Packet>,
    pub(crate) vlan: Option<u16>,
}

/// A connection: its ends, the opener first, and the next sequence number of each.
struct Connection {
    ends: [SocketAddr; 2],
    next: [u32; 2],
}

/// Between a segment and its acknowledgement.
const TURN: u64 = 100;
/// Between two steps of a script.
const STEP: u64 = 1_000;
/// Microseconds of silence after which no copy of an earlier packet comes any more.
const PAUSE: u64 = 1_000_000;

struct Player {
    clock: u64,
    hosts: BTreeMap<String, IpAddr>,
    connections: BTreeMap<String, Connection>,
    opened: u32,
    packets: Vec<Packet>,
    vlan: Option<u16>,
}

/// Plays `script`. A mistake in it ends the test with the number of the line.
pub(crate) fn play(script: &str) -> Conversation {
    let mut player = Player { clock: 0, hosts: BTreeMap::new(), connections: BTreeMap::new(), opened: 0, packets: Vec::new(), vlan: None };
    let mut lines = script.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut block = Vec::new();
        while let Some((_, text)) = lines.next_if(|(_, next)| next.starts_with('|')) {
            block.push(text.strip_prefix("| ").unwrap_or(&text[1..]));
        }
        assert!(player.step(&words, &block).is_some(), "line {}: {line}", number + 1);
    }
    Conversation { packets: player.packets, vlan: player.vlan }
}

impl Player {
    fn step(&mut self, words: &[&str], block: &[&str]) -> Option<()> {
        match *words {
            ["start", time] => self.clock = u64::try_from(time.parse::<jiff::Timestamp>().ok()?.as_microsecond()).ok()?,
            ["vlan", tag] => self.vlan = Some(tag.parse().ok()?),
            ["host", name, ip] => drop(self.hosts.insert(name.into(), ip.parse().ok()?)),
            ["wait", time] => self.clock += duration(time)?,
            ["open", name, from, to] => self.open(name, from, to)?,
            ["joined", name, from, to] => {
                let connection = self.connection(from, to)?;
                self.connections.insert(name.into(), connection);
            }
            ["attempt", from, to, ref outcome @ ..] => self.attempt(from, to, outcome)?,
            ["udp", from, to] => {
                let (from, to) = (self.endpoint(from)?, self.endpoint(to)?);
                let payload = message(block, &[])?.concat();
                self.packets.push(Packet { at: self.clock, from, to, carries: Carries::Udp(payload) });
            }
            [name, ">", ref options @ ..] => self.send(name, 0, options, block)?,
            [name, "<", ref options @ ..] => self.send(name, 1, options, block)?,
            [name, what @ ("close" | "fin" | "reset"), host] => self.end(name, what, host)?,
            _ => return None,
        }
        self.clock += STEP;
        Some(())
    }

    fn endpoint(&self, text: &str) -> Option<SocketAddr> {
        let (host, port) = text.split_once(':')?;
        Some(SocketAddr::new(*self.hosts.get(host)?, port.parse().ok()?))
    }

    /// A new connection. Every third one begins shortly before its sequence numbers wrap around.
    fn connection(&mut self, from: &str, to: &str) -> Option<Connection> {
        self.opened += 1;
        let first = if self.opened.is_multiple_of(3) { 0xffff_ffc0 } else { self.opened * 1_000_003 };
        Some(Connection { ends: [self.endpoint(from)?, self.endpoint(to)?], next: [first, first ^ 0x5555_0000] })
    }

    fn open(&mut self, name: &str, from: &str, to: &str) -> Option<()> {
        let mut connection = self.connection(from, to)?;
        self.segment(&mut connection, 0, SYN, &[], true);
        self.segment(&mut connection, 1, SYN | ACK, &[], true);
        self.segment(&mut connection, 0, ACK, &[], true);
        self.connections.insert(name.into(), connection);
        Some(())
    }

    fn send(&mut self, name: &str, side: usize, options: &[&str], block: &[&str]) -> Option<()> {
        let mut connection = self.connections.remove(name)?;
        let lost: usize = option(options, "lose").unwrap_or(0);
        let segments = message(block, options)?;
        for (number, payload) in segments.iter().enumerate() {
            self.segment(&mut connection, side, PSH | ACK, payload, number + 1 != lost);
            self.segment(&mut connection, 1 - side, ACK, &[], true);
        }
        self.connections.insert(name.into(), connection);
        Some(())
    }

    fn end(&mut self, name: &str, what: &str, host: &str) -> Option<()> {
        let mut connection = self.connections.remove(name)?;
        let side = usize::from(connection.ends[0].ip() != *self.hosts.get(host)?);
        if what == "reset" {
            self.segment(&mut connection, side, RST | ACK, &[], true);
            return Some(());
        }
        self.segment(&mut connection, side, FIN | ACK, &[], true);
        self.segment(&mut connection, 1 - side, ACK, &[], true);
        if what == "close" {
            self.segment(&mut connection, 1 - side, FIN | ACK, &[], true);
            self.segment(&mut connection, side, ACK, &[], true);
        } else {
            self.connections.insert(name.into(), connection);
        }
        Some(())
    }

    fn attempt(&mut self, from: &str, to: &str, outcome: &[&str]) -> Option<()> {
        let mut connection = self.connection(from, to)?;
        let first = connection.next[0];
        self.segment(&mut connection, 0, SYN, &[], true);
        let syn = self.packets.last()?.clone();
        match *outcome {
            ["unanswered", times] => {
                for again in 1..times.parse().ok()? {
                    self.clock += 3_000_000 << (again - 1);
                    connection.next[0] = first;
                    self.segment(&mut connection, 0, SYN, &[], true);
                }
            }
            ["refused"] => {
                connection.next[1] = 0;
                self.segment(&mut connection, 1, RST | ACK, &[], true);
            }
            ["prohibited", "by", router] => {
                let code = if syn.from.is_ipv4() { 13 } else { 1 };
                let carries = Carries::Unreachable(code, Box::new(syn));
                let from = SocketAddr::new(router.parse().ok()?, 0);
                self.packets.push(Packet { at: self.clock, from, to: connection.ends[0], carries });
            }
            _ => return None,
        }
        Some(())
    }

    /// One segment of `side`; `captured` says whether it is in the capture.
    fn segment(&mut self, connection: &mut Connection, side: usize, flags: u8, payload: &[u8], captured: bool) {
        let seq = connection.next[side];
        let ack = if flags & ACK == 0 { 0 } else { connection.next[1 - side] };
        let carries = Carries::Tcp(Segment { seq, ack, flags, payload: payload.to_vec() });
        if captured {
            self.packets.push(Packet { at: self.clock, from: connection.ends[side], to: connection.ends[1 - side], carries });
        }
        let numbered = payload.len() + usize::from(flags & (SYN | FIN) != 0);
        connection.next[side] = seq.wrapping_add(u32::try_from(numbered).unwrap());
        self.clock += TURN;
    }
}

fn duration(text: &str) -> Option<u64> {
    let unit = text.find(|c: char| c.is_alphabetic())?;
    let micros = match &text[unit..] {
        "ms" => 1_000,
        "s" => 1_000_000,
        "min" => 60_000_000,
        "h" => 3_600_000_000,
        _ => return None,
    };
    Some(text[..unit].parse::<u64>().ok()? * micros)
}

fn option(options: &[&str], name: &str) -> Option<usize> {
    let at = options.iter().position(|option| *option == name)?;
    options.get(at + 1)?.parse().ok()
}

/// The segments of a message.
fn message(block: &[&str], options: &[&str]) -> Option<Vec<Vec<u8>>> {
    if block.is_empty() {
        return None;
    }
    let has = |name| options.contains(&name);
    let (head, body) = if has("raw") {
        (block.join("\n"), String::new())
    } else {
        let blank = block.iter().position(|line| line.is_empty()).unwrap_or(block.len());
        let body = block.get(blank + 1..).unwrap_or_default().join("\n");
        let line_end = if has("lf") { "\n" } else { "\r\n" };
        let length = format!("Content-Length: {}", body.len());
        let head = block[..blank].iter().map(|line| line.replace("Content-Length: *", &length) + line_end).collect::<String>();
        (head + line_end, body)
    };
    let parts = if has("apart") { vec![head.into_bytes(), body.into_bytes()] } else { vec![(head + &body).into_bytes()] };
    let size = option(options, "split").unwrap_or(1460);
    Some(parts.iter().flat_map(|part| part.chunks(size).map(<[u8]>::to_vec)).collect())
}

/// Changes that must not change what happened, or only what can be known of it.
impl Conversation {
    /// The Ethernet frames.
    pub(crate) fn frames(&self) -> Vec<Frame> {
        (1..).zip(&self.packets).map(|(id, packet)| frame(packet, id, self.vlan)).collect()
    }

    /// With another VLAN tag, or without one.
    pub(crate) fn vlan(mut self, tag: Option<u16>) -> Self {
        self.vlan = tag;
        self
    }

    /// In segments of at most `size` bytes.
    pub(crate) fn split(mut self, size: usize) -> Self {
        let mut packets = Vec::new();
        for packet in self.packets {
            match &packet.carries {
                Carries::Tcp(whole) if whole.payload.len() > size => {
                    let mut seq = whole.seq;
                    for payload in whole.payload.chunks(size) {
                        let carries = Carries::Tcp(Segment { seq, payload: payload.to_vec(), ..whole.clone() });
                        packets.push(Packet { carries, ..packet.clone() });
                        seq = seq.wrapping_add(u32::try_from(size).unwrap());
                    }
                }
                _ => packets.push(packet),
            }
        }
        self.packets = packets;
        self
    }

    /// A little out of order, as networks and captures do it: among up to three data segments of one direction that follow each other, and an
    /// acknowledgement before the data that it acknowledges. Only on connections whose beginning is there: without it nothing says which
    /// byte is the first. What closes a connection stays where it is, for who closed before what was answered is what the timeline tells.
    pub(crate) fn reordered(mut self, seed: u64) -> Self {
        let mut random = Random(seed);
        let begun: BTreeSet<_> =
            self.packets.iter().filter(|packet| packet.tcp().is_some_and(|tcp| tcp.flags & SYN != 0)).map(Packet::flow).collect();
        let data = |packet: &Packet| begun.contains(&packet.flow()) && packet.tcp().is_some_and(|tcp| !tcp.payload.is_empty());
        let mut at = 0;
        while let Some(first) = self.packets.get(at) {
            let run =
                self.packets[at..].iter().take(3).take_while(|next| data(next) && next.from == first.from && next.to == first.to).count();
            for swap in (1..run).rev() {
                self.packets.swap(at + swap, at + random.below(swap + 1));
            }
            at += run.max(1);
        }
        for at in 1..self.packets.len() {
            let early = self.packets[at].tcp().is_some_and(|tcp| tcp.flags == ACK && tcp.payload.is_empty());
            if early && data(&self.packets[at - 1]) && self.packets[at].from == self.packets[at - 1].to && random.below(2) == 0 {
                self.packets.swap(at - 1, at);
            }
        }
        self
    }

    /// With the times in order again, whatever the order of the packets.
    pub(crate) fn times_sorted(mut self) -> Self {
        let mut times: Vec<u64> = self.packets.iter().map(|packet| packet.at).collect();
        times.sort_unstable();
        for (packet, at) in self.packets.iter_mut().zip(times) {
            packet.at = at;
        }
        self
    }

    /// With copies of some TCP packets up to two packets later. A SYN is not copied: two of them are two attempts.
    pub(crate) fn duplicated(mut self, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut at = 0;
        while at < self.packets.len() {
            let packet = &self.packets[at];
            if packet.tcp().is_some_and(|tcp| tcp.flags & SYN == 0) && random.below(3) == 0 {
                let mut place = (at + 1 + random.below(3)).min(self.packets.len());
                // A network copies a packet at once, not after a pause.
                while place > at + 1 && self.packets[place - 1].at - packet.at > PAUSE {
                    place -= 1;
                }
                let copy = Packet { at: self.packets[place - 1].at, ..packet.clone() };
                self.packets.insert(place, copy);
                at = place;
            }
            at += 1;
        }
        self
    }

    /// Only what `host` sent.
    pub(crate) fn only_from(mut self, host: IpAddr) -> Self {
        self.packets.retain(|packet| packet.from.ip() == host);
        self
    }
}

/// The first `length` bytes of each frame, as a snapshot length leaves them.
pub(crate) fn snap(mut frames: Vec<Frame>, length: usize) -> Vec<Frame> {
    for frame in &mut frames {
        frame.bytes.truncate(length);
    }
    frames
}

/// A small generator of repeatable random numbers (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ word >> 31) % bound as u64) as usize
    }
}
