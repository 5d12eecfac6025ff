//! A private server, and handles on it.

use std::time::{Duration, Instant};

use bedplate_core::sql::Sql;
use bedplate_core::{Address, GuardOptions, Result};
use bedplate_engine_mysql::DRIVER;
use bedplate_supervisor::{LocalServer, StartOptions};

pub(crate) async fn open(address: Address) -> Result<Sql> {
    let engine = DRIVER.sql.unwrap()(address).await?;
    Ok(Sql::new("mysql", engine, GuardOptions::default().timeout(Duration::from_secs(10))))
}

/// A server of our own; `None`, said aloud, where there is none on this machine and none is required.
pub(crate) async fn server() -> Option<LocalServer> {
    let server = DRIVER.server.unwrap();
    if let Err(missing) = bedplate_supervisor::find(server) {
        assert!(std::env::var("BEDPLATE_TEST_REQUIRE").as_deref() != Ok("1"), "{missing}");
        eprintln!("ignored: {missing}");
        return None;
    }
    let ready = |address| async move { open(address).await?.ping().await };
    Some(LocalServer::start(server, "mysql", StartOptions::default(), ready).await.unwrap())
}

/// Waits until a condition holds, but no longer than twenty seconds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(Instant::now() < deadline, "{what}: not within 20 s");
        // waits: between two looks at the condition.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
