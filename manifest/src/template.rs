//! Text with variables in it: `${VAR}`, `${VAR:-default}`, and `$$` for a dollar sign.

/// A piece of text with variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Text as it stands.
    Text(String),
    /// A variable, and what stands for it where it is unset or empty.
    Variable {
        /// Its name.
        name: String,
        /// Its default.
        default: Option<String>,
    },
}

/// Whether the text has anything to resolve.
pub(crate) fn has_variables(text: &str) -> bool {
    text.contains('$')
}

/// Takes text apart. The error says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix('$') {
            plain.push('$');
            rest = tail;
            continue;
        }
        let Some(tail) = rest.strip_prefix('{') else {
            plain.push('$');
            continue;
        };
        let end = tail.find('}').ok_or("`${` has no `}`")?;
        let (name, default) = match tail[..end].split_once(":-") {
            Some((_, default)) if default.contains("${") => {
                return Err("a default can't have a variable of its own".to_string());
            }
            Some((name, default)) => (name, Some(default.replace("$$", "$"))),
            None => (&tail[..end], None),
        };
        if !is_variable_name(name) {
            return Err(format!("`{}` is not a variable's name", name.escape_debug()));
        }
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(Part::Variable { name: name.to_string(), default });
        rest = &tail[end + 1..];
    }
    plain.push_str(rest);
    if !plain.is_empty() || parts.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

/// Letters, digits and `_`, not beginning with a digit.
pub(crate) fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str, default: Option<&str>) -> Part {
        Part::Variable { name: name.into(), default: default.map(Into::into) }
    }

    #[test]
    fn takes_variables_out_of_text() {
        assert_eq!(parse("").unwrap(), [Part::Text(String::new())]);
        assert_eq!(parse("a$b").unwrap(), [Part::Text("a$b".into())]);
        assert_eq!(parse("$${A}").unwrap(), [Part::Text("${A}".into())]);
        assert_eq!(
            parse("x${A}y${B:-}${C:-d:-e}").unwrap(),
            [
                Part::Text("x".into()),
                variable("A", None),
                Part::Text("y".into()),
                variable("B", Some("")),
                variable("C", Some("d:-e")),
            ]
        );
    }

    #[test]
    fn refuses_what_is_no_variable() {
        for text in ["${A", "${}", "${1A}", "${A B}", "${ä}"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_default_is_text_without_variables() {
        assert!(parse("${A:-${B}}").is_err());
        assert!(parse("${A:-x${B:-y}}").is_err());
        assert_eq!(parse("${A:-a$$b$c}").unwrap(), [variable("A", Some("a$b$c"))]);
    }
}
