//! How long it takes to read, check and plan manifests of 10, 100 and 1,000 services.
//!
//! Growth is linear where the figures of 10, 100 and 1,000 services, each divided by its services, are close to each
//! other: `cargo bench -p bedplate-manifest` prints them as elements per second.

use std::fmt::Write;
use std::hint::black_box;

use bedplate_manifest::{Context, Plan, Source, check, plan, read};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// A platform in which every service has a database, a cache, events from its neighbours, variables and a secret.
fn platform(services: usize) -> Source {
    let mut text = String::from("platform = \"bench\"\n");
    for n in 0..services {
        let before = (n + services - 1) % services;
        let _ = write!(
            text,
            "\n[services.service-{n}]\nport = {}\nrun = \"npm start\"\ndir = \"services/service-{n}\"\n\
             env = {{ LOG_LEVEL = \"${{LOG_LEVEL:-info}}\", JWT_SECRET = {{ secret = \"jwt-secret\" }} }}\n\
             sql = {{ tables = [\"things\", \"parts\"], migrations = \"services/service-{n}/migrations\" }}\n\
             cache = {{ keys = [\"id:{{id}}\", \"ratelimit:{{userId}}\"], shared = true }}\n\
             bus = {{ publishes = [\"service-{n}.created\", \"service-{n}.deleted\"], subscribes = [\"service-{before}.*\"] }}\n\
             objects = {{ buckets = [\"files-{n}\"] }}\n",
            n + 1_024
        );
    }
    text.push_str(
        "\n[environments.production]\nsql = { engine = \"postgres\", max_connections = 100_000 }\ncache = \"redis\"\n\
         bus = \"rabbitmq\"\nobjects = \"s3\"\nreplicas = 2\nmachines = 2\n",
    );
    Source::new("bedplate.toml", text)
}

fn one(source: &Source) -> Plan {
    let context = Context { variables: &|_| None, opens: &|_, _| true };
    let mut checked = check(source, &["production"], &context);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems.first());
    checked.plans.remove(0)
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("manifest");
    for services in [10, 100, 1_000] {
        let source = platform(services);
        group.throughput(Throughput::Elements(services as u64));
        group.bench_with_input(BenchmarkId::new("read+check+plan", services), &source, |bench, source| {
            bench.iter(|| black_box(one(black_box(source))));
        });
        group.bench_with_input(BenchmarkId::new("read", services), &source, |bench, source| {
            bench.iter(|| black_box(read(black_box(source))));
        });
        // The limit for reading: the parser alone, whose tree the reader walks.
        let text = source.text().into_owned();
        group.bench_with_input(BenchmarkId::new("toml alone", services), &text, |bench, text| {
            bench.iter(|| black_box(toml::de::DeTable::parse(black_box(text)).is_ok()));
        });
        let manifest = read(&source).manifest;
        group.bench_with_input(BenchmarkId::new("plan", services), &manifest, |bench, manifest| {
            let context = Context { variables: &|_| None, opens: &|_, _| true };
            bench
                .iter(|| manifest.as_ref().map(|manifest| plan(black_box(manifest), "production", &context)));
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
