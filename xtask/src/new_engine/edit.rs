//! Lines that are put into files that exist, where the order of the others asks for them.

/// Puts a line among those that begin with `start`, in their order; `None` where no line begins so.
pub(crate) fn insert(text: &str, start: &str, line: &str) -> Option<String> {
    if text.lines().any(|other| other == line) {
        return Some(text.to_string());
    }
    let like: Vec<usize> =
        text.lines().enumerate().filter(|(_, other)| other.starts_with(start)).map(|(at, _)| at).collect();
    let lines: Vec<&str> = text.lines().collect();
    let before = like.iter().copied().find(|at| lines[*at] > line);
    let at = before.or_else(|| like.last().map(|last| last + 1))?;
    let mut text = String::new();
    for part in lines[..at].iter().chain([&line]).chain(&lines[at..]) {
        text += part;
        text.push('\n');
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_finds_its_place_once() {
        let text =
            "members = [\n    \"core\",\n    \"engines/files\",\n    \"engines/redis\",\n    \"cli\",\n]\n";
        let with = |line: &str| insert(text, "    \"engines/", line).unwrap();
        assert!(
            with("    \"engines/nats\",").contains("files\",\n    \"engines/nats\",\n    \"engines/redis")
        );
        assert!(with("    \"engines/aws\",").contains("core\",\n    \"engines/aws\",\n    \"engines/files"));
        assert!(with("    \"engines/sqs\",").contains("redis\",\n    \"engines/sqs\",\n    \"cli"));
        assert_eq!(with("    \"engines/redis\","), text);
        assert_eq!(insert(text, "    \"doors/", "    \"doors/aws\","), None);
    }
}
