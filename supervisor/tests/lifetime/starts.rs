//! Starts: whom a server runs as, with what, and what is said when it doesn't come up.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use bedplate_core::server::Program;
use bedplate_core::{ErrorKind, Server};
use bedplate_supervisor::{StartOptions, find};

use crate::ends::Scratch;
use crate::{Case, shells, wait_for};

pub(crate) const TRIALS: &[Case] = &[
    ("root_becomes_an_unprivileged_user", root_becomes_an_unprivileged_user),
    ("a_folder_that_its_user_cannot_reach_is_refused", a_folder_that_its_user_cannot_reach_is_refused),
    ("a_folder_with_other_things_in_it_is_refused", a_folder_with_other_things_in_it_is_refused),
    ("an_early_death_shows_the_last_lines", an_early_death_shows_the_last_lines),
    ("a_late_server_shows_the_last_lines", a_late_server_shows_the_last_lines),
    ("a_failed_preparation_shows_the_last_lines", a_failed_preparation_shows_the_last_lines),
    ("a_missing_program_is_named", a_missing_program_is_named),
    ("only_the_promised_variables_are_passed", only_the_promised_variables_are_passed),
    ("preparation_runs_once_in_a_folder", preparation_runs_once_in_a_folder),
    ("a_taken_port_leads_to_another", a_taken_port_leads_to_another),
    ("options_that_cannot_hold_are_refused", options_that_cannot_hold_are_refused),
    ("eight_start_side_by_side", eight_start_side_by_side),
];

fn is_root() -> bool {
    std::fs::metadata("/proc/self").map_or_else(|_| false, |metadata| metadata.uid() == 0)
}

fn root_becomes_an_unprivileged_user() {
    let local = wait_for(shells::start(&shells::OBEDIENT, StartOptions::default())).unwrap();
    let ready = std::fs::metadata(local.folder().join("ready")).unwrap();
    let folder = std::fs::metadata(local.folder()).unwrap();
    assert_ne!(ready.uid(), 0, "it runs as root");
    assert_eq!((ready.uid(), folder.mode() & 0o777), (folder.uid(), 0o700));
    wait_for(local.stop()).unwrap();
}

fn a_folder_that_its_user_cannot_reach_is_refused() {
    let scratch = Scratch::new("locked");
    std::fs::set_permissions(&scratch.0, std::fs::Permissions::from_mode(0o700)).unwrap();
    let options = StartOptions::default().folder(scratch.0.join("a/b"));
    let started = wait_for(shells::start(&shells::OBEDIENT, options));
    if is_root() {
        let error = started.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied);
        let expected = format!("the server runs as `nobody`, who may not enter `{}`", scratch.0.display());
        assert!(error.message().starts_with(&expected), "{error}");
        assert!(error.help().is_some_and(|help| help.contains("/tmp")));
    } else {
        wait_for(started.unwrap().stop()).unwrap();
    }
}

fn a_folder_with_other_things_in_it_is_refused() {
    let scratch = Scratch::new("strangers");
    std::fs::write(scratch.0.join("thesis.txt"), "years of work").unwrap();
    let options = StartOptions::default().folder(&scratch.0);
    let error = wait_for(shells::start(&shells::OBEDIENT, options)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.message().ends_with("and it holds `thesis.txt`"), "{error}");
    assert_eq!(std::fs::read_to_string(scratch.0.join("thesis.txt")).unwrap(), "years of work");
}

fn an_early_death_shows_the_last_lines() {
    let error = wait_for(shells::start(&shells::SHORT_LIVED, StartOptions::default())).unwrap_err();
    assert_eq!((error.kind(), error.subject()), (ErrorKind::Unavailable, "shell"));
    let expected = "`sh` ended with exit status: 7 before the server was ready; it printed last:\n\
                    to stdout\nit is broken";
    assert_eq!(error.message(), expected);
}

