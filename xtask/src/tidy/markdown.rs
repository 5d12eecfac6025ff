//! A Markdown page as the rules see it: its links, its headings and its code spans, without its code blocks.

/// A line outside every fenced code block, with its number from 1.
pub(crate) fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let start = line.trim_start();
        match fence {
            Some(open) => {
                if start.starts_with(open) && start.trim_start_matches(&open[..1]).trim().is_empty() {
                    fence = None;
                }
                None
            }
            None => {
                fence = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
                fence.is_none().then_some((at + 1, line))
            }
        }
    })
}

/// The texts between backticks on one line.
pub(crate) fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The targets of the links and pictures on one line, code spans left out.
pub(crate) fn targets(line: &str) -> Vec<String> {
    let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
    let mut found = Vec::new();
    for (at, _) in plain.match_indices("](") {
        let target = &plain[at + 2..];
        let end = target.find([')', ' ']).unwrap_or(target.len());
        found.push(target[..end].trim_matches(['<', '>']).to_string());
    }
    if let Some((label, target)) = plain.trim_start().split_once("]: ")
        && label.starts_with('[')
    {
        found.push(target.split_whitespace().next().unwrap_or_default().to_string());
    }
    found.retain(|target| !target.is_empty());
    found
}

/// The anchors that the headings of a page give.
pub(crate) fn anchors(text: &str) -> Vec<String> {
    let (mut slugs, mut anchors) = (Vec::new(), Vec::new());
    for (_, line) in prose(text) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let slug = slug(title.trim());
        let repeats = slugs.iter().filter(|earlier| **earlier == slug).count();
        anchors.push(if repeats == 0 { slug.clone() } else { format!("{slug}-{repeats}") });
        slugs.push(slug);
    }
    anchors
}

fn slug(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_blocks_are_no_prose() {
        let lines: Vec<_> = prose("a\n```text\nb\n```\nc\n~~~\n```\n~~~\nd").collect();
        assert_eq!(lines, [(1, "a"), (5, "c"), (9, "d")]);
    }

    #[test]
    fn links_pictures_and_definitions_have_targets() {
        assert_eq!(targets("see [a](b.md), ![c](d.png \"title\") and `[e](f)`"), ["b.md", "d.png"]);
        assert_eq!(targets("[label]: ../g.md \"title\""), ["../g.md"]);
        assert_eq!(targets("an array [1] and a call f(x)"), [""; 0]);
    }

    #[test]
    fn headings_give_anchors() {
        let text = "# The `house`\n## One way down!\n```\n# no\n```\n## One way down!\n#hash";
        assert_eq!(anchors(text), ["the-house", "one-way-down", "one-way-down-1"]);
    }
}
