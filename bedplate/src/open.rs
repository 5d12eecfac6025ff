//! From a URL to a handle, and from the environment to all of a service's handles.

use bedplate_catalogue::settings::SLOW_STATEMENT;
use bedplate_core::bus::Bus;
use bedplate_core::cache::Cache;
use bedplate_core::objects::Objects;
use bedplate_core::sql::Sql;
use bedplate_core::{Address, Capability, Driver, Error, ErrorKind, GuardOptions, Result};

use crate::drivers::drivers;

/// What a service holds: a handle for each capability whose URL is set.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    sql: Option<Sql>,
    cache: Option<Cache>,
    bus: Option<Bus>,
    objects: Option<Objects>,
}

/// Opens what `DATABASE_URL`, `CACHE_URL`, `BUS_URL` and `OBJECTS_URL` name; what isn't set isn't opened.
pub async fn open() -> Result<Layer> {
    open_from(|name| std::env::var(name).ok()).await
}

/// Opens what these variables name: for tests, and for a service that has its settings from elsewhere.
pub async fn open_from(variable: impl Fn(&str) -> Option<String>) -> Result<Layer> {
    let mut layer = Layer::default();
    let named = |name: &'static str| variable(name).filter(|url| !url.is_empty()).map(|url| (name, url));
    if let Some((name, url)) = named(SQL) {
        layer.sql = Some(sql(&url).await.map_err(|error| error.with_subject(name))?);
    }
    if let Some((name, url)) = named(CACHE) {
        layer.cache = Some(cache(&url).await.map_err(|error| error.with_subject(name))?);
    }
    if let Some((name, url)) = named(BUS) {
        layer.bus = Some(bus(&url).await.map_err(|error| error.with_subject(name))?);
    }
    if let Some((name, url)) = named(OBJECTS) {
        layer.objects = Some(objects(&url).await.map_err(|error| error.with_subject(name))?);
    }
    Ok(layer)
}

const SQL: &str = "DATABASE_URL";
const CACHE: &str = "CACHE_URL";
const BUS: &str = "BUS_URL";
const OBJECTS: &str = "OBJECTS_URL";

impl Layer {
    /// The database.
    pub fn sql(&self) -> Result<&Sql> {
        self.sql.as_ref().ok_or_else(|| unset(Capability::Sql, SQL))
    }

    /// The cache.
    pub fn cache(&self) -> Result<&Cache> {
        self.cache.as_ref().ok_or_else(|| unset(Capability::Cache, CACHE))
    }

    /// The bus.
    pub fn bus(&self) -> Result<&Bus> {
        self.bus.as_ref().ok_or_else(|| unset(Capability::Bus, BUS))
    }

    /// The object store.
    pub fn objects(&self) -> Result<&Objects> {
        self.objects.as_ref().ok_or_else(|| unset(Capability::Objects, OBJECTS))
    }

    /// Closes everything.
    pub async fn close(&self) {
        if let Some(sql) = &self.sql {
            sql.close().await;
        }
        if let Some(cache) = &self.cache {
            cache.close().await;
        }
        if let Some(bus) = &self.bus {
            bus.close().await;
        }
        if let Some(objects) = &self.objects {
            objects.close().await;
        }
    }
}

fn unset(capability: Capability, name: &'static str) -> Error {
    Error::new(ErrorKind::NotFound, format!("the service has no {capability}: `{name}` is not set"))
        .with_help(format!("set `{name}`, or print what belongs there with `bedplate env SERVICE`"))
}

macro_rules! opens {
    ($(#[$doc:meta])* $name:ident -> $handle:ident, $capability:ident) => {
        $(#[$doc])*
        pub async fn $name(url: &str) -> Result<$handle> {
            let address = Address::parse(url)?;
            let driver = driver_for(&address, Capability::$capability)?;
            // `driver_for` answers only with drivers that open the capability.
            let open = driver.$name.ok_or_else(|| Error::new(ErrorKind::Internal, "the driver opens nothing"))?;
            let name = driver.engine.name;
            let options = guard_options(&address, Capability::$capability)?;
            let engine = open(address).await.map_err(|error| error.at(name, concat!(stringify!($name), ".open")))?;
            Ok($handle::new(name, engine, options))
        }
    };
}

opens! {
    /// Opens the database at a URL.
    sql -> Sql, Sql
}
opens! {
    /// Opens the cache at a URL.
    cache -> Cache, Cache
}
opens! {
    /// Opens the bus at a URL.
    bus -> Bus, Bus
}
opens! {
    /// Opens the object store at a URL.
    objects -> Objects, Objects
}

/// What an address says about the calls themselves.
fn guard_options(address: &Address, capability: Capability) -> Result<GuardOptions> {
    match capability {
        Capability::Sql => Ok(GuardOptions::default().slow(address.duration(&SLOW_STATEMENT)?)),
        _ => Ok(GuardOptions::default()),
    }
}

/// The driver that an address chooses for a capability. An error says what exists and what adds the rest.
pub fn driver_for(address: &Address, capability: Capability) -> Result<&'static Driver> {
    let scheme = address.scheme();
    let found = drivers().iter().find(|driver| driver.engine.schemes.contains(&scheme));
    if let Some(driver) = found.filter(|driver| driver.opens(capability)) {
        return Ok(driver);
    }
    let schemes: Vec<String> = drivers()
        .iter()
        .filter(|driver| driver.opens(capability))
        .flat_map(|driver| driver.engine.schemes)
        .map(|scheme| format!("`{scheme}:`"))
        .collect();
    let has = format!(
        "for {capability} this build has {}",
        if schemes.is_empty() { "nothing".into() } else { schemes.join(", ") }
    );
    let Some(engine) = bedplate_catalogue::by_scheme(scheme) else {
        let message = format!("no engine has the scheme `{scheme}:`");
        let known = bedplate_catalogue::ENGINES.iter().flat_map(|engine| engine.schemes).copied();
        let near = bedplate_core::setting::nearest(scheme, known);
        let help = near.map_or_else(|| has.clone(), |near| format!("did you mean `{near}:`? {has}"));
        return Err(Error::invalid(message).with_help(help));
    };
    let title = engine.title;
    Err(match engine.maturity(capability) {
        None => {
            let can = bedplate_catalogue::ENGINES.iter().filter(|engine| engine.offers(capability));
            let can = can.map(|engine| engine.name).collect::<Vec<_>>().join(", ");
            Error::new(ErrorKind::Unsupported, format!("{title} doesn't offer {capability}"))
                .with_help(format!("engines that do: {can}"))
        }
        Some(bedplate_core::Maturity::Proven) => {
            Error::new(ErrorKind::Unsupported, format!("this build was made without {title}"))
                .with_help(format!("add the Cargo feature `{}` of `bedplate`; {has}", engine.name))
        }
        Some(bedplate_core::Maturity::Planned) => {
            let message = format!("this version can't open {title} for {capability} yet");
            Error::new(ErrorKind::Unsupported, message).with_help(has)
        }
    })
}
