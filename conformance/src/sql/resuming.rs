//! Migrations that stop: what is told of them, and how they go on.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Dialect, MigrationState, MigrationStatus, Migrations, Sql};

use super::migrations::{create, has, ids, insert, migrations, states};
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// Makes a script go statement by statement on every engine.
const APART: &str = "-- bedplate: no-transaction\n";

/// The status of the only migration.
async fn only(migrations: &Migrations, subject: &Subject<Sql>) -> Result<MigrationStatus, Failure> {
    let mut status = migrations.status(&subject.handle).await?;
    ensure_eq!(status.len(), 1, "migrations");
    status.pop().ok_or_else(|| Failure("no migration".into()))
}

pub(super) async fn a_failed_migration_leaves_nothing_and_is_tried_again(subject: &Subject<Sql>) -> Verdict {
    use MigrationState::{Applied, Failed, Pending};
    let first = (1, create(subject, "a"));
    let broken = (2, [create(subject, "b"), insert(subject, "a", 1), insert(subject, "a", 1)].concat());
    let third = (3, create(subject, "c"));
    let failing = migrations(subject, &[first.clone(), broken.clone(), third.clone()])?;
    let error = refused(failing.apply(&subject.handle).await, ErrorKind::Conflict, "a script that fails")?;
    ensure!(error.message().contains("0002_step"), "the migration is not named: {error}");
    ensure!(error.message().contains("statement 3 of 3, in line 3"), "the statement is not named: {error}");
    let status = failing.status(&subject.handle).await?;
    ensure_eq!(states(&status), [(1, Applied), (2, Failed), (3, Pending)], "after the failure");
    let failed = &status[1];
    ensure!(
        failed.done == 0 && failed.error.is_some() && failed.stopped_at.is_some(),
        "not told: {failed:?}"
    );
    ensure!(!has(subject, "b").await?, "a part of a script that failed is there");
    refused(failing.apply(&subject.handle).await, ErrorKind::Conflict, "the same script again")?;
    let repaired = (2, [create(subject, "b"), insert(subject, "a", 1)].concat());
    let repaired = migrations(subject, &[first, repaired, third])?;
    let applied = repaired.apply(&subject.handle).await?;
    ensure_eq!(states(&applied), [(2, Applied), (3, Applied)], "what was applied of the repaired ones");
    ensure_eq!(applied[0].error, None, "the error of one that is applied");
    ensure_eq!(repaired.check(&subject.handle).await?, [], "what is left");
    Ok(())
}

pub(super) async fn a_failed_migration_goes_on_where_it_stopped(subject: &Subject<Sql>) -> Verdict {
    goes_on_where_it_stopped(subject, "").await
}

pub(super) async fn a_script_without_a_transaction_goes_on_where_it_stopped(
    subject: &Subject<Sql>,
) -> Verdict {
    goes_on_where_it_stopped(subject, APART).await
}

async fn goes_on_where_it_stopped(subject: &Subject<Sql>, directive: &str) -> Verdict {
    let done = [directive.into(), create(subject, "a"), insert(subject, "a", 1)].concat();
    let script = |begin: &str, rest: String| migrations(subject, &[(1, format!("{begin}{rest}"))]);
    let failing = script(&done, [insert(subject, "a", 1), create(subject, "b")].concat())?;
    let error = refused(failing.apply(&subject.handle).await, ErrorKind::Conflict, "a script that fails")?;
    ensure!(error.message().contains("statement 3 of 4"), "the statement is not named: {error}");
    let status = only(&failing, subject).await?;
    ensure_eq!((status.state, status.done, status.statements), (MigrationState::Failed, 2, 4), "the status");
    ensure!(status.explanation().contains("statement 3 of 4"), "not told: {}", status.explanation());
    refused(failing.apply(&subject.handle).await, ErrorKind::Conflict, "the same script again")?;

    let edited = script(&done.replace("(1)", "(7)"), insert(subject, "a", 2))?;
    ensure_eq!(
        only(&edited, subject).await?.state,
        MigrationState::Edited,
        "one whose beginning was changed"
    );
    refused(edited.apply(&subject.handle).await, ErrorKind::Conflict, "one whose beginning was changed")?;

    let repaired =
        script(&done, ["-- repaired\n".into(), insert(subject, "a", 2), create(subject, "b")].concat())?;
    let applied = repaired.apply(&subject.handle).await?;
    ensure_eq!(states(&applied), [(1, MigrationState::Applied)], "what was applied of the repaired one");
    ensure_eq!(ids(subject, "a").await?, [1, 2], "the rows");
    ensure!(has(subject, "b").await?, "the last statement did not happen");
    Ok(())
}

