//! `maillab` without a subcommand: the prompt on a terminal, and a script from anything else.

use std::io::{self, IsTerminal};
use std::path::Path;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, Helper};
use std::borrow::Cow;

use super::{CliError, Outcome, Output, atomic, play};
use crate::lesson::Lesson;
use crate::repl::{self, Prompt, legal};
use crate::script;

const WELCOME: &str = "\
A line is sent to the server as typed; `:` begins a command of the lab.
Try :open pop3, USER alice, PASS secret, LIST, :why. :help lists all.
";

/// The prompt, or the script that stdin brings; `overview` is shown if it brings nothing at all.
///
/// # Errors
/// As `maillab play`; a terminal that cannot be read.
pub fn run(overview: &str, output: &mut Output) -> Result<Outcome, CliError> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return converse(output);
    }
    let args = play::Args::default();
    let octets = if io::stdin().is_terminal() { Vec::new() } else { play::read(Path::new("-"), true)? };
    if octets.is_empty() {
        output.data(overview)?;
        return Ok(Outcome::Fine);
    }
    play::play(&args, "stdin", &octets, output)
}

/// Line after line, until the end of input or `:quit`.
fn converse(output: &mut Output) -> Result<Outcome, CliError> {
    let mut prompt = Prompt::new(play::setting(&play::Args::default(), output)?);
    let mut editor: Editor<Words, DefaultHistory> =
        Editor::with_config(Config::builder().auto_add_history(true).build()).map_err(unreadable)?;
    editor
        .set_helper(Some(Words { shows_hints: std::env::var_os("NO_COLOR").is_none(), ..Words::default() }));
    output.data(WELCOME)?;
    loop {
        output.flush()?;
        if let Some(words) = editor.helper_mut() {
            words.learn(&prompt);
        }
        match editor.readline(&prompt.prompt()) {
            Ok(line) if line.is_empty() && prompt.hand().current().is_none() => {}
            Ok(line) => {
                if enter(&mut prompt, &line, output)? {
                    return Ok(Outcome::Fine);
                }
            }
            Err(ReadlineError::Interrupted) => {
                output.talk("the line is dropped; :quit or Ctrl-D leaves, :save FILE keeps the session");
            }
            Err(ReadlineError::Eof) => return Ok(Outcome::Fine),
            Err(error) => return Err(unreadable(error).into()),
        }
    }
}

/// Does a line and shows what came of it. True if the session is over.
fn enter(prompt: &mut Prompt, line: &str, output: &mut Output) -> Result<bool, CliError> {
    let said = match prompt.enter(line) {
        Ok(said) => said,
        Err(lesson) => {
            output.talk(&lesson.to_string());
            return Ok(false);
        }
    };
    output.data(&said.text)?;
    if let Some((file, text)) = &said.save {
        match atomic::write(Path::new(file), |to| to.write_all(text.as_bytes())) {
            Ok(()) => output.talk(&format!("written: {file}; `maillab play {file}` plays it again")),
            Err(lesson) => output.talk(&lesson.to_string()),
        }
    }
    Ok(said.ends)
}

fn unreadable(error: ReadlineError) -> Lesson {
    Lesson::new(format!("the terminal cannot be read: {error}"))
        .hint("`maillab play SCRIPT` needs none; `maillab --help` shows what else there is")
}

/// What could be typed now: words with what follows them.
#[derive(Default)]
struct Words {
    known: Vec<(String, String)>,
    /// Commands begin with a tag.
    tagged: bool,
    /// Hints are told from typed text by their faintness alone: without colour there are none.
    shows_hints: bool,
}

impl Words {
    /// Takes down what is legal now.
    fn learn(&mut self, prompt: &Prompt) {
        let lab = script::COMMANDS.iter().chain(repl::COMMANDS);
        self.known = lab.map(|row| (format!(":{}", row.word), row.syntax.to_owned())).collect();
        let legal = legal::all(prompt.hand()).into_iter().filter(|row| row.now);
        self.known.extend(legal.map(|row| (row.word.to_owned(), row.syntax.to_owned())));
        self.tagged = legal::is_tagged(prompt.hand());
    }

    /// Where the command's word begins.
    fn start(&self, line: &str) -> usize {
        if self.tagged && !line.starts_with(':') { line.find(' ').map_or(0, |at| at + 1) } else { 0 }
    }

    fn matching<'a>(&'a self, typed: &'a str) -> impl Iterator<Item = &'a (String, String)> {
        self.known.iter().filter(move |(word, _)| {
            word.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed))
        })
    }
}

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let start = self.start(line).min(at);
        let typed = line.get(start..at).unwrap_or_default();
        if typed.contains(' ') {
            return Ok((at, Vec::new()));
        }
        Ok((start, self.matching(typed).map(|(word, _)| word.clone()).collect()))
    }
}

impl Hinter for Words {
    type Hint = String;

    fn hint(&self, line: &str, at: usize, _: &Context<'_>) -> Option<String> {
        let typed = line.get(self.start(line)..).unwrap_or_default();
        if !self.shows_hints || at < line.len() || typed.is_empty() {
            return None;
        }
        let (_, syntax) = self.matching(typed).next()?;
        syntax.get(typed.len()..).map(ToOwned::to_owned)
    }
}

impl Highlighter for Words {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\x1b[2m{hint}\x1b[0m"))
    }
}

impl Validator for Words {}
impl Helper for Words {}
