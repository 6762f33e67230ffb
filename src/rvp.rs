//! What an HTTP exchange means in RVP (draft-osborne-rvp-00, and what the real clients of it do): methods, headers, XML and MIME bodies.
//!
//! Reading never fails: every reader gives a value and notes. Texts are kept as they came, up to a ceiling ([`text`]); escaping is the
//! business of whoever shows them. Secrets (passwords, challenges, responses, nonces, transfer cookies) are not kept in any field.

pub mod acl;
pub mod asked;
pub mod auth;
pub mod content;
pub mod identify;
pub mod method;
pub mod mime;
pub mod multistatus;
pub mod names;
pub mod notification;
pub mod oddity;
pub mod operation;
pub mod presence;
pub mod principal;
pub mod secrets;
pub mod subscription;
pub mod subscriptions;
pub mod text;
pub mod xml;

#[cfg(test)]
mod tests;
