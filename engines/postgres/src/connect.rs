//! From an address to a pool of connections.

use std::sync::Arc;
use std::time::Duration;

use bedplate_catalogue::POSTGRES;
use bedplate_catalogue::engines::postgres::{
    APPLICATION_NAME, CONNECT_TIMEOUT, CONNECTION_LIMIT, POOL_TIMEOUT, SSLMODE, SSLROOTCERT, STATEMENT_CACHE,
};
use bedplate_core::sql::SqlEngine;
use bedplate_core::{Address, BoxFuture, Error, ErrorKind, Result};
use deadpool_postgres::{Hook, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio::time::{Instant, timeout};
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{classify, classify_pool, closed, slow_connect};
use crate::lease::{Lease, SETTLE};
use crate::outside::Outside;
use crate::product;
use crate::replicas::Replicas;
use crate::sql::Postgres;
use crate::tls;
use crate::writes::Writes;

/// Opens the SQL database of an address. It connects once, so that what is wrong is told here and not at the first query.
pub(crate) fn open(address: Address) -> BoxFuture<Result<Arc<dyn SqlEngine>>> {
    Box::pin(async move {
        let link = Arc::new(Link::new(&address)?);
        let replicas = Replicas::of(&address, &link)?;
        let features = product::features(&link, replicas.is_some()).await?;
        Ok(Arc::new(Postgres { link, features, replicas: replicas.map(Arc::new) }) as Arc<dyn SqlEngine>)
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
    /// What was written over these connections.
    pub(crate) writes: Arc<Writes>,
    /// Its connections that aren't in the pool.
    outside: Arc<Outside>,
    /// The settings of encryption, for the product's own tools.
    pub(crate) encryption: Encryption,
}

/// `sslmode` and `sslrootcert` as they were written.
#[derive(Debug, Clone)]
pub(crate) struct Encryption {
    pub(crate) mode: String,
    pub(crate) authorities: String,
}

impl Link {
    /// Gets ready to connect to the hosts of an address; nothing is connected yet.
    pub(crate) fn new(address: &Address) -> Result<Self> {
        Self::to(address, address.hosts())
    }

    /// The same with other hosts.
    pub(crate) fn to(address: &Address, hosts: &[(String, Option<u16>)]) -> Result<Self> {
        address.check_settings(POSTGRES.settings)?;
        let (mode, tls) = tls::connector(address.setting(&SSLMODE), address.setting(&SSLROOTCERT))?;
        let connect_timeout = address.duration(&CONNECT_TIMEOUT)?;
        let pool_timeout = address.duration(&POOL_TIMEOUT)?;
        let limit = address.count(&CONNECTION_LIMIT)?;
        if limit == 0 {
            return Err(Error::invalid("`connection_limit` is 1 at least"));
        }
        let mut config = configure(address, hosts)?;
        config.ssl_mode(mode).connect_timeout(connect_timeout);
        // A connection whose server has gone is noticed when it is used, and not handed out again.
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let writes = Arc::new(Writes::default());
        let noticed = writes.clone();
        let pool = Pool::builder(Manager::from_config(config.clone(), tls.clone(), manager))
            .max_size(limit)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(pool_timeout))
            .create_timeout(Some(connect_timeout))
            .recycle_timeout(Some(connect_timeout))
            .post_create(Hook::sync_fn(move |_, _| {
                noticed.forget_arrived();
                Ok(())
            }))
            .build()
            .map_err(|why| Error::new(ErrorKind::Internal, "no pool can be made").with_source(why))?;
        let statement_cache = address.count(&STATEMENT_CACHE)?;
        let encryption = Encryption {
            mode: address.setting(&SSLMODE).into(),
            authorities: address.setting(&SSLROOTCERT).into(),
        };
        let outside = Arc::default();
        Ok(Self {
            pool,
            config,
            tls,
            pool_timeout,
            connect_timeout,
            statement_cache,
            writes,
            outside,
            encryption,
        })
    }

    /// Takes a connection from the pool, in the order of asking.
    pub(crate) async fn lease(&self) -> Result<Lease> {
        let asked = Instant::now();
        let object = self.pool.get().await;
        metrics::histogram!("bedplate_pool_wait_seconds", "engine" => POSTGRES.name).record(asked.elapsed());
        let object = object.map_err(|error| classify_pool(error, self.pool_timeout, self.connect_timeout))?;
        Ok(Lease::new(object, self.tls.clone(), self.writes.clone(), &self.outside))
    }

    /// Refuses what comes after the end.
    pub(crate) fn check_open(&self) -> Result<()> {
        if self.pool.is_closed() { Err(closed()) } else { Ok(()) }
    }

    /// Takes no more callers, and waits a while for those that are there and for what they have abandoned.
    pub(crate) async fn close(&self) {
        self.pool.close();
        let _ = timeout(SETTLE, self.outside.nobody()).await;
    }

    /// Makes a connection beside those of the pool, for what holds one for long.
    pub(crate) async fn connect(&self) -> Result<Client> {
        self.check_open()?;
        let connecting = timeout(self.connect_timeout, self.config.connect(self.tls.clone()));
        let connected = connecting.await.map_err(|_| slow_connect(self.connect_timeout))?;
        let (client, connection) = connected.map_err(classify)?;
        // Its errors reach whoever uses the client; the task ends when the client is dropped.
        tokio::spawn(connection);
        Ok(client)
    }
}

pub(crate) fn configure(address: &Address, hosts: &[(String, Option<u16>)]) -> Result<Config> {
    const EXAMPLE: &str = "write `postgres://user:password@host:5432/database`";
    let database = address.name();
    if database.is_empty() {
        return Err(Error::invalid("the URL names no database").with_help(EXAMPLE));
    }
    if hosts.is_empty() {
        return Err(Error::invalid("the URL names no host").with_help(EXAMPLE));
    }
    let mut config = Config::new();
    config.dbname(database).application_name(address.setting(&APPLICATION_NAME));
    for (host, port) in hosts {
        config.host(host).port(port.unwrap_or(5432));
    }
    if hosts.len() > 1 {
        // Of several hosts it is the one that takes writes, whichever that is after a failover.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
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
