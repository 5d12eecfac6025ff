//! The project on disk: where the manifest is, and what its variables are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bedplate_manifest::Source;
use clap::Args;

use crate::exit::Failure;

/// The manifest's name where nothing else is said.
pub(crate) const MANIFEST: &str = "bedplate.toml";
/// The file with variables beside the manifest.
pub(crate) const DOTENV: &str = ".env";
/// The largest file that is read at all; what is larger isn't a manifest.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Which project.
#[derive(Debug, Clone, Args)]
pub(crate) struct ProjectArgs {
    /// The manifest; without it, `bedplate.toml` in this folder or the nearest one above it
    #[arg(short, long, global = true, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// A manifest that was read, and the variables beside it.
pub(crate) struct Project {
    pub(crate) source: Source,
    /// The manifest's folder, from which the paths in it are read.
    pub(crate) folder: PathBuf,
    dotenv: BTreeMap<String, String>,
    /// The lines of `.env` that are no `NAME=value`.
    pub(crate) odd_lines: Vec<usize>,
}

impl ProjectArgs {
    /// The path that is named, where one is.
    pub(crate) fn named(&self) -> Option<PathBuf> {
        self.file.clone()
    }

    /// The manifest's path: the one that is named, or the nearest one.
    pub(crate) fn path(&self) -> Result<PathBuf, Failure> {
        if let Some(file) = &self.file {
            return Ok(if file.is_dir() { file.join(MANIFEST) } else { file.clone() });
        }
        let here = std::env::current_dir()
            .map_err(|error| Failure::new(format!("this folder can't be read: {error}")))?;
        let nearest = here.ancestors().map(|folder| folder.join(MANIFEST)).find(|file| file.is_file());
        let Some(file) = nearest else {
            return Err(Failure::new(format!("there is no `{MANIFEST}` in this folder or above it"))
                .with_help("`bedplate init` writes one; `--file` names one elsewhere"));
        };
        Ok(file.strip_prefix(&here).map(Path::to_path_buf).unwrap_or(file))
    }

    /// Reads the manifest and the `.env` beside it.
    pub(crate) fn read(&self) -> Result<Project, Failure> {
        let path = self.path()?;
        let shown = path.display().to_string();
        let bytes = read_file(&path).map_err(|error| {
            let help = match error.kind() {
                std::io::ErrorKind::NotFound => "`bedplate init` writes one",
                std::io::ErrorKind::PermissionDenied => "let this user read it, or run as one who may",
                std::io::ErrorKind::IsADirectory => "name the file, not its folder",
                _ => "it must be a file that this user may read",
            };
            Failure::new(format!("`{shown}` can't be read: {error}")).with_help(help)
        })?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let (dotenv, odd_lines) = match Some(folder.join(DOTENV)).filter(|file| file.is_file()) {
            None => Default::default(),
            Some(file) => {
                let bytes = read_file(&file)
                    .map_err(|error| Failure::new(format!("`{}` can't be read: {error}", file.display())))?;
                let text = String::from_utf8_lossy(&bytes);
                (parse_dotenv(&text), odd_lines(&text))
            }
        };
        Ok(Project { source: Source::new(shown, bytes), folder, dotenv, odd_lines })
    }
}

impl Project {
    /// A manifest that isn't on disk, and no variables beside those of the environment.
    pub(crate) fn of(source: Source) -> Self {
        Self { source, folder: PathBuf::new(), dotenv: BTreeMap::new(), odd_lines: Vec::new() }
    }

    /// A variable: of the environment, or else of `.env`.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().or_else(|| self.dotenv.get(name).cloned())
    }

    /// A variable with something in it.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.variable(name).filter(|value| !value.is_empty())
    }

    /// A path of the manifest as this process reaches it.
    pub(crate) fn resolve(&self, path: &str) -> PathBuf {
        match self.folder.as_os_str().is_empty() {
            true => PathBuf::from(path),
            false => self.folder.join(path),
        }
    }
}

/// Reads a file that a person names, up to a limit.
pub(crate) fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    // Asked before it is opened: opening a pipe waits for somebody to write.
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory));
    }
    if !metadata.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads `NAME=value` lines: `export` in front and quotes around the value are taken away, `#` begins a comment line.
pub(crate) fn parse_dotenv(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.strip_prefix("export ").unwrap_or(line).split_once('='))
        .map(|(name, value)| (name.trim().to_string(), without_quotes(value.trim()).to_string()))
        .collect()
}

/// The numbers of the lines that `parse_dotenv` makes nothing of.
fn odd_lines(text: &str) -> Vec<usize> {
    let valid = |line: &str| {
        let name = line.strip_prefix("export ").unwrap_or(line).split_once('=').map(|(name, _)| name.trim());
        line.is_empty()
            || line.starts_with('#')
            || name.is_some_and(|name| !name.is_empty() && !name.contains(' '))
    };
    let lines = text.lines().map(str::trim).enumerate();
    lines.filter(|(_, line)| !valid(line)).map(|(at, _)| at + 1).collect()
}

/// A value without the quotes around it and the comment behind it.
fn without_quotes(value: &str) -> &str {
    let is_comment =
        |text: &str| text.is_empty() || (text.starts_with([' ', '\t']) && text.trim_start().starts_with('#'));
    let quoted = ['"', '\''].into_iter().find_map(|quote| {
        let inside = value.strip_prefix(quote)?;
        inside.match_indices(quote).find(|(at, _)| is_comment(&inside[at + 1..])).map(|(at, _)| &inside[..at])
    });
    quoted.unwrap_or_else(|| {
        let end =
            value.char_indices().find(|(at, _)| is_comment(&value[*at..])).map_or(value.len(), |(at, _)| at);
        &value[..end]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_no_variables_are_told() {
        assert_eq!(odd_lines("# c\nA=1\n\nexport B=2\nnonsense\nC: 3\n=4\nD E=5\n"), [5, 6, 7, 8]);
    }

    #[test]
    fn dotenv_lines_are_read_as_shells_read_them() {
        let variables = parse_dotenv(
            "# c\nA=1\nexport B=\"two words\"\n\nC='x=y'\nnonsense\nD=\nE=3001  # port\nF='a # b' # c\nG=a#b\n",
        );
        let expected = [
            ("A", "1"),
            ("B", "two words"),
            ("C", "x=y"),
            ("D", ""),
            ("E", "3001"),
            ("F", "a # b"),
            ("G", "a#b"),
        ];
        assert_eq!(variables, expected.map(|(n, v)| (n.to_string(), v.to_string())).into());
    }
}
