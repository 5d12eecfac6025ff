//! `bedplate db lint`: what in the migrations will hurt in production, read from the scripts alone.

use std::collections::BTreeMap;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level as Title, Renderer, Snippet};
use bedplate_core::sql::{Dialect, Migrations};
use bedplate_lint::{Finding, Level, Options};
use serde_json::json;

use crate::commands::check::with_context;
use crate::databases::figures;
use crate::databases::site::{Site, Where};
use crate::exit::{Exit, Failure, Outcome};
use crate::project::ProjectArgs;
use crate::shell::{Shell, Tone, paint};

/// Find in the migrations what hurts in production
///
/// Reads the scripts and nothing else: no database, no network. Each script is judged for the engines that serve its service in any
/// environment of the manifest. A comment `-- lint: allow CODE: reason` before a statement excepts it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db lint
  bedplate db lint orders --env production --strict
  bedplate db lint --migrations ./migrations --dialect postgres
  bedplate explain foreign-key-without-index      what a code means

It exits with 3 where it finds an error. Warnings don't count, unless with --strict.")]
pub(super) struct Args {
    /// The services; without them, all
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Only for the engines of this environment
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// A folder, without a manifest
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["services", "env"], requires = "dialect")]
    migrations: Option<std::path::PathBuf>,
    /// Judge for this dialect: sqlite, postgres or mysql
    #[arg(short, long, value_name = "DIALECT", value_parser = super::new::dialect)]
    dialect: Vec<Dialect>,
    /// Only migrations above this number
    #[arg(long, value_name = "NUMBER")]
    after: Option<u64>,
    /// Warnings count as errors
    #[arg(long)]
    strict: bool,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
    /// As the reference page of the codes
    #[arg(long, hide = true)]
    markdown: bool,
}

/// The scripts of one service with what was found in them.
struct Linted {
    service: String,
    folder: String,
    scripts: BTreeMap<String, String>,
    findings: Vec<Finding>,
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    if args.markdown {
        shell.raw(&bedplate_lint::reference());
        return Ok(Exit::Done);
    }
    let linted = match &args.migrations {
        Some(folder) => vec![lint(&args, "", folder, &args.dialect)?],
        None => of_manifest(&args, project, shell)?,
    };
    let count =
        |level| linted.iter().flat_map(|one| &one.findings).filter(|finding| finding.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    if args.json {
        let services = linted.iter().map(|one| {
            json!({
                "service": one.service, "folder": one.folder, "scripts": one.scripts.len(), "findings": one.findings,
            })
        });
        let services: Vec<_> = services.collect();
        shell.json(&json!({ "errors": errors, "warnings": warnings, "services": services }))?;
    } else {
        show(&linted, shell);
        let scripts: usize = linted.iter().map(|one| one.scripts.len()).sum();
        shell.say(summary(errors, warnings, scripts));
    }
    Ok(if errors > 0 || (args.strict && warnings > 0) { Exit::Problems } else { Exit::Done })
}

fn of_manifest(args: &Args, project: &ProjectArgs, shell: &mut Shell) -> Result<Vec<Linted>, Failure> {
    let site = Site::read(project, &Where { env: args.env.clone() }, shell)?;
    let environments: Vec<&str> = args.env.as_deref().into_iter().collect();
    // Every environment of the manifest: a script that one of them can't run isn't fine because another can.
    let checked = with_context(&site.project, |context| {
        bedplate_manifest::check(&site.project.source, &environments, context)
    });
    let mut linted = Vec::new();
    for (service, sql) in site.services(&args.services)? {
        let engines = checked.plans.iter().filter_map(|plan| plan.service(&service.name)?.sql.as_ref());
        let mut dialects: Vec<Dialect> = Vec::new();
        for dialect in engines.filter_map(|sql| bedplate_catalogue::by_name(sql.engine)?.dialect) {
            if !dialects.contains(&dialect) {
                dialects.push(dialect);
            }
        }
        if !args.dialect.is_empty() {
            dialects = args.dialect.clone();
        }
        let folder = site.project.resolve(&site.scripts(service, sql));
        if sql.migrations.is_none() && !folder.exists() {
            continue;
        }
        linted.push(lint(args, &service.name, &folder, &dialects)?);
    }
    Ok(linted)
}

fn lint(args: &Args, service: &str, folder: &Path, dialects: &[Dialect]) -> Result<Linted, Failure> {
    let migrations = bedplate::migrations_from(folder)?;
    let mut options = Options::new(dialects.iter().copied());
    if let Some(number) = args.after {
        options = options.after(number);
    }
    Ok(Linted {
        service: service.into(),
        folder: folder.display().to_string(),
        scripts: scripts(&migrations, dialects),
        findings: bedplate_lint::lint(&migrations, &options),
    })
}

/// The scripts by their files.
fn scripts(migrations: &Migrations, dialects: &[Dialect]) -> BTreeMap<String, String> {
    let all = dialects.iter().flat_map(|dialect| migrations.of(*dialect));
    all.map(|migration| (migration.file.clone(), migration.script.clone())).collect()
}

fn show(linted: &[Linted], shell: &mut Shell) {
    let color = shell.colors_words();
    for one in linted {
        let several = one.findings.iter().any(|finding| finding.dialects != one.findings[0].dialects);
        for finding in &one.findings {
            let script = one.scripts.get(&finding.file).map_or("", String::as_str);
            let path = format!("{}/{}", one.folder, finding.file);
            shell.problem(&render(finding, &path, script, several, color));
        }
    }
}

/// A finding as `bedplate check` shows a problem.
fn render(finding: &Finding, path: &str, script: &str, name_dialects: bool, color: bool) -> String {
    let level = match finding.level {
        Level::Error => Title::ERROR,
        Level::Warning => Title::WARNING,
        Level::Note => Title::NOTE,
    };
    let mut message = finding.message.clone();
    if name_dialects && !finding.dialects.is_empty() {
        message.push_str(&format!(" (for {})", finding.dialects.join(", ")));
    }
    let start = finding.span.start.min(script.len());
    let from = script.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = script.get(from..).unwrap_or_default().lines().next().unwrap_or_default();
    // On its first line only: a statement's span would mark the whole script.
    let mark = (start - from).min(line.len())..finding.span.end.saturating_sub(from).min(line.len());
    let place = Snippet::source(line)
        .path(path)
        .line_start(finding.line)
        .annotation(AnnotationKind::Primary.span(mark.start..mark.end.max(mark.start)));
    let mut groups: Vec<Group<'_>> = vec![level.primary_title(message).id(finding.code).element(place)];
    if let Some(help) = &finding.help {
        groups.push(Group::with_title(Title::HELP.secondary_title(help.as_str())));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&groups)
}

fn summary(errors: usize, warnings: usize, scripts: usize) -> String {
    let (errors_word, warnings_word) =
        (figures::count(errors as u64, "error"), figures::count(warnings as u64, "warning"));
    let scripts = figures::count(scripts as u64, "script");
    match (errors, warnings) {
        (0, 0) => format!("{} {scripts}, nothing wrong", paint(Tone::Good, "ok")),
        (0, _) => format!("{} {scripts}, {warnings_word}", paint(Tone::Warning, "ok")),
        _ => format!("{}, {warnings_word} in {scripts}", paint(Tone::Bad, errors_word)),
    }
}
