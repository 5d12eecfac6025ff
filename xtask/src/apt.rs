//! Packages through apt: which are missing, and installing them without a question and without starting a server.

use std::process::{Command, Stdio};

use crate::packages::Package;

/// The script that does the work as root. It is one process, so that its traps put the system back however it ends.
const INSTALL: &str = include_str!("apt/install.sh");

/// The packages among these that aren't installed.
pub(crate) fn missing(packages: &[Package]) -> Vec<&Package> {
    packages.iter().filter(|package| !is_installed(package.name)).collect()
}

/// Installs packages, as root or through a `sudo` that asks for no password.
pub(crate) fn install(packages: &[&Package]) -> Result<(), String> {
    let names: Vec<&str> = packages.iter().map(|package| package.name).collect();
    let by_hand = format!("apt-get install -y --no-install-recommends {}", names.join(" "));
    let mut command = match root_prefix() {
        Some(prefix) => as_root(prefix),
        None => {
            return Err(format!("installing needs root or a sudo without a password; as root: `{by_hand}`"));
        }
    };
    let status = command
        .args(["sh", "-c", INSTALL, "install.sh"])
        .args(&names)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("the installing shell can't be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("apt ended with {status}; by hand: `{by_hand}`")) }
}

fn as_root(prefix: &[&str]) -> Command {
    // `env` alone is the empty prefix: it runs its arguments unchanged.
    let mut command = Command::new("env");
    command.args(prefix);
    command
}

fn root_prefix() -> Option<&'static [&'static str]> {
    let uid = Command::new("id").arg("-u").output().ok()?;
    if uid.stdout.trim_ascii() == b"0" {
        return Some(&[]);
    }
    let sudo = Command::new("sudo").args(["-n", "true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    sudo.is_ok_and(|status| status.success()).then_some(&["sudo", "-n"])
}

fn is_installed(name: &str) -> bool {
    Command::new("dpkg-query")
        .args(["-W", "-f", "${db:Status-Status}", name])
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success() && output.stdout == b"installed")
}

#[cfg(test)]
mod tests;
