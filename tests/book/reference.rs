//! The command line, the commands of the prompt, and the language of scripts, drawn from what the program reads.

use std::fmt::Write as _;

use maillab::cli::command_line;
use maillab::script::command::{COMMANDS, Group};
use maillab::script::expect::FIGURES;
use maillab::script::{LINES, text};

use crate::drawn::Block;
use crate::tables::table;

pub fn blocks() -> Vec<Block> {
    vec![
        ("command-line", subcommands()),
        ("lab-commands", lab_commands()),
        (
            "script-lines",
            table(["line", "means"], LINES.map(|(line, means)| [format!("`{line}`"), means.to_owned()])),
        ),
        (
            "script-octets",
            table(["written", "means"], text::ESCAPES.map(|(w, m)| [format!("`{w}`"), m.to_owned()])),
        ),
        (
            "script-figures",
            table(
                ["figure", "what it counts"],
                FIGURES.iter().map(|f| [format!("`{}`", f.word), f.help.to_owned()]),
            ),
        ),
    ]
}

fn lab_commands() -> String {
    let mut page = String::new();
    for group in Group::ALL {
        let rows = COMMANDS.iter().filter(|row| row.group == group);
        let rows =
            rows.map(|row| [format!("`{}`", row.syntax), row.help.to_owned(), format!("`{}`", row.example)]);
        let _ = write!(
            page,
            "### {}\n\n{}\n",
            group.title(),
            table(["command", "what it does", "for example"], rows)
        );
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// Every subcommand: what it does, its options, its examples. The options of the prompt come first.
fn subcommands() -> String {
    let program = command_line();
    let mut page = String::new();
    section(&mut page, "maillab", &program);
    for command in program.get_subcommands() {
        section(&mut page, &format!("maillab {}", command.get_name()), command);
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            section(&mut page, &format!("maillab {} {}", command.get_name(), inner.get_name()), inner);
        }
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn section(page: &mut String, name: &str, command: &clap::Command) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = write!(page, "### `{name}`\n\n{about}\n\n");
    let arguments: Vec<[String; 2]> = command
        .get_arguments()
        .filter(|argument| {
            !argument.is_hide_set() && !["help", "version"].contains(&argument.get_id().as_str())
        })
        .map(|argument| [format!("`{}`", written(argument)), meaning(argument)])
        .collect();
    if !arguments.is_empty() {
        let _ = writeln!(page, "{}", table(["argument", "means"], arguments));
    }
    if let Some(more) = command.get_after_help() {
        let _ = write!(page, "```text\n{}\n```\n\n", more.to_string().trim_end());
    }
}

fn written(argument: &clap::Arg) -> String {
    let takes = argument.get_action().takes_values();
    let values = argument.get_value_names().unwrap_or_default();
    let value = values.iter().map(|value| format!("<{value}>")).collect::<Vec<_>>().join(" ");
    match argument.get_long() {
        Some(long) if takes => format!("--{long} {value}"),
        Some(long) => format!("--{long}"),
        None => value,
    }
}

fn meaning(argument: &clap::Arg) -> String {
    let mut meaning = argument.get_help().map(ToString::to_string).unwrap_or_default();
    if !argument.get_action().takes_values() {
        return meaning;
    }
    let possible: Vec<String> =
        argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if !possible.is_empty() {
        let _ = write!(meaning, "; one of {}", possible.join(", "));
    }
    let default: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !default.is_empty() {
        let _ = write!(meaning, "; `{}` unless told otherwise", default.join(" "));
    }
    meaning
}
