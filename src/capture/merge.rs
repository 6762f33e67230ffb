//! Several captures as one: their packets in the order of their times, each file opened when its time has come.
//!
//! Files of one capture point that were rotated are so read one after the other, whatever the order of their names; those whose times overlap are
//! read side by side. Within a capture its own order stays, since captures are not always in the order of time.

use super::file::{CaptureFile, NotACapture};
use super::{CaptureInfo, Damage, Packet, PacketSource, Step};
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Opens a capture that has the given index. Called again for a capture that was closed meanwhile.
pub type Opener = Box<dyn FnMut(u32) -> Result<CaptureFile, NotACapture> + Send>;

/// One of the captures.
pub struct Part {
    /// How it is opened.
    pub open: Opener,
    /// Whether it can be opened again, as files can and pipes can't.
    pub reopens: bool,
}

/// A capture and where it stands.
struct Slot {
    open: Opener,
    /// While it is open.
    file: Option<CaptureFile>,
    /// When its latest packet was seen; that of its first one, before it is read.
    at: Timestamp,
}

/// Several captures as one.
pub struct Merged {
    slots: Vec<Slot>,
    infos: Vec<CaptureInfo>,
    /// The most that one of them has.
    time_digits: u8,
    /// Those that are not open yet, the earliest last.
    waiting: Vec<(Timestamp, usize)>,
    /// Those that stand at a packet which was not handed out yet, by its time.
    ready: BinaryHeap<Reverse<(Timestamp, usize)>>,
    /// The one that has to go on before it is known which packet is next.
    going: Option<usize>,
    /// The one whose packet is lent.
    current: Option<usize>,
    /// How many are open.
    open: usize,
    max_open: usize,
    /// Whether it was told that too many overlap.
    told: bool,
}

impl Merged {
    /// Looks at the first packet of each part. Those that are no captures are given back with their places; the others have the indices 0, 1, ...
    /// in their order.
    pub fn new(parts: Vec<Part>, limits: &Limits) -> (Self, Vec<(usize, NotACapture)>) {
        let mut merged = Self {
            slots: Vec::new(),
            infos: Vec::new(),
            time_digits: 0,
            waiting: Vec::new(),
            ready: BinaryHeap::new(),
            going: None,
            current: None,
            open: 0,
            max_open: limits.open_captures.max(1),
            told: false,
        };
        let mut refused = Vec::new();
        for (place, part) in parts.into_iter().enumerate() {
            if let Err(why) = merged.add(part) {
                refused.push((place, why));
            }
        }
        merged.time_digits = merged.infos.iter().map(|info| info.time_digits).max().unwrap_or_default();
        merged.waiting.sort_unstable_by_key(|waiting| Reverse(*waiting));
        (merged, refused)
    }

    fn add(&mut self, part: Part) -> Result<(), NotACapture> {
        let Part { mut open, reopens } = part;
        let number = self.slots.len();
        let index = u32::try_from(number).unwrap_or(u32::MAX);
        let mut file = open(index)?;
        if reopens {
            let at = first_time(&mut file);
            self.infos.extend_from_slice(file.infos());
            self.waiting.push((at, number));
            self.slots.push(Slot { open, file: None, at });
        } else {
            // What a pipe gave is gone, so it stays open, and counts as the earliest until its first packet is known.
            self.infos.extend_from_slice(file.infos());
            self.waiting.push((Timestamp::MIN, number));
            self.slots.push(Slot { open, file: Some(file), at: Timestamp::MIN });
        }
        Ok(())
    }

    /// Opens the capture that is next, if its time has come. Says what went wrong.
    fn open_next(&mut self) -> Option<Box<Damage>> {
        let (first, number) = *self.waiting.last()?;
        let due = self.ready.peek().is_none_or(|Reverse((at, _))| first <= *at);
        if !due {
            return None;
        }
        let capture = u32::try_from(number).unwrap_or(u32::MAX);
        if self.open >= self.max_open {
            let what = format!("{} captures overlap in time already, so this one and the following are read late", self.open);
            return (!std::mem::replace(&mut self.told, true)).then(|| Box::new(Damage { capture, offset: 0, after_packet: 0, what }));
        }
        self.waiting.pop();
        let slot = self.slots.get_mut(number)?;
        if slot.file.is_none() {
            match (slot.open)(capture) {
                Ok(file) => slot.file = Some(file),
                Err(why) => {
                    let what = format!("it could be read before, and cannot be opened now: {why}");
                    return Some(Box::new(Damage { capture, offset: 0, after_packet: 0, what }));
                }
            }
        }
        self.open += 1;
        self.going = Some(number);
        None
    }

    /// Lets a capture go on. Answers with damage, if there is some.
    fn go_on(&mut self, number: usize) -> Option<Box<Damage>> {
        let slot = self.slots.get_mut(number)?;
        let file = slot.file.as_mut()?;
        match file.advance() {
            Step::Packet => {
                // A packet without a time belongs to the one before.
                slot.at = file.packet().and_then(|packet| packet.at).unwrap_or(slot.at);
                self.ready.push(Reverse((slot.at, number)));
            }
            Step::Damage(damage) => {
                self.going = Some(number);
                return Some(damage);
            }
            Step::End => {
                self.keep_info(number);
                self.open -= 1;
                if let Some(slot) = self.slots.get_mut(number) {
                    slot.file = None;
                }
            }
        }
        None
    }

    fn keep_info(&mut self, number: usize) {
        let file = self.slots.get(number).and_then(|slot| slot.file.as_ref());
        if let (Some(last), Some(info)) = (file.and_then(|file| file.infos().first()), self.infos.get_mut(number)) {
            info.clone_from(last);
            self.time_digits = self.time_digits.max(info.time_digits);
        }
    }
}

impl PacketSource for Merged {
    fn advance(&mut self) -> Step {
        self.going = self.current.take().or(self.going);
        loop {
            if let Some(number) = self.going.take() {
                if let Some(damage) = self.go_on(number) {
                    return Step::Damage(damage);
                }
            } else {
                if let Some(damage) = self.open_next() {
                    return Step::Damage(damage);
                }
                if self.going.is_some() {
                    continue;
                }
                match self.ready.pop() {
                    Some(Reverse((_, number))) => {
                        self.current = Some(number);
                        return Step::Packet;
                    }
                    None if self.waiting.is_empty() => return Step::End,
                    None => {}
                }
            }
        }
    }

    fn may_wait(&self) -> bool {
        let last = self.current.or(self.going).and_then(|number| self.slots.get(number));
        last.and_then(|slot| slot.file.as_ref()).is_none_or(PacketSource::may_wait)
    }

    fn packet(&self) -> Option<Packet<'_>> {
        self.slots.get(self.current?)?.file.as_ref()?.packet()
    }

    fn time_digits(&self) -> u8 {
        self.time_digits
    }

    fn infos(&self) -> &[CaptureInfo] {
        &self.infos
    }
}

/// The time of the first packet that has one; the earliest time of all for a capture without packets, so that it is read at once.
fn first_time(file: &mut CaptureFile) -> Timestamp {
    loop {
        match file.advance() {
            Step::Packet => {
                if let Some(at) = file.packet().and_then(|packet| packet.at) {
                    return at;
                }
            }
            Step::Damage(_) => {}
            Step::End => return Timestamp::MIN,
        }
    }
}

#[cfg(test)]
mod tests;
