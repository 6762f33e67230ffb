//! What the rules about the outcomes of callbacks share: each failed callback is covered by exactly one of them.

use super::{Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::session::callback::{CallbackAttempt, Outcome};
use crate::session::fact::{Fact, What};

/// What one of these rules says about a callback: what was seen, and how bad it is if not as bad as usual.
pub(super) type Say = fn(&CallbackAttempt) -> (String, Option<Severity>);

/// Finds the callbacks that came out so.
pub(super) struct ByOutcome {
    pub(super) meta: &'static Meta,
    pub(super) outcome: Outcome,
    /// How it came out, after "callback with a message to 192.0.2.1:1040".
    pub(super) how: &'static str,
    pub(super) say: Say,
}

impl Rule for ByOutcome {
    fn wants(&self) -> Wants {
        Wants::CALLBACKS
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, findings: &mut Findings) {
        let What::Callback(callback) = &fact.what else { return };
        if callback.outcome != self.outcome {
            return;
        }
        let (seen, severity) = (self.say)(callback);
        findings.add(
            self.meta,
            Found {
                at: fact.at,
                session: fact.session,
                about: format!("callback{} to {} {}", cargo(callback), callback.target, self.how),
                severity,
                certainty: if callback.inferred { Certainty::Inferred } else { Certainty::Seen },
                seen,
                origin: fact.origin.unpack(),
            },
        );
    }
}

/// ` with a message`; nothing where it is not known.
fn cargo(callback: &CallbackAttempt) -> &'static str {
    match callback.carries {
        "message" => " with a message",
        "typing" => " with a typing notice",
        "presence" => " with a presence change",
        "invite" => " with an invitation",
        "other" => " with something else",
        _ => "",
    }
}
