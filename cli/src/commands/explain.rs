//! `bedplate explain`: what a problem's code means and how to put it right.

use bedplate_core::setting::nearest;
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::shell::{Shell, Tone, paint};

/// Explain the code of a problem or of a finding
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate explain                      every code
  bedplate explain promise-not-kept     a problem of the manifest, with an example and its cure
  bedplate explain drop-column          a finding of `bedplate db lint`")]
pub(crate) struct Args {
    /// The code, as it stands in brackets in the first line
    code: Option<String>,
    /// Every page
    #[arg(long, conflicts_with = "code")]
    all: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// As the reference page of the manifest's problems
    #[arg(long, hide = true)]
    markdown: bool,
}

/// A code of either sort.
struct Entry {
    code: &'static str,
    title: &'static str,
    page: &'static str,
    /// Where it comes from.
    source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Manifest,
    Lint,
}

impl Source {
    fn command(self) -> &'static str {
        match self {
            Self::Manifest => "check",
            Self::Lint => "db lint",
        }
    }
}

/// Every code: those of the manifest, then those of migrations.
fn entries() -> impl Iterator<Item = Entry> {
    let manifest = bedplate_manifest::CODES.iter().map(|known| Entry {
        code: known.code,
        title: known.title,
        page: known.page,
        source: Source::Manifest,
    });
    manifest.chain(bedplate_lint::CODES.iter().map(|known| Entry {
        code: known.code,
        title: known.title,
        page: known.page,
        source: Source::Lint,
    }))
}

pub(crate) fn run(args: Args, shell: &mut Shell) -> Outcome {
    let chosen: Vec<Entry> = match &args.code {
        Some(code) => vec![find(code)?],
        None if args.markdown => entries().filter(|entry| entry.source == Source::Manifest).collect(),
        None => entries().collect(),
    };
    if args.json {
        let json: Vec<_> =
            chosen.iter().map(|c| json!({ "code": c.code, "title": c.title, "page": c.page })).collect();
        shell.json(&json)?;
    } else if args.markdown {
        shell.data("# Problems\n\nWritten by `cargo xtask docs`; don't edit it by hand. `bedplate explain CODE` shows the same.");
        for code in chosen {
            shell.data(format!("\n## {}\n\n{}\n\n{}", code.code, code.title, code.page.trim()));
        }
    } else if args.code.is_some() || args.all {
        for code in chosen {
            shell.data(format!(
                "{}  {}\n\n{}\n",
                paint(Tone::Name, code.code),
                paint(Tone::Title, code.title),
                code.page.trim()
            ));
        }
    } else {
        let rows: Vec<Vec<String>> = chosen
            .iter()
            .map(|c| vec![paint(Tone::Name, c.code), c.source.command().into(), c.title.into()])
            .collect();
        shell.table(&["CODE", "FOUND BY", "WHAT IS WRONG"], &rows);
    }
    Ok(Exit::Done)
}

fn find(code: &str) -> Result<Entry, Failure> {
    entries().find(|known| known.code == code).ok_or_else(|| {
        let failure = Failure::usage(format!("no problem has the code `{code}`"));
        let near = nearest(code, entries().map(|entry| entry.code));
        failure.with_help(
            near.map_or("`bedplate explain` lists them".into(), |near| format!("did you mean `{near}`?")),
        )
    })
}
