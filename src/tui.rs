//! The terminal UI: sessions, timeline and ladder, findings, polls and sums of captures, with what was said in each exchange.
//!
//! [`app`] is all state and changes by messages alone ([`app::Msg`] in, [`app::Effect`] out); [`view`] draws that state and changes nothing. Keys
//! come from one table ([`keymap`]), colours from another ([`theme`]). Only [`terminal`] touches the screen and the keyboard, and whoever runs it
//! (`cli`) reads the captures and writes the files.

pub mod app;
pub mod keymap;
pub mod list;
pub mod loaded;
pub mod terminal;
pub mod theme;
pub mod view;
