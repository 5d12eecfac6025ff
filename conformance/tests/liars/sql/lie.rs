//! What a SQL engine can lie about.

use bedplate_core::Promise;

/// What it lies about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    /// It declares a promise in another way than the honest engine, and changes nothing else.
    Declares(&'static str, Promise),
    /// It declares `tenants`, takes every policy, and forgets the tenant.
    ForgetsTenants,
    /// A `create table` commits what came before it, though `transactional-ddl` is declared.
    CommitsTables,
    /// What an update returns gets lost, though `update-returning` is declared.
    LosesReturnedRows,
    /// Sums are read as decimals, though nothing is promised about them.
    GuessesDecimals,
    /// A commit does nothing.
    ForgetsCommits,
    /// A rollback commits.
    CommitsRollbacks,
    /// A dropped transaction commits.
    CommitsDropped,
    /// A transaction is none: each statement stands alone.
    HasNoTransactions,
    /// Reads look at what is there now, and writes happen at the commit.
    WritesLate,
    /// A transaction that only reads may write too.
    WritesInReads,
    /// Each read of a transaction that only reads sees the newest state.
    HasNoSnapshots,
    /// Decimals become floats.
    RoundsDecimals,
    /// An empty text becomes NULL.
    TakesEmptyForNull,
    /// Times are kept to the second.
    CutsTimes,
    /// Values are written into the text.
    InlinesValues,
    /// Values that the statement doesn't need are ignored.
    IgnoresValues,
    /// Every statement of several is run.
    RunsSeveral,
    /// A long result ends early.
    CutsResults,
    /// An error in the middle of a result looks like its end.
    HidesErrors,
    /// Every execution says that it changed one row.
    GuessesCounts,
    /// Its errors are all of one kind.
    KnowsOneError,
    /// A lock excludes nobody.
    LocksNothing,
    /// A lock is not waited for.
    WaitsForNoLock,
    /// Indexes are not read.
    ForgetsIndexes,
    /// It goes on after it was closed.
    NeverCloses,
    /// What an insert returns gets lost, though `insert-returning` is declared.
    LosesInsertedRows,
    /// A row that is there already is never updated, though `on-conflict` is declared.
    NeverUpdates,
    /// NULL comes last in an order that says nothing about it, though `nulls-first` is declared.
    PutsNullLast,
    /// Texts that differ in their case are equal, though `byte-order` is declared.
    IgnoresCase,
    /// Columns refuse what isn't of their type, though nothing is promised about it.
    ChecksTypes,
    /// It has replicas that keep their promise, and declares them: this one is no lie.
    HasReplicas,
    /// It has replicas, though `replicas` is refused.
    HidesReplicas,
    /// Its replicas see what was there when they were first asked.
    HasStaleReplicas,
    /// Its replicas take writes.
    WritesToReplicas,
    /// What was written moves no position.
    StandsStill,
    /// A tally has the rows' counts and nothing else.
    TalliesCounts,
    /// A tally is never the same twice.
    TalliesTime,
    /// A tally looks at one table after another.
    TalliesSlowly,
    /// A backup's tally is of the database as it is after the copy.
    TalliesLate,
    /// A restore leaves out the views.
    LosesViews,
    /// A restore leaves out the indexes.
    LosesIndexes,
    /// A backup takes the place of a file that is there.
    ReplacesFiles,
    /// A restore takes the place of the tables that are there.
    ReplacesTables,
    /// A restore that fails looks like one that hasn't.
    HidesFailedRestores,
    /// A backup tells nothing of its progress.
    KeepsProgressToItself,
    /// A report forgets tables.
    ForgetsTables,
    /// A report is off by one row.
    MiscountsRows,
    /// A report tells of tables without a size.
    ForgetsSizes,
    /// A statement that was run before gets the same rows again.
    RepeatsRows,
    /// Values beyond a megabyte are cut.
    CutsValues,
    /// NULL is equal to NULL.
    ComparesNull,
    /// Whatever is inserted replaces what is there.
    ReplacesRows,
    /// A parent whose children would go with it stays too.
    KeepsChildren,
}
