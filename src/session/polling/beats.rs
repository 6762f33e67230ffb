//! The rhythm of polls: period, jitter, missed beats, bursts. Pure arithmetic over times.

use crate::base::time::{Span, Timestamp};
use crate::session::polling::Spread;

/// A rhythm, as the times between consecutive polls show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::session) struct Rhythm {
    pub(in crate::session) period: Option<Span>,
    pub(in crate::session) jitter: Option<Span>,
}

/// Of so many polls at least a rhythm can be told.
const FEWEST: usize = 4;

impl Rhythm {
    /// The rhythm of polls at `times`, which are sorted.
    pub(in crate::session) fn of(times: &[Timestamp]) -> Self {
        let mut intervals = intervals(times);
        let jitter = deviation(&intervals);
        Self { period: median(&mut intervals), jitter }
    }

    /// How many beats an interval has missed.
    pub(in crate::session) fn missed(self, interval: Span) -> u64 {
        let Some(period) = self.period.filter(|period| period.nanos() > 0) else { return 0 };
        ((interval.seconds() / period.seconds()).round() as u64).saturating_sub(1)
    }

    /// Whether an interval is so short that its polls belong to a burst.
    pub(in crate::session) fn is_short(self, interval: Span) -> bool {
        self.period.is_some_and(|period| interval.nanos() < period.nanos() / 4)
    }

    /// Whether polls at `times` keep time: of their intervals three in five are within half the period of it. Requests at random do not.
    pub(in crate::session) fn is_steady(self, times: &[Timestamp]) -> bool {
        let Some(period) = self.period.map(Span::nanos).filter(|period| *period > 0) else { return false };
        let all = intervals(times);
        let near = all.iter().filter(|interval| interval.abs_diff(period) <= period.unsigned_abs() / 2).count();
        times.len() >= FEWEST && near * 5 >= all.len() * 3
    }
}

/// Runs of three polls or more that belong to a burst: the first and the last of each, as places in `times`.
pub(in crate::session) fn bursts(times: &[Timestamp], rhythm: Rhythm) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    for place in 1..=times.len() {
        let pair = times.get(place - 1).zip(times.get(place));
        if pair.is_some_and(|(one, next)| rhythm.is_short(next.since(*one))) {
            continue;
        }
        if place - start >= 3 {
            found.push((start, place - 1));
        }
        start = place;
    }
    found
}

/// The middle and the longest of `spans`.
pub(in crate::session) fn spread(spans: impl Iterator<Item = Span>) -> Option<Spread> {
    let mut nanos: Vec<i64> = spans.map(Span::nanos).collect();
    let max = nanos.iter().copied().max()?;
    Some(Spread { median: median(&mut nanos)?, max: Span::from_nanos(max) })
}

fn intervals(times: &[Timestamp]) -> Vec<i64> {
    times.iter().zip(times.iter().skip(1)).map(|(one, next)| next.since(*one).nanos()).collect()
}

/// The median; of an even number the mean of the middle two.
fn median(nanos: &mut [i64]) -> Option<Span> {
    nanos.sort_unstable();
    let upper = *nanos.get(nanos.len() / 2)?;
    let lower = *nanos.get((nanos.len() - 1) / 2)?;
    Some(Span::from_nanos(lower.midpoint(upper)))
}

/// The standard deviation.
fn deviation(nanos: &[i64]) -> Option<Span> {
    if nanos.len() < 2 {
        return None;
    }
    let count = nanos.len() as f64;
    let mean = nanos.iter().map(|nanos| *nanos as f64).sum::<f64>() / count;
    let squares: f64 = nanos.iter().map(|nanos| (*nanos as f64 - mean).powi(2)).sum();
    Some(Span::from_nanos((squares / count).sqrt().round() as i64))
}
