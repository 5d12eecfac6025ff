//! From an address to a store: checks that nothing is asked of memory that it doesn't have.

use std::sync::Arc;

use bedplate_catalogue::MEMORY;
use bedplate_catalogue::engines::memory::{MAX_BYTES, MAX_ENTRIES, MAX_MESSAGES};
use bedplate_core::bus::BusEngine;
use bedplate_core::cache::CacheEngine;
use bedplate_core::{Address, BoxFuture, Error, Result, Setting};

use crate::bus::MemoryBus;
use crate::cache::MemoryCache;

/// Opens a cache of its own.
pub(crate) fn open_cache(address: Address) -> BoxFuture<Result<Arc<dyn CacheEngine>>> {
    Box::pin(async move {
        check(&address)?;
        let (entries, bytes) = (at_least_one(&address, &MAX_ENTRIES)?, at_least_one(&address, &MAX_BYTES)?);
        let engine: Arc<dyn CacheEngine> = Arc::new(MemoryCache::new(entries, bytes));
        Ok(engine)
    })
}

/// Opens a bus of its own.
pub(crate) fn open_bus(address: Address) -> BoxFuture<Result<Arc<dyn BusEngine>>> {
    Box::pin(async move {
        check(&address)?;
        let engine: Arc<dyn BusEngine> = Arc::new(MemoryBus::new(at_least_one(&address, &MAX_MESSAGES)?));
        Ok(engine)
    })
}

fn check(address: &Address) -> Result<()> {
    address.check_settings(MEMORY.settings)?;
    let named = [
        ("a host", !address.hosts().is_empty()),
        ("a path", !address.name().is_empty()),
        ("a user", address.user().is_some()),
        ("a password", address.password().is_some()),
    ];
    match named.into_iter().find(|(_, named)| *named) {
        None => Ok(()),
        Some((what, _)) => Err(Error::invalid(format!("memory is nowhere: its URL can't have {what}"))
            .with_help("write `memory:`; whatever opens it has a store of its own")),
    }
}

fn at_least_one(address: &Address, setting: &Setting) -> Result<usize> {
    match address.count(setting)? {
        0 => Err(Error::invalid(format!("`{}` is 1 at least", setting.name))),
        count => Ok(count),
    }
}
