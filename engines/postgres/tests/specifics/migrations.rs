//! Migrations that build an index while others write, and what a build that was cut off leaves behind.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, MigrationState, MigrationStatus, Migrations, Sql};

use crate::scene::{eventually, open, server};

const ORDERS: &str = "create table orders (id bigint primary key, sku text not null);
                      insert into orders select n, n % 5 from generate_series(1, 20) n";

fn scripts(index: &str) -> Migrations {
    let index = format!("-- bedplate: no-transaction\n{index}");
    Migrations::from_files([("0001_orders.sql", ORDERS.to_string()), ("0002_index.sql", index)]).unwrap()
}

async fn second(migrations: &Migrations, sql: &Sql) -> MigrationStatus {
    migrations.status(sql).await.unwrap().remove(1)
}

/// Whether each index on the table of this name is one that the server uses.
async fn validity(sql: &Sql) -> Vec<(String, bool)> {
    let text = "select indexrelid::regclass::text, indisvalid from pg_index \
                where indrelid = 'orders'::regclass and not indisprimary order by 1";
    sql.query(text).fetch_all().await.unwrap()
}

#[tokio::test]
async fn an_index_is_built_concurrently_where_the_script_says_so() {
    let Some(server) = server().await else { return };
    let sql = open(server.address().clone()).await.unwrap();
    let index = "create index concurrently orders_sku on orders (sku)";
    let silent = [("0001_orders.sql", ORDERS), ("0002_index.sql", index)];
    let error = Migrations::from_files(silent).unwrap().apply(&sql).await.unwrap_err();
    assert!(error.message().contains("cannot run inside a transaction block"), "{error}");
    scripts(index).apply(&sql).await.unwrap();
    assert_eq!(validity(&sql).await, [("orders_sku".into(), true)]);
}

#[tokio::test]
async fn an_invalid_index_is_built_anew_and_not_taken_for_the_one_that_is_wanted() {
    let Some(server) = server().await else { return };
    let sql = open(server.address().clone()).await.unwrap();
    let index = "create unique index concurrently if not exists orders_sku on public.orders (sku)";
    let migrations = scripts(index);
    let error = migrations.apply(&sql).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    assert_eq!(validity(&sql).await, [("orders_sku".into(), false)]);
    let status = second(&migrations, &sql).await;
    assert_eq!((status.state, status.done, status.statements), (MigrationState::Failed, 0, 1));

    let repaired = scripts(&format!("update orders set sku = id;\n{index}"));
    // A repair that comes before the index, which `if not exists` would pass over as it is.
    repaired.apply(&sql).await.unwrap();
    assert_eq!(validity(&sql).await, [("orders_sku".into(), true)]);
}

#[tokio::test]
async fn a_build_that_was_cut_off_is_finished() {
    let Some(server) = server().await else { return };
    let sql = open(server.address().clone()).await.unwrap();
    let other = open(server.address().clone()).await.unwrap();
    let migrations = scripts("create index concurrently orders_sku on orders (sku)");
    Migrations::from_files([("0001_orders.sql", ORDERS)]).unwrap().apply(&sql).await.unwrap();
    // The server waits for this writer before it reads the table.
    let mut writer = other.begin(Begin::new()).await.unwrap();
    writer.query("update orders set sku = 'x' where id = 1").execute().await.unwrap();
    let run = tokio::spawn({
        let (sql, migrations) = (sql.clone(), migrations.clone());
        async move { migrations.apply(&sql).await }
    });
    eventually("an index that is being built", async || !validity(&other).await.is_empty()).await;
    run.abort();
    assert!(run.await.is_err_and(|error| error.is_cancelled()));
    let status = second(&migrations, &sql).await;
    assert_eq!(status.state, MigrationState::Interrupted, "{status:?}");
    writer.commit().await.unwrap();
    tokio::time::timeout(Duration::from_secs(30), migrations.apply(&sql)).await.unwrap().unwrap();
    assert_eq!(validity(&sql).await, [("orders_sku".into(), true)]);
    assert_eq!(migrations.check(&sql).await.unwrap(), []);
}

#[tokio::test]
async fn a_run_whose_connections_are_cut_is_repeated_as_a_whole() {
    let Some(server) = server().await else { return };
    let sql = open(server.address().clone()).await.unwrap();
    let other = open(server.address().clone()).await.unwrap();
    let slow = format!("{ORDERS}; select pg_sleep(60)");
    let migrations = Migrations::from_files([("0001_orders.sql", slow)]).unwrap();
    let run = tokio::spawn({
        let (sql, migrations) = (sql.clone(), migrations.clone());
        async move { migrations.apply(&sql).await }
    });
    let kill = "select count(pg_terminate_backend(pid)) from pg_stat_activity where query like '%pg_sleep(60)%' \
                and wait_event = 'PgSleep' and pid <> pg_backend_pid()";
    eventually("a script that runs", async || other.query(kill).fetch_one::<i64>().await.unwrap() > 0).await;
    let error = run.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    let status = migrations.status(&sql).await.unwrap().remove(0);
    assert_eq!((status.state, status.done), (MigrationState::Failed, 0), "{status:?}");
    let repaired = Migrations::from_files([("0001_orders.sql", ORDERS)]).unwrap();
    repaired.apply(&sql).await.unwrap();
    assert_eq!(sql.query("select count(*) from orders").fetch_one::<i64>().await.unwrap(), 20);
}
