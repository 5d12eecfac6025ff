//! `bedplate engines`: what is known about engines: all of them, one, or two side by side.

use bedplate_catalogue::ENGINES;
use bedplate_catalogue::sources::title;
use bedplate_core::setting::nearest;
use bedplate_core::{Capability, Engine, Maturity};
use serde_json::{Value, json};

use crate::exit::{Exit, Failure, Outcome};
use crate::shell::{Shell, Tone, paint};

/// List engines, show one, or compare two
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate engines                     every engine and what it is for
  bedplate engines --capability bus    those that can be a bus
  bedplate engines postgres            everything known about one, with sources
  bedplate engines sqlite postgres     their promises and limits side by side")]
pub(crate) struct Args {
    /// The engine to show
    engine: Option<String>,
    /// The engine to compare it with
    other: Option<String>,
    /// Only this capability
    #[arg(short, long, value_parser = capability)]
    capability: Option<Capability>,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// As the reference page
    #[arg(long, hide = true)]
    markdown: bool,
    /// As the reference page of what differs
    #[arg(long, hide = true)]
    differences: bool,
}

/// Reads the name of a capability.
pub(crate) fn capability(word: &str) -> Result<Capability, String> {
    Capability::ALL.into_iter().find(|capability| capability.as_str() == word).ok_or_else(|| {
        let known: Vec<&str> = Capability::ALL.iter().map(|capability| capability.as_str()).collect();
        format!("it is one of {}", known.join(", "))
    })
}

/// Finds an engine by its name, or says which one may have been meant.
pub(crate) fn find(name: &str) -> Result<&'static Engine, Failure> {
    bedplate_catalogue::by_name(&name.to_lowercase()).ok_or_else(|| {
        let near = nearest(name, ENGINES.iter().map(|engine| engine.name));
        let failure = Failure::usage(format!("no engine is called `{name}`"));
        failure.with_help(
            near.map_or("`bedplate engines` lists them".into(), |near| format!("did you mean `{near}`?")),
        )
    })
}

pub(crate) fn run(args: Args, shell: &mut Shell) -> Outcome {
    let engine = args.engine.as_deref().map(find).transpose()?;
    let other = args.other.as_deref().map(find).transpose()?;
    match (engine, other) {
        _ if args.differences => shell.raw(&super::differences_page::page()),
        _ if args.markdown => shell.raw(&super::engines_page::page()),
        (Some(engine), Some(other)) if args.json => shell.json(&[describe(engine), describe(other)])?,
        (Some(engine), Some(other)) => compare(engine, other, args.capability, shell)?,
        (Some(engine), None) if args.json => shell.json(&describe(engine))?,
        (Some(engine), None) => show(engine, args.capability, shell)?,
        (None, _) => list(&args, shell)?,
    }
    Ok(Exit::Done)
}

fn list(args: &Args, shell: &mut Shell) -> Result<(), Failure> {
    let wanted = |engine: &&&Engine| args.capability.is_none_or(|capability| engine.offers(capability));
    let engines: Vec<&Engine> = ENGINES.iter().filter(wanted).copied().collect();
    if args.json {
        return shell.json(&engines.into_iter().map(describe).collect::<Vec<_>>());
    }
    let rows: Vec<Vec<String>> = engines
        .iter()
        .map(|engine| {
            vec![
                paint(Tone::Name, engine.name),
                engine.form.as_str().to_string(),
                engine
                    .capabilities()
                    .map(|capability| mark(engine, capability))
                    .collect::<Vec<_>>()
                    .join(", "),
                engine.summary.to_string(),
            ]
        })
        .collect();
    shell.table(&["ENGINE", "RUNS", "FOR", "WHAT IT IS"], &rows);
    shell.say(paint(
        Tone::Faint,
        "\n* known to the catalogue; this build can recommend and plan it, not open it",
    ));
    Ok(())
}

/// The capability, with a star where this build can't open it.
fn mark(engine: &Engine, capability: Capability) -> String {
    let star = if bedplate::opens(engine, capability) { "" } else { "*" };
    format!("{capability}{star}")
}

fn show(engine: &'static Engine, only: Option<Capability>, shell: &mut Shell) -> Result<(), Failure> {
    if let Some(only) = only.filter(|only| !engine.offers(*only)) {
        return Err(Failure::usage(format!("{} is not for {only}", engine.title))
            .with_help(format!("it is for {}", offers(engine))));
    }
    shell.data(format!("{}  {}", paint(Tone::Title, engine.title), engine.summary));
    let mut rows = vec![
        vec!["runs".into(), engine.form.as_str().into()],
        vec!["licence".into(), engine.licence.into()],
        vec![
            "url".into(),
            engine.schemes.iter().map(|scheme| format!("{scheme}:")).collect::<Vec<_>>().join(" "),
        ],
    ];
    if !engine.ports.is_empty() {
        let ports = engine.ports.iter().map(|port| format!("{} ({})", port.number, port.purpose));
        rows.push(vec!["ports".into(), ports.collect::<Vec<_>>().join(", ")]);
    }
    if !engine.clients.is_empty() {
        let variables = engine.clients.iter().map(|one| format!("{} ({})", one.name, one.content.as_str()));
        rows.push(vec!["variables".into(), variables.collect::<Vec<_>>().join(", ")]);
    }
    if let Some(container) = engine.container {
        rows.push(vec!["image".into(), container.image.into()]);
    }
    shell.table(&[], &rows);
    for capability in engine.capabilities().filter(|one| only.is_none_or(|only| only == *one)) {
        shell.data(format!("\n{}  {}", paint(Tone::Title, capability), standing(engine, capability)));
        let rows: Vec<Vec<String>> = cells(engine, capability)
            .into_iter()
            .map(|(name, cell, doc)| vec![name, tint(&cell), doc.to_string()])
            .collect();
        shell.table(&[], &rows);
    }
    if !engine.settings.is_empty() {
        shell.data(format!("\n{}", paint(Tone::Title, "settings")));
        let rows: Vec<Vec<String>> = engine
            .settings
            .iter()
            .map(|s| vec![paint(Tone::Name, s.name), s.default.to_string(), s.doc.to_string()])
            .collect();
        shell.table(&[], &rows);
    }
    shell.data(format!("\n{}", paint(Tone::Title, "facts")));
    let rows: Vec<Vec<String>> = engine
        .facts
        .iter()
        .map(|fact| {
            vec![
                fact.aspect.as_str().to_string(),
                fact.text.to_string(),
                paint(Tone::Faint, title(fact.source)),
            ]
        })
        .collect();
    shell.table(&[], &rows);
    Ok(())
}

