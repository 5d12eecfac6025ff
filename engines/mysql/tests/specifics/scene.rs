//! What the tests begin with: servers of their own.

use std::time::{Duration, Instant};

use bedplate_core::sql::{Made, NewDatabase, Sql};
use bedplate_core::{Address, GuardOptions, Result, Server};
use bedplate_engine_mysql::DRIVER;
use bedplate_supervisor::{LocalServer, StartOptions};

/// How the engine says that MariaDB is run; the tests' own descriptions differ from it in little.
pub(crate) const OWN: &Server = DRIVER.server.unwrap();

pub(crate) async fn open(address: Address) -> Result<Sql> {
    let engine = DRIVER.sql.unwrap()(address).await?;
    Ok(Sql::new("mysql", engine, GuardOptions::default().timeout(Duration::from_secs(10))))
}

/// A server of our own; `None`, said aloud, where there is none on this machine and none is required.
pub(crate) async fn server() -> Option<LocalServer> {
    if !is_here(OWN) {
        return None;
    }
    Some(start(OWN).await)
}

/// Whether everything that a server of this description needs is on this machine; said aloud where it isn't, and an error where it is required.
pub(crate) fn is_here(server: &Server) -> bool {
    match bedplate_supervisor::find(server) {
        Ok(_) => true,
        Err(missing) => {
            assert!(std::env::var("BEDPLATE_TEST_REQUIRE").as_deref() != Ok("1"), "{missing}");
            eprintln!("ignored: {missing}");
            false
        }
    }
}

/// Starts a server from a description of the test's own.
pub(crate) async fn start(server: &'static Server) -> LocalServer {
    let ready = |address| async move { open(address).await?.ping().await };
    LocalServer::start(server, "mysql", StartOptions::default(), ready).await.unwrap()
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

/// A service's database and role, called alike.
pub(crate) fn service(name: &str) -> NewDatabase {
    let password = format!("{name}'s pass\\word");
    NewDatabase { name: name.into(), role: name.into(), password, extensions: Vec::new() }
}

/// Makes it, and tells where the service finds it.
pub(crate) async fn provide(administrator: &Address, wanted: &NewDatabase) -> Result<(Made, Address)> {
    let made = (DRIVER.provision.unwrap().create)(administrator.clone(), wanted.clone()).await?;
    let address = administrator
        .clone()
        .with_path(format!("/{}", wanted.name))
        .with_credentials(wanted.role.clone(), Some(wanted.password.clone()));
    Ok((made, address))
}
