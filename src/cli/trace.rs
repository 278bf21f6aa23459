//! `maillab trace`: recorded sessions, shown, explained, compared, and made of packets or turned into them.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;

use super::capture::{self, CaptureArgs};
use super::output::TableArgs;
use super::{CliError, Outcome, Output, atomic};
use crate::chart::ladder;
use crate::lesson::{Lesson, Place};
use crate::link::preset;
use crate::mail::date::Timestamp;
use crate::trace::replay::Plan;
use crate::trace::{HeadKey, Trace, diff, explain, show};

/// What stands at the end of `maillab trace --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab trace show traces/pop3/fetch-and-delete.trace             who wrote what, when
  maillab trace show my.trace --ladder --width 80                   as a time-sequence diagram
  maillab trace show my.trace --svg ladder.svg                      ... as a drawing
  maillab trace explain traces/imap/choose-and-file.trace           every command, reply and token, with its section
  maillab trace import session.pcap > session.trace                 a real session, its causes inferred
  maillab trace export my.trace --link isdn-64k --pcapng my.pcapng  its packets over a link, for Wireshark
  maillab trace diff a.trace b.trace                                round trips, bytes and seconds by kind of command

`maillab compare --record DIR`, `maillab play --record FILE`, `:record` at the prompt and `maillab serve --record DIR`
write traces; `maillab replay` plays them over other links.";

/// The arguments of `maillab trace`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// Who wrote what, when: plain, as a ladder on the screen, or as a drawing
    Show(Show),
    /// Each command and reply with its meaning and its section; each token of an IMAP response
    Explain(Explain),
    /// A capture of real sessions (pcap or pcapng) as a trace on stdout, its causes inferred
    Import(Import),
    /// Plays a trace over a link and writes the packets for Wireshark
    Export(Export),
    /// Two sessions: round trips, bytes and seconds by kind of command
    Diff(Diff),
}

#[derive(clap::Args, Clone, Debug)]
struct Import {
    /// A file of pcap or pcapng
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
}

#[derive(clap::Args, Clone, Debug)]
struct Export {
    /// A trace
    #[arg(value_name = "FILE")]
    trace: PathBuf,
    /// The link over which it is played [default: the one that it was recorded on]
    #[arg(long, value_name = "NAME")]
    link: Option<String>,
    /// Where the packets go.
    #[command(flatten)]
    capture: CaptureArgs,
}

#[derive(clap::Args, Clone, Debug)]
struct Show {
    /// A trace
    #[arg(value_name = "FILE")]
    trace: PathBuf,
    /// As a time-sequence diagram
    #[arg(long)]
    ladder: bool,
    /// Draw the time-sequence diagram into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// How wide lines may be, from 40 characters on [default: the screen's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(40..=1000))]
    width: Option<u16>,
}

#[derive(clap::Args, Clone, Debug)]
struct Explain {
    /// A trace
    #[arg(value_name = "FILE")]
    trace: PathBuf,
    /// How wide lines may be, from 40 characters on [default: the screen's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(40..=1000))]
    width: Option<u16>,
}

#[derive(clap::Args, Clone, Debug)]
struct Diff {
    /// A trace
    #[arg(value_name = "A")]
    a: PathBuf,
    /// Another one
    #[arg(value_name = "B")]
    b: PathBuf,
    /// How the table is written
    #[command(flatten)]
    table: TableArgs,
}

/// Shows, explains or compares.
///
/// # Errors
/// A trace that is not understood; a drawing that finds no place.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    match &args.what {
        What::Show(args) => show_trace(args, output),
        What::Explain(args) => {
            let trace = read(&args.trace)?;
            output.data(&explain::explain(&trace, width(args.width, output)))?;
            Ok(Outcome::Fine)
        }
        What::Import(args) => import(args, output),
        What::Export(args) => export(args, output),
        What::Diff(args) => {
            let (a, b) = (read(&args.a)?, read(&args.b)?);
            let names = [args.a.display().to_string(), args.b.display().to_string()];
            output.table(&diff::diff([&a, &b], names), args.table)?;
            Ok(Outcome::Fine)
        }
    }
}

