//! What a group has before it.

use std::time::Duration;

use bedplate_core::bus::{Backlog, Bus};

use super::steps::{group, next, publish};
use crate::case::{Failure, Subject, Verdict};
use crate::ensure;

/// Checks the counts of the group `g`, which a server may bring up to date a little later.
async fn counts(subject: &Subject<Bus>, expected: Backlog, when: &str) -> Verdict {
    let name = subject.name("g");
    let mut found = Backlog::default();
    for _ in 0..500 {
        found = subject.handle.backlog(&name).await?;
        if found == expected {
            return Ok(());
        }
        // waits: between two looks at the counts.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(Failure(format!("the backlog {when}: expected {expected:?}, found {found:?}")))
}

pub(super) async fn a_backlog_counts_what_is_ready_in_flight_held_and_dead(
    subject: &Subject<Bus>,
) -> Verdict {
    let subscription = group(subject, "g", "t")?.prefetch(1);
    subject.handle.declare(&subscription).await?;
    counts(subject, Backlog::default(), "at first").await?;
    publish(subject, "t", &["a", "b", "c", "d"]).await?;
    counts(subject, Backlog { ready: 4, ..Backlog::default() }, "after four messages").await?;
    let mut subscriber = subject.handle.subscribe(subscription).await?;
    let delivery = next(&mut subscriber).await?;
    counts(subject, Backlog { ready: 3, in_flight: 1, ..Backlog::default() }, "with one delivery").await?;
    delivery.done().await?;
    next(&mut subscriber).await?.dead("no").await?;
    counts(subject, Backlog { ready: 2, dead: 1, ..Backlog::default() }, "with one done and one dead")
        .await?;
    next(&mut subscriber).await?.retry(Duration::from_secs(600), "later").await?;
    counts(
        subject,
        Backlog { ready: 1, held: 1, dead: 1, in_flight: 0 },
        "with one that waits for its retry",
    )
    .await?;
    let found = subject.handle.backlog(&subject.name("g")).await?;
    ensure!(found.ready == 1, "asking again changes nothing: {found:?}");
    Ok(())
}
