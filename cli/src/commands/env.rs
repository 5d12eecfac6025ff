//! `bedplate env`: a service's variables, for a shell, a `.env` file or a program.

use bedplate_core::setting::nearest;
use bedplate_manifest::{Plan, ServicePlan, Variable};
use clap::ValueEnum;
use serde_json::json;

use super::plan::planned;
use crate::exit::{Failure, Outcome};
use crate::project::ProjectArgs;
use crate::shell::{Shell, Tone, paint};

/// Print the variables of a service
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  eval \"$(bedplate env orders)\"                         set them in this shell
  bedplate env orders --format dotenv > orders.env
  bedplate env orders --env production --format json

A secret's value is never printed: `${NAME}` stands in its place, and is resolved where it is used.
In a URL a password with other characters than letters, digits and `-._~` must be percent-encoded: set NAME to `p%40ss` for `p@ss` there.
`bedplate db` reads NAME as it is, unencoded; a password of letters and digits, as `db create` makes them, is the same for both.")]
pub(crate) struct Args {
    /// The service
    service: String,
    /// The environment; without it, the one for development
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Shell)]
    format: Format,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// `export` lines
    Shell,
    /// `NAME="value"` lines
    Dotenv,
    /// An object with the variables and the secrets in them
    Json,
}

pub(crate) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let (plan, exit) = planned(project, args.env.as_deref(), shell)?;
    let service = find(&plan, &args.service)?;
    let format = if args.json { Format::Json } else { args.format };
    match format {
        Format::Shell => {
            service.variables.iter().for_each(|variable| shell.data(format!("export {}", line(variable))))
        }
        Format::Dotenv => service.variables.iter().for_each(|variable| shell.data(line(variable))),
        Format::Json => {
            let variables =
                service.variables.iter().map(|variable| (variable.name.clone(), json!(variable.value)));
            let mut secrets: Vec<&String> =
                service.variables.iter().flat_map(|variable| &variable.secrets).collect();
            secrets.sort();
            secrets.dedup();
            let variables: serde_json::Map<_, _> = variables.collect();
            shell.json(&json!({
                "service": service.name, "environment": plan.environment, "variables": variables, "secrets": secrets,
            }))?;
        }
    }
    let missing = service.variables.iter().any(|variable| !variable.secrets.is_empty());
    if missing && format != Format::Json {
        shell.say(paint(Tone::Faint, "`${NAME}` stands for a secret; set it before you use the line"));
    }
    Ok(exit)
}

/// Finds a service by its name, or says which one may have been meant.
pub(crate) fn find<'a>(plan: &'a Plan, name: &str) -> Result<&'a ServicePlan, Failure> {
    plan.services.iter().find(|service| service.name == name).ok_or_else(|| {
        let names: Vec<&str> = plan.services.iter().map(|service| service.name.as_str()).collect();
        let near = nearest(name, names.iter().copied());
        Failure::new(format!("the platform has no service `{name}`")).with_help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has {}", names.join(", ")),
        })
    })
}

/// `NAME=value`, quoted so that a shell changes nothing but the secrets in it.
fn line(variable: &Variable) -> String {
    let name = &variable.name;
    if variable.secrets.is_empty() {
        return format!("{name}='{}'", variable.value.replace('\'', "'\\''"));
    }
    let mut value =
        variable.value.replace('\\', "\\\\").replace('"', "\\\"").replace('`', "\\`").replace('$', "\\$");
    for secret in &variable.secrets {
        value = value.replace(&format!("\\${{{secret}}}"), &format!("${{{secret}}}"));
    }
    format!("{name}=\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(value: &str, secrets: &[&str]) -> Variable {
        Variable {
            name: "X".into(),
            value: value.into(),
            secrets: secrets.iter().map(|s| s.to_string()).collect(),
        }
    }

    #[test]
    fn a_shell_changes_nothing_but_secrets() {
        assert_eq!(line(&variable("it's $HOME", &[])), r"X='it'\''s $HOME'");
        assert_eq!(line(&variable("a:${PW}@$h`x`\"", &["PW"])), "X=\"a:${PW}@\\$h\\`x\\`\\\"\"");
    }
}
