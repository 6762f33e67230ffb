//! Tests of the threads: whatever their number, and whoever waits or breaks down, the judge has everything in order.

use super::*;
use std::time::Duration;

/// Fills batches with the numbers from 0 on, ten at a time.
struct Numbers(u64, u64);

impl Source for Numbers {
    type Batch = Vec<u64>;

    fn fill(&mut self, batch: &mut Vec<u64>) -> bool {
        batch.clear();
        batch.extend(self.0..self.0 + 10);
        self.0 += 10;
        self.0 < self.1
    }

    fn may_wait(&self) -> bool {
        false
    }
}

/// Fills a batch whenever the one before was judged: as a pipe whose writer waits for an answer.
struct Answered(u64, Arc<(Mutex<u64>, Condvar)>);

impl Source for Answered {
    type Batch = Vec<u64>;

    fn fill(&mut self, batch: &mut Vec<u64>) -> bool {
        let (judged, changed) = &*self.1;
        let judged = judged.lock().unwrap();
        let (judged, wait) = changed.wait_timeout_while(judged, Duration::from_secs(20), |judged| *judged < self.0).unwrap();
        drop(judged);
        assert!(!wait.timed_out(), "batch {} was not judged", self.0);
        batch.clear();
        batch.push(self.0);
        self.0 += 1;
        self.0 < 2000
    }

    fn may_wait(&self) -> bool {
        true
    }
}

#[test]
fn what_is_there_is_judged_while_the_source_waits() {
    for threads in [1, 2, 3] {
        let answered = Arc::new((Mutex::new(0), Condvar::new()));
        let shards = (0..3).map(|own| Sum { own, sum: 0 }).collect();
        let (source, _, result) = run(NonZeroUsize::new(threads).unwrap(), Answered(0, Arc::clone(&answered)), shards, &mut |_, _| {
            *answered.0.lock().unwrap() += 1;
            answered.1.notify_all();
            Ok::<(), ()>(())
        });
        assert!(result.is_ok() && source.is_some_and(|source| source.0 == 2000), "{threads} threads");
    }
}

/// Adds up the numbers that are its own.
struct Sum {
    own: u64,
    sum: u64,
}

impl Made for Vec<u64> {
    fn empty(&mut self) {
        self.clear();
    }
}

impl Shard<Vec<u64>> for Sum {
    type Made = Vec<u64>;

    fn take(&mut self, batch: &Vec<u64>, made: &mut Vec<u64>) {
        assert!(made.is_empty());
        self.sum += batch.iter().filter(|number| **number % 3 == self.own).sum::<u64>();
        made.push(self.sum);
    }
}

fn sums(threads: usize, stop_after: usize) -> (Vec<Vec<Vec<u64>>>, Result<(), &'static str>) {
    let mut seen = Vec::new();
    let shards = (0..3).map(|own| Sum { own, sum: 0 }).collect();
    let (source, shards, result) = run(NonZeroUsize::new(threads).unwrap(), Numbers(0, 5000), shards, &mut |batch, made| {
        assert_eq!(batch[0], seen.len() as u64 * 10, "batches are judged in their order");
        seen.push(made.to_vec());
        if seen.len() == stop_after { Err("enough") } else { Ok(()) }
    });
    if result.is_ok() {
        assert!(source.is_some_and(|source| source.0 == 5000));
        assert_eq!(shards.iter().map(|shard| shard.sum).sum::<u64>(), 4999 * 5000 / 2);
    }
    (seen, result)
}

#[test]
fn any_number_of_threads_makes_the_same() {
    let (alone, result) = sums(1, usize::MAX);
    assert_eq!((alone.len(), result), (500, Ok(())));
    for threads in [2, 3, 8] {
        assert_eq!(sums(threads, usize::MAX), (alone.clone(), Ok(())), "{threads} threads");
    }
}

/// Breaks down at its third batch.
struct Broken(u8);

impl Shard<Vec<u64>> for Broken {
    type Made = Vec<u64>;

    fn take(&mut self, _: &Vec<u64>, _: &mut Vec<u64>) {
        self.0 += 1;
        assert!(self.0 < 3, "broken");
    }
}

#[test]
fn nobody_waits_for_a_thread_that_broke_down() {
    for threads in [1, 2, 4] {
        let broken = std::panic::catch_unwind(|| {
            let shards = vec![Broken(0), Broken(0)];
            let (.., result) = run(NonZeroUsize::new(threads).unwrap(), Numbers(0, 5000), shards, &mut |_, _| Ok::<(), ()>(()));
            result
        });
        assert!(broken.is_err(), "{threads} threads");
    }
}

#[test]
fn the_judge_can_stop_it() {
    for threads in [1, 4] {
        let (seen, result) = sums(threads, 7);
        assert_eq!((seen.len(), result), (7, Err("enough")));
    }
}
