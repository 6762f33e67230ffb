//! Many small pieces of work side by side, with their results in order.

use crate::pipeline::alarm::Alarm;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, PoisonError};

/// How many results may wait for an earlier one, for each thread.
const AHEAD: usize = 4;

/// What the threads share.
struct Line<R> {
    /// The next piece that nobody has taken.
    next: usize,
    /// Results that wait for an earlier one.
    waiting: BTreeMap<usize, R>,
    /// How many were handed on.
    taken: usize,
    stopped: bool,
}

/// Does `work` for each of `items` on `threads` threads, and hands the results to `take`, on the caller's thread and in the order of the
/// items. Ends early with the first error of `take`.
pub(super) fn each<T: Sync, R: Send, E>(
    threads: NonZeroUsize,
    items: &[T],
    work: &(dyn Fn(&T) -> R + Sync),
    take: &mut dyn FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let line = Mutex::new(Line { next: 0, waiting: BTreeMap::new(), taken: 0, stopped: false });
    let changed = Condvar::new();
    let lock = || line.lock().unwrap_or_else(PoisonError::into_inner);
    // Takes the next piece if it is not too far ahead; answers its number.
    let next = |held: &mut Line<R>| {
        let free = held.next < items.len() && held.next < held.taken + AHEAD * threads.get();
        free.then(|| {
            held.next += 1;
            held.next - 1
        })
    };
    let does = |number: usize| {
        let result = items.get(number).map(work);
        let mut held = lock();
        held.waiting.extend(result.map(|result| (number, result)));
        changed.notify_all();
        held
    };
    let alarm = || {
        lock().stopped = true;
        changed.notify_all();
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.get().min(items.len()) {
            // A thread that can't be had leaves its work to the others.
            let _ = std::thread::Builder::new().spawn_scoped(scope, || {
                let _alarm = Alarm(alarm);
                let mut held = lock();
                while !held.stopped && held.next < items.len() {
                    held = if let Some(number) = next(&mut held) {
                        drop(held);
                        does(number)
                    } else {
                        changed.wait(held).unwrap_or_else(PoisonError::into_inner)
                    };
                }
            });
        }
        let _alarm = Alarm(alarm);
        let mut held = lock();
        while held.taken < items.len() && !held.stopped {
            let turn = held.taken;
            if let Some(result) = held.waiting.remove(&turn) {
                drop(held);
                let taken = take(result);
                held = lock();
                held.taken += 1;
                held.stopped = taken.is_err();
                changed.notify_all();
                taken?;
            } else if let Some(number) = next(&mut held) {
                drop(held);
                held = does(number);
            } else {
                held = changed.wait(held).unwrap_or_else(PoisonError::into_inner);
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares(threads: usize, stop_at: u64) -> (Vec<u64>, Result<(), u64>) {
        let items: Vec<u64> = (0..1000).collect();
        let mut seen = Vec::new();
        let result = each(NonZeroUsize::new(threads).unwrap(), &items, &|number| number * number, &mut |square| {
            seen.push(square);
            if square == stop_at { Err(square) } else { Ok(()) }
        });
        (seen, result)
    }

    #[test]
    fn results_come_in_order_on_any_number_of_threads() {
        let expected: Vec<u64> = (0..1000).map(|number| number * number).collect();
        for threads in [1, 2, 7] {
            assert_eq!(squares(threads, u64::MAX), (expected.clone(), Ok(())), "{threads} threads");
        }
    }

    #[test]
    fn an_error_ends_it() {
        for threads in [1, 3] {
            assert_eq!(squares(threads, 100), ((0..=10).map(|number| number * number).collect(), Err(100)));
        }
    }

    #[test]
    fn nobody_waits_for_a_thread_that_broke_down() {
        let items: Vec<u64> = (0..100).collect();
        for threads in [1, 3] {
            let broken = std::panic::catch_unwind(|| {
                let work = |number: &u64| assert_ne!(*number, 50);
                each(NonZeroUsize::new(threads).unwrap(), &items, &work, &mut |()| Ok::<(), ()>(()))
            });
            assert!(broken.is_err(), "{threads} threads");
        }
    }

    #[test]
    fn nothing_to_do() {
        assert_eq!(each(NonZeroUsize::MIN, &[], &|item: &u8| *item, &mut |_| Err(())), Ok(()));
    }
}
