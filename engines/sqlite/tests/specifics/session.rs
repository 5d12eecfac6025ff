//! What one caller can do to a connection, and what the next one finds.

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, Sql};

use super::{halves, open};

/// What each connection was told when it was opened, asked through the one that writes.
async fn settings(sql: &Sql) -> Vec<i64> {
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    let mut all = Vec::new();
    for name in [
        "foreign_keys",
        "query_only",
        "synchronous",
        "recursive_triggers",
        "cache_size",
        "ignore_check_constraints",
    ] {
        all.push(tx.query(format!("pragma {name}")).fetch_one::<i64>().await.unwrap());
    }
    tx.rollback().await.unwrap();
    all
}

#[tokio::test]
async fn no_setting_of_a_connection_reaches_its_next_user() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    halves(&sql).await;
    let before = settings(&sql).await;
    let pragmas = [
        "pragma foreign_keys = off",
        "PRAGMA main.foreign_keys=0",
        "pragma foreign_keys(0)",
        "/* a */ pragma query_only = on",
        "pragma synchronous = off",
        "pragma recursive_triggers = on",
        "pragma cache_size = 1",
        "pragma ignore_check_constraints = on",
        "pragma case_sensitive_like = off",
        "explain pragma foreign_keys = off",
    ];
    for pragma in pragmas {
        let error = sql.query(pragma).execute().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{pragma}: {error:?}");
        assert!(sql.query(pragma).fetch_optional::<i64>().await.is_err(), "{pragma}");
        let mut tx = sql.begin(Begin::new()).await.unwrap();
        assert!(tx.query(pragma).execute().await.is_err(), "{pragma}");
        assert!(tx.script(&format!("select 1; {pragma}")).await.is_err(), "{pragma}");
        drop(tx);
        assert_eq!(settings(&sql).await, before, "{pragma}");
    }
    assert!(!sql.query("select 'a' like 'A'").fetch_one::<bool>().await.unwrap());
    // What the transaction takes back by itself is there for its user.
    sql.query("create table lines (of_left bigint references left_half (id))").execute().await.unwrap();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.query("pragma defer_foreign_keys = on").execute().await.unwrap();
    tx.query("insert into lines values (1)").execute().await.unwrap();
    tx.query("insert into left_half values (1)").execute().await.unwrap();
    tx.commit().await.unwrap();
    sql.query("insert into lines values (2)").execute().await.unwrap_err();
    assert_eq!(sql.query("pragma table_info(lines)").fetch_rows().await.unwrap().len(), 1);
}
