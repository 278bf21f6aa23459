//! HTML beside the text, as mail programs of the 1990s wrote it: font tags, tables, quoted-printable.

use super::encode;
use super::generator::Generator;
use super::plan::Plan;
use super::random::{Purpose, Stream};
use super::text::Lines;
use super::words;

/// Header lines of the HTML part.
pub const LINES: [&str; 2] =
    ["Content-Type: text/html; charset=\"iso-8859-1\"", "Content-Transfer-Encoding: quoted-printable"];

const HEAD: [&str; 6] = [
    "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD W3 HTML//EN\">",
    "<HTML>",
    "<HEAD>",
    "<META content=text/html;charset=iso-8859-1 http-equiv=Content-Type>",
    "<META content='\"MSHTML 4.72.2106.6\"' name=GENERATOR></HEAD>",
    "<BODY bgColor=#ffffff>",
];

const TAIL: &str = "</BODY></HTML>";

/// The share of a message's text octets that its HTML takes: the same words with tags around them.
const SHARE: f64 = 0.62;

/// Writes the HTML of a message: about [`SHARE`] of its text octets, and at least a page with nothing on it.
pub fn write(generator: &Generator, plan: &Plan, out: &mut Vec<u8>) {
    let end = out.len() + (f64::from(plan.sizes.text) * SHARE) as usize;
    for line in HEAD {
        encode::quoted_printable_line(line.as_bytes(), out);
    }
    let mut stream = generator.streams().of(Purpose::Html, plan.index);
    let font = stream.word(&["<FONT face=Arial size=2>", "<FONT color=#000080 size=3>", "<FONT size=2>"]);
    let mut lines = Lines::of(generator, plan.index, plan.thread.topic);
    let mut line = Vec::new();
    while out.len() + 200 < end {
        if stream.below(40) == 0 {
            table(&mut stream, plan, out);
        }
        line.clear();
        line.extend_from_slice(format!("<DIV>{font}").as_bytes());
        match lines.next_line() {
            b"" => line.extend_from_slice(b"&nbsp;"),
            words => line.extend_from_slice(words),
        }
        line.extend_from_slice(b"</FONT></DIV>");
        encode::quoted_printable_line(&line, out);
    }
    encode::quoted_printable_line(TAIL.as_bytes(), out);
}

fn table(stream: &mut Stream, plan: &Plan, out: &mut Vec<u8>) {
    encode::quoted_printable_line(b"<TABLE border=1 cellPadding=2 width=\"100%\">", out);
    for _ in 0..stream.between(2, 6) {
        let noun = words::noun(stream, plan.thread.topic);
        let row = format!("<TR><TD>{noun}</TD><TD align=right>{}</TD></TR>", stream.below(10_000));
        encode::quoted_printable_line(row.as_bytes(), out);
    }
    encode::quoted_printable_line(b"</TABLE>", out);
}
