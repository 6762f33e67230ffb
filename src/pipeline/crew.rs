//! The threads of an analysis: who does what next.
//!
//! A capture goes through three stages, a batch of packets at a time. One source fills batches in their order; a fixed number of shards take
//! each batch, every shard all of them in their order; one judge takes what the shards made of a batch, in their order, too. So the result
//! is the same whoever does the work and when. Each thread takes the most advanced work that is free, so that few batches are under way:
//! the ceiling is [`DEPTH`]. The judge writes for the caller and stays on the caller's thread; with one thread, that does everything.

use super::alarm::Alarm;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The first stage.
pub(super) trait Source: Send {
    /// What it fills.
    type Batch: Default + Send + Sync;

    /// Fills a batch that is new, or was judged and still holds what it held. Answers whether others follow.
    fn fill(&mut self, batch: &mut Self::Batch) -> bool;

    /// Whether the next batch may take any time, as on a pipe.
    fn may_wait(&self) -> bool;
}

/// A part of the second stage.
pub(super) trait Shard<B>: Send {
    /// What it makes of a batch.
    type Made: Made;

    /// Takes the next batch, and puts what it makes of it into `made`, which is empty.
    fn take(&mut self, batch: &B, made: &mut Self::Made);
}

/// What a shard makes of a batch: filled, judged, emptied, and filled again, so that its memory is used again, too.
pub(super) trait Made: Default + Send {
    /// Lets go of all that it holds.
    fn empty(&mut self);
}

/// How many batches may be under way for each thread: one that it works on, and one that is ready for it.
const DEPTH: usize = 2;

/// A batch under way.
struct Slot<B, M> {
    batch: Arc<B>,
    made: Vec<Option<M>>,
    /// How many shards have not taken it.
    open: usize,
}

/// A shard while nobody works with it, the number of the batch that it takes next, and whether the judge was the last to work with it: what a shard
/// keeps is at hand for who worked with it.
struct Desk<W> {
    shard: Option<W>,
    next: usize,
    judges: bool,
}

/// What the threads share.
struct Line<S: Source, W: Shard<S::Batch>> {
    /// While nobody works with it.
    source: Option<S>,
    /// Whether it has no more.
    ended: bool,
    /// Whether its next batch may take any time.
    waits: bool,
    desks: Vec<Desk<W>>,
    /// In their order; the first is judged next.
    slots: VecDeque<Slot<S::Batch, W::Made>>,
    /// The number of the first slot.
    first: usize,
    depth: usize,
    /// How many threads there are besides the judge.
    helpers: usize,
    /// Batches that were judged, to be filled again.
    spare: Vec<S::Batch>,
    /// What was judged. Letting go of it takes its time, and is best done by the threads that made it.
    judged: Vec<Vec<W::Made>>,
    /// What was let go of.
    empty: Vec<W::Made>,
    /// Whether the judge wants no more.
    stopped: bool,
}

/// Something to do.
enum Task<S: Source, W: Shard<S::Batch>> {
    Fill(S, S::Batch),
    Shard {
        place: usize,
        number: usize,
        shard: W,
        batch: Arc<S::Batch>,
        made: W::Made,
    },
    Judge(Slot<S::Batch, W::Made>),
    /// Let go of what was judged.
    Empty(Vec<W::Made>),
    /// Somebody else does what has to be done first.
    Wait,
    /// Nothing is left.
    Leave,
}

impl<S: Source, W: Shard<S::Batch>> Line<S, W> {
    /// The most advanced work that is free.
    fn task(&mut self, judges: bool) -> Task<S, W> {
        if self.stopped || (self.ended && self.slots.is_empty()) {
            return Task::Leave;
        }
        // Where nobody helps, or too late, the judge does that, too.
        let drops = !judges || self.helpers == 0 || self.judged.len() > self.depth;
        if let Some(judged) = self.judged.pop_if(|_| drops) {
            return Task::Empty(judged);
        }
        if judges && self.slots.front().is_some_and(|slot| slot.open == 0) {
            self.first += 1;
            return self.slots.pop_front().map_or(Task::Leave, Task::Judge);
        }
        let end = self.first + self.slots.len();
        let free = self.desks.iter_mut().enumerate().filter(|(_, desk)| desk.shard.is_some() && desk.next < end);
        if let Some((place, desk)) = free.min_by_key(|(_, desk)| (desk.next, desk.judges != judges))
            && let Some(batch) = self.slots.get(desk.next - self.first).map(|slot| Arc::clone(&slot.batch))
            && let Some(shard) = desk.shard.take()
        {
            desk.next += 1;
            desk.judges = judges;
            return Task::Shard { place, number: desk.next - 1, shard, batch, made: self.empty.pop().unwrap_or_default() };
        }
        // While the judge waits for more, nobody judges what is there.
        let stays = judges && self.waits && !self.slots.is_empty();
        if !self.ended
            && !stays
            && self.slots.len() < self.depth
            && let Some(source) = self.source.take()
        {
            return Task::Fill(source, self.spare.pop().unwrap_or_default());
        }
        Task::Wait
    }

