//! `maillab play`: a scripted client session, with its times and costs.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::{CliError, Outcome, Output, atomic, compare};
use crate::lesson::{Lesson, Place};
use crate::link::preset;
use crate::link::tariff::Tariff;
use crate::script::parse::SCRIPT_MAX;
use crate::script::{self, DEFAULT_LINK, DEFAULT_TARIFF, Mode, Played, Script, Setting};
use crate::trace::{HeadKey, Trace};

/// What stands at the end of `maillab play --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab play hello.txt                               play it over v34-28800:plain
  maillab play hello.txt --link v22bis-2400            ... over a slower modem
  maillab play hello.txt --record hello.trace          ... and write a trace, for `maillab replay` and `trace show`
  maillab play hello.txt --update                      rewrite its S: lines with what the server says
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
Other commands: :use :link :tariff :send :deliver :drop :close :hangup, as at the prompt.

Exit codes: 0 as expected, 1 an expectation was not met, 2 the script cannot be played.";

/// The arguments of `maillab play`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The script; - reads it from stdin
    #[arg(value_name = "SCRIPT")]
    pub script: PathBuf,
    /// The link under the first call, unless the script names one
    #[arg(long, value_name = "NAME", default_value = DEFAULT_LINK)]
    pub link: String,
    /// The tariff, unless the script names one
    #[arg(long, value_name = "NAME", default_value = DEFAULT_TARIFF)]
    pub tariff: String,
    /// A scenario file, or the name of a built-in scenario: its mailbox is served
    #[arg(long, value_name = "SCENARIO")]
    pub scenario: Option<String>,
    /// Your own mail: an mbox file, a Maildir, or a folder of .eml files
    #[arg(long, value_name = "PATH", conflicts_with = "scenario")]
    pub mail: Option<PathBuf>,
    /// The seed for whatever is drawn
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Let calls fail, lines drop and delays jitter, as the link's data say
    #[arg(long)]
    pub chance: bool,
    /// Send every octet by itself: a server must not care
    #[arg(long)]
    pub one_byte: bool,
    /// Write a trace of the session into this file
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Rewrite the script's S: lines with what the server says, for review
    #[arg(long)]
    pub update: bool,
}

impl Default for Args {
    /// The script that stdin brings, over the default link, on the embedded mailbox.
    fn default() -> Self {
        Self {
            script: PathBuf::from("-"),
            link: DEFAULT_LINK.to_owned(),
            tariff: DEFAULT_TARIFF.to_owned(),
            scenario: None,
            mail: None,
            seed: None,
            chance: false,
            one_byte: false,
            record: None,
            update: false,
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
    let setting = setting(args, output)?;
    let mode = if args.update { Mode::Update } else { Mode::Check };
    let played = script::play(&script, &setting, &files, mode)?;
    show(&played, &setting, output)?;
    if let Some(path) = &args.record {
        record(path, args, name, &played, output)?;
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

/// The octets of the files that a script sends. Their names start from the script's folder.
fn read_files(script: &Script, folder: Option<&Path>) -> Result<BTreeMap<String, Bytes>, Lesson> {
    let mut files = BTreeMap::new();
    for (step, name) in script.files() {
        let path = folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
        let octets = fs::read(&path).map_err(|error| {
            Lesson::new(format!("{} cannot be read: {error}", path.display()))
                .at(script.place(step, "this file"))
                .hint("a file's name starts from the script's folder")
        })?;
        files.insert(name.to_owned(), Bytes::from(octets));
    }
    Ok(files)
}

pub(super) fn setting(args: &Args, output: &mut Output) -> Result<Setting, Lesson> {
    let mut scenario = compare::named_scenario(args.scenario.as_deref().unwrap_or("default"))?;
    if let Some(path) = &args.mail {
        compare::mail_from(&mut scenario, path);
    }
    scenario.seed = args.seed.unwrap_or(scenario.seed);
    let mail = compare::mail(&scenario, output)?;
    let tariff = Tariff::named(&args.tariff)?;
    tariff.check_calls()?;
    let setting = Setting::new(&scenario, mail, preset::resolve(&args.link)?, tariff)?;
    Ok(Setting { chance: args.chance, by_octet: args.one_byte, ..setting })
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
    let trace = match &args.scenario {
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
