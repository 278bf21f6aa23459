//! Lines in storage and lines in a message.

/// The line with the octets that end it, and the rest; `None` at the end of the text. Only LF ends a line, so
/// that a CR on its own is an octet like others.
pub(super) fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match memchr::memchr(b'\n', text) {
        Some(at) => Some(text.split_at(at + 1)),
        None if text.is_empty() => None,
        None => Some((text, &[])),
    }
}

/// The line without its line end: an LF and, before it, one CR at most. A line that ended in a CR of its own
/// before it was stored with CR LF thus keeps that CR.
pub(super) fn content(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// True for a line with nothing in it: LF or CR LF alone.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line == b"\n" || line == b"\r\n"
}

/// Appends a stored line to a message, its line end made CR LF. The last line of a file may have none; then it
/// gets none.
pub(super) fn push_line(message: &mut Vec<u8>, line: &[u8]) {
    message.extend_from_slice(content(line));
    if line.ends_with(b"\n") {
        message.extend_from_slice(b"\r\n");
    }
}

/// True if the text begins like a header field: a name of printable characters and a colon (RFC 5322 §2.2).
pub(super) fn begins_with_field(text: &[u8]) -> bool {
    let name = text.iter().take(FIELD_NAME_MAX + 1).take_while(|c| matches!(**c, 33..=57 | 59..=126)).count();
    name > 0 && text.get(name) == Some(&b':')
}

/// Longer words before a colon are not taken for a field's name; the longest in use have about 40 letters.
pub(super) const FIELD_NAME_MAX: usize = 76;
