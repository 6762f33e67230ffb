//! Passwords that everyone on the way can read.

use super::words::who;
use super::{Entry, Known, Rule, Wants};
use crate::analysis::finding::{Certainty, Findings, Found, Meta, Severity};
use crate::rvp::auth::Scheme;
use crate::session::fact::{Fact, What};

static META: Meta = Meta {
    code: "RVP506",
    slug: "credentials-in-clear",
    severity: Severity::Warning,
    title: "A password is sent in clear",
    meaning: "The client authenticated with Basic: name and password stand in the request, only encoded, on a connection without encryption. Everyone who sees these packets has the \
              password, and so has everyone who gets this capture. RVP does not know Basic (its challenges are Negotiate, NTLM and Digest); the Miranda plug-in does it if a server or \
              a proxy asks for it. This program never shows the password.",
    remedy: "Let the server offer NTLM or Digest only. Change the password, and hand this capture only to whom you would tell it.",
    sources: &[
        "RFC 7617, section 4 (security considerations of Basic)",
        "draft-osborne-rvp-00, section 6 (challenges: Negotiate, NTLM, Digest)",
    ],
    shown_by: "digest-and-basic",
    not_by: "ntlm",
};

pub(super) const RULE: Entry = Entry { meta: &META, new: |_| Box::new(InClear) };

struct InClear;

impl Rule for InClear {
    fn wants(&self) -> Wants {
        Wants::REQUESTS.and(Wants::UNFOLLOWED)
    }

    fn fact(&mut self, fact: &Fact<'_>, known: &Known<'_>, findings: &mut Findings) {
        let server = match &fact.what {
            What::Request(request) if request.credentials == Some(&Scheme::Basic) => request.server,
            What::Unfollowed(unfollowed) if unfollowed.refused == Some(Scheme::Basic) => unfollowed.server,
            _ => return,
        };
        let name = fact.session.and_then(|id| known.sessions.get(id)).map_or_else(String::new, |session| format!(" of {}", who(session)));
        findings.add(
            &META,
            Found {
                at: fact.at,
                session: fact.session,
                about: format!("the password{name} for {server} can be read in the capture"),
                severity: None,
                certainty: Certainty::Seen,
                seen: String::new(),
                origin: fact.origin.unpack(),
            },
        );
    }
}
