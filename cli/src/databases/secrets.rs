//! The secrets in a plan's addresses: found in the environment or in `.env`, and made where that is ours to do.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use bedplate_core::Address;
use bedplate_core::uuid::Uuid;
use bedplate_manifest::{Plan, Profile, Secret};

use crate::exit::Failure;
use crate::project::{DOTENV, Project};

/// The values of secrets by their variables. They are never printed: there is no `Debug`.
#[derive(Default)]
pub(crate) struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Those in these addresses of a plan, and those among them that have no value.
    pub(crate) fn find<'p>(project: &Project, plan: &'p Plan, urls: &[&str]) -> (Self, Vec<&'p Secret>) {
        let (mut found, mut missing) = (Self::default(), Vec::new());
        let used = |secret: &&Secret| urls.iter().any(|url| url.contains(&reference(&secret.variable)));
        for secret in plan.secrets.iter().filter(used) {
            match project.value(&secret.variable) {
                Some(value) => _ = found.0.insert(secret.variable.clone(), value),
                None => missing.push(secret),
            }
        }
        (found, missing)
    }

    /// Those in these addresses of a plan; an error that names all that have no value.
    pub(crate) fn all(project: &Project, plan: &Plan, urls: &[&str]) -> Result<Self, Failure> {
        let (found, missing) = Self::find(project, plan, urls);
        if missing.is_empty() { Ok(found) } else { Err(unset(plan, &missing)) }
    }

    /// Makes a value for a secret of our own.
    pub(crate) fn make(&mut self, variable: &str) {
        let value = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        self.0.insert(variable.into(), value);
    }

    /// An address with the values in place of their references.
    pub(crate) fn resolve(&self, url: &str) -> Result<Address, Failure> {
        let mut text = url.to_string();
        for (variable, value) in &self.0 {
            // As it stands, which is how a shell or a container puts it into the service's own variable.
            text = text.replace(&reference(variable), value);
        }
        Ok(Address::parse(&text)?)
    }

    /// Adds these variables to the `.env` beside the manifest. Only this user can read it then.
    pub(crate) fn write(&self, project: &Project, variables: &[&str]) -> Result<PathBuf, Failure> {
        let path = project.folder.join(DOTENV);
        let failed = |why: std::io::Error| {
            Failure::new(format!("`{}` can't be written: {why}", path.display()))
                .with_help(format!("set {} yourself", named(variables)))
        };
        let before = match std::fs::read(&path) {
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(failed)?,
        };
        let mut lines = String::new();
        if !before.is_empty() && !before.ends_with(b"\n") {
            lines.push('\n');
        }
        for variable in variables {
            let value = self.0.get(*variable).map(String::as_str).unwrap_or_default();
            lines.push_str(&format!("{variable}={value}\n"));
        }
        let mut file =
            std::fs::File::options().append(true).create(true).mode(0o600).open(&path).map_err(failed)?;
        file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        file.write_all(lines.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(path)
    }
}

/// How a plan's text refers to a secret.
fn reference(variable: &str) -> String {
    format!("${{{variable}}}")
}

/// The error that names the variables that aren't set.
pub(crate) fn unset(plan: &Plan, missing: &[&Secret]) -> Failure {
    let variables: Vec<&str> = missing.iter().map(|secret| secret.variable.as_str()).collect();
    let (isnt, made) =
        (if variables.len() == 1 { "is" } else { "are" }, missing.iter().all(|one| one.generated));
    let failure = Failure::new(format!("{} {isnt} not set", named(&variables)));
    let help = "set what is missing in the environment or in `.env` beside the manifest";
    let flag = if plan.profile == Profile::Development { "" } else { " --write-secrets" };
    failure.with_help(match made {
        true => format!("{help}; `bedplate db create{flag}` makes values and writes them there"),
        false => help.into(),
    })
}

/// `A`, `B` and so on, in backticks.
fn named(variables: &[&str]) -> String {
    variables.iter().map(|variable| format!("`{variable}`")).collect::<Vec<_>>().join(", ")
}
