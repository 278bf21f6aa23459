//! Puts a message together: header, text, HTML beside it, attachment behind it, to the size that was planned.

use super::attachment::{self, Attachment};
use super::generator::Generator;
use super::plan::{Letters, Plan};
use super::random::Purpose;
use super::{header, html, text};

/// The octets of message `index`.
pub fn message(generator: &Generator, index: u32) -> Vec<u8> {
    let plan = Plan::of(generator, index);
    let mut out = Vec::with_capacity(plan.total as usize + 512);
    let attachment = attachment::of(generator, &plan);
    let (before, after, mime) = frame(generator, &plan, attachment.as_ref());
    header::write(generator, &plan, &mime, before.len() + after.len(), &mut out);
    out.extend_from_slice(&before);
    let rest = after.len() + attachment.as_ref().map_or(0, Attachment::encoded_len);
    text::write(generator, &plan, (plan.total as usize).saturating_sub(out.len() + rest), &mut out);
    let (between, end) = after.split_at(after.len() - closing_len(&after, attachment.as_ref()));
    out.extend_from_slice(between);
    if let Some(attachment) = &attachment {
        attachment.write(generator, index, &mut out);
    }
    out.extend_from_slice(end);
    out
}

/// What stands before the text, what behind it (attachment left out), and the MIME lines of the header.
fn frame(
    generator: &Generator,
    plan: &Plan,
    attachment: Option<&Attachment>,
) -> (Vec<u8>, Vec<u8>, Vec<String>) {
    let mut mime = Vec::new();
    if plan.form.mime {
        mime.push("MIME-Version: 1.0".to_owned());
    }
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut own = text_lines(plan.form.letters);
    if plan.form.html {
        let boundary = boundary(generator, plan, 1);
        open(&boundary, &own, &mut before);
        open(&boundary, &html::LINES.map(str::to_owned), &mut after);
        html::write(generator, plan, &mut after);
        close(&boundary, &mut after);
        own = vec![format!("Content-Type: multipart/alternative;\r\n\tboundary=\"{boundary}\"")];
    }
    if let Some(Attachment { lines: Some(lines), .. }) = attachment {
        let boundary = boundary(generator, plan, 0);
        let mut outer = b"This is a multi-part message in MIME format.\r\n".to_vec();
        open(&boundary, &own, &mut outer);
        outer.append(&mut before);
        before = outer;
        open(&boundary, lines, &mut after);
        close(&boundary, &mut after);
        own = vec![format!("Content-Type: multipart/mixed;\r\n\tboundary=\"{boundary}\"")];
    }
    if plan.form.mime {
        mime.append(&mut own);
    }
    (before, after, mime)
}

/// The octets at the end of `after` that stand behind the attachment: the line that closes the multipart.
fn closing_len(after: &[u8], attachment: Option<&Attachment>) -> usize {
    match attachment {
        Some(Attachment { lines: Some(_), .. }) => {
            // The closing delimiter is the last line, after the line end that belongs to it.
            let line = after.len().saturating_sub(2);
            memchr::memrchr(b'\n', &after[..line]).map_or(0, |at| after.len() - at - 1)
        }
        _ => 0,
    }
}

/// Header lines of the text itself.
fn text_lines(letters: Letters) -> Vec<String> {
    let (charset, encoding) = match letters {
        Letters::Ascii => ("us-ascii", "7bit"),
        Letters::QuotedPrintable => ("iso-8859-1", "quoted-printable"),
        Letters::EightBit => ("iso-8859-1", "8bit"),
    };
    vec![
        format!("Content-Type: text/plain; charset={charset}"),
        format!("Content-Transfer-Encoding: {encoding}"),
    ]
}

/// A delimiter line, the part's header lines and the empty line (RFC 2046 §5.1.1).
fn open(boundary: &str, lines: &[String], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
    for line in lines {
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

fn close(boundary: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
}

/// A boundary that no line of text, HTML or base64 begins with.
fn boundary(generator: &Generator, plan: &Plan, depth: u32) -> String {
    let noise = generator.streams().of(Purpose::Boundary, plan.index).bits();
    match noise % 2 {
        0 => format!("----=_NextPart_{depth:03}_{:04X}_{noise:08X}", plan.index & 0xFFFF),
        _ => format!("------------{noise:08X}{:04X}{depth}", plan.index & 0xFFFF),
    }
}
