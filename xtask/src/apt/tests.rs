//! The installing script against an `apt-get` that records what it was asked: nothing here touches the system.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use super::INSTALL;

/// A folder with a policy path, a lock and an `apt-get` whose body is given.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn with_apt(body: &str) -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let apt = folder.path().join("apt-get");
        fs::write(&apt, format!("#!/bin/sh\necho \"$*\" >>\"$CALLS\"\n{body}\n")).unwrap();
        fs::set_permissions(&apt, fs::Permissions::from_mode(0o755)).unwrap();
        Machine { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn install(&self, limit: &str) -> Output {
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        Command::new("sh")
            .args(["-c", INSTALL, "install.sh", "redis-server", "memcached"])
            .env("PATH", path)
            .env("CALLS", self.path("calls"))
            .env("POLICY_SEEN", self.path("seen"))
            .env("BEDPLATE_POLICY_FILE", self.path("policy"))
            .env("BEDPLATE_APT_LOCK", self.path("lock"))
            .env("BEDPLATE_APT_LIMIT_SECONDS", limit)
            .output()
            .unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }
}

const RECORD_THE_POLICY: &str =
    "if \"$BEDPLATE_POLICY_FILE\"; then echo 0; else echo $?; fi >\"$POLICY_SEEN\"";

#[test]
fn servers_may_not_start_while_installing_and_may_afterwards() {
    let machine = Machine::with_apt(RECORD_THE_POLICY);
    let output = machine.install("0");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(machine.read("seen"), "101\n");
    assert!(!machine.path("policy").exists(), "the policy was left behind");
    assert!(machine.read("calls").lines().last().unwrap().ends_with("install redis-server memcached"));
}

#[test]
fn a_policy_that_was_there_is_put_back() {
    let machine = Machine::with_apt(RECORD_THE_POLICY);
    fs::write(machine.path("policy"), "#!/bin/sh\nexit 7\n").unwrap();
    fs::set_permissions(machine.path("policy"), fs::Permissions::from_mode(0o750)).unwrap();
    assert!(machine.install("0").status.success());
    assert_eq!(machine.read("seen"), "101\n");
    assert_eq!(machine.read("policy"), "#!/bin/sh\nexit 7\n");
    assert_eq!(fs::metadata(machine.path("policy")).unwrap().permissions().mode() & 0o777, 0o750);
    assert!(!machine.path("policy.before-bedplate").exists());
}

#[test]
fn the_policy_is_put_back_when_apt_fails() {
    let machine = Machine::with_apt("case \"$*\" in *install*) exit 100;; esac");
    fs::write(machine.path("policy"), "#!/bin/sh\nexit 7\n").unwrap();
    assert_eq!(machine.install("0").status.code(), Some(100));
    assert_eq!(machine.read("policy"), "#!/bin/sh\nexit 7\n");
}

#[test]
fn what_a_killed_run_left_behind_is_cleared_first() {
    let machine = Machine::with_apt(RECORD_THE_POLICY);
    let killed = "#!/bin/sh\n# written by cargo xtask test while it installs packages\nexit 101\n";
    fs::write(machine.path("policy"), killed).unwrap();
    assert!(machine.install("0").status.success());
    assert!(!machine.path("policy").exists(), "the killed run's policy was taken for the machine's own");

    fs::write(machine.path("policy"), killed).unwrap();
    fs::write(machine.path("policy.before-bedplate"), "#!/bin/sh\nexit 7\n").unwrap();
    assert!(machine.install("0").status.success());
    assert_eq!(machine.read("policy"), "#!/bin/sh\nexit 7\n");
}

#[test]
fn a_lock_that_another_apt_holds_is_waited_for() {
    let busy_once = "case \"$*\" in *update*) if mkdir \"$POLICY_SEEN\" 2>/dev/null; then echo 'E: Could not get lock'; exit 100; fi;; esac";
    let machine = Machine::with_apt(busy_once);
    assert!(machine.install("60").status.success());
    let calls = machine.read("calls");
    assert_eq!(calls.lines().filter(|call| call.ends_with("update")).count(), 2, "{calls}");
}

#[test]
fn waiting_for_a_lock_has_a_limit() {
    let machine = Machine::with_apt("echo 'E: Could not get lock'; exit 100");
    let output = machine.install("0");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("has held its lock for 0 s"), "{output:?}");
    assert!(!machine.read("calls").contains("install redis"), "it went on without the lock");
}

#[test]
fn stale_lists_do_not_stop_an_installation() {
    let machine = Machine::with_apt("case \"$*\" in *update*) echo 'E: no network'; exit 100;; esac");
    assert!(machine.install("60").status.success());
}
