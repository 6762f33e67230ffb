//! Strip charts: a row of bars for each thing that is counted, all on one axis and to one scale. Each row has its name and its figures in words, so
//! that nothing depends on a colour or on eyes.

use crate::base::text::shortened;
use crate::base::time::{Span, Timestamp};
use maud::{Markup, html};

/// Room for the names at the left, for the bars, and for the figures at the right.
pub(super) const LEFT: f64 = 190.0;
pub(super) const PLOT: f64 = 530.0;
pub(super) const RIGHT: f64 = 400.0;
/// The height of a row.
pub(super) const ROW: f64 = 30.0;
/// Room for the axis.
pub(super) const AXIS: f64 = 22.0;

/// A row.
pub(super) struct Strip {
    pub(super) name: String,
    /// Whether it counts what went wrong.
    pub(super) bad: bool,
    /// How much there is in each part of the axis.
    pub(super) bins: Vec<u64>,
    /// The figures.
    pub(super) figures: String,
}

/// Draws `strips`; `labels` are the parts of the axis that have a name, and where they stand from 0 to 1.
pub(super) fn chart(title: &str, labels: &[(f64, String)], strips: &[Strip]) -> Markup {
    let most = strips.iter().flat_map(|strip| &strip.bins).copied().max().unwrap_or_default().max(1);
    html! {
        (frame(title, strips.len(), labels, &html! {
            @for (place, strip) in strips.iter().enumerate() { (row(place, strip, most)) }
        }))
    }
}

fn row(place: usize, strip: &Strip, most: u64) -> Markup {
    let floor = (place + 1) as f64 * ROW;
    let width = PLOT / strip.bins.len().max(1) as f64;
    let bars = strip.bins.iter().enumerate().filter(|(_, count)| **count > 0);
    html! {
        g.bad[strip.bad] {
            (named(place, &strip.name, &strip.figures))
            line.floor x1=(n(LEFT)) x2=(n(LEFT + PLOT)) y1=(n(floor)) y2=(n(floor)) {}
            @for (bin, count) in bars {
                @let height = (*count as f64 / most as f64 * (ROW - 6.0)).max(2.0);
                rect x=(n(LEFT + bin as f64 * width + 0.5)) y=(n(floor - height)) width=(n((width - 1.0).max(1.0))) height=(n(height)) { title { (count) } }
            }
        }
    }
}

/// The name of a row and its figures.
pub(super) fn named(place: usize, name: &str, figures: &str) -> Markup {
    let line = (place + 1) as f64 * ROW - 8.0;
    html! {
        text.name x=(n(LEFT - 10.0)) y=(n(line)) { (shortened(name, 30)) }
        text.figures x=(n(LEFT + PLOT + 10.0)) y=(n(line)) { (shortened(figures, 62)) }
    }
}

/// The frame around `rows` rows, with the axis below them.
pub(super) fn frame(title: &str, rows: usize, labels: &[(f64, String)], content: &Markup) -> Markup {
    let (width, height) = (LEFT + PLOT + RIGHT, rows as f64 * ROW + AXIS);
    html! {
        svg.chart xmlns="http://www.w3.org/2000/svg" width=(n(width)) height=(n(height)) viewBox=(format!("0 0 {} {}", n(width), n(height))) {
            title { (title) }
            @for (at, label) in labels {
                @let x = LEFT + at * PLOT;
                line.grid x1=(n(x)) x2=(n(x)) y1="0" y2=(n(rows as f64 * ROW)) {}
                text.axis x=(n(x)) y=(n(rows as f64 * ROW + 14.0)) { (label) }
            }
            (content)
        }
    }
}

/// A stretch of capture time as an axis.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    from: Timestamp,
    length: Span,
}

impl Axis {
    /// From the first of `times` to the last; `None` where they are all the same.
    pub(super) fn of(times: impl Iterator<Item = Timestamp>) -> Option<Self> {
        let (from, to) = times.fold((Timestamp::MAX, Timestamp::MIN), |(from, to), at| (from.min(at), to.max(at)));
        (from < to).then(|| Self { from, length: to.since(from) })
    }

    /// Where `at` stands, from 0 to 1.
    pub(super) fn place(&self, at: Timestamp) -> f64 {
        (at.since(self.from).nanos() as f64 / self.length.nanos() as f64).clamp(0.0, 1.0)
    }

    /// In which of `count` equal parts `at` lies.
    pub(super) fn bin(&self, at: Timestamp, count: usize) -> usize {
        ((self.place(at) * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// How long each of `count` equal parts is.
    pub(super) fn part(&self, count: i64) -> Span {
        Span::from_nanos(self.length.nanos() / count.max(1))
    }

    /// Five moments with their clock; with the day where it lasts longer than one.
    pub(super) fn labels(&self) -> Vec<(f64, String)> {
        let long = self.length.seconds() > 86_400.0;
        let label = |quarter: i64| {
            let at = self.from.after(Span::from_nanos((i128::from(self.length.nanos()) * i128::from(quarter) / 4) as i64));
            let text = if long { at.rfc3339(0).get(5..16).unwrap_or_default().replace('T', " ") } else { at.clock(0) };
            (quarter as f64 / 4.0, text)
        };
        (0..=4).map(label).collect()
    }
}

/// A coordinate with at most one digit after the point.
pub(super) fn n(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}
