//! Tables that are looked up by hash: quickly, and with a seed of their own in each run, so that nobody can write captures that make them slow. They
//! are never iterated into output.

use foldhash::fast::RandomState;

/// Values by their keys.
pub type Map<K, V> = std::collections::HashMap<K, V, RandomState>;

/// Keys.
pub type Set<K> = std::collections::HashSet<K, RandomState>;
