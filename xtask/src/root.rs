//! Where the repository begins.

use std::path::{Path, PathBuf};

use crate::command::Failure;

/// The folder of the workspace that the current folder lies in.
pub(crate) fn find() -> Result<PathBuf, Failure> {
    let here = std::env::current_dir()
        .map_err(|error| Failure::Failed(format!("the current folder can't be read: {error}")))?;
    above(&here).ok_or_else(|| Failure::Failed(format!("{} lies in no Cargo workspace", here.display())))
}

fn above(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|folder| holds_a_workspace(folder)).map(Path::to_path_buf)
}

fn holds_a_workspace(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("Cargo.toml"))
        .is_ok_and(|text| text.lines().any(|line| line.trim() == "[workspace]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_found_from_a_folder_deep_inside_it() {
        let root = tempfile::tempdir().unwrap();
        let inside = root.path().join("engines/nats/src");
        std::fs::create_dir_all(&inside).unwrap();
        std::fs::write(root.path().join("engines/nats/Cargo.toml"), "[package]\n").unwrap();
        assert_eq!(above(&inside), None);
        std::fs::write(root.path().join("Cargo.toml"), "[workspace]\n").unwrap();
        assert_eq!(above(&inside).as_deref(), Some(root.path()));
    }
}
