//! `maillab play`: a scripted client session, with its times and costs.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::capture::CaptureArgs;
use super::output::{Format, TableArgs};
use super::setting::SettingArgs;
use super::{CliError, Outcome, Output, atomic};
use crate::lesson::{Lesson, Place};
use crate::script::parse::SCRIPT_MAX;
use crate::script::{self, Files, Mode, Played, Script, Setting};
use crate::trace::{HeadKey, Trace};

/// The longest file that a script may send, in bytes, and the most files.
const FILE_MAX: u64 = 64 << 20;
const FILES_MAX: usize = 1000;

/// What stands at the end of `maillab play --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab play hello.txt                               play it over v34-28800:plain
  maillab play hello.txt --link v22bis-2400            ... over a slower modem
  maillab play hello.txt --record hello.trace          ... and write a trace, for `maillab replay` and `trace show`
  maillab play hello.txt --pcapng hello.pcapng         ... and look at its packets in Wireshark
  maillab play hello.txt --drop byte=2000              the line drops under the 2000th byte of the call
  maillab play hello.txt --update                      rewrite its S: lines with what the server says
  maillab play hello.txt --format csv                  a record for each exchange, and one for all
  maillab play --mail ~/Mail/inbox -                   read the script from stdin, your own mail in the INBOX

A script is a text, one event a line (alice's password is secret):
  :open pop3               dial if no call is up, and connect (pop3, imap or smtp)
  S: +OK *                 the server's next line: * any run, ? one character, \\* itself
  C: USER alice            the client sends this line;  C- TEXT without CR LF;  C{ FILE the octets of a file
  S~ ^\\+OK                 ... or a regular expression
  S.. 3                    the rest of the answer, at least so many lines
  :think 20s               time passes
  :expect turns <= 6 and billed_s < 90
Octets: \\xNN \\r \\n \\t \\\\. With several connections: `:open a=imap`, then `a C: 1 NOOP`. `#` begins a remark.
Every command of the prompt works here, too: :why :state :bill :ladder :until :back :diff :record …; echo :help |
maillab lists them. Files are named from the script's folder, and written only there.

Exit codes: 0 as expected, 1 an expectation was not met, 2 the script cannot be played.";

/// The arguments of `maillab play`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The script; - reads it from stdin
    #[arg(value_name = "SCRIPT")]
    pub script: PathBuf,
    /// Where it is played: link, tariff, mail.
    #[command(flatten)]
    pub setting: SettingArgs,
    /// Send every octet by itself: a server must not care
    #[arg(long)]
    pub one_byte: bool,
    /// Write a trace of the session into this file
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Where the packets go.
    #[command(flatten)]
    pub capture: CaptureArgs,
    /// Rewrite the script's S: lines with what the server says, for review
    #[arg(long)]
    pub update: bool,
    /// How the session is written: as a transcript, or a record for each exchange and one for all.
    #[command(flatten)]
    pub table: TableArgs,
}

impl Args {
    /// The script that stdin brings.
    pub(super) fn from_stdin(setting: SettingArgs) -> Self {
        Self {
            script: PathBuf::from("-"),
            setting,
            one_byte: false,
            record: None,
            capture: CaptureArgs::default(),
            update: false,
            table: TableArgs::default(),
        }
    }
}

/// Plays a script.
///
/// # Errors
/// A script that is not understood or cannot be played; mail or files that cannot be read.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let from_stdin = args.script.as_os_str() == "-";
    if from_stdin && args.update {
        return Err(Lesson::new("a script from stdin has no file to be rewritten")
            .hint("name the file: `maillab play FILE --update`")
            .into());
    }
    let name = if from_stdin { "stdin".to_owned() } else { args.script.display().to_string() };
    play(args, &name, &read(&args.script, from_stdin)?, output)
}

/// Plays the script in these octets.
pub(super) fn play(args: &Args, name: &str, octets: &[u8], output: &mut Output) -> Result<Outcome, CliError> {
    let from_stdin = args.script.as_os_str() == "-";
    let script = Script::parse(name, octets)?;
    let files = read_files(&script, if from_stdin { None } else { args.script.parent() })?;
    let setting = Setting { by_octet: args.one_byte, ..args.setting.setting(output)? };
    let mode = if args.update { Mode::Update } else { Mode::Check };
    let played = script::play(&script, &setting, &files, mode)?;
    match args.table.format {
        Format::Text => show(&played, &setting, output)?,
        _ => output.table(&played.table(), args.table)?,
    }
    let folder = if from_stdin { None } else { args.script.parent() };
    for (file, text) in &played.written {
        let path = folder.map_or_else(|| PathBuf::from(file), |folder| folder.join(file));
        atomic::write(&path, |to| to.write_all(text.as_bytes()))?;
        output.talk(&format!("written: {}", path.display()));
    }
    if let Some(path) = &args.record {
        record(path, args, name, &played, output)?;
    }
    if let Some(path) = &args.capture.pcapng {
        args.capture.write(played.hand.world(), setting.start, path)?;
        output.talk(&format!("packets written to {}", path.display()));
    }
    if let Some(updated) = &played.updated {
        rewrite(&args.script, &script, updated, output)?;
    }
    for failure in &played.failures {
        output.talk(&format!("{failure}\n"));
    }
    Ok(if played.failures.is_empty() { Outcome::Fine } else { Outcome::CheckFailed })
}

