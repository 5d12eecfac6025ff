//! What the handles add to their engines.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[tokio::test]
async fn a_value_is_loaded_as_json_once_and_anew_where_it_has_another_shape() {
    use bedplate::{Error, ErrorKind};
    use std::time::Duration;

    let cache = bedplate::cache("memory:").await.unwrap();
    let minute = Duration::from_secs(60);
    let refused = async || Err(Error::new(ErrorKind::Denied, "no"));
    let failed = cache.get_or_load_json::<Vec<u32>, _>("totals", minute, refused).await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Denied);
    let loaded = cache.get_or_load_json("totals", minute, async || Ok(vec![1u32, 2])).await.unwrap();
    assert_eq!(loaded, [1, 2]);
    let kept = cache.get_or_load_json::<Vec<u32>, _>("totals", minute, refused).await.unwrap();
    assert_eq!(kept, [1, 2]);
    assert_eq!(cache.get_json::<Vec<u32>>("totals").await.unwrap(), Some(vec![1, 2]));
    let text = cache.get_or_load_json("totals", minute, async || Ok("three".to_string())).await.unwrap();
    assert_eq!(text, "three");
    assert_eq!(cache.get_json::<String>("totals").await.unwrap().as_deref(), Some("three"));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_names_its_statement() {
    let folder = tempfile::tempdir().unwrap();
    let sql = bedplate::sql(&format!("sqlite:{}/orders.db", folder.path().display())).await.unwrap();
    let error = sql.query("select 'x' as total").fetch_one::<i64>().await.unwrap_err();
    assert_eq!((error.op(), error.subject()), ("sql.query", "select 'x' as total"));
}

#[tokio::test]
async fn a_guarded_handle_waits_no_longer_than_it_is_told() {
    use bedplate::sql::Begin;
    use bedplate::{ErrorKind, GuardOptions};
    use std::time::Duration;

    let folder = tempfile::tempdir().unwrap();
    let sql = bedplate::sql(&format!("sqlite:{}/orders.db", folder.path().display())).await.unwrap();
    sql.query("create table orders (id bigint primary key)").execute().await.unwrap();
    let mut first = sql.begin(Begin::new()).await.unwrap();
    first.query("insert into orders (id) values (1)").execute().await.unwrap();
    let hasty = sql.guarded(GuardOptions::default().timeout(Duration::from_millis(50)));
    let insert = hasty.query("insert into orders (id) values (2)").execute().await;
    let error = insert.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::TimedOut, "no answer within 50ms"));
    first.commit().await.unwrap();
}
