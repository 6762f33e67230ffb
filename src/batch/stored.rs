//! Stored analyses among the inputs: they give again what the analysis of their captures gave.

use super::spool::Spool;
use super::{Came, Input, InputError, Job, Take};
use crate::analysis::Analysis;
use crate::base::needles::Needles;
use crate::base::notation::Mistake;
use crate::base::origin::{Origin, Packed, PacketId};
use crate::capture::file::Opening;
use crate::pipeline::{Events, When};
use crate::rvp::secrets::Secrets;
use crate::session::event::Event;
use crate::session::transcript::{Evidence, Gone, Transcript};
use crate::session::update::Update;
use crate::store::{self, CEILING, Keep, START, Stored};
use std::io::{self, Read};

/// Whether a file is a stored analysis.
pub(super) fn is_one(opening: &mut Opening) -> bool {
    opening.starts_with(START)
}

/// Why a stored analysis can't be merged with anything.
pub(super) const NO_PACKETS: &str =
    "a stored analysis has no packets that could be merged with others; merge the captures that it was made of, or leave --merge out";

/// Reads a stored analysis and hands out what it holds.
pub(super) fn analyse<E>(input: &Input, opening: Opening, job: &Job, take: Take<'_, E>) -> Result<(), E> {
    let Stored { mut analysis, mut events, mut exchanges } = match read(input, opening) {
        Ok(stored) => stored,
        Err(error) => return take(Came::Unreadable(error)),
    };
    exchanges.index();
    let wanted = &job.course.wanted;
    if let Some(search) = &wanted.search {
        exchanges.search(|said| hits(said, search));
        Hits::new(&exchanges).tell(&mut analysis, &mut events);
    }
    let mut unwanted = 0;
    for (event, time_digits) in events {
        // Sessions stand in the order of their numbers, unless somebody put them otherwise.
        let session =
            |id| analysis.sessions.binary_search_by_key(&id, |session| session.id).ok().and_then(|place| analysis.sessions.get(place));
        let is_wanted = match &wanted.events {
            Events::None => false,
            Events::All => true,
            Events::Some(wanted) => wanted(&event, event.session.and_then(session)),
        };
        if is_wanted {
            take(Came::Update(Update::Event(event), When { packets: u64::MAX, time_digits }))?;
        } else if let Events::Some(_) = wanted.events {
            unwanted += 1;
        }
    }
    if unwanted > 0 {
        analysis.selected.get_or_insert_default().hidden_events += unwanted;
    }
    let said = Retold { exchanges, secrets: wanted.transcripts.unwrap_or_default() };
    take(Came::Analysis(Box::new(analysis), Box::new(said)))
}

fn read(input: &Input, opening: Opening) -> Result<Stored<Spool>, InputError> {
    let mut bytes = Vec::new();
    opening.take(CEILING + 1).read_to_end(&mut bytes).map_err(|error| InputError::Open(input.path.clone(), error))?;
    if bytes.len() as u64 > CEILING {
        let why = format!("a stored analysis of more than {CEILING} bytes is not read; analyse its captures again");
        return Err(InputError::Open(input.path.clone(), io::Error::other(why)));
    }
    let text = String::from_utf8(bytes).map_err(|error| not_text(error.as_bytes(), error.utf8_error().valid_up_to()));
    let stored = text.and_then(|text| store::read(&text));
    stored.map_err(|mistake| InputError::Stored(input.path.clone(), mistake))
}

/// Says where `bytes` end to be UTF-8.
fn not_text(bytes: &[u8], valid: usize) -> Mistake {
    let before = bytes.get(..valid).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    Mistake {
        line: 1 + memchr::memchr_iter(b'\n', before).count(),
        column: 1 + String::from_utf8_lossy(line).chars().count(),
        what: "this is no UTF-8".to_owned(),
    }
}

impl Keep for Spool {
    fn keep(&mut self, said: Result<Transcript, Gone>) {
        match said {
            Ok(said) => self.push(&said),
            Err(why) => self.push_gone(why),
        }
    }
}

/// Which of the texts that are looked for an exchange holds, as far as it was kept.
fn hits(said: &Transcript, search: &Needles) -> u64 {
    search.hits(&said.searched().iter().map(String::as_bytes).collect::<Vec<_>>())
}

/// What was said, without the secrets that it may have been stored with.
struct Retold {
    exchanges: Spool,
    secrets: Secrets,
}

impl Evidence for Retold {
    fn exchanges(&self) -> usize {
        self.exchanges.exchanges()
    }

    fn exchange(&self, place: usize) -> Result<Transcript, Gone> {
        self.exchanges.exchange(place).map(|said| said.masked(self.secrets))
    }

    fn places(&self, origin: &Origin) -> Vec<usize> {
        self.exchanges.places(origin)
    }
}

/// The packets of the exchanges that hold some of the texts that are looked for.
struct Hits {
    /// The first and the last packet, which texts, and the last packet of all up to here; in the order of the first.
    ranges: Vec<(PacketId, PacketId, u64, PacketId)>,
}

impl Hits {
    fn new(exchanges: &Spool) -> Self {
        let mut ranges = Vec::new();
        for said in (0..exchanges.exchanges()).filter_map(|place| exchanges.exchange(place).ok()) {
            if said.hits != 0 {
                let packet = |capture, number| PacketId { capture, number };
                ranges.extend(said.origin.ranges().map(|range| {
                    let last = packet(range.capture, range.last);
                    (packet(range.capture, range.first), last, said.hits, last)
                }));
            }
        }
        ranges.sort_unstable();
        let mut furthest = None;
        for (_, last, _, all) in &mut ranges {
            furthest = furthest.max(Some(*last));
            *all = furthest.unwrap_or(*last);
        }
        Self { ranges }
    }

    /// Which texts the exchanges with packets of `origin` hold.
    fn of(&self, origin: &Packed) -> u64 {
        let mut hits = 0;
        for range in origin.ranges() {
            let first = PacketId { capture: range.capture, number: range.first };
            let last = PacketId { capture: range.capture, number: range.last };
            let begun = self.ranges.partition_point(|(start, ..)| *start <= last);
            let near = self.ranges.iter().take(begun).rev().take_while(|(.., all)| *all >= first);
            hits |= near.filter(|(_, end, ..)| *end >= first).fold(0, |hits, (_, _, more, _)| hits | more);
        }
        hits
    }

    fn tell(&self, analysis: &mut Analysis, events: &mut [(Event, u8)]) {
        // What names no client is about no exchange: it cites those of others.
        for (event, _) in events.iter_mut().filter(|(event, _)| event.detail.client.is_some()) {
            event.detail.hits = self.of(&event.origin);
        }
        for session in &mut analysis.sessions {
            for message in &mut session.messages {
                message.hits = self.of(&message.origin);
            }
            for callback in &mut session.callbacks {
                let hits = self.of(&callback.origin);
                std::sync::Arc::make_mut(callback).hits = hits;
            }
        }
    }
}
