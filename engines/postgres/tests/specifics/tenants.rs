//! A forgotten `where` leaks nothing, though the service owns its tables.

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, Sql, Transaction};

use crate::scene::{open, provide, server, service};

async fn ground(sql: &Sql) {
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.script(
        "create table notes (id bigint primary key, \"Tenant\" text not null, v text);
         create table tags (note bigint not null references notes, \"Tenant\" text not null, tag text);",
    )
    .await
    .unwrap();
    for table in ["notes", "tags"] {
        let policy = sql.dialect().tenant_policy(table, "Tenant").unwrap();
        tx.script(&policy).await.unwrap();
    }
    tx.commit().await.unwrap();
    for (tenant, first) in [("ours", 1), ("theirs", 3)] {
        let mut tx = sql.begin(Begin::new().tenant(tenant)).await.unwrap();
        for id in [first, first + 1] {
            tx.query("insert into notes values ($1, $2, 'secret')")
                .bind(id)
                .bind(tenant)
                .execute()
                .await
                .unwrap();
            tx.query("insert into tags values ($1, $2, 'tag')")
                .bind(id)
                .bind(tenant)
                .execute()
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
}

async fn count(tx: &mut Transaction, text: &str) -> i64 {
    tx.query(text).fetch_one().await.unwrap()
}

/// What somebody sees and changes who names no tenant anywhere.
async fn careless(tx: &mut Transaction) -> [i64; 6] {
    let seen = count(tx, "select count(*) from notes").await;
    let joined = count(tx, "select count(*) from notes n cross join tags t").await;
    let within =
        count(tx, "with a as (select * from tags) select count(*) from a left join notes on true").await;
    let updated = tx.query("update notes set v = 'changed'").execute().await.unwrap() as i64;
    let tags = tx.query("delete from tags").execute().await.unwrap() as i64;
    let notes = tx.query("delete from notes").execute().await.unwrap() as i64;
    [seen, joined, within, updated, tags, notes]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_where_leaks_nothing() {
    let Some(server) = server().await else { return };
    let (_, address) = provide(&server.address(), &service("notes")).await.unwrap();
    // One connection, so that whatever a transaction leaves behind would be seen by the next one.
    let sql = open(address.with_setting("connection_limit", "1")).await.unwrap();
    ground(&sql).await;
    for (tenant, expected) in [
        (Some("ours"), [2, 4, 4, 2, 2, 2]),
        (None, [0; 6]),
        (Some(""), [0; 6]),
        (Some("nobody"), [0; 6]),
        (Some("theirs"), [2, 4, 4, 2, 2, 2]),
        (None, [0; 6]),
    ] {
        let begin = tenant.map_or_else(Begin::new, |tenant| Begin::new().tenant(tenant));
        let mut tx = sql.begin(begin).await.unwrap();
        assert_eq!(careless(&mut tx).await, expected, "{tenant:?}");
        tx.rollback().await.unwrap();
    }
    assert_eq!(
        sql.query("select count(*) from notes").fetch_one::<i64>().await.unwrap(),
        0,
        "without a transaction"
    );

    for (tenant, text) in [
        (Some("ours"), "insert into notes values (9, 'theirs', '')"),
        (Some("ours"), "update notes set \"Tenant\" = 'theirs'"),
        (Some(""), "insert into notes values (9, '', '')"),
        (None, "insert into notes values (9, 'ours', '')"),
    ] {
        let begin = tenant.map_or_else(Begin::new, |tenant| Begin::new().tenant(tenant));
        let mut tx = sql.begin(begin).await.unwrap();
        let error =
            tx.query(text).execute().await.err().unwrap_or_else(|| panic!("{tenant:?}: {text}: done"));
        assert_eq!(error.kind(), ErrorKind::Denied, "{text}: {error:?}");
    }
    let above = open(server.address().with_path("/notes")).await.unwrap();
    let left: Vec<(String, i64)> = above
        .query("select \"Tenant\", count(*) from notes where v = 'secret' group by 1 order by 1")
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(left, [("ours".into(), 2), ("theirs".into(), 2)]);
    server.stop().await.unwrap();
}
