//! The sql suite goes red: an engine that lies is caught, whatever it lies about, and an honest one is not accused.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends with its first surprise")]

#[path = "liars/sql/mod.rs"]
mod sql;

use std::collections::BTreeSet;
use std::sync::Arc;

use bedplate_conformance::run::{Finding, Job, jobs};
use bedplate_conformance::{Contract, Fresh, Target, When};
use bedplate_core::sql::{Features, Sql};
use bedplate_core::{Address, BoxFuture, Capability, Error, ErrorKind, GuardOptions, Promise, Result};
use futures_util::StreamExt;
use sql::{Liar, Lie};

/// Cases that run at the same time.
const AT_ONCE: usize = 8;

/// SQLite in a folder of its own, with a lie over it where one is given.
fn target(folder: &tempfile::TempDir, lie: Option<Lie>) -> Target {
    let path = folder.path().join("a.db").display().to_string();
    // A writer that waits in vain is soon told so; where nobody lies, it waits for whoever else is tested.
    let busy_timeout = if lie.is_some() { "400ms" } else { "30s" };
    let address = Address::parse("sqlite:?synchronous=normal&readers=2")
        .unwrap()
        .with_path(path)
        .with_setting("busy_timeout", busy_timeout);
    let beside = address.clone();
    let opener = move || -> BoxFuture<Result<Sql>> { Box::pin(open(address.clone(), lie)) };
    let maker = move || -> BoxFuture<Result<Fresh>> {
        let beside = beside.clone();
        Box::pin(async move {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("fresh.db").display().to_string();
            Ok(Fresh::in_folder(open(beside.with_path(path), lie).await?, folder))
        })
    };
    Target { name: "liar", sql: Some(Arc::new(opener)), fresh: Some(Arc::new(maker)), ..Target::default() }
}

async fn open(address: Address, lie: Option<Lie>) -> Result<Sql> {
    let honest = bedplate_engine_sqlite::DRIVER.sql.unwrap()(address).await?;
    let engine = match lie {
        Some(lie) => Liar::over(honest, lie),
        None => honest,
    };
    Ok(Sql::new("sqlite", engine, GuardOptions::default()))
}

/// The failing findings of the cases that are chosen, of which there must be some.
async fn failing(lie: Lie, choose: impl Fn(&Job) -> bool) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let jobs = jobs(&target(&folder, Some(lie)), Some(Capability::Sql)).await.unwrap();
    let chosen: Vec<Job> = jobs.into_iter().filter(choose).collect();
    assert!(!chosen.is_empty(), "no case was chosen for {lie:?}");
    let mut findings = Vec::new();
    for job in chosen {
        findings.push(job.run().await);
        println!("{lie:?}: {:?}", findings.last().unwrap());
    }
    findings.into_iter().filter(|finding| finding.failure.is_some()).collect()
}

/// A lie about a promise is caught by a case that was picked by this promise.
async fn is_caught_by_promise(lie: Lie, promise: &'static str) {
    let about = |job: &Job| matches!(job.when, When::Kept(name) | When::Refused(name) if name == promise);
    let failing = failing(lie, about).await;
    assert!(failing.iter().any(|finding| finding.promise == Some(promise)), "{lie:?} was not caught");
}

/// A lie about what is always promised is caught by the case of this name.
async fn is_caught_by_case(lie: Lie, case: &str) {
    let failing = failing(lie, |job| job.case == case).await;
    assert!(!failing.is_empty(), "{lie:?} was not caught by {case}");
}

macro_rules! caught {
    ($($name:ident: $lie:expr, $by:ident $what:literal;)*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            caught!(@ $by $lie, $what);
        }
    )* };
    (@ promise $lie:expr, $what:literal) => { is_caught_by_promise($lie, $what).await };
    (@ case $lie:expr, $what:literal) => { is_caught_by_case($lie, $what).await };
}

