//! The cases of the suite, and what a handle is to them.

use bedplate_core::objects::{ListOptions, Objects};
use bedplate_core::{Capability, PromiseRow, Result};

use super::{
    conditions, copy, keys, lifecycle, limits, listing, presigned, ranges, retention, uploads, whole,
};
use crate::case::{Case, Contract, Subject};
use crate::target::{Opener, Target};

impl Contract for Objects {
    const CAPABILITY: Capability = Capability::Objects;
    const CASES: &'static [Case<Self>] = crate::cases! {
        always whole::what_is_put_is_read_back;
        always whole::an_empty_object_is_an_object;
        always whole::overwriting_replaces_everything;
        always whole::what_is_absent_is_not_found;
        always whole::deleting_twice_is_no_error;
        always whole::metadata_and_media_type_come_back;
        always whole::odd_metadata_is_refused_before_anything_is_written;
        always whole::reading_while_overwriting_never_mixes;
        always whole::a_put_that_was_given_up_is_whole_or_absent;
        always conditions::a_first_put_needs_an_empty_place;
        always conditions::a_change_needs_the_version_that_was_read;
        always conditions::a_delete_takes_only_the_version_that_was_read;
        always conditions::a_read_can_ask_for_one_version;
        always conditions::of_sixteen_first_puts_one_wins;
        always conditions::of_sixteen_changes_to_one_version_one_wins;
        always conditions::of_changes_and_deletes_of_one_version_one_wins;
        always conditions::no_change_is_lost_when_everyone_compares;
        always conditions::an_unconditional_put_never_slips_under_a_comparison;
        always ranges::a_range_is_exactly_its_bytes;
        always ranges::a_range_without_a_byte_is_refused;
        always ranges::ranges_of_a_large_object_fit_together;
        always uploads::a_large_object_passes_in_pieces;
        always uploads::an_upload_appears_only_when_it_is_complete;
        always uploads::an_upload_checks_its_condition_at_the_end;
        always uploads::an_aborted_upload_leaves_nothing;
        always uploads::a_dropped_upload_leaves_nothing;
        always uploads::an_upload_of_nothing_is_an_empty_object;
        always uploads::two_uploads_to_one_key_do_not_mix;
        always listing::a_listing_is_ordered_by_bytes;
        always listing::a_prefix_may_end_anywhere;
        always listing::folders_are_shown_once_and_objects_beside_them;
        always listing::pages_show_each_object_exactly_once;
        always listing::pages_show_each_folder_exactly_once;
        always listing::a_listing_shows_every_put_before_it;
        always listing::a_prefix_without_objects_is_an_empty_listing;
        always listing::what_stays_is_shown_once_while_others_come_and_go;
        always keys::an_object_and_a_folder_may_have_one_name;
        always keys::odd_keys_are_kept_apart;
        always keys::keys_that_look_alike_are_different_objects;
        always keys::keys_that_look_like_paths_lead_nowhere;
        always keys::very_deep_keys_work_like_others;
        always keys::keys_that_no_engine_can_keep_are_refused;
        always limits::the_longest_key_works_and_a_longer_one_is_refused;
        always limits::the_longest_part_of_a_key_works_and_a_longer_one_is_refused;
        always limits::the_most_metadata_works_and_more_is_refused;
        always limits::the_largest_object_works_and_a_larger_one_is_refused;
        always copy::a_copy_is_an_object_of_its_own;
        always copy::a_copy_onto_itself_keeps_it;
        always copy::a_copy_obeys_its_condition;
        always copy::copying_what_is_absent_makes_nothing;
        always lifecycle::a_closed_handle_answers_unavailable;
        always lifecycle::another_handle_sees_the_same_objects;
        always lifecycle::many_at_once_do_not_disturb_each_other;
        always lifecycle::calls_that_were_given_up_leave_everything_usable;
        kept "presigned-urls" presigned::a_presigned_read_needs_nothing_else;
        kept "presigned-urls" presigned::a_presigned_write_puts_the_object;
        kept "presigned-urls" presigned::a_presigned_request_allows_one_thing_only;
        kept "presigned-urls" presigned::a_presigned_request_ends_in_time;
        kept "presigned-urls" presigned::a_presigned_request_has_a_longest_time;
        refused "presigned-urls" presigned::presigned_requests_are_refused;
        kept "retention" retention::a_retained_object_stays_as_it_is_until_its_time;
        kept "retention" retention::retention_moves_out_and_never_in;
        refused "retention" retention::retention_is_refused_and_nothing_is_written;
    };

    fn opener(target: &Target) -> Option<Opener<Self>> {
        target.objects.clone()
    }

    fn promises(&self) -> Vec<PromiseRow> {
        self.features().promises()
    }

    async fn clean(subject: &Subject<Self>) -> Result<()> {
        let mut options = ListOptions::prefix(&subject.namespace);
        loop {
            let page = subject.handle.list(options.clone()).await?;
            for object in page.objects {
                subject.handle.delete(&object.key).await?;
            }
            match page.next {
                Some(next) => options = options.after(next),
                None => return Ok(()),
            }
        }
    }
}
