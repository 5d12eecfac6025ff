//! `bedplate plan`: what an environment consists of: services, databases, servers, topics, variables.

use bedplate_core::setting::format_duration;
use bedplate_manifest::{Plan, ServicePlan, Severity};
use std::time::Duration;

use super::check::{show, with_context};
use crate::exit::{Exit, Failure, Outcome};
use crate::project::{Project, ProjectArgs};
use crate::shell::{Shell, Tone, paint};

/// Show what an environment consists of
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate plan                          the environment for development
  bedplate plan --env production
  bedplate plan --env production --json
  bedplate plan --diagram > plan.mmd     as a Mermaid diagram

An engine that this build can't open is planned all the same; `bedplate check` reports it.")]
pub(crate) struct Args {
    /// The environment; without it, the one for development
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// As JSON
    #[arg(long, conflicts_with = "diagram")]
    json: bool,
    /// As a Mermaid diagram
    #[arg(long)]
    diagram: bool,
}

pub(crate) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let (plan, exit) = planned(project, args.env.as_deref(), shell)?;
    if args.json {
        shell.json(&plan)?;
    } else if args.diagram {
        shell.raw(&plan.mermaid());
    } else {
        print(&plan, shell);
    }
    Ok(exit)
}

/// Plans one environment and shows what is wrong with it. An engine that this build can't open doesn't keep anything from being planned.
pub(super) fn planned(
    project: &ProjectArgs,
    environment: Option<&str>,
    shell: &mut Shell,
) -> Result<(Plan, Exit), Failure> {
    let planned = planned_in(&project.read()?, environment, shell)?;
    if planned.closed > 0 {
        let (count, are) = (planned.closed, if planned.closed == 1 { "choice is" } else { "choices are" });
        let note = format!("{count} engine {are} not in this build; `bedplate check` lists them");
        shell.say(paint(Tone::Faint, note));
    }
    Ok((planned.plan, planned.exit))
}

/// An environment as it was planned.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) exit: Exit,
    /// How many engines were chosen that this build can't open.
    pub(crate) closed: usize,
}

/// Plans one environment of a project that was read, and shows what is wrong with it.
pub(crate) fn planned_in(
    project: &Project,
    environment: Option<&str>,
    shell: &mut Shell,
) -> Result<Planned, Failure> {
    let reading = bedplate_manifest::read(&project.source);
    let Some(manifest) = reading.manifest else {
        show(&reading.problems, project, shell);
        return Err(Failure { exit: Exit::Problems, ..Failure::new("the manifest can't be read") });
    };
    let environment = environment.unwrap_or(manifest.default_environment()).to_string();
    let mut planning =
        with_context(project, |context| bedplate_manifest::plan(&manifest, &environment, context));
    planning.problems.splice(0..0, reading.problems);
    let (later, now): (Vec<_>, Vec<_>) =
        planning.problems.into_iter().partition(|problem| problem.is_of_this_build());
    show(&now, project, shell);
    let errors = now.iter().filter(|problem| problem.severity == Severity::Error).count();
    let exit = if errors > 0 { Exit::Problems } else { Exit::Done };
    match planning.plan {
        Some(plan) => Ok(Planned { plan, exit, closed: later.len() }),
        None => {
            Err(Failure { exit: Exit::Problems, ..Failure::new(format!("`{environment}` can't be planned")) })
        }
    }
}

fn print(plan: &Plan, shell: &mut Shell) {
    let machines =
        if plan.machines == 1 { "one machine".to_string() } else { format!("{} machines", plan.machines) };
    shell.data(format!(
        "{}  {} ({} defaults, {machines})",
        paint(Tone::Title, &plan.platform),
        paint(Tone::Name, &plan.environment),
        plan.profile.as_str()
    ));
    services(plan, shell);
    databases(plan, shell);
    caches(plan, shell);
    events(plan, shell);
    objects(plan, shell);
    servers(plan, shell);
    variables(plan, shell);
    secrets(plan, shell);
}

