//! `cargo xtask bench`: the benchmarks by name, and the time that a whole process takes.

mod timing;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cargo::{self, cargo};
use crate::command::{Failure, Outcome};
use crate::root;
use timing::Timing;

pub(crate) const HELP: &str = "
Without a name, runs every benchmark. Names:

  manifest   parse, check and plan of small and large manifests (`cargo bench -p bedplate-manifest`)
  sql        the handle beside the bare clients on SQLite and PostgreSQL, as ratios, with allocations
  check      `bedplate check` as a whole process, on every manifest under examples: median of 20 runs
";

/// How a benchmark is run.
enum Way {
    /// `cargo bench` with these arguments.
    Cargo(&'static [&'static str]),
    /// These arguments to the release build of `bedplate`, in the folder of every example.
    Process(&'static [&'static str]),
}

/// Every benchmark.
const BENCHES: &[(&str, Way)] = &[
    ("manifest", Way::Cargo(&["--package", "bedplate-manifest"])),
    ("sql", Way::Cargo(&["--package", "bedplate", "--bench", "sql", "--features", "postgres"])),
    ("check", Way::Process(&["check"])),
];

/// The exit codes of `bedplate` after it did its work.
const DONE: i32 = 0;
const FOUND_PROBLEMS: i32 = 3;

/// Runs of a process before those that count: they fill the page cache.
const WARM_UP: usize = 3;

/// Runs of a process that count.
const RUNS: usize = 20;

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Outcome {
    for arg in args {
        if !BENCHES.iter().any(|(name, _)| name == arg) {
            let names: Vec<_> = BENCHES.iter().map(|(name, _)| format!("`{name}`")).collect();
            return Err(Failure::Usage(format!(
                "there is no benchmark `{arg}`: there are {}",
                names.join(", ")
            )));
        }
    }
    let root = root::find()?;
    for (name, way) in
        BENCHES.iter().filter(|(name, _)| args.is_empty() || args.iter().any(|arg| arg == name))
    {
        println!("== {name}");
        match way {
            Way::Cargo(args) => {
                let mut bench = cargo(&root, &["bench"]);
                bench.args(*args);
                cargo::run(bench).map_err(Failure::Failed)?;
            }
            Way::Process(args) => process(&root, args)?,
        }
    }
    Ok(())
}

fn process(root: &Path, args: &[&str]) -> Outcome {
    let examples = examples(root);
    if examples.is_empty() {
        return Err(Failure::Failed("there is no examples/*/bedplate.toml to run on".into()));
    }
    let build = cargo(root, &["build", "--release", "--package", "bedplate-cli"]);
    cargo::run(build).map_err(Failure::Failed)?;
    let program = cargo::built("release", "bedplate")?;
    println!(
        "{:<36} {:>10} {:>10} {:>10}  of {RUNS} runs",
        format!("bedplate {}", args.join(" ")),
        "min",
        "median",
        "max"
    );
    for example in examples {
        let timing = time(&program, args, &example)?;
        let name = example.file_name().unwrap_or_default().to_string_lossy();
        println!("{name:<36} {timing}");
    }
    Ok(())
}

fn time(program: &Path, args: &[&str], folder: &Path) -> Result<Timing, Failure> {
    let mut once = || {
        Command::new(program)
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|error| Failure::Failed(format!("{} can't be started: {error}", program.display())))
            .and_then(|status| match status.code() {
                Some(DONE | FOUND_PROBLEMS) => Ok(()),
                _ => Err(Failure::Failed(format!(
                    "`bedplate {}` ended with {status} in {}",
                    args.join(" "),
                    folder.display()
                ))),
            })
    };
    timing::measure(WARM_UP, RUNS, &mut once)
}

fn examples(root: &Path) -> Vec<PathBuf> {
    let Ok(folders) = std::fs::read_dir(root.join("examples")) else { return Vec::new() };
    let mut folders: Vec<PathBuf> = folders
        .flatten()
        .map(|folder| folder.path())
        .filter(|folder| folder.join("bedplate.toml").is_file())
        .collect();
    folders.sort();
    folders
}
