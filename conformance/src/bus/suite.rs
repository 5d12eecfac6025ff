//! Every case of the bus contract, and how its handles are opened and cleaned up.

use bedplate_core::{Capability, ErrorKind, PromiseRow, Result};

use super::{
    Bus, attributes, backlog, broadcast, crowds, dead, delay, durability, endings, groups, order, publishing,
    replay, settling, sharing, timeouts, topics,
};
use crate::case::{Case, Contract, Subject};
use crate::target::{Opener, Target};

impl Contract for Bus {
    const CAPABILITY: Capability = Capability::Bus;
    const CASES: &'static [Case<Self>] = crate::cases! {
        always publishing::what_is_published_reaches_its_group;
        always publishing::every_group_gets_every_message;
        always publishing::members_of_a_group_share_without_duplicates;
        always publishing::a_message_waits_for_its_first_subscriber;
        always publishing::a_group_gets_nothing_from_before_its_declaration;
        always publishing::a_message_for_nobody_is_no_error;
        always publishing::a_batch_is_answered_message_by_message;
        always publishing::a_large_batch_arrives_complete;
        always publishing::a_waiting_subscriber_is_woken;
        always publishing::a_wait_ends_on_time;
        always attributes::every_attribute_survives;
        always attributes::an_event_is_read_as_it_was_written;
        always attributes::any_payload_survives;
        always attributes::any_key_and_header_survives;
        always attributes::a_header_that_cannot_be_is_refused;
        always attributes::headers_at_the_limit_work_and_one_byte_more_is_limited;
        always attributes::a_payload_at_the_limit_works_and_one_byte_more_is_limited;
        always topics::a_star_is_one_word;
        always topics::a_hash_is_any_number_of_words;
        always topics::a_message_that_matches_twice_arrives_once;
        always topics::the_longest_names_work;
        always topics::a_thousand_topics_work;
        always topics::names_are_told_apart_by_every_letter;
        always groups::a_second_declaration_changes_the_patterns_and_keeps_the_backlog;
        always groups::what_cannot_be_a_group_or_a_subscription_is_refused;
        always groups::a_second_declaration_changes_the_attempts;
        always groups::declaring_the_same_again_changes_nothing;
        always groups::subscribing_to_a_known_group_changes_nothing_about_it;
        always groups::groups_are_listed_until_they_are_removed;
        always groups::a_removed_group_forgets_everything;
        always groups::whoever_waits_for_a_removed_group_is_told;
        always groups::a_subscription_that_cannot_be_is_refused;
        always settling::what_is_done_never_comes_again;
        always settling::a_retry_waits_at_least_as_long_as_it_was_told;
        always settling::a_retry_at_once_comes_again_and_counts;
        always settling::a_retry_at_the_longest_wait_works_and_one_beyond_is_limited;
        always settling::after_its_last_attempt_a_message_is_dead;
        always settling::a_message_can_be_declared_dead_at_once;
        always settling::one_group_settles_for_itself_alone;
        always timeouts::what_is_not_settled_in_time_comes_again_and_counts;
        always timeouts::extending_keeps_a_delivery;
        always timeouts::what_has_timed_out_cannot_be_settled;
        always timeouts::a_message_that_always_times_out_dies;
        always timeouts::a_slow_handler_costs_the_next_ones_no_attempt;
        always endings::a_subscriber_that_closes_returns_what_it_holds;
        always endings::a_subscriber_that_is_dropped_returns_what_it_holds;
        always endings::what_is_returned_after_its_last_attempt_is_dead;
        always endings::what_was_returned_cannot_be_settled;
        always endings::no_more_than_the_prefetch_is_unsettled;
        always dead::dead_letters_are_listed_in_pages_in_the_order_of_their_deaths;
        always dead::a_dead_letter_keeps_its_message_as_it_was_published;
        always dead::one_that_is_sent_back_is_new_again;
        always dead::all_that_are_sent_back_arrive;
        always dead::one_can_be_sent_back_in_another_form;
        always dead::what_is_sent_back_reaches_its_own_group_alone;
        always dead::what_is_discarded_is_forgotten;
        always dead::dead_letters_that_are_not_there_count_nothing;
        always dead::a_group_that_is_not_known_is_not_found;
        always backlog::a_backlog_counts_what_is_ready_in_flight_held_and_dead;
        always crowds::many_publishers_and_members_lose_nothing;
        always crowds::a_wait_that_is_dropped_loses_nothing;
        always crowds::a_publish_that_is_dropped_leaves_everything_working;
        always sharing::others_see_it_as_far_as_its_reach_says;
        always sharing::a_closed_bus_is_unavailable;
        kept "durable" durability::messages_survive_every_handle;
        kept "durable" durability::dead_letters_survive_every_handle;
        refused "durable" durability::messages_end_with_the_last_handle;
        kept "key-order" order::messages_of_one_key_are_handled_one_after_another;
        kept "key-order" order::a_retry_holds_the_later_ones_of_its_key_back_and_no_others;
        kept "key-order" order::a_timeout_holds_the_later_ones_of_its_key_back;
        kept "key-order" order::a_dead_message_lets_the_later_ones_of_its_key_go;
        kept "key-order" order::a_message_that_is_sent_back_goes_to_the_end;
        kept "key-order" order::a_delayed_message_holds_nobody_back;
        refused "key-order" order::asking_for_key_order_is_unsupported;
        kept "delay" delay::a_delayed_message_waits_for_its_time;
        kept "delay" delay::a_time_that_has_passed_delays_nothing;
        kept "delay" delay::a_delay_at_the_limit_works_and_one_beyond_is_limited;
        refused "delay" delay::asking_for_a_delay_is_unsupported;
        kept "replay" replay::a_new_group_can_start_at_the_earliest_message;
        kept "replay" replay::a_new_group_can_start_at_a_time;
        refused "replay" replay::asking_for_the_past_is_unsupported;
        kept "broadcast" broadcast::every_listener_gets_every_message;
        kept "broadcast" broadcast::a_listener_gets_nothing_from_before_and_leaves_nothing_behind;
        kept "broadcast" broadcast::a_listener_gets_again_what_it_did_not_settle;
        refused "broadcast" broadcast::asking_for_a_broadcast_is_unsupported;
    };

    fn opener(target: &Target) -> Option<Opener<Self>> {
        target.bus.clone()
    }

    fn promises(&self) -> Vec<PromiseRow> {
        self.features().promises()
    }

    async fn clean(subject: &Subject<Self>) -> Result<()> {
        let mut handle = subject.handle.clone();
        let groups = match handle.groups().await {
            // The case has closed its handle.
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                handle = subject.open_another().await?;
                handle.groups().await?
            }
            groups => groups?,
        };
        for group in groups.iter().filter(|group| group.starts_with(&subject.namespace)) {
            handle.remove_group(group).await?;
        }
        Ok(())
    }
}
