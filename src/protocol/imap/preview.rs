//! PREVIEW: the first words of a message (RFC 8970 §3).

use super::section::Reader;
use crate::mail::body::BodyLost;
use crate::mail::decode;
use crate::mail::mime::Part;

/// The most characters of a preview (RFC 8970 §3.3).
const CHARACTERS_MAX: usize = 200;
/// How far into HTML its first words are looked for, in characters.
const HTML_MAX: usize = 16 << 10;

/// The first words of the first text that a reader would see; empty, if there is none.
///
/// # Errors
/// [`BodyLost`] when the message is no longer to be had.
pub fn preview(reader: &mut Reader<'_>) -> Result<Option<String>, BodyLost> {
    let structure = reader.message.structure();
    let text = |subtype: &str| structure.leaves().find(|part| part.is("text", subtype) && !is_attached(part));
    let Some(part) = text("plain").or_else(|| text("html")) else { return Ok(Some(String::new())) };
    let octets = reader.octets()?;
    let decoded = decode::text(&octets, part).unwrap_or_default();
    let plain = if part.is("text", "html") { without_tags(&decoded) } else { decoded };
    Ok(Some(first_words(&plain)))
}

fn is_attached(part: &Part) -> bool {
    let disposition = part.details.as_deref().and_then(|details| details.disposition.as_ref());
    disposition.is_some_and(|disposition| disposition.kind.eq_ignore_ascii_case("attachment"))
}

/// The text with every run of white space as one space. Lines that quote another message are left out.
fn first_words(text: &str) -> String {
    let own = text.lines().filter(|line| !line.starts_with('>'));
    let mut words = String::new();
    let mut count = 0;
    for word in own.flat_map(|line| line.split(|c: char| c.is_whitespace() || c.is_control())) {
        if word.is_empty() {
            continue;
        }
        if count > 0 {
            words.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if count >= CHARACTERS_MAX {
                return words.trim_end().to_owned();
            }
            words.push(c);
            count += 1;
        }
    }
    words
}

/// HTML without what stands in angle brackets; of entities the five that XML knows.
fn without_tags(html: &str) -> String {
    let html = html.char_indices().nth(HTML_MAX).map_or(html, |(end, _)| &html[..end]);
    let mut text = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        text.push(' ');
        rest = &rest[open..];
        let hidden = ["style", "script"]
            .iter()
            .find(|name| rest.get(1..=name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name)));
        let end = match hidden {
            Some(name) => rest.to_ascii_lowercase().find(&format!("</{name}")),
            None => None,
        };
        rest = &rest[end.unwrap_or(0)..];
        rest = rest.find('>').map_or("", |close| &rest[close + 1..]);
    }
    text.push_str(rest);
    for (entity, c) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", " "), ("&amp;", "&")] {
        text = text.replace(entity, c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_quotations_and_tags_are_left_out() {
        assert_eq!(first_words("> quoted\r\n\r\n  Hello,\r\n\tworld \r\n"), "Hello, world");
        assert_eq!(first_words(&"ab ".repeat(500)).chars().count(), CHARACTERS_MAX);
        let html = "<style>p {}</style><p>One &amp; <b>two</b></p><scr";
        assert_eq!(first_words(&without_tags(html)), "One & two");
    }
}
