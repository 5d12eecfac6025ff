//! Which databases a command works on: those of the plan, or the one that a URL names.

use std::path::PathBuf;

use bedplate_core::sql::{Migrations, Sql};
use bedplate_core::{Address, Capability, Engine, ErrorKind, Form};
use bedplate_manifest::{Plan, Profile, ServicePlan, SqlPlan};

use super::admin::server_of;
use super::secrets::Secrets;
use crate::commands::env::find;
use crate::commands::plan::planned_in;
use crate::exit::{Exit, Failure};
use crate::project::{Project, ProjectArgs};
use crate::shell::Shell;

/// The environment of a database that no manifest names.
const ALONE: &str = "none";

/// The environment whose databases are meant.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Where {
    /// The environment; without it, the one for development
    #[arg(short, long, value_name = "NAME")]
    pub(super) env: Option<String>,
}

/// A database that no manifest names.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Alone {
    /// A database, without a manifest
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
}

/// The migrations of a database that no manifest names.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Scripts {
    /// Its migrations, where a URL names the database
    #[arg(long, value_name = "FOLDER")]
    pub(super) migrations: Option<PathBuf>,
}

/// A manifest and an environment of it as it was planned.
pub(super) struct Site {
    pub(super) project: Project,
    pub(super) plan: Plan,
}

impl Site {
    /// Reads and plans. A manifest with errors is refused: what would be done with it is not what is meant.
    pub(super) fn read(project: &ProjectArgs, place: &Where, shell: &mut Shell) -> Result<Self, Failure> {
        let project = project.read()?;
        let planned = planned_in(&project, place.env.as_deref(), shell)?;
        if planned.exit == Exit::Problems {
            let failure = Failure::new("the manifest has errors").with_help("put them right first");
            return Err(Failure { exit: Exit::Problems, ..failure });
        }
        Ok(Self { project, plan: planned.plan })
    }

    /// Whether it is an environment for development.
    pub(super) fn is_development(&self) -> bool {
        self.plan.profile == Profile::Development
    }

    /// The services that are named, or all that have a database.
    pub(super) fn services(&self, names: &[String]) -> Result<Vec<(&ServicePlan, &SqlPlan)>, Failure> {
        if names.is_empty() {
            let all: Vec<_> =
                self.plan.services.iter().filter_map(|one| Some((one, one.sql.as_ref()?))).collect();
            if all.is_empty() {
                let message = format!("no service has a database in `{}`", self.plan.environment);
                return Err(Failure::new(message).with_help("`sql = true` in a service's table gives it one"));
            }
            return Ok(all);
        }
        let mut chosen: Vec<(&ServicePlan, &SqlPlan)> = Vec::new();
        for name in names {
            let service = find(&self.plan, name)?;
            let sql = service.sql.as_ref().ok_or_else(|| {
                let message = format!("`{name}` has no database in `{}`", self.plan.environment);
                Failure::new(message).with_help(format!("`sql = true` in `[services.{name}]` gives it one"))
            })?;
            if !chosen.iter().any(|(known, _)| known.name == service.name) {
                chosen.push((service, sql));
            }
        }
        Ok(chosen)
    }

    /// One service's database with the secrets in its address.
    pub(super) fn database(
        &self,
        service: &ServicePlan,
        sql: &SqlPlan,
        secrets: &Secrets,
    ) -> Result<Database, Failure> {
        let address = secrets.resolve(&sql.url)?;
        let engine = engine_of(&address)?;
        let path = sql.path.as_deref().filter(|_| engine.form == Form::Embedded);
        let (address, file) = match path {
            Some(path) => {
                let file = self.project.resolve(path);
                (address.with_path(file.to_string_lossy()), Some(file))
            }
            None => (address, None),
        };
        let scripts = self.scripts(service, sql);
        Ok(Database {
            service: service.name.clone(),
            environment: self.plan.environment.clone(),
            root: self.project.folder.clone(),
            address,
            engine,
            file,
            scripts: self.project.resolve(&scripts),
            scripts_named: sql.migrations.is_some(),
        })
    }

    /// The folder of a service's migrations: the one that the manifest names, or one beside the service. Services that share a folder have
    /// one each below it.
    pub(super) fn scripts(&self, service: &ServicePlan, sql: &SqlPlan) -> String {
        if let Some(folder) = &sql.migrations {
            return folder.clone();
        }
        let beside = |other: &&ServicePlan| other.sql.is_some() && other.dir == service.dir;
        let dir = if service.dir == "." {
            String::new()
        } else {
            format!("{}/", service.dir.trim_end_matches('/'))
        };
        match self.plan.services.iter().filter(beside).count() {
            0 | 1 => format!("{dir}migrations"),
            _ => format!("{dir}migrations/{}", service.name),
        }
    }
}