caught! {
    concurrent_writers_declared: Lie::Declares("concurrent-writers", Promise::Native), promise "concurrent-writers";
    concurrent_writers_where_there_are_no_transactions: Lie::HasNoTransactions, promise "concurrent-writers";
    transactional_ddl_declared: Lie::CommitsTables, promise "transactional-ddl";
    transactional_ddl_refused: Lie::Declares("transactional-ddl", Promise::Refused), promise "transactional-ddl";
    update_returning_declared: Lie::LosesReturnedRows, promise "update-returning";
    update_returning_refused: Lie::Declares("update-returning", Promise::Refused), promise "update-returning";
    decimal_arithmetic_declared: Lie::Declares("decimal-arithmetic", Promise::Native), promise "decimal-arithmetic";
    decimal_arithmetic_guessed: Lie::GuessesDecimals, promise "decimal-arithmetic";
    tenants_declared: Lie::ForgetsTenants, promise "tenants";

    insert_returning_declared: Lie::LosesInsertedRows, promise "insert-returning";
    insert_returning_refused: Lie::Declares("insert-returning", Promise::Refused), promise "insert-returning";
    on_conflict_declared: Lie::NeverUpdates, promise "on-conflict";
    on_conflict_refused: Lie::Declares("on-conflict", Promise::Refused), promise "on-conflict";
    nulls_first_declared: Lie::PutsNullLast, promise "nulls-first";
    nulls_first_refused: Lie::Declares("nulls-first", Promise::Refused), promise "nulls-first";
    byte_order_declared: Lie::IgnoresCase, promise "byte-order";
    byte_order_refused: Lie::Declares("byte-order", Promise::Refused), promise "byte-order";
    typed_columns_declared: Lie::Declares("typed-columns", Promise::Native), promise "typed-columns";
    typed_columns_refused: Lie::ChecksTypes, promise "typed-columns";
    read_committed_declared: Lie::Declares("read-committed", Promise::Native), promise "read-committed";
    read_committed_refused: Lie::HasNoSnapshots, promise "read-committed";
    replicas_declared: Lie::Declares("replicas", Promise::Native), promise "replicas";
    replicas_that_are_stale: Lie::HasStaleReplicas, promise "replicas";
    replicas_that_take_writes: Lie::WritesToReplicas, promise "replicas";
    replicas_refused: Lie::HidesReplicas, promise "replicas";

    forgets_commits: Lie::ForgetsCommits, case "a_commit_is_seen_by_everyone";
    commits_rollbacks: Lie::CommitsRollbacks, case "a_rollback_undoes_everything";
    commits_dropped: Lie::CommitsDropped, case "a_dropped_transaction_is_rolled_back";
    shows_what_is_not_committed: Lie::HasNoTransactions, case "nobody_sees_what_is_not_committed";
    lets_write_skew_through: Lie::WritesLate, case "write_skew_is_prevented";
    loses_updates: Lie::WritesLate, case "lost_races_are_run_again_and_no_update_is_lost";
    writes_in_reads: Lie::WritesInReads, case "a_reading_transaction_refuses_to_write";
    has_no_snapshots: Lie::HasNoSnapshots, case "a_reading_transaction_sees_one_snapshot";
    rounds_decimals: Lie::RoundsDecimals, case "decimals_come_back_exactly";
    takes_empty_for_null: Lie::TakesEmptyForNull, case "an_empty_text_is_not_null";
    cuts_times: Lie::CutsTimes, case "points_in_time_come_back_before_1970_too";
    inlines_values: Lie::InlinesValues, case "hostile_text_in_a_value_stays_a_value";
    ignores_values: Lie::IgnoresValues, case "a_superfluous_value_is_refused";
    runs_several: Lie::RunsSeveral, case "several_statements_in_one_are_refused";
    cuts_results: Lie::CutsResults, case "a_hundred_thousand_rows_stream_in_order";
    hides_errors: Lie::HidesErrors, case "an_error_in_the_middle_of_a_stream_is_told";
    guesses_counts: Lie::GuessesCounts, case "an_execution_tells_how_many_rows_it_changed";
    knows_one_error: Lie::KnowsOneError, case "a_second_row_with_a_unique_value_is_a_conflict";
    locks_nothing: Lie::LocksNothing, case "a_lock_that_is_not_free_in_time_is_timed_out";
    waits_for_no_lock: Lie::WaitsForNoLock, case "a_lock_is_released_when_it_is_dropped";
    forgets_indexes: Lie::ForgetsIndexes, case "indexes_and_foreign_keys_are_read";
    stands_still: Lie::StandsStill, case "a_position_is_reached_or_unsupported";
    tallies_counts: Lie::TalliesCounts, case "different_contents_have_different_tallies";
    tallies_time: Lie::TalliesTime, case "equal_contents_have_equal_tallies";
    tallies_slowly: Lie::TalliesSlowly, case "a_tally_is_of_one_moment";
    tallies_late: Lie::TalliesLate, case "a_backup_is_of_one_moment_while_others_write";
    loses_views: Lie::LosesViews, case "a_restored_backup_is_the_same_database";
    loses_indexes: Lie::LosesIndexes, case "a_restored_backup_is_the_same_database";
    keeps_progress_to_itself: Lie::KeepsProgressToItself, case "a_restored_backup_is_the_same_database";
    replaces_files: Lie::ReplacesFiles, case "a_backup_replaces_no_file";
    replaces_tables: Lie::ReplacesTables, case "a_restore_leaves_a_database_with_tables_as_it_is";
    hides_failed_restores: Lie::HidesFailedRestores, case "a_restore_of_what_is_no_backup_leaves_nothing";
    forgets_tables: Lie::ForgetsTables, case "a_report_tells_what_is_there";
    miscounts_rows: Lie::MiscountsRows, case "a_report_tells_what_is_there";
    forgets_sizes: Lie::ForgetsSizes, case "a_report_tells_what_is_there";
    has_no_positions: Lie::HasReplicas, case "a_position_is_reached_or_unsupported";
    repeats_rows: Lie::RepeatsRows, case "a_repeated_statement_sees_a_changed_table";
    cuts_values: Lie::CutsValues, case "ten_megabytes_come_back_exactly";
    compares_null: Lie::ComparesNull, case "null_is_equal_to_nothing";
    replaces_rows: Lie::ReplacesRows, case "of_many_who_insert_one_key_a_single_one_succeeds";
    keeps_children: Lie::KeepsChildren, case "children_go_or_are_cut_loose_with_their_parent";
    never_upserts: Lie::NeverUpdates, case "an_upsert_in_the_dialects_words_inserts_or_updates";
    never_closes: Lie::NeverCloses, case "a_closed_handle_is_unavailable";
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_honest_engine_is_not_accused() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = jobs(&target(&folder, None), Some(Capability::Sql)).await.unwrap();
    let runs = jobs.iter().map(Job::run);
    let findings: Vec<Finding> = futures_util::stream::iter(runs).buffer_unordered(AT_ONCE).collect().await;
    let failing: Vec<_> = findings.iter().filter(|finding| finding.failure.is_some()).collect();
    assert!(failing.is_empty(), "{failing:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn honest_replicas_are_not_accused() {
    let failing = failing(Lie::HasReplicas, |job| job.when == When::Kept("replicas")).await;
    assert!(failing.is_empty(), "{failing:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_another_database_is_left_out_where_none_can_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let whole = target(&folder, None);
    let refusing = || -> BoxFuture<Result<Fresh>> {
        Box::pin(async { Err(Error::new(ErrorKind::Denied, "this role makes no databases")) })
    };
    let alone = [
        Target { fresh: None, ..whole.clone() },
        Target { fresh: Some(Arc::new(refusing)), ..whole.clone() },
    ];
    for target in alone {
        let jobs = jobs(&target, Some(Capability::Sql)).await.unwrap();
        for job in jobs {
            assert_eq!(job.left_out.is_some(), job.when == When::Apart, "{}", job.case);
            if let Some(why) = &job.left_out {
                let finding = job.run().await;
                assert!(finding.failure.is_none() && finding.left_out.as_ref() == Some(why), "{finding:?}");
            }
        }
    }
    let jobs = jobs(&whole, Some(Capability::Sql)).await.unwrap();
    assert!(jobs.iter().any(|job| job.when == When::Apart) && jobs.iter().all(|job| job.left_out.is_none()));
}

#[test]
fn every_promise_has_a_case_on_either_side() {
    let (mut kept, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for case in Sql::CASES {
        match case.when {
            When::Kept(name) => kept.insert(name),
            When::Refused(name) => refused.insert(name),
            When::Always | When::Apart => false,
        };
    }
    let promises: BTreeSet<_> = Features::NONE.promises().iter().map(|row| row.name).collect();
    assert_eq!(kept, promises, "promises with a case for who keeps them");
    assert_eq!(refused, promises, "promises with a case for who refuses them");
}