/// Applies a script up to its second statement, which fails, and records that it was cut off there instead.
async fn cut_off_at_the_second(subject: &Subject<Sql>, first: &str) -> Verdict {
    let failing = migrations(subject, &[(1, format!("{APART}{first}{}", insert(subject, "nowhere", 1)))])?;
    refused(failing.apply(&subject.handle).await, ErrorKind::NotFound, "a script that fails")?;
    let update = format!("update {} set state = 'applying', error = null", subject.name("applied"));
    ensure_eq!(subject.handle.query(update).execute().await?, 1, "records");
    let status = only(&failing, subject).await?;
    ensure_eq!((status.state, status.done), (MigrationState::Interrupted, 1), "the status");
    ensure!(status.explanation().contains("may or may not have happened"), "told: {}", status.explanation());
    Ok(())
}

pub(super) async fn a_statement_that_was_cut_off_is_run_again(subject: &Subject<Sql>) -> Verdict {
    let first = create(subject, "a");
    cut_off_at_the_second(subject, &first).await?;
    let script = [APART.into(), first, create(subject, "b"), insert(subject, "b", 1)].concat();
    migrations(subject, &[(1, script)])?.apply(&subject.handle).await?;
    ensure_eq!(ids(subject, "b").await?, [1], "the rows");
    Ok(())
}

pub(super) async fn a_statement_that_had_happened_when_it_was_cut_off_is_taken_as_done(
    subject: &Subject<Sql>,
) -> Verdict {
    for (round, second) in [
        "create table TABLE_b (id bigint)",
        "create unique index TABLE_x on TABLE (id)",
        "alter table TABLE add column extra bigint",
        "alter table TABLE rename column id to other",
        "alter table TABLE rename to TABLE_c",
        "drop table TABLE",
    ]
    .into_iter()
    .enumerate()
    {
        let (table, end) = (format!("a{round}"), format!("end{round}"));
        let first = create(subject, &table);
        let second = second.replace("TABLE", &subject.name(&table));
        cut_off_at_the_second(subject, &first).await?;
        subject.handle.query(&second).execute().await?;
        let script = [APART, &first, &second, ";", &create(subject, &end)].concat();
        migrations(subject, &[(1, script)])?.apply(&subject.handle).await?;
        ensure!(has(subject, &end).await?, "nothing happened behind `{second}`");
        subject.handle.query(format!("delete from {}", subject.name("applied"))).execute().await?;
    }
    Ok(())
}

pub(super) async fn a_statement_that_has_not_happened_is_not_taken_as_done(
    subject: &Subject<Sql>,
) -> Verdict {
    // Rows that are equal refuse the index, which is no sign of its being there.
    let table = subject.counters(2).await?;
    let first = create(subject, "a");
    cut_off_at_the_second(subject, &first).await?;
    let index = format!("create unique index {table}_x on {table} (n);\n");
    let unique = migrations(subject, &[(1, [APART, &first, &index].concat())])?;
    refused(unique.apply(&subject.handle).await, ErrorKind::Conflict, "an index that can't be unique")?;
    ensure_eq!(only(&unique, subject).await?.state, MigrationState::Failed, "after it failed for certain");
    // What failed for certain has not happened, even where something else of the name is there.
    let taken = migrations(subject, &[(1, [APART, &first, &create(subject, "a")].concat())])?;
    refused(taken.apply(&subject.handle).await, ErrorKind::Conflict, "a table whose name is taken")?;
    // Rows are never taken for a sign.
    let update = format!("update {} set state = 'applying'", subject.name("applied"));
    subject.handle.query(update).execute().await?;
    let row = format!("insert into {table} (id, n) values (0, 0);\n");
    let rows = migrations(subject, &[(1, [APART, &first, &row].concat())])?;
    refused(rows.apply(&subject.handle).await, ErrorKind::Conflict, "a row that is there already")?;
    Ok(())
}

