//! The spread of the times that the same work took.

use std::fmt;
use std::time::{Duration, Instant};

/// The shortest, the middle and the longest of some times.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    min: Duration,
    median: Duration,
    max: Duration,
}

impl Timing {
    /// The spread of these times; that of no times is all zeros.
    pub(crate) fn of(mut times: Vec<Duration>) -> Timing {
        times.sort_unstable();
        let at = |index: usize| times.get(index).copied().unwrap_or_default();
        let middle = times.len() / 2;
        let median =
            if times.len() % 2 == 1 { at(middle) } else { (at(middle.saturating_sub(1)) + at(middle)) / 2 };
        Timing { min: at(0), median, max: at(times.len().saturating_sub(1)) }
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1_000.0);
        write!(f, "{:>10} {:>10} {:>10}", ms(self.min), ms(self.median), ms(self.max))
    }
}

/// Does the work `warm_up` times unmeasured and `runs` times measured.
pub(crate) fn measure<E>(
    warm_up: usize,
    runs: usize,
    work: &mut dyn FnMut() -> Result<(), E>,
) -> Result<Timing, E> {
    for _ in 0..warm_up {
        work()?;
    }
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let started = Instant::now();
        work()?;
        times.push(started.elapsed());
    }
    Ok(Timing::of(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(times: &[u64]) -> Vec<Duration> {
        times.iter().copied().map(Duration::from_millis).collect()
    }

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        let timing = Timing::of(ms(&[9, 1, 5]));
        assert_eq!(timing.to_string(), "   1.00 ms    5.00 ms    9.00 ms");
        assert_eq!(Timing::of(ms(&[4, 1, 2, 100])).median, Duration::from_millis(3));
        assert_eq!(Timing::of(Vec::new()).max, Duration::ZERO);
    }

    #[test]
    fn warm_up_runs_are_made_and_failures_end_the_measuring() {
        let mut calls = 0;
        let timing = measure(2, 3, &mut || {
            calls += 1;
            Ok::<(), ()>(())
        });
        assert!(timing.is_ok() && calls == 5, "{calls} calls");
        assert_eq!(measure(0, 3, &mut || Err("no")), Err("no"));
    }
}
