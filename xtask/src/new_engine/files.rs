//! What a new engine's folder holds.

use super::contract::Contract;
use super::name::Name;

const CARGO: &str = include_str!("templates/Cargo.toml.txt");
const README: &str = include_str!("templates/README.md.txt");
const LIB: &str = include_str!("templates/lib.rs.txt");
const CONNECT: &str = include_str!("templates/connect.rs.txt");
const ERROR: &str = include_str!("templates/error.rs.txt");
const CAPABILITY: &str = include_str!("templates/capability.rs.txt");
const CONFORMANCE: &str = include_str!("templates/conformance.rs.txt");
const SPECIFICS: &str = include_str!("templates/specifics.rs.txt");
const ENTRY: &str = include_str!("templates/entry.rs.txt");

/// The files of the engine's crate, by their path from the repository's root.
pub(crate) fn crate_files(name: &Name, contract: &Contract) -> Vec<(String, String)> {
    let at = |path: &str| format!("engines/{}/{path}", name.engine);
    vec![
        (at("Cargo.toml"), cargo(name, contract)),
        (at("README.md"), filled(README, name)),
        (at("src/lib.rs"), filled(LIB, name)),
        (at("src/connect.rs"), filled(CONNECT, name)),
        (at("src/error.rs"), filled(ERROR, name)),
        (at(&format!("src/{}.rs", name.capability)), capability(name, contract)),
        (at("tests/conformance.rs"), filled(CONFORMANCE, name)),
        (at("tests/specifics.rs"), filled(SPECIFICS, name)),
    ]
}

/// The engine's entry in the catalogue.
pub(crate) fn entry(name: &Name) -> (String, String) {
    (format!("catalogue/src/engines/{}.rs", name.engine), filled(ENTRY, name))
}

fn cargo(name: &Name, contract: &Contract) -> String {
    let imports = contract.imports();
    let is_used = |outside: &&str| imports.iter().any(|path| path.starts_with(&format!("{outside}::")));
    let others: String = ["bytes", "jiff"]
        .iter()
        .filter(|outside| is_used(outside))
        .map(|name| format!("{name}.workspace = true\n"))
        .collect();
    filled(CARGO, name).replace("{others}", &others)
}

fn capability(name: &Name, contract: &Contract) -> String {
    let (constant, capability) = (name.constant(), &name.capability);
    let features = format!("{constant}.{capability}.as_ref().map_or(Features::NONE, |offer| offer.features)");
    let ours = format!("bedplate_core::{capability}::");
    let (mut std, mut outside, mut names) = (String::new(), String::new(), Vec::new());
    for path in contract.imports() {
        match path.strip_prefix(&ours) {
            Some(name) => names.push(name),
            None if path.starts_with("std::") => std += &format!("use {path};\n"),
            // The template has what every engine needs from the core itself.
            None if path.starts_with("bedplate_core::") => {}
            None => outside += &format!("use {path};\n"),
        }
    }
    filled(CAPABILITY, name)
        .replace("{std}", &std)
        .replace("{outside}", &outside)
        .replace("{names}", &names.join(", "))
        .replace("{methods}", contract.bodies(&features).trim_end())
}

fn filled(template: &str, name: &Name) -> String {
    template
        .replace("{engine}", &name.engine)
        .replace("{ENGINE}", &name.constant())
        .replace("{capability}", &name.capability)
        .replace("{contract}", &name.contract())
        .replace("{implementor}", &name.implementor())
        .replace("{library}", &name.library())
        .replace("{package}", &name.package())
}
