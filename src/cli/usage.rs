//! Slips of the command line, told as lessons: which word, what is allowed there, what was probably meant.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::lesson::{Lesson, Place};

/// The lesson in what clap found.
pub(super) fn lesson(error: &clap::Error, args: &[OsString]) -> Lesson {
    let said = |kind| error.get(kind).map(words).unwrap_or_default();
    let argument = said(ContextKind::InvalidArg).join(", ");
    let lesson = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = said(ContextKind::InvalidSubcommand).join(" ");
            let lesson = Lesson::new(format!("there is no subcommand `{word}`"));
            let lesson = at(lesson, args, &word, "a subcommand stands here");
            suggest(lesson, &said(ContextKind::SuggestedSubcommand))
        }
        ErrorKind::UnknownArgument => {
            let lesson = Lesson::new(format!("there is no option or argument `{argument}` here"));
            let lesson = at(lesson, args, &argument, "not known here");
            suggest(lesson, &said(ContextKind::SuggestedArg))
        }
        ErrorKind::InvalidValue => {
            let value = said(ContextKind::InvalidValue).join(" ");
            let allowed = said(ContextKind::ValidValue);
            let lesson = if value.is_empty() {
                let option = argument.split([' ', '=']).next().unwrap_or_default();
                at(Lesson::new(format!("`{argument}` needs a value")), args, option, &one_of(&allowed))
            } else {
                let what = format!("`{value}` is no value for `{argument}`");
                at(Lesson::new(what), args, &value, &one_of(&allowed))
            };
            suggest(lesson, &said(ContextKind::SuggestedValue))
        }
        ErrorKind::ValueValidation => {
            let value = said(ContextKind::InvalidValue).join(" ");
            let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            at(Lesson::new(format!("`{value}` is no value for `{argument}`")), args, &value, &why)
        }
        ErrorKind::MissingRequiredArgument => Lesson::new(format!("something is missing: {argument}")),
        ErrorKind::ArgumentConflict => {
            let other = said(ContextKind::PriorArg).join(", ");
            Lesson::new(format!("`{argument}` and `{other}` exclude each other"))
        }
        _ => Lesson::new(first_line(&error.to_string())),
    };
    lesson.hint(format!("`{} --help` shows what is allowed, with examples", subcommand(args)))
}

fn words(value: &ContextValue) -> Vec<String> {
    match value {
        ContextValue::String(word) => vec![word.clone()],
        ContextValue::Strings(words) => words.clone(),
        _ => Vec::new(),
    }
}

/// Points at the word in the command line. A value may stand behind its option's `=`.
fn at(lesson: Lesson, args: &[OsString], word: &str, note: &str) -> Lesson {
    let args: Vec<String> = args.iter().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let word = word.split(' ').next().unwrap_or_default();
    let mut column = "maillab ".chars().count();
    let line = format!("maillab {}", args.join(" "));
    for arg in &args {
        if arg == word
            || (!word.is_empty()
                && (arg.starts_with(&format!("{word}=")) || arg.ends_with(&format!("={word}"))))
        {
            let before = if arg.ends_with(word) { arg.chars().count() - word.chars().count() } else { 0 };
            let place =
                Place::line("the command line", 1, line).caret(column + before, word.chars().count(), note);
            return lesson.at(place);
        }
        column += arg.chars().count() + 1;
    }
    if note.is_empty() { lesson } else { lesson.note(note) }
}

fn one_of(allowed: &[String]) -> String {
    if allowed.is_empty() { String::new() } else { format!("one of: {}", allowed.join(", ")) }
}

fn suggest(lesson: Lesson, suggested: &[String]) -> Lesson {
    match suggested {
        [] => lesson,
        words => lesson.hint(format!("did you mean `{}`?", words.join("` or `"))),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// `maillab` with the subcommand that was given, if it is one.
fn subcommand(args: &[OsString]) -> String {
    let known = <super::Cli as clap::CommandFactory>::command();
    let given = args.get(1).map(|arg| arg.to_string_lossy().into_owned()).unwrap_or_default();
    if known.find_subcommand(&given).is_some() { format!("maillab {given}") } else { "maillab".to_owned() }
}
