//! Shows that the suite of the objects contract can go red: every lie is told by an engine, and its case catches it.
#![allow(clippy::unwrap_used, reason = "a test ends with its first surprise")]

#[path = "liars/catching.rs"]
mod catching;
#[path = "liars/objects/mod.rs"]
mod objects;

use std::sync::Arc;

use bedplate_conformance::objects::Objects;
use bedplate_conformance::{Opener, Target};
use bedplate_core::objects::{Features, ObjectsEngine};
use bedplate_core::{Address, GuardOptions, Result};
use catching::{assert_honest, assert_two_sided, uncaught_case, uncaught_promise};
use futures_util::future::BoxFuture;
use objects::{Keeper, Laxity, Liar, Lie};

/// A target in a folder of its own, which goes with it.
struct Place {
    target: Target,
    _folder: tempfile::TempDir,
}

/// The files engine in a new folder, in the hands of `wrap`.
fn place<F>(wrap: F) -> Place
where
    F: Fn(Arc<dyn ObjectsEngine>) -> BoxFuture<'static, Result<Arc<dyn ObjectsEngine>>>
        + Send
        + Sync
        + 'static,
{
    let folder = tempfile::tempdir().unwrap();
    let address = Address::parse("files:").unwrap().with_path(folder.path().display().to_string());
    // What the suite proves doesn't depend on the disk, and these tests are about the suite.
    let address = address.with_setting("sync", "false");
    let open = bedplate_engine_files::DRIVER.objects.unwrap();
    let wrap = Arc::new(wrap);
    let opener: Opener<Objects> = Arc::new(move || {
        let (opening, wrap) = (open(address.clone()), wrap.clone());
        Box::pin(
            async move { Ok(Objects::new("liar", wrap(opening.await?).await?, GuardOptions::default())) },
        )
    });
    let target = Target { name: "liar", objects: Some(opener), ..Target::default() };
    Place { target, _folder: folder }
}

fn liar(lie: Lie) -> Place {
    let retained = Arc::default();
    place(move |inner| {
        let retained = Arc::clone(&retained);
        Box::pin(
            async move { Ok(Arc::new(Liar::over(lie, inner, retained).await?) as Arc<dyn ObjectsEngine>) },
        )
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_files_break_no_promise() {
    assert_honest(&place(|inner| Box::pin(async { Ok(inner) })).target).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_keeps_everything_breaks_no_promise() {
    let retained = Arc::default();
    let place = place(move |inner| {
        let retained = Arc::clone(&retained);
        Box::pin(async move {
            let keeper = Keeper::over(inner, retained, Laxity::default()).await?;
            Ok(Arc::new(keeper) as Arc<dyn ObjectsEngine>)
        })
    });
    assert_honest(&place.target).await;
}

#[test]
fn every_promise_is_checked_from_both_sides() {
    assert_two_sided::<Objects>(Features::NONE.promises());
}

/// One test for each lie, which says by what it is caught.
macro_rules! caught {
    ($($test:ident: $lie:ident breaks $promise:literal;)*) => { $(
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            assert_eq!(uncaught_promise(&liar(Lie::$lie).target, $promise, true).await, None);
        }
    )* };
    ($($test:ident: $lie:ident fails $case:ident;)*) => { $(
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            assert_eq!(uncaught_case(&liar(Lie::$lie).target, stringify!($case)).await, None);
        }
    )* };
}

caught! {
    retention_that_allows_deletes: RetentionAllowsDeletes breaks "retention";
    retention_that_allows_puts: RetentionAllowsPuts breaks "retention";
    retention_that_allows_copies: RetentionAllowsCopies breaks "retention";
    retention_that_moves_in: RetentionMovesIn breaks "retention";
    retention_that_is_forgotten: RetentionForgets breaks "retention";
    requests_that_never_end: RequestsNeverEnd breaks "presigned-urls";
    requests_for_any_method: RequestsAllowAnyMethod breaks "presigned-urls";
    requests_for_any_key: RequestsAllowAnyKey breaks "presigned-urls";
}

caught! {
    a_put_that_forgets: PutForgets fails what_is_put_is_read_back;
    a_put_that_cuts: PutCuts fails what_is_put_is_read_back;
    a_put_that_ignores_conditions: PutIgnoresConditions fails a_first_put_needs_an_empty_place;
    a_change_that_ignores_conditions: PutIgnoresConditions fails a_change_needs_the_version_that_was_read;
    a_first_put_that_checks_early: PutChecksEarly fails of_sixteen_first_puts_one_wins;
    a_change_that_checks_early: PutChecksEarly fails of_sixteen_changes_to_one_version_one_wins;
    a_counter_that_checks_early: PutChecksEarly fails no_change_is_lost_when_everyone_compares;
    media_types_that_are_forgotten: ForgetsMediaType fails metadata_and_media_type_come_back;
    metadata_that_are_forgotten: ForgetsMetadata fails metadata_and_media_type_come_back;
    one_etag_for_all: OneEtag fails overwriting_replaces_everything;
    a_delete_that_ignores_conditions: DeleteIgnoresConditions fails a_delete_takes_only_the_version_that_was_read;
    a_delete_that_forgets: DeleteForgets fails deleting_twice_is_no_error;
    a_delete_that_wants_an_object: DeleteWantsAnObject fails deleting_twice_is_no_error;
    a_read_that_ignores_the_version: GetIgnoresVersion fails a_read_can_ask_for_one_version;
    a_read_that_ignores_ranges: GetIgnoresRanges fails a_range_is_exactly_its_bytes;
    a_read_that_allows_empty_ranges: GetAllowsEmptyRanges fails a_range_without_a_byte_is_refused;
    a_read_that_mixes: GetMixes fails reading_while_overwriting_never_mixes;
    a_read_that_buffers: GetBuffers fails a_large_object_passes_in_pieces;
    a_listing_in_reverse: ListReverses fails a_listing_is_ordered_by_bytes;
    a_listing_that_forgets: ListForgets fails pages_show_each_object_exactly_once;
    a_listing_that_repeats: ListRepeats fails pages_show_each_object_exactly_once;
    a_listing_that_is_late: ListIsLate fails a_listing_shows_every_put_before_it;
    a_listing_that_knows_folders_only: ListKnowsFoldersOnly fails a_prefix_may_end_anywhere;
    a_listing_that_ignores_folders: ListIgnoresFolders fails folders_are_shown_once_and_objects_beside_them;
    keys_that_fold_case: KeysFoldCase fails keys_that_look_alike_are_different_objects;
    keys_that_lose_slashes: KeysLoseSlashes fails an_object_and_a_folder_may_have_one_name;
    a_copy_that_forgets_metadata: CopyForgetsMetadata fails a_copy_is_an_object_of_its_own;
    a_copy_that_ignores_conditions: CopyIgnoresConditions fails a_copy_obeys_its_condition;
    an_upload_that_appears_early: UploadAppearsEarly fails an_upload_appears_only_when_it_is_complete;
    an_upload_that_checks_early: UploadChecksEarly fails an_upload_checks_its_condition_at_the_end;
    an_abort_that_completes: AbortCompletes fails an_aborted_upload_leaves_nothing;
    a_closed_handle_that_goes_on: CloseForgets fails a_closed_handle_answers_unavailable;
}