fn a_late_server_shows_the_last_lines() {
    let error = wait_for(shells::start(&shells::SILENT, StartOptions::default())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let expected = "it was not ready within 400ms: there is no file yet; it printed last:\nthinking";
    assert_eq!(error.message(), expected);
}

fn a_failed_preparation_shows_the_last_lines() {
    let error = wait_for(shells::start(&shells::UNPREPARED, StartOptions::default())).unwrap_err();
    assert!(
        error.message().ends_with("exit status: 3 before the server was ready; it printed last:\nno room"),
        "{error}"
    );
}

fn a_missing_program_is_named() {
    static ABSENT: Server = Server {
        programs: &[Program { name: "no-such-program", folders: &["/no/such/*/folder"] }],
        packages: &[("apt", "no-such-package")],
        ..shells::OBEDIENT
    };
    let missing = find(&ABSENT).unwrap_err();
    assert_eq!(missing.programs, ["no-such-program"]);
    assert!(missing.to_string().ends_with("install with `apt-get install -y no-such-package`"), "{missing}");
    let error = wait_for(shells::start(&ABSENT, StartOptions::default())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

fn only_the_promised_variables_are_passed() {
    let local = wait_for(shells::start(&shells::TALKATIVE, StartOptions::default())).unwrap();
    let log = local.log_tail();
    let variables: Vec<&str> = log.lines().collect();
    // The script's own shell adds some that say where it is.
    let own = ["PWD", "OLDPWD", "SHLVL", "_"];
    let names: BTreeSet<&str> =
        variables.iter().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !own.contains(name)).collect();
    assert_eq!(names, ["HOME", "LANG", "MINE", "PATH", "TMPDIR", "TZ"]);
    let home = format!("HOME={}", local.folder().display());
    let temporary = format!("TMPDIR={}/tmp", local.folder().display());
    for expected in ["MINE=yes", "LANG=C.UTF-8", "TZ=UTC", &home, &temporary] {
        assert!(variables.contains(&expected), "{expected} is missing in {log}");
    }
}

fn preparation_runs_once_in_a_folder() {
    let scratch = Scratch::new("once");
    for round in 0..2 {
        let options = StartOptions::default().folder(&scratch.0);
        let mut local = wait_for(shells::start(&shells::COUNTING, options)).unwrap();
        let settings = std::fs::read_to_string(scratch.0.join("sub/settings")).unwrap();
        assert_eq!(settings, format!("port {}\n", local.ports()[0]), "files follow the ports of each start");
        // What lies in the folder stays: a second preparation would begin with an empty one.
        std::fs::rename(scratch.0.join("ready"), scratch.0.join(format!("ready-{round}"))).unwrap();
        wait_for(local.restart()).unwrap();
        wait_for(local.stop()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(scratch.0.join("count")).unwrap(), "prepared\n");
    assert!(scratch.0.join("ready-0").exists() && scratch.0.join("ready-1").exists());
}

fn a_taken_port_leads_to_another() {
    let local = wait_for(shells::start(&shells::UNLUCKY, StartOptions::default())).unwrap();
    let tries = std::fs::read_to_string(local.folder().join("tries")).unwrap();
    let ports: Vec<&str> = tries.lines().collect();
    assert_eq!(ports.iter().collect::<BTreeSet<_>>().len(), 3, "{tries}");
    assert_eq!(ports[2], local.ports()[0].to_string());
}

fn options_that_cannot_hold_are_refused() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let started = wait_for(shells::start(&shells::OBEDIENT, StartOptions::default().ports([port])));
    assert_eq!(started.unwrap_err().kind(), ErrorKind::Conflict);
    let error =
        wait_for(shells::start(&shells::OBEDIENT, StartOptions::default().ports([1, 2]))).unwrap_err();
    assert_eq!(error.message(), "`shell` needs 1 ports, 2 were given");
    let options = StartOptions::default().password("one\nstate=ready");
    let error = wait_for(shells::start(&shells::OBEDIENT, options)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    drop(listener);
    let local = wait_for(shells::start(&shells::OBEDIENT, StartOptions::default().ports([port]))).unwrap();
    assert_eq!(local.ports(), [port]);
}

fn eight_start_side_by_side() {
    wait_for(async {
        let starts: Vec<_> =
            (0..8).map(|_| tokio::spawn(shells::start(&shells::OBEDIENT, StartOptions::default()))).collect();
        let mut servers = Vec::new();
        for start in starts {
            servers.push(start.await.unwrap().unwrap());
        }
        let ports: BTreeSet<u16> = servers.iter().flat_map(|local| local.ports()).copied().collect();
        let folders: BTreeSet<_> = servers.iter().map(|local| local.folder().to_path_buf()).collect();
        assert_eq!((ports.len(), folders.len()), (8, 8));
        for local in servers {
            local.stop().await.unwrap();
        }
        assert!(folders.iter().all(|folder| !folder.exists()));
    });
}
