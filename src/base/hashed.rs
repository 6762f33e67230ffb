//! Tables that are looked up by hash: quickly, and with a seed of their own in each run, so that nobody can write captures that make them slow. They
//! are never iterated into output.

use foldhash::fast::RandomState;
use foldhash::quality::FixedState;
use std::hash::{BuildHasher, Hash};
use std::sync::LazyLock;

/// Values by their keys.
pub type Map<K, V> = std::collections::HashMap<K, V, RandomState>;

/// The seed of a table that is made elsewhere.
pub type Seed = RandomState;

/// Keys.
pub type Set<K> = std::collections::HashSet<K, RandomState>;

/// A number that is the same for what is equal, and another one for all else, as far as one can tell in one run: it depends on a seed. No order may
/// depend on it.
pub fn fingerprint(what: impl Hash) -> u64 {
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::default);
    SEED.hash_one(what)
}

/// The same, but equal in every run, so that an order may depend on it. Not for tables.
pub fn lasting_fingerprint(what: impl Hash) -> u64 {
    FixedState::default().hash_one(what)
}
