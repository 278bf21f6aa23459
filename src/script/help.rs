//! `:help`: all commands of the laboratory, or one command, of the laboratory or of the protocol that is spoken.

use std::fmt::Write as _;

use super::command::{COMMANDS, Group, row_named};
use super::legal::Legal;
use super::view::wrapped;
use super::{Hand, legal};
use crate::lesson::{Lesson, Place, nearest};

/// From this width on syntax and help stand on one line.
const WIDE: usize = 80;

/// How wide the column of the syntax is then.
const COLUMN: usize = 27;

/// All commands, or what one of them does, in lines of at most `width` characters.
///
/// # Errors
/// A word that nobody knows here.
pub fn help(hand: &Hand, word: &str, width: usize) -> Result<String, Lesson> {
    let bare = word.trim_start_matches(':');
    if bare.is_empty() {
        return Ok(all(hand, width));
    }
    if let Some(row) = row_named(bare) {
        return Ok(wrapped(
            &format!("{}\n  {}\n  for example: {}\n", row.syntax, row.help, row.example),
            width,
        ));
    }
    let spoken = legal::all(hand);
    if let Some(row) = named(&spoken, bare) {
        let now = if row.now { "yes" } else { "no" };
        return Ok(wrapped(&format!("{}  legal now: {now}\n", about(row)), width));
    }
    // Another protocol may know it: somebody who has not dialled yet asks, too.
    let mut others = String::new();
    let mut words = Vec::new();
    for (service, server) in &hand.world().host().services {
        let rows = legal::rows(server);
        if let Some(row) = named(&rows, bare) {
            let _ = write!(others, "in {}: {}", service.word(), about(row));
        }
        words.extend(rows.iter().map(|row| row.word));
    }
    if others.is_empty() { Err(unknown(bare, words.into_iter())) } else { Ok(wrapped(&others, width)) }
}

fn named<'a>(rows: &'a [Legal], word: &str) -> Option<&'a Legal> {
    rows.iter().find(|row| row.word.eq_ignore_ascii_case(word))
}

fn about(row: &Legal) -> String {
    format!("{} ({})\n  {}\n  legal in: {}\n", row.syntax, row.clause, row.help, row.states)
}

fn unknown<'a>(word: &'a str, spoken: impl Iterator<Item = &'a str>) -> Lesson {
    let line = format!(":help {word}");
    let lesson = Lesson::new(format!("nothing is known of `{word}`")).at(Place::line("your line", 1, line)
        .caret(":help ".len(), word.chars().count(), "a command stands here"));
    match nearest(word, COMMANDS.iter().map(|row| row.word).chain(spoken)) {
        Some(near) => lesson.hint(format!("did you mean `:help {near}`?")),
        None => {
            lesson.hint("`:help` lists the lab's commands; `maillab protocols --all` those of every protocol")
        }
    }
}

fn all(hand: &Hand, width: usize) -> String {
    let mut text =
        "A line is sent to the server as typed; a line that begins with a colon is for the lab.\n".to_owned();
    for group in Group::ALL {
        let _ = writeln!(text, "{}", group.title());
        for row in COMMANDS.iter().filter(|row| row.group == group) {
            entry(&mut text, row.syntax, row.help, width);
        }
    }
    entry(&mut text, "::TEXT", "send a line that begins with a colon", width);
    let now: Vec<&str> = legal::all(hand).iter().filter(|row| row.now).map(|row| row.word).collect();
    if now.is_empty() {
        text.push_str("Nobody is spoken to: `:open pop3` dials and connects.\n");
    } else {
        let _ = writeln!(text, "The server takes now: {}. `:help WORD` says what each does.", now.join(" "));
    }
    wrapped(&text, width)
}

fn entry(text: &mut String, syntax: &str, help: &str, width: usize) {
    let fits = syntax.chars().count() <= COLUMN && 3 + COLUMN + help.chars().count() <= width;
    let _ = if width < WIDE || !fits {
        writeln!(text, "  {syntax}\n      {help}")
    } else {
        writeln!(text, "  {syntax:<COLUMN$} {help}")
    };
}