pub(super) async fn a_statement_that_could_happen_twice_is_not_run_again(subject: &Subject<Sql>) -> Verdict {
    let unknown = match subject.handle.dialect() {
        Dialect::Mysql => "do 1;\n",
        Dialect::Postgres => "do $$ begin null; end $$;\n",
        _ => "explain select 1;\n",
    };
    let first = create(subject, "a");
    let steps = migrations(subject, &[(1, [APART, &first, unknown, &create(subject, "b")].concat())])?;
    for (round, has_happened) in [false, true].into_iter().enumerate() {
        cut_off_at_the_second(subject, &first).await?;
        let mut said = String::new();
        for _ in 0..2 {
            let result = steps.apply(&subject.handle).await;
            let error = refused(result, ErrorKind::Conflict, "a statement that could happen twice")?;
            said = error.help().unwrap_or_default().to_string();
            ensure_eq!(only(&steps, subject).await?.state, MigrationState::Interrupted, "round {round}");
        }
        // What somebody does who has looked: the first of the two says that it has not happened.
        let record = said.split('`').skip(1).step_by(2).nth(usize::from(has_happened)).unwrap_or_default();
        ensure_eq!(subject.handle.query(record).execute().await?, 1, "records that `{record}` changed");
        ensure_eq!(only(&steps, subject).await?.done, 1 + usize::from(has_happened), "what has happened");
        steps.apply(&subject.handle).await?;
        ensure!(has(subject, "b").await?, "nothing happened behind it");
        for what in ["a", "b"] {
            subject.handle.query(format!("drop table {}", subject.name(what))).execute().await?;
        }
        subject.handle.query(format!("delete from {}", subject.name("applied"))).execute().await?;
    }
    Ok(())
}

pub(super) async fn an_abandoned_run_goes_on_and_nothing_happens_twice(subject: &Subject<Sql>) -> Verdict {
    let mut scripts = Vec::new();
    for number in 1..=6 {
        let table = format!("a{number}");
        let name = subject.name(&table);
        let directive = if number % 2 == 0 { APART } else { "" };
        let script = [
            directive.to_string(),
            create(subject, &table),
            insert(subject, &table, 1),
            format!("alter table {name} add column extra bigint;\n"),
            format!("update {name} set id = id + 10;\n"),
            format!("create index {name}_x on {name} (extra);\n"),
            format!("update {name} set id = id + 100;\n"),
        ];
        scripts.push((number, script.concat()));
    }
    let steps = migrations(subject, &scripts)?;
    let mut limit = Duration::from_millis(1);
    let mut abandoned = 0;
    loop {
        ensure!(limit < Duration::from_secs(30), "no run comes to its end");
        match tokio::time::timeout(limit, steps.apply(&subject.handle)).await {
            Ok(applied) => break drop(applied?),
            // Longer each time, so that it is cut off at another place, and comes to its end some time.
            Err(_) => limit = limit * 9 / 8 + Duration::from_micros(200),
        }
        abandoned += 1;
    }
    ensure!(abandoned > 0, "no run was abandoned, and nothing was seen of one that is");
    for number in 1..=6 {
        ensure_eq!(ids(subject, &format!("a{number}")).await?, [111], "the rows of migration {number}");
    }
    ensure_eq!(steps.check(&subject.handle).await?, [], "what is left");
    Ok(())
}

pub(super) async fn a_run_that_was_taken_over_stops(subject: &Subject<Sql>) -> Verdict {
    let applied = subject.name("applied");
    let take_over = format!("update {applied} set run = 'another' where number = 2;\n");
    let script = [APART, &insert(subject, "a", 1), &take_over, &insert(subject, "a", 2)].concat();
    let steps = migrations(subject, &[(1, create(subject, "a")), (2, script)])?;
    refused(
        steps.apply(&subject.handle).await,
        ErrorKind::Conflict,
        "a run that another one has taken over",
    )?;
    ensure_eq!(ids(subject, "a").await?, [1], "the rows");
    Ok(())
}
