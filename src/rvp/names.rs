//! Names that come again: principals, addresses, ids and programs. Each is made once and then shared, as long as it is remembered.

use super::{principal, principal::Principal, text};
use crate::base::hashed;
use std::sync::Arc;

/// Names that were met lately.
#[derive(Debug, Default)]
pub struct Names {
    principals: Places<Principal>,
    words: Places<Arc<str>>,
    /// Where URLs are put together.
    url: String,
}

/// How many of a sort are remembered. What comes to the same place as another takes it.
const PLACES: usize = 256;

/// Bytes of the longest that are remembered. Nearly all are shorter.
const LONGEST: usize = 256;

impl Names {
    /// The principal written as `text`.
    pub fn principal(&mut self, text: &str) -> Principal {
        self.principals.of(text, Principal::as_str, Principal::new)
    }

    /// The node that a request is about, with this Host and target.
    pub fn node(&mut self, host: Option<&str>, target: &str) -> Principal {
        let Self { principals, url, .. } = self;
        url.clear();
        url.shrink_to(LONGEST);
        principals.of(principal::node_url(host, target, url), Principal::as_str, Principal::new)
    }

    /// A header value or name, as it is kept.
    pub fn word(&mut self, word: &str) -> Arc<str> {
        self.words.of(word, |word| word, |word| text::kept(word).into())
    }
}

#[derive(Debug)]
struct Places<T>(Vec<Option<T>>);

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Places<T> {
    /// What `text` stands for: as it is remembered, or else made now.
    fn of(&mut self, text: &str, written: impl Fn(&T) -> &str, make: impl Fn(&str) -> T) -> T {
        if text.len() > LONGEST {
            return make(text);
        }
        if self.0.is_empty() {
            self.0.resize_with(PLACES, || None);
        }
        let place = hashed::fingerprint(text) as usize % PLACES;
        let Some(place) = self.0.get_mut(place) else { return make(text) };
        match place {
            Some(known) if written(known) == text => known.clone(),
            _ => place.insert(make(text)).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_is_shared_and_what_is_long_is_not_remembered() {
        let mut names = Names::default();
        let first = names.word("98219");
        assert!(Arc::ptr_eq(&first, &names.word("98219")));
        for number in 0..10 * PLACES {
            let word = number.to_string();
            assert_eq!(&*names.word(&word), word);
            assert_eq!(names.principal(&word), Principal::new(&word));
        }
        assert_eq!(names.words.0.len(), PLACES);
        let long = "x".repeat(LONGEST + 1);
        assert!(!Arc::ptr_eq(&names.word(&long), &names.word(&long)));
        assert_eq!(&*names.word(" http://bob:secret@h/ "), "http://***@h/");
    }

    #[test]
    fn the_node_is_the_url_of_host_and_target() {
        let mut names = Names::default();
        for (host, target) in [(Some("im.example.test"), "/instmsg/aliases/bob"), (None, "/x"), (Some("h"), "http://other/x")] {
            let wanted = Principal::new(principal::node_url(host, target, &mut String::new()));
            assert_eq!(names.node(host, target).as_str(), wanted.as_str());
        }
    }
}