    fn filled(&mut self, source: S, batch: S::Batch, more: bool) {
        self.waits = source.may_wait();
        self.source = Some(source);
        self.ended = !more;
        let open = self.desks.len();
        self.slots.push_back(Slot { batch: Arc::new(batch), made: self.desks.iter().map(|_| None).collect(), open });
    }

    /// Answers whether the batch is ready for the judge.
    fn made(&mut self, (place, number): (usize, usize), shard: W, made: W::Made) -> bool {
        if let Some(desk) = self.desks.get_mut(place) {
            desk.shard = Some(shard);
        }
        let Some(slot) = self.slots.get_mut(number - self.first) else { return false };
        slot.open -= 1;
        if let Some(place) = slot.made.get_mut(place) {
            *place = Some(made);
        }
        slot.open == 0
    }
}

/// The third stage: called with a batch and what the shards made of it.
pub(super) type Judge<'a, S, W, E> = &'a mut dyn FnMut(&<S as Source>::Batch, &[<W as Shard<<S as Source>::Batch>>::Made]) -> Result<(), E>;

/// Takes everything from `source` through `shards` to `judge`, on `threads` threads. Gives the source and the shards back, and the error with which
/// the judge stopped.
pub(super) fn run<S: Source, W: Shard<S::Batch>, E>(
    threads: NonZeroUsize,
    source: S,
    shards: Vec<W>,
    judge: Judge<'_, S, W, E>,
) -> (Option<S>, Vec<W>, Result<(), E>) {
    let line = Mutex::new(Line {
        source: Some(source),
        ended: false,
        waits: true,
        desks: shards.into_iter().map(|shard| Desk { shard: Some(shard), next: 0, judges: false }).collect(),
        slots: VecDeque::new(),
        first: 0,
        depth: DEPTH * threads.get(),
        helpers: threads.get() - 1,
        spare: Vec::new(),
        judged: Vec::new(),
        empty: Vec::new(),
        stopped: false,
    });
    let changed = Condvar::new();
    let mut result = Ok(());
    std::thread::scope(|scope| {
        for _ in 1..threads.get() {
            // A thread that can't be had leaves its work to the others.
            let _ = std::thread::Builder::new().spawn_scoped(scope, || {
                let Ok(()) = work::<S, W, Infallible>(&line, &changed, None);
            });
        }
        result = work(&line, &changed, Some(judge));
    });
    let Line { source, desks, .. } = line.into_inner().unwrap_or_else(PoisonError::into_inner);
    (source, desks.into_iter().filter_map(|desk| desk.shard).collect(), result)
}

/// One thread's work.
fn work<S: Source, W: Shard<S::Batch>, E>(
    line: &Mutex<Line<S, W>>,
    changed: &Condvar,
    mut judge: Option<Judge<'_, S, W, E>>,
) -> Result<(), E> {
    let _alarm = Alarm(|| {
        lock(line).stopped = true;
        changed.notify_all();
    });
    let mut held = lock(line);
    loop {
        let task = held.task(judge.is_some());
        if let Task::Wait = task {
            held = changed.wait(held).unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        drop(held);
        match (task, &mut judge) {
            (Task::Fill(mut source, mut batch), _) => {
                let more = source.fill(&mut batch);
                held = lock(line);
                held.filled(source, batch, more);
            }
            (Task::Shard { place, number, mut shard, batch, mut made }, _) => {
                shard.take(&batch, &mut made);
                // Before the judge has it: then nobody else holds the batch.
                drop(batch);
                held = lock(line);
                if !held.made((place, number), shard, made) {
                    // Who made it goes on with what others wait for.
                    continue;
                }
            }
            (Task::Judge(slot), Some(judge)) => {
                let made: Vec<W::Made> = slot.made.into_iter().flatten().collect();
                let judged = judge(&slot.batch, &made);
                held = lock(line);
                held.judged.push(made);
                held.spare.extend(Arc::into_inner(slot.batch));
                if judged.is_err() {
                    held.stopped = true;
                    drop(held);
                    changed.notify_all();
                    return judged;
                }
            }
            (Task::Empty(mut judged), _) => {
                judged.iter_mut().for_each(Made::empty);
                held = lock(line);
                held.empty.extend(judged);
                continue;
            }
            (Task::Judge(_) | Task::Wait | Task::Leave, _) => {
                changed.notify_all();
                return Ok(());
            }
        }
        changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
