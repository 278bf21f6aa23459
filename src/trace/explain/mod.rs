//! A trace in words: each command from its row, each reply with what it says, each token of an IMAP response.

mod imap;
mod reply;
mod values;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::secret::without_password;
use super::show::{cut, seconds, text_of};
use super::{CallEvent, Line, Trace, Write};
use crate::desk::Service;
use crate::link::tcp::Side;
use crate::protocol::imap::pipelining::moves_numbers_of;
use crate::protocol::{CommandRow, dmsp, imap as imap4, pop1, pop2, pop3, poppassd, row_named, smtp};

/// One thing said about a line: what it is about, as it stands there, and what that means.
pub(super) struct Said {
    /// How deep it lies within parentheses.
    pub depth: usize,
    pub token: String,
    pub means: String,
}

/// The trace with explanations, in lines of `width` characters, but of 40 at least.
#[must_use]
pub fn explain(trace: &Trace, width: usize) -> String {
    let mut told = Told { text: String::new(), width: width.max(40) };
    let mut conns: BTreeMap<u32, Conn> = BTreeMap::new();
    for line in &trace.lines {
        match line {
            Line::Call(event, at) => told.head(&format!("{:>12} {}", seconds(*at), said(*event))),
            Line::Step(_) => {}
            Line::Write(write) => {
                let conn = conns.entry(write.conn).or_default();
                let arrow = if write.from == Side::Client { "C>" } else { "S>" };
                told.head(&format!(
                    "{:>12} {}/{} {arrow}",
                    seconds(write.at),
                    write.service.word(),
                    write.conn
                ));
                match write.from {
                    Side::Client => conn.client(write, &mut told),
                    Side::Server => conn.server(write, &mut told),
                }
            }
        }
    }
    told.text
}

const fn said(event: CallEvent) -> &'static str {
    match event {
        CallEvent::Dial => "the client dials",
        CallEvent::Up => "the call is up: packets can flow",
        CallEvent::Drop => "the line drops: whatever was open is lost",
        CallEvent::Down => "the call is over",
    }
}

/// The text in the making.
pub(super) struct Told {
    text: String,
    width: usize,
}

impl Told {
    fn head(&mut self, line: &str) {
        let _ = writeln!(self.text, "{}", cut(line, self.width));
    }

    /// Something as it stands in the trace, and what it means; side by side where there is room.
    pub(super) fn say(&mut self, said: &Said) {
        let indent = 4 + 2 * said.depth.min(8);
        let token = format!("{:indent$}{}", "", said.token);
        let column = COLUMN.min(self.width / 2);
        if said.means.is_empty() {
            self.head(&token);
            return;
        }
        let mut lines = wrapped(&said.means, self.width - column).into_iter();
        if token.chars().count() + 2 <= column {
            let first = lines.next().unwrap_or_default();
            let _ = writeln!(self.text, "{token:<column$}{first}");
        } else {
            self.head(&token);
        }
        for line in lines {
            let _ = writeln!(self.text, "{:column$}{line}", "");
        }
    }

    fn pair(&mut self, token: impl Into<String>, means: impl Into<String>) {
        self.say(&Said { depth: 0, token: token.into(), means: means.into() });
    }
}

/// Where explanations begin.
const COLUMN: usize = 40;

/// The text in lines of at most so many characters, cut between words where there are any.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(cut(word, room)),
        }
    }
    lines
}

