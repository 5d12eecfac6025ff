//! A link between files of this repository leads somewhere.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::markdown;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule =
    Rule { name: "links", says: "Links between Markdown files lead somewhere", check };

fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.ending(".md") {
        for (at, line) in markdown::prose(text) {
            for target in markdown::targets(line) {
                if let Err(help) = follow(tree, path, &target) {
                    breaches.push(Breach::new(path, at, format!("the link `{target}` leads nowhere"), help));
                }
            }
        }
    }
    breaches
}

fn follow(tree: &Tree, from: &str, target: &str) -> Result<(), String> {
    // A crate's README is its documentation too and links to items by their Rust paths.
    if target.contains("://") || target.starts_with("mailto:") || target.contains("::") {
        return Ok(());
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if file.is_empty() {
        from.to_string()
    } else {
        resolve(from, file).ok_or("it leaves the repository")?
    };
    if !tree.holds(&file) {
        return Err(format!("there is no {file}"));
    }
    match tree.text(&file).filter(|_| !anchor.is_empty() && file.ends_with(".md")) {
        Some(text) if !markdown::anchors(text).iter().any(|known| known == anchor) => {
            Err(format!("{file} has no heading `#{anchor}`"))
        }
        _ => Ok(()),
    }
}

/// The path from the root that a link in a file means; none where it leaves the repository.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = match target.starts_with('/') {
        true => Vec::new(),
        false => from.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect(),
    };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    const PAGES: [(&str, &str); 2] = [("README.md", "# Top\n## A `b`\n"), ("docs/guide/a.md", "# Guide\n")];

    fn broken_in(text: &str) -> usize {
        let mut files = PAGES.to_vec();
        files.push(("docs/index.md", text));
        broken(&RULE, &files).len()
    }

    #[test]
    fn links_that_lead_somewhere_are_fine() {
        let text = "[a](guide/a.md) [b](../README.md#a-b) [c](guide/) [d](/README.md) [e](#here) [f](https://x.org/y)\n\
            # Here\n[g](crate::Bus)\n```\n[h](nowhere.md)\n```\n`[i](nowhere.md)`\n";
        assert_eq!(broken_in(text), 0);
    }

    #[test]
    fn links_that_lead_nowhere_are_breaches() {
        for text in
            ["[a](b.md)", "[a](../README.md#c)", "[a](../../x)", "![p](p.png)", "[l]: gone.md", "[a](#there)"]
        {
            assert_eq!(broken_in(text), 1, "{text}");
        }
    }
}
