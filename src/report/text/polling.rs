//! A polling cycle in a line for people.

use super::plural;
use crate::base::text::printable;
use crate::session::polling::PollCycle;

pub(in crate::report) fn line(cycle: &PollCycle) -> String {
    let mut text = format!(
        "polling-like ({}, {}): {} by {}",
        printable(&cycle.signature),
        cycle.confidence.as_str(),
        plural(cycle.polls, "poll"),
        printable(&cycle.method)
    );
    let mut add = |part: String| {
        text.push_str(", ");
        text.push_str(&part);
    };
    if let Some(period) = cycle.period {
        let jitter = cycle.jitter.map_or_else(String::new, |jitter| format!(" ± {jitter}"));
        add(format!("every {period}{jitter}"));
    }
    for (count, what) in [
        (cycle.empty, "empty"),
        (cycle.carrying, "with something"),
        (cycle.errors.saturating_sub(cycle.not_visible), "failed"),
        (cycle.not_visible, "not visible"),
        (cycle.missed, "missed"),
        (cycle.long_polls, "held"),
        (cycle.lost, "lost on the way"),
        (cycle.doubled, "delivered twice"),
    ] {
        if count > 0 {
            let what = match what {
                "lost on the way" | "delivered twice" => format!("{} {what}", plural(count, "message")),
                _ => format!("{count} {what}"),
            };
            add(what);
        }
    }
    if cycle.bursts > 0 {
        add(plural(cycle.bursts, "burst"));
    }
    if let Some(waited) = cycle.waited {
        add(format!("messages waited {} (median), {} at most", waited.median, waited.max));
    }
    if cycle.failed_callbacks > 0 {
        add(format!("after {}", plural(cycle.failed_callbacks, "failed callback")));
    }
    text
}
