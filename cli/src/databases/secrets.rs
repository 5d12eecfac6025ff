//! The secrets in a plan's addresses: found in the environment or in `.env`, and made where that is ours to do.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use bedplate_core::Address;
use bedplate_core::address::percent_encode;
use bedplate_core::uuid::Uuid;
use bedplate_manifest::{Plan, Profile, Secret};

use crate::exit::{Exit, Failure};
use crate::project::{DOTENV, Project, parse_dotenv};

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

    /// An address with the values in place of their references, percent-encoded: whatever is in a password, it stays in its place.
    pub(crate) fn resolve(&self, url: &str) -> Result<Address, Failure> {
        let (mut text, mut used) = (url.to_string(), Vec::new());
        for (variable, value) in self.0.iter().filter(|(variable, _)| url.contains(&reference(variable))) {
            text = text.replace(&reference(variable), &percent_encode(value));
            used.push(variable.as_str());
        }
        Address::parse(&text).map_err(|error| match used.is_empty() {
            true => error.into(),
            false => Failure {
                message: format!("{}, in the URL with {}", error.message(), named(&used)),
                ..error.into()
            },
        })
    }

    /// Adds these variables to the `.env` beside the manifest. Only this user can read it then. What another process has written there in the
    /// meantime stays and counts; what was added by this one is returned.
    pub(crate) fn write<'v>(
        &mut self,
        project: &Project,
        variables: &[&'v str],
    ) -> Result<(PathBuf, Vec<&'v str>), Failure> {
        let path = project.folder.join(DOTENV);
        let failed = |why: std::io::Error| {
            Failure::new(format!("`{}` can't be written: {why}", path.display()))
                .with_help(format!("set {} yourself", named(variables)))
        };
        let mut options = std::fs::File::options();
        let mut file =
            options.read(true).append(true).create(true).mode(0o600).open(&path).map_err(failed)?;
        // Until the file is closed.
        file.lock().map_err(failed)?;
        let mut before = Vec::new();
        file.read_to_end(&mut before).map_err(failed)?;
        let known = parse_dotenv(&String::from_utf8_lossy(&before));
        let (mut lines, mut added) = (String::new(), Vec::new());
        if !before.is_empty() && !before.ends_with(b"\n") {
            lines.push('\n');
        }
        for variable in variables {
            if let Some(value) = known.get(*variable).filter(|value| !value.is_empty()) {
                self.0.insert((*variable).into(), value.clone());
                continue;
            }
            let value = self.0.get(*variable).map(String::as_str).unwrap_or_default();
            lines.push_str(&format!("{variable}={value}\n"));
            added.push(*variable);
        }
        if !added.is_empty() {
            file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
            file.write_all(lines.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        Ok((path, added))
    }
}

/// How a plan's text refers to a secret.
fn reference(variable: &str) -> String {
    format!("${{{variable}}}")
}

/// A URL of the command line: as it stands, or as it is in the variable that `env:NAME` names.
pub(crate) fn from_variable(url: &str) -> Result<String, Failure> {
    let Some(name) = url.strip_prefix("env:") else { return Ok(url.into()) };
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    value.ok_or_else(|| Failure { exit: Exit::Usage, ..Failure::new(format!("`{name}` is not set")) })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_in_a_password_stays_the_password() {
        let url = "postgres://orders_user:${PW}@db:5432/orders_db?connection_limit=5";
        for password in ["p@ss/w?r#d", "100% sure", "pa%24w", "a:b,c@evil:1/x?y=z", "${OTHER}", "é\\'\""] {
            let other =
                [("OTHER".to_string(), "hunter2".to_string()), ("PW".to_string(), password.to_string())];
            let address = Secrets(other.into()).resolve(url).unwrap();
            assert_eq!(address.password(), Some(password));
            assert_eq!((address.host_or("", 0), address.name()), (("db".into(), 5432), "orders_db"));
            assert_eq!((address.user(), address.query().len()), (Some("orders_user"), 1));
        }
    }

    #[test]
    fn an_address_that_can_not_be_read_names_the_variable_and_not_its_value() {
        let secrets = Secrets([("PORT".to_string(), "hunter2".to_string())].into());
        let failure = secrets.resolve("postgres://db:${PORT}/orders_db").unwrap_err();
        assert!(failure.message.contains("`PORT`") && !failure.message.contains("hunter2"), "{failure:?}");
    }
}
