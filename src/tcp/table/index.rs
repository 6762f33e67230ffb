//! Where things are kept, by the hashes of their keys: nine bytes for each, since every segment looks into it and there may be half a million
//! flows. The keys stay with the things.

use super::places::Slot;
use hashbrown::HashTable;

/// A hash, and where what has it is kept.
#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    slot: Slot,
}

/// What is where.
#[derive(Debug, Default)]
pub(super) struct Index(HashTable<Entry>);

impl Index {
    /// What has this hash and `is` it.
    #[inline]
    pub(super) fn find(&self, hash: u32, is: impl Fn(Slot) -> bool) -> Option<Slot> {
        self.0.find(spread(hash), |entry| entry.hash == hash && is(entry.slot)).map(|entry| entry.slot)
    }

    /// Adds an entry, which is not there yet.
    pub(super) fn insert(&mut self, hash: u32, slot: Slot) {
        self.0.insert_unique(spread(hash), Entry { hash, slot }, |entry| spread(entry.hash));
    }

    /// Takes an entry out, if it is there.
    pub(super) fn remove(&mut self, hash: u32, slot: Slot) {
        if let Ok(entry) = self.0.find_entry(spread(hash), |entry| entry.slot == slot && entry.hash == hash) {
            entry.remove();
        }
    }

    /// How many entries there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The table looks at both ends of a hash.
#[inline]
const fn spread(hash: u32) -> u64 {
    (hash as u64) << 32 | hash as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Entries are found as long as they are there, also those of the same hash.
        #[test]
        fn does_what_a_map_does(work in prop::collection::vec((0..40_u32, any::<bool>()), 0..300)) {
            let mut index = Index::default();
            let mut map = BTreeMap::new();
            for (slot, inserts) in work {
                let hash = 0xffff_fff0_u32.wrapping_add(slot / 3);
                if inserts && map.insert(slot, hash).is_none() {
                    index.insert(hash, slot);
                } else if !inserts {
                    map.remove(&slot);
                    index.remove(hash, slot);
                }
                prop_assert_eq!(index.len(), map.len());
                for slot in 0..40 {
                    let hash = 0xffff_fff0_u32.wrapping_add(slot / 3);
                    prop_assert_eq!(index.find(hash, |found| found == slot).is_some(), map.contains_key(&slot));
                }
            }
        }
    }

    #[test]
    fn an_empty_one_finds_nothing() {
        let mut index = Index::default();
        assert_eq!(index.find(7, |_| true), None);
        index.remove(7, 0);
        assert_eq!(index.len(), 0);
    }
}
