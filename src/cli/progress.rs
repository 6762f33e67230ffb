//! How far reading has come: a bar on standard error, for people who wait.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the bar is drawn anew, in times a second.
const DRAWN: u8 = 10;

/// A bar that shows itself once reading takes longer than a moment. Where standard error is no terminal, it never does.
#[derive(Clone)]
pub(super) struct Progress {
    bar: ProgressBar,
    /// Whether it shows itself at all, or does already.
    shown: Arc<AtomicBool>,
}

impl Progress {
    /// A bar for that many bytes; `None` where nobody knows how many come. Not `wanted`, it is never shown.
    pub(super) fn new(total: Option<u64>, wanted: bool) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let template = if total.is_some() {
            "{wide_bar} {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}, {eta} left"
        } else {
            "{spinner} {binary_bytes}, {binary_bytes_per_sec}"
        };
        // A template that could not be read would only look like the usual one.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, shown: Arc::new(AtomicBool::new(!wanted)) }
    }

    /// So many bytes more were read.
    pub(super) fn read(&self, bytes: u64) {
        self.bar.inc(bytes);
        if self.bar.elapsed() > PATIENCE && !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(DRAWN));
        }
    }

    /// Does `what` writes to the same terminal, perhaps, with the bar out of its way.
    pub(super) fn aside<T>(&self, what: impl FnOnce() -> T) -> T {
        self.bar.suspend(what)
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