/// Reads a script, and no more than one octet beyond the most.
pub(super) fn read(path: &Path, from_stdin: bool) -> Result<Vec<u8>, Lesson> {
    let most = SCRIPT_MAX as u64 + 1;
    let mut octets = Vec::new();
    let read = if from_stdin {
        io::stdin().take(most).read_to_end(&mut octets)
    } else {
        fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut octets))
    };
    read.map_err(|error| {
        Lesson::new(format!("the script cannot be read: {error}"))
            .at(Place::file(path.display().to_string()))
            .hint("name a text file, or - for stdin; `maillab play --help` shows the language")
    })?;
    Ok(octets)
}

/// The octets of the files that a script sends, and of the scripts that it plays, with theirs. All names start from
/// the first script's folder.
pub(super) fn read_files(script: &Script, folder: Option<&Path>) -> Result<Files, Lesson> {
    let mut files = Files::new();
    add_files(script, folder, &mut files)?;
    Ok(files)
}

fn add_files(script: &Script, folder: Option<&Path>, files: &mut Files) -> Result<(), Lesson> {
    for (step, name, is_script) in script.files() {
        if files.contains_key(name) {
            continue;
        }
        if files.len() >= FILES_MAX {
            return Err(Lesson::new(format!("at most {FILES_MAX} files are read"))
                .at(script.place(step, "one too many")));
        }
        let path = folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
        let octets = read_file(&path).map_err(|error| {
            Lesson::new(format!("{} cannot be read: {error}", path.display()))
                .at(script.place(step, "this file"))
                .hint("a file's name starts from the script's folder")
        })?;
        files.insert(name.to_owned(), octets.clone());
        if is_script {
            add_files(&Script::parse(name, &octets)?, folder, files)?;
        }
    }
    Ok(())
}

/// Reads a file that is not too long to be sent.
fn read_file(path: &Path) -> io::Result<Bytes> {
    let mut octets = Vec::new();
    fs::File::open(path)?.take(FILE_MAX + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > FILE_MAX {
        return Err(io::Error::other(format!("it is longer than {FILE_MAX} bytes")));
    }
    Ok(Bytes::from(octets))
}

/// The transcript and what it all took, which is a script again: what is no dialogue stands in remarks.
fn show(played: &Played, setting: &Setting, output: &mut Output) -> Result<(), CliError> {
    let link = &setting.link;
    output.data(&format!(
        "# maillab {}: begins over {}, charged by {}\n",
        env!("CARGO_PKG_VERSION"),
        link.name,
        setting.tariff.name
    ))?;
    if let Some(left_out) = link.plain.as_ref().filter(|left_out| !left_out.is_empty()) {
        output.data(&format!("# {} leaves out {}\n", link.name, left_out.join(", ")))?;
    }
    output.data(&played.transcript.to_text(&setting.tariff))?;
    output.data(&played.total())
}

/// Writes the trace of what was played.
fn record(path: &Path, args: &Args, name: &str, played: &Played, output: &mut Output) -> Result<(), Lesson> {
    let trace = Trace::of(played.hand.world(), played.hand.workstation())
        .with(HeadKey::Tariff, played.hand.tariff().name.as_str())
        .with(HeadKey::Strategy, format!("by hand: {name}"))
        .with(HeadKey::Version, env!("CARGO_PKG_VERSION"));
    let trace = match &args.setting.scenario {
        Some(scenario) => trace.with(HeadKey::Scenario, scenario.as_str()),
        None => trace,
    };
    atomic::write(path, |file| file.write_all(trace.to_text().as_bytes()))?;
    output.talk(&format!("recorded: {}", path.display()));
    Ok(())
}

/// Writes the new script in the place of the old one, if they differ.
fn rewrite(path: &Path, script: &Script, updated: &str, output: &mut Output) -> Result<(), Lesson> {
    let old: String = script.lines.iter().map(|line| format!("{line}\n")).collect();
    if old == updated {
        output.talk("nothing to rewrite: the server says what the script expects");
        return Ok(());
    }
    atomic::write(path, |file| file.write_all(updated.as_bytes()))?;
    output.talk(&format!("rewritten: {}; look at what has changed before you keep it", path.display()));
    Ok(())
}
