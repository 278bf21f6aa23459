//! What each dialect of IMAP answers: tried, command by command, with a session of its own.

use std::sync::Arc;

use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::protocol::imap::imap3::FEATURES;
use maillab::protocol::imap::{Dialect, Imap, ImapSettings};
use maillab::session::{Output, Session};
use maillab::time::Instant;

use crate::drawn::Block;
use crate::tables::table;

pub fn blocks() -> Vec<Block> {
    vec![("imap-facilities", facilities()), ("imap3-features", features())]
}

/// A facility, and a command that uses it.
const FACILITIES: [(&str, &str); 41] = [
    ("say what the server can do", "CAPABILITY"),
    ("versions", "SUPPORTED.VERSIONS"),
    ("list of mailboxes", "FIND MAILBOXES *"),
    ("all mailboxes", "FIND ALL.MAILBOXES *"),
    ("bulletin boards", "FIND BBOARDS *"),
    ("open a board", "BBOARD news"),
    ("list with levels", "LIST \"\" *"),
    ("subscribe", "SUBSCRIBE MAILBOX INBOX"),
    ("open to read only", "EXAMINE INBOX"),
    ("make it read-only", "READONLY"),
    ("make a mailbox", "CREATE work"),
    ("rename it", "RENAME work job"),
    ("delete it", "DELETE job"),
    ("count without opening", "STATUS INBOX (MESSAGES)"),
    ("leave a mailbox", "CLOSE"),
    ("header", "FETCH 1 RFC822.HEADER"),
    ("some fields", "FETCH 1 RFC822.HEADER.LINES (SUBJECT)"),
    ("some fields, by section", "FETCH 1 BODY[HEADER.FIELDS (SUBJECT)]"),
    ("one field by its name", "FETCH 1 X-NOTE"),
    ("MIME structure", "FETCH 1 BODY"),
    ("and its extensions", "FETCH 1 BODYSTRUCTURE"),
    ("a part", "FETCH 1 BODY[1]"),
    ("a part, decoded", "FETCH 1 BINARY[1]"),
    ("without \\Seen", "FETCH 1 BODY.PEEK[1]"),
    ("some octets", "PARTIAL 1 RFC822 1 20"),
    ("some octets, in FETCH", "FETCH 1 BODY[1]<0.20>"),
    ("UIDs", "UID FETCH 1 FLAGS"),
    ("the last message", "FETCH * FLAGS"),
    ("flags", "STORE 1 +FLAGS (\\Seen)"),
    ("flags without an answer", "STORE 1 FLAGS.SILENT (\\Seen)"),
    ("\\Draft", "STORE 1 +FLAGS (\\Draft)"),
    ("define keywords", "SET.FLAGS (Later)"),
    ("change a field", "STORE 1 SUBJECT hello"),
    ("search", "SEARCH FROM a UNSEEN"),
    ("search by size, or, not", "SEARCH OR LARGER 5 NOT SEEN"),
    ("the opposite of a criterion", "SEARCH ~SEEN"),
    ("search in a character set", "SEARCH CHARSET UTF-8 ALL"),
    ("sort", "SORT (SUBJECT) UTF-8 ALL"),
    ("move", "MOVE 1 INBOX"),
    ("copy to a new name", "COPY 1 nowhere"),
    ("do nothing, and hear the news", "NOOP"),
];

fn store() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(alice).unwrap();
    let message = Message::new(&b"Subject: one\r\nFrom: a@x\r\n\r\nhello\r\n"[..]);
    store.append(inbox, Arc::new(message), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    let keeper = store.add_user("keeper", "k").unwrap();
    store.create_board(keeper, "news").unwrap();
    store
}

/// How a server of the dialect answers the command in a mailbox: by OK, NO or BAD.
fn answer(dialect: Dialect, opening: &str, command: &str) -> String {
    let mut store = store();
    // What was made before is there.
    let alice = store.user(b"alice").unwrap();
    for (word, name) in [("RENAME", "work"), ("DELETE", "job")] {
        if command.starts_with(word) {
            store.create(alice, name).unwrap();
        }
    }
    let mut session = Imap::new(ImapSettings { dialect, ..ImapSettings::default() });
    let mut out = Output::default();
    session.open(Instant::START, &mut store, &mut out);
    let said = format!("{opening}a LOGIN alice secret\r\nb SELECT INBOX\r\nc {command}\r\n");
    session.receive(Instant::START, said.as_bytes(), &mut store, &mut out);
    let text = String::from_utf8_lossy(&out.bytes()).into_owned();
    let ends = text.lines().find_map(|line| {
        let word = line.strip_prefix("c ")?.split(' ').next()?;
        ["OK", "NO", "BAD"].contains(&word).then(|| word.to_owned())
    });
    // In version 3.0 any word is the name of a field, which is not there.
    let is_name = !opening.is_empty() && (text.contains("NIL)") || text.contains("c SEARCH () "));
    match ends.as_deref() {
        Some("OK") if is_name => "NIL".to_owned(),
        Some("OK") => "yes".to_owned(),
        Some("NO") => "NO".to_owned(),
        _ => "–".to_owned(),
    }
}

fn facilities() -> String {
    let columns = [
        (Dialect::Imap2, ""),
        (Dialect::Imap3, ""),
        (Dialect::Imap3, "v SELECT.VERSION (3 0)\r\n"),
        (Dialect::Imap2bis, ""),
        (Dialect::Imap4, ""),
        (Dialect::Rev1, ""),
        (Dialect::Rev2, ""),
    ];
    table(
        ["", "command", "IMAP2", "IMAP3, 2.0", "IMAP3, 3.0", "IMAP2bis", "IMAP4", "IMAP4rev1", "IMAP4rev2"],
        FACILITIES.iter().map(|(what, command)| {
            let mut cells = [const { String::new() }; 9];
            cells[0] = (*what).to_owned();
            cells[1] = format!("`{command}`");
            for (cell, (dialect, opening)) in cells[2..].iter_mut().zip(columns) {
                *cell = answer(dialect, opening, command);
            }
            cells
        }),
    )
}

fn features() -> String {
    table(
        ["feature", "at first", "what it does", "what became of it"],
        FEATURES.iter().map(|row| {
            let default = if row.default { "on" } else { "off" };
            [format!("`{}`", row.name), default.into(), row.help.into(), row.later.into()]
        }),
    )
}
