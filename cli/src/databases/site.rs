//! Which databases a command works on: those of the plan, or the one that a URL names.

use std::path::PathBuf;

use bedplate_backup::Owner;
use bedplate_core::Form;
use bedplate_manifest::{Plan, Profile, ServicePlan, SqlPlan};

use super::database::{Database, engine_of};
use super::secrets::{Secrets, from_variable};
use crate::commands::env::find;
use crate::commands::plan::planned_in;
use crate::exit::{Exit, Failure};
use crate::project::{Project, ProjectArgs};
use crate::shell::{Shell, Tone, paint};

/// The environment whose databases are meant.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Where {
    /// The environment; without it, the one for development
    #[arg(short, long, value_name = "NAME")]
    pub(crate) env: Option<String>,
}

/// A database that no manifest names.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Alone {
    /// A database, without a manifest; `env:NAME` takes the URL from the variable NAME, out of sight of other users
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
}

impl Alone {
    /// The URL that is given.
    pub(crate) fn read(&self) -> Result<Option<String>, Failure> {
        self.url.as_deref().map(from_variable).transpose()
    }
}

/// The migrations of a database that no manifest names.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Scripts {
    /// Its migrations, where a URL names the database
    #[arg(long, value_name = "FOLDER")]
    pub(crate) migrations: Option<PathBuf>,
}

/// A manifest and an environment of it as it was planned.
pub(crate) struct Site {
    pub(crate) project: Project,
    pub(crate) plan: Plan,
}

impl Site {
    /// Reads and plans. A manifest with errors is refused: what would be done with it is not what is meant.
    pub(crate) fn read(project: &ProjectArgs, place: &Where, shell: &mut Shell) -> Result<Self, Failure> {
        let project = project.read()?;
        if !project.odd_lines.is_empty() {
            let lines = project.odd_lines.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
            let note = paint(Tone::Warning, "note");
            shell.say(format!("{note} no variable is read from `.env` at line {lines}: write `NAME=value`"));
        }
        let planned = planned_in(&project, place.env.as_deref(), shell)?;
        if planned.exit == Exit::Problems {
            let failure = Failure::new("the manifest has errors").with_help("put them right first");
            return Err(Failure { exit: Exit::Problems, ..failure });
        }
        Ok(Self { project, plan: planned.plan })
    }

    /// Whether it is an environment for development.
    pub(crate) fn is_development(&self) -> bool {
        self.plan.profile == Profile::Development
    }

    /// The services that are named, or all that have a database.
    pub(crate) fn services(&self, names: &[String]) -> Result<Vec<(&ServicePlan, &SqlPlan)>, Failure> {
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
    pub(crate) fn database(
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
            owner: self.owner(&service.name),
            address,
            engine,
            file,
            scripts: self.project.resolve(&scripts),
            scripts_named: sql.migrations.is_some(),
        })
    }

    /// Whose the backups of a service's database are.
    pub(crate) fn owner(&self, service: &str) -> Owner {
        Owner::new(&self.plan.platform, &self.plan.environment, service)
    }

    /// The folder of a service's migrations: the one that the manifest names, or one beside the service. Services that share a folder have
    /// one each below it.
    pub(crate) fn scripts(&self, service: &ServicePlan, sql: &SqlPlan) -> String {
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

/// The databases to work on.
pub(crate) struct Chosen {
    /// The manifest's folder.
    pub(crate) root: PathBuf,
    /// Each by its service. One that can't be worked on is in no other one's way.
    pub(crate) databases: Vec<(String, Result<Database, Failure>)>,
}

/// The databases that are meant: of the services that are named or of all, or the one that a URL names.
pub(crate) fn databases(
    project: &ProjectArgs,
    place: &Where,
    names: &[String],
    alone: (&Alone, Option<&Scripts>),
    shell: &mut Shell,
) -> Result<Chosen, Failure> {
    let (alone, scripts) = (alone.0, alone.1.and_then(|scripts| scripts.migrations.clone()));
    if let Some(url) = alone.read()? {
        if !names.is_empty() || place.env.is_some() {
            return Err(Failure::usage("a URL names a database by itself")
                .with_help("leave the services and `--env` out, or the URL"));
        }
        let database = Database::alone(&url, scripts)?;
        return Ok(Chosen {
            root: PathBuf::new(),
            databases: vec![(database.service.clone(), Ok(database))],
        });
    }
    if scripts.is_some() {
        return Err(Failure::usage("`--migrations` belongs to `--url`")
            .with_help("a service's folder is `migrations` in its `sql` table of the manifest"));
    }
    let site = Site::read(project, place, shell)?;
    let open = |(service, sql): (&ServicePlan, &SqlPlan)| {
        let secrets = Secrets::all(&site.project, &site.plan, &[&sql.url]);
        (service.name.clone(), secrets.and_then(|secrets| site.database(service, sql, &secrets)))
    };
    let databases = site.services(names)?.into_iter().map(open).collect();
    Ok(Chosen { root: site.project.folder.clone(), databases })
}
