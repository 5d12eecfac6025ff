//! The SaaS starter's decision matrix: message queues.

use bedplate_catalogue::matrix::Need::Bus;

use crate::branch::*;

branches! {
    seed_000_bus_tree_task_distribution_is_rabbitmq { "bus": { "need": "tasks" } } =>
        is(Bus, "rabbitmq"), gains(Bus, "rabbitmq", "tasks");
    seed_000_bus_tree_event_streaming_is_kafka { "bus": { "need": "streaming" } } =>
        is(Bus, "kafka"), gains(Bus, "kafka", "event-log");
    seed_000_bus_tree_low_latency_is_nats { "bus": { "need": "low-latency" } } =>
        is(Bus, "nats"), loses(Bus, "rabbitmq", "latency"), loses(Bus, "postgres", "latency");
    seed_000_bus_tree_simple_events_on_redis_is_redis_streams { "operates": ["redis"], "bus": { "need": "simple-events" } } =>
        is(Bus, "redis"), gains(Bus, "redis", "simple-events-on-redis"), gains(Bus, "redis", "already-operated");
    seed_000_bus_tree_simple_events_without_redis_is_not_redis_streams { "bus": { "need": "simple-events" } } =>
        is(Bus, "nats"), gains(Bus, "redis", "simple-events");

    seed_000_kafka_is_not_for_simple_task_queues_but_rabbitmq_is { "bus": { "need": "tasks" } } =>
        is(Bus, "rabbitmq"), loses(Bus, "kafka", "task-queue");
    seed_000_kafka_is_not_for_low_volume_but_nats_is
        { "bus": { "need": "streaming", "replay": true, "messages_per_second": 50 } } =>
        is(Bus, "nats"), loses(Bus, "kafka", "low-volume");
    seed_000_kafka_is_not_for_scarce_resources { "operations": "low", "bus": { "need": "streaming" } } =>
        is(Bus, "nats"), loses(Bus, "kafka", "constrained");

    seed_000_stack_bus_is_nats_with_rabbitmq_as_fallback { "bus": { "need": "events" } } =>
        is(Bus, "nats"), is_second(Bus, "rabbitmq"), gains(Bus, "rabbitmq", "proven"), comes_with(Bus, "nats", "JetStream");
    seed_000_stack_high_volume_streaming_is_kafka { "bus": { "need": "streaming", "messages_per_second": 200000 } } =>
        is(Bus, "kafka"), gains(Bus, "kafka", "high-volume"), gains(Bus, "nats", "high-volume"),
        loses(Bus, "redis", "high-volume");
    seed_000_stack_without_queue_skips_it {} => is(Bus, "none");
    seed_000_use_case_mail_webhooks_and_jobs_are_rabbitmq { "bus": { "need": "tasks", "durable": true, "dead_letters": true } } =>
        is(Bus, "rabbitmq"), gains(Bus, "rabbitmq", "durable"), loses(Bus, "redis", "durable");

    seed_000_rabbitmq_is_for_request_reply { "bus": { "need": "tasks", "request_reply": true } } =>
        is(Bus, "rabbitmq"), gains(Bus, "rabbitmq", "request-reply"), gains(Bus, "nats", "request-reply");
    seed_000_rabbitmq_is_for_complex_routing { "bus": { "need": "events", "routing": "complex" } } =>
        is(Bus, "rabbitmq"), loses(Bus, "nats", "complex-routing"), loses(Bus, "postgres", "complex-routing");
    seed_000_rabbitmq_is_heavy { "operations": "low", "bus": { "need": "events" } } =>
        is(Bus, "nats"), loses(Bus, "rabbitmq", "resources"), gains(Bus, "nats", "light");
    seed_000_nats_is_perfect_for_kubernetes { "platform": "kubernetes", "bus": { "need": "events" } } =>
        is(Bus, "nats"), gains(Bus, "nats", "kubernetes");
    seed_000_nats_streams_events { "bus": { "need": "streaming" } } => gains(Bus, "nats", "streaming"), is_second(Bus, "nats");
    seed_000_kafka_is_for_replay { "bus": { "need": "events", "replay": true } } =>
        is(Bus, "kafka"), is_out(Bus, "rabbitmq", "replay");
    seed_000_kafka_keeps_events { "bus": { "need": "streaming", "retention_days": 365 } } =>
        is(Bus, "kafka"), gains(Bus, "kafka", "retention"), loses(Bus, "rabbitmq", "retention");
}
