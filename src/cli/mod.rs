//! The edge: everything that touches files, the screen, threads and the clock.
//!
//! A subcommand is a file: `Args`, as the command line has them, and `run`, which writes data to stdout and talk
//! to stderr by an [`Output`] and ends in an [`Outcome`]. To add one, write the file, and add its line to
//! `Command`, to [`run()`] and to the overview.

pub mod atomic;
pub mod capture;
pub mod claims;
pub mod compare;
pub mod completions;
pub mod error;
pub mod interrupt;
pub mod lab;
pub mod links;
pub mod mail_source;
pub mod man;
mod on_demand;
pub mod output;
pub mod parallel;
pub mod play;
pub mod progress;
pub mod prompt;
pub mod protocols;
pub mod replay;
#[cfg(feature = "serve")]
pub mod run;
#[cfg(feature = "serve")]
pub mod serve;
pub mod setting;
pub mod strategies;
pub mod tariffs;
#[cfg(feature = "serve")]
mod tls;
pub mod trace;
pub mod validate;
#[cfg(feature = "serve")]
pub mod workstation;
pub mod workstations;

mod listing;
#[cfg(test)]
mod scratch;
mod usage;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

pub use error::{CliError, Outcome};
pub use output::{Format, Output};

/// What stands at the end of `maillab --help`.
const EXAMPLES: &str = "\
Examples:
  maillab compare --no-files        eight ways of fetching mail over eight lines
  maillab claims run c21            what a FAQ claimed, tried
  maillab links                     the links that are built in
  maillab tariffs --format csv      what calls cost, as a table for a spreadsheet
  maillab play hello.txt            play a dialogue over a slow, priced line
  maillab protocols pop3            every command of POP3, with its clause
  maillab --link v22bis-2400        the prompt, over a slow modem

Data goes to stdout, talk to stderr. Exit codes: 0 fine, 1 a check failed, 2 bad usage or input.";

/// What is shown when no subcommand is given.
const OVERVIEW: &str = "\
maillab: a laboratory for mail protocols over simulated slow, priced links, in virtual time

  maillab                the prompt: speak POP3, IMAP or SMTP by hand (stdin that is no terminal is a script)
  maillab compare        which way of fetching mail costs what, over which line
  maillab claims         what the FAQs claimed, tried: where it holds
  maillab strategies     the ways of fetching mail that are compared
  maillab play           a scripted client session, with its times and costs
  maillab replay         a recorded session over other links
  maillab trace          recorded sessions, shown, explained and compared
  maillab lab            experiments for one student or a class: predict, measure, be checked
  maillab links          the telephone, satellite and radio links that are built in
  maillab tariffs        what a call cost, and where, and when
  maillab protocols      the protocols, and every command of each
  maillab serve          the same servers on real ports, for real clients
  maillab run            a strategy against a real server, measured
  maillab validate       predicted against measured sessions
  maillab workstations   a week of mail at home, in the office and on the road, by each protocol
  maillab workstation    local mail in a folder, off line and on line, with a real server of DMSP, IMAP or POP3
  maillab completions    what a shell needs to complete this command line
  maillab man            manual pages

`maillab SUBCOMMAND --help` has examples. Nothing here needs a network or a file.
";

