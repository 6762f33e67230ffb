//! Tests of the counts.

use super::*;

#[test]
fn requests_are_counted_by_method_and_status_with_a_place_for_those_without_an_answer() {
    let mut totals = Totals::default();
    for (method, status) in [("SUBSCRIBE", Some(401)), ("SUBSCRIBE", Some(200)), ("SUBSCRIBE", Some(200)), ("NOTIFY", None)] {
        totals.request(method, status, 100);
    }
    assert_eq!(totals.requests["SUBSCRIBE"], BTreeMap::from([(Some(401), 1), (Some(200), 2)]));
    assert_eq!(totals.requests["NOTIFY"], BTreeMap::from([(None, 1)]));
    assert_eq!((totals.requests_total(), totals.callbacks_total()), (4, 0));
}

#[test]
fn a_method_counts_as_it_was_written() {
    let mut totals = Totals::default();
    for method in ["NOTIFY", "notify", "POLL"] {
        totals.request(method, Some(200), 100);
    }
    assert_eq!(totals.requests.keys().collect::<Vec<_>>(), ["NOTIFY", "POLL", "notify"]);
}

#[test]
fn callbacks_are_counted_by_outcome_apart_from_requests() {
    let mut totals = Totals::default();
    for outcome in [Outcome::Refused, Outcome::Delivered, Outcome::Refused] {
        totals.callback(outcome);
    }
    assert_eq!(totals.callbacks, BTreeMap::from([(Outcome::Delivered, 1), (Outcome::Refused, 2)]));
    assert_eq!((totals.callbacks_total(), totals.requests_total()), (3, 0));
}

#[test]
fn a_flood_of_methods_is_counted_together_and_still_adds_up() {
    let mut totals = Totals::default();
    let named: Vec<bool> = ["NOTIFY", "X1", "X2", "NOTIFY", "X3"].into_iter().map(|method| totals.request(method, Some(200), 2)).collect();
    assert_eq!(named, [true, true, false, true, false]);
    assert_eq!(totals.requests_total(), 5);
    assert_eq!(totals.requests[OTHER_METHODS][&Some(200)], 2);
}
