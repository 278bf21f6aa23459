//! The commands that only the prompt has; those of scripts work there, too.

use super::legal;
use crate::lesson::{Lesson, Place, nearest};
use crate::script::Hand;
use crate::script::command::{self as shared, LabRow};

/// The commands of the prompt, beside those of scripts.
#[rustfmt::skip]
pub const COMMANDS: &[LabRow] = &[
    LabRow { word: "why", syntax: ":why", help: "what just happened, and which section says so" },
    LabRow { word: "state", syntax: ":state", help: "both ends of each connection, and what is legal now" },
    LabRow { word: "bill", syntax: ":bill", help: "what the calls cost, line by line" },
    LabRow { word: "ladder", syntax: ":ladder [N]", help: "the last N packets as a time-sequence diagram" },
    LabRow { word: "step", syntax: ":step [N]", help: "one event on, or N" },
    LabRow { word: "back", syntax: ":back [N]", help: "one event back, or N" },
    LabRow { word: "goto", syntax: ":goto N", help: "to the moment after event N" },
    LabRow { word: "diff", syntax: ":diff LINK", help: "what the same lines take over another link" },
    LabRow { word: "fork", syntax: ":fork LINK", help: "type the same lines over another link, and go on there" },
    LabRow { word: "save", syntax: ":save FILE", help: "write the session as a script" },
    LabRow { word: "help", syntax: ":help [COMMAND]", help: "the commands, or one of them" },
    LabRow { word: "quit", syntax: ":quit", help: "leave; so does the end of input" },
];

/// A command of the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Why,
    State,
    Bill,
    Ladder(usize),
    Step(u64),
    Back(u64),
    Goto(u64),
    Diff(String),
    Fork(String),
    Save(String),
    Help(String),
    Quit,
}

/// Reads a line: `None` if it is for a server, or a command that scripts have, too.
pub(super) fn parse(line: &str) -> Result<Option<Command>, Lesson> {
    let Some(rest) = line.strip_prefix(':').filter(|rest| !rest.starts_with(':')) else { return Ok(None) };
    let (word, argument) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
    let argument = argument.trim();
    if shared::row_named(word).is_some() {
        return Ok(None);
    }
    let Some(row) = COMMANDS.iter().find(|row| row.word == word) else { return Err(unknown(line, word)) };
    let number = |default| match argument {
        "" => default,
        digits => digits.parse::<u64>().ok(),
    };
    let named = || (!argument.is_empty()).then(|| argument.to_owned());
    let command = match row.word {
        "why" => Some(Command::Why),
        "state" => Some(Command::State),
        "bill" => Some(Command::Bill),
        "ladder" => number(Some(20)).map(|packets| Command::Ladder(packets.min(1000) as usize)),
        "step" => number(Some(1)).map(Command::Step),
        "back" => number(Some(1)).map(Command::Back),
        "goto" => number(None).map(Command::Goto),
        "diff" => named().map(Command::Diff),
        "fork" => named().map(Command::Fork),
        "save" => named().map(Command::Save),
        "help" => Some(Command::Help(argument.to_owned())),
        _ => Some(Command::Quit),
    };
    command.map(Some).ok_or_else(|| {
        Lesson::new("this command is not understood")
            .at(Place::line("your line", 1, line).caret(0, line.chars().count(), row.syntax))
            .hint(format!("`:help {word}` says what it does"))
    })
}

fn rows() -> impl Iterator<Item = &'static LabRow> {
    shared::COMMANDS.iter().chain(COMMANDS)
}

fn unknown(line: &str, word: &str) -> Lesson {
    let lesson = Lesson::new(format!("there is no command `:{word}`"))
        .at(Place::line("your line", 1, line).caret(0, word.chars().count() + 1, "a command stands here"));
    match nearest(word, rows().map(|row| row.word)) {
        Some(near) => lesson.hint(format!("did you mean `:{near}`?")),
        None => lesson.hint("`:help` lists them; `::text` sends a line that begins with a colon"),
    }
}

/// All commands, or what one of them does: of the laboratory, or of the protocol that is spoken.
///
/// # Errors
/// A word that nobody knows here.
pub fn help(hand: &Hand, word: &str) -> Result<String, Lesson> {
    let word = word.trim_start_matches(':');
    if word.is_empty() {
        let mut text =
            "A line is sent to the server as typed. A line that begins with a colon is for the lab:\n"
                .to_owned();
        for row in rows() {
            text.push_str(&format!("  {}\n      {}\n", row.syntax, row.help));
        }
        text.push_str("  ::TEXT\n      send a line that begins with a colon\n");
        return Ok(text);
    }
    if let Some(row) = rows().find(|row| row.word == word) {
        return Ok(format!("{}\n  {}\n", row.syntax, row.help));
    }
    let known = legal::all(hand);
    match known.iter().find(|row| row.word.eq_ignore_ascii_case(word)) {
        Some(row) => {
            Ok(format!("{} ({})\n  {}\n  legal in: {}\n", row.syntax, row.clause, row.help, row.states))
        }
        None => Err(unknown(&format!(":help {word}"), word)),
    }
}