/// A database to work on.
pub(super) struct Database {
    pub(super) service: String,
    pub(super) environment: String,
    /// The folder from which its paths are read.
    pub(super) root: PathBuf,
    /// Where it is, with its password.
    pub(super) address: Address,
    pub(super) engine: &'static Engine,
    /// The file of an embedded engine.
    pub(super) file: Option<PathBuf>,
    /// The folder of its migrations.
    scripts: PathBuf,
    /// Whether somebody named that folder.
    scripts_named: bool,
}

impl Database {
    /// One that a URL names.
    pub(super) fn alone(url: &str, scripts: Option<PathBuf>) -> Result<Self, Failure> {
        let address = Address::parse(url).map_err(|error| Failure { exit: Exit::Usage, ..error.into() })?;
        let engine = engine_of(&address)?;
        Ok(Self {
            service: name_of(&address),
            environment: ALONE.into(),
            root: PathBuf::new(),
            file: (engine.form == Form::Embedded).then(|| PathBuf::from(address.path())),
            address,
            engine,
            scripts_named: scripts.is_some(),
            scripts: scripts.unwrap_or_else(|| PathBuf::from("migrations")),
        })
    }

    /// Where it is, for a person.
    pub(super) fn shown(&self) -> String {
        match &self.file {
            Some(file) => file.display().to_string(),
            None => format!("{}/{}", server_of(&self.address), self.address.name()),
        }
    }

    /// Opens it, and makes the file of an embedded engine where there is none.
    pub(super) async fn open_or_make(&self) -> Result<Sql, Failure> {
        let opened = bedplate::sql(&self.address.reveal()).await;
        let sql = opened.map_err(|error| self.explain(error))?;
        // A pool may connect only when it is used, and whoever reads this wants to know at once.
        sql.ping().await.map_err(|error| self.explain(error))?;
        Ok(sql)
    }

    /// Opens it; a file that isn't there is an error.
    pub(super) async fn open(&self) -> Result<Sql, Failure> {
        if let Some(file) = self.file.as_ref().filter(|file| !file.exists()) {
            let failure = Failure::new(format!("there is no database at `{}` yet", file.display()));
            return Err(failure.with_help("`bedplate db create` or `bedplate db migrate` makes it"));
        }
        self.open_or_make().await
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

    /// Its migrations. Where nobody named their folder and there is none, or nothing in it, there are no migrations.
    pub(super) fn migrations(&self) -> Result<Migrations, Failure> {
        match bedplate::migrations_from(&self.scripts) {
            Err(error) if error.kind() == ErrorKind::NotFound && !self.scripts_named => {
                Ok(Migrations::default())
            }
            read => Ok(read?),
        }
    }

    /// The folder of its migrations.
    pub(super) fn scripts(&self) -> &PathBuf {
        &self.scripts
    }
}

/// The failure of a server that can't be reached says where it was looked for, and what to do.
pub(super) fn unreached(error: bedplate_core::Error, engine: &Engine, place: &str) -> Failure {
    let away = matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::TimedOut);
    let failure = Failure::from(error);
    if !away || engine.form == Form::Embedded {
        return failure;
    }
    failure.with_help(format!("start {} at `{place}`, or correct the address", engine.title))
}

/// What to call a database that no manifest names: its own name, or its file's.
fn name_of(address: &Address) -> String {
    let last = address.name().rsplit('/').next().unwrap_or_default();
    let stem = last.split('.').find(|part| !part.is_empty()).unwrap_or_default();
    let name = stem.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_', "-");
    if name.is_empty() { "database".into() } else { name }
}

/// The engine that an address chooses, where this build can open it.
fn engine_of(address: &Address) -> Result<&'static Engine, Failure> {
    Ok(bedplate::driver_for(address, Capability::Sql)?.engine)
}

/// The databases that are meant: of the services that are named or of all, or the one that a URL names.
pub(super) fn databases(
    project: &ProjectArgs,
    place: &Where,
    names: &[String],
    alone: (&Alone, Option<&Scripts>),
    shell: &mut Shell,
) -> Result<Vec<Database>, Failure> {
    let (alone, scripts) = (alone.0, alone.1.and_then(|scripts| scripts.migrations.clone()));
    if let Some(url) = &alone.url {
        if !names.is_empty() || place.env.is_some() {
            return Err(Failure::usage("a URL names a database by itself")
                .with_help("leave the services and `--env` out, or the URL"));
        }
        return Ok(vec![Database::alone(url, scripts)?]);
    }
    if scripts.is_some() {
        return Err(Failure::usage("`--migrations` belongs to `--url`")
            .with_help("a service's folder is `migrations` in its `sql` table of the manifest"));
    }
    let site = Site::read(project, place, shell)?;
    let services = site.services(names)?;
    let urls: Vec<&str> = services.iter().map(|(_, sql)| sql.url.as_str()).collect();
    let secrets = Secrets::all(&site.project, &site.plan, &urls)?;
    services.into_iter().map(|(service, sql)| site.database(service, sql, &secrets)).collect()
}
