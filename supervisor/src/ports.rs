//! Ports on loopback, kept apart between the servers of this process.

use std::collections::BTreeSet;
use std::io::ErrorKind as Io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bedplate_core::{Error, ErrorKind, Result};

/// The ports that servers of this process hold. A port is free for the system while its server is still starting.
static HELD: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// The ports of one server; given back when dropped.
#[derive(Debug)]
pub(crate) struct Ports(Vec<u16>);

impl Ports {
    /// Ports that nobody listens on at this moment.
    pub(crate) fn free(count: usize) -> Result<Self> {
        let _alone = no_fork();
        // The listeners live until all ports are chosen, or the system could hand out one of them twice.
        let mut listeners = Vec::new();
        let mut ports = Self(Vec::new());
        while ports.0.len() < count {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(no_port)?;
            let port = listener.local_addr().map_err(no_port)?.port();
            listeners.push(listener);
            if held().insert(port) {
                ports.0.push(port);
            }
        }
        Ok(ports)
    }

    /// These very ports; refused where one of them is taken.
    pub(crate) fn fixed(numbers: &[u16]) -> Result<Self> {
        let mut ports = Self(Vec::new());
        for number in numbers {
            if stays_taken(*number) || !held().insert(*number) {
                let message = format!("port {number} on 127.0.0.1 is taken by another program");
                return Err(Error::new(ErrorKind::Conflict, message)
                    .with_help("stop that program or choose another port"));
            }
            ports.0.push(*number);
        }
        Ok(ports)
    }

    pub(crate) fn numbers(&self) -> &[u16] {
        &self.0
    }

    /// Whether somebody listens on one of them.
    pub(crate) fn any_taken(&self) -> bool {
        self.0.iter().any(|port| is_taken(*port))
    }
}

impl Drop for Ports {
    fn drop(&mut self) {
        let mut held = held();
        held.retain(|port| !self.0.contains(port));
    }
}

fn held() -> MutexGuard<'static, BTreeSet<u16>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A child of this process inherits every socket for the moment between its fork and its program. Whoever starts a
/// program or opens a socket to try a port holds this meanwhile, or a free port would look taken.
pub(crate) fn no_fork() -> MutexGuard<'static, ()> {
    static FORK: Mutex<()> = Mutex::new(());
    FORK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a port is taken for longer than a child that the caller started could hold it by accident.
fn stays_taken(port: u16) -> bool {
    (0..10).all(|_| {
        let taken = is_taken(port);
        if taken {
            std::thread::sleep(Duration::from_millis(20));
        }
        taken
    })
}

fn is_taken(port: u16) -> bool {
    let _alone = no_fork();
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err_and(|error| error.kind() == Io::AddrInUse)
}

fn no_port(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "the system gave no free port on 127.0.0.1").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_distinct_ports_and_takes_them_back() {
        let all: Vec<Ports> = (0..20).map(|_| Ports::free(5).unwrap()).collect();
        let distinct: BTreeSet<u16> = all.iter().flat_map(|ports| ports.numbers()).copied().collect();
        assert_eq!(distinct.len(), 100);
        assert!(held().is_superset(&distinct));
        drop(all);
        assert!(held().is_disjoint(&distinct));
    }

    #[test]
    fn refuses_a_port_that_is_taken() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = Ports::fixed(&[port]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.to_string().contains(&format!("port {port} ")), "{error}");
        drop(listener);
        let ports = Ports::fixed(&[port]).unwrap();
        assert!(!ports.any_taken());
        assert!(Ports::fixed(&[port]).is_err(), "one server of this process already holds it");
    }
}
