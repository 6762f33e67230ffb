//! Access control lists (draft-osborne-rvp-00 §5.7).

use super::principal::Principal;
use serde::Serialize;

/// The document `rvpacl`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Acl {
    /// `inheritance`; only `none` is in use.
    pub inheritance: Option<String>,
    /// Its entries in order.
    pub aces: Vec<Ace>,
}

/// One access control entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ace {
    /// Whom it is about.
    pub principal: AcePrincipal,
    /// The kinds of credentials that count: `assertion`, `digest`, `ntlm`, `internal`, `any`.
    pub credentials: Vec<String>,
    /// The rights that are granted, such as `send-to` or `presence`.
    pub grant: Vec<String>,
    /// The rights that are denied.
    pub deny: Vec<String>,
}

/// Whom an access control entry is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AcePrincipal {
    /// `allprincipals`
    All,
    /// `rvp-principal`
    Principal(Principal),
    /// Neither could be read.
    Unknown,
}
