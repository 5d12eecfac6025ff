//! The list of the cases.

use std::sync::PoisonError;

use bedplate_core::{Capability, PromiseRow, Result};

use super::*;
use crate::case::{Case, Contract, Subject};
use crate::target::{Opener, Target};

impl Contract for Sql {
    const CAPABILITY: Capability = Capability::Sql;
    const CASES: &'static [Case<Self>] = crate::cases! {
        always values::whole_numbers_come_back_exactly;
        always values::floats_come_back_exactly;
        always values::decimals_come_back_exactly;
        always values::booleans_come_back;
        always values::texts_come_back_exactly;
        always values::an_empty_text_is_not_null;
        always values::bytes_come_back_exactly;
        always values::uuids_come_back;
        always values::json_comes_back_exactly;
        always values::null_of_every_kind_comes_back;
        always values::what_some_engine_would_change_is_refused;
        always values::a_large_value_comes_back_and_a_too_large_one_is_limited;
        always times::days_and_times_come_back_to_the_microsecond;
        always times::points_in_time_come_back_before_1970_too;
        always times::points_in_time_are_ordered;
        always parameters::a_value_is_used_twice_and_out_of_order;
        always parameters::a_missing_value_is_refused;
        always parameters::a_superfluous_value_is_refused;
        always parameters::a_gap_in_the_numbers_is_refused;
        always parameters::several_statements_in_one_are_refused;
        always parameters::hostile_text_in_a_value_stays_a_value;
        always parameters::a_nul_in_a_statement_is_refused;
        always parameters::as_many_values_as_the_limit_work_and_one_more_is_limited;
        always rows::one_row_where_one_is_expected;
        always rows::rows_become_structs_and_tuples;
        always rows::an_execution_tells_how_many_rows_it_changed;
        always rows::a_statement_runs_once_for_each_set_of_values;
        always rows::a_set_of_values_that_fails_undoes_all_of_them;
        always rows::a_hundred_thousand_rows_stream_in_order;
        always rows::a_stream_that_is_dropped_early_leaves_everything_usable;
        always rows::a_stream_that_is_dropped_early_leaves_its_transaction_usable;
        always rows::an_error_in_the_middle_of_a_stream_is_told;
        always identifiers::odd_names_work_quoted;
        always identifiers::a_missing_table_is_not_found;
        always identifiers::a_missing_column_is_invalid;
        always identifiers::a_syntax_error_is_invalid;
        always identifiers::a_table_that_exists_already_is_a_conflict;
        always constraints::a_second_row_with_a_unique_value_is_a_conflict;
        always constraints::an_error_shows_no_value;
        always constraints::a_row_without_its_parent_is_a_conflict;
        always constraints::null_where_none_may_be_is_a_conflict;
        always constraints::a_row_that_fails_a_check_is_a_conflict;
        always transactions::a_commit_is_seen_by_everyone;
        always transactions::a_rollback_undoes_everything;
        always transactions::a_dropped_transaction_is_rolled_back;
        always transactions::after_a_failed_statement_only_a_rollback_helps;
        always transactions::a_savepoint_undoes_its_own_part_only;
        always transactions::savepoints_stand_inside_each_other;
        always transactions::a_statement_cannot_begin_or_end_a_transaction;
        always transactions::a_script_happens_as_a_whole_or_not_at_all;
        always transactions::a_script_cannot_end_its_transaction_unnoticed;
        always transactions::an_abandoned_transaction_leaves_nothing;
        always transactions::an_abandoned_statement_breaks_its_transaction;
        always isolation::nobody_sees_what_is_not_committed;
        always isolation::a_reading_transaction_sees_one_snapshot;
        always isolation::a_reading_transaction_refuses_to_write;
        always isolation::write_skew_is_prevented;
        always isolation::lost_races_are_run_again_and_no_update_is_lost;
        always isolation::readers_go_on_while_somebody_writes;
        always statements::hostile_statements_are_errors_and_break_nothing;
        always statements::a_statement_of_a_megabyte_works;
        always statements::ten_megabytes_come_back_exactly;
        always statements::a_repeated_statement_sees_a_changed_table;
        always statements::two_hundred_columns_come_back_in_their_order;
        always statements::a_statement_over_its_time_is_timed_out_and_ends;
        always statements::work_is_run_again_after_a_conflict_only;
        always queries::ordinary_queries_mean_the_same;
        always queries::null_is_equal_to_nothing;
        always queries::literals_and_operators_mean_the_same;
        always queries::defaults_fill_what_is_left_out;
        always queries::children_go_or_are_cut_loose_with_their_parent;
        always queries::sums_of_whole_cents_are_exact;
        always texts::an_order_that_says_where_null_stands_is_kept;
        always writing::an_upsert_in_the_dialects_words_inserts_or_updates;
        always writing::of_many_who_insert_one_key_a_single_one_succeeds;
        kept "concurrent-writers" promises::writers_of_different_rows_do_not_wait;
        refused "concurrent-writers" promises::a_second_writer_waits_for_the_first;
        kept "transactional-ddl" promises::a_created_table_is_rolled_back;
        refused "transactional-ddl" promises::a_created_table_stays_after_a_rollback;
        kept "insert-returning" writing::inserts_return_their_rows;
        refused "insert-returning" writing::an_insert_that_returns_rows_is_refused;
        kept "update-returning" promises::updates_and_deletes_return_their_rows;
        refused "update-returning" promises::an_update_that_returns_rows_is_refused;
        kept "on-conflict" writing::an_insert_says_what_becomes_of_a_row_that_is_there;
        refused "on-conflict" writing::an_insert_on_conflict_is_refused;
        kept "nulls-first" texts::null_comes_first;
        refused "nulls-first" texts::null_comes_last;
        kept "byte-order" texts::texts_compare_by_their_bytes;
        refused "byte-order" texts::texts_compare_otherwise_than_by_their_bytes;
        kept "typed-columns" typing::a_column_refuses_what_is_not_of_its_type;
        refused "typed-columns" typing::a_column_takes_what_is_not_of_its_type;
        kept "decimal-arithmetic" promises::sums_and_products_of_decimals_are_exact;
        refused "decimal-arithmetic" promises::an_inexact_sum_is_not_read_as_a_decimal;
        kept "read-committed" isolation::a_read_committed_transaction_sees_what_others_commit;
        refused "read-committed" isolation::a_read_committed_transaction_sees_one_snapshot;
        kept "tenants" tenants::a_tenant_sees_and_writes_its_own_rows_only;
        kept "tenants" tenants::a_tenant_is_forgotten_with_its_transaction;
        refused "tenants" tenants::a_transaction_of_a_tenant_is_refused;
        kept "replicas" reports::replicas_see_what_the_handle_wrote;
        refused "replicas" reports::reading_from_replicas_is_refused;
        always locks::a_lock_excludes_every_other_handle;
        always locks::a_lock_is_released_when_it_is_dropped;
        always locks::a_lock_that_is_not_free_in_time_is_timed_out;
        always locks::locks_of_different_names_are_different;
        always locks::a_name_that_is_no_lock_is_refused;
        always migrations::migrations_are_applied_once;
        always migrations::migrations_that_start_together_are_applied_once;
        always migrations::an_edited_migration_is_refused;
        always migrations::a_missing_migration_is_refused;
        always migrations::a_migration_out_of_order_is_refused;
        always migrations::a_script_of_the_dialect_is_chosen;
        always migrations::a_check_changes_nothing_and_finds_what_is_not_applied;
        always migrations::a_migration_cannot_begin_or_end_a_transaction;
        always migrations::a_migration_without_a_statement_is_refused_and_a_mark_of_utf_8_is_none;
        always migrations::whoever_waits_is_told_how_far_it_is;
        kept "transactional-ddl" resuming::a_failed_migration_leaves_nothing_and_is_tried_again;
        refused "transactional-ddl" resuming::a_failed_migration_goes_on_where_it_stopped;
        always resuming::a_script_without_a_transaction_goes_on_where_it_stopped;
        always resuming::a_statement_that_was_cut_off_is_run_again;
        refused "transactional-ddl" resuming::a_statement_that_had_happened_when_it_was_cut_off_is_taken_as_done;
        always resuming::a_statement_that_has_not_happened_is_not_taken_as_done;
        always resuming::a_statement_that_could_happen_twice_is_not_run_again;
        always resuming::an_abandoned_run_goes_on_and_nothing_happens_twice;
        always resuming::a_run_that_was_taken_over_stops;
        always undoing::the_newest_migrations_are_undone_first;
        always undoing::without_a_script_nothing_is_undone;
        always undoing::a_migration_that_was_changed_is_not_undone;
        kept "transactional-ddl" undoing::undoing_that_fails_undoes_nothing;
        refused "transactional-ddl" undoing::undoing_that_fails_goes_on_where_it_stopped;
        always undoing::undoing_without_a_transaction_goes_on_where_it_stopped;
        always schema::columns_and_keys_are_read;
        always schema::indexes_and_foreign_keys_are_read;
        apart tallies::equal_contents_have_equal_tallies;
        apart tallies::different_contents_have_different_tallies;
        apart tallies::a_tally_is_of_one_moment;
        apart copies::a_restored_backup_is_the_same_database;
        apart copies::a_backup_is_of_one_moment_while_others_write;
        apart copies::a_backup_replaces_no_file;
        apart copies::a_restore_leaves_a_database_with_tables_as_it_is;
        apart copies::a_restore_of_what_is_no_backup_leaves_nothing;
        apart reports::a_report_tells_what_is_there;
        always reports::a_position_is_reached_or_unsupported;
        always sessions::a_setting_of_a_session_reaches_nobody_else;
        always pool::a_closed_handle_is_unavailable;
        always pool::a_caller_waits_for_a_free_connection;
        always pool::many_callers_at_once_are_all_answered;
    };

    fn opener(target: &Target) -> Option<Opener<Self>> {
        target.sql.clone()
    }

    fn promises(&self) -> Vec<PromiseRow> {
        self.features().promises()
    }

    /// Removes the databases that were made and the tables of the namespace. One that others refer to goes after them, whatever
    /// their names are.
    async fn clean(subject: &Subject<Self>) -> Result<()> {
        let mut failed = None;
        let made = std::mem::take(&mut *subject.made.lock().unwrap_or_else(PoisonError::into_inner));
        for fresh in made {
            if let Err(error) = fresh.remove().await {
                failed = Some(error);
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        let sql = &subject.handle;
        loop {
            let tables: Vec<_> = sql
                .schema()
                .await?
                .tables
                .into_iter()
                .filter(|t| t.name.starts_with(&subject.namespace))
                .collect();
            let mut refused = None;
            let mut dropped = 0;
            for table in &tables {
                let drop = format!("drop table {}", sql.dialect().quote(&table.name));
                match sql.query(drop).execute().await {
                    Ok(_) => dropped += 1,
                    Err(error) => refused = Some(error),
                }
            }
            match refused {
                None => return Ok(()),
                Some(error) if dropped == 0 => return Err(error),
                Some(_) => {}
            }
        }
    }
}
