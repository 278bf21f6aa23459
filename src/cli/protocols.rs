//! `maillab protocols`: the protocols, and every command of each, drawn from the table that the parser reads.

use super::output::TableArgs;
use super::{CliError, Outcome, Output};
use crate::chart::{Column, Table};
use crate::lesson::{Lesson, nearest};
use crate::protocol::{CommandRow, dmsp, imap, pop1, pop2, pop3, poppassd, smtp};

/// What stands at the end of `maillab protocols --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab protocols                       the protocols
  maillab protocols pop3                  every command of POP3, with its clause
  maillab protocols --all --format json   every command of every protocol";

/// The arguments of `maillab protocols`.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Args {
    /// Show every command of these protocols
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Show every command of every protocol
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// How the table is written.
    #[command(flatten)]
    pub table: TableArgs,
}

/// One protocol as it is listed.
struct Protocol {
    name: &'static str,
    what: &'static str,
    documents: &'static str,
    port: u64,
    commands: Vec<Command>,
    /// Ways of speaking it, and what is added to it.
    more: Vec<Spoken>,
}

/// A dialect or an extension as it is listed.
struct Spoken {
    kind: &'static str,
    name: &'static str,
    clause: &'static str,
    help: &'static str,
}

/// One command as it is listed.
struct Command {
    syntax: &'static str,
    states: String,
    clause: &'static str,
    help: &'static str,
}

fn built_in() -> Vec<Protocol> {
    vec![
        Protocol {
            name: "pop3",
            what: "fetches mail from a maildrop; the client keeps it",
            documents: "RFC 1939",
            port: 110,
            commands: commands(pop3::COMMANDS, ToString::to_string),
            more: dialects_of_pop3(),
        },
        Protocol {
            name: "pop2",
            what: "the same in 1985: counted octets, several folders",
            documents: "RFC 937",
            port: 109,
            commands: commands(pop2::COMMANDS, ToString::to_string),
            more: Vec::new(),
        },
        Protocol {
            name: "pop1",
            what: "the same in 1984: a whole mailbox as one lump",
            documents: "RFC 918",
            port: 109,
            commands: commands(pop1::COMMANDS, ToString::to_string),
            more: Vec::new(),
        },
        Protocol {
            name: "poppassd",
            what: "changes the password that POP3 asks for",
            documents: "poppassd 1.8",
            port: 106,
            commands: commands(poppassd::COMMANDS, ToString::to_string),
            more: Vec::new(),
        },
        Protocol {
            name: "imap",
            what: "works on mail that stays in the server's mailboxes (IMAP2 to IMAP4rev2)",
            documents: "RFC 3501, RFC 9051",
            port: 143,
            commands: commands(imap::command::COMMANDS, ToString::to_string),
            more: dialects_and_extensions_of_imap(),
        },
        Protocol {
            name: "smtp",
            what: "hands mail over to a server, which delivers it or sends it on",
            documents: "RFC 821, RFC 5321",
            port: 25,
            // These states have no names in RFC 821; those of the program say it shortest.
            commands: smtp_commands(|row| row.kind != smtp::Keyword::Lhlo),
            more: extensions_of_smtp(),
        },
        Protocol {
            name: "lmtp",
            what: "delivers mail from a queue, with a reply for each recipient",
            documents: "RFC 2033",
            port: 24,
            commands: smtp_commands(|row| smtp::Dialect::Lmtp.knows(row.kind)),
            more: Vec::new(),
        },
        Protocol {
            name: "dmsp",
            what: "keeps several workstations in step with a repository: PCMAIL",
            documents: "RFC 1056",
            port: 158,
            commands: commands(dmsp::COMMANDS, ToString::to_string),
            more: Vec::new(),
        },
    ]
}

/// The years whose POP3 the server can speak.
fn dialects_of_pop3() -> Vec<Spoken> {
    let dialect = |row: &pop3::DialectRow| Spoken {
        kind: "dialect",
        name: row.word,
        clause: row.documents,
        help: row.help,
    };
    pop3::DIALECTS.iter().map(dialect).collect()
}

