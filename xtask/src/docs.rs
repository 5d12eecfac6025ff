//! `cargo xtask docs`: the reference pages, written by the program that they describe.

use std::path::Path;
use std::process::Command;

use crate::cargo::{self, cargo};
use crate::command::{self, Failure, Outcome};
use crate::root;

pub(crate) const HELP: &str = "
Builds `bedplate` and lets it write every page under docs/reference.

  --check   writes nothing, and fails where a page isn't what `bedplate` would write
";

/// A generated page: where it lies, and the arguments with which `bedplate` prints it.
struct Page {
    path: &'static str,
    args: &'static [&'static str],
}

/// Every generated page.
const PAGES: &[Page] = &[
    Page { path: "docs/reference/engines.md", args: &["engines", "--markdown"] },
    Page { path: "docs/reference/differences.md", args: &["engines", "--differences"] },
    Page { path: "docs/reference/problems.md", args: &["explain", "--all", "--markdown"] },
    Page { path: "docs/reference/lint.md", args: &["db", "lint", "--markdown"] },
    Page { path: "docs/reference/manifest.md", args: &["schema", "--markdown"] },
    Page { path: "docs/reference/bedplate.schema.json", args: &["schema"] },
    Page { path: "docs/reference/command-line.md", args: &["help-markdown"] },
];

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Outcome {
    let mut check = false;
    for arg in args {
        match arg.as_str() {
            "--check" => check = true,
            other => return Err(command::unknown_argument("docs", other)),
        }
    }
    let root = root::find()?;
    build(&root, &["build", "--quiet", "--package", "bedplate-cli", "--all-features"])
        .map_err(Failure::Failed)?;
    let program = cargo::built("debug", "bedplate")?;
    if check { compare(&root, &program).map_err(Failure::Failed) } else { write(&root, &program) }
}

/// Compares the pages with what the `bedplate` prints that was built beside the tests.
///
/// The arguments are those of the test run, so that nothing is compiled a second time with other features.
pub(crate) fn check_built_with_tests(root: &Path) -> Result<(), String> {
    build(root, &["build", "--quiet", "--workspace", "--all-features", "--bins", "--tests"])?;
    let program = cargo::built("debug", "bedplate").map_err(|failure| format!("{failure:?}"))?;
    compare(root, &program)
}

fn build(root: &Path, args: &[&str]) -> Result<(), String> {
    cargo::run(cargo(root, args))
}

fn write(root: &Path, program: &Path) -> Outcome {
    for page in PAGES {
        let text = print(root, program, page).map_err(Failure::Failed)?;
        let path = root.join(page.path);
        let written =
            path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        written.map_err(|error| Failure::Failed(format!("{} can't be written: {error}", page.path)))?;
        println!("wrote {}", page.path);
    }
    Ok(())
}

fn compare(root: &Path, program: &Path) -> Result<(), String> {
    let mut stale = 0;
    for page in PAGES {
        let fresh = print(root, program, page)?;
        let stored = std::fs::read_to_string(root.join(page.path)).unwrap_or_default();
        if let Some(line) = first_difference(&stored, &fresh) {
            println!("{}:{line}: this isn't what `bedplate {}` prints", page.path, page.args.join(" "));
            stale += 1;
        }
    }
    match stale {
        0 => Ok(()),
        _ => Err(format!("{stale} of {} pages are stale: `cargo xtask docs` writes them", PAGES.len())),
    }
}

fn print(root: &Path, program: &Path, page: &Page) -> Result<String, String> {
    let shown = format!("bedplate {}", page.args.join(" "));
    let output = Command::new(program)
        .args(page.args)
        .current_dir(root)
        .env("NO_COLOR", "1")
        .output()
        .map_err(|error| format!("`{shown}` can't be started: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{shown}` ended with {}: {}", output.status, said.trim()));
    }
    let text = String::from_utf8(output.stdout)
        .map_err(|_| format!("`{shown}` printed something else than UTF-8"))?;
    if text.trim().is_empty() { Err(format!("`{shown}` printed nothing")) } else { Ok(text) }
}

/// The number of the first line in which two texts differ.
fn first_difference(stored: &str, fresh: &str) -> Option<usize> {
    if stored == fresh {
        return None;
    }
    let same = stored.split('\n').zip(fresh.split('\n')).take_while(|(a, b)| a == b).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_found() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("", "a\n"), Some(1));
        assert_eq!(first_difference("a\nb", "a\nb\n"), Some(3));
    }

    #[test]
    fn a_program_that_fails_or_says_nothing_is_no_page() {
        let page = Page { path: "page.md", args: &["-c", "exit 3"] };
        assert!(print(Path::new("."), Path::new("/bin/sh"), &page).unwrap_err().contains("ended with"));
        let page = Page { path: "page.md", args: &["-c", "true"] };
        assert!(print(Path::new("."), Path::new("/bin/sh"), &page).unwrap_err().contains("printed nothing"));
        let page = Page { path: "page.md", args: &["-c", "echo text"] };
        assert_eq!(print(Path::new("."), Path::new("/bin/sh"), &page), Ok("text\n".into()));
    }
}
