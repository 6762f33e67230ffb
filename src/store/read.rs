//! Reads what was written down. Anybody may have written it, so nothing is believed that could harm: texts that reports show as they are have been
//! made printable, and counts are small enough to be added.

use super::{Exchange, VERSION};
use crate::analysis::Analysis;
use crate::base::notation::{self, Mistake};
use crate::session::event::Event;
use crate::session::transcript::{Gone, Transcript};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// No count of a capture is larger. The sums of a few of them still are numbers that all readers of JSON know exactly.
const LARGEST: u64 = 1 << 48;

/// Keeps what was said, exchange by exchange in the order of time.
pub trait Keep: Default {
    /// Keeps the next exchange.
    fn keep(&mut self, said: Result<Transcript, Gone>);
}

/// What a file holds.
#[derive(Debug)]
pub struct Stored<K> {
    /// The analysis.
    pub analysis: Analysis,
    /// Its events in the order in which they became certain, each with the digits that its time was told with.
    pub events: Vec<(Event, u8)>,
    /// What was said.
    pub exchanges: K,
}

/// Reads an analysis from the text of its file.
pub fn read<K: Keep>(text: &str) -> Result<Stored<K>, Mistake> {
    let Document { version: Version, analysis, event_digits, mut events, exchanges: Exchanges(exchanges) } = notation::read(text)?;
    events.sort_by_key(|event| event.id);
    let last = analysis.time_digits();
    let mut later = event_digits.into_iter().peekable();
    let mut digits = None;
    let dated = events.into_iter().map(|event| {
        while let Some((_, changed)) = later.next_if(|(from, _)| *from <= event.id) {
            digits = Some(changed);
        }
        (event, digits.unwrap_or(last))
    });
    Ok(Stored { events: dated.collect(), analysis, exchanges })
}

/// The document as it is written.
#[derive(serde::Deserialize)]
#[serde(bound = "K: Keep")]
struct Document<K> {
    version: Version,
    #[serde(deserialize_with = "addable")]
    analysis: Analysis,
    #[serde(default)]
    event_digits: Vec<(u64, u8)>,
    #[serde(default)]
    events: Vec<Event>,
    #[serde(default)]
    exchanges: Exchanges<K>,
}

/// A version that can be read.
struct Version;

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            1..=VERSION => Ok(Self),
            0 => Err(D::Error::custom("there is no version 0 of stored analyses")),
            newer => Err(D::Error::custom(format!(
                "a newer version of rvpscope stored this (version {newer} of stored analyses, and this program reads up to {VERSION}); update \
                 rvpscope, or analyse the captures again"
            ))),
        }
    }
}

/// Reads an analysis whose counts can be added.
fn addable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Analysis, D::Error> {
    let analysis = Analysis::deserialize(deserializer)?;
    let totals = &analysis.totals;
    let requests = totals.requests.values().flat_map(|statuses| statuses.values());
    let mut counts = requests.chain(totals.callbacks.values()).chain(totals.other_http.values());
    let sum = counts.try_fold(0_u64, |sum, count| sum.checked_add(*count));
    match sum {
        Some(..=LARGEST) => Ok(analysis),
        _ => Err(D::Error::custom("the totals of this analysis are larger than those of any capture")),
    }
}

/// Exchanges, handed on one by one.
#[derive(Default)]
struct Exchanges<K>(K);

impl<'de, K: Keep> Deserialize<'de> for Exchanges<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Keeping(PhantomData)).map(Self)
    }
}

struct Keeping<K>(PhantomData<K>);

impl<'de, K: Keep> Visitor<'de> for Keeping<K> {
    type Value = K;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of exchanges")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<K, A::Error> {
        let mut kept = K::default();
        while let Some(exchange) = list.next_element()? {
            kept.keep(match exchange {
                Exchange::Said(said) => Ok(said),
                Exchange::Gone(why) => Err(why),
            });
        }
        Ok(kept)
    }
}