/// What is known of a connection while its lines are read.
#[derive(Default)]
struct Conn {
    /// The client's last command: word, and section.
    command: Option<(String, &'static str)>,
    /// The client's lines are text until a dot.
    in_data: bool,
    /// So many octets of a literal follow.
    literal: u64,
    /// A literal is over, and its command goes on.
    goes_on: bool,
    /// Commands of IMAP that are not answered, oldest first.
    under_way: Vec<String>,
    /// Of the server's answer: the status line has come, and text follows up to a dot.
    in_text: bool,
    greeted: bool,
    /// A response that was cut by the end of a write.
    open: Vec<u8>,
}

/// So many commands without an answer are remembered.
const UNDER_WAY_MAX: usize = 100;

/// Of one write no more lines than these are explained one by one.
const LINES_MAX: usize = 400;

impl Conn {
    fn client(&mut self, write: &Write, told: &mut Told) {
        let shown = without_password(write);
        let mut text = 0_usize;
        let mut rest = &shown[..];
        while !rest.is_empty() {
            if self.literal > 0 {
                let (literal, more) = rest.split_at((self.literal.min(rest.len() as u64)) as usize);
                told.pair(format!("{} bytes", literal.len()), "the octets of a literal (RFC 3501 §4.3)");
                self.literal -= literal.len() as u64;
                self.goes_on = self.literal == 0;
                rest = more;
                continue;
            }
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let (line, more) = rest.split_at(end);
            rest = more;
            if self.in_data {
                if line == b".\r\n" {
                    told.pair(
                        format!("{text} bytes"),
                        "lines of the message; a dot more stands before dots (RFC 821 §4.5.2)",
                    );
                    told.pair(".", "the end of the message (RFC 821 §4.1.1, DATA)");
                    self.in_data = false;
                    text = 0;
                } else {
                    text += line.len();
                }
                continue;
            }
            match std::mem::take(&mut self.goes_on) {
                true => self.rest_of_command(line, told),
                false => self.command(write.service, line, told),
            }
        }
        // What is not shown, a password, may have announced a literal.
        if write.service == Service::Imap && matches!(shown, Cow::Owned(_)) {
            let mut lines = write.octets.split_inclusive(|octet| *octet == b'\n');
            self.announce(lines.next_back().unwrap_or_default(), told);
        }
        if text > 0 {
            told.pair(format!("{text} bytes"), "lines of the message (RFC 821 §4.1.1, DATA)");
        }
    }

    /// What stands behind a literal, up to the end of the command or to the next literal.
    fn rest_of_command(&mut self, line: &[u8], told: &mut Told) {
        let means = if line.trim_ascii().is_empty() {
            "the end of the command, behind its literal (RFC 3501 §4.3)"
        } else {
            "the command goes on behind its literal (RFC 3501 §4.3)"
        };
        let is_secret = self.command.as_ref().is_some_and(|(word, _)| word == "LOGIN");
        told.pair(if is_secret { "***".to_owned() } else { text_of(line) }, means);
        self.announce(line, told);
    }

    /// Notes the literal that a line announces, and of which kind it is.
    fn announce(&mut self, line: &[u8], told: &mut Told) {
        let Some(literal) = imap::literal(line) else { return };
        (self.literal, self.goes_on) = (literal.octets, literal.octets == 0);
        let (octets, plus, means) = match literal.waits {
            true => {
                (literal.octets, "", "a literal: the client waits for + before it sends it (RFC 3501 §4.3)")
            }
            false => (literal.octets, "+", "a literal that does not wait: it follows at once (RFC 7888 §4)"),
        };
        told.say(&Said { depth: 1, token: format!("{{{octets}{plus}}}"), means: means.to_owned() });
    }

    /// A command that leaves before others are answered: does it matter (RFC 3501 §5.5)?
    fn note_under_way(&mut self, line: &[u8], told: &mut Told) {
        let said = text_of(line);
        if let Some(last) = self.under_way.last() {
            let means = match moves_numbers_of(&said, &self.under_way) {
                Some(_) => {
                    "may bring EXPUNGE: the numbers here would then be others; wait, or use UIDs (RFC 3501 §5.5)"
                }
                None => "is not answered yet, and need not be (RFC 3501 §5.5)",
            };
            let before = moves_numbers_of(&said, &self.under_way).unwrap_or(last);
            told.say(&Said { depth: 1, token: cut(before, 30), means: means.to_owned() });
        }
        if self.under_way.len() < UNDER_WAY_MAX {
            self.under_way.push(said);
        }
    }

    fn command(&mut self, service: Service, line: &[u8], told: &mut Told) {
        let shown = text_of(line);
        if service == Service::Imap && line.trim_ascii_end().eq_ignore_ascii_case(b"DONE") {
            return told.pair(shown, "the end of IDLE; it has no tag of its own (RFC 2177 §3)");
        }
        let mut words =
            line.split(|octet| matches!(octet, b' ' | b'\r' | b'\n')).filter(|word| !word.is_empty());
        let tag = if service == Service::Imap { words.next() } else { None };
        let first = words.next().unwrap_or_default();
        let found = row(service, first);
        match &found {
            Some(found) => told.pair(shown, format!("{}: {} ({})", found.syntax, found.help, found.clause)),
            None => told.pair(shown, "no command that is known here"),
        }
        if let Some(tag) = tag {
            told.say(&Said {
                depth: 1,
                token: text_of(tag),
                means: "tag: the answer will end with it (RFC 3501 §2.2.1)".to_owned(),
            });
        }
        self.in_data = match service {
            Service::Smtp | Service::Lmtp => first.eq_ignore_ascii_case(b"DATA"),
            Service::Dmsp => first.eq_ignore_ascii_case(b"SEND-MESSAGE"),
            Service::Pop3 | Service::Imap | Service::Pop2 | Service::Pop1 | Service::Poppassd => false,
        };
        if service == Service::Imap {
            self.note_under_way(line, told);
            self.announce(line, told);
        }
        self.command = found.map(|found| (found.word.to_owned(), found.clause));
    }

