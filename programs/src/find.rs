//! Where programs are on this machine, and what to install when they are not there.

use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bedplate_core::server::Program;
use bedplate_core::{Error, ErrorKind};

/// Where each program was found.
pub type Programs = BTreeMap<&'static str, PathBuf>;

/// What is needed and this machine doesn't have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The programs that were not found.
    pub programs: Vec<&'static str>,
    /// The command that installs them, where the package is known.
    pub command: Option<String>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.sentence())?;
        match &self.command {
            Some(command) => write!(f, ": install with `{command}`"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Missing {}

impl Missing {
    fn sentence(&self) -> String {
        let names: Vec<String> = self.programs.iter().map(|name| format!("`{name}`")).collect();
        match names.as_slice() {
            [name] => format!("the program {name} is not on this machine"),
            names => format!("the programs {} are not on this machine", names.join(", ")),
        }
    }
}

impl From<Missing> for Error {
    fn from(missing: Missing) -> Self {
        let error = Error::new(ErrorKind::NotFound, missing.sentence());
        match missing.command {
            Some(command) => error.with_help(format!("install with `{command}`")),
            None => error,
        }
    }
}

/// Packages that bring programs: the package manager and the package's name there.
pub type Packages<'a> = &'a [(&'a str, &'a str)];

/// Looks for every program: first in the folders of its description, then in `PATH`.
pub fn find(programs: &[Program], packages: Packages<'_>) -> Result<Programs, Missing> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
    find_in(programs, packages, &path)
}

fn find_in(programs: &[Program], packages: Packages<'_>, path: &[PathBuf]) -> Result<Programs, Missing> {
    let mut found = Programs::new();
    let mut missing = Vec::new();
    for program in programs {
        let siblings: Vec<&Program> =
            programs.iter().filter(|other| other.folders == program.folders).collect();
        let folders: Vec<PathBuf> = program.folders.iter().flat_map(|pattern| expand(pattern)).collect();
        // Two versions side by side may each lack a program: initdb of one must not meet postgres of the other.
        let complete =
            folders.iter().find(|folder| siblings.iter().all(|other| is_program(&folder.join(other.name))));
        let place = complete
            .into_iter()
            .chain(&folders)
            .chain(path)
            .map(|folder| folder.join(program.name))
            .find(|file| is_program(file));
        match place {
            Some(file) => drop(found.insert(program.name, file)),
            None => missing.push(program.name),
        }
    }
    if missing.is_empty() {
        Ok(found)
    } else {
        Err(Missing { programs: missing, command: install(packages, path) })
    }
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// A package manager's name, the program by which it is recognised, and how it installs.
const MANAGERS: &[(&str, &str, &str)] = &[
    ("apt", "apt-get", "apt-get install -y"),
    ("dnf", "dnf", "dnf install -y"),
    ("apk", "apk", "apk add"),
    ("pacman", "pacman", "pacman -S --noconfirm"),
    ("brew", "brew", "brew install"),
];

fn install(packages: Packages<'_>, path: &[PathBuf]) -> Option<String> {
    let commands = packages.iter().filter_map(|(manager, package)| {
        let (_, program, command) = MANAGERS.iter().find(|(name, ..)| name == manager)?;
        Some((program, format!("{command} {package}")))
    });
    let here = |program: &str| path.iter().any(|folder| is_program(&folder.join(program)));
    let mut commands: Vec<_> = commands.collect();
    commands.sort_by_key(|(program, _)| !here(program));
    commands.into_iter().next().map(|(_, command)| command)
}

/// The folders that a pattern stands for, the highest version first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let mut folders = vec![(Vec::new(), PathBuf::from("/"))];
    for component in pattern.split('/').filter(|component| !component.is_empty()) {
        let Some((before, after)) = component.split_once('*') else {
            folders.iter_mut().for_each(|(_, folder)| folder.push(component));
            continue;
        };
        folders =
            folders.iter().flat_map(|(version, folder)| matches(version, folder, before, after)).collect();
    }
    folders.retain(|(_, folder)| folder.is_dir());
    // The sort keeps the order of equals, so the name decides last: the same machine always gives the same answer.
    folders.sort_by(|(a, left), (b, right)| b.cmp(a).then_with(|| left.cmp(right)));
    folders.into_iter().map(|(_, folder)| folder).collect()
}

fn matches(version: &[u64], folder: &Path, before: &str, after: &str) -> Vec<(Vec<u64>, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    entries
        .filter_map(|name| {
            let star = name.strip_prefix(before)?.strip_suffix(after)?;
            let version = version.iter().copied().chain(numbers(star)).collect();
            Some((version, folder.join(&name)))
        })
        .collect()
}

/// The numbers in a version: `9.6` is below `15`, and what has no number is below both.
fn numbers(version: &str) -> impl Iterator<Item = u64> + '_ {
    version.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok())
}

#[cfg(test)]
#[path = "find/tests.rs"]
mod tests;
