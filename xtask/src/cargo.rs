//! Calls of Cargo and of the programs that it built.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::Failure;

/// Cargo, in the workspace's root.
pub(crate) fn cargo(root: &Path, args: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.args(args).current_dir(root);
    command
}

/// Runs a command to its end and fails when it does.
pub(crate) fn run(mut command: Command) -> Result<(), String> {
    let shown = shown(&command);
    let status = command.status().map_err(|error| format!("`{shown}` can't be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` ended with {status}")) }
}

/// Whether Cargo has a subcommand such as `clippy`.
pub(crate) fn has(root: &Path, subcommand: &str) -> bool {
    cargo(root, &[subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The command as a reader would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words: Vec<_> =
        std::iter::once(program).chain(command.get_args()).map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

/// Where Cargo puts a program of this workspace, built in the profile folder `debug` or `release`.
///
/// This very program was put there by Cargo too, which spares asking for the target folder.
pub(crate) fn built(profile: &str, name: &str) -> Result<PathBuf, Failure> {
    let this = std::env::current_exe()
        .map_err(|error| Failure::Failed(format!("the path of this program is unknown: {error}")))?;
    match this.parent().and_then(Path::parent) {
        Some(target) => Ok(target.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))),
        None => Err(Failure::Failed(format!("{} lies in no target folder", this.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_named_with_its_arguments() {
        let error = run(cargo(Path::new("."), &["no-such-subcommand", "-q"])).unwrap_err();
        assert!(error.starts_with("`cargo no-such-subcommand -q` ended with"), "{error}");
    }
}
