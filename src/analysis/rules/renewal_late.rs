//! Renewals that came too late, or nearly so.

use super::words::count;
use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::analysis::thresholds::Thresholds;
use crate::base::hashed::{Map, fingerprint};
use crate::base::origin::Packed;
use crate::base::text::shortened;
use crate::base::time::{Span, Timestamp};
use crate::rvp::method::Method;
use crate::session::fact::{Fact, Request, What};
use crate::session::model::SessionId;

static META: Meta = Meta {
    code: "RVP302",
    slug: "renewal-late",
    severity: Severity::Warning,
    title: "A subscription was renewed too late",
    meaning: "The client asked to renew a subscription when the time that the server had granted last was over, or so shortly before that the next delay would have made it too late. \
              When the time is over the server forgets the subscription: it answers an error (which one Exchange uses is not published), and until the client notices and subscribes anew it is told of nothing. \
              A server that still answers 200 was patient, but what happened in between may be lost.",
    remedy: "Look at what the client counts with: the lifetime that it asked for, or the one that the answer granted, which alone counts. Exchange's own client renews about five \
             minutes before the end, librvp two minutes. A computer that was suspended renews when it wakes up; then the user should log on again.",
    sources: &[
        "draft-osborne-rvp-00, section 5.1.2 (renewal; the granted lifetime is binding)",
        "KB298421 (renewed about five minutes before)",
        "observed: Net::RVP renews watches after its own 14,400 s, whatever was granted",
    ],
    shown_by: "leases-run-out",
    not_by: "short-leases",
};

pub(super) const RULE: Entry = Entry { meta: &META, new };

fn new(thresholds: &Thresholds) -> Box<dyn Rule> {
    Box::new(RenewalLate { margin: thresholds.renewal_margin, leases: Map::default() })
}

/// Subscriptions that are followed. Of further ones nothing is said.
const MAX_LEASES: usize = 1 << 13;

/// The last grant of a subscription.
struct Lease {
    granted: Timestamp,
    seconds: u64,
    log_on: bool,
    origin: Packed,
}

struct RenewalLate {
    margin: Span,
    /// By session and fingerprint of the Subscription-Id.
    leases: Map<(SessionId, u64), Lease>,
}

impl Rule for RenewalLate {
    fn wants(&self) -> Wants {
        Wants::REQUESTS
    }

    fn fact(&mut self, fact: &Fact<'_>, _: &Known<'_>, findings: &mut Findings) {
        let (What::Request(request), Some(session)) = (&fact.what, fact.session) else { return };
        let success = matches!(request.status, Some(200..=299));
        match (&request.method, &request.subscription, &request.granted) {
            (Method::Subscribe, None, Some(id)) if success => {
                if let (Some(granted), Some(seconds)) = (request.answered, request.granted_s)
                    && self.leases.len() < MAX_LEASES
                {
                    let lease = Lease { granted, seconds, log_on: request.log_on, origin: fact.origin.clone() };
                    self.leases.insert((session, fingerprint(id)), lease);
                }
            }
            (Method::Subscribe, Some(id), _) => self.renewal(fact, request, (session, id), findings),
            (Method::Unsubscribe, Some(id), _) if success => {
                self.leases.remove(&(session, fingerprint(id)));
            }
            _ => {}
        }
    }
}

impl RenewalLate {
    fn renewal(&mut self, fact: &Fact<'_>, request: &Request<'_>, (session, id): (SessionId, &str), findings: &mut Findings) {
        let key = (session, fingerprint(id));
        let success = matches!(request.status, Some(200..=299));
        let before = self.leases.get(&key).map(|lease| (lease.granted, lease.seconds, lease.log_on, lease.origin.unpack()));
        if let (true, Some(granted)) = (success, request.answered)
            && let Some(seconds) = request.granted_s.or(before.as_ref().map(|(_, seconds, ..)| *seconds))
            && (self.leases.len() < MAX_LEASES || self.leases.contains_key(&key))
        {
            let log_on = before.as_ref().is_some_and(|(_, _, log_on, _)| *log_on);
            self.leases.insert(key, Lease { granted, seconds, log_on, origin: fact.origin.clone() });
        }
        let Some((granted, seconds, log_on, mut origin)) = before else { return };
        let lifetime = Span::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        let expired = granted.after(lifetime);
        let left = expired.since(fact.at);
        // A short lease leaves no room for a long margin.
        let margin = self.margin.nanos().min(lifetime.nanos() / 10);
        if left.nanos() >= margin.max(1) {
            return;
        }
        let late = left.nanos() <= 0;
        let refused = request.status.is_some_and(|status| status >= 400);
        let answer = match request.status {
            Some(status) => format!("the server answered {status}"),
            None if request.unanswered => "the server did not answer".to_owned(),
            None => "the answer is not in the capture".to_owned(),
        };
        let what = if log_on { "log-on" } else { "subscription" };
        let (about, when) = if late {
            let after = Span::from_nanos(left.nanos().saturating_neg());
            (format!("{what} {} renewed after its end", shortened(id, 40)), format!("{after} after the end of"))
        } else {
            (format!("{what} {} renewed at the last moment", shortened(id, 40)), format!("{left} before the end of"))
        };
        origin.unite(&fact.origin);
        findings.add(
            &META,
            Found {
                at: fact.at,
                session: fact.session,
                about,
                severity: match (late, refused) {
                    (true, true) if log_on => Some(Severity::Error),
                    (false, false) => Some(Severity::Info),
                    _ => None,
                },
                certainty: Certainty::Seen,
                seen: format!("{when} {}; {answer}.", count(seconds, "granted second")),
                origin,
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, end_of, run, session};
    use super::*;

    /// Granted at second 1 for so long, renewed then with that answer.
    fn found(seconds: u64, at: i64, status: u16) -> Option<(Severity, String)> {
        let log_on = asked(1, 0, &Method::Subscribe, "bob", |request| {
            request.log_on = true;
            request.granted = Some("7");
            request.granted_s = Some(seconds);
        });
        let renewal = asked(1, at, &Method::Subscribe, "bob", |request| {
            request.subscription = Some("7");
            request.status = Some(status);
        });
        let mut found = run(&RULE, &[log_on, renewal], &end_of(&[session(1, "bob")], &[]));
        assert!(found.len() <= 1);
        found.pop().map(|finding| (finding.severity, finding.seen))
    }

    #[test]
    fn the_end_of_the_lease_is_too_late() {
        assert_eq!(
            found(600, 601, 200),
            Some((Severity::Warning, "0 µs after the end of 600 granted seconds; the server answered 200.".into()))
        );
        assert_eq!(
            found(600, 660, 412),
            Some((Severity::Error, "59.0 s after the end of 600 granted seconds; the server answered 412.".into()))
        );
        assert_eq!(
            found(600, 600, 200),
            Some((Severity::Info, "1.0 s before the end of 600 granted seconds; the server answered 200.".into()))
        );
        assert_eq!(found(600, 591, 200), None, "ten seconds are enough");
        assert_eq!(found(30, 28, 200), None, "and a tenth of a short lease");
    }

    #[test]
    fn without_a_grant_nobody_knows_the_end() {
        let renewal = |at| {
            asked(1, at, &Method::Subscribe, "bob", |request| {
                request.subscription = Some("7");
                request.granted_s = Some(100);
            })
        };
        let sessions = [session(1, "bob")];
        assert!(run(&RULE, &[renewal(50)], &end_of(&sessions, &[])).is_empty());
        assert_eq!(run(&RULE, &[renewal(50), renewal(500)], &end_of(&sessions, &[])).len(), 1, "the first renewal tells");
    }
}
