//! Migrations: applied once, in their order, and never over a surprise.

use bedplate_core::sql::{Dialect, MigrationEvent, MigrationState, MigrationStatus, Migrations, Sql};
use bedplate_core::{ErrorKind, Result};

use super::scene::joined;
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// Scripts by number and text, with a table of their own for what was applied.
pub(super) fn migrations(subject: &Subject<Sql>, scripts: &[(u32, String)]) -> Result<Migrations> {
    with_downs(subject, scripts, &[])
}

/// Scripts that can be undone.
pub(super) fn with_downs(
    subject: &Subject<Sql>,
    scripts: &[(u32, String)],
    downs: &[(u32, String)],
) -> Result<Migrations> {
    let ups = scripts.iter().map(|(number, script)| (format!("{number:04}_step.sql"), script.clone()));
    let downs = downs.iter().map(|(number, script)| (format!("{number:04}_step.down.sql"), script.clone()));
    Migrations::from_files(ups.chain(downs))?.in_table(subject.name("applied"))
}

pub(super) fn create(subject: &Subject<Sql>, what: &str) -> String {
    format!("create table {} (id bigint not null primary key);\n", subject.name(what))
}

pub(super) fn insert(subject: &Subject<Sql>, what: &str, id: u32) -> String {
    format!("insert into {} (id) values ({id});\n", subject.name(what))
}

pub(super) fn drop_table(subject: &Subject<Sql>, what: &str) -> String {
    format!("drop table {};\n", subject.name(what))
}

pub(super) fn states(status: &[MigrationStatus]) -> Vec<(u64, MigrationState)> {
    status.iter().map(|migration| (migration.number, migration.state)).collect()
}

/// Whether a table of the case is there.
pub(super) async fn has(subject: &Subject<Sql>, what: &str) -> Result<bool> {
    Ok(subject.handle.schema().await?.table(&subject.name(what)).is_some())
}

/// The rows of a table of the case.
pub(super) async fn ids(subject: &Subject<Sql>, what: &str) -> Result<Vec<i64>> {
    subject.handle.query(format!("select id from {} order by id", subject.name(what))).fetch_all().await
}

pub(super) async fn migrations_are_applied_once(subject: &Subject<Sql>) -> Verdict {
    use MigrationState::{Applied, Pending};
    let first = (1, [create(subject, "a"), insert(subject, "a", 1)].concat());
    let second = (3, insert(subject, "a", 2));
    let of_one = migrations(subject, std::slice::from_ref(&first))?;
    ensure_eq!(states(&of_one.status(&subject.handle).await?), [(1, Pending)], "before");
    ensure_eq!(states(&of_one.apply(&subject.handle).await?), [(1, Applied)], "what was applied");
    ensure_eq!(states(&of_one.apply(&subject.handle).await?), [], "what was applied again");
    let of_two = migrations(subject, &[first, second])?;
    ensure_eq!(
        states(&of_two.status(&subject.handle).await?),
        [(1, Applied), (3, Pending)],
        "with a new one"
    );
    ensure_eq!(states(&of_two.apply(&subject.handle).await?), [(3, Applied)], "what was applied of two");
    let status = of_two.status(&subject.open_another().await?).await?;
    ensure!(
        status.iter().all(|migration| migration.applied_at.is_some()),
        "no time of application: {status:?}"
    );
    ensure_eq!(ids(subject, "a").await?, [1, 2], "the rows");
    Ok(())
}

pub(super) async fn migrations_that_start_together_are_applied_once(subject: &Subject<Sql>) -> Verdict {
    let scripts = [(1, create(subject, "a")), (2, insert(subject, "a", 1)), (3, insert(subject, "a", 2))];
    let mut tasks = Vec::new();
    for _ in 0..10 {
        let (sql, migrations) = (subject.open_another().await?, migrations(subject, &scripts)?);
        tasks.push(tokio::spawn(async move { migrations.apply(&sql).await }));
    }
    let mut applied = 0;
    for task in tasks {
        applied += joined(task).await?.len();
    }
    ensure_eq!(applied, 3, "migrations that were applied by ten processes");
    Ok(())
}

pub(super) async fn a_check_changes_nothing_and_finds_what_is_not_applied(subject: &Subject<Sql>) -> Verdict {
    use MigrationState::{Applied, Edited, Missing, OutOfOrder, Pending};
    let scripts = [(1, create(subject, "a")), (3, create(subject, "b")), (4, create(subject, "c"))];
    let all = migrations(subject, &scripts)?;
    let found = all.check(&subject.handle).await?;
    ensure_eq!(states(&found), [(1, Pending), (3, Pending), (4, Pending)], "before");
    ensure!(!has(subject, "applied").await?, "a check made a table");
    all.apply(&subject.handle).await?;
    ensure_eq!(all.check(&subject.handle).await?, [], "after");
    let other = [(1, create(subject, "a") + "-- x"), (2, create(subject, "d")), (3, create(subject, "b"))];
    let other = migrations(subject, &other)?;
    let found = other.check(&subject.handle).await?;
    ensure_eq!(states(&found), [(1, Edited), (2, OutOfOrder), (4, Missing)], "with other files");
    let status = other.status(&subject.handle).await?;
    ensure_eq!(states(&status)[2], (3, Applied), "what a check leaves out");
    ensure!(!has(subject, "d").await?, "a check applied something");
    Ok(())
}