fn section(shell: &mut Shell, heading: &[&str], rows: &[Vec<String>]) {
    if !rows.is_empty() {
        shell.data("");
        shell.table(heading, rows);
    }
}

fn or_dash(text: Option<impl ToString>) -> String {
    text.map_or("-".into(), |text| text.to_string())
}

fn services(plan: &Plan, shell: &mut Shell) {
    let rows: Vec<Vec<String>> = plan
        .services
        .iter()
        .map(|service| {
            vec![
                paint(Tone::Name, &service.name),
                or_dash(service.port),
                service.replicas.to_string(),
                or_dash(service.sql.as_ref().map(|sql| sql.engine)),
                or_dash(service.cache.as_ref().map(|cache| cache.engine)),
                or_dash(service.bus.as_ref().map(|bus| bus.engine)),
                or_dash(service.objects.as_ref().map(|objects| objects.engine)),
            ]
        })
        .collect();
    section(shell, &["SERVICE", "PORT", "PROCESSES", "SQL", "CACHE", "BUS", "OBJECTS"], &rows);
}

fn databases(plan: &Plan, shell: &mut Shell) {
    let row = |service: &ServicePlan| {
        let sql = service.sql.as_ref()?;
        let place = match (&sql.path, &sql.host, sql.port) {
            (Some(path), ..) => path.clone(),
            (None, Some(host), Some(port)) => format!("{host}:{port}"),
            _ => sql.url.clone(),
        };
        let pool = sql.pool.map(|pool| {
            let wait = format_duration(Duration::from_millis(pool.pool_timeout_ms));
            let connect = format_duration(Duration::from_millis(pool.connect_timeout_ms));
            format!("{} / {wait} / {connect}", pool.connection_limit)
        });
        Some(vec![
            paint(Tone::Name, &service.name),
            sql.engine.to_string(),
            place,
            or_dash(sql.database.as_ref()),
            or_dash(sql.role.as_ref()),
            or_dash(pool),
            wrap(&sql.tables),
        ])
    };
    let rows: Vec<Vec<String>> = plan.services.iter().filter_map(row).collect();
    section(
        shell,
        &["DATABASES", "ENGINE", "WHERE", "DATABASE", "ROLE", "POOL / WAIT / CONNECT", "TABLES"],
        &rows,
    );
}

fn caches(plan: &Plan, shell: &mut Shell) {
    let row = |service: &ServicePlan| {
        let cache = service.cache.as_ref()?;
        Some(vec![
            paint(Tone::Name, &service.name),
            cache.engine.to_string(),
            cache.url.clone(),
            if cache.keys.is_empty() { format!("{}*", cache.namespace) } else { wrap(&cache.keys) },
            format_duration(Duration::from_millis(cache.lifetime_ms)),
            if cache.shared { "shared".into() } else { "-".into() },
        ])
    };
    let rows: Vec<Vec<String>> = plan.services.iter().filter_map(row).collect();
    section(shell, &["CACHES", "ENGINE", "WHERE", "KEYS", "LIFETIME", "STATE"], &rows);
}

fn events(plan: &Plan, shell: &mut Shell) {
    let rows: Vec<Vec<String>> = plan
        .topics
        .iter()
        .map(|topic| {
            let mut publishers = topic.publishers.clone();
            if topic.outside {
                publishers.push("(outside)".into());
            }
            vec![paint(Tone::Name, &topic.name), publishers.join(", ")]
        })
        .collect();
    section(shell, &["TOPICS", "PUBLISHED BY"], &rows);
    let rows: Vec<Vec<String>> = plan
        .services
        .iter()
        .flat_map(|service| {
            service.bus.iter().flat_map(|bus| &bus.subscriptions).map(move |one| (service, one))
        })
        .map(|(service, subscription)| {
            let order = if subscription.key_order { "by key" } else { "-" };
            vec![
                paint(Tone::Name, &service.name),
                or_dash(subscription.group.as_ref()),
                wrap(&subscription.topics),
                order.into(),
                subscription.max_attempts.to_string(),
                or_dash(subscription.dead_letters.as_ref()),
            ]
        })
        .collect();
    section(shell, &["SUBSCRIPTIONS", "GROUP", "TOPICS", "ORDER", "ATTEMPTS", "DEAD LETTERS"], &rows);
}

