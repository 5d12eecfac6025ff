//! The bus against the plainest model of a group, step by step.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::bus::{
    BusConsumer, BusEngine, Message, Pattern, Received, Settlement, Subscription, Token, Topic,
};
use jiff::Timestamp;
use proptest::prelude::*;
use tokio::time::Instant;

use crate::bus_engine;
use crate::list::{Item, MAX_ATTEMPTS, Model, PREFETCH, Place, TIMEOUT};

/// Times differ by this much at least, so that the time that a step takes never matters.
const UNIT: Duration = Duration::from_secs(10);
const CONSUMERS: usize = 2;

#[derive(Debug, Clone)]
enum Step {
    Publish { key: Option<u8>, delay: u32 },
    Receive { consumer: usize, max: usize },
    Settle { which: prop::sample::Index, how: How },
    Extend { which: prop::sample::Index },
    Pass { units: u32 },
    Leave { consumer: usize },
    Redrive { which: prop::sample::Index },
    Discard { which: prop::sample::Index },
    Order { by_key: bool },
}

#[derive(Debug, Clone, Copy)]
enum How {
    Done,
    Retry(u32),
    Dead,
}

fn step() -> impl Strategy<Value = Step> {
    let which = any::<prop::sample::Index>;
    let how = prop_oneof![3 => Just(How::Done), 3 => (0..4u32).prop_map(How::Retry), 1 => Just(How::Dead)];
    prop_oneof![
        6 => (prop::option::of(0..2u8), prop_oneof![4 => Just(0), 1 => 1..5u32])
            .prop_map(|(key, delay)| Step::Publish { key, delay }),
        6 => (0..CONSUMERS, 1..4usize).prop_map(|(consumer, max)| Step::Receive { consumer, max }),
        5 => (which(), how).prop_map(|(which, how)| Step::Settle { which, how }),
        1 => which().prop_map(|which| Step::Extend { which }),
        3 => (1..5u32).prop_map(|units| Step::Pass { units }),
        1 => (0..CONSUMERS).prop_map(|consumer| Step::Leave { consumer }),
        1 => which().prop_map(|which| Step::Redrive { which }),
        1 => which().prop_map(|which| Step::Discard { which }),
        1 => any::<bool>().prop_map(|by_key| Step::Order { by_key }),
    ]
}

fn subscription(by_key: bool) -> Subscription {
    let subscription = Subscription::group("g", [Pattern::new("t").unwrap()])
        .max_attempts(MAX_ATTEMPTS)
        .delivery_timeout(TIMEOUT)
        .prefetch(PREFETCH);
    if by_key { subscription.key_order() } else { subscription }
}

/// The bus and its model side by side.
struct Both {
    bus: std::sync::Arc<dyn BusEngine>,
    consumers: Vec<Box<dyn BusConsumer>>,
    tokens: Vec<(usize, Token)>,
    model: Model,
    published: u32,
}

impl Both {
    async fn open() -> Self {
        let bus = bus_engine("memory:").await.unwrap();
        bus.declare_group(&subscription(false)).await.unwrap();
        let mut consumers = Vec::new();
        for _ in 0..CONSUMERS {
            consumers.push(bus.subscribe(&subscription(false)).await.unwrap());
        }
        Self { bus, consumers, tokens: Vec::new(), model: Model::default(), published: 0 }
    }

    async fn publish(&mut self, key: Option<u8>, delay: u32) {
        self.published += 1;
        let name = format!("m{}", self.published);
        let mut message = Message::new(Topic::new("t").unwrap(), name.clone());
        message.key = key.map(|key| format!("k{key}"));
        let key = message.key.clone();
        let mut place = Place::Waiting;
        if delay > 0 {
            // No two of them are due at the same time.
            let wait = UNIT * delay + Duration::from_millis(100) * self.published;
            message.not_before = Some(Timestamp::now() + wait);
            place = Place::Delayed(Instant::now() + wait);
        }
        self.bus.publish(vec![message]).await.pop().unwrap().unwrap();
        self.model.items.push(Item { name, key, attempts: 0, place });
    }

