//! `bedplate explain`: what a problem's code means and how to put it right.

use bedplate_core::setting::nearest;
use bedplate_manifest::{CODES, Code};
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::shell::{Shell, Tone, paint};

/// Explain a problem's code
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate explain                      every code
  bedplate explain promise-not-kept     one of them, with an example and its cure")]
pub(crate) struct Args {
    /// The code, as it stands in brackets in a problem's first line
    code: Option<String>,
    /// Every page
    #[arg(long, conflicts_with = "code")]
    all: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// As the reference page
    #[arg(long, hide = true)]
    markdown: bool,
}

pub(crate) fn run(args: Args, shell: &mut Shell) -> Outcome {
    let chosen: Vec<&Code> = match &args.code {
        Some(code) => vec![find(code)?],
        None => CODES.iter().collect(),
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
        let rows: Vec<Vec<String>> =
            chosen.iter().map(|c| vec![paint(Tone::Name, c.code), c.title.to_string()]).collect();
        shell.table(&["CODE", "WHAT IS WRONG"], &rows);
    }
    Ok(Exit::Done)
}

fn find(code: &str) -> Result<&'static Code, Failure> {
    CODES.iter().find(|known| known.code == code).ok_or_else(|| {
        let failure = Failure::usage(format!("no problem has the code `{code}`"));
        let near = nearest(code, CODES.iter().map(|code| code.code));
        failure.with_help(
            near.map_or("`bedplate explain` lists them".into(), |near| format!("did you mean `{near}`?")),
        )
    })
}
