//! What `:why` tells of a command of IMAP beside its row: its tag, its literals, where a client has to wait, and numbers
//! that move.

use crate::protocol::imap::literal::{Announced, announced};
use crate::protocol::imap::pipelining::moves_numbers_of;

/// A command, what came back, and what was going on.
#[derive(Clone, Debug, Default)]
pub struct Exchange<'a> {
    /// The command as it was sent, literals in place; empty if it crossed deflated.
    pub said: &'a [u8],
    /// Its first line as it may be shown: without a password.
    pub shown: &'a str,
    /// The server's answer, as far as it is looked at.
    pub answer: &'a [u8],
    /// Commands that were not answered yet when this one left, oldest first, as they may be shown.
    pub under_way: Vec<String>,
    /// The session has used this tag before.
    pub has_old_tag: bool,
    /// So many messages are gone that the session was not told of.
    pub withheld: usize,
}

/// How many lines of an answer are looked at.
const LINES_MAX: usize = 2000;

/// Everything that there is to say, one remark after the other.
#[must_use]
pub fn remarks(exchange: &Exchange<'_>) -> Vec<String> {
    let line = exchange.said.split(|octet| *octet == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split(' ').map(str::to_ascii_uppercase);
    let mut told = Vec::new();
    let Some(tag) = exchange.shown.split(' ').next().filter(|tag| !tag.is_empty()) else { return told };
    let mut word = words.nth(1).unwrap_or_default();
    if word == "UID" {
        word = words.next().unwrap_or_default();
    }

    slip(exchange, &word, &mut told);
    let again = if exchange.has_old_tag {
        "; this session has used it before, and of two commands with one tag that are under way nobody could tell the \
         answers apart"
    } else {
        ""
    };
    told.push(format!(
        "`{tag}` is its tag, yours to choose: the line that ends the answer begins with it (RFC 3501 §2.2.1){again}"
    ));
    solicited(exchange, tag, &mut told);
    literals(exchange, &mut told);
    waits(exchange, &word, &mut told);
    numbers(exchange, &word, &mut told);
    told
}

/// Where a BAD points to, and what looks right and is not.
fn slip(exchange: &Exchange<'_>, word: &str, told: &mut Vec<String>) {
    let answer = String::from_utf8_lossy(exchange.answer.get(..200).unwrap_or(exchange.answer)).into_owned();
    let column =
        answer.split_once(" BAD column ").and_then(|(_, rest)| rest.split([':', ' ']).next()?.parse().ok());
    let is_short = exchange.shown.len() <= 70 && !exchange.shown.contains("***");
    if let Some(column) = column.filter(|column: &usize| *column <= 71 && is_short) {
        told.push(format!("{}\n{:>column$}", exchange.shown, "^"));
    }
    let flags = ["SEEN", "ANSWERED", "FLAGGED", "DELETED", "DRAFT"];
    let bare = |found: &&str| flags.iter().any(|flag| found.eq_ignore_ascii_case(flag));
    let text = exchange.shown.replace(['(', ')'], " ");
    if let Some(bare) = text.split(' ').skip(4).find(bare).filter(|_| word == "STORE") {
        told.push(format!(
            "`{bare}` without a backslash is a keyword of your own; the system flag is `\\{bare}` (RFC 3501 §2.3.2)"
        ));
    }
}

/// Data that carries the tag: IMAP3.
fn solicited(exchange: &Exchange<'_>, tag: &str, told: &mut Vec<String>) {
    let mut carried = 0;
    walk(exchange.answer, |line, _| {
        let rest = line.strip_prefix(tag.as_bytes()).and_then(|rest| rest.strip_prefix(b" "));
        let ends = |rest: &[u8]| [&b"OK"[..], b"NO", b"BAD"].iter().any(|word| rest.starts_with(word));
        carried += usize::from(rest.is_some_and(|rest| !ends(rest)));
    });
    if carried > 0 {
        told.push(format!(
            "data that answers it carries `{tag}` as well: `*` is left for what nobody asked for, and answers to several \
             commands could come mixed (RFC 1203, TAGGED.SOLICITED)"
        ));
    }
}

/// The literals of the command, and the first of the answer.
fn literals(exchange: &Exchange<'_>, told: &mut Vec<String>) {
    let (mut waiting, mut flowing) = (Vec::new(), Vec::new());
    walk(exchange.said, |_, literal| match literal {
        Some(Announced { octets, waits: true }) => waiting.push(format!("`{{{octets}}}`")),
        Some(Announced { octets, waits: false }) => flowing.push(format!("`{{{octets}+}}`")),
        None => {}
    });
    if !waiting.is_empty() {
        told.push(format!(
            "{}: so many octets, not letters, follow as a literal, a synchronizing one: the client waits for the server's \
             `+` before it sends them, a turn for each (RFC 3501 §4.3, §7.5); with a plus sign before the brace it need \
             not wait, if CAPABILITY says LITERAL+ (RFC 7888 §4)",
            waiting.join(", ")
        ));
    }
    if !flowing.is_empty() {
        told.push(format!(
            "{}: a literal that does not wait: its octets follow at once, and a server that refuses the command has to \
             take them all the same (RFC 7888 §4)",
            flowing.join(", ")
        ));
    }
    let mut first = None;
    walk(exchange.answer, |_, literal| first = first.or(literal));
    if let Some(Announced { octets, .. }) = first {
        told.push(format!(
            "`{{{octets}}}` in the answer: {octets} octets follow that line, whatever they hold, and then the response goes \
             on (RFC 3501 §4.3)"
        ));
    }
}

/// Where a client has to wait before it says more.
fn waits(exchange: &Exchange<'_>, word: &str, told: &mut Vec<String>) {
    let clause = match word {
        "STARTTLS" => Some("the answer is the last thing in clear (RFC 3501 §6.2.1)"),
        "AUTHENTICATE" => Some("until it is answered, lines are no commands (RFC 3501 §6.2.2)"),
        "COMPRESS" => Some("behind the answer everything is deflated (RFC 4978 §3)"),
        "IDLE" => Some("until DONE nothing but DONE may be said (RFC 2177 §3)"),
        _ => None,
    };
    if let Some(clause) = clause {
        told.push(format!("nothing may leave behind {word} before it is answered: {clause}"));
    }
    let Some(last) = exchange.under_way.last() else { return };
    match moves_numbers_of(exchange.shown, &exchange.under_way) {
        Some(mover) => told.push(format!(
            "it left before `{mover}` was answered, whose answer may bring EXPUNGE: the numbers in it would then be other \
             messages. Wait for such an answer before numbers are used, or use UIDs (RFC 3501 §5.5)"
        )),
        None => told.push(format!(
            "it left before `{last}` was answered, and need not have waited: neither changes what the other means \
             (RFC 3501 §5.5)"
        )),
    }
}

/// Messages that came or went, and what their numbers are now.
fn numbers(exchange: &Exchange<'_>, word: &str, told: &mut Vec<String>) {
    let (mut gone, mut exists, mut lines) = (Vec::new(), None, 0);
    walk(exchange.answer, |line, _| {
        lines += 1;
        let mut words = line.split(|octet| *octet == b' ');
        let (first, number, kind) = (words.next(), words.next(), words.next());
        let number = number.and_then(|number| std::str::from_utf8(number).ok()?.parse::<u32>().ok());
        let tag = exchange.shown.split(' ').next().unwrap_or_default();
        let is_data = first.is_some_and(|first| first == b"*" || first == tag.as_bytes());
        if let (true, Some(number), true) = (is_data, number, lines <= LINES_MAX) {
            match kind {
                Some(b"EXPUNGE") => gone.push(number),
                Some(b"EXISTS") => exists = Some(number),
                _ => {}
            }
        }
    });
    if let Some(first) = gone.first() {
        let mut remark = format!(
            "`* {first} EXPUNGE`: message {first} is gone, and those behind it move up: what was {} is {first} now; UIDs do \
             not move (RFC 3501 §7.4.1, §2.3.1)",
            u64::from(*first) + 1
        );
        if gone.len() > 1 {
            let before: Vec<String> = as_they_were(&gone).iter().map(u64::to_string).collect();
            let more = if gone.len() > before.len() { " …" } else { "" };
            remark += &format!(
                "; each line counts in the row that the one before it left, so gone is what was {}{more}",
                before.join(", ")
            );
        }
        told.push(remark);
    }
    if let Some(exists) = exists.filter(|_| !["SELECT", "EXAMINE"].contains(&word)) {
        told.push(format!(
            "`* {exists} EXISTS`: news that nobody asked for; it comes with the next answer (RFC 3501 §5.2, §7.3.1)"
        ));
    }
    if exchange.withheld > 0 {
        told.push(format!(
            "{} gone from the mailbox, and this session does not know it yet: while FETCH, STORE or SEARCH is answered, \
             numbers may not move (RFC 3501 §7.4.1). NOOP will bring it",
            if exchange.withheld == 1 { "a message is".to_owned() } else { format!("{} messages are", exchange.withheld) }
        ));
    }
}

/// So many EXPUNGEs are traced back.
const TRACED_MAX: usize = 20;

/// The numbers that messages had before the first of these EXPUNGEs.
fn as_they_were(gone: &[u32]) -> Vec<u64> {
    let mut before: Vec<u64> = Vec::new();
    for number in gone.iter().take(TRACED_MAX) {
        let mut was = u64::from(*number);
        for earlier in &before {
            was += u64::from(*earlier <= was);
        }
        before.push(was);
        before.sort_unstable();
    }
    before
}

/// Each line, with the literal that it announces; the octets of literals are passed over.
fn walk<'a>(octets: &'a [u8], mut each: impl FnMut(&'a [u8], Option<Announced>)) {
    let mut rest = octets;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let (line, more) = rest.split_at(end + 1);
        let line = line.strip_suffix(b"\r\n").unwrap_or(line);
        let literal = announced(line);
        each(line, literal);
        let skip = literal.and_then(|literal| usize::try_from(literal.octets).ok()).unwrap_or(0);
        rest = more.get(skip..).unwrap_or_default();
    }
}