/// Prints the trace of a capture, and says how far it can be trusted.
fn import(args: &Import, output: &mut Output) -> Result<Outcome, CliError> {
    let imported = capture::read(&args.capture)?;
    output.data(&imported.trace.to_string())?;
    let [sure, guessed] = imported.causes;
    output.talk(&format!(
        "{} packets, {} of them not of TCP; {} connections passed over; {sure} causes are sure, {guessed} guessed",
        imported.packets, imported.others, imported.passed_over
    ));
    Ok(Outcome::Fine)
}

/// Plays a trace and writes its packets.
fn export(args: &Export, output: &mut Output) -> Result<Outcome, CliError> {
    let Some(file) = &args.capture.pcapng else {
        return Err(Lesson::new("this does not say where the packets go")
            .hint("name a file: `maillab trace export my.trace --pcapng my.pcapng`")
            .into());
    };
    let trace = read(&args.trace)?;
    let Some(link) = args.link.as_deref().or(trace.head(HeadKey::Link)) else {
        return Err(Lesson::new("this trace does not say over which link it was recorded")
            .hint("name one: `--link v34-28800`; `maillab links` lists them")
            .into());
    };
    let replayed = Plan::new(&trace)?.over(Arc::new(preset::resolve(link)?));
    for doubt in &replayed.doubts {
        output.talk(&doubt.to_string());
    }
    args.capture.write(&replayed.world, Timestamp::DEFAULT_START, file)?;
    output.talk(&format!("packets over {link} written to {}", file.display()));
    Ok(Outcome::Fine)
}

fn show_trace(args: &Show, output: &mut Output) -> Result<Outcome, CliError> {
    let trace = read(&args.trace)?;
    if let Some(path) = &args.svg {
        let svg = trace.ladder().svg();
        atomic::write(path, |file| file.write_all(svg.as_bytes()))?;
        output.talk(&format!("written: {}", path.display()));
        if !args.ladder {
            return Ok(Outcome::Fine);
        }
    }
    let width = width(args.width, output);
    output.data(&if args.ladder { trace.ladder().text(width) } else { show::plain(&trace, width) })?;
    Ok(Outcome::Fine)
}

/// What was asked for, or the screen's width, or that of a page.
fn width(asked: Option<u16>, output: &Output) -> usize {
    asked.map(usize::from).or(output.width()).unwrap_or(ladder::WIDTH)
}

/// A trace longer than this is not read.
const TRACE_MAX: u64 = 512 << 20;

/// Reads a trace.
///
/// # Errors
/// A file that cannot be read, is too long, or is no trace: with line and caret.
pub(super) fn read(path: &Path) -> Result<Trace, Lesson> {
    let name = path.display().to_string();
    let place = || Place::file(name.clone());
    let mut octets = Vec::new();
    fs::File::open(path).and_then(|file| file.take(TRACE_MAX + 1).read_to_end(&mut octets)).map_err(
        |error| {
            Lesson::new(format!("the trace cannot be read: {error}"))
                .at(place())
                .hint("`maillab compare --record DIR` writes traces")
        },
    )?;
    if octets.len() as u64 > TRACE_MAX {
        return Err(Lesson::new(format!("this trace is longer than {} MiB", TRACE_MAX >> 20))
            .at(place())
            .hint("record a shorter session"));
    }
    let text = String::from_utf8(octets).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line =
            error.as_bytes().get(..at).unwrap_or_default().iter().filter(|octet| **octet == b'\n').count();
        Lesson::new("a trace is ASCII text, and this file is not")
            .at(place())
            .note(format!("the first octet that is not stands in line {}", line + 1))
            .hint("octets beyond ASCII are written as `\\xE9` in a trace")
    })?;
    Trace::parse(&text, &name)
}
