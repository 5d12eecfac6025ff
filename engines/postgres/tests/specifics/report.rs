//! What the server tells an operator.

use crate::scene::{eventually, open, provide, server, service};

#[tokio::test(flavor = "multi_thread")]
async fn sizes_rows_scans_and_connections_are_reported() {
    let Some(server) = server().await else { return };
    let (_, address) = provide(&server.address(), &service("orders")).await.unwrap();
    let sql = open(address.with_setting("connection_limit", "2")).await.unwrap();
    let mut tx = sql.begin(bedplate_core::sql::Begin::new()).await.unwrap();
    tx.script(
        "create table plain (id bigint primary key, v text unique, n bigint);
         create index plain_n on plain (n);
         create table parted (id bigint, day date) partition by range (day);
         create table parted_1 partition of parted for values from ('2026-01-01') to ('2026-02-01');
         create table parted_2 partition of parted for values from ('2026-02-01') to ('2026-03-01');
         create index parted_id on parted (id);
         insert into plain select n, n::text, n from generate_series(1, 1000) n;
         insert into parted select n, date '2026-01-01' + (n % 50)::int from generate_series(1, 500) n;",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    sql.query("select count(v) from plain").fetch_one::<i64>().await.unwrap();
    // Each session tells of what it did at most once in a second or so.
    eventually("the statistics", async || {
        let report = sql.report().await.unwrap();
        let plain = &report.tables[1];
        plain.full_scans.unwrap() >= 1 && plain.rows == Some(1000) && report.tables[0].rows == Some(500)
    })
    .await;
    let report = sql.report().await.unwrap();
    assert!(report.version.contains('.'), "{}", report.version);
    let names: Vec<&str> = report.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["parted", "plain"], "a partition is no table of its own");
    let [parted, plain] = &report.tables[..] else { panic!("{report:?}") };
    assert!(
        plain.bytes.unwrap() > 100_000
            && parted.bytes.unwrap() > 16_384
            && report.bytes > plain.bytes.unwrap()
    );
    let indexes: Vec<&str> = plain.indexes.iter().map(|index| index.name.as_str()).collect();
    assert_eq!(indexes, ["plain_n"], "what keeps a key unique isn't listed");
    assert_eq!(plain.indexes[0].uses, Some(0));
    assert!(parted.indexes[0].bytes.unwrap() >= 2 * 8192, "the bytes of a partitioned index are its parts'");
    let connections = report.connections.unwrap();
    assert!(
        (1..=2).contains(&connections.here) && connections.used.unwrap() >= connections.here,
        "{connections:?}"
    );
    assert_eq!(connections.allowed, 100);
    assert!(report.replicas.is_empty());
    server.stop().await.unwrap();
}
