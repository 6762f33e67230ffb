//! Where things are kept, by the hashes of their keys: a table of eight bytes for each, since every segment looks into it and there may be a million
//! flows. The keys stay with the things.

use super::places::Slot;

/// A hash, and where what has it is kept.
#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    slot: Slot,
}

/// Marks an entry as free. There are never so many places.
const FREE: Entry = Entry { hash: 0, slot: Slot::MAX };

impl Entry {
    const fn is_free(self) -> bool {
        self.slot == Slot::MAX
    }
}

/// A table with linear probing: an entry stands at the place that its hash says, or at the next free one behind it.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// As many as a power of two, a quarter of them free at least.
    entries: Vec<Entry>,
    len: usize,
}

impl Index {
    /// What has this hash and `is` it.
    #[inline]
    pub(super) fn find(&self, hash: u32, is: impl Fn(Slot) -> bool) -> Option<Slot> {
        let mut at = self.home(hash);
        loop {
            let entry = *self.entries.get(at)?;
            if entry.is_free() {
                return None;
            }
            if entry.hash == hash && is(entry.slot) {
                return Some(entry.slot);
            }
            at = self.next(at);
        }
    }

    /// Adds an entry, which is not there yet.
    pub(super) fn insert(&mut self, hash: u32, slot: Slot) {
        if 4 * (self.len + 1) > 3 * self.entries.len() {
            let larger = vec![FREE; (2 * self.entries.len()).max(8)];
            let before = std::mem::replace(&mut self.entries, larger);
            for entry in before.into_iter().filter(|entry| !entry.is_free()) {
                self.put(entry);
            }
        }
        self.put(Entry { hash, slot });
        self.len += 1;
    }

    /// Takes an entry out, if it is there.
    pub(super) fn remove(&mut self, hash: u32, slot: Slot) {
        let mut at = self.home(hash);
        while self.at(at).slot != slot || self.at(at).hash != hash {
            if self.at(at).is_free() {
                return;
            }
            at = self.next(at);
        }
        self.len -= 1;
        // What stands behind it moves up, unless it would then stand before the place that its hash says.
        let mut behind = self.next(at);
        while !self.at(behind).is_free() {
            let moved = self.distance(self.home(self.at(behind).hash), behind);
            if moved >= self.distance(at, behind) {
                self.set(at, self.at(behind));
                at = behind;
            }
            behind = self.next(behind);
        }
        self.set(at, FREE);
    }

    /// How many entries there are.
    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    fn put(&mut self, entry: Entry) {
        let mut at = self.home(entry.hash);
        while !self.at(at).is_free() {
            at = self.next(at);
        }
        self.set(at, entry);
    }

    fn at(&self, at: usize) -> Entry {
        self.entries.get(at).copied().unwrap_or(FREE)
    }

    fn set(&mut self, at: usize, entry: Entry) {
        if let Some(place) = self.entries.get_mut(at) {
            *place = entry;
        }
    }

    /// The place that a hash says.
    #[inline]
    const fn home(&self, hash: u32) -> usize {
        hash as usize & self.entries.len().wrapping_sub(1)
    }

    #[inline]
    const fn next(&self, at: usize) -> usize {
        (at + 1) & self.entries.len().wrapping_sub(1)
    }

    /// How far `to` is behind `from`.
    const fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & self.entries.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Entries whose hashes crowd at the end of the table and go round it are found as long as they are there.
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
