//! Targets: where handles are opened.

use std::sync::Arc;

use bedplate_core::bus::Bus;
use bedplate_core::cache::Cache;
use bedplate_core::objects::Objects;
use bedplate_core::sql::Sql;
use bedplate_core::{Address, BoxFuture, Capability, Driver, Error, GuardOptions, Reach, Result};
use tempfile::TempDir;

use crate::fresh::{self, Maker};

/// Opens a handle, each time anew.
pub type Opener<H> = Arc<dyn Fn() -> BoxFuture<Result<H>> + Send + Sync>;

/// An engine at an address, or anything that can be opened like one.
#[derive(Clone, Default)]
pub struct Target {
    /// The engine's name.
    pub name: &'static str,
    /// Opens its SQL database.
    pub sql: Option<Opener<Sql>>,
    /// Makes further databases that are empty; `None` where it can't.
    pub fresh: Option<Maker>,
    /// Opens its cache.
    pub cache: Option<Opener<Cache>>,
    /// Opens its bus.
    pub bus: Option<Opener<Bus>>,
    /// Opens its object store.
    pub objects: Option<Opener<Objects>>,
}

impl Target {
    /// What a driver opens at an address.
    pub fn of(driver: &Driver, address: &Address) -> Self {
        let name = driver.engine.name;
        macro_rules! opener {
            ($capability:ident, $handle:ident) => {
                driver.$capability.map(|open| -> Opener<$handle> {
                    let address = address.clone();
                    Arc::new(move || {
                        let opening = open(address.clone());
                        Box::pin(
                            async move { Ok($handle::new(name, opening.await?, GuardOptions::default())) },
                        )
                    })
                })
            };
        }
        Self {
            name,
            sql: opener!(sql, Sql),
            fresh: fresh::maker(driver, address),
            cache: opener!(cache, Cache),
            bus: opener!(bus, Bus),
            objects: opener!(objects, Objects),
        }
    }
}

/// A fresh place for an engine that runs inside this process, with the folder that holds its files until it is dropped.
pub fn fresh_place(driver: &Driver) -> Result<(Address, Option<TempDir>)> {
    let engine = driver.engine;
    let address = Address::parse(&format!("{}:", engine.schemes.first().copied().unwrap_or_default()))?;
    // What another process can see lies in files.
    let keeps_files = Capability::CONTRACTS
        .into_iter()
        .filter_map(|one| engine.promises(one))
        .any(|(reach, _)| reach > Reach::Process);
    if !keeps_files {
        return Ok((address, None));
    }
    let folder = tempfile::tempdir()
        .map_err(|error| Error::invalid("there is no temporary folder").with_source(error))?;
    let path = folder.path().join("conformance").display().to_string();
    Ok((address.with_path(path), Some(folder)))
}
