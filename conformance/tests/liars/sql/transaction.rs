//! The transactions of an engine that lies.

use std::sync::Arc;

use async_trait::async_trait;
use bedplate_core::Result;
use bedplate_core::sql::{Begin, RowStream, SqlEngine, SqlTransaction, Statement};

use super::bend::is_about_tenants;
use super::lie::Lie;

/// A transaction over the honest one; without one where the lie is that there is any.
pub(super) struct LyingTransaction {
    pub(super) engine: Arc<dyn SqlEngine>,
    pub(super) inner: Option<Box<dyn SqlTransaction>>,
    pub(super) lie: Lie,
    pub(super) late: Vec<Statement>,
}

#[async_trait]
impl SqlTransaction for LyingTransaction {
    async fn execute(&mut self, statement: Statement) -> Result<u64> {
        if self.lie == Lie::ForgetsTenants && is_about_tenants(&statement.text) {
            return Ok(0);
        }
        if self.lie == Lie::CommitsTables && statement.text.starts_with("create table") {
            if let Some(inner) = self.inner.take() {
                inner.commit().await?;
            }
            self.engine.execute(statement).await?;
            self.inner = Some(self.engine.begin(Begin::new()).await?);
            return Ok(0);
        }
        if self.lie == Lie::WritesLate {
            self.late.push(statement);
            return Ok(1);
        }
        match &mut self.inner {
            Some(inner) => self.lie.blur(inner.execute(self.lie.bend(statement)).await),
            None => self.engine.execute(statement).await,
        }
    }

    async fn query(&mut self, statement: Statement) -> Result<RowStream<'_>> {
        let text = statement.text.clone();
        let rows = match &mut self.inner {
            Some(inner) => inner.query(self.lie.bend(statement)).await?,
            None => self.engine.query(statement).await?,
        };
        Ok(self.lie.bend_rows(&text, rows))
    }

    async fn script(&mut self, text: &str) -> Result<()> {
        match &mut self.inner {
            Some(inner) => inner.script(text).await,
            None => {
                for text in text.split(';').filter(|text| !text.trim().is_empty()) {
                    self.engine.execute(Statement::new(text)).await?;
                }
                Ok(())
            }
        }
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        if !self.late.is_empty() {
            let mut tx = self.engine.begin(Begin::new()).await?;
            for statement in self.late.drain(..) {
                tx.execute(statement).await?;
            }
            return tx.commit().await;
        }
        match self.inner.take() {
            Some(inner) if self.lie == Lie::ForgetsCommits => inner.rollback().await,
            Some(inner) => inner.commit().await,
            None => Ok(()),
        }
    }

    async fn rollback(mut self: Box<Self>) -> Result<()> {
        match self.inner.take() {
            Some(inner) if self.lie == Lie::CommitsRollbacks => inner.commit().await,
            Some(inner) => inner.rollback().await,
            None => Ok(()),
        }
    }
}

impl Drop for LyingTransaction {
    fn drop(&mut self) {
        if self.lie == Lie::CommitsDropped
            && let Some(inner) = self.inner.take()
        {
            tokio::spawn(inner.commit());
        }
    }
}
