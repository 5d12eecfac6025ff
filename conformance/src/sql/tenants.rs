//! Tenants: rows that a transaction can neither see nor write because they are another one's.

use bedplate_core::sql::{Begin, Sql, Transaction};
use bedplate_core::{ErrorKind, Result};

use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// A table with a policy, and a role to whom policies apply where they don't to the connection's own.
struct Ground {
    table: String,
    role: Option<String>,
}

impl Ground {
    async fn prepare(subject: &Subject<Sql>) -> Result<Self> {
        let sql = &subject.handle;
        let table =
            subject.table("notes", "id bigint not null primary key, tenant text not null, v text").await?;
        for (id, tenant) in [(1, "ours"), (2, "ours"), (3, "theirs")] {
            let insert = format!("insert into {table} (id, tenant, v) values ($1, $2, 'secret')");
            sql.query(insert).bind(id).bind(tenant).execute().await?;
        }
        sql.query(format!("alter table {table} enable row level security")).execute().await?;
        sql.query(format!("alter table {table} force row level security")).execute().await?;
        let policy = "tenant = current_setting('bedplate.tenant', true)";
        sql.query(format!("create policy own on {table} using ({policy}) with check ({policy})"))
            .execute()
            .await?;
        // Administrators stand above every policy.
        let above: bool = sql
            .query("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
            .fetch_one()
            .await?;
        let mut ground = Self { table, role: None };
        if above {
            let role = subject.name("tenant");
            sql.query(format!("create role {role}")).execute().await?;
            sql.query(format!("grant select, insert, update, delete on {} to {role}", ground.table))
                .execute()
                .await?;
            ground.role = Some(role);
        }
        Ok(ground)
    }

    async fn begin(&self, sql: &Sql, tenant: Option<&str>) -> Result<Transaction> {
        let begin = tenant.map_or_else(Begin::new, |tenant| Begin::new().tenant(tenant));
        let mut tx = sql.begin(begin).await?;
        if let Some(role) = &self.role {
            tx.query(format!("set local role {role}")).execute().await?;
        }
        Ok(tx)
    }

    async fn remove(self, sql: &Sql) -> Result<()> {
        if let Some(role) = self.role {
            sql.query(format!("drop owned by {role}")).execute().await?;
            sql.query(format!("drop role {role}")).execute().await?;
        }
        Ok(())
    }
}

pub(super) async fn a_tenant_sees_and_writes_its_own_rows_only(subject: &Subject<Sql>) -> Verdict {
    let ground = Ground::prepare(subject).await?;
    let verdict = keeps_apart(subject, &ground).await;
    verdict.and(ground.remove(&subject.handle).await.map_err(Into::into))
}

async fn keeps_apart(subject: &Subject<Sql>, ground: &Ground) -> Verdict {
    let (sql, table) = (&subject.handle, &ground.table);
    let mut tx = ground.begin(sql, Some("ours")).await?;
    // The forgotten WHERE.
    let ids: Vec<i64> = tx.query(format!("select id from {table} order by id")).fetch_all().await?;
    ensure_eq!(ids, [1, 2], "the rows that a tenant sees");
    let updated = tx.query(format!("update {table} set v = 'changed'")).execute().await?;
    ensure_eq!(updated, 2, "the rows that a tenant updates");
    let deleted = tx.query(format!("delete from {table} where id = 3")).execute().await?;
    ensure_eq!(deleted, 0, "another tenant's rows that are deleted");
    tx.query(format!("insert into {table} (id, tenant, v) values (4, 'ours', '')")).execute().await?;
    let insert = format!("insert into {table} (id, tenant, v) values (5, 'theirs', '')");
    refused(tx.query(insert).execute().await, ErrorKind::Denied, "a row for another tenant")?;
    tx.rollback().await?;
    // A name is a value, whatever it looks like.
    let mut tx = ground.begin(sql, Some("x' or '1'='1")).await?;
    let seen: i64 = tx.query(format!("select count(*) from {table}")).fetch_one().await?;
    ensure_eq!(seen, 0, "rows that a hostile tenant sees");
    tx.commit().await?;
    Ok(())
}

pub(super) async fn a_tenant_is_forgotten_with_its_transaction(subject: &Subject<Sql>) -> Verdict {
    let ground = Ground::prepare(subject).await?;
    let verdict = forgets(subject, &ground).await;
    verdict.and(ground.remove(&subject.handle).await.map_err(Into::into))
}

async fn forgets(subject: &Subject<Sql>, ground: &Ground) -> Verdict {
    let count = format!("select count(*) from {}", ground.table);
    // Each connection of the pool has had a tenant; how its transaction ended makes no difference.
    for round in 0..subject.handle.pool().limit * 3 {
        let mut tx = ground.begin(&subject.handle, Some("ours")).await?;
        let seen: i64 = tx.query(&count).fetch_one().await?;
        ensure_eq!(seen, 2, "rows that the tenant sees");
        match round % 3 {
            0 => tx.commit().await?,
            1 => tx.rollback().await?,
            _ => drop(tx),
        }
        let mut tx = ground.begin(&subject.handle, None).await?;
        let seen: i64 = tx.query(&count).fetch_one().await?;
        ensure_eq!(seen, 0, "rows that nobody's transaction sees");
        tx.rollback().await?;
    }
    Ok(())
}

pub(super) async fn a_transaction_of_a_tenant_is_refused(subject: &Subject<Sql>) -> Verdict {
    for begin in
        [Begin::new().tenant("ours"), Begin::new().tenant(""), Begin::new().read_only().tenant("ours")]
    {
        let error = refused(subject.handle.begin(begin).await, ErrorKind::Unsupported, "a tenant")?;
        ensure!(error.message().contains("tenant"), "the promise is not named: {error}");
    }
    Ok(())
}
