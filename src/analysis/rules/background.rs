//! What rules know in common about the capture so far: gathered once, and lent to each of them.

use super::activity::Activity;
use super::handover::Handovers;
use super::log_ons::LogOns;
use crate::base::time::Timestamp;
use crate::session::directory::{People, Sessions};
use crate::session::fact::Fact;

/// Gathers it.
#[derive(Debug, Default)]
pub struct Background {
    pub(super) activity: Activity,
    pub(super) log_ons: LogOns,
    pub(super) handovers: Handovers,
}

/// What is lent to a rule.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The sessions as far as they are known; a fact's own session is among them.
    pub(super) sessions: Sessions<'a>,
    pub(super) background: &'a Background,
    /// When the capture ended, if it has.
    pub(super) end: Option<Timestamp>,
}

impl Background {
    /// Learns from a fact. Says whether messages are due to be judged.
    pub fn take(&mut self, fact: &Fact<'_>, people: &People) -> bool {
        self.activity.fact(fact);
        self.log_ons.take(fact);
        self.handovers.take(fact, people)
    }

    /// The capture has ended: all messages are due.
    pub fn end(&mut self) {
        self.handovers.end();
    }

    /// The messages that are due have been judged.
    pub fn judged(&mut self) {
        self.handovers.judged();
    }

    /// What is known, for a rule.
    pub fn known<'a>(&'a self, sessions: Sessions<'a>, end: Option<Timestamp>) -> Known<'a> {
        Known { sessions, background: self, end }
    }
}

impl<'a> Known<'a> {
    /// The messages that are due to be judged.
    pub(in crate::analysis) fn due(&self) -> &'a [super::handover::Sent] {
        self.background.handovers.due()
    }
}
