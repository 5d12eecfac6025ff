//! The sql contract on mysql.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bedplate_catalogue::MYSQL;
use bedplate_core::sql::{
    Begin, Dialect, Features, PoolStatus, Progress, Report, RowStream, Schema, SqlEngine, SqlLock,
    SqlTransaction, Statement, Tally,
};
use bedplate_core::{Address, BoxFuture, Error, Result};

use crate::connect::{Client, connect};

/// What the sql handle calls.
struct MysqlSql {
    client: Client,
}

/// Opens it.
pub(crate) fn open(address: Address) -> BoxFuture<Result<Arc<dyn SqlEngine>>> {
    Box::pin(async move {
        let client = connect(&address).await?;
        Ok(Arc::new(MysqlSql { client }) as Arc<dyn SqlEngine>)
    })
}

#[async_trait]
impl SqlEngine for MysqlSql {
    fn features(&self) -> Features {
        MYSQL.sql.as_ref().map_or(Features::NONE, |offer| offer.features)
    }

    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    async fn execute(&self, _statement: Statement) -> Result<u64> {
        Err(Error::unsupported("execute"))
    }

    async fn query(&self, _statement: Statement) -> Result<RowStream<'static>> {
        Err(Error::unsupported("query"))
    }

    async fn begin(&self, _begin: Begin) -> Result<Box<dyn SqlTransaction>> {
        Err(Error::unsupported("begin"))
    }

    async fn lock(&self, _name: &str, _wait: Duration) -> Result<Box<dyn SqlLock>> {
        Err(Error::unsupported("lock"))
    }

    async fn schema(&self) -> Result<Schema> {
        Err(Error::unsupported("schema"))
    }

    fn pool(&self) -> PoolStatus {
        Default::default()
    }

    async fn tally(&self) -> Result<Tally> {
        Err(Error::unsupported("tally"))
    }

    async fn backup(&self, _file: &Path, _progress: Progress<'_>) -> Result<Tally> {
        Err(Error::unsupported("backup"))
    }

    async fn restore(&self, _file: &Path, _progress: Progress<'_>) -> Result<()> {
        Err(Error::unsupported("restore"))
    }

    async fn report(&self) -> Result<Report> {
        Err(Error::unsupported("report"))
    }

    async fn close(&self) {}

    fn native(&self) -> &dyn Any {
        &self.client
    }
}
