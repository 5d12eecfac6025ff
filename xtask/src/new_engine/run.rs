//! The command: writes the folder, edits the lists that it has to be in, and prints what is left to do by hand.

use std::path::Path;

use super::contract::Contract;
use super::name::Name;
use super::{edit, files};
use crate::cargo::{self, cargo};
use crate::command::{Failure, Outcome};
use crate::root;

pub(crate) const HELP: &str = "
NAME is the product as its makers spell it, in lower case; CAPABILITY is sql, cache, bus or objects.
Writes engines/NAME with a driver that refuses every call, the product's entry in the catalogue where there is none, and the
lines in the workspace; prints what is left to do. Overwrites nothing.
";

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Outcome {
    let [engine, capability] = args else {
        return Err(Failure::Usage("`cargo xtask new-engine` takes a name and a capability".into()));
    };
    let name = Name::new(engine, capability)?;
    let root = root::find()?;
    for path in write(&root, &name).map_err(Failure::Failed)? {
        println!("wrote {path}");
    }
    if cargo::has(&root, "fmt") {
        cargo::run(cargo(&root, &["fmt", "--package", &name.package()])).map_err(Failure::Failed)?;
    }
    print!("{}", steps(&name));
    Ok(())
}

/// Writes the engine into the repository at `root`; returns the paths of what it wrote or edited.
fn write(root: &Path, name: &Name) -> Result<Vec<String>, String> {
    let folder = format!("engines/{}", name.engine);
    if root.join(&folder).exists() {
        return Err(format!("{folder} is there already: add src/{}.rs to it by hand", name.capability));
    }
    let source = read(root, &format!("core/src/{}/contract.rs", name.capability))?;
    let contract = Contract::read(&source, &name.capability, &name.contract())?;
    let mut written = Vec::new();
    let (entry, text) = files::entry(name);
    if !root.join(&entry).exists() {
        let list = "catalogue/src/engines/mod.rs";
        let with_module = insert(list, &read(root, list)?, "pub mod ", &format!("pub mod {};", name.engine))?;
        let export = format!("pub use {}::{};", name.engine, name.constant());
        put(root, list, &insert(list, &with_module, "pub use ", &export)?, &mut written)?;
        put(root, &entry, &text, &mut written)?;
    }
    let workspace = read(root, "Cargo.toml")?;
    let member = format!("    \"{folder}\",");
    let workspace = insert("Cargo.toml", &workspace, "    \"engines/", &member)?;
    let shared = format!("{} = {{ path = \"{folder}\", version = \"0.1.0\" }}", name.package());
    put(root, "Cargo.toml", &insert("Cargo.toml", &workspace, "bedplate-engine-", &shared)?, &mut written)?;
    for (path, text) in files::crate_files(name, &contract) {
        put(root, &path, &text, &mut written)?;
    }
    Ok(written)
}

fn insert(path: &str, text: &str, start: &str, line: &str) -> Result<String, String> {
    edit::insert(text, start, line)
        .ok_or_else(|| format!("{path} has no line that begins with `{}`", start.trim()))
}

fn read(root: &Path, path: &str) -> Result<String, String> {
    std::fs::read_to_string(root.join(path)).map_err(|error| format!("{path} can't be read: {error}"))
}

fn put(root: &Path, path: &str, text: &str, written: &mut Vec<String>) -> Result<(), String> {
    let place = root.join(path);
    let done =
        place.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&place, text));
    written.push(path.to_string());
    done.map_err(|error| format!("{path} can't be written: {error}"))
}

fn steps(name: &Name) -> String {
    let (engine, package, library) = (&name.engine, name.package(), name.library());
    format!(
        "\nleft to do:\n\
         1. catalogue/src/engines/{engine}.rs: what {engine} is and what it promises; a new entry also goes into \
         catalogue/src/list.rs\n\
         2. bedplate/Cargo.toml: `{package} = {{ workspace = true, optional = true }}` and \
         `{engine} = [\"dep:{package}\"]`\n\
         3. bedplate/src/drivers.rs: `#[cfg(feature = \"{engine}\")]` and `{library}::DRIVER,`\n\
         4. engines/{engine}: the client, its errors, the contract; then `cargo test -p {package}`\n"
    )
}

#[cfg(test)]
mod tests;
