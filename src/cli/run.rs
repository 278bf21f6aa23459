//! `maillab run`: a strategy of the comparison before a real server, measured by the clock on the wall.
//!
//! The same function that runs in virtual time runs here, over a socket. Who reads what is the scenario's, and a message is
//! known by its look: so the server should have the scenario's mail, or the scenario the server's.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::output::TableArgs;
use super::tls::TlsArgs;
use super::{CliError, Outcome, Output, compare};
use crate::chart::{Column, Table};
use crate::desk::{Note, Service};
use crate::lesson::Lesson;
use crate::scenario::{Account, Deletes, Prepared};
use crate::serve::calling::{self, Called, Hosts};
use crate::strategy::{self, Family, StrategyRow};
use crate::time::Duration;

/// What stands at the end of `maillab run --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab serve --imap 127.0.0.1:2143                          in another window: the mailbox of the default scenario
  maillab run imap-envelope-only --against 127.0.0.1:2143          the reader of that scenario, by a strategy that you name
  maillab run pop3-fetch-all-delete --against 127.0.0.1:2110 --smtp 127.0.0.1:2025 --may-delete
  maillab run imap-online --against mail.example:143 --mail copy-of-my-inbox.mbox --user me --password mine --cleartext
  maillab run imap-envelope-only --against mail.example:993 --trust /etc/ssl/certs/ca-certificates.crt --user me --password mine

`maillab strategies --all` names the strategies. Time for reading is counted and skipped. Figures are measured, so no two are
alike; `maillab compare` has those of simulated lines.";

/// The arguments of `maillab run`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The strategy
    #[arg(value_name = "STRATEGY")]
    pub strategy: String,
    /// The server of the strategy's protocol
    #[arg(long, value_name = "HOST:PORT")]
    pub against: String,
    /// The server that takes the reader's answers; without it a reader who answers fails
    #[arg(long, value_name = "HOST:PORT")]
    pub smtp: Option<String>,
    /// The name to log in with
    #[arg(long, value_name = "NAME", default_value = "alice")]
    pub user: String,
    /// The password
    #[arg(long, value_name = "PASSWORD", default_value = "secret")]
    pub password: String,
    /// Whose reading it is: a scenario file, or the name of a built-in scenario
    #[arg(long, value_name = "SCENARIO", default_value = "default")]
    pub scenario: String,
    /// The mail that is at the server, for the reader to choose from: an mbox file, a Maildir, or a folder of .eml files
    #[arg(long, value_name = "PATH")]
    pub mail: Option<PathBuf>,
    /// Let the strategy delete mail at the server, if that is what it does
    #[arg(long)]
    pub may_delete: bool,
    /// Seconds to wait for a server that says nothing
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub patience: u64,
    /// Allow the password in clear beyond this machine
    #[arg(long)]
    pub cleartext: bool,
    /// TLS
    #[command(flatten)]
    pub tls: TlsArgs,
    /// How the table is written
    #[command(flatten)]
    pub table: TableArgs,
}

/// Runs a strategy against a server, and shows what it took.
///
/// # Errors
/// An unknown strategy or scenario; a strategy that would delete and may not; a server that does not play its part.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let row = strategy::named(&args.strategy)?;
    let mut scenario = compare::named_scenario(&args.scenario)?;
    if let Some(path) = &args.mail {
        compare::mail_from(&mut scenario, path);
    }
    if !args.may_delete && (row.family == Family::Offline || scenario.habits.deletes != Deletes::None) {
        let lesson = Lesson::new(format!("{} may delete mail at the server", row.name));
        return Err(lesson
            .note("a strategy of the family offline takes mail away, and a reader may delete what was read")
            .hint("try it on a copy, and say `--may-delete`")
            .into());
    }
    let mail = compare::mail(&scenario, output)?;
    let prepared = Prepared::new(&scenario, mail)?;
    let account =
        Account { user: args.user.clone(), password: args.password.clone(), ..prepared.account.clone() };
    let program = strategy::program(row, prepared.reader, account);
    let mut addresses = BTreeMap::from([(row.protocol, args.against.clone())]);
    addresses.extend(args.smtp.clone().map(|smtp| (Service::Smtp, smtp)));
    let patience = Duration::from_secs(args.patience);
    let (layers, trust) = args.tls.layers(&addresses)?;
    let hosts = Hosts { layers, trust, ..Hosts::new(addresses, patience, args.cleartext) };
    let (mut read, mut answered) = (0, 0);
    let called = calling::call(&program, &hosts, scenario.seed, |note| {
        read += u64::from(matches!(note, Note::Read(_)));
        answered += u64::from(matches!(note, Note::Answered(_)));
        Ok(())
    })?;
    output.table(&took(row, args, &called, read, answered), args.table)?;
    match called.outcome {
        Ok(()) => Ok(Outcome::Fine),
        Err(trouble) => {
            let mut lesson = Lesson::new(format!("{} against {} failed: {trouble}", row.name, args.against));
            if let Some(why) = called.why {
                let is_stranger = why.contains("is not trusted");
                lesson = lesson.note(why);
                if is_stranger {
                    let hint = "if you know it from elsewhere: `--pin SHA-256`, or `--trust FILE.pem`";
                    return Err(lesson.hint(hint).into());
                }
            }
            Err(lesson.hint("is it a server of this protocol, and are name and password its own?").into())
        }
    }
}

fn took(row: &StrategyRow, args: &Args, called: &Called, read: u64, answered: u64) -> Table {
    let mut table = Table::listing(
        format!("{} against {}, measured", row.name, args.against),
        vec![
            Column::text("strategy"),
            Column::text("protocol"),
            Column::integer("read", ""),
            Column::integer("answered", ""),
            Column::integer("connections", ""),
            Column::integer("turns", ""),
            Column::integer("app_bytes_up", "bytes"),
            Column::integer("app_bytes_down", "bytes"),
            Column::decimal("elapsed_s", "s", 3),
        ],
    );
    let taken = called.taken;
    table.push(vec![
        row.name.into(),
        row.protocol.word().into(),
        read.into(),
        answered.into(),
        taken.connections.into(),
        taken.turns.into(),
        taken.up.into(),
        taken.down.into(),
        taken.elapsed.into(),
    ]);
    table.note("elapsed_s: by the clock on the wall, time for reading left out.");
    table
}
