//! `bedplate conformance`: the contract suites, on embedded engines or on the user's own server.

use std::time::{Duration, Instant};

use bedplate_conformance::Target;
use bedplate_conformance::run::Finding;
use bedplate_core::{Address, Capability, Driver, Form};
use serde_json::json;

use super::engines::{capability, find};
use crate::exit::{Exit, Failure, Outcome};
use crate::shell::{Shell, Tone, paint};

/// Prove that an engine keeps its promises
///
/// Runs the contract suite of everything that the engine offers, in a namespace of its own that is cleaned up afterwards. Without an engine it runs on every
/// embedded engine of this build.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate conformance                                             the embedded engines
  bedplate conformance --engine postgres --url postgres://me@db/scratch
  bedplate conformance --engine memory --capability cache --json

It exits with 3 where a promise isn't kept.")]
pub(crate) struct Args {
    /// The engine
    #[arg(short, long)]
    engine: Option<String>,
    /// Where it is; an embedded engine needs none
    #[arg(short, long, requires = "engine")]
    url: Option<String>,
    /// Only this capability
    #[arg(short, long, value_parser = capability)]
    capability: Option<Capability>,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Show every case, not only the failed ones
    #[arg(long)]
    all: bool,
}

/// What was found about one contract of an engine.
struct Report {
    engine: &'static str,
    capability: Capability,
    findings: Vec<Finding>,
    elapsed: Duration,
}

pub(crate) fn run(args: Args, shell: &mut Shell) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("the runtime could not start: {error}")))?;
    let mut reports = Vec::new();
    for driver in chosen(&args)? {
        // It holds the engine's files until the suite has ended.
        let (address, _folder) = place(driver, args.url.as_deref())?;
        let engine = driver.engine.name;
        let target = Target::of(driver, &address);
        let wanted = |capability: &Capability| {
            driver.opens(*capability) && args.capability.is_none_or(|only| only == *capability)
        };
        for capability in Capability::CONTRACTS.into_iter().filter(wanted) {
            let (started, mut done) = (Instant::now(), 0);
            let progress = |finding: &Finding| {
                done += 1;
                shell.progress(&format!("{engine} {capability}: {done} cases, {}", sentence(finding.case)));
            };
            let findings =
                runtime.block_on(bedplate_conformance::run::run(&target, Some(capability), progress));
            shell.progress("");
            reports.push(Report { engine, capability, findings: findings?, elapsed: started.elapsed() });
        }
    }
    let failed = reports
        .iter()
        .flat_map(|report| &report.findings)
        .filter(|finding| finding.failure.is_some())
        .count();
    if args.json {
        let suites = reports.iter().map(|report| {
            json!({
                "engine": report.engine,
                "capability": report.capability.as_str(),
                "elapsed_ms": report.elapsed.as_millis() as u64,
                "findings": report.findings,
            })
        });
        shell.json(&json!({ "failed": failed, "suites": suites.collect::<Vec<_>>() }))?;
    } else {
        print(&reports, args.all, shell);
    }
    Ok(if failed == 0 { Exit::Done } else { Exit::Problems })
}

fn chosen(args: &Args) -> Result<Vec<&'static Driver>, Failure> {
    let wanted = |driver: &&Driver| args.capability.is_none_or(|capability| driver.opens(capability));
    let Some(name) = &args.engine else {
        let embedded = bedplate::drivers().iter().filter(|driver| driver.engine.form == Form::Embedded);
        let drivers: Vec<&'static Driver> = embedded.filter(wanted).collect();
        return match args.capability {
            Some(capability) if drivers.is_empty() => {
                Err(Failure::usage(format!("this build has no embedded engine for {capability}"))
                    .with_help(format!("`bedplate engines --capability {capability}` lists what there is")))
            }
            _ => Ok(drivers),
        };
    };
    let engine = find(name)?;
    let driver = bedplate::drivers().iter().find(|driver| driver.engine.name == engine.name).filter(wanted);
    let Some(driver) = driver else {
        let has: Vec<&str> = bedplate::drivers().iter().map(|driver| driver.engine.name).collect();
        let what = args.capability.map_or(String::new(), |capability| format!(" for {capability}"));
        return Err(Failure::usage(format!("this build can't open {}{what}", engine.title))
            .with_help(format!("it has {}", has.join(", "))));
    };
    Ok(vec![driver])
}

/// Where the suite runs: the given URL, or a fresh folder for an embedded engine.
fn place(driver: &Driver, url: Option<&str>) -> Result<(Address, Option<tempfile::TempDir>), Failure> {
    let engine = driver.engine;
    let scheme = engine.schemes.first().copied().unwrap_or_default();
    if let Some(url) = url {
        let address = Address::parse(url).map_err(|error| Failure { exit: Exit::Usage, ..error.into() })?;
        if !engine.schemes.contains(&address.scheme()) {
            let help = format!("a URL of {} begins with `{scheme}:`", engine.title);
            return Err(Failure::usage(format!(
                "`{}:` is not a scheme of {}",
                address.scheme(),
                engine.title
            ))
            .with_help(help));
        }
        return Ok((address, None));
    }
    if engine.form != Form::Embedded {
        return Err(Failure::usage(format!("{} is a server: say where it is", engine.title))
            .with_help(format!("add `--url {scheme}://user@host/scratch`")));
    }
    Ok(bedplate_conformance::fresh_place(driver)?)
}

fn print(reports: &[Report], all: bool, shell: &mut Shell) {
    let row = |report: &Report| {
        let tried = || report.findings.iter().filter(|finding| finding.left_out.is_none());
        let count = |which: fn(&Finding) -> bool| tried().filter(|one| which(one)).count();
        let broken = count(|finding| finding.failure.is_some());
        vec![
            paint(Tone::Name, report.engine),
            report.capability.to_string(),
            paint(Tone::Good, count(|finding| finding.failure.is_none() && finding.declared)),
            count(|finding| finding.failure.is_none() && !finding.declared).to_string(),
            if broken == 0 { "0".into() } else { paint(Tone::Bad, broken) },
            format!("{:.1} s", report.elapsed.as_secs_f64()),
        ]
    };
    let rows: Vec<Vec<String>> = reports.iter().map(row).collect();
    shell.table(&["ENGINE", "CONTRACT", "KEPT", "REFUSED AS DECLARED", "BROKEN", "TIME"], &rows);
    for report in reports {
        let mut left_out = report.findings.iter().filter(|finding| finding.left_out.is_some()).peekable();
        if let Some(why) = left_out.peek().and_then(|finding| finding.left_out.as_ref()) {
            let why = why.clone();
            shell.say(format!(
                "\n{} cases of {} {} were left out: {why}",
                left_out.count(),
                report.engine,
                report.capability
            ));
        }
        for finding in report.findings.iter().filter(|finding| finding.left_out.is_none()) {
            match &finding.failure {
                Some(why) => shell.data(format!(
                    "\n{} {} {} {}\n  {why}",
                    paint(Tone::Bad, "broken"),
                    report.engine,
                    finding.capability,
                    sentence(finding.case)
                )),
                None if all => shell.data(format!(
                    "{} {} {} {}",
                    if finding.declared {
                        paint(Tone::Good, "kept   ")
                    } else {
                        paint(Tone::Faint, "refused")
                    },
                    report.engine,
                    finding.capability,
                    sentence(finding.case)
                )),
                None => {}
            }
        }
    }
}

fn sentence(case: &str) -> String {
    case.replace('_', " ")
}
