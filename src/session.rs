//! THE MODEL: facts about RVP sessions, joined from operations and from connections without a byte.
//!
//! Only here is it decided who is RVP client and who is server; the layers below know initiators and responders. Judgement about the facts
//! belongs to the analysis, not here.

pub mod callback;
pub mod correlate;
pub mod directory;
pub mod event;
pub mod fact;
pub mod model;
pub mod outline;
pub mod past;
pub mod polling;
pub mod roles;
pub mod totals;
pub mod transcript;
pub mod update;
