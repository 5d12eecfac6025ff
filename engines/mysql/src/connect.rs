//! From an address to a pool of connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bedplate_catalogue::MYSQL;
use bedplate_catalogue::engines::mysql::{
    CONNECT_TIMEOUT, CONNECTION_LIMIT, POOL_TIMEOUT, SSLMODE, SSLROOTCERT, STATEMENT_CACHE,
};
use bedplate_core::sql::{Features, SqlEngine};
use bedplate_core::{Address, BoxFuture, Error, Result};
use mysql_async::{Conn, DriverError, Opts, OptsBuilder, Pool, PoolConstraints, PoolOpts};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::error::{classify, closed, late_connection, late_lease};
use crate::lease::Lease;
use crate::product::Product;
use crate::sql::Mysql;
use crate::tls::{Encryption, encryption};

/// How long a connection may be silent until the system asks whether the other side is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// How long whoever closes waits for connections that are in use.
const CLOSE: Duration = Duration::from_secs(5);
/// Between two looks at what still goes on.
const LOOK: Duration = Duration::from_millis(5);

/// Opens the SQL database of an address. It connects once, so that what is wrong is told here and not at the first query.
pub(crate) fn open(address: Address) -> BoxFuture<Result<Arc<dyn SqlEngine>>> {
    Box::pin(async move {
        let target = Target::new(&address)?;
        if address.name().is_empty() {
            return Err(Error::invalid("the URL names no database").with_help(EXAMPLE));
        }
        let (opts, mut conn) = target.connect().await?;
        let product = Product::ask(&mut conn).await?;
        drop(conn);
        let features = product.features(MYSQL.sql.map_or(Features::NONE, |offer| offer.features));
        let link = Link::new(&target, opts, product);
        // Once with what every connection is told, which this server may not take.
        link.lease().await?;
        Ok(Arc::new(Mysql { link, features }) as Arc<dyn SqlEngine>)
    })
}

const EXAMPLE: &str = "write `mysql://user:password@host:3306/database`";

/// Where the server is, and how it is connected to.
pub(crate) struct Target {
    opts: OptsBuilder,
    encryption: Encryption,
    authorities: String,
    limit: usize,
    pool_timeout: Duration,
    connect_timeout: Duration,
}

impl Target {
    pub(crate) fn new(address: &Address) -> Result<Self> {
        address.check_settings(MYSQL.settings)?;
        let encryption = encryption(address.setting(&SSLMODE), address.setting(&SSLROOTCERT))?;
        let limit = address.count(&CONNECTION_LIMIT)?;
        // The first number is how many are kept, not how many are opened at once.
        let constraints = PoolConstraints::new(limit, limit)
            .filter(|_| limit > 0)
            .ok_or_else(|| Error::invalid("`connection_limit` is 1 at least"))?;
        let [(host, port)] = address.hosts() else {
            return Err(Error::invalid("the URL names no host, or several").with_help(EXAMPLE));
        };
        let database = Some(address.name()).filter(|name| !name.is_empty());
        let pool = PoolOpts::new().with_constraints(constraints).with_reset_connection(false);
        let opts = OptsBuilder::default()
            .ip_or_hostname(host)
            .tcp_port(port.unwrap_or(3306))
            .user(address.user())
            .pass(address.password())
            .db_name(database)
            .prefer_socket(false)
            .tcp_keepalive(Some(KEEPALIVE))
            .client_found_rows(true)
            // With none at all the client would never close one.
            .stmt_cache_size(address.count(&STATEMENT_CACHE)?.max(1))
            .pool_opts(pool);
        let pool_timeout = address.duration(&POOL_TIMEOUT)?;
        let connect_timeout = address.duration(&CONNECT_TIMEOUT)?;
        let authorities = address.setting(&SSLROOTCERT).to_string();
        Ok(Self { opts, encryption, authorities, limit, pool_timeout, connect_timeout })
    }

    /// Connects once, and tells how: encrypted or not.
    pub(crate) async fn connect(&self) -> Result<(Opts, Conn)> {
        let encrypted = match &self.encryption {
            Encryption::Never => None,
            Encryption::Preferred(ssl) | Encryption::Required(ssl) => Some(ssl.clone()),
        };
        let opts = Opts::from(self.opts.clone().ssl_opts(encrypted));
        match within(self.connect_timeout, Conn::new(opts.clone())).await? {
            Err(mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer))
                if matches!(self.encryption, Encryption::Preferred(_)) =>
            {
                let opts = Opts::from(self.opts.clone());
                let conn = within(self.connect_timeout, Conn::new(opts.clone())).await?;
                Ok((opts, conn.map_err(classify)?))
            }
            connected => Ok((opts, connected.map_err(classify)?)),
        }
    }
}

