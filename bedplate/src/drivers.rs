//! Which engines this build can call. The only place where a Cargo feature decides.

use bedplate_core::{Capability, Driver, Engine};

static DRIVERS: &[Driver] = &[
    #[cfg(feature = "files")]
    bedplate_engine_files::DRIVER,
    #[cfg(feature = "memory")]
    bedplate_engine_memory::DRIVER,
    #[cfg(feature = "mysql")]
    bedplate_engine_mysql::DRIVER,
    #[cfg(feature = "postgres")]
    bedplate_engine_postgres::DRIVER,
    #[cfg(feature = "sqlite")]
    bedplate_engine_sqlite::DRIVER,
];

/// The drivers of this build.
pub fn drivers() -> &'static [Driver] {
    DRIVERS
}

/// Whether this build can open a capability of an engine.
pub fn opens(engine: &Engine, capability: Capability) -> bool {
    DRIVERS.iter().any(|driver| driver.engine.name == engine.name && driver.opens(capability))
}
