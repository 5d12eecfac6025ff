//! Fresh databases: empty ones beside the database that is tested, each for one case.

use std::path::Path;
use std::sync::Arc;

use bedplate_core::sql::{NewDatabase, Provision, Sql};
use bedplate_core::{Address, BoxFuture, Driver, Error, ErrorKind, GuardOptions, Open, Result, sql};
use tempfile::TempDir;

/// Makes an empty database, each time another one.
pub type Maker = Arc<dyn Fn() -> BoxFuture<Result<Fresh>> + Send + Sync>;

/// A database that was empty when it was made, and that nobody else uses.
pub struct Fresh {
    /// Its handle.
    pub sql: Sql,
    remove: Box<dyn FnOnce() -> BoxFuture<Result<()>> + Send>,
}

impl Fresh {
    /// One that lies in a folder, which goes with it.
    pub fn in_folder(sql: Sql, folder: TempDir) -> Self {
        let remove = || -> BoxFuture<Result<()>> {
            Box::pin(async move {
                folder.close().map_err(|why| {
                    Error::new(ErrorKind::Internal, "a folder could not be removed").with_source(why)
                })
            })
        };
        Self { sql, remove: Box::new(remove) }
    }

    /// One that a driver makes: a file in a folder of its own, or whatever a server's administrator makes, as whom the address must be.
    pub async fn make(driver: &Driver, address: &Address, extensions: &[String]) -> Result<Self> {
        let (name, provision, is_server) = (driver.engine.name, driver.provision, driver.server.is_some());
        let open = driver.sql.ok_or_else(|| Error::unsupported("databases"))?;
        match provision {
            Some(provision) => on_server(name, open, provision, address.clone(), extensions.to_vec()).await,
            None if is_server => Err(Error::unsupported("making databases")),
            None => in_folder(name, open, address.clone()).await,
        }
    }

    /// Closes and removes it.
    pub async fn remove(self) -> Result<()> {
        self.sql.close().await;
        (self.remove)().await
    }
}

/// What makes databases by a driver.
pub(crate) fn maker(driver: &Driver, address: &Address) -> Option<Maker> {
    driver.sql?;
    let (driver, address) = (*driver, address.clone());
    Some(Arc::new(move || {
        let address = address.clone();
        Box::pin(async move { Fresh::make(&driver, &address, &[]).await })
    }))
}

/// Why no database can be made; `None` where one can.
pub(crate) async fn missing(make: Option<&Maker>) -> Result<Option<String>> {
    let Some(make) = make else { return Ok(Some("the target makes no databases".into())) };
    match make().await {
        Ok(fresh) => fresh.remove().await.map(|()| None),
        Err(error) if matches!(error.kind(), ErrorKind::Denied | ErrorKind::Unsupported) => {
            Ok(Some(format!("no database can be made beside the one that is tested: {}", error.message())))
        }
        Err(error) => Err(error),
    }
}

async fn in_folder(name: &'static str, open: Open<dyn sql::SqlEngine>, address: Address) -> Result<Fresh> {
    let folder = tempfile::tempdir()
        .map_err(|why| Error::new(ErrorKind::Internal, "there is no temporary folder").with_source(why))?;
    let path = |folder: &Path| folder.join("fresh").display().to_string();
    let engine = open(address.with_path(path(folder.path()))).await?;
    Ok(Fresh::in_folder(Sql::new(name, engine, GuardOptions::default()), folder))
}

async fn on_server(
    name: &'static str,
    open: Open<dyn sql::SqlEngine>,
    provision: Provision,
    administrator: Address,
    extensions: Vec<String>,
) -> Result<Fresh> {
    let random = uuid::Uuid::new_v4().simple().to_string();
    let own = format!("bedplate_fresh_{}", &random[..10]);
    let password = random[10..].to_string();
    let database = NewDatabase { name: own.clone(), role: own.clone(), password, extensions };
    let address = administrator
        .clone()
        .with_path(format!("/{own}"))
        .with_credentials(&database.role, Some(database.password.clone()));
    let made = (provision.create)(administrator.clone(), database.clone()).await;
    let remove = async move || {
        (provision.remove)(administrator, database).await.map_err(|why| {
            let message = format!("the database `{own}` could not be removed: {}", why.message());
            Error::new(why.kind(), message).with_source(why)
        })
    };
    let opened = match made {
        Ok(_) => open(address).await,
        Err(error) => Err(error),
    };
    match opened {
        Ok(engine) => {
            let sql = Sql::new(name, engine, GuardOptions::default());
            Ok(Fresh { sql, remove: Box::new(move || Box::pin(remove())) })
        }
        Err(error) => {
            // Also what was made in part. Why it can't be opened says more than that it can't be removed either.
            let _ = remove().await;
            Err(error)
        }
    }
}
