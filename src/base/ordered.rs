//! Work that several threads do at once, with its results in the order in which the work was given out.
//!
//! A planner gives out tasks, a worker for each core does them, and the caller takes what they make. All queues are
//! bounded, so memory is a matter of cores and not of tasks. When the caller returns, everything ends.
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::priority;

/// The results of one task, in order. They end early when its worker has stopped.
pub type Results<R> = Receiver<R>;

/// Where the planner gives out tasks.
pub struct Tasks<T, R> {
    order: SyncSender<Results<R>>,
    tasks: SyncSender<(T, SyncSender<R>)>,
    waiting: usize,
}

/// Nobody takes results any more, or no worker is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NobodyWaits;

impl<T, R> Tasks<T, R> {
    /// Waits until there is room for one more task.
    pub fn give(&self, task: T) -> Result<(), NobodyWaits> {
        let (to, results) = sync_channel(self.waiting);
        self.order.send(results).map_err(|_| NobodyWaits)?;
        self.tasks.send((task, to)).map_err(|_| NobodyWaits)
    }
}

/// Runs `take` on this thread with the results of all tasks in the order of `plan`, while threads work. Each thread has
/// a worker of its own, made by `worker`; one that breaks takes no more tasks. At most `waiting` results of a task lie
/// ready. Gives what `take` and `plan` gave.
pub fn run<T: Send, R: Send, P: Send, O, W>(
    waiting: usize,
    worker: impl Fn() -> W + Sync,
    plan: impl FnOnce(&Tasks<T, R>) -> P + Send,
    take: impl FnOnce(Receiver<Results<R>>) -> O,
) -> (O, P)
where
    W: FnMut(T, &SyncSender<R>) -> ControlFlow<()>,
{
    let threads = thread::available_parallelism().map_or(2, |n| n.get().max(2));
    let (order, ordered) = sync_channel(3 * threads);
    let (tasks, given) = sync_channel::<(T, SyncSender<R>)>(threads);
    // The workers alone own the receiver: when the last of them has stopped, `give` fails instead of waiting for ever.
    let given = Arc::new(Mutex::new(given));
    thread::scope(|scope| {
        for _ in 0..threads {
            let (given, worker) = (given.clone(), &worker);
            scope.spawn(move || {
                // Exposures come first: this work gets what the camera leaves.
                priority::step_aside();
                let mut work = worker();
                loop {
                    let next = given.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((task, to)) = next else { break };
                    if work(task, &to).is_break() {
                        break;
                    }
                }
            });
        }
        drop(given);
        let planner = scope.spawn(move || {
            priority::step_aside();
            plan(&Tasks { order, tasks, waiting })
        });
        let taken = take(ordered);
        (taken, planner.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives `count` numbers to workers that send each number and its double.
    fn doubled(
        count: u64,
        take: impl FnOnce(Receiver<Results<u64>>) -> Vec<u64>,
    ) -> (Vec<u64>, Result<(), NobodyWaits>) {
        let worker = || {
            |number: u64, to: &SyncSender<u64>| {
                let sent = to.send(number).and_then(|()| to.send(2 * number));
                if sent.is_ok() && number != 77 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            }
        };
        run(1, worker, |tasks| (0..count).try_for_each(|number| tasks.give(number)), take)
    }

    #[test]
    fn results_come_in_the_order_of_the_tasks() {
        let (all, planned) = doubled(50, |ordered| ordered.iter().flatten().collect());
        assert_eq!(all, (0..50).flat_map(|n| [n, 2 * n]).collect::<Vec<_>>());
        assert_eq!(planned, Ok(()));
    }

    #[test]
    fn everything_ends_when_the_taker_has_enough_or_every_worker_has_stopped() {
        let (first, planned) = doubled(u64::MAX, |ordered| ordered.iter().take(3).flatten().collect());
        assert_eq!((first, planned), (vec![0, 0, 1, 2, 2, 4], Err(NobodyWaits)));
        let worker = || |_: u64, _: &SyncSender<u64>| ControlFlow::Break(());
        let plan = |tasks: &Tasks<u64, u64>| (0..u64::MAX).try_for_each(|number| tasks.give(number));
        let (none, planned) = run(1, worker, plan, |ordered| ordered.iter().flatten().count());
        assert_eq!((none, planned), (0, Err(NobodyWaits)));
    }
}
