//! `maillab serve`: the same servers on real ports, for real clients.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::value_parser;
use tokio::sync::mpsc;

use super::{CliError, Outcome, Output, mail_source};
use crate::config::Document;
use crate::desk::Service;
use crate::lesson::{Lesson, Place};
use crate::mail::date::Timestamp;
use crate::mail::import::Imported;
use crate::serve::accounts::{Account, Accounts, DOMAIN, Source};
use crate::serve::limits::{Limits, Models};
use crate::serve::listen::{Listener, is_loopback};
use crate::serve::server::{self, Clock, NEWS_MAX, News};
use crate::time::Duration;

/// What stands at the end of `maillab serve --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab serve                                 the built-in mailbox to alice, password secret, on this machine
  maillab serve --pop3 127.0.0.1:0              POP3 alone, at a free port; the first line says which
  maillab serve --mail inbox.mbox --folder Lists=lists/ --user bob --password open-sesame
  maillab serve --accounts accounts.toml        many accounts

An accounts file:
  format = \"maillab-accounts/1\"
  domains = [\"example.org\"]
  [[account]]
  name = \"alice\"
  password = \"secret\"
  mail = \"alice.mbox\"
  folders = { Lists = \"lists/\" }
  addresses = [\"alice@example.org\"]

Stdout has `listening OPTION HOST:PORT` for each port, then `ready`, then one line for each session that is over.
Files are only read; what clients change lives until the end. SIGINT and SIGTERM end it cleanly.";

/// The arguments of `maillab serve`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Offer POP3 at HOST:PORT; port 0 takes a free one
    #[arg(long, value_name = "ADDR", help_heading = "Ports (none: all, on loopback, at port + 2000)")]
    pub pop3: Vec<String>,
    /// Offer IMAP
    #[arg(long, value_name = "ADDR", help_heading = "Ports (none: all, on loopback, at port + 2000)")]
    pub imap: Vec<String>,
    /// Offer SMTP
    #[arg(long, value_name = "ADDR", help_heading = "Ports (none: all, on loopback, at port + 2000)")]
    pub smtp: Vec<String>,
    /// Offer DMSP (PCMAIL)
    #[arg(long, value_name = "ADDR", help_heading = "Ports (none: all, on loopback, at port + 2000)")]
    pub dmsp: Vec<String>,
    /// Allow passwords in clear beyond this machine
    #[arg(long, help_heading = "Ports (none: all, on loopback, at port + 2000)")]
    pub cleartext: bool,

    /// The mail of the INBOX: an mbox, a message, a Maildir or a folder of .eml files
    #[arg(long, value_name = "PATH", help_heading = "Mail")]
    pub mail: Option<PathBuf>,
    /// Another mailbox, repeatable
    #[arg(long, value_name = "NAME=PATH", value_parser = folder, help_heading = "Mail")]
    pub folder: Vec<(String, PathBuf)>,
    /// Who may log in
    #[arg(long, value_name = "NAME", default_value = "alice", help_heading = "Mail")]
    pub user: String,
    /// The password
    #[arg(long, value_name = "PASSWORD", default_value = "secret", help_heading = "Mail")]
    pub password: String,
    /// Many accounts, from a file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mail", "folder", "user", "password"], help_heading = "Mail")]
    pub accounts: Option<PathBuf>,

    /// Connections open at once
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(1..=10_000), help_heading = "Limits")]
    pub max_connections: u32,
    /// Connections of one user open at once
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(1..=10_000), help_heading = "Limits")]
    pub max_user_connections: u32,
    /// Seconds until a client of POP3 or IMAP must have logged in
    #[arg(long, value_name = "S", default_value_t = 180, value_parser = value_parser!(u32).range(1..=86_400), help_heading = "Limits")]
    pub login_time: u32,
    /// Octets of a command line of POP3 and SMTP, CR LF counted
    #[arg(long, value_name = "OCTETS", default_value_t = 512, value_parser = value_parser!(u32).range(512..=65_536), help_heading = "Limits")]
    pub max_line: u32,
    /// Octets of an IMAP command with its literals, an appended message not counted
    #[arg(long, value_name = "OCTETS", default_value_t = 65_536, value_parser = value_parser!(u32).range(1024..=1_048_576), help_heading = "Limits")]
    pub max_command: u32,
    /// Octets of a message that comes in by SMTP or APPEND
    #[arg(long, value_name = "OCTETS", default_value_t = 52_428_800, value_parser = value_parser!(u32).range(1024..=1_073_741_824), help_heading = "Limits")]
    pub max_message: u32,
}

fn folder(argument: &str) -> Result<(String, PathBuf), String> {
    match argument.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.to_owned(), path.into())),
        _ => Err("a folder is NAME=PATH".to_owned()),
    }
}

/// Serves until a signal says stop.
///
/// # Errors
/// A port that cannot be opened, mail or accounts that cannot be read, a password that would cross a network.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let accounts = accounts(args)?;
    let listeners = open(args, output)?;
    let mut watched = Watched::begin(&accounts);
    let now = wall_clock();
    let store = accounts.store(now, |path| {
        let imported = mail_source::read_path(path)?;
        tell_problems(path, &imported, output);
        Ok(imported)
    })?;
    let models = Models {
        host: accounts.domains.first().map_or_else(|| "mail.example".to_owned(), |d| format!("mail.{d}")),
        domains: accounts.domains,
        stamp: now.unix.unsigned_abs(),
        limits: limits(args),
    };
    for (service, listener) in &listeners {
        if let Ok(address) = listener.local_addr() {
            output.data(&format!("listening {} {address}\n", service.word()))?;
        }
    }
    let (tell, mut news) = mpsc::channel(NEWS_MAX);
    // The sessions run on a thread of their own, so that nobody's mail waits for a full output pipe.
    std::thread::scope(|scope| {
        let server = scope.spawn(move || server::run(listeners, store, models, Clock::start(), &tell));
        while let Some(one) = news.blocking_recv() {
            if let News::Session(_) = one {
                watched.look(output);
            }
            let is_last = matches!(one, News::Stopped(_));
            report(&one, output);
            if is_last {
                break;
            }
        }
        drop(news);
        match server.join() {
            Ok(served) => served,
            Err(_) => Err(Lesson::new("the server has come to a sudden end; this is a fault of maillab")),
        }
    })?;
    Ok(Outcome::Fine)
}

