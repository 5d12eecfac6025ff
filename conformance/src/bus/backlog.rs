//! What a group has before it.

use std::time::Duration;

use bedplate_core::bus::{Backlog, Bus};

use super::steps::{backlog_is, group, next, publish};
use crate::case::{Subject, Verdict};

pub(super) async fn a_backlog_counts_what_is_ready_in_flight_held_and_dead(
    subject: &Subject<Bus>,
) -> Verdict {
    let subscription = group(subject, "g", "t")?.prefetch(1);
    subject.handle.declare(&subscription).await?;
    let nothing = Backlog::default();
    backlog_is(subject, "g", "nothing", |found| found == nothing).await?;
    publish(subject, "t", &["a", "b", "c", "d"]).await?;
    backlog_is(subject, "g", "4 ready", |found| found == Backlog { ready: 4, ..nothing }).await?;
    let mut subscriber = subject.handle.subscribe(subscription).await?;
    let delivery = next(&mut subscriber).await?;
    let one = Backlog { ready: 3, in_flight: 1, ..nothing };
    backlog_is(subject, "g", "3 ready and 1 in flight", |found| found == one).await?;
    delivery.done().await?;
    next(&mut subscriber).await?.dead("no").await?;
    let dead = Backlog { ready: 2, dead: 1, ..nothing };
    backlog_is(subject, "g", "2 ready and 1 dead", |found| found == dead).await?;
    next(&mut subscriber).await?.retry(Duration::from_secs(600), "later").await?;
    // An engine that can't tell the wait for a retry from a delivery counts it as one.
    let waits =
        |found: Backlog| (found.held, found.in_flight) == (1, 0) || (found.held, found.in_flight) == (0, 1);
    let expected = |found: Backlog| found.ready == 1 && found.dead == 1 && waits(found);
    backlog_is(subject, "g", "1 ready, 1 dead and 1 that waits for its retry", expected).await
}
