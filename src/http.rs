//! HTTP/1.x (RFC 9110, RFC 9112) on any port, recognised by content.

pub mod exchange;
pub mod head;
