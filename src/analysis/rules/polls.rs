//! What the rules about polling-like cycles share: they look at each cycle when it is over.

use super::{Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::origin::Origin;
use crate::base::time::Timestamp;
use crate::session::fact::{Fact, What};
use crate::session::polling::PollCycle;

/// Something about a cycle.
pub(super) struct Remark {
    /// When.
    pub(super) at: Timestamp,
    /// What, after the cycle's own words.
    pub(super) about: String,
    /// In a sentence.
    pub(super) seen: String,
    /// How bad it is, if not as bad as usual.
    pub(super) severity: Option<Severity>,
    /// The packets that prove it.
    pub(super) origin: Origin,
}

/// Finds what `look` remarks about each cycle. That a cycle is polling is inferred, so all that is said about it is.
pub(super) struct ByCycle {
    pub(super) meta: &'static Meta,
    pub(super) thresholds: Thresholds,
    pub(super) look: fn(&PollCycle, &Thresholds) -> Vec<Remark>,
}

impl Rule for ByCycle {
    fn wants(&self) -> Wants {
        Wants::CYCLES
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, findings: &mut Findings) {
        let What::Cycle(cycle) = &fact.what else { return };
        for Remark { at, about, seen, severity, origin } in (self.look)(cycle, &self.thresholds) {
            let about = format!("polling-like {}{}{about}", cycle.method, of(cycle));
            findings.add(self.meta, Found { at, session: fact.session, about, severity, certainty: Certainty::Inferred, seen, origin });
        }
    }
}

/// ` of 98213`; nothing where the requests name no subscription.
fn of(cycle: &PollCycle) -> String {
    cycle.subscription.as_ref().map_or_else(String::new, |id| format!(" of {id}"))
}

/// A remark about the cycle as a whole.
pub(super) fn whole(cycle: &PollCycle, about: &str, seen: String) -> Remark {
    Remark { at: cycle.first, about: about.to_owned(), seen, severity: None, origin: cycle.origin.clone() }
}

/// A remark for each entry of a list that stops at a ceiling while its `total` goes on; the rest is proved by the cycle's packets.
pub(super) fn each<'l>(
    cycle: &PollCycle,
    about: &str,
    total: u64,
    entries: impl ExactSizeIterator<Item = (Timestamp, String, &'l Origin)>,
) -> Vec<Remark> {
    let rest = total.saturating_sub(entries.len() as u64);
    let mut remarks: Vec<Remark> =
        entries.map(|(at, seen, origin)| Remark { at, about: about.to_owned(), seen, severity: None, origin: origin.clone() }).collect();
    remarks.extend((0..rest).map(|_| whole(cycle, about, String::new())));
    remarks
}

/// `every 4.0 s`; nothing where there is no period.
pub(super) fn rhythm(cycle: &PollCycle) -> String {
    cycle.period.map_or_else(String::new, |period| format!(" every {}", period.rounded()))
}
