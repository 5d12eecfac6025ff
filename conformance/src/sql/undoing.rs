//! Migrations that are undone.

use bedplate_core::ErrorKind;
use bedplate_core::sql::{MigrationState, Migrations, Sql, Undo};

use super::migrations::{create, drop_table, has, ids, insert, states, with_downs};
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// Three migrations that make a table each, and what undoes them.
fn three(subject: &Subject<Sql>) -> Result<Migrations, Failure> {
    let tables = [(1, "a"), (2, "b"), (4, "c")];
    let ups = tables.map(|(number, table)| (number, create(subject, table)));
    let downs = tables.map(|(number, table)| (number, drop_table(subject, table)));
    Ok(with_downs(subject, &ups, &downs)?)
}

pub(super) async fn the_newest_migrations_are_undone_first(subject: &Subject<Sql>) -> Verdict {
    use MigrationState::{Applied, Pending};
    let (sql, steps) = (&subject.handle, three(subject)?);
    ensure_eq!(steps.rollback(sql, Undo::Steps(1)).await?, [], "what was undone of nothing");
    steps.apply(sql).await?;
    ensure_eq!(states(&steps.rollback(sql, Undo::Steps(1)).await?), [(4, Pending)], "one step");
    ensure!(!has(subject, "c").await? && has(subject, "b").await?, "another one than the newest was undone");
    steps.apply(sql).await?;
    // As who has asked somebody about the newest one, which is another one by now.
    let stale = steps.rollback(sql, Undo::Exactly(vec![2])).await;
    refused(stale, ErrorKind::Conflict, "another one than the newest")?;
    ensure_eq!(
        states(&steps.to_undo(sql, Undo::Exactly(vec![2, 4])).await?),
        [(4, Applied), (2, Applied)],
        "both"
    );
    ensure_eq!(states(&steps.rollback(sql, Undo::Exactly(vec![4])).await?), [(4, Pending)], "the named one");
    steps.apply(sql).await?;
    ensure_eq!(states(&steps.rollback(sql, Undo::To(1)).await?), [(4, Pending), (2, Pending)], "down to 1");
    let expected = [(1, Applied), (2, Pending), (4, Pending)];
    ensure_eq!(states(&steps.status(sql).await?), expected, "the states afterwards");
    ensure!(!has(subject, "b").await? && has(subject, "a").await?, "not undone down to the first");
    ensure_eq!(
        steps.rollback(sql, Undo::Steps(9)).await?.len(),
        1,
        "what was undone of the one that is left"
    );
    ensure_eq!(steps.apply(sql).await?.len(), 3, "what was applied again");
    Ok(())
}

pub(super) async fn without_a_script_nothing_is_undone(subject: &Subject<Sql>) -> Verdict {
    let ups = [(1, create(subject, "a")), (2, create(subject, "b")), (3, create(subject, "c"))];
    let downs = [(1, drop_table(subject, "a")), (3, drop_table(subject, "c"))];
    let steps = with_downs(subject, &ups, &downs)?;
    steps.apply(&subject.handle).await?;
    let result = steps.rollback(&subject.handle, Undo::Steps(2)).await;
    let error = refused(result, ErrorKind::Unsupported, "a migration that nothing undoes")?;
    ensure!(error.help().is_some_and(|help| help.contains("0002_step.down.sql")), "no help: {error:?}");
    ensure!(has(subject, "c").await?, "a later one was undone before");
    ensure_eq!(steps.rollback(&subject.handle, Undo::To(2)).await?.len(), 1, "the later one alone");
    let flags: Vec<_> = steps.status(&subject.handle).await?.iter().map(|one| one.has_down).collect();
    ensure_eq!(flags, [true, false, true], "whether a script undoes it");
    Ok(())
}

pub(super) async fn a_migration_that_was_changed_is_not_undone(subject: &Subject<Sql>) -> Verdict {
    three(subject)?.apply(&subject.handle).await?;
    let ups = [(1, create(subject, "a")), (2, create(subject, "b") + "-- changed")];
    let downs = [(1, drop_table(subject, "a")), (2, drop_table(subject, "b"))];
    let changed = with_downs(subject, &ups, &downs)?;
    for what in ["one whose file is gone", "one that was changed"] {
        let result = changed.rollback(&subject.handle, Undo::To(0)).await;
        refused(result, ErrorKind::Conflict, what)?;
        let remove = format!("delete from {} where number = 4", subject.name("applied"));
        subject.handle.query(remove).execute().await?;
    }
    ensure!(has(subject, "b").await? && has(subject, "a").await?, "something was undone");
    Ok(())
}

pub(super) async fn undoing_that_fails_undoes_nothing(subject: &Subject<Sql>) -> Verdict {
    let ups = [(1, create(subject, "a"))];
    let broken = [(1, [drop_table(subject, "a"), drop_table(subject, "nowhere")].concat())];
    let failing = with_downs(subject, &ups, &broken)?;
    failing.apply(&subject.handle).await?;
    let result = failing.rollback(&subject.handle, Undo::Steps(1)).await;
    refused(result, ErrorKind::NotFound, "a script that fails")?;
    ensure_eq!(failing.check(&subject.handle).await?, [], "what is not applied any more");
    ensure!(has(subject, "a").await?, "a part of what undoes it has happened");
    let repaired = with_downs(subject, &ups, &[(1, drop_table(subject, "a"))])?;
    repaired.rollback(&subject.handle, Undo::Steps(1)).await?;
    ensure!(!has(subject, "a").await?, "it was not undone");
    Ok(())
}

pub(super) async fn undoing_that_fails_goes_on_where_it_stopped(subject: &Subject<Sql>) -> Verdict {
    goes_on_where_it_stopped(subject, "").await
}

pub(super) async fn undoing_without_a_transaction_goes_on_where_it_stopped(
    subject: &Subject<Sql>,
) -> Verdict {
    goes_on_where_it_stopped(subject, "-- bedplate: no-transaction\n").await
}

async fn goes_on_where_it_stopped(subject: &Subject<Sql>, directive: &str) -> Verdict {
    let sql = &subject.handle;
    let ups = [(1, create(subject, "a")), (2, insert(subject, "a", 1))];
    let down = |rest: String| {
        let delete = format!("{directive}update {} set id = id + 10;\n", subject.name("a"));
        with_downs(subject, &ups, &[(2, delete + &rest)])
    };
    let failing = down(drop_table(subject, "nowhere"))?;
    failing.apply(sql).await?;
    refused(failing.rollback(sql, Undo::Steps(1)).await, ErrorKind::NotFound, "a script that fails")?;
    let status = failing.status(sql).await?;
    let found = status.last().map(|last| (last.state, last.undoing, last.done));
    ensure_eq!(found, Some((MigrationState::Failed, true, 1)), "after the failure");
    refused(failing.apply(sql).await, ErrorKind::Conflict, "applying what is half undone")?;
    let repaired = down(insert(subject, "a", 2))?;
    ensure_eq!(repaired.rollback(sql, Undo::Steps(1)).await?.len(), 1, "what was undone");
    ensure_eq!(ids(subject, "a").await?, [2, 11], "the rows");
    ensure_eq!(repaired.check(sql).await?.len(), 1, "what is to be applied again");
    Ok(())
}
