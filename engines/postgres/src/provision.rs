//! A database and a role of its own for each service, made by the server's administrator, who need not be a superuser.

use std::time::Duration;

use bedplate_core::sql::{Dialect, Made, NewDatabase, Provision};
use bedplate_core::{Address, BoxFuture, Error, ErrorKind, Result};
use postgres_protocol::password::scram_sha_256;
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use crate::connect::Link;
use crate::error::{Refusal, classify};

/// Keeps two administrators from making the same database at once; a number of our own among advisory locks.
const LOCK: i64 = 0x6265_6470_7072_6f76;
/// Each database has advisory locks of its own: administrators meet in the first of these that they may open.
const MEETING: [&str; 2] = ["postgres", "template1"];
/// How long the others may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// From this version on nobody but its owner may make tables in a new database's schema `public`.
const CLOSED_PUBLIC: i32 = 150_000;
/// From this version on `drop database` ends the connections itself.
const FORCED_DROP: i32 = 130_000;

/// How PostgreSQL's administrator makes and removes databases.
pub(crate) const PROVISION: Provision = Provision { create, remove };

fn create(address: Address, wanted: NewDatabase) -> BoxFuture<Result<Made>> {
    Box::pin(async move {
        let administrator = Administrator::connect(&address, &wanted).await?;
        administrator.create(&address, &wanted).await
    })
}

fn remove(address: Address, wanted: NewDatabase) -> BoxFuture<Result<()>> {
    Box::pin(async move { Administrator::connect(&address, &wanted).await?.remove(&wanted).await })
}

/// A connection with which databases and roles are made. Nobody else makes any while it lives.
struct Administrator {
    client: Client,
    version: i32,
    is_superuser: bool,
    /// The role's attributes that no service may have; `None` where there is no such role.
    role: Option<bool>,
    /// The role that owns the database; `None` where there is none.
    owner: Option<String>,
    /// Another database that the role may open, and not because everyone may; `None` where there is none.
    elsewhere: Option<String>,
}

const ASK: &str = "
select current_setting('server_version_num')::int,
  (select rolsuper from pg_roles where rolname = current_user),
  (select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls or rolname = current_user
   from pg_roles where rolname = $1),
  (select pg_get_userbyid(datdba)::text from pg_database where datname = $2),
  (select d.datname::text from pg_database d join pg_roles r on r.rolname = $1
   where d.datname <> $2 and (pg_has_role(r.oid, d.datdba, 'member') or exists (
     select from aclexplode(d.datacl) granted where case when granted.grantee = 0 then false else pg_has_role(r.oid, granted.grantee, 'member') end))
   order by d.datname limit 1)";

impl Administrator {
    async fn connect(address: &Address, wanted: &NewDatabase) -> Result<Self> {
        wanted.check()?;
        let client = meet(address).await?;
        lock(&client).await?;
        let row = client.query_one(ASK, &[&wanted.role, &wanted.name]).await.map_err(classify)?;
        let (version, is_superuser) = (row.try_get(0).map_err(classify)?, row.try_get(1).map_err(classify)?);
        let (role, owner) = (row.try_get(2).map_err(classify)?, row.try_get(3).map_err(classify)?);
        let elsewhere = row.try_get(4).map_err(classify)?;
        let this = Self { client, version, is_superuser, role, owner, elsewhere };
        this.refuse_strangers(wanted)?;
        Ok(this)
    }

    /// What someone else made isn't touched.
    fn refuse_strangers(&self, wanted: &NewDatabase) -> Result<()> {
        let conflict =
            |message: String| Err(Error::new(ErrorKind::Conflict, message).with_help("choose another name"));
        match &self.owner {
            Some(owner) if *owner != wanted.role => {
                return conflict(format!(
                    "the database `{}` belongs to the role `{owner}` and not to `{}`",
                    wanted.name, wanted.role
                ));
            }
            _ => {}
        }
        if self.role == Some(true) {
            return conflict(format!("the role `{}` has more rights than a service's may have", wanted.role));
        }
        if let Some(other) = &self.elsewhere {
            let role = &wanted.role;
            return conflict(format!(
                "the role `{role}` owns the database `{other}` or was granted rights on it"
            ));
        }
        Ok(())
    }

    async fn create(&self, address: &Address, wanted: &NewDatabase) -> Result<Made> {
        let made = Made { role: self.role.is_none(), database: self.owner.is_none() };
        self.make_role(wanted).await?;
        let (name, role) = (quote(&wanted.name), quote(&wanted.role));
        if made.database {
            self.run(&format!(
                "create database {name} owner {role} template template0 {}",
                self.locale().await?
            ))
            .await?;
        }
        self.run(&format!("revoke all on database {name} from public")).await?;
        self.furnish(address, wanted).await?;
        Ok(made)
    }

