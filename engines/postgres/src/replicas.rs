//! Which server answers a read: a replica that has what was written before, or else the primary.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bedplate_catalogue::POSTGRES;
use bedplate_catalogue::engines::postgres::{REPLICA_WAIT, REPLICAS};
use bedplate_core::{Address, Error, ErrorKind, Result};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout_at};

use crate::connect::Link;
use crate::error::{classify, closed};
use crate::lease::Lease;
use crate::position::{self, FIRST_PAUSE, LONGEST_PAUSE};

/// For how long a replica that couldn't be reached isn't asked again.
const REST: Duration = Duration::from_secs(2);

/// The replicas of a database, and its primary for what they can't answer.
pub(crate) struct Replicas {
    pub(crate) primary: Arc<Link>,
    all: Vec<Arc<Replica>>,
    wait: Duration,
    next: AtomicUsize,
    /// A position in the log that someone else asked for.
    floor: AtomicU64,
    closed: AtomicBool,
}

/// One of them.
pub(crate) struct Replica {
    pub(crate) name: String,
    pub(crate) link: Arc<Link>,
    rests_until: Mutex<Option<Instant>>,
    /// It was waited for in vain, and has not caught up since.
    late: AtomicBool,
}

/// A connection to read on.
pub(crate) struct Reader {
    pub(crate) lease: Lease,
    pub(crate) link: Arc<Link>,
    /// Where it leads; `None` for the primary.
    pub(crate) replica: Option<Arc<Replica>>,
}

impl Replicas {
    /// Those that an address names; `None` where it names none. Nothing is connected: a replica that is down keeps nobody from starting.
    pub(crate) fn of(address: &Address, primary: &Arc<Link>) -> Result<Option<Self>> {
        let hosts: Vec<&str> =
            address.setting(&REPLICAS).split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
        let wait = address.duration(&REPLICA_WAIT)?;
        let all: Vec<_> = hosts.iter().map(|host| Replica::of(address, host)).collect::<Result<_>>()?;
        Ok((!all.is_empty()).then(|| Self {
            primary: primary.clone(),
            all,
            wait,
            next: AtomicUsize::new(0),
            floor: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        }))
    }

    /// All of them, in the order of the address.
    pub(crate) fn all(&self) -> &[Arc<Replica>] {
        &self.all
    }

    /// From now on no read is behind this position.
    pub(crate) fn raise(&self, position: u64) {
        self.floor.fetch_max(position, Ordering::AcqRel);
    }

