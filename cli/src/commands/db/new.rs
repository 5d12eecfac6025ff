//! `bedplate db new`: the next migration of a service.

use std::io::Write;
use std::path::PathBuf;

use bedplate_core::sql::Dialect;
use serde_json::json;

use crate::databases::site::{Site, Where};
use crate::exit::{Exit, Failure, Outcome};
use crate::project::ProjectArgs;
use crate::shell::{Shell, Tone, paint};

/// Numbers have four digits, so that a folder lists them in their order.
const DIGITS: usize = 4;

/// Write the next migration of a service
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db new orders -s orders                     migrations/0001_orders.sql
  bedplate db new fast-search -s orders --dialect postgres
  bedplate db new totals -s orders --down              and the script that undoes it
  bedplate db new orders --migrations ./migrations     without a manifest")]
pub(super) struct Args {
    /// What it does, in letters, digits, `_` and `-`
    name: String,
    /// The service; not needed where only one has a database
    #[arg(short, long)]
    service: Option<String>,
    /// For this dialect only: sqlite, postgres or mysql
    #[arg(short, long, value_parser = dialect)]
    dialect: Option<Dialect>,
    /// And a script that undoes it
    #[arg(long)]
    down: bool,
    /// The folder, without a manifest
    #[arg(long, value_name = "FOLDER", conflicts_with = "service")]
    migrations: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Reads the name of a dialect.
pub(super) fn dialect(word: &str) -> Result<Dialect, String> {
    let known = Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == word);
    known.ok_or_else(|| format!("it is one of {}", Dialect::ALL.map(Dialect::as_str).join(", ")))
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if args.name.is_empty() || args.name.len() > 100 || !args.name.chars().all(valid) {
        return Err(Failure::usage(format!(
            "`{}` can't be the name of a migration",
            args.name.escape_debug()
        ))
        .with_help("use letters, digits, `_` and `-`, 100 at most"));
    }
    let folder = match &args.migrations {
        Some(folder) => folder.clone(),
        None => folder(&args, project, shell)?,
    };
    let failed =
        |why: std::io::Error| Failure::new(format!("`{}` can't be written: {why}", folder.display()));
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let number = next_number(&folder)?;
    let stem = format!("{number:0DIGITS$}_{}", args.name);
    let dialect = args.dialect.map_or(String::new(), |dialect| format!(".{}", dialect.as_str()));
    let mut files = vec![(format!("{stem}{dialect}.sql"), template(&args))];
    if args.down {
        let undo = format!("-- Undoes {stem}: `bedplate db rollback` runs it.\n\n");
        files.push((format!("{stem}{dialect}.down.sql"), undo));
    }
    let mut written = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        let mut file = std::fs::File::create_new(&path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        written.push(path.display().to_string());
    }
    if args.json {
        shell.json(&json!({ "number": number, "files": written }))?;
    } else {
        written.iter().for_each(|path| shell.data(path));
        shell.say(paint(Tone::Faint, "write it, then `bedplate db lint` and `bedplate db migrate`"));
    }
    Ok(Exit::Done)
}

fn folder(args: &Args, project: &ProjectArgs, shell: &mut Shell) -> Result<PathBuf, Failure> {
    let site = Site::read(project, &Where { env: None }, shell)?;
    let names: Vec<String> = args.service.iter().cloned().collect();
    let services = site.services(&names)?;
    match services.as_slice() {
        [(service, sql)] => Ok(site.project.resolve(&site.scripts(service, sql))),
        several => {
            let names = several.iter().map(|(service, _)| service.name.as_str()).collect::<Vec<_>>();
            Err(Failure::usage("several services have a database: say whose migration it is")
                .with_help(format!("add `--service` with one of {}", names.join(", "))))
        }
    }
}

/// One more than the highest number in the folder.
fn next_number(folder: &std::path::Path) -> Result<u64, Failure> {
    let failed = |why: std::io::Error| Failure::new(format!("`{}` can't be read: {why}", folder.display()));
    let mut last = 0;
    for entry in folder.read_dir().map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        let number = name.split_once('_').and_then(|(number, _)| number.parse::<u64>().ok());
        last = last.max(number.unwrap_or(0));
    }
    last.checked_add(1).ok_or_else(|| {
        Failure::new(format!("`{}` has a migration with the highest number there is", folder.display()))
    })
}

fn template(args: &Args) -> String {
    let engines = match args.dialect {
        Some(dialect) => format!("For {} only; others run the script without a dialect in its name.", dialect.as_str()),
        None => "For every engine. A script such as `.postgres.sql` beside it is for that dialect only, and wins there.".into(),
    };
    format!(
        "-- {}\n--\n-- {engines}\n-- Once it was applied somewhere it must not change: write a new one instead.\n\n",
        args.name.replace(['_', '-'], " ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_number_follows_the_highest_one_whatever_its_layout() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(next_number(folder.path()).unwrap(), 1);
        for name in ["0002_b.sql", "0010_c.postgres.sql", "0010_c.down.sql", "README.md", "notes_99.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(next_number(folder.path()).unwrap(), 11);
        std::fs::create_dir(folder.path().join("20240101120000_init")).unwrap();
        assert_eq!(next_number(folder.path()).unwrap(), 20_240_101_120_001);
    }
}
