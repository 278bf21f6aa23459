//! BODY and BODYSTRUCTURE: the MIME structure of a message (RFC 3501 §7.4.2).

use super::section::Reader;
use super::{envelope, wire};
use crate::mail::body::BodyLost;
use crate::mail::mime::{Content, Part};

/// Writes the structure of a part; `extended` for BODYSTRUCTURE, which adds the extension data that BODY never
/// shows.
///
/// # Errors
/// [`BodyLost`] if there is an enclosed message, whose envelope is in the body, and it is no longer to be had.
pub fn write(out: &mut Vec<u8>, reader: &mut Reader<'_>, part: &Part, extended: bool) -> Result<(), BodyLost> {
    out.push(b'(');
    if let Content::Multipart(parts) = &part.content {
        for part in parts {
            write(out, reader, part, extended)?;
        }
        out.push(b' ');
        wire::string(out, &part.subtype.to_ascii_uppercase().into_bytes());
        if extended {
            out.push(b' ');
            parameters(out, &part.parameters);
            disposition_language_location(out, part);
        }
        out.push(b')');
        return Ok(());
    }
    wire::string(out, &part.kind.to_ascii_uppercase().into_bytes());
    out.push(b' ');
    wire::string(out, &part.subtype.to_ascii_uppercase().into_bytes());
    out.push(b' ');
    parameters(out, &part.parameters);
    out.extend_from_slice(b" NIL NIL \"7BIT\" ");
    out.extend_from_slice((part.body.end - part.body.start).to_string().as_bytes());
    if let Content::Message(inner) = &part.content {
        // An enclosed message: its envelope, its structure, and its lines.
        out.push(b' ');
        let header = reader.range(&inner.header)?;
        envelope::write(out, &header);
        out.push(b' ');
        write(out, reader, inner, extended)?;
        out.extend_from_slice(format!(" {}", part.lines).as_bytes());
    } else if part.kind.eq_ignore_ascii_case("text") {
        out.extend_from_slice(format!(" {}", part.lines).as_bytes());
    }
    if extended {
        out.extend_from_slice(b" NIL");
        disposition_language_location(out, part);
    }
    out.push(b')');
    Ok(())
}

fn disposition_language_location(out: &mut Vec<u8>, _part: &Part) {
    out.extend_from_slice(b" NIL NIL NIL");
}

/// `body-fld-param`: `("CHARSET" "US-ASCII")`, or NIL.
fn parameters(out: &mut Vec<u8>, parameters: &[(String, Vec<u8>)]) {
    if parameters.is_empty() {
        out.extend_from_slice(b"NIL");
        return;
    }
    for (nth, (name, value)) in parameters.iter().enumerate() {
        out.push(if nth == 0 { b'(' } else { b' ' });
        wire::string(out, &name.to_ascii_uppercase().into_bytes());
        out.push(b' ');
        wire::string(out, value);
    }
    out.push(b')');
}
