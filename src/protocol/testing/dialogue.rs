//! Conversations as text.
//!
//! ```text
//! # a sentence and a clause: what this conversation shows
//! S: +OK POP3 server ready <*>
//! C: NOOP
//! S: -ERR <*>
//! ```
//!
//! | line | means |
//! |---|---|
//! | `C: text` | the client sends the text and CR LF; `\r \n \0 \xHH` stand for these octets |
//! | `C- text` | the client sends the text without a line end |
//! | `S: text` | the server's next line is this; `<*>` stands for any octets within a line |
//! | `S: <**>` | any number of lines, up to the one that the next `S:` describes |
//! | `S. close` | the server closes |
//! | `C. drop` | the client goes away |
//! | `T: 600` | 600 seconds pass |
//! | `# text` | a remark |
//!
//! A number behind the letter names the connection (`C2:`, `S2:`); it is opened when it is first mentioned.
//! Whatever the server says must be described: before the client's next line nothing may be left over.

use super::Lab;
use crate::mail::store::Store;
use crate::session::Session;
use crate::time::Duration;

/// How the client's lines are handed to the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Each line at once.
    Lines,
    /// Octet by octet.
    Octets,
    /// All lines of the whole dialogue in one go: pipelined.
    Burst,
    /// Each line at once, and no answer gets more room than one write at a time.
    Narrow,
}

/// What a dialogue is run on.
pub struct Dialogue<'a> {
    /// The store before the dialogue.
    pub store: &'a Store,
    /// The conversation.
    pub text: &'a str,
    /// Also run it with all of the client's lines sent in one go. Only for one connection, and only where the
    /// replies do not depend on when the lines come.
    pub burst: bool,
}

/// Runs the dialogue with whole lines, octet by octet, and with answers that pause after each write, each time on a fresh clone of the store, and gives the
/// lab as it was at the end. Every octet of every whole line must have become part of some command.
///
/// # Panics
/// When the server says something else: with what was expected and what it said.
pub fn dialogue<S: Session + 'static>(dialogue: &Dialogue<'_>, mut session: impl FnMut() -> S) -> Lab {
    let lab = run(dialogue, Cut::Lines, &mut session);
    let by_octet = run(dialogue, Cut::Octets, &mut session);
    assert!(lab.store == by_octet.store, "the store differs when octets come one at a time");
    for (whole, cut) in lab.conns.iter().zip(&by_octet.conns) {
        assert_eq!(whole.commands, cut.commands, "commands differ when octets come one at a time");
    }
    let narrow = run(dialogue, Cut::Narrow, &mut session);
    assert!(lab.store == narrow.store, "the store differs when answers pause");
    if dialogue.burst {
        let burst = run(dialogue, Cut::Burst, &mut session);
        assert!(lab.store == burst.store, "the store differs when all lines come in one go");
    }
    lab
}

