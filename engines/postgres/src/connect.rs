//! From an address to a pool of connections.

use std::sync::Arc;
use std::time::Duration;

use bedplate_catalogue::POSTGRES;
use bedplate_catalogue::engines::postgres::{
    APPLICATION_NAME, CONNECT_TIMEOUT, CONNECTION_LIMIT, POOL_TIMEOUT, SSLMODE, SSLROOTCERT, STATEMENT_CACHE,
};
use bedplate_core::sql::{Features, SqlEngine};
use bedplate_core::{Address, BoxFuture, Error, ErrorKind, Result};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::classify_pool;
use crate::lease::Lease;
use crate::sql::Postgres;
use crate::tls;

/// Opens the SQL database of an address. It connects once, so that what is wrong is told here and not at the first query.
pub(crate) fn open(address: Address) -> BoxFuture<Result<Arc<dyn SqlEngine>>> {
    Box::pin(async move {
        let link = Link::new(&address)?;
        let features = POSTGRES.sql.map_or(Features::NONE, |offer| offer.features);
        link.lease().await?;
        Ok(Arc::new(Postgres { link: Arc::new(link), features }) as Arc<dyn SqlEngine>)
    })
}

/// Everything that makes and keeps connections.
pub(crate) struct Link {
    pub(crate) pool: Pool,
    pub(crate) config: Config,
    pub(crate) tls: MakeRustlsConnect,
    pub(crate) pool_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) statement_cache: usize,
}

impl Link {
    fn new(address: &Address) -> Result<Self> {
        address.check_settings(POSTGRES.settings)?;
        let (mode, tls) = tls::connector(address.setting(&SSLMODE), address.setting(&SSLROOTCERT))?;
        let connect_timeout = address.duration(&CONNECT_TIMEOUT)?;
        let pool_timeout = address.duration(&POOL_TIMEOUT)?;
        let limit = address.count(&CONNECTION_LIMIT)?;
        if limit == 0 {
            return Err(Error::invalid("`connection_limit` is 1 at least"));
        }
        let mut config = configure(address)?;
        config.ssl_mode(mode).connect_timeout(connect_timeout);
        // A connection whose server has gone is noticed when it is used, and not handed out again.
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config.clone(), tls.clone(), manager))
            .max_size(limit)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(pool_timeout))
            .create_timeout(Some(connect_timeout))
            .recycle_timeout(Some(connect_timeout))
            .build()
            .map_err(|why| Error::new(ErrorKind::Internal, "no pool can be made").with_source(why))?;
        let statement_cache = address.count(&STATEMENT_CACHE)?;
        Ok(Self { pool, config, tls, pool_timeout, connect_timeout, statement_cache })
    }

    /// Takes a connection from the pool, in the order of asking.
    pub(crate) async fn lease(&self) -> Result<Lease> {
        let object = self
            .pool
            .get()
            .await
            .map_err(|error| classify_pool(error, self.pool_timeout, self.connect_timeout))?;
        Ok(Lease::new(object, self.tls.clone()))
    }
}

fn configure(address: &Address) -> Result<Config> {
    const EXAMPLE: &str = "write `postgres://user:password@host:5432/database`";
    let database = address.name();
    if database.is_empty() {
        return Err(Error::invalid("the URL names no database").with_help(EXAMPLE));
    }
    if address.hosts().is_empty() {
        return Err(Error::invalid("the URL names no host").with_help(EXAMPLE));
    }
    let mut config = Config::new();
    config.dbname(database).application_name(address.setting(&APPLICATION_NAME));
    for (host, port) in address.hosts() {
        config.host(host).port(port.unwrap_or(5432));
    }
    if let Some(user) = address.user() {
        config.user(user);
    }
    if let Some(password) = address.password() {
        config.password(password);
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_address_is_refused_with_the_right_one() {
        for url in [
            "postgres://user@host",
            "postgres:orders",
            "postgres:///orders",
            "postgres://host/orders?connection_limit=0",
            "postgres://host/orders?sslmode=maybe",
            "postgres://host/orders?sslmode=verify-full&sslrootcert=/nowhere.pem",
            "postgres://host/orders?pool=1",
        ] {
            let error = Link::new(&Address::parse(url).unwrap()).err().expect(url);
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{url}");
        }
        assert!(
            Link::new(&Address::parse("postgresql://u:p@a:1,b:2/orders?sslmode=verify-full").unwrap())
                .is_ok()
        );
    }
}
