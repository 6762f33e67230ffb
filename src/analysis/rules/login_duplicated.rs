//! Second log-ons of a principal while the first still counts.

use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::base::hashed::Map;
use crate::base::origin::Packed;
use crate::base::text::shortened;
use crate::base::time::{Span, Timestamp};
use crate::rvp::method::Method;
use crate::rvp::principal::Principal;
use crate::session::fact::{Fact, Request, What};
use std::net::IpAddr;

static META: Meta = Meta {
    code: "RVP303",
    slug: "login-duplicated",
    severity: Severity::Info,
    title: "A user logs on again while the first log-on still counts",
    meaning: "Servers must not merge subscriptions: each log-on counts until it is cancelled or its time is over (four hours at Exchange), and the server calls back at each. From two \
              clients that is meant so: both are told. From one client with another Call-Back it mostly means that the program ended without logging off and was started again: for up to \
              four hours each message is tried at the old place, too, where nobody listens, and the sender waits for that. With the same Call-Back the client is told everything \
              twice.",
    remedy: "For two clients: nothing. Else let the client log off when it ends, look for crashes, and let it cancel what the server still holds (SUBSCRIPTIONS lists it, UNSUBSCRIBE \
             ends it; Net::RVP does so with its watches).",
    sources: &["draft-osborne-rvp-00, section 5.1.5 (each subscription stands alone)", "observed: Net::RVP never cancels its log-on"],
    shown_by: "two-log-ons",
    not_by: "healthy",
};

pub(super) const RULE: Entry = Entry { meta: &META, new: |_| Box::new(Duplicated::default()) };

/// Principals that are followed, and log-ons of each: more are no person's. Of further ones nothing is said.
const MAX_PRINCIPALS: usize = 1 << 16;
const MAX_LOG_ONS: usize = 16;

/// A log-on that counts.
struct LogOn {
    id: Box<str>,
    client: IpAddr,
    call_back: Option<String>,
    /// When its time is over, if it has an end.
    until: Option<Timestamp>,
    origin: Packed,
}

#[derive(Default)]
struct Duplicated {
    principals: Map<Principal, Vec<LogOn>>,
}

impl Rule for Duplicated {
    fn wants(&self) -> Wants {
        Wants::REQUESTS
    }

    fn fact(&mut self, fact: &Fact<'_>, known: &Known<'_>, findings: &mut Findings) {
        let What::Request(request) = &fact.what else { return };
        if !matches!(request.status, Some(200..=299)) {
            return;
        }
        let Some(principal) = fact.session.and_then(|id| known.sessions.get(id)).and_then(|session| session.principal.as_ref()) else {
            return;
        };
        match (&request.method, &request.subscription) {
            (Method::Subscribe, None)
                if request.log_on && (self.principals.len() < MAX_PRINCIPALS || self.principals.contains_key(principal)) =>
            {
                let log_ons = self.principals.entry(principal.clone()).or_default();
                log_ons.retain(|log_on| log_on.until.is_none_or(|until| until > fact.at));
                log_on(log_ons, fact, request, findings);
            }
            (Method::Subscribe, Some(id)) => {
                for log_on in self.principals.get_mut(principal).into_iter().flatten().filter(|log_on| *log_on.id == **id) {
                    log_on.until = until(request).or(log_on.until);
                }
            }
            (Method::Unsubscribe, Some(id)) => {
                if let Some(log_ons) = self.principals.get_mut(principal) {
                    log_ons.retain(|log_on| *log_on.id != **id);
                }
            }
            _ => {}
        }
    }
}

/// When what the answer grants is over.
fn until(request: &Request<'_>) -> Option<Timestamp> {
    Some(request.answered?.after(Span::from_secs(i64::try_from(request.granted_s?).unwrap_or(i64::MAX))))
}

