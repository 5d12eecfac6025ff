//! How the places that speak of an engine are laid over one another, and what the plan makes of it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use bedplate_manifest::{Context, Plan, Profile, Source, check, plan, read, render};

/// The plan of one environment of a manifest without problems.
fn plan_of(text: &str, environment: &str) -> Plan {
    let source = Source::new("bedplate.toml", format!("platform = \"shop\"\n{text}"));
    let variables = |name: &str| match name {
        "DB_HOST" => Some("db.internal".to_string()),
        "PORT" => Some("4000".to_string()),
        "JWT_SECRET" | "DB_PASSWORD" => Some("hunter2".to_string()),
        "EMPTY" => Some(String::new()),
        "ANY_ENGINE" => Some("sqlite".to_string()),
        "PLACE" => Some("redis://cache:6380".to_string()),
        "FULL_PLACE" => Some("redis://:hunter2@cache:6380".to_string()),
        "LOGIN" => Some("app:hunter2@cache".to_string()),
        _ => None,
    };
    let mut checked = check(&source, &[environment], &Context { variables: &variables, opens: &|_, _| true });
    let problems: Vec<String> =
        checked.problems.iter().map(|problem| render(problem, &source, false)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    checked.plans.remove(0)
}

fn variable<'a>(plan: &'a Plan, service: &str, name: &str) -> Option<&'a str> {
    let service = plan.service(service).unwrap();
    service.variables.iter().find(|one| one.name == name).map(|one| one.value.as_str())
}

#[test]
fn four_lines_are_a_platform_on_embedded_engines() {
    let plan = plan_of("[services.orders]\nsql = true\ncache = true\nbus = true\nobjects = true", "dev");
    assert_eq!(
        (plan.environment.as_str(), plan.profile, plan.servers.len()),
        ("dev", Profile::Development, 0)
    );
    assert_eq!(variable(&plan, "orders", "DATABASE_URL"), Some("sqlite:./.bedplate/dev/orders/sql.db"));
    assert_eq!(variable(&plan, "orders", "CACHE_URL"), Some("memory:"));
    assert_eq!(variable(&plan, "orders", "BUS_URL"), Some("sqlite:./.bedplate/dev/bus.db"));
    assert_eq!(variable(&plan, "orders", "OBJECTS_URL"), Some("files:./.bedplate/dev/orders/objects/orders"));
}

#[test]
fn development_is_there_unless_an_environment_has_its_profile() {
    let names = |text: &str| -> Vec<String> {
        let reading =
            read(&Source::new("x", format!("platform = \"shop\"\n[services.a]\nsql = true\n{text}")));
        reading.manifest.unwrap().environments().map(String::from).collect()
    };
    assert_eq!(names(""), ["dev"]);
    assert_eq!(names("[environments.production]\nsql = \"postgres\""), ["dev", "production"]);
    assert_eq!(names("[environments.production]\n[environments.pilot]"), ["production", "pilot"]);
    assert_eq!(names("[environments.laptop]\nprofile = \"development\""), ["laptop"]);
}

#[test]
fn what_is_said_of_a_service_in_an_environment_wins_over_the_service_and_that_over_the_environment() {
    let text = "[services.a]\nsql = { connection_limit = 7 }\n[services.b]\nsql = true\n[services.c]\nsql = \"sqlite\"\n\
        [environments.production]\nsql = { engine = \"postgres\", host = \"main\", connection_limit = 9 }\n\
        [environments.production.services.a]\nsql = { host = \"own\" }\n\
        [environments.production.services.c]\nsql = \"mysql\"\n";
    let plan = plan_of(text, "production");
    let sql = |name: &str| plan.service(name).unwrap().sql.clone().unwrap();
    assert_eq!(
        (sql("a").engine, sql("a").host.as_deref(), sql("a").pool.unwrap().connection_limit),
        ("postgres", Some("own"), 7)
    );
    assert_eq!(
        (sql("b").engine, sql("b").host.as_deref(), sql("b").pool.unwrap().connection_limit),
        ("postgres", Some("main"), 9)
    );
    // Another engine takes nothing from the one that it replaces.
    assert_eq!(
        (sql("c").engine, sql("c").host.as_deref(), sql("c").port),
        ("mysql", Some("mysql"), Some(3306))
    );
}

