//! Caches that lie, each of which the suite must catch.
#![allow(clippy::unwrap_used, reason = "a test ends with its first surprise")]

#[path = "liars/cache.rs"]
mod cache;
#[path = "liars/catching.rs"]
mod catching;

use std::sync::Arc;

use bedplate_conformance::Target;
use bedplate_core::cache::{Cache, CacheEngine, Features};
use bedplate_core::{Address, GuardOptions, Reach};
use bedplate_engine_memory::DRIVER;
use cache::{Liar, Lie};
use futures_util::future::join_all;

/// What the honest cache promises.
fn honest() -> Features {
    DRIVER.engine.cache.unwrap().features
}

async fn memory() -> Arc<dyn CacheEngine> {
    DRIVER.cache.unwrap()(Address::parse("memory:").unwrap()).await.unwrap()
}

/// A liar that declares these features. `shared` is what every handle shares, where they do.
fn target(lie: Lie, features: Features, shared: Option<Arc<dyn CacheEngine>>) -> Target {
    let open = move || -> bedplate_core::BoxFuture<bedplate_core::Result<Cache>> {
        let shared = shared.clone();
        Box::pin(async move {
            let inner = match shared {
                Some(shared) => shared,
                None => memory().await,
            };
            Ok(Cache::new("liar", Arc::new(Liar { inner, features, lie }), GuardOptions::default()))
        })
    };
    Target { name: "liar", cache: Some(Arc::new(open)), ..Target::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_cache_is_found_honest() {
    catching::assert_honest(&target(Lie::Nothing, honest(), None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_promises_nothing_is_found_honest() {
    let nothing = Features { max_key_bytes: Some(200), max_value_bytes: Some(1_000_000), ..Features::NONE };
    catching::assert_honest(&target(Lie::Nothing, nothing, None)).await;
}

#[test]
fn every_promise_is_tested_from_both_sides() {
    catching::assert_two_sided::<Cache>(Features::NONE.promises());
}

// Whether a refused promise is kept all the same can't be seen: the handle refuses before the engine is asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_is_not_kept_is_caught() {
    let lies = [
        ("hashes", Lie::HasNoStructures),
        ("hashes", Lie::LosesFields),
        ("lists", Lie::HasNoStructures),
        ("lists", Lie::PushesAtTheOtherEnd),
        ("lists", Lie::PopsWithoutRemoving),
        ("sorted-sets", Lie::HasNoStructures),
        ("sorted-sets", Lie::OrdersByMember),
        ("sorted-sets", Lie::ForgetsScores),
        ("scan", Lie::HasNoStructures),
        ("scan", Lie::ListsOnePage),
        ("scan", Lie::ListsEverything),
    ];
    for promise in honest().promises() {
        let count = lies.iter().filter(|(name, _)| *name == promise.name).count();
        assert!(count >= 2, "there are {count} lies about `{}`", promise.name);
    }
    let caught = lies.map(|(promise, lie)| async move {
        let why = catching::uncaught_promise(&target(lie, honest(), None), promise, true).await;
        why.map(|why| format!("{lie:?}: {why}"))
    });
    let uncaught: Vec<_> = join_all(caught).await.into_iter().flatten().collect();
    assert!(uncaught.is_empty(), "{uncaught:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_always_promised_and_not_kept_is_caught() {
    let lies = [
        (Lie::SetsNothing, "a_value_that_was_set_is_read_back"),
        (Lie::LivesForEver, "a_value_lives_as_long_as_it_was_told"),
        (Lie::LivesForEver, "expire_gives_a_new_time_to_live"),
        (Lie::LivesForEver, "a_loaded_value_is_kept_for_its_time"),
        (Lie::DiesEarly, "a_value_lives_as_long_as_it_was_told"),
        (Lie::IgnoresConditions, "if_absent_sets_once"),
        (Lie::IgnoresConditions, "if_present_sets_only_over_a_value"),
        (Lie::IgnoresConditions, "if_equals_sets_only_over_that_value"),
        (Lie::IgnoresConditions, "a_condition_that_fails_changes_nothing"),
        (Lie::LooksBeforeItSets, "of_many_that_set_if_absent_one_wins"),
        (Lie::LooksBeforeItSets, "many_that_swap_at_once_lose_nothing"),
        (Lie::LooksBeforeItCounts, "many_that_count_at_once_lose_nothing"),
        (Lie::Wraps, "a_sum_beyond_64_bits_is_a_conflict"),
        (Lie::CountsOnText, "what_is_no_whole_number_is_a_conflict"),
        (Lie::ProlongsCounters, "a_counter_keeps_the_time_to_live_of_its_first_count"),
        (Lie::AlwaysDeletes, "a_deleted_key_is_gone"),
        (Lie::AlwaysDeletes, "delete_if_equals_deletes_only_that_value"),
        (Lie::TakesEmptyForAbsent, "an_empty_value_is_a_value"),
        (Lie::FoldsCase, "odd_keys_are_kept_apart"),
        (Lie::AnswersBackwards, "many_keys_are_read_in_their_order"),
        (Lie::KeepsTextOnly, "every_byte_survives"),
        (Lie::KeepsTheOldEnd, "setting_again_replaces_the_time_to_live"),
        (Lie::NeverForgetsTheEnd, "expire_with_none_keeps_a_value_for_ever"),
        (Lie::KnowsNoEnd, "a_value_lives_as_long_as_it_was_told"),
        (Lie::ExpiresNothing, "expire_gives_a_new_time_to_live"),
        (Lie::StaysOpen, "a_closed_cache_is_unavailable"),
        (Lie::TakesAnythingForText, "a_list_is_not_a_value"),
    ];
    let caught = lies.map(|(lie, case)| async move {
        let why = catching::uncaught_case(&target(lie, honest(), None), case).await;
        why.map(|why| format!("{lie:?}: {why}"))
    });
    let uncaught: Vec<_> = join_all(caught).await.into_iter().flatten().collect();
    assert!(uncaught.is_empty(), "{uncaught:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_reach_is_caught() {
    let case = "others_see_it_as_far_as_its_reach_says";
    let private = target(Lie::Nothing, Features { reach: Reach::Network, ..honest() }, None);
    assert_eq!(catching::uncaught_case(&private, case).await, None);
    let shared = target(Lie::StaysOpen, honest(), Some(memory().await));
    assert_eq!(catching::uncaught_case(&shared, case).await, None);
}
