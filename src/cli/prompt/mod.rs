//! `maillab` without a subcommand: the prompt on a terminal, and a script from anything else.

mod keeping;
mod words;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};

use super::interrupt::Interrupt;
use super::setting::SettingArgs;
use super::{CliError, Outcome, Output, atomic, play};
use crate::lesson::Lesson;
use crate::repl::complete::Choices;
use crate::repl::{Prompt, Said};
use crate::script::command::Pace;
use crate::time::Instant;
use keeping::Keeping;
use words::Words;

const WELCOME: &str = "\
A line is sent to the server as typed; `:` begins a command of the lab.
Try :open pop3, USER alice, PASS secret, LIST, :why. :help lists all.
";

/// How often a wait looks for Ctrl-C.
const GLANCE: Duration = Duration::from_millis(20);

/// The prompt, or the script that stdin brings; `overview` is shown if it brings nothing at all.
///
/// # Errors
/// As `maillab play`; a terminal that cannot be read.
pub fn run(args: &SettingArgs, overview: &str, output: &mut Output) -> Result<Outcome, CliError> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return converse(args, output);
    }
    let octets = if io::stdin().is_terminal() { Vec::new() } else { play::read(Path::new("-"), true)? };
    if octets.is_empty() {
        output.data(overview)?;
        return Ok(Outcome::Fine);
    }
    play::play(&play::Args::from_stdin(args.clone()), "stdin", &octets, output)
}

/// A conversation at a terminal.
struct Conversation<'a> {
    prompt: Prompt,
    interrupt: Interrupt,
    keeping: Keeping,
    output: &'a mut Output,
}

/// Line after line, until the end of input or `:quit`.
fn converse(args: &SettingArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let prompt = Prompt::new(args.setting(output)?);
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let config = Config::builder()
        .auto_add_history(true)
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .color_mode(if no_colour { ColorMode::Disabled } else { ColorMode::Enabled })
        .build();
    let mut editor: Editor<Words, FileHistory> = Editor::with_config(config).map_err(unreadable)?;
    editor.set_helper(Some(Words::new(!no_colour)));
    let keeping = Keeping::of_this_user();
    keeping.load(&mut editor);
    output.data(WELCOME)?;
    let mut talk = Conversation { prompt, interrupt: Interrupt::watch()?, keeping, output };
    let mut interrupted = false;
    loop {
        talk.output.flush()?;
        talk.prompt.set_width(Output::screen_width().unwrap_or(80));
        if let Some(words) = editor.helper_mut() {
            words.learn(Choices::of(&talk.prompt));
        }
        match editor.readline(&talk.prompt.prompt()) {
            Ok(line) => {
                interrupted = false;
                talk.keeping.append(&mut editor);
                if talk.line(&line)? {
                    return talk.leave();
                }
            }
            // Twice in a row is meant: whoever does not know `:quit` gets out, and what they did is kept.
            Err(ReadlineError::Interrupted) if interrupted => return talk.leave(),
            Err(ReadlineError::Interrupted) => {
                interrupted = true;
                talk.output.talk("what was typed is thrown away; Ctrl-C once more, Ctrl-D or :quit leaves");
            }
            Err(ReadlineError::Eof) => return talk.leave(),
            Err(error) => {
                talk.leave()?;
                return Err(unreadable(error).into());
            }
        }
    }
}

impl Conversation<'_> {
    /// Does a line and shows what came of it. True if the session is over.
    fn line(&mut self, line: &str) -> Result<bool, CliError> {
        if line.is_empty() && self.prompt.hand().current().is_none() {
            return Ok(false);
        }
        self.interrupt.lower();
        let began = self.prompt.hand().world().now();
        let said = match self.prompt.enter(line) {
            Ok(Said { plays: Some(file), .. }) => self.play(&file),
            said => said,
        };
        let said = match said {
            Ok(said) => said,
            Err(lesson) => {
                self.output.talk(&lesson.to_string());
                return Ok(false);
            }
        };
        self.show(&said, began)?;
        if let Some(words) = &said.lab {
            self.lab(words)?;
        }
        for (file, text) in &said.files {
            match atomic::write(Path::new(file), |to| to.write_all(text.as_bytes())) {
                Ok(()) if line.trim_start().starts_with(':') => self.output.talk(&format!("written: {file}")),
                Ok(()) => {}
                Err(lesson) => self.output.talk(&lesson.to_string()),
            }
        }
        self.keeping.session(&self.prompt);
        Ok(said.ends)
    }

    /// What `maillab lab` does with these words; its slips are told, and the session goes on.
    fn lab(&mut self, words: &[String]) -> Result<(), CliError> {
        let args = ["maillab", "lab"].into_iter().map(OsString::from).chain(words.iter().map(OsString::from));
        match super::run(args, self.output) {
            Err(CliError::Lesson(lesson)) => self.output.talk(&lesson.to_string()),
            done => drop(done?),
        }
        Ok(())
    }

    fn play(&mut self, file: &str) -> Result<Said, Lesson> {
        let path = Path::new(file);
        let octets = play::read(path, false)?;
        let script = crate::script::Script::parse(file, &octets)?;
        let files = play::read_files(&script, path.parent())?;
        self.prompt.play(file, &octets, &Arc::new(files))
    }

    /// Shows what was said, each part at its moment if the screen has a pace.
    fn show(&mut self, said: &Said, began: Instant) -> Result<(), CliError> {
        let mut shown_at = began;
        for beat in &said.beats {
            if let Pace::Times(times) = self.prompt.pace() {
                self.output.flush()?;
                let wait = beat.at.since(shown_at).as_nanos() / u64::from(times.max(1));
                self.wait(Duration::from_nanos(wait));
                shown_at = shown_at.max(beat.at);
            }
            self.output.data(&beat.text)?;
        }
        self.output.flush()
    }

    /// Waits as the line does, until Ctrl-C.
    #[expect(clippy::disallowed_methods, reason = "the screen waits for people; the simulation never does")]
    fn wait(&self, span: Duration) {
        let until = std::time::Instant::now() + span;
        while !self.interrupt.raised() {
            let left = until.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(GLANCE));
        }
    }

    fn leave(self) -> Result<Outcome, CliError> {
        if let Some(file) = self.keeping.session(&self.prompt) {
            self.output
                .talk(&format!("the session is kept in {}; `maillab play` plays it again", file.display()));
        }
        self.output.flush()?;
        Ok(Outcome::Fine)
    }
}

fn unreadable(error: ReadlineError) -> Lesson {
    Lesson::new(format!("the terminal cannot be read: {error}"))
        .hint("`maillab play SCRIPT` needs none; `maillab --help` shows what else there is")
}
