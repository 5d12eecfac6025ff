//! Buses that lie, each of which the suite must catch.
#![allow(clippy::unwrap_used, reason = "a test ends with its first surprise")]

#[path = "liars/bus.rs"]
mod bus;
#[path = "liars/catching.rs"]
mod catching;

use std::sync::Arc;

use bedplate_conformance::Target;
use bedplate_core::bus::{Bus, BusEngine, Features};
use bedplate_core::{Address, GuardOptions, Promise, Reach};
use bedplate_engine_memory::DRIVER;
use bus::{Liar, Lie};
use futures_util::future::join_all;

/// What the honest bus promises.
fn honest() -> Features {
    DRIVER.engine.bus.unwrap().features
}

/// What it promises, and this.
fn declaring(promise: &str) -> Features {
    honest().with_promise(promise, Promise::Native).unwrap()
}

async fn memory() -> Arc<dyn BusEngine> {
    DRIVER.bus.unwrap()(Address::parse("memory:").unwrap()).await.unwrap()
}

/// A liar that declares these features. `shared` is what every handle shares, where they do.
fn target(lie: Lie, features: Features, shared: Option<Arc<dyn BusEngine>>) -> Target {
    let open = move || -> bedplate_core::BoxFuture<bedplate_core::Result<Bus>> {
        let shared = shared.clone();
        Box::pin(async move {
            let inner = match shared {
                Some(shared) => shared,
                None => memory().await,
            };
            Ok(Bus::new("liar", Arc::new(Liar { inner, features, lie }), GuardOptions::default()))
        })
    };
    Target { name: "liar", bus: Some(Arc::new(open)), ..Target::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_bus_is_found_honest() {
    catching::assert_honest(&target(Lie::Nothing, honest(), None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_promises_nothing_is_found_honest() {
    catching::assert_honest(&target(Lie::Nothing, Features::NONE, None)).await;
}

#[test]
fn every_promise_is_tested_from_both_sides() {
    catching::assert_two_sided::<Bus>(Features::NONE.promises());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_is_not_kept_is_caught() {
    let lies = [
        ("durable", Lie::Nothing),
        ("key-order", Lie::KeepsNoOrder),
        ("key-order", Lie::OrdersUntilTheFirstRetry),
        ("delay", Lie::DelaysNothing),
        ("delay", Lie::LosesWhatIsDelayed),
        ("replay", Lie::Nothing),
        ("replay", Lie::StartsNow),
        ("broadcast", Lie::SharesBroadcasts),
        ("broadcast", Lie::NeverDies),
    ];
    for promise in honest().promises() {
        assert!(
            lies.iter().any(|(name, _)| *name == promise.name),
            "there is no lie about `{}`",
            promise.name
        );
    }
    let caught = lies.map(|(promise, lie)| async move {
        let why = catching::uncaught_promise(&target(lie, declaring(promise), None), promise, true).await;
        why.map(|why| format!("{lie:?}: {why}"))
    });
    let uncaught: Vec<_> = join_all(caught).await.into_iter().flatten().collect();
    assert!(uncaught.is_empty(), "{uncaught:#?}");
}

// Only this one can be seen: what else is refused, the handle refuses before the engine is asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_promise_that_is_kept_all_the_same_is_caught() {
    let target = target(Lie::StaysOpen, honest(), Some(memory().await));
    assert_eq!(catching::uncaught_promise(&target, "durable", false).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_always_promised_and_not_kept_is_caught() {
    let lies = [
        (Lie::LosesSome, "a_large_batch_arrives_complete"),
        (Lie::LosesSome, "many_publishers_and_members_lose_nothing"),
        (Lie::PublishesTwice, "what_is_published_reaches_its_group"),
        (Lie::PublishesTwice, "members_of_a_group_share_without_duplicates"),
        (Lie::AnswersTooLittle, "a_batch_is_answered_message_by_message"),
        (Lie::CutsHeaders, "every_attribute_survives"),
        (Lie::CutsHeaders, "a_dead_letter_keeps_its_message_as_it_was_published"),
        (Lie::CutsTimes, "every_attribute_survives"),
        (Lie::CutsKeys, "any_key_and_header_survives"),
        (Lie::TakesStarForHash, "a_star_is_one_word"),
        (Lie::TakesHashForStar, "a_hash_is_any_number_of_words"),
        (Lie::FoldsGroups, "names_are_told_apart_by_every_letter"),
        (Lie::KeepsOldPatterns, "a_second_declaration_changes_the_patterns_and_keeps_the_backlog"),
        (Lie::KeepsOldPatterns, "a_second_declaration_changes_the_attempts"),
        (Lie::RulesByTheSubscriber, "subscribing_to_a_known_group_changes_nothing_about_it"),
        (Lie::RemovesNothing, "groups_are_listed_until_they_are_removed"),
        (Lie::RemovesNothing, "a_removed_group_forgets_everything"),
        (Lie::RemovesNothing, "whoever_waits_for_a_removed_group_is_told"),
        (Lie::NeverTimesOut, "what_is_not_settled_in_time_comes_again_and_counts"),
        (Lie::NeverTimesOut, "a_message_that_always_times_out_dies"),
        (Lie::ExtendsNothing, "extending_keeps_a_delivery"),
        (Lie::RetriesAtOnce, "a_retry_waits_at_least_as_long_as_it_was_told"),
        (Lie::NeverDies, "after_its_last_attempt_a_message_is_dead"),
        (Lie::NeverDies, "what_is_returned_after_its_last_attempt_is_dead"),
        (Lie::CountsNoAttempts, "a_retry_at_once_comes_again_and_counts"),
        (Lie::CountsNoAttempts, "a_subscriber_that_closes_returns_what_it_holds"),
        (Lie::ForgetsReasons, "after_its_last_attempt_a_message_is_dead"),
        (Lie::ForgetsReasons, "a_message_can_be_declared_dead_at_once"),
        (Lie::DoesNothingTwice, "what_is_done_never_comes_again"),
        (Lie::SettlesAnything, "what_has_timed_out_cannot_be_settled"),
        (Lie::SettlesAnything, "what_was_returned_cannot_be_settled"),
        (Lie::IgnoresThePrefetch, "no_more_than_the_prefetch_is_unsettled"),
        (Lie::ReturnsNothing, "a_subscriber_that_closes_returns_what_it_holds"),
        (Lie::ReturnsNothing, "a_subscriber_that_is_dropped_returns_what_it_holds"),
        (Lie::WaitsTooShort, "a_wait_ends_on_time"),
        (Lie::WaitsTooShort, "a_waiting_subscriber_is_woken"),
        (Lie::WaitsTooLong, "a_wait_ends_on_time"),
        (Lie::CountsNoBacklog, "a_backlog_counts_what_is_ready_in_flight_held_and_dead"),
        (Lie::KnowsEveryGroup, "a_group_that_is_not_known_is_not_found"),
        (Lie::ListsOnePage, "dead_letters_are_listed_in_pages_in_the_order_of_their_deaths"),
        (Lie::ForgetsInsteadOfSendingBack, "all_that_are_sent_back_arrive"),
        (Lie::ForgetsInsteadOfSendingBack, "one_that_is_sent_back_is_new_again"),
        (Lie::SendsBackUnchanged, "one_can_be_sent_back_in_another_form"),
        (Lie::SendsBackToEveryone, "what_is_sent_back_reaches_its_own_group_alone"),
        (Lie::DiscardsNothing, "what_is_discarded_is_forgotten"),
        (Lie::DiscardsNothing, "dead_letters_that_are_not_there_count_nothing"),
        (Lie::StaysOpen, "a_closed_bus_is_unavailable"),
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
