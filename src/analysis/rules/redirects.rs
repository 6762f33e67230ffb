//! What the rules about redirects share.

use crate::rvp::principal::Principal;
use crate::session::fact::Request;

/// Sessions' redirects that are remembered. Beyond it, new ones are not looked at: that many at once is no client's doing.
pub(super) const MAX_REMEMBERED: usize = 4096;

/// Whether the answer sends the client elsewhere.
pub(super) fn is_redirect(request: &Request<'_>) -> bool {
    matches!(request.status, Some(300..=399)) && request.location.is_some()
}

/// A URL as it is compared: lower case, without the default port.
pub(super) fn place(url: &str) -> String {
    Principal::new(url).key().to_owned()
}
