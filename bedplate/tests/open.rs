//! What a URL opens, and what it says when it doesn't.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use bedplate::{Capability, ErrorKind};

async fn refusal(url: &str) -> bedplate::Error {
    bedplate::sql(url).await.unwrap_err()
}

#[tokio::test]
async fn a_service_opens_what_its_variables_name_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/orders.db", folder.path().display());
    let layer = bedplate::open_from(|name| (name == "DATABASE_URL").then(|| url.clone())).await.unwrap();
    layer.sql().unwrap().ping().await.unwrap();
    let error = layer.bus().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.message(), "the service has no bus: `BUS_URL` is not set");
    layer.close().await;
    assert_eq!(layer.sql().unwrap().ping().await.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn what_is_no_url_is_refused() {
    for url in ["", "orders.db", "sqlite", "postgres://h:99999/x"] {
        assert_eq!(refusal(url).await.kind(), ErrorKind::InvalidInput, "{url}");
    }
}

#[tokio::test]
async fn an_unknown_scheme_names_the_nearest_and_what_exists() {
    let error = refusal("sqlit:./orders.db").await;
    assert_eq!(error.message(), "no engine has the scheme `sqlit:`");
    let help = error.help().unwrap();
    assert!(help.starts_with("did you mean `sqlite:`? for sql this build has "), "{help}");
    let error = refusal("oracle://db/orders").await;
    assert!(error.help().unwrap().starts_with("for sql this build has "), "{error:?}");
}

#[tokio::test]
async fn an_engine_without_the_capability_names_those_that_have_it() {
    let error = refusal("nats://localhost").await;
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.message(), "NATS doesn't offer sql");
    assert!(error.help().unwrap().contains("postgres"), "{error:?}");
}

#[tokio::test]
async fn an_engine_that_is_not_in_the_build_names_the_feature_that_adds_it() {
    if bedplate::opens(&bedplate::catalogue::POSTGRES, Capability::Sql) {
        return;
    }
    let error = refusal("postgres://localhost/orders").await;
    assert_eq!(error.message(), "this build was made without PostgreSQL");
    assert!(error.help().unwrap().starts_with("add the Cargo feature `postgres` of `bedplate`"), "{error:?}");
}

#[tokio::test]
async fn an_engine_that_no_build_has_yet_says_so() {
    let error = bedplate::cache("redis://localhost").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.message(), "this version can't open Redis for cache yet");
    assert!(error.help().unwrap().contains("`memory:`"), "{error:?}");
}

#[tokio::test]
async fn a_password_never_shows_in_an_error() {
    let error = refusal("postgrs://app:hunter2@localhost/orders").await;
    assert!(!format!("{error:?}{error}").contains("hunter2"));
}