    async fn receive(&mut self, consumer: usize, max: usize) {
        let found = self.consumers[consumer].receive(max, Duration::ZERO).await.unwrap();
        let expected = self.model.receive(consumer, max, Instant::now());
        let shown = |received: &Received| {
            (String::from_utf8_lossy(&received.message.payload).into_owned(), received.attempt)
        };
        let expected_shown: Vec<_> =
            expected.iter().map(|(name, attempt, _)| (name.clone(), *attempt)).collect();
        assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), expected_shown);
        for (received, (_, _, delivery)) in found.into_iter().zip(expected) {
            self.tokens.push((delivery, received.token));
        }
    }

    async fn settle(&mut self, which: prop::sample::Index, how: How) {
        if self.tokens.is_empty() {
            return;
        }
        let (delivery, token) = which.get(&self.tokens);
        let settlement = match how {
            How::Done => Settlement::Done,
            How::Retry(units) => Settlement::Retry { after: UNIT * units, reason: "again".into() },
            How::Dead => Settlement::Dead { reason: "no".into() },
        };
        let found = self.consumers[0].settle(token, settlement).await;
        let Some(at) = self.model.holder(*delivery) else {
            assert_eq!(found.unwrap_err().kind(), ErrorKind::Conflict);
            return;
        };
        found.unwrap();
        match how {
            How::Done => drop(self.model.items.remove(at)),
            How::Retry(units) => self.model.again(at, UNIT * units, Instant::now()),
            How::Dead => {
                let item = self.model.items.remove(at);
                self.model.dead.push(item);
            }
        }
    }

    async fn extend(&mut self, which: prop::sample::Index) {
        if self.tokens.is_empty() {
            return;
        }
        let (delivery, token) = which.get(&self.tokens);
        let found = self.consumers[0].extend(token).await;
        match self.model.holder(*delivery) {
            None => assert_eq!(found.unwrap_err().kind(), ErrorKind::Conflict),
            Some(at) => {
                found.unwrap();
                if let Place::Held { until, .. } = &mut self.model.items[at].place {
                    *until = Instant::now() + TIMEOUT;
                }
            }
        }
    }

    async fn leave(&mut self, consumer: usize) {
        self.consumers[consumer] = self.bus.subscribe(&subscription(self.model.by_key)).await.unwrap();
        let is_its = |item: &Item| matches!(item.place, Place::Held { by, .. } if by == consumer);
        let mut at = 0;
        while at < self.model.items.len() {
            let before = self.model.items.len();
            if is_its(&self.model.items[at]) {
                self.model.again(at, Duration::ZERO, Instant::now());
            }
            at += usize::from(self.model.items.len() == before);
        }
    }

    async fn dead(&mut self, which: prop::sample::Index, send_back: bool) {
        if self.model.dead.is_empty() {
            return;
        }
        let at = which.index(self.model.dead.len());
        let letter = self.bus.dead_letters("g", None, 1_000).await.unwrap().letters[at].clone();
        let id = letter.id;
        let mut item = self.model.dead.remove(at);
        if send_back {
            // Its time has passed on the test's clock and not on the wall's.
            let mut form = letter.message;
            form.not_before = None;
            assert_eq!(self.bus.redrive("g", vec![(id, Some(form))]).await.unwrap(), 1);
            (item.attempts, item.place) = (0, Place::Waiting);
            self.model.items.push(item);
        } else {
            assert_eq!(self.bus.discard("g", &[id]).await.unwrap(), 1);
        }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Publish { key, delay } => self.publish(key, delay).await,
            Step::Receive { consumer, max } => self.receive(consumer, max).await,
            Step::Settle { which, how } => self.settle(which, how).await,
            Step::Extend { which } => self.extend(which).await,
            Step::Pass { units } => tokio::time::advance(UNIT * units).await,
            Step::Leave { consumer } => self.leave(consumer).await,
            Step::Redrive { which } => self.dead(which, true).await,
            Step::Discard { which } => self.dead(which, false).await,
            Step::Order { by_key } => {
                self.bus.declare_group(&subscription(by_key)).await.unwrap();
                self.model.by_key = by_key;
            }
        }
    }

    async fn compare(&mut self) {
        assert_eq!(self.bus.backlog("g").await.unwrap(), self.model.backlog());
        let letters = self.bus.dead_letters("g", None, 1_000).await.unwrap().letters;
        let found: Vec<_> =
            letters.iter().map(|letter| (letter.message.payload.clone(), letter.attempts)).collect();
        let expected = self.model.dead.iter().map(|item| (item.name.clone().into(), item.attempts));
        assert_eq!(found, expected.collect::<Vec<_>>());
    }
}

proptest! {
    #[test]
    fn a_group_does_what_a_list_would(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut both = Both::open().await;
            for step in steps {
                both.model.pass(Instant::now());
                both.take(step).await;
                both.model.pass(Instant::now());
                both.compare().await;
            }
        });
    }
}
