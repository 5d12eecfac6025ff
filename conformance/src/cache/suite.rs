//! Every case of the cache contract, and how its handles are opened and cleaned up.

use bedplate_core::{Capability, ErrorKind, PromiseRow, Result};

use super::{
    Cache, atomicity, conditions, counters, hashes, lifetimes, limits, lists, loading, scan, sharing,
    sorted_sets, values,
};
use crate::case::{Case, Contract, Subject};
use crate::target::{Opener, Target};

impl Contract for Cache {
    const CAPABILITY: Capability = Capability::Cache;
    const CASES: &'static [Case<Self>] = crate::cases! {
        always values::a_value_that_was_set_is_read_back;
        always values::a_key_that_was_never_set_has_no_value;
        always values::setting_again_replaces_the_value;
        always values::many_keys_are_read_in_their_order;
        always values::a_deleted_key_is_gone;
        always values::an_empty_value_is_a_value;
        always values::every_byte_survives;
        always values::odd_keys_are_kept_apart;
        always values::a_key_that_cannot_be_is_refused;
        always values::a_typed_value_survives;
        always limits::a_key_at_the_limit_works_and_one_beyond_is_limited;
        always limits::a_value_at_the_limit_works_and_one_beyond_is_limited;
        always conditions::if_absent_sets_once;
        always conditions::if_present_sets_only_over_a_value;
        always conditions::if_equals_sets_only_over_that_value;
        always conditions::delete_if_equals_deletes_only_that_value;
        always conditions::a_condition_that_fails_changes_nothing;
        always conditions::a_value_that_has_expired_is_absent_to_a_condition;
        always lifetimes::a_value_lives_as_long_as_it_was_told;
        always lifetimes::a_value_without_a_time_to_live_lives_for_ever;
        always lifetimes::setting_again_replaces_the_time_to_live;
        always lifetimes::expire_gives_a_new_time_to_live;
        always lifetimes::expire_with_none_keeps_a_value_for_ever;
        always lifetimes::a_time_to_live_that_is_none_is_refused;
        always counters::a_counter_begins_at_nothing_and_counts_both_ways;
        always counters::a_counter_reads_as_decimal_text;
        always counters::what_is_no_whole_number_is_a_conflict;
        always counters::a_sum_beyond_64_bits_is_a_conflict;
        always counters::a_counter_keeps_the_time_to_live_of_its_first_count;
        always atomicity::of_many_that_set_if_absent_one_wins;
        always atomicity::many_that_count_at_once_lose_nothing;
        always atomicity::many_that_swap_at_once_lose_nothing;
        always atomicity::a_call_that_is_dropped_leaves_everything_working;
        always loading::a_missing_value_is_loaded_once_however_many_ask;
        always loading::a_loaded_value_is_kept_for_its_time;
        always loading::a_load_that_fails_is_the_callers_and_the_next_one_loads_again;
        always sharing::namespaces_are_kept_apart;
        always sharing::others_see_it_as_far_as_its_reach_says;
        always sharing::a_closed_cache_is_unavailable;
        kept "hashes" hashes::fields_are_set_and_read_one_by_one;
        kept "hashes" hashes::all_fields_are_ordered_by_name;
        kept "hashes" hashes::a_map_without_fields_does_not_exist;
        kept "hashes" hashes::a_map_takes_any_field_and_a_time_to_live;
        kept "hashes" hashes::a_map_is_not_a_value;
        refused "hashes" hashes::asking_for_a_map_is_unsupported;
        kept "lists" lists::both_ends_are_pushed_and_popped;
        kept "lists" lists::positions_count_from_either_end;
        kept "lists" lists::a_list_without_values_does_not_exist;
        kept "lists" lists::of_many_that_pop_each_gets_another;
        kept "lists" lists::a_list_is_not_a_value;
        refused "lists" lists::asking_for_a_list_is_unsupported;
        kept "sorted-sets" sorted_sets::members_are_ordered_by_score_then_by_bytes;
        kept "sorted-sets" sorted_sets::scores_are_added_to;
        kept "sorted-sets" sorted_sets::a_span_of_scores_includes_both_ends;
        kept "sorted-sets" sorted_sets::a_sorted_set_without_members_does_not_exist;
        kept "sorted-sets" sorted_sets::a_score_that_is_no_number_is_refused;
        kept "sorted-sets" sorted_sets::a_sorted_set_is_not_a_value;
        refused "sorted-sets" sorted_sets::asking_for_a_sorted_set_is_unsupported;
        kept "scan" scan::every_key_with_the_prefix_is_listed_and_no_other;
        kept "scan" scan::pages_lead_to_every_key_while_others_come_and_go;
        kept "scan" scan::a_prefix_is_no_pattern;
        kept "scan" scan::what_is_gone_is_not_listed;
        refused "scan" scan::asking_for_keys_is_unsupported;
    };

    fn opener(target: &Target) -> Option<Opener<Self>> {
        target.cache.clone()
    }

    fn promises(&self) -> Vec<PromiseRow> {
        self.features().promises()
    }

    /// Where keys can't be listed, what is left ends with its time to live.
    async fn clean(subject: &Subject<Self>) -> Result<()> {
        if !subject.handle.features().scan.is_kept() {
            return Ok(());
        }
        let mut handle = subject.handle.clone();
        loop {
            let page = match handle.scan(&subject.namespace, None, 1_000).await {
                // The case has closed its handle.
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    handle = subject.open_another().await?;
                    handle.scan(&subject.namespace, None, 1_000).await?
                }
                page => page?,
            };
            if page.keys.is_empty() {
                return Ok(());
            }
            for key in &page.keys {
                handle.delete(key).await?;
            }
        }
    }
}
