//! The steps of a start: files, what runs once, the processes, and the wait for the first answer.

use std::net::Ipv4Addr;
use std::time::Duration;

use bedplate_core::server::Command;
use bedplate_core::{Error, ErrorKind, Result};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::local::LocalServer;
use crate::ports::Ports;
use crate::process::{End, Process, TEMPORARY};

/// How often a start is made that fails because of a taken port.
const TRIES: usize = 3;
/// The first and the longest pause between two questions whether it is ready.
const PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// The longest that one such question may take: a server that is starting can swallow one and never answer.
const ONE_ANSWER: Duration = Duration::from_secs(5);

impl LocalServer {
    /// Runs what has to run once in a new folder.
    pub(crate) async fn prepare(&mut self) -> Result<()> {
        if self.place.prepared() {
            return Ok(());
        }
        let script = self.write_files()?;
        let limit = Instant::now() + self.server.start_timeout;
        for command in &script.prepare {
            // Among the processes it is stopped like them when the caller gives up waiting.
            let at = self.spawn(command)?;
            let process = &self.processes[at];
            let Ok(end) = timeout_at(limit, process.wait()).await else {
                return Err(self.too_late(&format!("`{}` did not end", process.name()), None));
            };
            if !end.success {
                return Err(self.died(at, &end));
            }
            self.processes.clear();
        }
        self.place.set_prepared()
    }

    /// Starts the processes, on other ports if `free` allows it and one of them turns out to be taken.
    pub(crate) async fn launch_with_ports(&mut self, free: bool) -> Result<()> {
        for _ in 1..TRIES {
            match self.launch().await {
                Err(error) if self.lost_its_port(&error) => {}
                other => return other,
            }
            if free {
                self.ports = Ports::free(self.server.ports)?;
                self.site.ports = self.ports.numbers().to_vec();
            }
        }
        self.launch().await
    }

    /// Whether a start failed because a port was taken. Nothing of the server runs afterwards.
    fn lost_its_port(&mut self, error: &Error) -> bool {
        self.kill();
        let message = error.message().to_lowercase();
        self.ports.any_taken() || message.contains("address already in use") || message.contains("eaddrinuse")
    }

    async fn launch(&mut self) -> Result<()> {
        let script = self.write_files()?;
        let limit = Instant::now() + self.server.start_timeout;
        let result = self.launch_processes(&script.processes, limit).await;
        if result.is_err() {
            self.kill();
        }
        result
    }

    async fn launch_processes(&mut self, commands: &[Command], limit: Instant) -> Result<()> {
        for command in commands {
            self.spawn(command)?;
            if let Some(port) = command.listens {
                self.until(limit, || async move {
                    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.map(drop).map_err(|error| {
                        Error::new(ErrorKind::Unavailable, format!("port {port} is closed"))
                            .with_source(error)
                    })
                })
                .await?;
            }
        }
        self.until(limit, || (self.ready)(self.address())).await?;
        // The answer may have come from a stranger of the same kind who took the port before us.
        let ended = self.processes.iter().map(Process::end).enumerate();
        let mut ended = ended.filter_map(|(at, end)| Some(self.died(at, &end?)));
        ended.next().map_or(Ok(()), Err)
    }

    /// Asks until the answer is yes, the time is over, or one of the processes has ended.
    async fn until<R>(&self, limit: Instant, ask: impl Fn() -> R) -> Result<()>
    where
        R: Future<Output = Result<()>>,
    {
        let mut pause = PAUSE;
        loop {
            let patience = limit.min(Instant::now() + ONE_ANSWER);
            let answer = tokio::select! {
                biased;
                (at, end) = self.first_end() => return Err(self.died(at, &end)),
                answer = timeout_at(patience, ask()) => answer,
            };
            let refusal = match answer {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => Some(error),
                Err(_) => None,
            };
            if Instant::now() + pause >= limit {
                return Err(self.too_late("it was not ready", refusal));
            }
            tokio::select! {
                biased;
                (at, end) = self.first_end() => return Err(self.died(at, &end)),
                () = sleep_until(Instant::now() + pause) => {}
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    /// Waits for the end of any process.
    async fn first_end(&self) -> (usize, End) {
        let mut waits: Vec<_> = self.processes.iter().map(|process| Box::pin(process.wait())).collect();
        std::future::poll_fn(|context| {
            let ended =
                waits.iter_mut().enumerate().find_map(|(at, wait)| match wait.as_mut().poll(context) {
                    std::task::Poll::Ready(end) => Some((at, end)),
                    std::task::Poll::Pending => None,
                });
            ended.map_or(std::task::Poll::Pending, std::task::Poll::Ready)
        })
        .await
    }

    fn write_files(&mut self) -> Result<bedplate_core::server::Script> {
        let script = (self.server.script)(&self.site);
        self.journal.begin();
        self.place.create_folder(TEMPORARY)?;
        for (name, text) in &script.files {
            self.place.write(name, text)?;
        }
        Ok(script)
    }

    fn spawn(&mut self, command: &Command) -> Result<usize> {
        let process = Process::spawn(command, self.setting())?;
        self.processes.push(process);
        Ok(self.processes.len() - 1)
    }

    fn died(&self, at: usize, end: &End) -> Error {
        let program = self.processes[at].name();
        let message = format!("`{program}` ended with {} before the server was ready", end.text);
        self.with_tail(ErrorKind::Unavailable, message)
    }

    fn too_late(&self, what: &str, refusal: Option<Error>) -> Error {
        let limit = self.server.start_timeout;
        let message = match &refusal {
            Some(error) => format!("{what} within {limit:?}: {error}"),
            None => format!("{what} within {limit:?}"),
        };
        let error = self.with_tail(ErrorKind::TimedOut, message);
        match refusal {
            Some(refusal) => error.with_source(refusal),
            None => error,
        }
    }

    fn with_tail(&self, kind: ErrorKind, message: String) -> Error {
        let tail = self.log_tail();
        let message = match tail.is_empty() {
            true => format!("{message}; it printed nothing"),
            false => format!("{message}; it printed last:\n{tail}"),
        };
        Error::new(kind, message).with_subject(&self.name)
    }
}
