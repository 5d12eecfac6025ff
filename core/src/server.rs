//! How to run a product privately on this machine: a description that `supervisor` carries out.
//!
//! Everything here is data and pure functions. A product that needs several processes (RabbitMQ with its own port mapper)
//! lists them in [`Script::processes`] in the order of their start.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::address::Address;

/// How to run one product privately: nothing of it is shared with a system-wide installation.
#[derive(Clone, Copy)]
pub struct Server {
    /// The programs that it needs.
    pub programs: &'static [Program],
    /// The package that brings them, by package manager, for the message when they are missing.
    pub packages: &'static [(&'static str, &'static str)],
    /// The unprivileged users to run as when started by root, best first. `nobody` is always the last resort.
    pub users: &'static [&'static str],
    /// How many free ports it needs; `Site::ports` has as many.
    pub ports: usize,
    /// Files, one-time commands and processes for one place on this machine.
    pub script: fn(&Site) -> Script,
    /// Where clients reach it, as its administrator.
    pub address: fn(&Site) -> Address,
    /// How it is told to stop.
    pub stop: Stop,
    /// How long it may take until it answers.
    pub start_timeout: Duration,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("programs", &self.programs)
            .field("ports", &self.ports)
            .finish_non_exhaustive()
    }
}

/// A program to look for.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// The file's name, for example `initdb`.
    pub name: &'static str,
    /// Folders to look in before `PATH`. A `*` stands for any text within one path component; of several matches the
    /// highest version wins. Programs that list the same folders are taken from one folder where one has them all.
    pub folders: &'static [&'static str],
}

/// One place on this machine where a server runs. `Debug` leaves the password out.
#[derive(Clone)]
pub struct Site {
    /// An existing, empty or formerly used folder that belongs to the server alone, as an absolute path.
    pub folder: PathBuf,
    /// Free ports on loopback, as many as [`Server::ports`] asks for.
    pub ports: Vec<u16>,
    /// Where each program was found.
    pub programs: BTreeMap<&'static str, PathBuf>,
    /// The password of the administrator that the server is to be set up with.
    pub password: String,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("folder", &self.folder)
            .field("ports", &self.ports)
            .field("programs", &self.programs)
            .finish_non_exhaustive()
    }
}

impl Site {
    /// The path of a program that [`Server::programs`] names. Empty for any other name.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.get(name).cloned().unwrap_or_default()
    }

    /// A path inside the folder, as text.
    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// The first port: the one that clients use.
    pub fn port(&self) -> u16 {
        self.ports.first().copied().unwrap_or_default()
    }
}

/// What it takes to start a server. Passwords may stand in it, so it has no `Debug`.
#[derive(Clone, Default)]
pub struct Script {
    /// Files to write before anything runs: a path inside the folder, and its text. Readable by the server alone.
    pub files: Vec<(String, String)>,
    /// Commands that run once to their end when the folder is new.
    pub prepare: Vec<Command>,
    /// The processes that make up the server, in the order of their start.
    pub processes: Vec<Command>,
}

/// A program with its arguments and variables.
#[derive(Debug, Clone, Default)]
pub struct Command {
    /// The program's path.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its variables; it gets no others but `PATH`, `LANG`, `TZ`, and `HOME` and `TMPDIR` inside the folder.
    pub variables: BTreeMap<String, String>,
    /// The port on loopback that it must listen on before the next process starts; `None` where nothing waits for it.
    pub listens: Option<u16>,
}

impl Command {
    /// A program with its arguments.
    pub fn new(program: PathBuf, arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            program,
            arguments: arguments.into_iter().map(Into::into).collect(),
            variables: BTreeMap::new(),
            listens: None,
        }
    }

    /// Adds a variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Makes the next process wait until this one listens on a port.
    #[must_use]
    pub fn listens_on(mut self, port: u16) -> Self {
        self.listens = Some(port);
        self
    }
}

/// How a server is told to stop, before it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// What it is sent.
    pub signal: Signal,
    /// How long it has until it is killed.
    pub grace: Duration,
}

/// The signals that stop a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM.
    Term,
    /// SIGINT: PostgreSQL's fast shutdown.
    Int,
    /// SIGKILL, for what doesn't end otherwise.
    Kill,
}
