//! How many tests ran, read from the lines in which Rust's test harness sums up.

use std::ops::AddAssign;

/// The sums of one or more `test result:` lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed.
    pub(crate) failed: u64,
    /// Tests that were ignored.
    pub(crate) ignored: u64,
}

impl Counts {
    /// Reads a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; ...`; any other line is none.
    pub(crate) fn read(line: &str) -> Option<Counts> {
        let sums = line.trim().strip_prefix("test result: ")?;
        let (_, sums) = sums.split_once(". ")?;
        let mut counts = Counts::default();
        for part in sums.split(';') {
            match part.trim().split_once(' ') {
                Some((number, "passed")) => counts.passed = number.parse().ok()?,
                Some((number, "failed")) => counts.failed = number.parse().ok()?,
                Some((number, "ignored")) => counts.ignored = number.parse().ok()?,
                _ => {}
            }
        }
        Some(counts)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_lines_of_green_and_red_binaries() {
        let green =
            "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.02s";
        assert_eq!(Counts::read(green), Some(Counts { passed: 12, failed: 0, ignored: 3 }));
        let red = "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.50s";
        assert_eq!(Counts::read(red), Some(Counts { passed: 4, failed: 2, ignored: 0 }));
    }

    #[test]
    fn a_line_that_only_looks_alike_counts_nothing() {
        for line in [
            "running 3 tests",
            "test result: ok",
            "test result_of_parsing ... ok",
            "note: test result: ok. x",
        ] {
            assert_eq!(Counts::read(line), None, "{line}");
        }
        assert_eq!(Counts::read("test result: ok. many passed; 0 failed"), None);
    }

    #[test]
    fn sums_over_several_binaries() {
        let mut sum = Counts { passed: 1, failed: 0, ignored: 2 };
        sum += Counts { passed: 5, failed: 1, ignored: 0 };
        assert_eq!(sum, Counts { passed: 6, failed: 1, ignored: 2 });
    }
}
