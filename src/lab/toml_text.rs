//! Writing strings into TOML, so that every reader gets the same characters back.

use std::fmt::Write as _;

/// A string of one line, in quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        escape(c, &mut quoted);
    }
    quoted.push('"');
    quoted
}

/// A text of many lines, as people can read it: as it is, unless something in it needs an escape.
pub(super) fn lines(text: &str) -> String {
    let plain =
        !text.contains("'''") && !text.ends_with('\'') && !text.chars().any(|c| c.is_control() && c != '\n');
    if plain {
        return format!("'''\n{text}'''");
    }
    let mut lines = String::from("\"\"\"\n");
    for c in text.chars() {
        if c == '\n' { lines.push(c) } else { escape(c, &mut lines) }
    }
    lines.push_str("\"\"\"");
    lines
}

fn escape(c: char, to: &mut String) {
    match c {
        '"' => to.push_str("\\\""),
        '\\' => to.push_str("\\\\"),
        '\n' => to.push_str("\\n"),
        '\r' => to.push_str("\\r"),
        '\t' => to.push_str("\\t"),
        // Writing into a string cannot fail.
        c if c.is_control() => drop(write!(to, "\\u{:04X}", u32::from(c))),
        c => to.push(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Read {
        one: String,
        many: String,
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was_written(text: String) {
            let file = format!("one = {}\nmany = {}\n", quoted(&text), lines(&text));
            let read: Read = toml::from_str(&file).unwrap();
            prop_assert_eq!((read.one, read.many), (text.clone(), text));
        }
    }
}