    fn server(&mut self, write: &Write, told: &mut Told) {
        if write.service == Service::Imap {
            let octets = if self.open.is_empty() {
                write.octets.to_vec()
            } else {
                [&self.open[..], &write.octets].concat()
            };
            let used = imap::responses(&octets, told);
            let (whole, left) = octets.split_at(used.min(octets.len()));
            for tag in imap::completed(whole) {
                self.under_way.retain(|said| said.split(' ').next().map(str::as_bytes) != Some(tag));
            }
            // A response without an end is kept, if there may be one.
            self.open = if left.len() <= OPEN_MAX { left.to_vec() } else { Vec::new() };
            if !left.is_empty() && self.open.is_empty() {
                told.pair(
                    format!("{} bytes", left.len()),
                    "a response that goes on for too long to be explained",
                );
            }
            return;
        }
        let sends_octets = self.command.as_ref().is_some_and(|(word, _)| match write.service {
            Service::Pop2 => word == "RETR",
            Service::Pop1 => word == "RCEV",
            _ => false,
        });
        if sends_octets && !write.octets.starts_with(b"- ") {
            told.pair(
                format!("{} bytes", write.octets.len()),
                "octets as they are stored: their number was told before, and nothing ends them",
            );
            return;
        }
        let (mut lines, mut text) = (0, 0_usize);
        for line in write.octets.split_inclusive(|octet| *octet == b'\n') {
            if self.in_text {
                if line == b".\r\n" {
                    if text > 0 {
                        told.pair(
                            format!("{text} bytes"),
                            "text; a dot more stands before dots (RFC 1939 §3)",
                        );
                    }
                    told.pair(".", "the end of the answer (RFC 1939 §3)");
                    (self.in_text, text) = (false, 0);
                    continue;
                }
                let explained =
                    self.command.as_ref().and_then(|(command, _)| reply::text_line(command, line));
                match explained.filter(|_| lines < LINES_MAX) {
                    Some(means) => told.pair(text_of(line), means),
                    None => text += line.len(),
                }
                lines += 1;
                continue;
            }
            let command = self.command.as_ref().filter(|_| self.greeted);
            let (means, more) = reply::status(write.service, command, line);
            told.pair(text_of(line), means);
            (self.greeted, self.in_text) = (true, more);
        }
        if text > 0 {
            told.pair(
                format!("{text} bytes"),
                "text of the answer; a dot more stands before dots (RFC 1939 §3)",
            );
        }
    }
}

/// A response of IMAP that was cut is kept up to this size.
const OPEN_MAX: usize = 64 << 20;

/// The parts of a command's row that are the same for all protocols.
struct Row {
    word: &'static str,
    syntax: &'static str,
    clause: &'static str,
    help: &'static str,
}

fn row(service: Service, word: &[u8]) -> Option<Row> {
    fn of<K, S>(rows: &'static [CommandRow<K, S>], word: &[u8]) -> Option<Row> {
        let row = row_named(rows, word)?;
        Some(Row { word: row.word, syntax: row.syntax, clause: row.clause, help: row.help })
    }
    match service {
        Service::Pop3 => of(pop3::COMMANDS, word),
        Service::Imap => of(imap4::command::COMMANDS, word),
        Service::Smtp | Service::Lmtp => of(smtp::COMMANDS, word),
        Service::Dmsp => of(dmsp::COMMANDS, word),
        Service::Pop2 => of(pop2::COMMANDS, word),
        Service::Pop1 => of(pop1::COMMANDS, word),
        Service::Poppassd => of(poppassd::COMMANDS, word),
    }
}

#[cfg(test)]
mod tests;
