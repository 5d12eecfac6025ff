//! How much of everything is read.

/// The most services of a platform.
pub const MAX_SERVICES: usize = 2_000;

/// The most environments of a platform.
pub const MAX_ENVIRONMENTS: usize = 20;

/// The most entries of any other list or table.
pub const MAX_ENTRIES: usize = 1_000;
