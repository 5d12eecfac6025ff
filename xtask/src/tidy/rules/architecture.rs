//! The architecture page is short and true: what its map names exists, and every folder at the top is on it.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::markdown;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule =
    Rule { name: "architecture", says: "ARCHITECTURE.md is short, and its map agrees with the tree", check };

const PAGE: &str = "ARCHITECTURE.md";

const LIMIT: usize = 200;

fn check(tree: &Tree) -> Vec<Breach> {
    let Some(text) = tree.text(PAGE) else {
        return vec![Breach::new(PAGE, 1, "the page is missing", "write what the house looks like")];
    };
    let mut breaches = Vec::new();
    let lines = text.lines().count();
    if lines > LIMIT {
        let message = format!("{lines} lines, the limit is {LIMIT}");
        breaches.push(Breach::new(PAGE, lines, message, "move details to where they belong"));
    }
    for (at, line) in markdown::prose(text) {
        let paths: Vec<&str> = markdown::code_spans(line).filter(|span| is_path(span)).collect();
        for path in &paths {
            if !stands_for_something(tree, path) && !paths.iter().any(|folder| lies_below(tree, folder, path))
            {
                let help = "correct it; a map with a wrong street is no map";
                breaches.push(Breach::new(PAGE, at, format!("there is no `{path}`"), help));
            }
        }
    }
    for folder in tree.top_folders() {
        if !names_folder(text, folder) {
            let help = format!("name `{folder}/` in the map, or take the folder away");
            breaches.push(Breach::new(PAGE, 1, format!("the folder `{folder}` isn't on the map"), help));
        }
    }
    breaches
}

fn is_path(span: &str) -> bool {
    (span.ends_with('/') || span.ends_with(".rs")) && !span.contains([' ', '(']) && !span.contains("://")
}

fn names_folder(text: &str, folder: &str) -> bool {
    let named = format!("{folder}/");
    text.match_indices(&named).any(|(at, _)| {
        !text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.'))
    })
}

/// Whether a path is short for one inside a folder of the same line, or inside each folder of that one.
fn lies_below(tree: &Tree, folder: &str, path: &str) -> bool {
    folder.ends_with('/')
        && (stands_for_something(tree, &format!("{folder}{path}"))
            || stands_for_something(tree, &format!("{folder}*/{path}")))
}

/// Whether a path exists; `*` and `<name>` stand for any one folder or file.
fn stands_for_something(tree: &Tree, path: &str) -> bool {
    let wanted: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    if !path.contains(['*', '<']) {
        return tree.holds(path);
    }
    tree.files().any(|(file, _)| {
        let parts: Vec<&str> = file.split('/').collect();
        let is_long_enough =
            if path.ends_with('/') { parts.len() > wanted.len() } else { parts.len() == wanted.len() };
        is_long_enough && wanted.iter().zip(&parts).all(|(wanted, part)| matches(wanted, part))
    })
}

fn matches(wanted: &str, part: &str) -> bool {
    match wanted.find(['*', '<']) {
        None => wanted == part,
        Some(start) => {
            let rest = &wanted[start..];
            let end = rest.find(['*', '>']).map_or(rest.len(), |end| end + 1);
            let (before, after) = (&wanted[..start], &rest[end..]);
            part.len() >= before.len() + after.len() && part.starts_with(before) && part.ends_with(after)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    const FILES: [(&str, &str); 2] = [("core/src/bus/handle.rs", ""), (".ci/run", "")];

    fn broken_by(text: &str) -> Vec<String> {
        let mut files = FILES.to_vec();
        files.push((PAGE, text));
        broken(&RULE, &files)
    }

    #[test]
    fn a_true_map_is_fine() {
        let text = "| `core/` | `core/src/bus/handle.rs` |\n`core/src/<capability>/handle.rs`, `core/*/bus/`, `handle()`\n";
        assert_eq!(broken_by(text), [""; 0]);
    }

    #[test]
    fn a_path_may_be_short_for_one_inside_a_folder_of_its_line() {
        for text in ["`core/src/bus/`: `handle.rs`", "`core/src/`: `handle.rs`, `bus/`"] {
            assert_eq!(broken_by(text), [""; 0], "{text}");
        }
        for text in ["`core/src/`: `engine.rs`", "`core/`\n`handle.rs`", "`core/`: `handle.rs`"] {
            assert_eq!(broken_by(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_wrong_path_is_a_breach() {
        for path in ["core/src/cache/", "core/src/handle.rs", "core/<a>/cache/", "core/src/*/engine.rs"] {
            assert_eq!(broken_by(&format!("`core/`\n`{path}`")), ["ARCHITECTURE.md:2"], "{path}");
        }
    }

    #[test]
    fn a_folder_that_is_not_on_the_map_is_a_breach() {
        assert_eq!(broken_by("`score/` and a/core/"), ["ARCHITECTURE.md:1", "ARCHITECTURE.md:1"]);
        assert_eq!(broken_by("```\ncore/   contracts\n```\n"), [""; 0]);
    }

    #[test]
    fn a_long_page_and_a_missing_page_are_breaches() {
        assert_eq!(broken_by(&"core/\n".repeat(201)), ["ARCHITECTURE.md:201"]);
        assert_eq!(broken(&RULE, &FILES), ["ARCHITECTURE.md:1"]);
    }
}
