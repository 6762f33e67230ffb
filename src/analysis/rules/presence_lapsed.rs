//! Presence that nobody refreshed in time.

use super::{Entry, Known, Rule, Wants};
use crate::analysis::diagnosis::End;
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::hashed::Map;
use crate::base::origin::Packed;
use crate::base::text::shortened;
use crate::base::time::{Span, Timestamp};
use crate::session::fact::{Fact, What};
use crate::session::model::SessionId;

static META: Meta = Meta {
    code: "RVP304",
    slug: "presence-lapsed",
    severity: Severity::Warning,
    title: "A presence ran out without being refreshed",
    meaning: "A client sets its presence (online, busy ...) for a time, 20 minutes as a rule, and has to set it again before. When the time is over the server shows the user as offline to all \
              watchers, so that a computer that crashed does not stay online for ever. Here the time ran out while the client went on: watchers saw the user go offline, and online \
              again if the refresh came later. Where the client was not seen any more, this is how a crash, a cut line or a program that leaves without a word ends. That it ran out \
              follows from the time that was granted.",
    remedy: "Look at what the client counts with: the time that the answer to PROPPATCH grants counts, not the one that it asked for. The time that Exchange's client asks for is the \
             registry value PropertyTimeout (KB297041). A computer that was suspended is offline meanwhile, and rightly so.",
    sources: &["draft-osborne-rvp-00, section 5.5.2 (leased values)", "KB297041 (presence timeout, PropertyTimeout)"],
    shown_by: "short-leases",
    not_by: "healthy",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(Lapsed { grace: thresholds.lapse_grace, leases: Map::default() })
}

/// Sessions whose presence is followed. Of further ones nothing is said.
const MAX_LEASES: usize = 1 << 16;

/// A presence that holds for a time.
struct Lease {
    state: Box<str>,
    seconds: u64,
    until: Timestamp,
    origin: Packed,
}

struct Lapsed {
    grace: Span,
    leases: Map<SessionId, Lease>,
}

impl Rule for Lapsed {
    fn wants(&self) -> Wants {
        Wants::REQUESTS
    }

    fn fact(&mut self, fact: &Fact<'_>, known: &Known<'_>, findings: &mut Findings) {
        let (What::Request(request), Some(id)) = (&fact.what, fact.session) else { return };
        let Some((state, asked_s)) = &request.presence else { return };
        if self.leases.get(&id).is_some_and(|lease| lease.until.after(self.grace) <= fact.at) {
            self.told(id, Some(fact), known, findings);
        }
        // What was refused changes nothing; what was not answered may have been taken.
        if request.status.is_some_and(|status| status >= 300) {
            return;
        }
        let seconds = request.presence_granted_s.or(*asked_s).filter(|_| *state != "offline");
        let Some(seconds) = seconds.filter(|seconds| *seconds > 0) else {
            self.leases.remove(&id);
            return;
        };
        let from = request.answered.unwrap_or(fact.at);
        let lease = Lease {
            state: (*state).into(),
            seconds,
            until: from.after(Span::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))),
            origin: fact.origin.clone(),
        };
        if self.leases.len() < MAX_LEASES || self.leases.contains_key(&id) {
            self.leases.insert(id, lease);
        }
    }

    fn finish(&mut self, end: &End<'_>, known: &Known<'_>, findings: &mut Findings) {
        let mut lapsed: Vec<SessionId> =
            self.leases.iter().filter(|(_, lease)| lease.until.after(self.grace) <= end.at).map(|(id, _)| *id).collect();
        lapsed.sort_unstable();
        for id in lapsed {
            self.told(id, None, known, findings);
        }
    }
}

