//! Tables that are looked up by hash: quickly, and with a seed of their own in each run, so that nobody can write captures that make them slow. They
//! are never iterated into output.

use foldhash::fast::RandomState;
use foldhash::quality::FixedState;
use std::hash::{BuildHasher, Hasher};

/// Values by their keys.
pub type Map<K, V> = std::collections::HashMap<K, V, RandomState>;

/// Keys.
pub type Set<K> = std::collections::HashSet<K, RandomState>;

/// A hasher for fingerprints: of the same it makes the same in every run. Not for tables.
pub fn fingerprint() -> impl Hasher {
    FixedState::default().build_hasher()
}
