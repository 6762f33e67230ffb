//! What a PROPFIND asks for. A program asks for the same again and again, so that what was read of one body serves for its copies.

use crate::base::hashed;
use std::sync::Arc;

/// Names of elements in their order: the first ones, as many as have room in a line of the timeline or a few more. A client asks for dozens in each PROPFIND.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameList(
    /// Each name with a line feed behind it: no name has one inside.
    Arc<str>,
);

/// Bytes of names that are kept: more than sixty characters, which is as many as are shown.
const NAMES_BYTES: usize = 256;

impl NameList {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split_terminator('\n')
    }

    /// The names with `separator` between them.
    pub fn join(&self, separator: &str) -> String {
        self.0.strip_suffix('\n').unwrap_or_default().replace('\n', separator)
    }
}

impl<'n> FromIterator<&'n str> for NameList {
    fn from_iter<I: IntoIterator<Item = &'n str>>(names: I) -> Self {
        let mut all = String::new();
        for name in names {
            if all.len() > NAMES_BYTES {
                break;
            }
            all.push_str(name);
            all.push('\n');
        }
        Self(all.into())
    }
}

/// Bodies that asked for properties, met lately.
#[derive(Debug, Default)]
pub struct Asked(Vec<Option<(Box<[u8]>, NameList)>>);

/// How many are remembered. What comes to the same place as another takes it.
const PLACES: usize = 32;

/// Bytes of the longest that are remembered. Nearly all are shorter.
const LONGEST: usize = 2 << 10;

impl Asked {
    /// What this body asks for, if it is remembered.
    pub fn names(&self, body: &[u8]) -> Option<NameList> {
        let (known, names) = self.0.get(place(body)?)?.as_ref()?;
        (**known == *body).then(|| names.clone())
    }

    /// Remembers what a body asks for.
    pub fn remember(&mut self, body: &[u8], names: &NameList) {
        if self.0.is_empty() {
            self.0.resize_with(PLACES, || None);
        }
        if let Some(known) = place(body).and_then(|place| self.0.get_mut(place)) {
            *known = Some((body.into(), names.clone()));
        }
    }
}

fn place(body: &[u8]) -> Option<usize> {
    (body.len() <= LONGEST).then(|| hashed::fingerprint(body) as usize % PLACES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_known_again_as_long_as_it_is_remembered() {
        let names: NameList = ["state", "email"].into_iter().collect();
        assert_eq!((names.join(", ").as_str(), names.iter().count()), ("state, email", 2));
        let mut asked = Asked::default();
        assert_eq!(asked.names(b"<a/>"), None);
        for number in 0..10 * PLACES {
            let body = number.to_string();
            asked.remember(body.as_bytes(), &names);
            assert_eq!(asked.names(body.as_bytes()), Some(names.clone()));
        }
        assert_eq!((asked.0.len(), asked.names(b"<a/>")), (PLACES, None));
        let long = vec![b' '; LONGEST + 1];
        asked.remember(&long, &names);
        assert_eq!(asked.names(&long), None);
    }

    #[test]
    fn of_many_names_the_first_are_kept() {
        let many: NameList = std::iter::repeat_n("abcdefghi", 1000).collect();
        assert_eq!(many.0.len(), NAMES_BYTES + 4);
    }
}