#[test]
fn servers_are_shared_unless_a_service_has_its_own() {
    let text = "[services.a]\nsql = true\ncache = true\n[services.b]\nsql = true\nbus = { publishes = [\"x.y\"] }\n\
        [services.c]\nsql = { port = 6000 }\n\
        [environments.dev]\nsql = \"postgres\"\ncache = \"redis\"\nbus = \"redis-streams\"\n";
    let plan = plan_of(text, "dev");
    let servers: Vec<_> =
        plan.servers.iter().map(|one| (one.name.as_str(), one.port, one.used_by.len())).collect();
    assert_eq!(servers, [("postgres", 5432, 2), ("redis", 6379, 2), ("postgres-c", 6000, 1)]);
    assert_eq!(plan.server("postgres").unwrap().connections.as_ref().unwrap().needed, 20);
}

#[test]
fn servers_of_their_own_stand_side_by_side() {
    let text = "[services.a]\nsql = true\n[services.b]\nsql = true\n[environments.dev]\nsql = { engine = \"postgres\", one_server = false }\n\
        [environments.production]\nsql = { engine = \"postgres\", one_server = false }\n";
    let places = |environment| -> Vec<(String, u16)> {
        plan_of(text, environment).servers.into_iter().map(|one| (one.host, one.port)).collect()
    };
    assert_eq!(places("dev"), [("localhost".to_string(), 5432), ("localhost".to_string(), 5433)]);
    assert_eq!(places("production"), [("postgres-a".to_string(), 5432), ("postgres-b".to_string(), 5432)]);
}

#[test]
fn variables_are_resolved_wherever_a_value_may_stand() {
    let text = "[services.a]\nport = \"${PORT}\"\nreplicas = \"${EMPTY:-2}\"\ndir = \"$$x/${MISSING:-y}\"\nsql = true\n\
        env = { A = \"${DB_HOST}:${PORT}\" }\n[environments.dev]\nsql = { engine = \"postgres\", host = \"${DB_HOST}\" }\n";
    let plan = plan_of(text, "dev");
    let service = plan.service("a").unwrap();
    assert_eq!((service.port, service.replicas, service.dir.as_str()), (Some(4000), 2, "$x/y"));
    assert_eq!(variable(&plan, "a", "A"), Some("db.internal:4000"));
    assert_eq!(service.sql.as_ref().unwrap().host.as_deref(), Some("db.internal"));
}

#[test]
fn secrets_stay_references_even_where_they_are_set() {
    let text = "[services.a]\nrun = \"serve --secret ${JWT_SECRET}\"\n\
        sql = { engine = \"postgres\", url = \"postgres://app:${DB_PASSWORD}@${DB_HOST}/a\" }\n\
        env = { JWT = \"${JWT_SECRET}\", TOKEN = \"${PORT}\", KEY = { secret = \"api-key\" } }\n";
    let plan = plan_of(text, "dev");
    assert!(!serde_json::to_string(&plan).unwrap().contains("hunter2"));
    assert_eq!(plan.service("a").unwrap().run.as_deref(), Some("serve --secret ${JWT_SECRET}"));
    assert!(
        variable(&plan, "a", "DATABASE_URL")
            .unwrap()
            .starts_with("postgres://app:${DB_PASSWORD}@db.internal/a?")
    );
    let values: Vec<_> = ["JWT", "TOKEN", "KEY"].into_iter().map(|name| variable(&plan, "a", name)).collect();
    assert_eq!(values, [Some("${JWT_SECRET}"), Some("${PORT}"), Some("${API_KEY}")]);
    let secrets: Vec<_> = plan.secrets.iter().map(|one| one.variable.as_str()).collect();
    assert_eq!(secrets, ["API_KEY", "DB_PASSWORD", "JWT_SECRET", "PORT"]);
}

