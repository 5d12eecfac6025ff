//! The repository as the rules see it: every file's path, and the text of those that are text.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::rust::Rust;

/// Folders that hold nothing of ours, whatever `.gitignore` says.
const NEVER: &[&str] = &[".git", "target"];

/// A file larger than this is no text that anyone wrote.
const TEXT_LIMIT: usize = 4 << 20;

/// The files of the repository, by their path from its root with `/` between folders.
#[derive(Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, File>,
    root: Option<String>,
}

/// One file.
pub(crate) struct File {
    /// Its text; empty where it isn't text.
    pub(crate) text: String,
    /// Its text as code, where it is Rust.
    rust: Option<Rust>,
}

impl Tree {
    /// Reads a folder, without what its `.gitignore` leaves out as `folder/` or `*.ending`.
    pub(crate) fn read(root: &Path) -> io::Result<Tree> {
        let ignored = std::fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
        let endings: Vec<&str> = ignored.lines().filter_map(|line| line.trim().strip_prefix('*')).collect();
        let ignored: Vec<&str> = ignored.lines().filter_map(|line| line.trim().strip_suffix('/')).collect();
        let mut tree = Tree { root: Some(root.display().to_string()), ..Tree::default() };
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(root.join(&folder))? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    if !NEVER.contains(&name.as_str()) && !is_ignored(&ignored, &path) {
                        folders.push(path);
                    }
                } else if kind.is_file() && !endings.iter().any(|ending| name.ends_with(ending)) {
                    let text = std::fs::read(entry.path()).ok().filter(|bytes| bytes.len() <= TEXT_LIMIT);
                    tree.add(&path, text.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default());
                }
            }
        }
        Ok(tree)
    }

    /// A made-up tree of paths and texts.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        files.iter().for_each(|(path, text)| tree.add(path, text.to_string()));
        tree
    }

    /// A made-up tree at a made-up place.
    #[cfg(test)]
    pub(crate) fn at(root: &str, files: &[(&str, &str)]) -> Tree {
        Tree { root: Some(root.to_string()), ..Tree::of(files) }
    }

    fn add(&mut self, path: &str, text: String) {
        let rust = path.ends_with(".rs").then(|| Rust::read(path, &text));
        self.files.insert(path.to_string(), File { text, rust });
    }

    /// How many files there are.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// The folder that the tree was read from.
    pub(crate) fn root(&self) -> Option<&str> {
        self.root.as_deref()
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|file| file.text.as_str())
    }

    /// Every path with its text, in order.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file.text.as_str()))
    }

    /// The files whose name ends like this, in order.
    pub(crate) fn ending(&self, end: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| path.ends_with(end))
    }

    /// Every Rust file, in order.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &Rust)> {
        self.files.iter().filter_map(|(path, file)| Some((path.as_str(), file.rust.as_ref()?)))
    }

    /// Whether a file or a folder has this path. The root is the empty path.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path.is_empty() || self.files.contains_key(path) || self.holds_below(path)
    }

    fn holds_below(&self, folder: &str) -> bool {
        let start = format!("{folder}/");
        self.files.range(start.clone()..).next().is_some_and(|(path, _)| path.starts_with(&start))
    }

    /// The folders at the top, hidden ones left out.
    pub(crate) fn top_folders(&self) -> Vec<&str> {
        let mut folders: Vec<&str> =
            self.files.keys().filter_map(|path| Some(path.split_once('/')?.0)).collect();
        folders.sort_unstable();
        folders.dedup();
        folders.retain(|folder| !folder.starts_with('.'));
        folders
    }
}

fn is_ignored(ignored: &[&str], path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    ignored.iter().any(|entry| match entry.contains('/') {
        true => entry.trim_start_matches('/') == path,
        false => *entry == name,
    })
}

/// The number of the line, from 1, that an offset lies in.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_without_what_git_leaves_out() {
        let root = tempfile::tempdir().unwrap();
        for path in
            ["core/src/a.rs", "core/target/b.rs", ".git/c.rs", "fuzz/corpus/d.rs", "corpus/e.rs", ".ci/run"]
        {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        std::fs::write(root.path().join(".gitignore"), "target/\nfuzz/corpus/\n*.profraw\n").unwrap();
        std::fs::write(root.path().join("default.profraw"), "x").unwrap();
        std::fs::write(root.path().join("picture.png"), [0xff, 0xfe]).unwrap();
        let tree = Tree::read(root.path()).unwrap();
        let paths: Vec<_> = tree.files().map(|(path, _)| path).collect();
        assert_eq!(paths, [".ci/run", ".gitignore", "core/src/a.rs", "corpus/e.rs", "picture.png"]);
        assert_eq!(tree.text("picture.png"), Some(""));
    }

    #[test]
    fn files_and_folders_are_held() {
        let tree = Tree::of(&[("docs/guide/a.md", ""), ("docs-old/b.md", ""), (".ci/run", "")]);
        for path in ["", "docs", "docs/", "docs/guide", "docs/guide/a.md"] {
            assert!(tree.holds(path), "{path}");
        }
        for path in ["doc", "docs/guid", "docs/guide/a.md/x", "docs/guide/b.md"] {
            assert!(!tree.holds(path), "{path}");
        }
        assert_eq!(tree.top_folders(), ["docs", "docs-old"]);
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!((line_at("a\nb\nc", 0), line_at("a\nb\nc", 2), line_at("a\nb\nc", 4)), (1, 2, 3));
    }
}
