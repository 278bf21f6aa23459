//! BINARY: parts without their transfer encoding (RFC 3516 §4).

use bytes::Bytes;

use super::fetch::some_of;
use super::section::{Reader, Unreadable, fields};
use super::wire;
use crate::mail::body::BodyLost;
use crate::mail::decode;
use crate::mail::mime::{self, Content, Part};

/// Writes `BINARY[1]` and the decoded octets. Gives how many octets there are.
///
/// # Errors
/// A part whose encoding is unknown; a message that is lost.
pub fn write(
    out: &mut Vec<u8>,
    reader: &mut Reader<'_>,
    path: &[u32],
    partial: Option<(u32, u32)>,
) -> Result<u32, Unreadable> {
    let octets = decoded(reader, path)?;
    out.extend_from_slice(format!("BINARY[{}]", shown(path)).as_bytes());
    if let Some((first, _)) = partial {
        out.extend_from_slice(format!("<{first}>").as_bytes());
    }
    out.push(b' ');
    let Some(octets) = octets.map(|octets| some_of(octets, partial)) else {
        out.extend_from_slice(b"NIL");
        return Ok(0);
    };
    // Only with NUL in it does a literal need the other form (RFC 3516 §4.2).
    if memchr::memchr(0, &octets).is_some() {
        out.push(b'~');
    }
    wire::literal(out, &octets);
    Ok(u32::try_from(octets.len()).unwrap_or(u32::MAX))
}

/// Writes `BINARY.SIZE[1] 7`; 0 for a part that is not there.
///
/// # Errors
/// As [`write`].
pub fn write_size(out: &mut Vec<u8>, reader: &mut Reader<'_>, path: &[u32]) -> Result<(), Unreadable> {
    let size = decoded(reader, path)?.map_or(0, |octets| octets.len());
    out.extend_from_slice(format!("BINARY.SIZE[{}] {size}", shown(path)).as_bytes());
    Ok(())
}

/// `1.2`
fn shown(path: &[u32]) -> String {
    path.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

/// The octets of a part without its transfer encoding; without part numbers those of the whole message. `None` if
/// there is no such part.
fn decoded(reader: &mut Reader<'_>, path: &[u32]) -> Result<Option<Bytes>, Unreadable> {
    let structure = reader.message.structure();
    if path.is_empty() {
        return Ok(Some(reader.octets()?));
    }
    let Some(part) = structure.at(path) else { return Ok(None) };
    let octets: Result<Bytes, BodyLost> = reader.range(&part.body);
    let octets = octets?;
    if part.content != Content::Leaf {
        // Multiparts and enclosed messages have no encoding of their own (RFC 2045 §6.4).
        return Ok(Some(octets));
    }
    match part.encoding().to_ascii_lowercase().as_slice() {
        b"7bit" | b"8bit" | b"binary" => Ok(Some(octets)),
        encoding @ (b"base64" | b"quoted-printable") => {
            Ok(Some(decode::transfer(encoding, &octets).into_owned().into()))
        }
        _ => Err(Unreadable::UnknownEncoding),
    }
}

/// A message whose binary parts are base64: NUL cannot cross in a plain literal, so what is appended with it is kept
/// in a form that every client can read (RFC 3516 §4.4). `None` if NUL stands elsewhere.
pub fn without_nul(octets: Vec<u8>) -> Option<Vec<u8>> {
    let structure = mime::parse(&octets);
    let mut message = octets.clone();
    let mut leaves: Vec<&Part> = structure.leaves().collect();
    // From the end on: what stands before keeps its place.
    leaves.sort_by_key(|part| std::cmp::Reverse(part.body.start));
    for part in leaves {
        let (header, body) = (range(&part.header), range(&part.body));
        if !part.encoding().eq_ignore_ascii_case(b"binary") {
            continue;
        }
        message.splice(body.clone(), in_lines(octets.get(body)?));
        let mut at = header.start;
        for field in fields(octets.get(header)?) {
            let end = at + field.raw.len();
            if field.is_called(b"content-transfer-encoding") {
                message.splice(at..end, b"Content-Transfer-Encoding: base64\r\n".iter().copied());
                break;
            }
            at = end;
        }
    }
    memchr::memchr(0, &message).is_none().then_some(message)
}

fn range(range: &std::ops::Range<u32>) -> std::ops::Range<usize> {
    range.start as usize..range.end as usize
}

/// Base64 in lines of 76 characters (RFC 2045 §6.8).
fn in_lines(octets: &[u8]) -> Vec<u8> {
    let text = crate::protocol::sasl::base64::encoded(octets);
    text.as_bytes().chunks(76).flat_map(|line| [line, b"\r\n"].concat()).collect()
}