#[test]
fn own_variables_win_over_the_environments_and_those_over_what_is_made() {
    let text = "[services.a]\nport = 3000\nsql = true\nenv = { B = \"service\", C = \"service\" }\n\
        [environments.dev]\nenv = { PORT = 1, B = \"environment\", C = \"environment\" }\n\
        [environments.dev.services.a]\nenv = { C = \"both\" }\n";
    let plan = plan_of(text, "dev");
    let values: Vec<_> = ["PORT", "B", "C"].into_iter().map(|name| variable(&plan, "a", name)).collect();
    assert_eq!(values, [Some("1"), Some("service"), Some("both")]);
}

#[test]
fn clients_get_the_names_that_they_know() {
    let text = "[services.a]\ncache = \"memcached\"\nbus = { engine = \"kafka\", publishes = [\"x\"] }\nobjects = \"s3\"\n\
        [services.b]\ncache = \"redis\"\nbus = { engine = \"nats\", publishes = [\"x\"] }\nobjects = { engine = \"minio\", buckets = [\"one\", \"two\"] }\n";
    let plan = plan_of(text, "dev");
    for (service, name, value) in [
        ("a", "MEMCACHED_SERVERS", "localhost:11211"),
        ("a", "KAFKA_BOOTSTRAP_SERVERS", "localhost:9092"),
        ("a", "S3_BUCKET", "a"),
        ("a", "AWS_ENDPOINT_URL", "http://localhost:4566"),
        ("a", "AWS_REGION", "us-east-1"),
        ("b", "REDIS_URL", "redis://localhost:6379"),
        ("b", "NATS_URL", "nats://localhost:4222"),
        ("b", "AWS_ENDPOINT_URL_S3", "http://localhost:9000"),
        ("b", "AWS_SECRET_ACCESS_KEY", "${AWS_SECRET_ACCESS_KEY}"),
        ("b", "OBJECTS_URL", "minio://localhost:9000/one"),
        ("b", "OBJECTS_URL_TWO", "minio://localhost:9000/two"),
    ] {
        assert_eq!(variable(&plan, service, name), Some(value), "{service} {name}");
    }
}

#[test]
fn a_folder_or_a_file_can_be_chosen_by_url() {
    let text = "[services.a]\nsql = true\nobjects = { buckets = [\"pictures\"] }\n\
        [environments.dev]\nsql = \"sqlite:./data/?busy_timeout=9s\"\nobjects = \"files:/srv/objects\"\n";
    let plan = plan_of(text, "dev");
    assert_eq!(variable(&plan, "a", "DATABASE_URL"), Some("sqlite:./data/a.db?busy_timeout=9s"));
    assert_eq!(variable(&plan, "a", "OBJECTS_URL"), Some("files:/srv/objects/pictures"));
}

#[test]
fn settings_of_the_engine_pass_through() {
    let text = "[services.a]\nsql = { sslmode = \"require\" }\n[environments.dev]\nsql = { engine = \"postgres\", statement_cache = 50 }\n";
    let url = plan_of(text, "dev").service("a").unwrap().sql.clone().unwrap().url;
    assert!(url.contains("sslmode=require") && url.contains("statement_cache=50"), "{url}");
}

#[test]
fn a_bus_on_a_sql_server_has_a_database_of_the_platform() {
    let text = "[services.a]\nsql = true\nbus = { publishes = [\"x.y\"] }\n[environments.dev]\nsql = \"postgres\"\nbus = \"postgres\"\n";
    let plan = plan_of(text, "dev");
    let databases: Vec<_> = plan.servers[0].databases.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(databases, ["a_db", "shop_bus"]);
    assert_eq!(
        variable(&plan, "a", "BUS_URL"),
        Some("postgres://shop_bus:${BUS_PASSWORD}@localhost:5432/shop_bus")
    );
}

