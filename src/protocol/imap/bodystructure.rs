//! BODY and BODYSTRUCTURE: the MIME structure of a message (RFC 3501 §7.4.2).

use super::section::{Reader, Unreadable};
use super::{envelope, wire};
use crate::mail::mime::{Content, Details, Part};

/// Writes the structure of a part; `extended` for BODYSTRUCTURE, which adds the extension data that BODY never
/// shows.
///
/// # Errors
/// [`Unreadable::Lost`] if there is an enclosed message, whose envelope is in the body, and it is no longer to be had;
/// [`Unreadable::TooMuch`] when `out` has grown beyond `end`.
pub fn write(
    out: &mut Vec<u8>,
    reader: &mut Reader<'_>,
    part: &Part,
    extended: bool,
    end: usize,
) -> Result<(), Unreadable> {
    if out.len() > end {
        return Err(Unreadable::TooMuch);
    }
    out.push(b'(');
    if let Content::Multipart(parts) = &part.content {
        for part in parts {
            write(out, reader, part, extended, end)?;
        }
        out.push(b' ');
        wire::string(out, part.subtype.to_ascii_uppercase().as_bytes());
        if extended {
            out.push(b' ');
            parameters(out, &part.parameters);
            disposition_language_location(out, part.details.as_deref());
        }
        out.push(b')');
        return Ok(());
    }
    let details = part.details.as_deref();
    wire::string(out, part.kind.to_ascii_uppercase().as_bytes());
    out.push(b' ');
    wire::string(out, part.subtype.to_ascii_uppercase().as_bytes());
    out.push(b' ');
    parameters(out, &part.parameters);
    out.push(b' ');
    wire::nstring(out, details.and_then(|details| details.id.as_deref()));
    out.push(b' ');
    wire::nstring(out, details.and_then(|details| details.description.as_deref()));
    out.push(b' ');
    wire::string(out, &part.encoding().to_ascii_uppercase());
    out.extend_from_slice(format!(" {}", part.body.end - part.body.start).as_bytes());
    if let Content::Message(inner) = &part.content {
        // An enclosed message: its envelope, its structure, and its lines.
        out.push(b' ');
        match part.message_header() {
            Some(header) => envelope::write(out, header, end)?,
            None => envelope::write(out, &reader.range(&inner.header)?, end)?,
        }
        out.push(b' ');
        write(out, reader, inner, extended, end)?;
    }
    if part.message().is_some() || part.kind.eq_ignore_ascii_case("text") {
        out.extend_from_slice(format!(" {}", part.lines).as_bytes());
    }
    if extended {
        out.push(b' ');
        wire::nstring(out, details.and_then(|details| details.md5.as_deref()));
        disposition_language_location(out, details);
    }
    out.push(b')');
    Ok(())
}

/// The extension data that all parts have (RFC 3501 §9, body-ext-1part and body-ext-mpart).
fn disposition_language_location(out: &mut Vec<u8>, details: Option<&Details>) {
    out.push(b' ');
    match details.and_then(|details| details.disposition.as_ref()) {
        Some(disposition) => {
            out.push(b'(');
            wire::string(out, disposition.kind.to_ascii_uppercase().as_bytes());
            out.push(b' ');
            parameters(out, &disposition.parameters);
            out.push(b')');
        }
        None => out.extend_from_slice(b"NIL"),
    }
    out.push(b' ');
    match details.map_or(&[][..], |details| &details.language) {
        [] => out.extend_from_slice(b"NIL"),
        [language] => wire::string(out, language),
        languages => {
            for (nth, language) in languages.iter().enumerate() {
                out.push(if nth == 0 { b'(' } else { b' ' });
                wire::string(out, language);
            }
            out.push(b')');
        }
    }
    out.push(b' ');
    wire::nstring(out, details.and_then(|details| details.location.as_deref()));
}

/// `body-fld-param`: `("CHARSET" "US-ASCII")`, or NIL.
fn parameters(out: &mut Vec<u8>, parameters: &[(String, Vec<u8>)]) {
    if parameters.is_empty() {
        out.extend_from_slice(b"NIL");
        return;
    }
    for (nth, (name, value)) in parameters.iter().enumerate() {
        out.push(if nth == 0 { b'(' } else { b' ' });
        wire::string(out, name.to_ascii_uppercase().as_bytes());
        out.push(b' ');
        wire::string(out, value);
    }
    out.push(b')');
}
