//! Callbacks that arrived, but slowly.

use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::time::Span;
use crate::session::callback::Outcome;
use crate::session::fact::{Fact, What};

static META: Meta = Meta {
    code: "RVP111",
    slug: "callback-slow",
    severity: Severity::Warning,
    title: "The callback was delivered, but slowly",
    meaning: "From the server's first SYN (or, on a connection that was used before, the first byte of its NOTIFY) to the client's answer it took five seconds \
              or more. A healthy callback takes milliseconds. The server answers the sender of a message only when the recipient's client has answered \
              (RVP-Ack-Type DeepOr), so the sender waits all that time and may give up: librvp does after 30 seconds. Either the connection needed several \
              SYNs, because packets were lost or dropped for a while, or the client answered late.",
    remedy: "Where several SYNs were needed, look for packet loss or a firewall that was changed. Else see what the client did at that time: an overloaded \
              machine, or a program that waits for its user before it answers.",
    sources: &["draft-osborne-rvp-00, section 5.6 (acknowledgment)", "observed: librvp's request time-out of 30 s"],
    shown_by: "callbacks-unanswered",
    not_by: "callbacks-without-reply",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(Slow { from: thresholds.slow_delivery })
}

struct Slow {
    from: Span,
}

impl Rule for Slow {
    fn wants(&self) -> Wants {
        Wants::CALLBACKS
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, findings: &mut Findings) {
        let What::Callback(callback) = &fact.what else { return };
        let Some(took) = callback.took.filter(|took| callback.outcome == Outcome::Delivered && *took >= self.from) else { return };
        let retried = callback.attempts > 1;
        let tries = if retried { format!(", the connection came up only after {} SYNs", callback.attempts) } else { String::new() };
        let found = Found {
            at: fact.at,
            session: fact.session,
            about: format!("callback to {} slow", callback.target),
            severity: None,
            certainty: if callback.inferred { Certainty::Inferred } else { Certainty::Seen },
            seen: format!("Answered after {took}{tries}."),
            origin: fact.origin.unpack(),
        };
        findings.add_because(&META, found, retried.then_some("RVP110"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, callback};
    use super::*;
    use crate::base::time::Timestamp;

    fn found(millis: i64, outcome: Outcome) -> usize {
        let mut play = Play::new(&RULE);
        let took = Some(Span::from_millis(millis));
        play.callback(1, crate::session::callback::CallbackAttempt { took, ..callback(Timestamp::default(), outcome) });
        play.end(Timestamp::default()).len()
    }

    #[test]
    fn from_five_seconds_on() {
        assert_eq!(found(4_999, Outcome::Delivered), 0);
        assert_eq!(found(5_000, Outcome::Delivered), 1);
        assert_eq!(found(9_000, Outcome::NoReply), 0, "that is another finding");
    }
}