fn run<S: Session + 'static>(dialogue: &Dialogue<'_>, cut: Cut, session: &mut impl FnMut() -> S) -> Lab {
    let mut lab = Lab::new(dialogue.store.clone());
    lab.room = (cut == Cut::Narrow).then_some(1);
    let mut waiting_for: Option<usize> = None;
    let burst: Vec<u8> = dialogue.text.lines().filter_map(|line| sent(line.trim_start())).flatten().collect();
    for (nth, line) in dialogue.text.lines().enumerate() {
        let line = line.trim_start();
        let place = format!("line {} ({cut:?}): {line}", nth + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(seconds) = line.strip_prefix("T: ") {
            lab.pass_until(lab.now + Duration::from_secs(seconds.parse().expect("seconds")));
            continue;
        }
        let conn = conn_of(line);
        while lab.conns.len() <= conn {
            let opened = lab.open(session());
            if cut == Cut::Burst {
                lab.send(opened, &burst);
            }
        }
        if let Some(octets) = sent(line) {
            if cut == Cut::Burst {
                continue;
            }
            nothing_left(&lab, &place);
            match cut {
                Cut::Lines | Cut::Narrow => lab.send(conn, &octets),
                _ => octets.iter().for_each(|octet| lab.send(conn, &[*octet])),
            }
        } else if line.starts_with('C') {
            lab.drop_conn(conn);
        } else if line.trim_end().ends_with(". close") {
            nothing_left(&lab, &place);
            assert!(lab.conns[conn].closed, "{place}\nthe server has not closed");
        } else if rest(line) == "<**>" {
            waiting_for = Some(conn);
        } else {
            let any_before = waiting_for.take() == Some(conn);
            loop {
                let got = next_line(&mut lab, conn, &place);
                if matches(rest(line).as_bytes(), got.as_bytes()) {
                    break;
                }
                assert!(any_before, "{place}\nexpected: {}\n     got: {got}", rest(line));
            }
        }
    }
    nothing_left(&lab, "the end");
    let open_end =
        dialogue.text.lines().any(|line| marked(line.trim_start()).is_some_and(|m| m.starts_with('-')));
    for conn in &lab.conns {
        assert!(open_end || cut == Cut::Burst || conn.unframed() == 0, "octets that belong to no command");
    }
    lab
}

/// The connection that a line speaks of, from 0.
fn conn_of(line: &str) -> usize {
    let digits: String = line[1..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse::<usize>().map_or(0, |number| number - 1)
}

/// What stands behind `S: ` or `C: `.
fn rest(line: &str) -> &str {
    line[1..].trim_start_matches(|c: char| c.is_ascii_digit()).get(2..).unwrap_or("")
}

/// The mark behind the letter of a client's line, and what follows: `: NOOP`.
fn marked(line: &str) -> Option<&str> {
    Some(line.strip_prefix('C')?.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// What a line makes the client send.
fn sent(line: &str) -> Option<Vec<u8>> {
    let mut octets = match marked(line)?.chars().next() {
        Some(':') => unescaped(rest(line)),
        Some('-') => return Some(unescaped(rest(line))),
        _ => return None,
    };
    octets.extend_from_slice(b"\r\n");
    Some(octets)
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut left = text.as_bytes();
    while let Some((first, after)) = left.split_first() {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        let (octet, taken) = match (first, after) {
            (b'\\', [b'r', ..]) => (b'\r', 2),
            (b'\\', [b'n', ..]) => (b'\n', 2),
            (b'\\', [b'0', ..]) => (0, 2),
            (b'\\', [b'x', digits @ ..]) if digits.len() > 1 => match hex(&digits[..2]) {
                Some(octet) => (octet, 4),
                None => (b'\\', 1),
            },
            (octet, _) => (*octet, 1),
        };
        octets.push(octet);
        left = &left[taken..];
    }
    octets
}

fn next_line(lab: &mut Lab, conn: usize, place: &str) -> String {
    let arrived = &mut lab.conns[conn].arrived;
    let Some(end) = arrived.windows(2).position(|pair| pair == b"\r\n") else {
        panic!("{place}\nthe server said nothing more; left: {:?}", shown(arrived));
    };
    let line = shown(&arrived[..end]);
    arrived.drain(..end + 2);
    line
}

/// Octets as text, those that are not printable as `\xHH`.
fn shown(octets: &[u8]) -> String {
    let one = |octet: &u8| match octet {
        b' '..=b'~' => char::from(*octet).to_string(),
        _ => format!("\\x{octet:02x}"),
    };
    octets.iter().map(one).collect()
}

fn nothing_left(lab: &Lab, place: &str) {
    for (nth, conn) in lab.conns.iter().enumerate() {
        assert!(conn.arrived.is_empty(), "{place}\nnot expected on {}: {}", nth + 1, shown(&conn.arrived));
    }
}

/// True if `got` is what `pattern` describes, where `<*>` stands for any octets.
fn matches(pattern: &[u8], got: &[u8]) -> bool {
    match memchr::memmem::find(pattern, b"<*>") {
        None => pattern == got,
        Some(at) => {
            let (before, after) = (&pattern[..at], &pattern[at + 3..]);
            got.starts_with(before) && (at..=got.len()).any(|from| matches(after, &got[from..]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::date::Timestamp;
    use crate::session::Output;
    use crate::time::Instant;

    /// Greets, answers each octet `x` with a line, and closes at `q`.
    struct Echo;

    impl Session for Echo {
        fn open(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
            out.write("hello\r\n");
            out.wake = Some(now + Duration::from_secs(10));
        }
        fn receive(&mut self, _: Instant, bytes: &[u8], _: &mut Store, out: &mut Output) {
            for octet in bytes {
                out.command(1, [*octet].to_vec());
                match octet {
                    b'x' => out.write("got x\r\n"),
                    b'q' => out.close = true,
                    _ => {}
                }
            }
        }
        fn notice(&mut self, _: Instant, _: &Store, _: &mut Output) {}
        fn wake(&mut self, _: Instant, _: &mut Store, out: &mut Output) {
            out.write("time\r\n");
        }
        fn gone(&mut self, _: &mut Store) {}
    }

    fn passes(text: &str) -> bool {
        let run = || {
            let store = Store::new(Timestamp::DEFAULT_START);
            dialogue(&Dialogue { store: &store, text, burst: false }, || Echo);
        };
        std::panic::catch_unwind(run).is_ok()
    }

    #[test]
    fn a_dialogue_passes_only_if_all_was_said_and_nothing_else() {
        for (text, right) in [
            ("S: hello", true),
            ("S: hallo", false),
            ("S: h<*>o<*>", true),
            ("S: h<*>x", false),
            ("S: hello\nS: more", false),
            ("", true),
            ("C: x", false),
            ("S: hello\nC: x", false),
            ("S: hello\nC: x\nS: got x", true),
            ("S: hello\nC- xx\nS: got x\nS: got x", true),
            ("S: hello\nC- xxx\nS: got x\nC: \nS: got x\nS: got x", false),
            ("S: hello\nC- xxa\nS: <**>\nS: got x", false),
            ("S: hello\nC- x\\x71\nS: got x\nS. close", true),
            ("S: hello\nS. close", false),
            ("S: hello\nT: 9", true),
            ("S: hello\nT: 10\nS: time", true),
            ("S: hello\nS2: hello\nC2: x\nS2: got x", true),
            ("S: hello\nS2: hello\nC2: x\nS: got x", false),
        ] {
            assert_eq!(passes(text), right, "{text}");
        }
    }
}
