//! Servers that are shell scripts, with a behaviour that the tests choose.
//!
//! It is the child that says that all is ready: a shell's signal handler, inherited by a child that hasn't begun its
//! program yet, would swallow the signal.

use std::path::Path;
use std::time::Duration;

use bedplate_core::server::{Command, Program, Script, Signal, Site, Stop};
use bedplate_core::{Address, Error, ErrorKind, Result, Server};
use bedplate_supervisor::{LocalServer, StartOptions};

/// Says that it is ready, starts a child, and ends when it is told to.
pub(crate) const OBEDIENT: Server =
    shell(|site| one(site, "trap 'exit 0' TERM; sh -c 'echo > ready; exec sleep 1000' & wait"), 10);

/// Doesn't listen to SIGTERM, and neither does its child.
pub(crate) const STUBBORN: Server =
    shell(|site| one(site, "trap '' TERM; sleep 1000 & echo > ready; while :; do sleep 1; done"), 1);

/// Two processes; the second one notes on its way out whether the first still runs.
pub(crate) const PAIR: Server = shell(
    |site| Script {
        processes: vec![
            command(site, "trap 'exit 0' TERM; sh -c \"echo $$ > first; exec sleep 1000\" & wait"),
            command(
                site,
                "until [ -s first ]; do sleep 0.02; done
                 trap 'kill -0 $(cat first) && echo first-still-ran > order; exit 0' TERM
                 sh -c 'echo > ready; exec sleep 1000' & wait",
            ),
        ],
        ..Script::default()
    },
    10,
);

/// Its child stops its work slowly and outlives the leader meanwhile.
pub(crate) const SLOW_CHILD: Server = shell(
    |site| {
        one(
            site,
            "sh -c \"trap 'sleep 0.5; echo done > finished; exit 0' TERM; sh -c 'echo > ready; exec sleep 1000' & wait\" &
             trap 'exit 0' TERM; wait",
        )
    },
    10,
);

/// Prints something and ends before it is ready.
pub(crate) const SHORT_LIVED: Server =
    shell(|site| one(site, "echo to stdout; echo it is broken >&2; exit 7"), 10);

/// Never becomes ready.
pub(crate) const SILENT: Server = Server {
    start_timeout: Duration::from_millis(400),
    ..shell(|site| one(site, "echo thinking; sleep 1000"), 10)
};

/// Its one-time command fails.
pub(crate) const UNPREPARED: Server = shell(
    |site| Script { prepare: vec![command(site, "echo no room >&2; exit 3")], ..one(site, "sleep 1000") },
    10,
);

/// Its one-time command never ends.
pub(crate) const PREPARING: Server = shell(
    |site| Script {
        prepare: vec![command(site, "echo $$ > preparing; sleep 1000")],
        ..one(site, "sleep 1000")
    },
    10,
);

/// Prints its variables.
pub(crate) const TALKATIVE: Server = shell(
    |site| {
        let mut script = one(site, "env; echo > ready; exec sleep 1000");
        script.processes[0] = script.processes[0].clone().variable("MINE", "yes");
        script
    },
    10,
);

/// Counts how often its one-time command ran.
pub(crate) const COUNTING: Server = shell(
    |site| Script {
        files: vec![("sub/settings".into(), format!("port {}\n", site.port()))],
        prepare: vec![command(site, "cat sub/settings && echo prepared >> count")],
        ..one(site, "trap 'exit 0' TERM; sh -c 'echo > ready; exec sleep 1000' & wait")
    },
    10,
);

/// A child leaves the group, as a daemon would.
pub(crate) const ESCAPING: Server =
    shell(|site| one(site, "setsid sleep 1000 & echo $! > escaped; echo > ready; wait"), 10);

/// The first two starts complain about their port.
pub(crate) const UNLUCKY: Server = shell(
    |site| {
        let text = format!(
            "echo {} >> tries; [ $(wc -l < tries) = 3 ] || {{ echo 'Address already in use' >&2; exit 1; }}
             trap 'exit 0' TERM; sh -c 'echo > ready; exec sleep 1000' & wait",
            site.port()
        );
        one(site, &text)
    },
    10,
);

const fn shell(script: fn(&Site) -> Script, grace_seconds: u64) -> Server {
    Server {
        programs: &[Program { name: "sh", folders: &["/bin"] }],
        packages: &[],
        users: &[],
        ports: 1,
        script,
        // The path is where the script says that it is ready.
        address: |site: &Site| Address::on_loopback("shell", site.port()).with_path(site.path("ready")),
        stop: Stop { signal: Signal::Term, grace: Duration::from_secs(grace_seconds) },
        start_timeout: Duration::from_secs(30),
    }
}

fn command(site: &Site, text: &str) -> Command {
    // Its folder among the arguments lets the tests recognise the process.
    Command::new(site.program("sh"), ["-c", text, &site.path("shell")])
}

fn one(site: &Site, text: &str) -> Script {
    Script { processes: vec![command(site, text)], ..Script::default() }
}

/// Starts one of them and waits for its file.
pub(crate) async fn start(server: &'static Server, options: StartOptions) -> Result<LocalServer> {
    if let Some(folder) = &options.folder {
        // An earlier server in this folder said so of itself.
        let _ = std::fs::remove_file(folder.join("ready"));
    }
    LocalServer::start(server, "shell", options, |address: Address| async move {
        match Path::new(address.path()).exists() {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Unavailable, "there is no file yet")),
        }
    })
    .await
}
