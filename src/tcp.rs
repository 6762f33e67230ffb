//! TCP (RFC 9293): segments in, ordered bytes, gaps and fates out.

pub mod event;
