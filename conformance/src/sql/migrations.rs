//! Migrations: applied once, in their order, and never over a surprise.

use bedplate_core::sql::{Dialect, MigrationState, MigrationStatus, Migrations, Sql};
use bedplate_core::{ErrorKind, Result};

use super::scene::joined;
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// Scripts by number and text, with a table of their own for what was applied.
fn migrations(subject: &Subject<Sql>, scripts: &[(u32, String)]) -> Result<Migrations> {
    let files = scripts.iter().map(|(number, script)| (format!("{number:04}_step.sql"), script.clone()));
    Migrations::from_files(files)?.in_table(subject.name("applied"))
}

fn create(subject: &Subject<Sql>, what: &str) -> String {
    format!("create table {} (id bigint not null primary key);\n", subject.name(what))
}

fn insert(subject: &Subject<Sql>, what: &str, id: u32) -> String {
    format!("insert into {} (id) values ({id});\n", subject.name(what))
}

fn states(status: &[MigrationStatus]) -> Vec<(u64, MigrationState)> {
    status.iter().map(|migration| (migration.number, migration.state)).collect()
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
    let ids: Vec<i64> =
        subject.handle.query(format!("select id from {} order by id", subject.name("a"))).fetch_all().await?;
    ensure_eq!(ids, [1, 2], "the rows");
    Ok(())
}

pub(super) async fn migrations_that_start_together_are_applied_once(subject: &Subject<Sql>) -> Verdict {
    let scripts = [(1, create(subject, "a")), (2, insert(subject, "a", 1)), (3, insert(subject, "a", 2))];
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let (sql, migrations) = (subject.open_another().await?, migrations(subject, &scripts)?);
        tasks.push(tokio::spawn(async move { migrations.apply(&sql).await }));
    }
    let mut applied = 0;
    for task in tasks {
        applied += joined(task).await?.len();
    }
    ensure_eq!(applied, 3, "migrations that were applied by four processes");
    Ok(())
}

pub(super) async fn a_failing_migration_is_told_and_resumed(subject: &Subject<Sql>) -> Verdict {
    use MigrationState::{Applied, Interrupted, Pending};
    let first = (1, create(subject, "a"));
    let broken = (2, [insert(subject, "a", 1), insert(subject, "a", 1)].concat());
    let third = (3, create(subject, "b"));
    let failing = migrations(subject, &[first.clone(), broken, third.clone()])?;
    let error = refused(failing.apply(&subject.handle).await, ErrorKind::Conflict, "a script that fails")?;
    ensure!(error.message().contains("0002_step"), "the migration is not named: {error}");
    let whole = subject.handle.features().transactional_ddl.is_kept();
    let second = if whole { Pending } else { Interrupted };
    let status = failing.status(&subject.handle).await?;
    ensure_eq!(states(&status), [(1, Applied), (2, second), (3, Pending)], "after the failure");
    if whole {
        let repaired = migrations(subject, &[first, (2, insert(subject, "a", 1)), third])?;
        ensure_eq!(
            states(&repaired.apply(&subject.handle).await?),
            [(2, Applied), (3, Applied)],
            "what was resumed"
        );
    } else {
        refused(failing.apply(&subject.handle).await, ErrorKind::Conflict, "over an interrupted one")?;
    }
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
    let schema = subject.handle.schema().await?;
    ensure!(schema.table(&subject.name("b")).is_none(), "something was applied over a surprise");
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