impl Lapsed {
    /// Tells that the presence of that session lapsed; `next` is what came after it, if something did.
    fn told(&self, id: SessionId, next: Option<&Fact<'_>>, known: &Known<'_>, findings: &mut Findings) {
        let Some(lease) = self.leases.get(&id) else { return };
        // A user is online as long as one of his clients is.
        let over = lease.until.after(self.grace);
        let elsewhere = |other: &SessionId| *other != id && self.leases.get(other).is_some_and(|theirs| theirs.until > over);
        let principal = known.sessions.get(id).and_then(|session| session.principal.as_ref());
        if principal.is_some_and(|principal| known.sessions.people.sessions(principal).iter().any(elsewhere)) {
            return;
        }
        let went_on = next.is_some() || known.background.activity.asked_after(id, over);
        let then = match next {
            Some(fact) => format!("the client set its presence only {} later", fact.at.since(lease.until)),
            None if went_on => "the client went on and did not refresh it".to_owned(),
            None => "the client was not seen after that".to_owned(),
        };
        let state = shortened(&lease.state, 20);
        let mut origin = lease.origin.unpack();
        if let Some(fact) = next {
            origin.unite(&fact.origin);
        }
        findings.add(
            &META,
            Found {
                at: lease.until,
                session: Some(id),
                about: format!("presence {state} ran out{}", if went_on { "" } else { " after the client had left" }),
                severity: (!went_on).then_some(Severity::Info),
                certainty: Certainty::Inferred,
                seen: format!("It held for {} s; {then}.", lease.seconds),
                origin,
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing as t;
    use super::super::testing::{asked, end_of, run};
    use super::*;
    use crate::rvp::method::Method;

    fn sets(id: u32, at: i64, state: &'static str, seconds: Option<u64>) -> Fact<'static> {
        asked(id, at, &Method::Proppatch, "bob", |request| request.presence = Some((state, seconds)))
    }

    fn found(facts: &[Fact]) -> Vec<(Severity, String)> {
        let sessions = [t::session(1, "bob"), t::session(2, "bob")];
        run(&RULE, facts, &end_of(&sessions, &[])).into_iter().map(|finding| (finding.severity, finding.seen)).collect()
    }

    #[test]
    fn a_refresh_in_time_and_offline_are_as_it_should_be() {
        assert_eq!(found(&[sets(1, 0, "online", Some(1200)), sets(1, 1200, "online", Some(3600))]), []);
        assert_eq!(found(&[sets(1, 0, "online", Some(1200)), sets(1, 900, "offline", None)]), []);
        assert_eq!(found(&[sets(1, 0, "online", None)]), [], "no lease");
        assert_eq!(found(&[sets(1, 0, "online", Some(3600))]), [], "the capture ends before");
    }

    #[test]
    fn a_late_refresh_is_told_with_its_delay() {
        let late = [sets(1, 0, "online", Some(1200)), sets(1, 1300, "online", Some(3600))];
        assert_eq!(found(&late), [(Severity::Warning, "It held for 1200 s; the client set its presence only 99.0 s later.".to_owned())]);
        let granted = asked(1, 0, &Method::Proppatch, "bob", |request| {
            request.presence = Some(("online", Some(14_400)));
            request.presence_granted_s = Some(60);
        });
        let after = asked(1, 1000, &Method::Propfind, "alice", |_| {});
        assert_eq!(
            found(&[granted, after]),
            [(Severity::Warning, "It held for 60 s; the client went on and did not refresh it.".to_owned())]
        );
    }

    #[test]
    fn a_refused_refresh_refreshes_nothing_and_another_client_keeps_the_user_online() {
        let refused = asked(1, 900, &Method::Proppatch, "bob", |request| {
            request.presence = Some(("online", Some(9000)));
            request.status = Some(412);
        });
        assert_eq!(found(&[sets(1, 0, "online", Some(1200)), refused]).len(), 1);
        assert_eq!(found(&[sets(1, 0, "online", Some(1200)), sets(2, 1000, "away", Some(9000))]), []);
        let gone = found(&[sets(1, 0, "online", Some(1200))]);
        assert_eq!(gone, [(Severity::Info, "It held for 1200 s; the client was not seen after that.".to_owned())]);
    }
}