/// Says what is new. Whoever does not listen any more is no reason to stop serving others.
fn report(news: &News, output: &mut Output) {
    let line = match news {
        News::Ready => "ready\n".to_owned(),
        News::Session(report) => format!("{report}\n"),
        News::Trouble(what) => return output.talk(&format!("note: {what}")),
        News::Stopped(0) => return output.talk("stopped"),
        News::Stopped(missed) => {
            return output.talk(&format!("stopped; {missed} lines about sessions were not taken in time"));
        }
    };
    let _ = output.data(&line).and_then(|()| output.flush());
}

fn limits(args: &Args) -> Limits {
    Limits {
        connections: args.max_connections as usize,
        connections_per_user: args.max_user_connections as usize,
        login_time: Duration::from_secs(args.login_time.into()),
        line_octets: args.max_line as usize,
        command_octets: args.max_command as usize,
        message_octets: args.max_message,
        ..Limits::default()
    }
}

fn accounts(args: &Args) -> Result<Accounts, Lesson> {
    if let Some(path) = &args.accounts {
        let name = path.display().to_string();
        let octets = fs::read(path).map_err(|error| {
            Lesson::new(format!("the accounts cannot be read: {error}"))
                .at(Place::file(&name))
                .hint("`maillab serve --help` shows an accounts file")
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        return Accounts::read(&Document::from_bytes(&name, &octets)?, folder);
    }
    Accounts::one(Account {
        name: args.user.clone(),
        password: args.password.clone(),
        mail: args.mail.clone().map_or(Source::Embedded, Source::Path),
        folders: args.folder.clone(),
        addresses: vec![format!("{}@{DOMAIN}", args.user)],
    })
}

/// Opens all ports, or none.
fn open(args: &Args, output: &mut Output) -> Result<Vec<(Service, TcpListener)>, Lesson> {
    let named = |service, addresses: &[String]| {
        addresses
            .iter()
            .map(move |address| Listener { service, address: address.clone() })
            .collect::<Vec<_>>()
    };
    let mut wanted = [
        named(Service::Pop3, &args.pop3),
        named(Service::Imap, &args.imap),
        named(Service::Smtp, &args.smtp),
        named(Service::Dmsp, &args.dmsp),
    ]
    .concat();
    if wanted.is_empty() {
        wanted = Listener::standard();
    }
    let mut resolved = Vec::new();
    for listener in &wanted {
        let addresses = listener.resolve()?;
        listener.check_cleartext(&addresses, args.cleartext)?;
        resolved.push((listener, addresses));
    }
    let mut opened = Vec::new();
    for (listener, addresses) in &resolved {
        let port = TcpListener::bind(addresses.as_slice()).map_err(|error| listener.not_opened(&error))?;
        opened.push((listener.service, port));
    }
    if wanted.iter().any(|listener| listener.service != Service::Smtp) {
        let all = resolved.iter().all(|(_, addresses)| addresses.iter().all(|a| is_loopback(a.ip())));
        output.talk(if all {
            "note: passwords go in clear, which is fine as long as they stay on this machine"
        } else {
            "note: passwords go in clear, and beyond this machine everybody on the way can read them"
        });
    }
    Ok(opened)
}

/// How many problems of a file are told.
const PROBLEMS_TOLD: usize = 3;

fn tell_problems(path: &Path, imported: &Imported, output: &mut Output) {
    for problem in imported.problems.iter().take(PROBLEMS_TOLD) {
        output.talk(&format!("note: {problem}"));
    }
    if let Some(more) = imported.problems.len().checked_sub(PROBLEMS_TOLD).filter(|more| *more > 0) {
        output.talk(&format!("note: {}: {more} more problems", path.display()));
    }
}

/// The files behind the mail, as they were when they were read.
struct Watched(BTreeMap<PathBuf, Option<State>>);

/// What shows that a file was changed: its size and the time of its last change.
type State = (u64, Option<SystemTime>);

impl Watched {
    fn begin(accounts: &Accounts) -> Self {
        Self(accounts.paths().map(|path| (path.to_owned(), state_of(path))).collect())
    }

    /// Says once of each file that it has changed.
    fn look(&mut self, output: &mut Output) {
        self.0.retain(|path, before| {
            let is_same = state_of(path) == *before;
            if !is_same {
                output.talk(&format!(
                    "note: {} has changed since it was read; clients see it as it was, and what came in since is not \
                     served. Stop and start again to serve it as it is now",
                    path.display()
                ));
            }
            is_same
        });
    }
}

fn state_of(path: &Path) -> Option<State> {
    fs::metadata(path).ok().map(|about| (about.len(), about.modified().ok()))
}

/// What the clock on the wall shows, in UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "real clients live in real time; this is where the date comes in"
)]
fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp { unix: i64::try_from(since.as_secs()).unwrap_or(i64::MAX), offset_minutes: 0 }
}
