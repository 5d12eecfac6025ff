//! The program that starts servers and ends in one of the possible ways.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use bedplate_core::Server;
use bedplate_supervisor::{LocalServer, StartOptions};

use crate::{ROLE, shells, wait_for};

/// The other side: starts servers, prints where they are, and ends as the role says.
pub(crate) fn play(role: &str) {
    let (servers, end): (&[&'static Server], &str) = match role {
        "several" => (&[&shells::OBEDIENT, &shells::STUBBORN, &shells::PAIR], "wait"),
        "prepare" => return wait_for(prepare_for_ever()),
        "fixed" => (&[&shells::STUBBORN], "wait"),
        end => (&[&shells::OBEDIENT, &shells::PAIR], end),
    };
    let options = || match (role, std::env::args().nth(1)) {
        ("fixed", Some(folder)) => StartOptions::default().folder(folder),
        _ => StartOptions::default(),
    };
    let started: Vec<LocalServer> =
        servers.iter().map(|server| wait_for(shells::start(server, options())).unwrap()).collect();
    for local in &started {
        let pids: Vec<String> = local.pids().iter().map(ToString::to_string).collect();
        println!("{} {}", local.folder().display(), pids.join(" "));
    }
    println!();
    match end {
        "wait" => drop(std::io::stdin().read(&mut [0])),
        "panic" => panic!("as the test wants it"),
        "exit" => std::process::exit(0),
        "abort" => std::process::abort(),
        "return" => drop(started),
        "forget" => std::mem::forget(started),
        other => panic!("no role is called {other}"),
    }
}

async fn prepare_for_ever() {
    println!("\n");
    let _ = shells::start(&shells::PREPARING, StartOptions::default()).await;
}

/// A started program and what it printed.
pub(crate) struct Actor {
    pub(crate) child: Child,
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) pids: Vec<u32>,
}

impl Actor {
    pub(crate) fn start(role: &str, arguments: &[&str], temporary: Option<&std::path::Path>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .env(ROLE, role)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(folder) = temporary {
            command.env("TMPDIR", folder);
        }
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut actor = Self { child, folders: Vec::new(), pids: Vec::new() };
        for line in lines.take_while(|line| !line.is_empty()) {
            let mut words = line.split(' ');
            actor.folders.push(PathBuf::from(words.next().unwrap()));
            actor.pids.extend(words.map(|pid| pid.parse::<u32>().unwrap()));
        }
        actor
    }

    /// SIGKILL: it can't do anything about it.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
