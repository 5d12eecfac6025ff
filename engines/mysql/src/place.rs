//! From `$1` to the server's `?`.

use std::borrow::Cow;

use bedplate_core::sql::{Dialect, Token, TokenKind, Value, tokens};
use bedplate_core::{Error, ErrorKind, Result};

/// The places that one statement can have: the protocol counts them in 16 bits.
const MAX_PLACES: usize = 65_535;
/// A decimal as precise as every decimal that can be bound. Without it the server would compare a text, and that as a float.
const DECIMAL: &str = "cast(? as decimal(65, 28))";

/// A statement as the server takes it.
#[derive(Debug)]
pub(crate) struct Rewritten<'a> {
    /// The text with `?` for the values.
    pub(crate) text: Cow<'a, str>,
    /// Which value stands in each place, counted from 0.
    pub(crate) order: Vec<usize>,
}

/// Writes a statement's text with `?` where it has `$1`; every value must have a place, and every place a value.
pub(crate) fn rewrite<'a>(text: &'a str, values: &[Value]) -> Result<Rewritten<'a>> {
    let pieces: Vec<Token> = tokens(text, Dialect::Mysql).collect();
    let mut order = Vec::new();
    for piece in &pieces {
        match piece.kind {
            TokenKind::Place => order.push(place(&text[piece.range.clone()])?),
            TokenKind::Sign if &text[piece.range.clone()] == "?" => {
                return Err(Error::invalid("the statement has a `?`").with_help("write `$1`, `$2` ..."));
            }
            _ => {}
        }
    }
    check(&order, values.len())?;
    let misread = misread_by_the_client(text);
    if order.is_empty() && !misread {
        return Ok(Rewritten { text: Cow::Borrowed(text), order });
    }
    let mut written = String::with_capacity(text.len());
    let mut next = order.iter();
    for Token { kind, range } in pieces {
        match kind {
            TokenKind::Place => {
                let decimal = next.next().is_some_and(|at| matches!(values[*at], Value::Decimal(_)));
                written.push_str(if decimal { DECIMAL } else { "?" });
            }
            TokenKind::Text if misread => push_divided(&mut written, &text[range]),
            _ => written.push_str(&text[range]),
        }
    }
    Ok(Rewritten { text: Cow::Owned(written), order })
}

fn place(text: &str) -> Result<usize> {
    let number = text[1..].parse::<usize>().ok().filter(|number| (1..=MAX_PLACES).contains(number));
    number.map(|number| number - 1).ok_or_else(|| Error::invalid(format!("`{text}` is no place for a value")))
}

fn check(order: &[usize], bound: usize) -> Result<()> {
    let places = order.iter().max().map_or(0, |last| last + 1);
    if places != bound {
        return Err(Error::invalid(format!(
            "the statement has places for {places} values, and {bound} were bound"
        )));
    }
    let mut used = vec![false; places];
    order.iter().for_each(|at| used[*at] = true);
    if let Some(gap) = used.iter().position(|used| !used) {
        return Err(Error::invalid(format!("the statement has no ${}", gap + 1)));
    }
    if order.len() > MAX_PLACES {
        let message = format!("the statement has {} places, and the server takes {MAX_PLACES}", order.len());
        return Err(Error::new(ErrorKind::Limited, message).with_help("split it into several statements"));
    }
    Ok(())
}

/// Whether the client could take a part of a text for one of its named values, `:name`: it reads backslashes as escapes, which
/// they aren't on our connections, and loses sight of a quote behind `-` or `/`.
fn misread_by_the_client(text: &str) -> bool {
    let pairs = || text.as_bytes().windows(2);
    let named = pairs().any(|pair| pair[0] == b':' && matches!(pair[1], b'a'..=b'z' | b'_'));
    let loses_sight = || pairs().any(|pair| b"-/".contains(&pair[0]) && b"'\"`".contains(&pair[1]));
    named && (text.contains('\\') || loses_sight())
}

/// Writes a text in quotes so that no name follows a colon: the server joins texts that follow each other.
fn push_divided(written: &mut String, text: &str) {
    for part in text.split_inclusive(':') {
        written.push_str(part);
        if part.ends_with(':') {
            written.push_str("' '");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, values: &[Value]) -> (String, Vec<usize>) {
        let rewritten = rewrite(text, values).unwrap();
        (rewritten.text.into_owned(), rewritten.order)
    }

    #[test]
    fn a_value_may_stand_twice_and_out_of_order() {
        let (text, order) = written("select $2, '$3', $1 -- $4\n, $2", &["a".into(), 1.into()]);
        assert_eq!(text, "select ?, '$3', ? -- $4\n, ?");
        assert_eq!(order, [1, 0, 1]);
        let (text, _) = written("select $1", &[rust_decimal::Decimal::ONE.into()]);
        assert_eq!(text, "select cast(? as decimal(65, 28))");
        assert!(matches!(rewrite("select ':a'", &[]).unwrap().text, Cow::Borrowed(_)));
    }

    #[test]
    fn what_has_no_value_or_no_place_is_refused() {
        let one: Vec<Value> = vec![1.into()];
        for text in [
            "select 1",
            "select $2",
            "select $1, $2",
            "select $0, $1",
            "select $99999999999999999999",
            "select ?",
        ] {
            assert_eq!(rewrite(text, &one).unwrap_err().kind(), ErrorKind::InvalidInput, "{text}");
        }
        let many = vec!["$1"; MAX_PLACES + 1].join(", ");
        assert_eq!(rewrite(&format!("select {many}"), &one).unwrap_err().kind(), ErrorKind::Limited);
    }

    #[test]
    fn no_text_is_taken_for_a_named_value_of_the_client() {
        assert_eq!(written(r"select '\', ':name'", &[]).0, r"select '\', ':' 'name'");
        assert_eq!(written("select 1 -'1:a'", &[]).0, "select 1 -'1:' 'a'");
    }
}