    /// Makes the role, or gives it the password.
    async fn make_role(&self, wanted: &NewDatabase) -> Result<()> {
        // The server gets what it would keep of the password, and its log never sees the password itself.
        let (role, verifier) = (quote(&wanted.role), scram_sha_256(wanted.password.as_bytes()));
        if self.role.is_some() {
            self.run(&format!("alter role {role} login password '{verifier}'")).await?;
        } else {
            let rights = "login nosuperuser nocreatedb nocreaterole noreplication nobypassrls";
            self.run(&format!("create role {role} {rights} password '{verifier}'")).await?;
        }
        // Only a member can make another role the owner of something.
        if !self.is_superuser {
            self.run(&format!("grant {role} to current_user")).await?;
        }
        Ok(())
    }

    /// Texts in the order of their bytes, on every server alike. What counts as a letter stays as the server has it, where that fits.
    async fn locale(&self) -> Result<String> {
        let ask = "select encoding = pg_char_to_encoding('UTF8') or datctype in ('C', 'POSIX') from pg_database where datname = 'template0'";
        let row = self.client.query_one(ask, &[]).await.map_err(classify)?;
        let fits: bool = row.try_get(0).map_err(classify)?;
        let letters = if fits { "" } else { " lc_ctype 'C'" };
        let provider = if self.version >= CLOSED_PUBLIC { " locale_provider libc" } else { "" };
        Ok(format!("encoding 'UTF8' lc_collate 'C'{letters}{provider}"))
    }

    /// Does what has to be done inside of the database.
    async fn furnish(&self, address: &Address, wanted: &NewDatabase) -> Result<()> {
        let open_public = self.version < CLOSED_PUBLIC && self.is_superuser;
        if wanted.extensions.is_empty() && !open_public {
            return Ok(());
        }
        let inside = Link::new(&address.clone().with_path(format!("/{}", wanted.name)))?.connect().await?;
        let mut script = String::new();
        if open_public {
            let role = quote(&wanted.role);
            script =
                format!("grant all on schema public to {role}; revoke create on schema public from public;");
        }
        for extension in &wanted.extensions {
            script.push_str(&format!("create extension if not exists {};", quote(extension)));
        }
        inside.batch_execute(&script).await.map_err(classify)
    }

    async fn remove(&self, wanted: &NewDatabase) -> Result<()> {
        let (name, role) = (quote(&wanted.name), quote(&wanted.role));
        if self.role.is_some() && !self.is_superuser {
            self.run(&format!("grant {role} to current_user")).await?;
        }
        if self.owner.is_some() && self.version >= FORCED_DROP {
            self.run(&format!("drop database if exists {name} with (force)")).await?;
        } else if self.owner.is_some() {
            self.run(&format!("alter database {name} allow_connections false")).await?;
            let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
            self.client.execute(end, &[&wanted.name]).await.map_err(classify)?;
            self.run(&format!("drop database if exists {name}")).await?;
        }
        if self.role.is_none() {
            return Ok(());
        }
        let dropped = self.client.batch_execute(&format!("drop role if exists {role}")).await;
        dropped.map_err(|error| match error.code() {
            Some(&tokio_postgres::error::SqlState::DEPENDENT_OBJECTS_STILL_EXIST) => {
                let message = format!("the role `{}` owns something outside of its database", wanted.role);
                Error::new(ErrorKind::Conflict, message).with_source(classify(error))
            }
            _ => classify(error),
        })
    }

    async fn run(&self, text: &str) -> Result<()> {
        self.client.batch_execute(text).await.map_err(classify)
    }
}

fn quote(name: &str) -> String {
    Dialect::Postgres.quote(name)
}

/// Connects where administrators meet. On a server on which this one may open neither database, it meets those who come by the same URL.
async fn meet(address: &Address) -> Result<Client> {
    for name in MEETING {
        let there = address.clone().with_path(format!("/{name}"));
        match Link::new(&there)?.connect().await {
            Err(error) if is_not_to_be_opened(&error) => {}
            connected => return connected,
        }
    }
    Link::new(address)?.connect().await
}

/// Whether it is this database that isn't there or is closed to this role, and not the server.
fn is_not_to_be_opened(error: &Error) -> bool {
    let refusal = std::error::Error::source(error).and_then(|source| source.downcast_ref::<Refusal>());
    // Not there, no right to connect, no line for it in the server's rules, no connections allowed.
    refusal.is_some_and(|refusal| ["3D000", "42501", "28000", "55000"].contains(&refusal.code.as_str()))
}

/// Takes the lock for as long as the connection lives.
async fn lock(client: &Client) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let row = client.query_one("select pg_try_advisory_lock($1)", &[&LOCK]).await.map_err(classify)?;
        if row.try_get(0).map_err(classify)? {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let message = format!("others were making databases on this server for {PATIENCE:?}");
            return Err(Error::new(ErrorKind::TimedOut, message)
                .with_help("look for a session that holds an advisory lock in `pg_locks`"));
        }
        sleep(PAUSE).await;
    }
}
