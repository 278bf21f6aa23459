//! Replies of POP3 and SMTP: what a status line says, and the lines that follow it.

use crate::desk::Service;
use crate::protocol::dmsp;

/// What a status line means, and whether text up to a dot follows it. `command` is what it answers: word and section.
pub(super) fn status(
    service: Service,
    command: Option<&(String, &'static str)>,
    line: &[u8],
) -> (String, bool) {
    match service {
        Service::Pop3 => pop3(command, line),
        Service::Dmsp => repository(command, line),
        Service::Pop2 | Service::Pop1 => (counted(service, command, line), false),
        Service::Poppassd => (password_daemon(line).to_owned(), false),
        Service::Smtp | Service::Lmtp | Service::Imap => (smtp(command, line), false),
    }
}

fn pop3(command: Option<&(String, &'static str)>, line: &[u8]) -> (String, bool) {
    let ok = line.starts_with(b"+OK");
    let Some((word, clause)) = command else {
        let apop = line.contains(&b'<');
        let means = match (ok, apop) {
            (true, true) => "the greeting; what stands in <> is a timestamp for APOP (RFC 1939 §4, §7)",
            (true, false) => "the greeting: the server is ready (RFC 1939 §4)",
            _ => "a greeting that turns the client away (RFC 1939 §4)",
        };
        return (means.to_owned(), false);
    };
    if line.starts_with(b"+ ") {
        return ("a challenge in base64; the next line answers it (RFC 5034 §4)".to_owned(), false);
    }
    if !ok {
        return (format!("refused: nothing has changed by {word} (RFC 1939 §3, {clause})"), false);
    }
    let arguments = line.split(|octet| *octet == b' ').count() > 2;
    let more = match word.as_str() {
        "RETR" | "TOP" | "CAPA" | "*ENV" | "LFLD" => true,
        "XTND" => !line.starts_with(b"+OK Start sending"),
        "LANG" => line.starts_with(b"+OK languages"),
        // With an argument these answer in one line. Its reply begins with the message's number.
        "LIST" | "UIDL" => !answers_one(line) || !arguments,
        _ => false,
    };
    let means = match word.as_str() {
        "STAT" => "how many messages, and how many octets they have in all".to_owned(),
        "RETR" => "the message follows, up to a dot".to_owned(),
        "TOP" => "header and first lines follow, up to a dot".to_owned(),
        "LIST" | "UIDL" if more => "a line for each message follows, up to a dot".to_owned(),
        "LIST" => "a message-number and its size in octets".to_owned(),
        "UIDL" => "a message-number and its unique-id".to_owned(),
        "PASS" | "APOP" => "logged in: the maildrop is locked for this session".to_owned(),
        "USER" => "the name is taken; now the password".to_owned(),
        "DELE" => "marked as deleted; QUIT will remove it".to_owned(),
        "QUIT" => "what was marked is removed, and the server closes".to_owned(),
        other => format!("{other} is done"),
    };
    (format!("{means} ({clause})"), more)
}

/// What a reply of POP2 or POP1 means, from its first character (RFC 937, Replies; RFC 918).
fn counted(service: Service, command: Option<&(String, &'static str)>, line: &[u8]) -> String {
    let of = if service == Service::Pop2 { "RFC 937, Replies" } else { "RFC 918" };
    let means = match (line.first(), service) {
        (Some(b'+'), _) if command.is_none() => "the greeting: the server is ready",
        (Some(b'+'), _) => "done",
        (Some(b'-'), Service::Pop2) => "garbage: the server gives the reason and closes",
        (Some(b'-'), _) => "refused",
        (Some(b'#'), Service::Pop2) => "so many messages are in the mailbox",
        (Some(b'#'), _) => "so many octets are in the mailbox",
        (Some(b'='), _) => "so many octets has the current message; 0: there is none",
        _ => "no reply that is known here",
    };
    match command {
        Some((word, _)) => format!("{word}: {means} ({of})"),
        None => format!("{means} ({of})"),
    }
}

/// What a reply of poppassd means: digits as in FTP.
const fn password_daemon(line: &[u8]) -> &'static str {
    match line.first() {
        Some(b'2' | b'3') => "done, or the next line is awaited (poppassd 1.8)",
        Some(b'5') => "failed: nothing has changed, and the daemon closes (poppassd 1.8)",
        _ => "no reply that is known here",
    }
}

/// What a reply of DMSP means, from the table of its codes (RFC 1056 §4.2, appendix III).
fn repository(command: Option<&(String, &'static str)>, line: &[u8]) -> (String, bool) {
    let code: Option<u16> = line.get(..3).and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
    let known = code.and_then(|code| dmsp::CODES.iter().find(|(known, _)| *known == code));
    let Some((code, means)) = known else {
        return ("no reply code that is known here (RFC 1056 appendix III)".to_owned(), false);
    };
    let follows = means.ends_with("follows");
    match command {
        Some((word, clause)) => (format!("{code}, {word}: {means} ({clause}, appendix III)"), follows),
        None => (format!("{code}: the greeting (RFC 1056 §4.2)"), false),
    }
}

/// `+OK 2 200`: a reply to a command that names one message.
fn answers_one(line: &[u8]) -> bool {
    let mut words = line.split(|octet| matches!(octet, b' ' | b'\r' | b'\n')).skip(1);
    let is_number =
        |word: Option<&[u8]>| word.is_some_and(|w| !w.is_empty() && w.iter().all(u8::is_ascii_digit));
    is_number(words.next()) && words.next().is_some_and(|word| !word.is_empty())
}

/// What one line of a multi-line answer means; none for a line of a message.
pub(super) fn text_line(command: &str, line: &[u8]) -> Option<String> {
    let mut words = line.split(|octet| matches!(octet, b' ' | b'\r' | b'\n')).filter(|word| !word.is_empty());
    let (number, value) = (words.next()?, words.next()?);
    if !number.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = String::from_utf8_lossy(number);
    match command {
        "LIST" => {
            Some(format!("message {number} has {} octets (RFC 1939 §5)", String::from_utf8_lossy(value)))
        }
        "UIDL" => Some(format!("the unique-id of message {number} (RFC 1939 §7)")),
        _ => None,
    }
}

/// What a reply of SMTP means, from its first and second digit (RFC 821 §4.2, appendix E).
fn smtp(command: Option<&(String, &'static str)>, line: &[u8]) -> String {
    let digit = |nth: usize| line.get(nth).copied().unwrap_or_default();
    let outcome = match digit(0) {
        b'1' => "taken, and a further word is awaited",
        b'2' => "done",
        b'3' => "so far so good: send the rest",
        b'4' => "not now: try again later",
        b'5' => "refused for good",
        _ => return "no reply of SMTP: it begins with three digits (RFC 821 §4.2)".to_owned(),
    };
    let about = match digit(1) {
        b'0' => "about the syntax",
        b'1' => "for information",
        b'2' => "about the connection",
        b'5' => "about the mail system",
        _ => "unspecified",
    };
    let last = digit(3) != b'-';
    let more = if last { "" } else { "; more lines of this reply follow" };
    match command {
        Some((word, clause)) => format!("{word}: {outcome}, {about}{more} (RFC 821 §4.2, {clause})"),
        None => format!("the greeting: {outcome}, {about}{more} (RFC 821 §4.2)"),
    }
}