/// A laboratory for mail protocols over simulated slow, priced links, in virtual time.
#[derive(Debug, Parser)]
#[command(
    name = "maillab",
    version,
    after_help = EXAMPLES,
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true
)]
struct Cli {
    /// Where the prompt sits down.
    #[command(flatten)]
    setting: setting::SettingArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Strategies, links and tariffs on one mailbox: what costs what
    #[command(after_help = compare::EXAMPLES)]
    Compare(Box<compare::Args>),
    /// What the sources claim about mail protocols, tried
    #[command(after_help = claims::EXAMPLES)]
    Claims(claims::Args),
    /// A scripted client session: transcript with times and costs
    #[command(after_help = play::EXAMPLES)]
    Play(play::Args),
    /// A recorded session over other links: what stays valid, and what it costs
    #[command(after_help = replay::EXAMPLES)]
    Replay(replay::Args),
    /// Recorded sessions, shown, explained and compared
    #[command(after_help = trace::EXAMPLES)]
    Trace(trace::Args),
    /// Labs for a student or a class: predict, measure, be checked
    #[command(after_help = lab::EXAMPLES)]
    Lab(lab::Args),
    /// The links that are built in
    #[command(after_help = links::EXAMPLES)]
    Links(links::Args),
    /// What a call cost, and where, and when
    #[command(after_help = tariffs::EXAMPLES)]
    Tariffs(tariffs::Args),
    /// The protocols, and every command of each
    #[command(after_help = protocols::EXAMPLES)]
    Protocols(protocols::Args),
    /// The ways of fetching mail that are compared
    #[command(after_help = strategies::EXAMPLES)]
    Strategies(strategies::Args),
    /// The same servers on real ports, for real clients
    #[cfg(feature = "serve")]
    #[command(after_help = serve::EXAMPLES)]
    Serve(Box<serve::Args>),
    /// A strategy against a real server, measured
    #[cfg(feature = "serve")]
    #[command(after_help = run::EXAMPLES)]
    Run(run::Args),
    /// Predicted against measured sessions
    #[command(after_help = validate::EXAMPLES)]
    Validate(validate::Args),
    /// One user, several computers, a week of mail: what is lost, double, ghost, stale
    #[command(after_help = workstations::EXAMPLES)]
    Workstations(workstations::Args),
    /// Local mail in a folder: work off line, call a real server
    #[cfg(feature = "serve")]
    #[command(after_help = workstation::EXAMPLES)]
    Workstation(workstation::Args),
    /// What a shell needs to complete this command line
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::Args),
    /// Manual pages
    #[command(after_help = man::EXAMPLES)]
    Man(man::Args),
}

/// The command line: help, completions, manual pages and the book are drawn from it.
#[must_use]
pub fn command_line() -> clap::Command {
    let mut command = <Cli as clap::CommandFactory>::command();
    command.build();
    command
}

/// Runs the command line `args`, the program's own name first.
///
/// # Errors
/// Whatever keeps it from being done: bad usage, bad input, a pipe or disk that takes no more.
pub fn run(args: impl IntoIterator<Item = OsString>, output: &mut Output) -> Result<Outcome, CliError> {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) if error.exit_code() == 0 => {
            output.data(&error.to_string())?; // --help and --version are data
            return Ok(Outcome::Fine);
        }
        Err(error) => return Err(usage::lesson(&error, &args).into()),
    };
    match cli.command {
        None => prompt::run(&cli.setting, OVERVIEW, output),
        Some(Command::Completions(args)) => completions::run(&args, output),
        Some(Command::Man(args)) => man::run(&args, output),
        Some(Command::Claims(args)) => claims::run(&args, output),
        Some(Command::Lab(args)) => lab::run(&args, output),
        Some(Command::Links(args)) => links::run(&args, output),
        Some(Command::Compare(args)) => compare::run(&args, output),
        Some(Command::Play(args)) => play::run(&args, output),
        Some(Command::Replay(args)) => replay::run(&args, output),
        Some(Command::Trace(args)) => trace::run(&args, output),
        Some(Command::Tariffs(args)) => tariffs::run(&args, output),
        Some(Command::Protocols(args)) => protocols::run(&args, output),
        Some(Command::Strategies(args)) => strategies::run(&args, output),
        #[cfg(feature = "serve")]
        Some(Command::Serve(args)) => serve::run(&args, output),
        #[cfg(feature = "serve")]
        Some(Command::Run(args)) => run::run(&args, output),
        Some(Command::Validate(args)) => validate::run(&args, output),
        Some(Command::Workstations(args)) => workstations::run(&args, output),
        #[cfg(feature = "serve")]
        Some(Command::Workstation(args)) => workstation::run(&args, output),
    }
}
