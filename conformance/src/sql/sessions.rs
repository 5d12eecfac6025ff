//! Settings of a session: nobody meets those of who had the connection before.

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, Dialect, Sql};

use crate::case::{Failure, Subject, Verdict};
use crate::ensure_eq;

/// What changes a connection, and what shows it.
fn changes(subject: &Subject<Sql>) -> Vec<(String, String)> {
    let own = |text: &str| text.replace("NAME", &subject.name("leaked"));
    let all: &[(&str, &str)] = match subject.handle.dialect() {
        Dialect::Postgres => &[
            ("set search_path = nowhere", "select current_setting('search_path')"),
            ("set session statement_timeout = 123456", "select current_setting('statement_timeout')"),
            ("set bedplate.tenant = 'a'", "select coalesce(current_setting('bedplate.tenant', true), '')"),
            ("create temp table NAME (a int)", "select count(*) from NAME"),
            ("prepare NAME as select 1", "select count(*) from pg_prepared_statements where name = 'NAME'"),
        ],
        Dialect::Mysql => &[
            ("set sql_mode = ''", "select @@sql_mode"),
            ("set foreign_key_checks = 0", "select @@foreign_key_checks"),
            ("set @NAME = 1", "select cast(@NAME as signed)"),
            ("create temporary table NAME (a int)", "select count(*) from NAME"),
            ("prepare NAME from 'select 1'", "execute NAME"),
        ],
        _ => &[
            ("pragma foreign_keys = off", "pragma foreign_keys"),
            ("pragma query_only = 1", "pragma query_only"),
            ("attach ':memory:' as NAME", "select count(*) from pragma_database_list"),
            ("create temp table NAME (a int)", "select count(*) from NAME"),
        ],
    };
    all.iter().map(|(change, show)| (own(change), own(show))).collect()
}

/// What callers see who come one after another, outside of a transaction and in one that may write.
async fn seen(sql: &Sql, show: &str) -> Result<Vec<String>, Failure> {
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(format!("{:?}", sql.query(show).fetch_rows().await.map_err(|error| error.kind())));
        let mut tx = sql.begin(Begin::new()).await?;
        seen.push(format!("{:?}", tx.query(show).fetch_rows().await.map_err(|error| error.kind())));
        tx.rollback().await?;
    }
    Ok(seen)
}

pub(super) async fn a_setting_of_a_session_reaches_nobody_else(subject: &Subject<Sql>) -> Verdict {
    for (change, show) in changes(subject) {
        let sql = subject.open_another().await?;
        let before = seen(&sql, &show).await?;
        let alone = sql.query(&change).execute().await.map(drop);
        ensure_eq!(seen(&sql, &show).await?, before, "after `{change}` alone");
        let mut tx = sql.begin(Begin::new()).await?;
        let within = tx.query(&change).execute().await.map(drop);
        // One that was refused has left the transaction as it was, and one that failed ends it.
        let _ = tx.commit().await;
        ensure_eq!(seen(&sql, &show).await?, before, "after `{change}` in a transaction");
        let mut tx = sql.begin(Begin::new()).await?;
        let script = tx.script(&format!("select 1;\n{change};")).await;
        let _ = tx.commit().await;
        ensure_eq!(seen(&sql, &show).await?, before, "after `{change}` in a script");
        for result in [alone, within, script] {
            match result {
                Err(error) if error.kind() != ErrorKind::InvalidInput => return Err(error.into()),
                _ => {}
            }
        }
        sql.close().await;
    }
    Ok(())
}
