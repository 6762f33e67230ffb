//! Each link type with a packet of its own, whole and cut at every byte.
