//! The bus contract over queues in memory.

use std::any::Any;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use bedplate_core::bus::{
    Backlog, BusConsumer, BusEngine, DeadPage, Features, Message, Start, Subscription, Topic,
};
use bedplate_core::{Error, Result};

use super::consumer::MemoryConsumer;
use super::queue::{End, Queue};
use super::room::Room;
use super::routes::{Route, Routes};
use super::rules::Rules;
use crate::error;

/// A bus in this process's memory, which ends with its last handle.
pub struct MemoryBus {
    routes: Arc<RwLock<Routes>>,
    room: Arc<Room>,
    consumers: AtomicU64,
}

impl MemoryBus {
    /// A bus that holds so many messages at most.
    pub(crate) fn new(max_messages: usize) -> Self {
        Self { routes: Arc::default(), room: Arc::new(Room::new(max_messages)), consumers: AtomicU64::new(0) }
    }

    /// How many messages it holds now. One that several groups get counts once for each of them.
    pub fn messages(&self) -> usize {
        self.room.used()
    }

    fn read(&self) -> Result<RwLockReadGuard<'_, Routes>> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        if routes.closed { Err(error::closed("bus")) } else { Ok(routes) }
    }

    fn write(&self) -> Result<RwLockWriteGuard<'_, Routes>> {
        let routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        if routes.closed { Err(error::closed("bus")) } else { Ok(routes) }
    }

    fn queue(&self, group: &str) -> Result<Arc<Queue>> {
        let routes = self.read()?;
        let route = routes.groups.get(group).ok_or_else(|| error::no_group(group))?;
        Ok(route.queue.clone())
    }

    fn new_route(&self, name: &str, subscription: &Subscription) -> Result<Route> {
        if subscription.start != Start::Now {
            return Err(Error::unsupported("replay"));
        }
        let queue = Queue::new(name.to_string(), Rules::of(subscription), self.room.clone());
        Ok(Route { patterns: subscription.patterns.clone(), queue: Arc::new(queue) })
    }

    fn publish_one(&self, message: Message) -> Result<()> {
        let routes = self.read()?;
        let queues = routes.of(&message.topic);
        self.room.take(queues.len())?;
        let message = Arc::new(message);
        for queue in queues {
            queue.add(&message);
        }
        Ok(())
    }
}

#[async_trait]
impl BusEngine for MemoryBus {
    fn features(&self) -> Features {
        bedplate_catalogue::MEMORY.bus.map_or(Features::NONE, |offer| offer.features)
    }

    async fn declare_topics(&self, _topics: &[Topic]) -> Result<()> {
        // A topic is only a word in a message here.
        self.read().map(drop)
    }

    async fn declare_group(&self, subscription: &Subscription) -> Result<()> {
        let Some(group) = &subscription.group else {
            return Err(Error::invalid("a broadcast has no group that could be declared"));
        };
        let mut routes = self.write()?;
        match routes.groups.get_mut(group) {
            Some(route) => {
                route.patterns.clone_from(&subscription.patterns);
                let rules = Rules::of(subscription);
                route.queue.with(|backlog, _| {
                    backlog.rule(rules);
                    Ok(())
                })
            }
            None => {
                let route = self.new_route(group, subscription)?;
                routes.groups.insert(group.clone(), route);
                Ok(())
            }
        }
    }

    async fn remove_group(&self, group: &str) -> Result<()> {
        if let Some(route) = self.write()?.groups.remove(group) {
            route.queue.end(End::Removed);
        }
        Ok(())
    }

    async fn groups(&self) -> Result<Vec<String>> {
        Ok(self.read()?.groups.keys().cloned().collect())
    }

    async fn publish(&self, messages: Vec<Message>) -> Vec<Result<()>> {
        tokio::task::coop::consume_budget().await;
        messages.into_iter().map(|message| self.publish_one(message)).collect()
    }

    async fn subscribe(&self, subscription: &Subscription) -> Result<Box<dyn BusConsumer>> {
        let id = self.consumers.fetch_add(1, Ordering::Relaxed);
        let mut routes = self.write()?;
        let queue = match &subscription.group {
            None => {
                let route = self.new_route("broadcast", subscription)?;
                let queue = route.queue.clone();
                routes.listeners.insert(id, route);
                queue
            }
            Some(group) => match routes.groups.get(group) {
                Some(route) => route.queue.clone(),
                None => {
                    let route = self.new_route(group, subscription)?;
                    let queue = route.queue.clone();
                    routes.groups.insert(group.clone(), route);
                    queue
                }
            },
        };
        drop(routes);
        Ok(Box::new(MemoryConsumer {
            id,
            queue,
            prefetch: subscription.prefetch,
            listens: subscription.group.is_none(),
            routes: self.routes.clone(),
            has_ended: AtomicBool::new(false),
        }))
    }

    async fn backlog(&self, group: &str) -> Result<Backlog> {
        self.queue(group)?.with(|backlog, _| Ok(backlog.counts()))
    }

    async fn dead_letters(&self, group: &str, after: Option<&str>, limit: usize) -> Result<DeadPage> {
        self.queue(group)?.with(|backlog, _| backlog.dead_page(after, limit))
    }

    async fn redrive(&self, group: &str, letters: Vec<(String, Option<Message>)>) -> Result<u64> {
        self.queue(group)?.with(|backlog, now| Ok(backlog.redrive(letters, now)))
    }

    async fn discard(&self, group: &str, ids: &[String]) -> Result<u64> {
        self.queue(group)?.with(|backlog, _| Ok(backlog.discard(ids)))
    }

    async fn close(&self) {
        self.routes.write().unwrap_or_else(PoisonError::into_inner).close();
    }

    fn native(&self) -> &dyn Any {
        self
    }
}
