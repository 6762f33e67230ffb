//! Rhythms: period, jitter, missed beats, bursts, and what keeps time.

use crate::base::time::{Span, Timestamp};
use crate::session::polling::beats::{Rhythm, bursts, spread};

fn times(millis: &[i64]) -> Vec<Timestamp> {
    millis.iter().map(|at| Timestamp::from_nanos(at * 1_000_000)).collect()
}

fn missed(millis: &[i64]) -> u64 {
    let times = times(millis);
    let rhythm = Rhythm::of(&times);
    times.windows(2).map(|pair| rhythm.missed(pair[1].since(pair[0]))).sum()
}

#[test]
fn the_period_is_the_median_and_the_jitter_a_deviation() {
    let rhythm = Rhythm::of(&times(&[0, 4000, 10_000]));
    assert_eq!(rhythm.period, Some(Span::from_millis(5000)), "of two intervals their mean");
    assert_eq!(rhythm.jitter, Some(Span::from_millis(1000)));
    assert_eq!(Rhythm::of(&times(&[0, 4000])), Rhythm { period: Some(Span::from_millis(4000)), jitter: None });
    assert_eq!(Rhythm::of(&times(&[0])), Rhythm::default());
    assert_eq!(Rhythm::of(&[]), Rhythm::default());
}

#[test]
fn beats_are_missed_by_rounding() {
    assert_eq!(missed(&[0, 1000, 2000, 3499, 4500]), 0);
    assert_eq!(missed(&[0, 1000, 2000, 3500, 4500]), 1);
    assert_eq!(missed(&[0, 1000, 2000, 6000, 7000, 9000]), 4);
    assert_eq!(missed(&[0, 1000, 2000, 2001, 2002, 3000, 4000]), 0, "a burst takes none away");
    assert_eq!(missed(&[0, 0, 0, 0, 60_000]), 0, "without a period there are no beats");
}

#[test]
fn a_burst_is_three_or_more_at_once() {
    let found = |millis: &[i64]| bursts(&times(millis), Rhythm::of(&times(millis)));
    assert_eq!(found(&[0, 1000, 1010, 1020, 2000, 3000, 4000, 5000]), [(1, 3)]);
    assert_eq!(found(&[0, 1000, 1010, 2000, 3000, 4000, 5000]), [], "a pair is a late beat and the next one, or asked again");
    assert_eq!(found(&[0, 10, 20, 1000, 2000, 3000, 4000, 5000, 5001, 5002, 5003]), [(0, 2), (7, 10)]);
    assert_eq!(found(&[]), []);
}

#[test]
fn what_keeps_time_and_what_does_not() {
    let steady = |millis: &[i64]| Rhythm::of(&times(millis)).is_steady(&times(millis));
    assert!(steady(&[0, 1300, 2000, 3300, 4000]), "jitter of 30 %");
    assert!(steady(&[0, 1000, 2000, 6000, 7000, 8000, 8001, 9000]), "a pause and a double");
    assert!(!steady(&[0, 1000, 2000]), "too few to tell");
    assert!(!steady(&[0, 100, 4000, 4200, 30_000, 90_000]), "as it comes");
    assert!(!steady(&[0, 0, 0, 0, 0]));
}

#[test]
fn the_middle_of_an_even_number_is_a_mean() {
    let spread = spread([3, 1, 10, 2].into_iter().map(Span::from_secs)).unwrap();
    assert_eq!((spread.median, spread.max), (Span::from_millis(2500), Span::from_secs(10)));
}
