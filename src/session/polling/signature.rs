//! Whether a request looks as a signature says.

use crate::http::exchange::Exchange;
use crate::rvp::method::Method;
use crate::rvp::operation::{Content, Operation};
use crate::session::outline::Outline;
use crate::settings::{BodyRule, Carrying, HeaderRule, Signature, Target};

/// Signatures of which each is a bit. Further ones are not tried.
const BITS: usize = 32;

/// The signatures that a request fits, each a bit: the first is the lowest.
pub(in crate::session) fn fitting(signatures: &[Signature], exchange: &Exchange, operation: &Operation) -> u32 {
    let fits = signatures.iter().take(BITS).enumerate().filter(|(_, signature)| fits(signature, exchange, operation));
    fits.map(|(bit, _)| 1 << bit).sum()
}

/// Those of `signatures` whose bits are set in `fitting`.
pub(in crate::session) fn named(signatures: &[Signature], fitting: u32) -> impl Iterator<Item = &Signature> {
    signatures.iter().take(BITS).enumerate().filter(move |(bit, _)| fitting & (1 << bit) != 0).map(|(_, signature)| signature)
}

fn fits(signature: &Signature, exchange: &Exchange, operation: &Operation) -> bool {
    let Some(request) = &exchange.request else { return false };
    let method = signature.methods.is_empty() || signature.methods.iter().any(|method| method == operation.method.as_str());
    let own = || operation.from.as_ref().is_some_and(|from| from.logical() == operation.node.logical());
    let target = signature.target == Target::Any || own();
    let body = match signature.body {
        BodyRule::Any => true,
        BodyRule::Empty => request.body.seen == 0,
        BodyRule::Present => request.body.seen > 0,
    };
    method
        && target
        && body
        && signature.headers.iter().all(|rule| match rule {
            HeaderRule::Has(name) => request.head.field(name).is_some(),
            HeaderRule::Lacks(name) => request.head.field(name).is_none(),
            HeaderRule::Is(name, value) => request.head.field(name).is_some_and(|is| is.trim().eq_ignore_ascii_case(value)),
        })
}

/// Whether the answer carries something: a notification, or what one of the fitting signatures takes for it.
pub(in crate::session) fn carries(signatures: &[Signature], outline: &Outline, operation: &Operation) -> bool {
    if matches!(&operation.response, Content::Notification(notification) if !notification.items.is_empty()) {
        return true;
    }
    let success = operation.status.filter(|status| (200..300).contains(status));
    named(signatures, outline.fits).any(|signature| match &signature.carrying {
        Carrying::Notification => false,
        Carrying::Body => success.is_some() && outline.response.as_ref().is_some_and(|response| response.body > 0),
        Carrying::Statuses(statuses) => success.is_some_and(|status| statuses.contains(&status)),
    })
}

/// Whether a method has a purpose besides polling: those of RVP, of HTTP (RFC 9110, section 9) and of WebDAV (RFC 4918, section 9).
pub(in crate::session) fn has_another_purpose(method: &Method) -> bool {
    const OTHERS: [&str; 15] = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH",
    ];
    method.is_published() || method.as_str().is_empty() || OTHERS.contains(&method.as_str())
}
