//! What is peculiar to memory: its limits, its exact times, and that nothing is left of it.
#![allow(clippy::unwrap_used, reason = "a test ends with its first surprise")]

#[path = "specifics/address.rs"]
mod address;
#[path = "specifics/bus.rs"]
mod bus;
#[path = "specifics/cache.rs"]
mod cache;
#[path = "specifics/list.rs"]
mod list;
#[path = "specifics/model.rs"]
mod model;

use std::sync::Arc;

use bedplate_core::bus::{Bus, BusEngine};
use bedplate_core::cache::{Cache, CacheEngine};
use bedplate_core::{Address, GuardOptions, Result};
use bedplate_engine_memory::DRIVER;

async fn cache_engine(url: &str) -> Result<Arc<dyn CacheEngine>> {
    DRIVER.cache.unwrap()(Address::parse(url)?).await
}

async fn bus_engine(url: &str) -> Result<Arc<dyn BusEngine>> {
    DRIVER.bus.unwrap()(Address::parse(url)?).await
}

async fn open_cache(url: &str) -> Cache {
    Cache::new("memory", cache_engine(url).await.unwrap(), GuardOptions::default())
}

async fn open_bus(url: &str) -> Bus {
    Bus::new("memory", bus_engine(url).await.unwrap(), GuardOptions::default())
}