pub(super) async fn a_migration_cannot_begin_or_end_a_transaction(subject: &Subject<Sql>) -> Verdict {
    for end in ["commit", "begin", "/* x */ rollback"] {
        let script = [create(subject, "b"), end.into()].concat();
        let ending = migrations(subject, &[(1, create(subject, "a")), (2, script)])?;
        let result = ending.apply(&subject.handle).await;
        refused(result, ErrorKind::InvalidInput, "a script with a transaction of its own")?;
        ensure!(!has(subject, "a").await?, "something was applied before the script was refused");
    }
    nothing_was_applied(subject).await
}

pub(super) async fn a_migration_without_a_statement_is_refused_and_a_mark_of_utf_8_is_none(
    subject: &Subject<Sql>,
) -> Verdict {
    let first = (1, format!("\u{feff}{}", create(subject, "a")));
    let empty = migrations(subject, &[first.clone(), (2, "-- what is to come\n;\n".into())])?;
    let what = "a script without a statement";
    let error = refused(empty.apply(&subject.handle).await, ErrorKind::InvalidInput, what)?;
    ensure!(error.help().is_some_and(|help| help.contains("select 1")), "no help: {error}");
    ensure!(!has(subject, "a").await?, "something was applied before all scripts were looked at");
    let written = migrations(subject, &[first, (2, insert(subject, "a", 1))])?;
    written.apply(&subject.handle).await?;
    ensure_eq!(ids(subject, "a").await?, [1], "the rows");
    Ok(())
}

pub(super) async fn whoever_waits_is_told_how_far_it_is(subject: &Subject<Sql>) -> Verdict {
    let scripts = [
        (1, create(subject, "a")),
        (
            2,
            ["-- bedplate: no-transaction\n".into(), insert(subject, "a", 1), insert(subject, "a", 2)]
                .concat(),
        ),
    ];
    let mut told = Vec::new();
    let steps = migrations(subject, &scripts)?;
    let tell = |event: MigrationEvent<'_>| match event {
        MigrationEvent::Begun(status) => told.push(("begun", status.number, status.done)),
        MigrationEvent::Advanced(status) => told.push(("advanced", status.number, status.done)),
        MigrationEvent::Ended(status) => told.push(("ended", status.number, status.done)),
        _ => {}
    };
    steps.apply_with(&subject.handle, tell).await?;
    // A script of one statement advances where it isn't one transaction.
    told.retain(|event| *event != ("advanced", 1, 1));
    let expected = [
        ("begun", 1, 0),
        ("ended", 1, 1),
        ("begun", 2, 0),
        ("advanced", 2, 1),
        ("advanced", 2, 2),
        ("ended", 2, 2),
    ];
    ensure_eq!(told, expected, "what was told");
    Ok(())
}

pub(super) async fn an_edited_migration_is_refused(subject: &Subject<Sql>) -> Verdict {
    let original = create(subject, "a");
    migrations(subject, &[(1, original.clone())])?.apply(&subject.handle).await?;
    let windows = migrations(subject, &[(1, original.replace('\n', "\r\n"))])?;
    ensure_eq!(windows.apply(&subject.handle).await?.len(), 0, "applied because of line ends");
    let edited = migrations(subject, &[(1, original + "-- changed"), (2, create(subject, "b"))])?;
    let status = edited.status(&subject.handle).await?;
    ensure_eq!(states(&status), [(1, MigrationState::Edited), (2, MigrationState::Pending)], "the states");
    refused(edited.apply(&subject.handle).await, ErrorKind::Conflict, "an edited migration")?;
    nothing_was_applied(subject).await
}

pub(super) async fn a_missing_migration_is_refused(subject: &Subject<Sql>) -> Verdict {
    migrations(subject, &[(1, create(subject, "a"))])?.apply(&subject.handle).await?;
    let without = migrations(subject, &[(2, create(subject, "b"))])?;
    let status = without.status(&subject.handle).await?;
    ensure_eq!(states(&status), [(1, MigrationState::Missing), (2, MigrationState::Pending)], "the states");
    refused(without.apply(&subject.handle).await, ErrorKind::Conflict, "a missing migration")?;
    nothing_was_applied(subject).await
}

pub(super) async fn a_migration_out_of_order_is_refused(subject: &Subject<Sql>) -> Verdict {
    let second = (2, create(subject, "a"));
    migrations(subject, std::slice::from_ref(&second))?.apply(&subject.handle).await?;
    let late = migrations(subject, &[(1, create(subject, "b")), second])?;
    let status = late.status(&subject.handle).await?;
    ensure_eq!(
        states(&status),
        [(1, MigrationState::OutOfOrder), (2, MigrationState::Applied)],
        "the states"
    );
    refused(late.apply(&subject.handle).await, ErrorKind::Conflict, "a migration out of order")?;
    nothing_was_applied(subject).await
}

/// The migration that stood beside a surprise would have made this table.
async fn nothing_was_applied(subject: &Subject<Sql>) -> Verdict {
    ensure!(!has(subject, "b").await?, "something was applied over a surprise");
    Ok(())
}

pub(super) async fn a_script_of_the_dialect_is_chosen(subject: &Subject<Sql>) -> Verdict {
    let mut files = vec![("0001_step.sql".to_string(), create(subject, "portable"))];
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        files.push((format!("0001_step.{}.sql", dialect.as_str()), create(subject, dialect.as_str())));
    }
    Migrations::from_files(files)?.in_table(subject.name("applied"))?.apply(&subject.handle).await?;
    let schema = subject.handle.schema().await?;
    let made = |what: &str| schema.table(&subject.name(what)).is_some();
    ensure!(made(subject.handle.dialect().as_str()), "the script of the dialect was not applied");
    ensure!(!made("portable"), "the portable script was applied too");
    Ok(())
}