fn standing(engine: &Engine, capability: Capability) -> String {
    match engine.maturity(capability) {
        _ if bedplate::opens(engine, capability) => paint(Tone::Good, "in this build, and proven"),
        Some(Maturity::Proven) => {
            paint(Tone::Warning, format!("not in this build: its Cargo feature is `{}`", engine.name))
        }
        _ => paint(Tone::Warning, "not in this version yet: its promises are those of its manual"),
    }
}

/// What an engine is for, as a list.
fn offers(engine: &Engine) -> String {
    engine.capabilities().map(Capability::as_str).collect::<Vec<_>>().join(", ")
}

fn compare(a: &Engine, b: &Engine, only: Option<Capability>, shell: &mut Shell) -> Result<(), Failure> {
    let common: Vec<Capability> = a
        .capabilities()
        .filter(|capability| b.offers(*capability) && only.is_none_or(|only| only == *capability))
        .collect();
    if common.is_empty() {
        let message = match only {
            Some(only) => format!("{} and {} are not both for {only}", a.title, b.title),
            None => format!("{} and {} have no capability in common", a.title, b.title),
        };
        return Err(Failure::usage(message).with_help(format!(
            "{} is for {}; {} is for {}",
            a.name,
            offers(a),
            b.name,
            offers(b)
        )));
    }
    for (at, capability) in common.into_iter().enumerate() {
        if at > 0 {
            shell.data("");
        }
        let rows: Vec<Vec<String>> = cells(a, capability)
            .into_iter()
            .zip(cells(b, capability))
            .map(|((name, left, doc), (_, right, _))| {
                let differs = if left == right { " " } else { "≠" };
                vec![name, tint(&left), differs.into(), tint(&right), doc.to_string()]
            })
            .collect();
        shell.table(&[&capability.to_string().to_uppercase(), a.name, "", b.name, "WHAT IT MEANS"], &rows);
    }
    Ok(())
}

fn tint(cell: &str) -> String {
    match cell {
        "native" | "emulated" => paint(Tone::Good, cell),
        "refused" => paint(Tone::Faint, cell),
        _ => cell.to_string(),
    }
}

/// Every promise and limit of an engine for a capability: its name, how it stands, what it means.
pub(super) fn cells(engine: &Engine, capability: Capability) -> Vec<(String, String, &'static str)> {
    let Some((reach, promises)) = engine.promises(capability) else { return Vec::new() };
    let limits = engine.limits(capability).unwrap_or_default();
    std::iter::once(("reach".to_string(), reach.to_string(), "Who can share its state."))
        .chain(promises.into_iter().map(|row| (row.name.to_string(), row.promise.to_string(), row.doc)))
        .chain(limits.into_iter().map(|row| {
            let limit = row.limit.map_or("-".to_string(), |limit| limit.to_string());
            (row.name.to_string(), limit, row.doc)
        }))
        .collect()
}

fn describe(engine: &Engine) -> Value {
    let offers = engine.capabilities().map(|capability| {
        let cells = cells(engine, capability).into_iter().map(|(name, cell, _)| (name, json!(cell)));
        let offer = json!({
            "maturity": engine.maturity(capability).map(Maturity::as_str),
            "in_build": bedplate::opens(engine, capability),
            "features": cells.collect::<serde_json::Map<_, _>>(),
        });
        (capability.to_string(), offer)
    });
    json!({
        "name": engine.name,
        "title": engine.title,
        "summary": engine.summary,
        "form": engine.form.as_str(),
        "licence": engine.licence,
        "schemes": engine.schemes,
        "aliases": engine.aliases,
        "ports": engine.ports.iter().map(|p| json!({ "purpose": p.purpose, "number": p.number })).collect::<Vec<_>>(),
        "variables": engine.clients.iter()
            .map(|v| json!({ "name": v.name, "content": v.content.as_str() }))
            .collect::<Vec<_>>(),
        "image": engine.container.map(|container| container.image),
        "settings": engine.settings.iter()
            .map(|s| json!({ "name": s.name, "doc": s.doc, "takes": s.kind.describe(), "default": s.default }))
            .collect::<Vec<_>>(),
        "capabilities": offers.collect::<serde_json::Map<_, _>>(),
        "facts": engine.facts.iter()
            .map(|f| json!({ "about": f.aspect.as_str(), "text": f.text, "source": f.source }))
            .collect::<Vec<_>>(),
    })
}
