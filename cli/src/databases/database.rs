//! One database to work on: where it is, how it is opened, and its migrations.

use std::path::{Path, PathBuf};

use bedplate_backup::Owner;
use bedplate_core::sql::{Migrations, Sql};
use bedplate_core::{Address, Capability, Engine, ErrorKind, Form};

use super::admin::server_of;
use crate::exit::{Exit, Failure};

/// The environment of a database that no manifest names.
const ALONE: &str = "none";

/// A database to work on.
pub(crate) struct Database {
    pub(crate) service: String,
    pub(crate) environment: String,
    /// Whose its backups are.
    pub(crate) owner: Owner,
    /// Where it is, with its password.
    pub(crate) address: Address,
    pub(crate) engine: &'static Engine,
    /// The file of an embedded engine.
    pub(crate) file: Option<PathBuf>,
    /// The folder of its migrations.
    pub(super) scripts: PathBuf,
    /// Whether somebody named that folder.
    pub(super) scripts_named: bool,
}

impl Database {
    /// One that a URL names.
    pub(crate) fn alone(url: &str, scripts: Option<PathBuf>) -> Result<Self, Failure> {
        let address = Address::parse(url).map_err(|error| Failure { exit: Exit::Usage, ..error.into() })?;
        let engine = engine_of(&address)?;
        Ok(Self {
            service: name_of(&address),
            environment: ALONE.into(),
            owner: owner_of(&address, engine),
            file: (engine.form == Form::Embedded).then(|| PathBuf::from(address.path())),
            address,
            engine,
            scripts_named: scripts.is_some(),
            scripts: scripts.unwrap_or_else(|| PathBuf::from("migrations")),
        })
    }

    /// Where it is, for a person.
    pub(crate) fn shown(&self) -> String {
        match &self.file {
            Some(file) => file.display().to_string(),
            None => format!("{}/{}", server_of(&self.address), self.address.name()),
        }
    }

    /// Opens it, and makes the file of an embedded engine where there is none.
    pub(crate) async fn open_or_make(&self) -> Result<Sql, Failure> {
        let opened = bedplate::sql(&self.address.reveal()).await;
        let sql = opened.map_err(|error| self.explain(error))?;
        // A pool may connect only when it is used, and whoever reads this wants to know at once.
        sql.ping().await.map_err(|error| self.explain(error))?;
        Ok(sql)
    }

    /// Opens it; a file that isn't there is an error.
    pub(crate) async fn open(&self) -> Result<Sql, Failure> {
        if let Some(file) = self.file.as_ref().filter(|file| !file.exists()) {
            let failure = Failure::new(format!("there is no database at `{}` yet", file.display()));
            return Err(failure.with_help("`bedplate db create` or `bedplate db migrate` makes it"));
        }
        self.open_or_make().await
    }

    /// Removes the file of an embedded engine with those beside it, unless there is a table in it.
    pub(crate) async fn remove_empty(&self) {
        let (Some(file), Ok(sql)) = (&self.file, self.open().await) else { return };
        let is_empty = sql.schema().await.is_ok_and(|schema| schema.tables.is_empty());
        sql.close().await;
        for ending in ["", "-wal", "-shm", "-journal"].iter().filter(|_| is_empty) {
            let mut path = file.clone().into_os_string();
            path.push(ending);
            // What isn't there needs no removing, and why the restore failed is what is told.
            let _ = std::fs::remove_file(path);
        }
    }

    /// What to do where it can't be opened.
    fn explain(&self, error: bedplate_core::Error) -> Failure {
        let kind = error.kind();
        let failure = unreached(error, self.engine, &self.shown());
        let ours = self.environment != ALONE;
        match kind {
            ErrorKind::NotFound if ours => {
                failure.with_help("`bedplate db create` makes the database and its role")
            }
            ErrorKind::Denied if ours && self.engine.form != Form::Embedded => failure
                .with_help("`bedplate db create` makes the role, and gives it the password that is set here"),
            _ => failure,
        }
    }

    /// Its migrations. Where nobody named their folder and there is none, or nothing in it, a service has no migrations; whose those of a URL's
    /// database are must be said.
    pub(crate) fn migrations(&self) -> Result<Migrations, Failure> {
        self.found_migrations()?.ok_or_else(|| {
            let message = format!("there are no migrations in `{}`", self.scripts.display());
            Failure::new(message).with_help("`--migrations` names their folder")
        })
    }

    /// Its migrations; `None` where nobody knows where those of a URL's database are.
    pub(crate) fn found_migrations(&self) -> Result<Option<Migrations>, Failure> {
        match bedplate::migrations_from(&self.scripts) {
            Err(error) if error.kind() == ErrorKind::NotFound && !self.scripts_named => {
                Ok(Some(Migrations::default()).filter(|_| self.environment != ALONE))
            }
            read => Ok(Some(read?)),
        }
    }

    /// The folder of its migrations.
    pub(crate) fn scripts(&self) -> &PathBuf {
        &self.scripts
    }
}

/// The failure of a server that can't be reached says where it was looked for, and what to do.
pub(crate) fn unreached(error: bedplate_core::Error, engine: &Engine, place: &str) -> Failure {
    let away = matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::TimedOut);
    let failure = Failure::from(error);
    if !away || engine.form == Form::Embedded {
        return failure;
    }
    failure.with_help(format!("start {} at `{place}`, or correct the address", engine.title))
}

/// Whose the backups of a database are that no manifest names: the same one's by however many spellings of its place as can be told.
fn owner_of(address: &Address, engine: &Engine) -> Owner {
    if engine.form == Form::Embedded {
        let path = Path::new(address.path());
        let whole = path.canonicalize().or_else(|_| std::path::absolute(path));
        return Owner::alone(engine.name, "", &whole.as_deref().unwrap_or(path).to_string_lossy());
    }
    let default = engine.ports.first().map_or(0, |port| port.number);
    let server = |(host, port): (&str, u16)| format!("{}:{port}", host.to_lowercase());
    let hosts = address.hosts().iter().map(|(host, port)| server((host, port.unwrap_or(default))));
    let mut servers = hosts.collect::<Vec<_>>().join(",");
    if servers.is_empty() {
        servers = server(("localhost", default));
    }
    // A server takes the user's name for the database's where none is named.
    let name = Some(address.name()).filter(|name| !name.is_empty()).or(address.user());
    Owner::alone(engine.name, &servers, name.unwrap_or_default())
}

/// What to call a database that no manifest names: its own name, or its file's.
fn name_of(address: &Address) -> String {
    let last = address.name().rsplit('/').next().unwrap_or_default();
    let stem = last.split('.').find(|part| !part.is_empty()).unwrap_or_default();
    let name = stem.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_', "-");
    if name.is_empty() { "database".into() } else { name }
}

/// The engine that an address chooses, where this build can open it.
pub(super) fn engine_of(address: &Address) -> Result<&'static Engine, Failure> {
    Ok(bedplate::driver_for(address, Capability::Sql)?.engine)
}
