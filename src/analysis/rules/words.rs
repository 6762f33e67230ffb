//! Words that several rules share. Captured text passes through `base::text` here or where a finding is added.

use crate::base::text::shortened;
use crate::rvp::auth::Scheme;
use crate::session::model::Session;

/// Who a session is, in short: the user, else the principal, else the client's address.
pub(super) fn who(session: &Session) -> String {
    session
        .principal
        .as_ref()
        .map_or_else(|| session.client.to_string(), |principal| shortened(principal.user().unwrap_or_else(|| principal.as_str()), 40))
}

/// A scheme as its specification spells it.
pub(super) fn scheme(scheme: &Scheme) -> String {
    match scheme {
        Scheme::Ntlm => "NTLM".to_owned(),
        Scheme::Negotiate => "Negotiate".to_owned(),
        Scheme::Digest => "Digest".to_owned(),
        Scheme::Basic => "Basic".to_owned(),
        Scheme::Other(_) => "other".to_owned(),
    }
}

/// `1 byte`, `2 bytes`.
pub(super) fn count(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