#[test]
fn an_unknown_environment_has_no_plan() {
    let manifest =
        read(&Source::new("x", "platform = \"shop\"\n[services.a]\nsql = true\n")).manifest.unwrap();
    let planning = plan(&manifest, "devv", &Context { variables: &|_| None, opens: &|_, _| true });
    assert!(planning.plan.is_none());
    assert_eq!(planning.problems[0].help.as_deref(), Some("did you mean `dev`?"));
}

#[test]
fn what_is_wrong_in_one_environment_names_it_and_what_is_wrong_in_all_does_not() {
    let text = "platform = \"shop\"\n[services.a]\nsql = true\nbus = { subscribes = [\"x.y\"] }\n\
        [environments.dev]\n[environments.staging]\nsql = \"redis\"\nbus = \"nats\"\n[environments.production]\nsql = \"redis\"\nbus = \"nats\"\n";
    let checked = check(&Source::new("x", text), &[], &Context { variables: &|_| None, opens: &|_, _| true });
    let found: Vec<_> = checked.problems.iter().map(|one| (one.code, one.environments.join(" "))).collect();
    assert_eq!(
        found,
        [
            ("nobody-publishes", String::new()),
            ("engine-lacks-capability", "staging".to_string()),
            ("engine-lacks-capability", "production".to_string()),
        ]
    );
    assert_eq!(checked.plans.len(), 3);
    assert!(checked.has_errors());
}

#[test]
fn a_url_is_laid_under_what_is_said_more_closely() {
    let text = "[services.a]\nsql = { host = \"own\" }\ncache = { port = 7000 }\n[services.b]\nsql = { engine = \"postgres\" }\n\
        [services.c]\nsql = \"sqlite\"\ncache = true\n[environments.production]\n\
        sql = { url = \"postgres://main:6000?sslmode=require\", pool_timeout = \"7s\" }\ncache = \"redis://:${REDIS_PASSWORD}@cache\"\n";
    let plan = plan_of(text, "production");
    let url = |service, name| variable(&plan, service, name).unwrap();
    let query = "?connect_timeout=10&connection_limit=20&pool_timeout=7&sslmode=require";
    assert_eq!(
        url("a", "DATABASE_URL"),
        format!("postgres://a_user:${{A_DATABASE_PASSWORD}}@own:6000/a_db{query}")
    );
    assert_eq!(
        url("b", "DATABASE_URL"),
        format!("postgres://b_user:${{B_DATABASE_PASSWORD}}@main:6000/b_db{query}")
    );
    assert_eq!(url("c", "DATABASE_URL"), "sqlite:./.bedplate/production/c/sql.db");
    assert_eq!(url("a", "CACHE_URL"), "redis://:${REDIS_PASSWORD}@cache:7000");
    assert_eq!(url("c", "CACHE_URL"), "redis://:${REDIS_PASSWORD}@cache");
}

#[test]
fn the_pool_of_a_url_is_counted() {
    let text = "[services.a]\nsql = { connection_limit = 50 }\n[environments.dev]\n\
        sql = \"postgres://db:5432?connection_limit=3&pool_timeout=1\"\n";
    let plan = plan_of(text, "dev");
    let pool = plan.service("a").unwrap().sql.clone().unwrap().pool.unwrap();
    assert_eq!((pool.connection_limit, pool.pool_timeout_ms, pool.connect_timeout_ms), (3, 1_000, 5_000));
    assert_eq!(plan.servers[0].connections.as_ref().unwrap().needed, 3);
}

#[test]
fn a_url_that_comes_whole_from_a_variable_chooses_the_engine() {
    let plan = plan_of("[services.a]\nsql = \"${ANY_ENGINE}\"\ncache = \"${PLACE}\"\n", "dev");
    assert_eq!(variable(&plan, "a", "CACHE_URL"), Some("redis://cache:6380"));
    assert_eq!(plan.service("a").unwrap().sql.as_ref().unwrap().engine, "sqlite");
}

