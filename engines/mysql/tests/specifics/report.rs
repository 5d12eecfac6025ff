//! What the report tells of a real server.

use crate::scene::{open, server};

#[tokio::test(flavor = "multi_thread")]
async fn a_report_counts_uses_only_where_the_server_does() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    sql.query("create table t (id bigint not null primary key, a bigint, b bigint)").execute().await.unwrap();
    sql.query("create index used on t (a)").execute().await.unwrap();
    sql.query("create index unused on t (b)").execute().await.unwrap();
    sql.query("insert into t values (1, 1, 1), (2, 2, 2)").execute().await.unwrap();
    let report = sql.report().await.unwrap();
    assert!(report.version.contains("MariaDB") && report.bytes > 0, "{report:?}");
    let connections = report.connections.unwrap();
    assert_eq!(connections.allowed, 151);
    assert!(connections.here >= 1 && connections.used.unwrap() >= connections.here, "{connections:?}");
    let uses = |report: &bedplate_core::sql::Report| {
        report.tables[0].indexes.iter().map(|index| (index.name.clone(), index.uses)).collect::<Vec<_>>()
    };
    assert_eq!(uses(&report), [("unused".into(), None), ("used".into(), None)]);
    sql.query("set global userstat = 1").execute().await.unwrap();
    for _ in 0..3 {
        sql.query("select id from t force index (used) where a = 1").fetch_all::<i64>().await.unwrap();
    }
    let report = sql.report().await.unwrap();
    assert_eq!(uses(&report), [("unused".into(), Some(0)), ("used".into(), Some(3))]);
    server.stop().await.unwrap();
}