/// What the server waits for, of a command of which only so much has come.
#[must_use]
pub fn unfinished(said: &[u8]) -> Option<String> {
    let mut open = None;
    let mut rest = said;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let (line, more) = rest.split_at(end + 1);
        let literal = announced(line.strip_suffix(b"\r\n").unwrap_or(line));
        let octets = literal.map_or(0, |literal| literal.octets);
        open = literal.map(|literal| (literal, octets.saturating_sub(more.len() as u64)));
        rest = more.get(usize::try_from(octets).unwrap_or(usize::MAX)..).unwrap_or_default();
    }
    let (literal, missing) = open?;
    Some(match (missing, literal.waits) {
        (0, _) => {
            "the literal is here; the command goes on behind it, and ends with a line end (RFC 3501 §4.3)"
                .to_owned()
        }
        (missing, true) => format!(
            "the command is not over: it announced a literal of {} octets, the client had to wait for `+`, and {missing} of \
             them are still to come; C- at a script's beginning of a line sends without a line end (RFC 3501 §4.3, §7.5)",
            literal.octets
        ),
        (missing, false) => format!(
            "the command is not over: of a literal of {} octets that need not wait {missing} are still to come (RFC 7888 §4)",
            literal.octets
        ),
    })
}

#[cfg(test)]
mod tests;
