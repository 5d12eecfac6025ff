//! The bus: bounded, exact in its times, and nothing lost among many threads.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::bus::{Bus, Message, Pattern, Subscription, Topic};
use bedplate_engine_memory::bus::MemoryBus;
use tokio::time::Instant;

use crate::open_bus;

const HOUR: Duration = Duration::from_secs(3_600);

fn message(payload: impl Into<String>) -> Message {
    Message::new(Topic::new("t").unwrap(), payload.into())
}

fn group(name: &str) -> Subscription {
    Subscription::group(name, [Pattern::new("t").unwrap()])
}

fn messages(bus: &Bus) -> usize {
    bus.native::<MemoryBus>().unwrap().messages()
}

#[tokio::test]
async fn a_full_bus_limits_a_publish_and_names_the_setting() {
    let bus = open_bus("memory:?max_messages=5").await;
    bus.declare(&group("a")).await.unwrap();
    bus.declare(&group("b")).await.unwrap();
    bus.publish_message(message("1")).await.unwrap();
    bus.publish_message(message("2")).await.unwrap();
    // There is room for one of the two groups: neither gets it.
    let error = bus.publish_message(message("3")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limited);
    assert!(error.message().contains("max_messages"), "{error:?}");
    assert_eq!((bus.backlog("a").await.unwrap().ready, bus.backlog("b").await.unwrap().ready), (2, 2));
    let nobody = Message::new(Topic::new("nobody").unwrap(), "5");
    let answers = bus.publish_all(vec![nobody, message("6")]).await;
    assert!(answers[0].is_ok());
    assert_eq!(answers[1].as_ref().unwrap_err().subject(), "t");
    let mut subscriber = bus.subscribe(group("a")).await.unwrap();
    subscriber.next(HOUR).await.unwrap().unwrap().done().await.unwrap();
    bus.publish_message(message("4")).await.unwrap();
    assert_eq!(messages(&bus), 5);
}

