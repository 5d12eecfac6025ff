//! PostgreSQL: the handle beside tokio-postgres in a deadpool, on a server of our own.

use bedplate::driver_for;
use bedplate::sql::Begin;
use bedplate::{Address, Capability};
use bedplate_supervisor::{LocalServer, StartOptions};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio::runtime::Runtime;
use tokio_postgres::NoTls;

use super::measure::compare;
use super::sqlite::{SETS, next, sets, transact};
use super::{ALL, FILL, INSERT, Item, ONE, ROWS, UPDATE, head, item, line};

const TABLES: &str = "create table items (id bigint primary key, name text not null, price double precision not null, note text); \
     create table log (id bigint generated always as identity primary key, what text not null, count bigint not null);";

pub(crate) fn run(runtime: &Runtime) {
    let driver = driver_for(&Address::parse("postgres:").unwrap(), Capability::Sql).unwrap();
    let server = driver.server.unwrap();
    if let Err(missing) = bedplate_supervisor::find(server) {
        println!("\nPostgreSQL: left out, because {missing}");
        return;
    }
    let open = driver.sql.unwrap();
    let ready = move |address| async move { open(address).await.map(drop) };
    let local =
        runtime.block_on(LocalServer::start(server, "bench", StartOptions::default(), ready)).unwrap();
    let url = local.address().reveal();
    let sql = runtime.block_on(async {
        let sql = bedplate::sql(&url).await.unwrap();
        let mut tx = sql.begin(Begin::new()).await.unwrap();
        tx.script(TABLES).await.unwrap();
        for id in 1..=ROWS {
            let (id, name, price, note) = item(id);
            tx.query(FILL).bind(id).bind(name).bind(price).bind(note).execute().await.unwrap();
        }
        tx.commit().await.unwrap();
        sql.query("analyze").execute().await.unwrap();
        sql
    });
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let pool = Pool::builder(Manager::from_config(url.parse().unwrap(), NoTls, recycling))
        .max_size(10)
        .build()
        .unwrap();
    head("PostgreSQL", &["bare", "bedplate"]);
    let (mut id, mut at) = (0, 0);
    let mut bare = |n: u64| {
        runtime.block_on(async {
            for _ in 0..n {
                let client = pool.get().await.unwrap();
                let statement = client.prepare_cached(ONE).await.unwrap();
                std::hint::black_box(read(&client.query_one(&statement, &[&next(&mut id)]).await.unwrap()));
            }
        });
    };
    let mut handle = |n: u64| {
        runtime.block_on(async {
            for _ in 0..n {
                let row: Item = sql.query(ONE).bind(next(&mut at)).fetch_one().await.unwrap();
                std::hint::black_box(row);
            }
        });
    };
    line("one row", &compare(&mut [&mut bare, &mut handle]));
    let mut bare = |n: u64| {
        runtime.block_on(async {
            for _ in 0..n {
                let client = pool.get().await.unwrap();
                let statement = client.prepare_cached(ALL).await.unwrap();
                let rows: Vec<Item> = client.query(&statement, &[]).await.unwrap().iter().map(read).collect();
                assert_eq!(rows.len() as i64, ROWS);
            }
        });
    };
    let mut handle = |n: u64| {
        runtime.block_on(async {
            for _ in 0..n {
                let rows: Vec<Item> = sql.query(ALL).fetch_all().await.unwrap();
                assert_eq!(rows.len() as i64, ROWS);
            }
        });
    };
    line("1,000 rows", &compare(&mut [&mut bare, &mut handle]));
    let mut bare = |n: u64| {
        runtime.block_on(async {
            for _ in 0..n {
                let client = pool.get().await.unwrap();
                let statement = client.prepare_cached(INSERT).await.unwrap();
                client.execute(&statement, &[&"something happened", &7_i64]).await.unwrap();
            }
        });
    };
    let mut handle = |n: u64| {
        runtime.block_on(async {
            for _ in 0..n {
                sql.query(INSERT).bind("something happened").bind(7).execute().await.unwrap();
            }
        });
    };
    line("insert", &compare(&mut [&mut bare, &mut handle]));
    let (mut id, mut at) = (0, 0);
    let mut bare = |n: u64| {
        runtime.block_on(async {
            for _ in 0..n {
                transaction(&pool, next(&mut id)).await;
            }
        })
    };
    let mut handle = |n: u64| {
        runtime.block_on(async {
            for _ in 0..n {
                transact(&sql, next(&mut at)).await;
            }
        })
    };
    line("transaction", &compare(&mut [&mut bare, &mut handle]));
    let mut bare = |n: u64| {
        runtime.block_on(async {
            for _ in 0..n {
                inserts(&pool).await;
            }
        })
    };
    let mut handle = |n: u64| {
        runtime.block_on(async {
            for _ in 0..n {
                assert_eq!(sql.query(INSERT).execute_each(sets()).await.unwrap(), SETS);
            }
        })
    };
    line("100 inserts as one", &compare(&mut [&mut bare, &mut handle]));
    runtime.block_on(async {
        sql.close().await;
        pool.close();
        local.stop().await.unwrap();
    });
}

fn read(row: &tokio_postgres::Row) -> Item {
    (row.get(0), row.get(1), row.get(2), row.get(3))
}

async fn inserts(pool: &Pool) {
    let mut client = pool.get().await.unwrap();
    let tx = client.transaction().await.unwrap();
    let statement = tx.prepare_cached(INSERT).await.unwrap();
    for count in 0..SETS as i64 {
        tx.execute(&statement, &[&"something happened", &count]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn transaction(pool: &Pool, id: i64) {
    let mut client = pool.get().await.unwrap();
    let tx = client
        .build_transaction()
        .isolation_level(tokio_postgres::IsolationLevel::Serializable)
        .start()
        .await
        .unwrap();
    let statement = tx.prepare_cached(ONE).await.unwrap();
    let (_, name, ..) = read(&tx.query_one(&statement, &[&id]).await.unwrap());
    let statement = tx.prepare_cached(UPDATE).await.unwrap();
    tx.execute(&statement, &[&"changed", &id]).await.unwrap();
    let statement = tx.prepare_cached(INSERT).await.unwrap();
    tx.execute(&statement, &[&name, &id]).await.unwrap();
    tx.commit().await.unwrap();
}
