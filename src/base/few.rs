//! Lists of which there are a hundred thousand, most of them empty and nearly all short.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::{Deref, DerefMut};

/// A list that takes the room of one pointer while it is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::box_collection, reason = "an empty list shall be small")]
pub struct Few<T>(Option<Box<Vec<T>>>);

impl<T> Few<T> {
    /// An empty list.
    pub const fn new() -> Self {
        Self(None)
    }

    /// Adds to the end.
    pub fn push(&mut self, one: T) {
        let list = self.0.get_or_insert_default();
        // A `Vec` would make room for four at once, and double it then.
        if list.len() == list.capacity() {
            list.reserve_exact((list.len() / 2).max(1));
        }
        list.push(one);
    }

    /// Takes the last one.
    pub fn pop(&mut self) -> Option<T> {
        self.0.as_mut()?.pop()
    }

    /// Takes those that fit out, in their order.
    #[must_use]
    pub fn split(&mut self, fits: impl Fn(&T) -> bool) -> Self {
        if !self.iter().any(&fits) {
            return Self::new();
        }
        let Some(list) = &mut self.0 else { return Self::new() };
        let taken = list.extract_if(.., |one| fits(one)).collect();
        list.shrink_to_fit();
        self.0.take_if(|list| list.is_empty());
        taken
    }
}

impl<T: Serialize> Serialize for Few<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl<T> DerefMut for Few<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.0.as_deref_mut().map_or(&mut [], Vec::as_mut_slice)
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(mut list: Vec<T>) -> Self {
        list.shrink_to_fit();
        Self(if list.is_empty() { None } else { Some(Box::new(list)) })
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        Vec::from_iter(iter).into()
    }
}

impl<T> Extend<T> for Few<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        for one in iter {
            self.push(one);
        }
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.map(|list| *list).unwrap_or_default().into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut Few<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list() {
        let mut few = Few::new();
        assert!(few.is_empty() && few.pop().is_none() && few.iter().next().is_none());
        (1..=5).for_each(|number| few.push(number));
        assert_eq!(few.split(|number| number % 2 == 0).to_vec(), [2, 4]);
        assert_eq!((few.pop(), few.to_vec()), (Some(5), vec![1, 3]));
        few.iter_mut().for_each(|number| *number += 1);
        assert_eq!(few.split(|_| true).into_iter().sum::<i32>(), 6);
        assert_eq!(few, Few::new());
        assert_eq!(size_of::<Few<String>>(), size_of::<usize>());
    }
}
