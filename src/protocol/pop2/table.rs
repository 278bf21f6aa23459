//! The decision tables of RFC 937 as data: for each input and each state, the number of an action. The server asks
//! the first; the second says what a client does, and stands here to be read beside it.

use super::command::{Keyword, StateName};

/// What can happen to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the RFC's words; commands have their rows")]
pub enum Input {
    Open,
    Command(Keyword),
    Close,
    /// What is no command, or a command with arguments that it cannot have.
    Other,
    Timeout,
}

/// The server's actions, by their numbers in RFC 937.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// 1. "This is garbage": `- error`, and close.
    Garbage = 1,
    /// 2. Send the greeting, go to AUTH.
    Greet = 2,
    /// 3. `#nnn` and go to MBOX, or `- error` and close.
    LogIn = 3,
    /// 4. `+ Bye`, go to DONE.
    Bye = 4,
    /// 5. `#nnn` (the RFC's `+NNN` is a slip), go to MBOX.
    Fold = 5,
    /// 6. `=ccc`, go to ITEM.
    Size = 6,
    /// 7. The data, go to NEXT; or close, if there are none.
    Send = 7,
    /// 8. What ACKS, ACKD and NACK require, go to ITEM.
    Acknowledge = 8,
    /// 9. Close.
    Close = 9,
}

use Action::{Acknowledge, Bye, Close, Fold, Garbage, Greet, LogIn, Send, Size};
use Keyword::{Ackd, Acks, Helo, Nack, Quit, Read, Retr};

/// The states in the order of the table's columns.
pub const STATES: [StateName; 6] =
    [StateName::Lstn, StateName::Auth, StateName::Mbox, StateName::Item, StateName::Next, StateName::Done];

/// The server's decision table. A server that listens cannot time out: that cell is empty.
#[rustfmt::skip]
pub const SERVER: [(&str, Input, [Option<Action>; 6]); 12] = [
    //                                            LSTN           AUTH           MBOX           ITEM           NEXT               DONE
    ("Open",    Input::Open,                   [Some(Greet),   Some(Garbage), Some(Garbage), Some(Garbage), Some(Garbage),     Some(Garbage)]),
    ("HELO",    Input::Command(Helo),          [Some(Garbage), Some(LogIn),   Some(Garbage), Some(Garbage), Some(Garbage),     Some(Garbage)]),
    ("FOLD",    Input::Command(Keyword::Fold), [Some(Garbage), Some(Garbage), Some(Fold),    Some(Fold),    Some(Garbage),     Some(Garbage)]),
    ("READ",    Input::Command(Read),          [Some(Garbage), Some(Garbage), Some(Size),    Some(Size),    Some(Garbage),     Some(Garbage)]),
    ("RETR",    Input::Command(Retr),          [Some(Garbage), Some(Garbage), Some(Garbage), Some(Send),    Some(Garbage),     Some(Garbage)]),
    ("ACKS",    Input::Command(Acks),          [Some(Garbage), Some(Garbage), Some(Garbage), Some(Garbage), Some(Acknowledge), Some(Garbage)]),
    ("ACKD",    Input::Command(Ackd),          [Some(Garbage), Some(Garbage), Some(Garbage), Some(Garbage), Some(Acknowledge), Some(Garbage)]),
    ("NACK",    Input::Command(Nack),          [Some(Garbage), Some(Garbage), Some(Garbage), Some(Garbage), Some(Acknowledge), Some(Garbage)]),
    ("QUIT",    Input::Command(Quit),          [Some(Garbage), Some(Bye),     Some(Bye),     Some(Bye),     Some(Garbage),     Some(Garbage)]),
    ("Close",   Input::Close,                  [Some(Garbage), Some(Garbage), Some(Garbage), Some(Garbage), Some(Garbage),     Some(Close)]),
    ("other",   Input::Other,                  [Some(Garbage), Some(Garbage), Some(Garbage), Some(Garbage), Some(Garbage),     Some(Garbage)]),
    ("Timeout", Input::Timeout,                [None,          Some(Garbage), Some(Garbage), Some(Garbage), Some(Garbage),     Some(Garbage)]),
];

/// What the table says; garbage where it says nothing.
#[must_use]
pub fn action(input: Input, state: StateName) -> Action {
    let row = SERVER.iter().find(|(_, known, _)| *known == input);
    let column = STATES.iter().position(|known| *known == state);
    row.zip(column).and_then(|((_, _, cells), column)| *cells.get(column)?).unwrap_or(Garbage)
}

/// The client's states and its decision table, whose actions are: 1 garbage: QUIT; 2 HELO; 3 READ, FOLD or QUIT; 4
/// RETR, READ or QUIT; 5 ACKS, ACKD or NACK; 6 close.
pub const CLIENT_STATES: [&str; 5] = ["CALL", "NMBR", "SIZE", "XFER", "EXIT"];

/// The rows of the client's table.
#[rustfmt::skip]
pub const CLIENT: [(&str, [u8; 5]); 8] = [
    ("Greet",   [2, 1, 1, 1, 6]),
    ("#NNN",    [1, 3, 1, 1, 6]),
    ("=CCC",    [1, 1, 4, 1, 6]),
    ("data",    [1, 1, 1, 5, 6]),
    ("+ Bye",   [1, 1, 1, 1, 6]),
    ("Close",   [1, 1, 1, 1, 6]),
    ("other",   [1, 1, 1, 1, 6]),
    ("Timeout", [1, 1, 1, 1, 6]),
];

/// The server's table in the layout of RFC 937, page 22.
#[must_use]
pub fn server_as_printed() -> String {
    let cells = |cells: &[Option<Action>; 6]| cells.map(|cell| cell.map(|action| action as u8)).to_vec();
    printed(&STATES.map(|state| state.to_string()), SERVER.iter().map(|(word, _, row)| (*word, cells(row))))
}

/// The client's table in the layout of RFC 937, page 20.
#[must_use]
pub fn client_as_printed() -> String {
    let rows = CLIENT.iter().map(|(word, cells)| (*word, cells.iter().map(|cell| Some(*cell)).collect()));
    printed(&CLIENT_STATES.map(str::to_owned), rows)
}

fn printed<'a>(states: &[String], rows: impl Iterator<Item = (&'a str, Vec<Option<u8>>)>) -> String {
    let rule = format!("-------+{}|\n", "-".repeat(states.len() * 7 - 1));
    let head: String = states.iter().map(|state| format!(" {state} |")).collect();
    let mut text = format!("INPUT  |{head}\n{rule}");
    for (word, cells) in rows {
        let cell =
            |cell: &Option<u8>| cell.map_or_else(|| "      |".to_owned(), |number| format!("  {number}   |"));
        text.push_str(&format!("{word:<7}|{}\n{rule}", cells.iter().map(cell).collect::<String>()));
    }
    text
}
