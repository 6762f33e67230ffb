//! What the tests share: scripts that become packets, the program itself, what a document must hold, and the truth files.
#![allow(dead_code, reason = "each test program uses another part of it")]

pub(crate) mod conversation;
pub(crate) mod document;
pub(crate) mod oracle;
pub(crate) mod packets;
pub(crate) mod program;
pub(crate) mod truth;