#[test]
fn a_password_in_a_variable_with_an_innocent_name_stays_a_reference() {
    let text = "[services.a]\nrun = \"serve ${FULL_PLACE}\"\ncache = \"redis://${LOGIN}:6380\"\nenv = { U = \"x${FULL_PLACE}\" }\n";
    let plan = plan_of(text, "dev");
    assert!(!serde_json::to_string(&plan).unwrap().contains("hunter2"));
    assert_eq!(plan.service("a").unwrap().run.as_deref(), Some("serve ${FULL_PLACE}"));
    assert_eq!(variable(&plan, "a", "U"), Some("x${FULL_PLACE}"));
    assert_eq!(variable(&plan, "a", "CACHE_URL"), Some("redis://${LOGIN}:6380"));
}

#[test]
fn a_value_of_a_variable_is_never_shown_in_a_problem() {
    for choice in ["${FULL_PLACE}", "${ANY_WORD}"] {
        for written in [
            format!("\"{choice}\""),
            format!("{{ url = \"{choice}\" }}"),
            format!("{{ engine = \"{choice}\" }}"),
        ] {
            let text = format!("platform = \"shop\"\n[services.a]\ncache = {written}\n");
            let source = Source::new("bedplate.toml", text);
            let variables = |name: &str| match name {
                "FULL_PLACE" => Some("redis://:hunter2@cache:6380".to_string()),
                _ => Some("hunter2".to_string()),
            };
            let checked = check(&source, &[], &Context { variables: &variables, opens: &|_, _| true });
            assert_eq!(checked.problems.len(), 1, "{written}: {:?}", checked.problems);
            assert!(!render(&checked.problems[0], &source, false).contains("hunter2"), "{written}");
        }
    }
}

#[test]
fn a_bus_of_a_cloud_at_a_host_of_ones_own_has_no_local_endpoint() {
    let own = "bus = { engine = \"aws\", host = \"queues\", port = 9324, publishes = [\"x.y\"] }";
    let text = format!("[services.a]\n{own}\n[environments.production]\nreplicas = 2\n");
    for environment in ["dev", "production"] {
        let plan = plan_of(&text, environment);
        assert_eq!(
            variable(&plan, "a", "BUS_URL"),
            Some("sqs://queues:9324?region=us-east-1"),
            "{environment}"
        );
        assert_ne!(variable(&plan, "a", "AWS_ENDPOINT_URL"), Some("http://localhost:4566"), "{environment}");
        assert!(plan.doors.is_empty(), "{environment}");
    }
}

#[test]
fn a_variable_whose_name_is_none_is_in_no_plan() {
    let text = "platform = \"shop\"\n[services.a]\nenv = { \"A;id\" = \"1\", B = \"2\" }\n";
    let source = Source::new("bedplate.toml", text);
    let checked = check(&source, &[], &Context { variables: &|_| None, opens: &|_, _| true });
    assert_eq!(checked.problems[0].code, "invalid-name");
    let names: Vec<_> = checked.plans[0].services[0].variables.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["B"]);
}

#[test]
fn an_excerpt_of_a_file_of_windows_has_no_line_ends() {
    let source = Source::new("bedplate.toml", "platform = \"shop\"\r\n[services.a]\r\nsqk = true\r\n");
    let checked = check(&source, &[], &Context { variables: &|_| None, opens: &|_, _| true });
    let shown = render(&checked.problems[0], &source, false);
    assert!(shown.contains("3 | sqk = true\n"), "{shown}");
}

#[test]
fn a_server_that_archives_is_told_how() {
    let plan = plan_of(
        "[services.orders]\nsql = true\n[services.users]\nsql = true\n\
         [environments.production]\nsql = { engine = \"postgres\", archive = \"/backups/wal\" }",
        "production",
    );
    let archive = plan.server("postgres").unwrap().archive.as_ref().unwrap();
    assert_eq!(archive.folder, "/backups/wal");
    assert_eq!(archive.settings["archive_mode"], "on");
    let command = &archive.settings["archive_command"];
    assert!(command.contains("/backups/wal/%f") && !command.contains('{'), "{command}");
}
