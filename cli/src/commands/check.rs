//! `bedplate check`: everything that is wrong with the manifest, at once.

use bedplate_manifest::{Context, Problem, Severity};
use serde_json::json;

use crate::exit::{Exit, Outcome};
use crate::project::{Project, ProjectArgs};
use crate::shell::{Shell, Tone, paint};

/// Check the manifest in every environment
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate check
  bedplate check --env production --json
  bedplate explain promise-not-kept      what a problem's code means

It exits with 3 where it finds an error. Warnings don't count, unless with --strict.")]
pub(crate) struct Args {
    /// Only these environments
    #[arg(short, long, value_name = "NAME")]
    env: Vec<String>,
    /// Warnings count as errors
    #[arg(long)]
    strict: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let project = project.read()?;
    let environments: Vec<&str> = args.env.iter().map(String::as_str).collect();
    let checked =
        with_context(&project, |context| bedplate_manifest::check(&project.source, &environments, context));
    let counts = |severity| checked.problems.iter().filter(|problem| problem.severity == severity).count();
    let (errors, warnings) = (counts(Severity::Error), counts(Severity::Warning));
    let names: Vec<&str> = checked.plans.iter().map(|plan| plan.environment.as_str()).collect();
    if args.json {
        let problems: Vec<_> =
            checked.problems.iter().map(|problem| problem.to_json(&project.source)).collect();
        shell.json(
            &json!({ "errors": errors, "warnings": warnings, "environments": names, "problems": problems }),
        )?;
    } else {
        show(&checked.problems, &project, shell);
        let services = checked.manifest.as_ref().map_or(0, |manifest| manifest.services().count());
        shell.say(summary(errors, warnings, services, &names));
    }
    Ok(if errors > 0 || (args.strict && warnings > 0) { Exit::Problems } else { Exit::Done })
}

/// What planning depends on beside the manifest: this process's variables and this build's engines.
pub(super) fn with_context<T>(project: &Project, work: impl FnOnce(&Context<'_>) -> T) -> T {
    let variables = |name: &str| project.variable(name);
    work(&Context { variables: &variables, opens: &bedplate::opens })
}

/// Shows problems one after another.
pub(super) fn show(problems: &[Problem], project: &Project, shell: &mut Shell) {
    for problem in problems {
        shell.problem(&bedplate_manifest::render(problem, &project.source, shell.colors_words()));
    }
}

fn summary(errors: usize, warnings: usize, services: usize, environments: &[&str]) -> String {
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let where_ = match environments {
        [] => String::new(),
        names => format!(" in {}", names.join(", ")),
    };
    match (errors, warnings) {
        (0, 0) => {
            format!("{} {}{where_}, nothing wrong", paint(Tone::Good, "ok"), count(services, "service"))
        }
        (0, _) => format!(
            "{} {}{where_}, {}",
            paint(Tone::Warning, "ok"),
            count(services, "service"),
            count(warnings, "warning")
        ),
        _ => format!("{}{where_}, {}", paint(Tone::Bad, count(errors, "error")), count(warnings, "warning")),
    }
}
