//! New engines in a small copy of the repository.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::new_engine::name::CAPABILITIES;

/// A folder with what the command reads: the contracts of today and the lists.
fn copy() -> tempfile::TempDir {
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let copy = tempfile::tempdir().unwrap();
    let contracts = CAPABILITIES.iter().map(|capability| format!("core/src/{capability}/contract.rs"));
    let lists = ["Cargo.toml", "catalogue/src/engines/mod.rs"].map(String::from);
    for path in contracts.chain(lists) {
        let to = copy.path().join(&path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(repository.join(&path), to).unwrap();
    }
    copy
}

fn text(copy: &tempfile::TempDir, path: &str) -> String {
    fs::read_to_string(copy.path().join(path)).unwrap_or_default()
}

#[test]
fn a_new_engine_of_every_capability_has_its_files_and_is_in_the_lists() {
    for capability in CAPABILITIES {
        let copy = copy();
        let name = Name::new("mqtt", capability).unwrap();
        let written = write(copy.path(), &name).unwrap();
        assert_eq!(written.len(), 11, "{written:?}");
        assert!(text(&copy, "Cargo.toml").contains("    \"engines/mqtt\",\n"));
        assert!(text(&copy, "Cargo.toml").contains("bedplate-engine-mqtt = { path = \"engines/mqtt\""));
        assert!(text(&copy, "catalogue/src/engines/mod.rs").contains("pub use mqtt::MQTT;"));
        for path in written.iter().filter(|path| path.starts_with("engines/")) {
            let text = text(&copy, path);
            assert!(
                !text.is_empty() && !text.contains("{engine}") && !text.contains("{methods}"),
                "{path}: {text}"
            );
        }
        let driver = text(&copy, &format!("engines/mqtt/src/{capability}.rs"));
        assert!(driver.contains("fn features(&self)") && driver.contains("fn native(&self)"), "{driver}");
    }
}

#[test]
fn an_entry_of_the_catalogue_is_kept_as_it_is() {
    let copy = copy();
    fs::write(copy.path().join("catalogue/src/engines/nats.rs"), "//! Known.\n").unwrap();
    let list = text(&copy, "catalogue/src/engines/mod.rs");
    write(copy.path(), &Name::new("nats", "bus").unwrap()).unwrap();
    assert_eq!(text(&copy, "catalogue/src/engines/nats.rs"), "//! Known.\n");
    assert_eq!(text(&copy, "catalogue/src/engines/mod.rs"), list);
}

#[test]
fn an_engine_that_is_there_is_not_overwritten() {
    let copy = copy();
    let name = Name::new("mqtt", "bus").unwrap();
    write(copy.path(), &name).unwrap();
    fs::write(copy.path().join("engines/mqtt/src/bus.rs"), "//! Mine.\n").unwrap();
    assert!(write(copy.path(), &name).unwrap_err().contains("is there already"));
    assert_eq!(text(&copy, "engines/mqtt/src/bus.rs"), "//! Mine.\n");
}
