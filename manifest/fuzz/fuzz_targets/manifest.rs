//! Reads any bytes as a manifest, checks every environment, and renders what is wrong.
#![no_main]

use bedplate_manifest::{Context, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let source = Source::new("bedplate.toml", bytes);
    let variables = |name: &str| (name.len() < 4).then(|| name.to_lowercase());
    let context = Context { variables: &variables, opens: &|engine, _| engine.name.len() % 2 == 0 };
    let checked = bedplate_manifest::check(&source, &[], &context);
    for problem in &checked.problems {
        let shown = bedplate_manifest::render(problem, &source, false);
        assert!(shown.contains(problem.code), "a problem shows its code");
        let _ = problem.to_json(&source);
    }
    for plan in &checked.plans {
        let _ = plan.mermaid();
    }
});
