//! `bedplate recommend`: which engine for each need, with the rules that speak for and against it.

mod workload;

use bedplate_catalogue::matrix::{Answer, NONE, Ranked, Reason, recommend};
use bedplate_catalogue::sources::title;
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::shell::{Shell, Tone, paint};

/// Recommend an engine for each need, and say why
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate recommend --stage pilot --cache rate-limits,sessions
  bedplate recommend --stage production --relations complex --cache values --bus tasks --routing complex
  bedplate recommend --need bus --bus streaming --replay --rate 200000 --all
  bedplate recommend --workload workload.toml --json > choices.json

What isn't said takes no part in the choice. The same input gives the same bytes, so that a choice can be kept and compared.")]
pub(crate) struct Args {
    #[command(flatten)]
    workload: workload::Flags,
    /// Only this need: database, analytics, cache, bus, objects or vectors
    #[arg(long, help_heading = "Output")]
    need: Option<String>,
    /// Show every candidate with its rules, not only the first ones
    #[arg(long, help_heading = "Output")]
    all: bool,
    /// As JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

/// How many candidates are shown unless all are asked for.
const SHOWN: usize = 3;

pub(crate) fn run(args: Args, shell: &mut Shell) -> Outcome {
    let workload = args.workload.read()?;
    let mut recommendation = recommend(&workload, &bedplate::opens);
    if let Some(need) = &args.need {
        recommendation.answers.retain(|answer| answer.need.as_str() == need);
        if recommendation.answers.is_empty() {
            return Err(Failure::usage(format!("`{need}` is not a need"))
                .with_help("needs are database, analytics, cache, bus, objects and vectors"));
        }
    }
    for name in &recommendation.unknown {
        shell.say(format!("{}: no engine is called `{name}`", paint(Tone::Warning, "warning")));
    }
    if args.json {
        shell.json(&json!({ "version": 1, "workload": workload, "recommendation": recommendation }))?;
    } else {
        for (at, answer) in recommendation.answers.iter().enumerate() {
            if at > 0 {
                shell.data("");
            }
            print(answer, args.all, shell);
        }
        shell.say(paint(Tone::Faint, "\n* planned: this build can plan for it, and not open it yet"));
    }
    Ok(Exit::Done)
}

fn print(answer: &Answer, all: bool, shell: &mut Shell) {
    let choice = match answer.choice {
        Some(NONE) => "nothing needed".to_string(),
        Some(engine) => answer
            .ranking
            .iter()
            .find(|ranked| ranked.engine == engine)
            .map_or(engine, |ranked| ranked.title)
            .to_string(),
        None => "nothing fits".to_string(),
    };
    shell.data(format!(
        "{}  {}",
        paint(Tone::Title, answer.need.as_str().to_uppercase()),
        paint(Tone::Good, choice)
    ));
    let shown = if all { answer.ranking.len() } else { SHOWN };
    for (at, ranked) in answer.ranking.iter().take(shown).enumerate() {
        candidate(at + 1, ranked, shell);
    }
    let hidden = answer.ranking.len().saturating_sub(shown);
    if hidden > 0 {
        shell.data(paint(Tone::Faint, format!("  {hidden} more; `--all` shows them")));
    }
}

fn candidate(place: usize, ranked: &Ranked, shell: &mut Shell) {
    let star = if ranked.in_build { "" } else { "*" };
    let name = format!("{}{star}", ranked.engine);
    let standing = if ranked.ruled_out { paint(Tone::Bad, "out") } else { format!("{:+}", ranked.score) };
    shell.data(format!("  {place}. {} {standing}", paint(Tone::Name, name)));
    let reasons = [
        (Tone::Good, &ranked.in_favour),
        (Tone::Warning, &ranked.against),
        (Tone::Bad, &ranked.ruled_out_by),
    ];
    for (tone, reasons) in reasons {
        for reason in reasons {
            shell.data(line(tone, reason));
        }
    }
    for with in &ranked.with {
        shell.data(format!(
            "      {}  {} {}",
            paint(Tone::Name, "with"),
            with.text,
            paint(Tone::Faint, source(with.source))
        ));
    }
}

fn line(tone: Tone, reason: &Reason) -> String {
    let weight = if reason.weight == 0 { "out".to_string() } else { format!("{:+}", reason.weight) };
    format!(
        "      {}  {} {}",
        paint(tone, format!("{weight:>4}")),
        reason.text,
        paint(Tone::Faint, source(reason.source))
    )
}

fn source(source: &str) -> String {
    format!("[{}]", title(source))
}