/// Waits for a connection as long as it may take.
async fn within<T>(limit: Duration, connecting: impl Future<Output = T>) -> Result<T> {
    timeout(limit, connecting).await.map_err(|_| late_connection(limit))
}

/// Everything that makes and keeps connections.
pub(crate) struct Link {
    pub(crate) pool: Pool,
    pub(crate) opts: Opts,
    pub(crate) product: Product,
    /// The file with the authorities that are trusted; empty where the build's own are.
    pub(crate) authorities: String,
    pub(crate) pool_timeout: Duration,
    connect_timeout: Duration,
    pub(crate) limit: usize,
    /// As many as connections may be open: who has one of these never waits for the pool.
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// Work of ours that goes on, whether or not somebody waits for it.
    working: AtomicUsize,
    closed: AtomicBool,
    /// The one in which the connections live; leases may be dropped elsewhere.
    pub(crate) runtime: Handle,
}

impl Link {
    fn new(target: &Target, opts: Opts, product: Product) -> Arc<Self> {
        let opts: Opts = OptsBuilder::from_opts(opts)
            .max_allowed_packet(Some(product.max_packet))
            .wait_timeout(Some(product.wait_timeout))
            .setup(vec![product.setup()])
            .into();
        Arc::new(Self {
            pool: Pool::new(opts.clone()),
            opts,
            product,
            authorities: target.authorities.clone(),
            pool_timeout: target.pool_timeout,
            connect_timeout: target.connect_timeout,
            limit: target.limit,
            slots: Arc::new(Semaphore::new(target.limit)),
            waiting: AtomicUsize::new(0),
            working: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            runtime: Handle::current(),
        })
    }

    /// Takes a connection from the pool, in the order of asking.
    pub(crate) async fn lease(self: &Arc<Self>) -> Result<Lease> {
        let slot = match self.slots.clone().try_acquire_owned() {
            Ok(slot) => {
                record_wait(Duration::ZERO);
                slot
            }
            Err(_) => {
                let _waiting = Counted::new(&self.waiting);
                let started = Instant::now();
                let slot = timeout(self.pool_timeout, self.slots.clone().acquire_owned()).await;
                record_wait(started.elapsed());
                slot.map_err(|_| late_lease(self.pool_timeout))?.map_err(|_| closed())?
            }
        };
        let conn = within(self.connect_timeout, self.pool.get_conn()).await?.map_err(classify)?;
        Ok(Lease::new(conn, self.clone(), slot))
    }

    /// A connection beside those of the pool.
    pub(crate) async fn connect_aside(&self) -> Result<Conn> {
        if self.is_closed() {
            return Err(closed());
        }
        self.connect_anyway().await
    }

    /// A connection for what must be brought to its end, also after closing.
    pub(crate) async fn connect_anyway(&self) -> Result<Conn> {
        within(self.connect_timeout, Conn::new(self.opts.clone())).await?.map_err(classify)
    }

    /// Says that work goes on for which closing waits, as long as what is returned lives.
    pub(crate) fn work(&self) -> Counted<'_> {
        Counted::new(&self.working)
    }

    /// Asks the server to end a statement, or a whole connection, over a connection of its own.
    pub(crate) async fn kill(&self, what: &str, id: u32) -> Result<()> {
        let opts: Opts = OptsBuilder::from_opts(self.opts.clone()).setup(Vec::<String>::new()).into();
        let mut conn = within(self.connect_timeout, Conn::new(opts)).await?.map_err(classify)?;
        let killed =
            mysql_async::prelude::Queryable::query_drop(&mut conn, format!("kill {what} {id}")).await;
        let _ = conn.disconnect().await;
        killed.map_err(classify)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// How many connections nobody uses.
    pub(crate) fn free(&self) -> usize {
        self.slots.available_permits()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Closes what is idle at once, and what is in use when it comes back. That is waited for, but not for ever: who never gives a
    /// connection back would keep everyone from ending.
    pub(crate) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.slots.close();
        let disconnected = self.runtime.spawn(self.pool.clone().disconnect());
        let ended = async {
            let _ = disconnected.await;
            while self.working.load(Ordering::Acquire) > 0 {
                sleep(LOOK).await;
            }
        };
        let _ = timeout(CLOSE, ended).await;
    }
}

fn record_wait(wait: Duration) {
    metrics::histogram!("bedplate_pool_wait_seconds", "engine" => MYSQL.name).record(wait.as_secs_f64());
}

/// Somebody or something that is counted as long as this lives.
pub(crate) struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}