    /// Closes the connections to the replicas.
    pub(crate) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        join_all(self.all.iter().map(|replica| replica.link.close())).await;
    }

    /// A connection on which everything is seen that was written through the primary's pool before.
    pub(crate) async fn reader(&self) -> Result<Reader> {
        match self.choose().await? {
            Some(reader) => Ok(reader),
            None => self.fall_back().await,
        }
    }

    /// The same to a replica; `None` where only the primary can answer.
    pub(crate) async fn choose(&self) -> Result<Option<Reader>> {
        if self.closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        let deadline = Instant::now() + self.wait;
        let awake = self.awake();
        if awake.is_empty() {
            count_fall_back("unreachable");
            return Ok(None);
        }
        let needed = self.needed().await?.max(self.floor.load(Ordering::Acquire));
        let found = self.first_to_have(awake, needed, deadline).await;
        Ok(found.map_err(count_fall_back).ok())
    }

    /// The replicas that can be asked, one after the other in turn.
    fn awake(&self) -> Vec<Arc<Replica>> {
        let first = self.next.fetch_add(1, Ordering::Relaxed) % self.all.len().max(1);
        let (before, after) = self.all.split_at(first);
        after.iter().chain(before).filter(|replica| !replica.rests()).cloned().collect()
    }

    /// The position behind everything that was written. The primary is asked only where something was written since it was last asked.
    async fn needed(&self) -> Result<u64> {
        let (count, position) = self.primary.writes.known();
        if let Some(position) = position {
            return Ok(position);
        }
        let position = position::ask(&self.primary).await?;
        self.primary.writes.learn(count, position);
        Ok(position)
    }

    /// Asks the replicas in turn until one has come so far. None of them is waited for while another one has it.
    async fn first_to_have(
        &self,
        mut asked: Vec<Arc<Replica>>,
        needed: u64,
        deadline: Instant,
    ) -> Result<Reader, &'static str> {
        let mut pause = FIRST_PAUSE;
        loop {
            for replica in std::mem::take(&mut asked) {
                match replica.try_to_have(needed, deadline).await {
                    Ok(Some(lease)) => {
                        let link = replica.link.clone();
                        return Ok(Reader { lease, link, replica: Some(replica) });
                    }
                    Ok(None) => asked.push(replica),
                    Err(error) => replica.rest(&error),
                }
            }
            let patient = asked.iter().any(|replica| !replica.late.load(Ordering::Relaxed));
            let left = deadline.saturating_duration_since(Instant::now());
            if !patient || left.is_zero() {
                asked.iter().for_each(|replica| replica.late.store(true, Ordering::Relaxed));
                return Err(if asked.is_empty() { "unreachable" } else { "behind" });
            }
            sleep(pause.min(left)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// A connection to the primary, in a transaction that only reads.
    async fn fall_back(&self) -> Result<Reader> {
        let mut lease = self.primary.lease().await?;
        (lease.reads, lease.open, lease.running) = (true, true, true);
        lease.client()?.batch_execute("begin transaction read only").await.map_err(classify)?;
        lease.running = false;
        Ok(Reader { lease, link: self.primary.clone(), replica: None })
    }

    /// Who answers instead of a replica that failed. What the reader did wrong, the reader is told.
    pub(crate) async fn instead(&self, failed: Option<Arc<Replica>>, error: Error) -> Result<Reader> {
        match failed {
            Some(replica) if error.kind() == ErrorKind::Unavailable => {
                replica.rest(&error);
                self.reader().await
            }
            // A standby cancels what stands in the way of what arrives.
            Some(_) if error.kind() == ErrorKind::Conflict => {
                count_fall_back("cancelled");
                self.fall_back().await
            }
            _ => Err(error),
        }
    }
}

fn count_fall_back(reason: &'static str) {
    metrics::counter!("bedplate_replica_fallbacks_total", "engine" => POSTGRES.name, "reason" => reason)
        .increment(1);
}

impl Replica {
    fn of(address: &Address, host: &str) -> Result<Arc<Self>> {
        // What stands there isn't shown: it could be a whole URL with its password.
        let wrong = || {
            Error::invalid("`replicas` names something that is no `host:port`")
                .with_help("write `replicas=host:port,host:port`, without a user or a password")
        };
        if host.contains(['/', '@', '?']) {
            return Err(wrong());
        }
        let host_and_port = Address::parse(&format!("postgres://{host}/")).map_err(|_| wrong())?;
        Ok(Arc::new(Self {
            name: host.to_string(),
            link: Arc::new(Link::to(address, host_and_port.hosts())?),
            rests_until: Mutex::new(None),
            late: AtomicBool::new(false),
        }))
    }

    fn rests(&self) -> bool {
        let until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    /// Leaves it alone for a while.
    fn rest(&self, error: &Error) {
        tracing::warn!(engine = POSTGRES.name, replica = self.name, %error, "a replica isn't read from for a while");
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + REST);
    }

    /// A connection to it, if it has come so far.
    async fn try_to_have(&self, needed: u64, deadline: Instant) -> Result<Option<Lease>> {
        let asking = async {
            let mut lease = self.link.lease().await?;
            lease.reads = true;
            if self.link.writes.arrived() < needed {
                let position = position::here(&mut lease, self.link.statement_cache).await?;
                self.link.writes.arrive(position);
                if position < needed {
                    return Ok(None);
                }
            }
            self.late.store(false, Ordering::Relaxed);
            Ok(Some(lease))
        };
        // A replica may be late even to say so: then it is as good as gone.
        let patience = deadline.max(Instant::now() + LONGEST_PAUSE);
        match timeout_at(patience, asking).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::new(ErrorKind::TimedOut, "it did not answer in time")),
        }
    }
}