fn log_on(log_ons: &mut Vec<LogOn>, fact: &Fact<'_>, request: &Request<'_>, findings: &mut Findings) {
    let Some(id) = request.granted else { return };
    // A capture at an address translation shows the same log-on on both sides.
    if log_ons.iter().any(|other| *other.id == *id) {
        return;
    }
    let client = request.client.ip;
    let call_back = request.call_back.as_ref().map(|call_back| call_back.raw.trim_end_matches('/').to_ascii_lowercase());
    if let Some(first) = log_ons.last() {
        let same_client = first.client == client;
        let place = |call_back: &Option<String>| call_back.as_deref().map_or_else(|| "no Call-Back".to_owned(), |raw| shortened(raw, 80));
        let (about, severity) = match (same_client, first.call_back == call_back) {
            (true, true) => ("logs on again with the same Call-Back while the first log-on still counts".to_owned(), None),
            (true, false) => {
                ("logs on again with another Call-Back while the first log-on still counts".to_owned(), Some(Severity::Warning))
            }
            (false, _) => (format!("logs on at {client} while a log-on at {} still counts", first.client), None),
        };
        let mut origin = first.origin.unpack();
        origin.unite(&fact.origin);
        findings.add(
            &META,
            Found {
                at: fact.at,
                session: fact.session,
                about,
                severity,
                certainty: Certainty::Seen,
                seen: format!(
                    "{} with {}, now {} with {}.",
                    shortened(&first.id, 40),
                    place(&first.call_back),
                    shortened(id, 40),
                    place(&call_back)
                ),
                origin,
            },
        );
    }
    if log_ons.len() < MAX_LOG_ONS {
        // Most principals have one, and a list would make room for four.
        log_ons.reserve_exact(1);
        log_ons.push(LogOn { id: id.into(), client, call_back, until: until(request), origin: fact.origin.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, end_of, run, session};
    use super::*;
    use crate::rvp::subscription::CallBack;

    fn log_on(session: u32, at: i64, id: &'static str, call_back: &str) -> Fact<'static> {
        asked(session, at, &Method::Subscribe, "bob", |request| {
            request.log_on = true;
            request.granted = Some(id);
            request.granted_s = Some(600);
            request.call_back = Some(Box::leak(Box::new(CallBack::new(call_back.into()))));
        })
    }

    fn found(facts: &[Fact]) -> Vec<Severity> {
        let sessions = [session(1, "bob"), session(2, "bob")];
        run(&RULE, facts, &end_of(&sessions, &[])).iter().map(|finding| finding.severity).collect()
    }

    const HERE: &str = "http://192.0.2.1:1040";
    const THERE: &str = "http://192.0.2.2:1040";

    #[test]
    fn only_a_log_on_that_still_counts_is_doubled() {
        assert_eq!(found(&[log_on(1, 0, "1", HERE), log_on(1, 600, "2", "http://192.0.2.1:1055")]), [Severity::Warning]);
        assert_eq!(found(&[log_on(1, 0, "1", HERE), log_on(1, 601, "2", "http://192.0.2.1:1055")]), [], "its time is over");
        assert_eq!(found(&[log_on(1, 0, "1", HERE), log_on(1, 100, "2", HERE)]), [Severity::Info]);
        assert_eq!(found(&[log_on(1, 0, "1", HERE), log_on(2, 100, "2", THERE)]), [Severity::Info]);
        assert_eq!(found(&[log_on(1, 0, "1", HERE), log_on(2, 0, "1", HERE)]), [], "seen on both sides of a NAT");
    }

    #[test]
    fn renewals_and_log_offs_count() {
        let about = |at, method: &'static Method| {
            asked(1, at, method, "bob", |request| {
                request.subscription = Some("1");
                request.granted_s = Some(600);
            })
        };
        let second = || log_on(1, 700, "2", "http://192.0.2.1:1055");
        assert_eq!(found(&[log_on(1, 0, "1", HERE), about(500, &Method::Subscribe), second()]), [Severity::Warning]);
        assert_eq!(found(&[log_on(1, 0, "1", HERE), about(500, &Method::Subscribe), about(650, &Method::Unsubscribe), second()]), []);
    }
}
