//! Many independent jobs on several threads, with results in the order of the jobs: the number of threads
//! changes nothing but speed.

use std::num::NonZeroUsize;

use clap::Args;
use rayon::prelude::*;

use super::Outcome;
use super::interrupt::Interrupt;
use super::progress::Progress;
use crate::lesson::Lesson;

/// More threads than this are refused: each has a stack.
const MOST_THREADS: usize = 1024;

/// The options of every subcommand that works long.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct ThreadArgs {
    /// How many threads work at once; changes nothing but speed [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = number_of_threads)]
    pub threads: Option<NonZeroUsize>,
}

/// Reads a number of threads.
fn number_of_threads(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse::<NonZeroUsize>().ok().filter(|number| number.get() <= MOST_THREADS);
    number.ok_or_else(|| format!("a number from 1 to {MOST_THREADS}"))
}

/// What came of the jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished<T> {
    /// A result for each job, in the order of the jobs; `None` for those not begun when the work was interrupted.
    pub results: Vec<Option<T>>,
}

impl<T> Finished<T> {
    /// Whether all jobs were done.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.results.iter().all(Option::is_some) { Outcome::Fine } else { Outcome::Partial }
    }
}

/// Does the jobs `0..jobs`. A job that runs when somebody interrupts is finished; none is begun after that.
///
/// # Errors
/// If so many threads cannot be had.
pub fn run<T: Send>(
    jobs: usize,
    args: ThreadArgs,
    interrupt: &Interrupt,
    progress: &Progress,
    job: impl Fn(usize) -> T + Sync,
) -> Result<Finished<T>, Lesson> {
    let threads = args.threads.map_or(0, NonZeroUsize::get);
    if threads > MOST_THREADS {
        return Err(Lesson::new(format!("{threads} threads are more than maillab starts"))
            .hint(format!("`--threads` takes a number from 1 to {MOST_THREADS}")));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| {
        Lesson::new(format!("the threads could not be started: {error}")).hint("try `--threads 1`")
    })?;
    let one = |nth: usize| {
        if interrupt.raised() {
            return None;
        }
        let result = job(nth);
        progress.advance();
        Some(result)
    };
    // `collect` keeps the order of the jobs, whichever thread is done first.
    let results = pool.install(|| (0..jobs).into_par_iter().map(one).collect());
    Ok(Finished { results })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(n: usize) -> ThreadArgs {
        ThreadArgs { threads: NonZeroUsize::new(n) }
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs_on_any_number_of_threads() {
        // The first jobs are the longest, so that threads finish in another order.
        let job =
            |nth: usize| (0..(200 - nth) * 1000).fold(nth as u64, |sum, n| sum.wrapping_mul(31) ^ n as u64);
        let alone = run(200, threads(1), &Interrupt::quiet(), &Progress::hidden(), job).unwrap();
        for n in [2, 3, 8] {
            assert_eq!(run(200, threads(n), &Interrupt::quiet(), &Progress::hidden(), job).unwrap(), alone);
        }
        assert_eq!(alone.outcome(), Outcome::Fine);
    }

    #[test]
    fn an_interrupt_keeps_what_is_finished_and_begins_nothing_more() {
        let interrupt = Interrupt::quiet();
        let job = |nth: usize| {
            if nth == 3 {
                interrupt.raise();
            }
            nth
        };
        let finished = run(100, threads(1), &interrupt, &Progress::hidden(), job).unwrap();
        assert_eq!(finished.outcome(), Outcome::Partial);
        assert!(finished.results.contains(&Some(3)));
        assert!(finished.results.iter().flatten().count() < 100);
    }

    #[test]
    fn absurd_numbers_of_threads_are_refused() {
        let error =
            run(1, threads(1_000_000), &Interrupt::quiet(), &Progress::hidden(), |nth| nth).unwrap_err();
        assert!(error.to_string().contains("1 to 1024"));
    }
}
