//! A server that runs privately on this machine for as long as its value lives.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bedplate_core::server::{Signal, Site};
use bedplate_core::{Address, BoxFuture, Error, ErrorKind, Result, Server};
use bedplate_programs::{Missing, Programs};

use crate::guard::Guard;
use crate::journal::Journal;
use crate::options::StartOptions;
use crate::place::Place;
use crate::ports::Ports;
use crate::process::{Process, Setting};

/// How long dropping waits for a server to stop in its own way.
const DROP_GRACE: Duration = Duration::from_secs(2);

pub(crate) type Ready = Box<dyn Fn(Address) -> BoxFuture<Result<()>> + Send + Sync>;

/// A running server that nobody else knows of.
///
/// Dropping it stops it and blocks meanwhile; [`LocalServer::stop`] does the same without blocking and gives the server
/// all the time that its description allows. When this program ends in any other way, the guard stops it.
pub struct LocalServer {
    pub(crate) name: String,
    pub(crate) server: &'static Server,
    pub(crate) site: Site,
    pub(crate) processes: Vec<Process>,
    pub(crate) journal: Journal,
    pub(crate) ports: Ports,
    pub(crate) ready: Ready,
    pub(crate) place: Place,
    pub(crate) guard: Arc<Guard>,
}

impl LocalServer {
    /// Starts a server and waits until `ready`, which makes a real round trip, succeeds at its address.
    ///
    /// `name` is what messages and the temporary folder call it. With free ports, a start that fails because another
    /// program took one of them meanwhile is made again on others.
    pub async fn start<F, R>(
        server: &'static Server,
        name: &str,
        options: StartOptions,
        ready: F,
    ) -> Result<Self>
    where
        F: Fn(Address) -> R + Send + Sync + 'static,
        R: Future<Output = Result<()>> + Send + 'static,
    {
        let ready: Ready = Box::new(move |address| Box::pin(ready(address)));
        let free = options.ports.is_empty();
        let mut local = Self::assemble(server, name, options, ready).await?;
        local.prepare().await?;
        local.launch_with_ports(free).await?;
        Ok(local)
    }

    async fn assemble(
        server: &'static Server,
        name: &str,
        options: StartOptions,
        ready: Ready,
    ) -> Result<Self> {
        let programs = find(server)?;
        if !options.ports.is_empty() && options.ports.len() != server.ports {
            let message =
                format!("`{name}` needs {} ports, {} were given", server.ports, options.ports.len());
            return Err(Error::invalid(message));
        }
        let ports =
            if options.ports.is_empty() { Ports::free(server.ports) } else { Ports::fixed(&options.ports) }?;
        let (place, guard) = match options.folder {
            Some(folder) => {
                // The guard gives each process its grace; two of them are the rule, and it needs a moment more.
                let patience = server.stop.grace * 2 + Duration::from_secs(5);
                let (place, lock) = Place::fixed(&folder, options.password, server.users, patience).await?;
                let guard = Guard::start(name, server.stop, None, Some(lock))?;
                (place, guard)
            }
            None => {
                let place = Place::temporary(name, options.password, server.users)?;
                let guard = Guard::start(name, server.stop, place.to_remove(), None)?;
                (place, guard)
            }
        };
        let site = Site {
            folder: place.folder().to_path_buf(),
            ports: ports.numbers().to_vec(),
            programs,
            password: place.password().to_string(),
        };
        let journal = Journal::new(site.folder.join("server.log"));
        let (name, guard) = (name.to_string(), Arc::new(guard));
        let local = Self { name, server, site, processes: Vec::new(), journal, ports, ready, place, guard };
        if local.place.to_remove().is_some() {
            local.place.create()?;
        }
        Ok(local)
    }

    /// Where clients reach it, as its administrator.
    pub fn address(&self) -> Address {
        (self.server.address)(&self.site)
    }

    /// Its folder, where its log is too.
    pub fn folder(&self) -> &Path {
        self.place.folder()
    }

    /// Its ports, the one for clients first.
    pub fn ports(&self) -> &[u16] {
        self.ports.numbers()
    }

    /// The numbers of its processes that run, in the order of their start.
    pub fn pids(&self) -> Vec<u32> {
        self.processes.iter().filter(|process| process.end().is_none()).map(Process::pid).collect()
    }

    /// The last lines that it printed since its last start.
    pub fn log_tail(&self) -> String {
        self.journal.tail()
    }

    /// Stops it in its own way. Fails with `TimedOut` when it had to be killed because its grace was over.
    pub async fn stop(mut self) -> Result<()> {
        self.stop_processes().await
    }

    /// Kills it, as a crash would. Its folder and ports stay, for [`LocalServer::restart`].
    pub fn kill(&mut self) {
        self.processes.iter().rev().for_each(Process::kill);
        self.processes.clear();
    }

    /// Stops it if it runs, and starts it again in the same folder on the same ports.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop_processes().await?;
        self.launch_with_ports(false).await
    }

    pub(crate) fn setting(&self) -> Setting<'_> {
        Setting {
            folder: &self.site.folder,
            account: self.place.account(),
            journal: &self.journal,
            guard: &self.guard,
        }
    }

    async fn stop_processes(&mut self) -> Result<()> {
        let grace = self.server.stop.grace;
        let mut late = Ok(());
        // The newest stops first: it may need the older ones to end well.
        while let Some(process) = self.processes.last() {
            let limit = Instant::now() + grace;
            process.ask_to_stop(signal(self.server.stop.signal), limit);
            if tokio::time::timeout_at(limit.into(), process.wait()).await.is_err() {
                process.kill();
                let message = format!("`{}` did not stop within {grace:?} and was killed", process.name());
                late = Err(Error::new(ErrorKind::TimedOut, message).with_subject(&self.name));
            }
            self.processes.pop();
        }
        late
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        // Not killed at once: PostgreSQL would leave shared memory behind that nothing ever removes.
        let limit = Instant::now() + self.server.stop.grace.min(DROP_GRACE);
        for process in self.processes.iter().rev() {
            process.ask_to_stop(signal(self.server.stop.signal), limit);
            if !process.wait_until(limit) {
                process.kill();
            }
        }
        let ended = self.processes.iter().all(|process| process.end().is_some());
        // Otherwise the guard goes on when this program ends.
        if ended && self.place.remove() {
            self.guard.release();
        }
    }
}

impl fmt::Debug for LocalServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalServer")
            .field("name", &self.name)
            .field("address", &self.address())
            .field("folder", &self.folder())
            .field("pids", &self.pids())
            .finish_non_exhaustive()
    }
}

fn signal(signal: Signal) -> rustix::process::Signal {
    match signal {
        Signal::Term => rustix::process::Signal::TERM,
        Signal::Int => rustix::process::Signal::INT,
        Signal::Kill => rustix::process::Signal::KILL,
    }
}

/// Looks for every program of a server.
pub fn find(server: &Server) -> std::result::Result<Programs, Missing> {
    bedplate_programs::find(server.programs, server.packages)
}