#[tokio::test]
async fn whatever_ends_gives_its_room_back() {
    let bus = open_bus("memory:?max_messages=100").await;
    let mut subscriber = bus.subscribe(group("g").prefetch(1)).await.unwrap();
    let listener = bus.subscribe(Subscription::broadcast([Pattern::new("t").unwrap()])).await.unwrap();
    for payload in ["done", "discarded", "sent back", "left"] {
        bus.publish_message(message(payload)).await.unwrap();
    }
    assert_eq!(messages(&bus), 8);
    listener.close().await.unwrap();
    assert_eq!(messages(&bus), 4);
    subscriber.next(HOUR).await.unwrap().unwrap().done().await.unwrap();
    for _ in 0..2 {
        subscriber.next(HOUR).await.unwrap().unwrap().dead("no").await.unwrap();
    }
    assert_eq!(messages(&bus), 3);
    let letters = bus.dead_letters("g", None, 10).await.unwrap().letters;
    bus.discard("g", &[letters[0].id.clone()]).await.unwrap();
    bus.redrive("g", &[letters[1].id.clone()]).await.unwrap();
    assert_eq!(messages(&bus), 2);
    bus.remove_group("g").await.unwrap();
    assert_eq!(messages(&bus), 0);
    bus.declare(&group("g")).await.unwrap();
    bus.publish_message(message("closed")).await.unwrap();
    bus.close().await;
    assert_eq!(bus.native::<MemoryBus>().unwrap().messages(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_listeners_dead_give_their_room_back() {
    let bus = open_bus("memory:").await;
    let broadcast =
        Subscription::broadcast([Pattern::new("t").unwrap()]).max_attempts(1).delivery_timeout(HOUR);
    let mut listener = bus.subscribe(broadcast).await.unwrap();
    bus.publish_message(message("a")).await.unwrap();
    let held = listener.next(HOUR).await.unwrap().unwrap();
    tokio::time::advance(HOUR).await;
    bus.publish_message(message("b")).await.unwrap();
    assert_eq!(held.done().await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(messages(&bus), 1);
}

#[tokio::test(start_paused = true)]
async fn who_waits_wakes_at_the_very_moment() {
    let bus = open_bus("memory:").await;
    let mut first = bus.subscribe(group("g").delivery_timeout(2 * HOUR)).await.unwrap();
    let mut second = bus.subscribe(group("g")).await.unwrap();
    let close_to = |began: Instant, expected: Duration| {
        let elapsed = began.elapsed();
        // A timer of the runtime counts in milliseconds.
        assert!(elapsed >= expected && elapsed < expected + Duration::from_millis(3), "{elapsed:?}");
    };
    bus.publish_message(message("a")).await.unwrap();
    let delivery = first.next(HOUR).await.unwrap().unwrap();
    let began = Instant::now();
    delivery.retry(HOUR, "later").await.unwrap();
    let delivery = first.next(10 * HOUR).await.unwrap().unwrap();
    close_to(began, HOUR);
    let (began, held) = (Instant::now(), delivery);
    let again = second.next(10 * HOUR).await.unwrap().unwrap();
    close_to(began, 2 * HOUR);
    assert_eq!((again.attempt(), held.attempt()), (3, 2));
    again.done().await.unwrap();
    let began = Instant::now();
    assert!(second.next(HOUR).await.unwrap().is_none());
    close_to(began, HOUR);
}

#[tokio::test(start_paused = true)]
async fn who_waits_already_learns_of_what_becomes_due_sooner() {
    let bus = open_bus("memory:").await;
    let mut first = bus.subscribe(group("g").delivery_timeout(HOUR)).await.unwrap();
    let mut second = bus.subscribe(group("g")).await.unwrap();
    let waiting = tokio::spawn(async move {
        let delivery = second.next(10 * HOUR).await.unwrap().unwrap();
        (delivery.attempt(), Instant::now())
    });
    tokio::task::yield_now().await;
    let began = Instant::now();
    bus.publish_message(message("a")).await.unwrap();
    // It is taken before the one that waits has looked, and that one now waits for the end of this delivery.
    let held = first.next(Duration::ZERO).await.unwrap().unwrap();
    let (attempt, at) = waiting.await.unwrap();
    assert_eq!((held.attempt(), attempt), (1, 2));
    assert!(at - began >= HOUR && at - began < HOUR + Duration::from_millis(3), "{:?}", at - began);
}

#[tokio::test]
async fn order_by_key_can_be_asked_for_later() {
    let bus = open_bus("memory:").await;
    bus.declare(&group("g")).await.unwrap();
    for payload in ["1", "2", "3"] {
        bus.publish_message(message(payload).key("k")).await.unwrap();
    }
    bus.declare(&group("g").key_order()).await.unwrap();
    let mut subscriber = bus.subscribe(group("g").key_order()).await.unwrap();
    for expected in ["1", "2", "3"] {
        let delivery = subscriber.next(HOUR).await.unwrap().unwrap();
        assert_eq!(delivery.message().payload, expected);
        assert!(subscriber.next(Duration::ZERO).await.unwrap().is_none());
        delivery.done().await.unwrap();
    }
}

#[tokio::test]
async fn a_busy_subscriber_lets_the_others_of_its_thread_go_on() {
    let bus = open_bus("memory:").await;
    let mut subscriber = bus.subscribe(group("g").max_attempts(u32::MAX)).await.unwrap();
    bus.publish_message(message("again and again")).await.unwrap();
    let busy = tokio::spawn(async move {
        while let Some(delivery) = subscriber.next(HOUR).await.unwrap() {
            delivery.retry(Duration::ZERO, "again").await.unwrap();
        }
    });
    for _ in 0..3 {
        // waits: three turns of the thread that the subscriber keeps busy.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    busy.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_threads_publish_receive_settle_and_leave_and_nothing_is_lost() {
    const PUBLISHERS: usize = 4;
    const EACH: usize = 2_000;
    let bus = open_bus("memory:").await;
    let subscription = group("g").prefetch(7).max_attempts(u32::MAX).delivery_timeout(HOUR);
    bus.declare(&subscription).await.unwrap();
    let done: Arc<Mutex<HashSet<String>>> = Arc::default();
    let settled = Arc::new(AtomicUsize::new(0));
    let members = (0..6).map(|member| {
        let (bus, subscription, done, settled) =
            (bus.clone(), subscription.clone(), done.clone(), settled.clone());
        tokio::spawn(async move {
            let mut subscriber = bus.subscribe(subscription.clone()).await.unwrap();
            let mut round = member;
            while settled.load(Ordering::SeqCst) < PUBLISHERS * EACH {
                let Some(delivery) = subscriber.next(Duration::from_millis(20)).await.unwrap() else {
                    continue;
                };
                round += 1;
                let payload = String::from_utf8_lossy(&delivery.message().payload).into_owned();
                match round % 11 {
                    0 => delivery.retry(Duration::ZERO, "again").await.unwrap(),
                    1 => delivery.retry(Duration::from_millis(1), "again").await.unwrap(),
                    2 => {
                        // With everything that it holds: some unsettled, some not even looked at.
                        drop(delivery);
                        subscriber = bus.subscribe(subscription.clone()).await.unwrap();
                    }
                    _ => {
                        delivery.done().await.unwrap();
                        assert!(done.lock().unwrap().insert(payload), "a message was done twice");
                        settled.fetch_add(1, Ordering::SeqCst);
                    }
                }
            }
        })
    });
    let members: Vec<_> = members.collect();
    let publishers = (0..PUBLISHERS).map(|publisher| {
        let bus = bus.clone();
        tokio::spawn(async move {
            for at in 0..EACH {
                bus.publish_message(message(format!("{publisher}-{at}"))).await.unwrap();
            }
        })
    });
    let tasks = publishers.collect::<Vec<_>>().into_iter().chain(members);
    let all = futures_util::future::try_join_all(tasks);
    tokio::time::timeout(Duration::from_secs(60), all).await.unwrap().unwrap();
    assert_eq!(done.lock().unwrap().len(), PUBLISHERS * EACH);
    assert_eq!(bus.backlog("g").await.unwrap(), Default::default());
    assert_eq!(messages(&bus), 0);
}
