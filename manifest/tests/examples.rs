//! The example platforms: their plans in every environment, and what a build with today's drivers lacks for them.
//!
//! `SNAPSHOTS=overwrite cargo test -p bedplate-manifest` rewrites the expected plans.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use bedplate_core::{Capability, Engine};
use bedplate_manifest::{Checked, Context, Plan, Source, check, render};
use snapbox::{Data, assert_data_eq};

const EXAMPLES: [(&str, &[&str]); 5] = [
    ("saas-starter", &["development", "production"]),
    ("token-gateway", &["pilot", "production"]),
    ("auth-user-product", &["development", "staging", "production"]),
    ("residents", &["development", "production"]),
    ("orders", &["dev", "staging", "production"]),
];

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn check_example(name: &str, opens: &dyn Fn(&Engine, Capability) -> bool) -> (Source, Checked) {
    let path = here().join("../examples").join(name).join("bedplate.toml");
    let source = Source::new(format!("examples/{name}/bedplate.toml"), fs::read(path).unwrap());
    let checked = check(&source, &[], &Context { variables: &|_| None, opens });
    (source, checked)
}

fn example(name: &str) -> Vec<Plan> {
    let (source, checked) = check_example(name, &|_, _| true);
    let problems: Vec<String> =
        checked.problems.iter().map(|problem| render(problem, &source, false)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    checked.plans
}

fn plan(name: &str, environment: &str) -> Plan {
    example(name).into_iter().find(|plan| plan.environment == environment).unwrap()
}

fn variable<'a>(plan: &'a Plan, service: &str, name: &str) -> &'a str {
    let service = plan.services.iter().find(|one| one.name == service).unwrap();
    &service.variables.iter().find(|one| one.name == name).unwrap_or_else(|| panic!("{name}")).value
}

#[test]
fn plans_are_as_expected_in_every_environment() {
    for (name, environments) in EXAMPLES {
        let plans = example(name);
        let found: Vec<&str> = plans.iter().map(|plan| plan.environment.as_str()).collect();
        assert_eq!(found, environments, "{name}");
        for plan in &plans {
            let actual = serde_json::to_string_pretty(plan).unwrap() + "\n";
            let path = here().join("tests/examples").join(name).join(format!("{}.json", plan.environment));
            assert_data_eq!(Data::text(actual).raw(), Data::read_from(&path, None).raw());
        }
    }
}

#[test]
fn a_diagram_is_as_expected() {
    let path = here().join("tests/examples/residents/development.mmd");
    let actual = plan("residents", "development").mermaid();
    assert_data_eq!(Data::text(actual).raw(), Data::read_from(&path, None).raw());
}

#[test]
fn what_todays_drivers_cannot_open_is_all_that_is_missing() {
    let opens = |engine: &Engine, capability| {
        matches!(
            (engine.name, capability),
            ("sqlite" | "postgres", Capability::Sql)
                | ("memory", Capability::Cache | Capability::Bus)
                | ("files", Capability::Objects)
        )
    };
    let mut lines = Vec::new();
    for (name, _) in EXAMPLES {
        for problem in check_example(name, &opens).1.problems {
            assert_eq!(problem.code, "engine-not-in-build", "{name}: {problem:?}");
            let environments =
                if problem.environments.is_empty() { "all".into() } else { problem.environments.join(", ") };
            lines.push(format!("{name} ({environments}): {}", problem.message));
        }
    }
    let expected = Data::read_from(&here().join("tests/examples/missing.txt"), None).raw();
    assert_data_eq!(Data::text(lines.join("\n") + "\n").raw(), expected);
}

#[test]
fn the_saas_starter_has_its_compose_ports_and_its_analytics_engine() {
    let plan = plan("saas-starter", "development");
    let servers: Vec<_> =
        plan.servers.iter().map(|one| (one.name.as_str(), one.host.as_str(), one.port)).collect();
    assert_eq!(
        servers,
        [("postgres", "localhost", 5432), ("redis", "localhost", 6379), ("nats", "localhost", 4222)]
    );
    assert_eq!(plan.services[2].sql.as_ref().unwrap().engine, "duckdb");
    let groups: Vec<_> = plan.services[3]
        .bus
        .as_ref()
        .unwrap()
        .subscriptions
        .iter()
        .filter_map(|one| one.group.as_deref())
        .collect();
    assert_eq!(groups, ["email-queue", "webhook-queue", "background-jobs"]);
}