/// The older and newer tongues of IMAP, and what CAPABILITY announces.
fn dialects_and_extensions_of_imap() -> Vec<Spoken> {
    let dialect = |dialect: &imap::Dialect| Spoken {
        kind: "dialect",
        name: dialect.name(),
        clause: dialect.clause(),
        help: dialect.help(),
    };
    let extension = |row: &imap::capability::ExtensionRow| Spoken {
        kind: "extension",
        name: row.name,
        clause: row.clause,
        help: row.help,
    };
    let dialects = imap::Dialect::ALL.iter().map(dialect);
    dialects.chain(imap::capability::EXTENSIONS.iter().map(extension)).collect()
}

/// What EHLO announces.
fn extensions_of_smtp() -> Vec<Spoken> {
    let extension = |row: &smtp::ExtensionRow| Spoken {
        kind: "extension",
        name: row.word,
        clause: row.clause,
        help: row.help,
    };
    smtp::EXTENSIONS.iter().map(extension).collect()
}

/// The commands of one dialect of SMTP.
fn smtp_commands(knows: impl Fn(&smtp::Row) -> bool) -> Vec<Command> {
    let rows: Vec<smtp::Row> = smtp::COMMANDS.iter().filter(|row| knows(row)).copied().collect();
    commands(&rows, |state| format!("{state:?}").to_lowercase())
}

fn commands<K, S>(rows: &[CommandRow<K, S>], state: impl Fn(&S) -> String) -> Vec<Command> {
    let states = |row: &CommandRow<K, S>| row.states.iter().map(&state).collect::<Vec<_>>().join(", ");
    let command = |row: &CommandRow<K, S>| Command {
        syntax: row.syntax,
        states: states(row),
        clause: row.clause,
        help: row.help,
    };
    rows.iter().map(command).collect()
}

/// Lists the protocols, or their commands.
///
/// # Errors
/// An unknown name; an output that takes no more.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let protocols = built_in();
    for name in &args.names {
        if !protocols.iter().any(|protocol| protocol.name.eq_ignore_ascii_case(name)) {
            return Err(unknown(name, &protocols).into());
        }
    }
    let table = if args.all || !args.names.is_empty() {
        let wanted =
            |p: &&Protocol| args.all || args.names.iter().any(|name| p.name.eq_ignore_ascii_case(name));
        of_commands(protocols.iter().filter(wanted))
    } else {
        of_protocols(&protocols)
    };
    output.table(&table, args.table)?;
    Ok(Outcome::Fine)
}

fn of_protocols(protocols: &[Protocol]) -> Table {
    let columns = vec![
        Column::text("protocol"),
        Column::text("what"),
        Column::text("documents"),
        Column::integer("port", ""),
        Column::integer("commands", ""),
    ];
    let mut table = Table::listing("Protocols", columns);
    for p in protocols {
        table.push(vec![
            p.name.into(),
            p.what.into(),
            p.documents.into(),
            p.port.into(),
            p.commands.len().into(),
        ]);
    }
    for p in protocols {
        for kind in ["dialect", "extension"] {
            let names: Vec<&str> = p.more.iter().filter(|one| one.kind == kind).map(|one| one.name).collect();
            if !names.is_empty() {
                table.note(format!("{}, {kind}s: {}.", p.name, names.join(", ")));
            }
        }
    }
    table
        .note("`maillab protocols NAME` shows every command of a protocol, its dialects and its extensions.");
    table
}

fn of_commands<'a>(protocols: impl Iterator<Item = &'a Protocol>) -> Table {
    let columns = ["protocol", "command", "states", "clause", "what it does"].map(Column::text).to_vec();
    let mut table = Table::listing("Commands", columns);
    for protocol in protocols {
        for one in &protocol.more {
            table
                .note(format!("{}, {} {} ({}): {}", protocol.name, one.kind, one.name, one.clause, one.help));
        }
        for command in &protocol.commands {
            let states = command.states.as_str().into();
            table.push(vec![
                protocol.name.into(),
                command.syntax.into(),
                states,
                command.clause.into(),
                command.help.into(),
            ]);
        }
    }
    table
}

fn unknown(name: &str, protocols: &[Protocol]) -> Lesson {
    let names: Vec<&str> = protocols.iter().map(|protocol| protocol.name).collect();
    let lesson = Lesson::new(format!("there is no protocol `{name}`"));
    match nearest(&name.to_ascii_lowercase(), names.iter().copied()) {
        Some(near) => lesson.hint(format!("did you mean `{near}`?")),
        None => lesson.hint(format!("there are {}", names.join(", "))),
    }
}
