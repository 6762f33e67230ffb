//! What holds for every rule.

use super::*;
use std::collections::BTreeSet;

#[test]
fn codes_and_slugs_are_stable_words_of_their_own_in_order() {
    let codes: Vec<&str> = RULES.iter().map(|entry| entry.meta.code).collect();
    assert!(codes.is_sorted_by(|one, next| one < next), "{codes:?}");
    let slugs: BTreeSet<&str> = RULES.iter().map(|entry| entry.meta.slug).collect();
    assert_eq!(slugs.len(), RULES.len());
    for Entry { meta, .. } in RULES {
        assert!(
            meta.code.len() == 6 && meta.code.starts_with("RVP") && meta.code[3..].bytes().all(|byte| byte.is_ascii_digit()),
            "{}",
            meta.code
        );
        assert!(meta.slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", meta.slug);
    }
}

#[test]
fn each_page_teaches_something_and_names_its_sources() {
    for Entry { meta, .. } in RULES {
        assert!(meta.title.len() > 15 && !meta.title.ends_with('.'), "{}: {}", meta.code, meta.title);
        assert!(meta.meaning.len() > 150 && meta.meaning.ends_with('.') && !meta.meaning.contains("  "), "{}: {}", meta.code, meta.meaning);
        assert!(meta.remedy.len() > 60 && meta.remedy.ends_with('.') && !meta.remedy.contains("  "), "{}: {}", meta.code, meta.remedy);
        assert!(!meta.sources.is_empty(), "{}", meta.code);
    }
}

#[test]
fn a_page_is_found_by_code_and_by_slug() {
    for Entry { meta, .. } in RULES {
        assert!(std::ptr::eq(page(meta.code).unwrap(), *meta));
        assert!(std::ptr::eq(page(&meta.slug.to_uppercase()).unwrap(), *meta));
    }
    assert!(page("RVP").is_none());
}