#[test]
fn the_token_gateway_needs_no_server_in_its_pilot() {
    let pilot = plan("token-gateway", "pilot");
    assert!(pilot.servers.is_empty() && pilot.secrets.is_empty() && pilot.services[1].objects.is_none());
    let production = plan("token-gateway", "production");
    assert_eq!(
        production.services[1].objects.as_ref().unwrap().buckets[0].url,
        "s3://audit-archive?region=us-east-1"
    );
    assert!(production.topics.is_empty());
}

#[test]
fn auth_user_product_has_the_ports_keys_topics_and_variables_of_its_document() {
    let development = plan("auth-user-product", "development");
    let databases: Vec<_> = development
        .servers
        .iter()
        .flat_map(|server| {
            server.databases.iter().map(|one| (one.name.as_str(), one.role.as_str(), server.port))
        })
        .collect();
    assert_eq!(
        databases,
        [
            ("auth_db", "auth_user", 5433),
            ("user_db", "user_user", 5435),
            ("product_db", "product_user", 5434)
        ]
    );
    assert_eq!(
        variable(&development, "auth", "DATABASE_URL"),
        "postgres://auth_user:${AUTH_DATABASE_PASSWORD}@localhost:5433/auth_db?connect_timeout=5&connection_limit=10&pool_timeout=5"
    );
    assert_eq!(variable(&development, "user", "REDIS_URL"), "redis://localhost:6379");
    assert_eq!(variable(&development, "auth", "AWS_ENDPOINT_URL"), "http://localhost:4566");
    assert_eq!(variable(&development, "auth", "LOCALSTACK_ENDPOINT"), "http://localhost:4566");
    let keys: Vec<_> = development
        .services
        .iter()
        .filter_map(|one| one.cache.as_ref())
        .flat_map(|cache| &cache.keys)
        .collect();
    assert_eq!(keys, ["rl:{identifier}", "user:id:{userId}", "user:email:{email}"]);
    let topics: Vec<_> = development.topics.iter().map(|topic| topic.name.as_str()).collect();
    assert_eq!(
        topics,
        [
            "user.created",
            "user.deactivated",
            "user.email.verification.requested",
            "user.password.reset.requested"
        ]
    );
    assert_eq!((development.doors.len(), development.doors[0].port), (1, 4566));
    for (environment, limit, lifetime) in [("development", 10, 15), ("staging", 5, 5), ("production", 20, 10)]
    {
        let plan = plan("auth-user-product", environment);
        assert_eq!(plan.services[0].sql.as_ref().unwrap().pool.unwrap().connection_limit, limit);
        assert_eq!(plan.services[1].cache.as_ref().unwrap().lifetime_ms, lifetime * 60_000);
        assert_eq!(plan.doors.is_empty(), environment != "development");
    }
}

#[test]
fn residents_have_a_database_each_on_one_server() {
    for environment in ["development", "production"] {
        let plan = plan("residents", environment);
        let postgres = plan.servers.iter().find(|server| server.engine == "postgres").unwrap();
        let databases: Vec<_> = postgres.databases.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(
            databases,
            [
                "iam_db",
                "building_db",
                "community_db",
                "tickets_db",
                "booking_db",
                "marketplace_db",
                "payments_db",
                "notifications_db",
                "ai_db",
            ]
        );
        let keys: Vec<_> =
            plan.services.iter().filter_map(|one| one.cache.as_ref()).flat_map(|cache| &cache.keys).collect();
        for key in [
            "gateway:ratelimit:{userId}",
            "booking:hold:{resourceId}:{timeSlot}",
            "notifications:dedupe:{eventId}",
            "ai:cache:{queryHash}",
        ] {
            assert!(keys.iter().any(|found| *found == key), "{key}");
        }
    }
}

#[test]
fn orders_keep_their_passwords_out_of_the_plan() {
    let plan = plan("orders", "production");
    assert_eq!(variable(&plan, "orders", "REDIS_URL"), "redis://:${REDIS_PASSWORD}@redis-cluster:6379");
    assert_eq!(
        variable(&plan, "orders", "RABBITMQ_URL"),
        "amqps://orders:${RABBITMQ_PASSWORD}@rabbitmq:5671"
    );
    let secrets: Vec<_> = plan.secrets.iter().map(|one| (one.variable.as_str(), one.generated)).collect();
    assert_eq!(
        secrets,
        [
            ("ORDERS_DATABASE_PASSWORD", true),
            ("RABBITMQ_PASSWORD", false),
            ("REDIS_PASSWORD", false),
            ("SERVICE_HMAC_SECRET", false),
        ]
    );
}