fn objects(plan: &Plan, shell: &mut Shell) {
    let rows: Vec<Vec<String>> = plan
        .services
        .iter()
        .flat_map(|service| {
            service
                .objects
                .iter()
                .flat_map(move |objects| objects.buckets.iter().map(move |b| (service, objects, b)))
        })
        .map(|(service, objects, bucket)| {
            vec![
                paint(Tone::Name, &service.name),
                objects.engine.to_string(),
                bucket.name.clone(),
                bucket.url.clone(),
            ]
        })
        .collect();
    section(shell, &["OBJECTS", "ENGINE", "BUCKET", "WHERE"], &rows);
}

fn servers(plan: &Plan, shell: &mut Shell) {
    let used = |used_by: &[bedplate_manifest::Use]| {
        used_by.iter().map(|one| one.service.clone()).collect::<Vec<_>>()
    };
    let mut rows: Vec<Vec<String>> = plan
        .servers
        .iter()
        .map(|server| {
            let connections = server.connections.as_ref().map(|c| format!("{} of {}", c.needed, c.allowed));
            vec![
                paint(Tone::Name, &server.name),
                server.engine.to_string(),
                format!("{}:{}", server.host, server.port),
                or_dash(connections),
                wrap(&used(&server.used_by)),
            ]
        })
        .collect();
    rows.extend(plan.doors.iter().map(|door| {
        vec![
            paint(Tone::Name, door.name),
            "bedplate".into(),
            door.url.clone(),
            "-".into(),
            wrap(&used(&door.used_by)),
        ]
    }));
    rows.extend(plan.tools.iter().map(|tool| {
        vec![
            paint(Tone::Name, &tool.name),
            "tool".into(),
            format!("localhost:{}", tool.port),
            "-".into(),
            "-".into(),
        ]
    }));
    section(shell, &["SERVERS", "ENGINE", "WHERE", "CONNECTIONS", "USED BY"], &rows);
    let rows: Vec<Vec<String>> = plan
        .servers
        .iter()
        .flat_map(|server| server.archive.iter().map(move |archive| (server, archive)))
        .map(|(server, archive)| {
            let settings = archive.settings.keys().map(String::as_str).collect::<Vec<_>>();
            vec![paint(Tone::Name, &server.name), archive.folder.clone(), wrap(&settings)]
        })
        .collect();
    section(shell, &["ARCHIVES", "FOLDER", "SETTINGS OF THE SERVER"], &rows);
}

fn variables(plan: &Plan, shell: &mut Shell) {
    let rows: Vec<Vec<String>> = plan
        .services
        .iter()
        .flat_map(|service| service.variables.iter().map(move |variable| (service, variable)))
        .map(|(service, variable)| {
            vec![paint(Tone::Name, &service.name), variable.name.clone(), variable.value.clone()]
        })
        .collect();
    section(shell, &["VARIABLES", "NAME", "VALUE"], &rows);
}

fn secrets(plan: &Plan, shell: &mut Shell) {
    let rows: Vec<Vec<String>> = plan
        .secrets
        .iter()
        .map(|secret| {
            let origin = if secret.generated { "made by bedplate" } else { "to be provided" };
            vec![
                paint(Tone::Name, &secret.name),
                secret.variable.clone(),
                origin.into(),
                wrap(&secret.used_by),
            ]
        })
        .collect();
    section(shell, &["SECRETS", "VARIABLE", "WHERE FROM", "USED BY"], &rows);
}

/// A list in one cell.
fn wrap(words: &[impl AsRef<str>]) -> String {
    if words.is_empty() {
        return "-".into();
    }
    words.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}
