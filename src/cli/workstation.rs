//! `maillab workstation`: local mail in a folder, and calls to a real server.
//!
//! What a workstation of the laboratory does in virtual time, this one does before real sockets: the same client, the
//! same queue, the same file. Off line nothing is called; the user's changes wait in the queue.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};

use self::folder::{Folder, Settings};
use super::output::TableArgs;
use super::tls::TlsArgs;
use super::{CliError, Outcome, Output, atomic};
use crate::chart::{Column, Table};
use crate::lesson::{Lesson, nearest};
use crate::mail::summary::field;
use crate::station::{LocalMail, Mark, Policy, Way};

mod calls;
mod folder;
mod waiting;

/// What stands at the end of `maillab workstation --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab workstation new home --way dmsp --server 127.0.0.1:2158 --user alice
  maillab workstation call home --password secret        log in, replay the queue, synchronize, fetch, log out
  maillab workstation list home                          what is here
  maillab workstation read home INBOX 3                  a text; the message counts as read
  maillab workstation mark home INBOX 3 flagged on       goes into the queue, as everything that is done off line
  maillab workstation file home INBOX 3 Archive
  maillab workstation delete home INBOX 4
  maillab workstation send home letter.eml
  maillab workstation queue home                         what the server does not know yet, and what it refused
  maillab workstation retry home 1 --message mended.eml  what was refused, once more; mended, if it is mail
  maillab workstation drop home 1                        what was refused, given up
  maillab workstation new radio --way imap-qresync --server mail.example:993 --user me --trust /etc/ssl/certs/ca-certificates.crt

Ways: pop3-delete, pop3-leave, imap-flags, imap-esearch, imap-condstore, imap-qresync, dmsp. `maillab serve` has all
three servers; any other server of POP3 or IMAP will do. The folder is for one program at a time.";

/// The arguments of `maillab workstation`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// Make a workstation: a folder with settings and no mail yet
    New(Box<New>),
    /// Call the server: replay the queue, synchronize, fetch
    Call(Call),
    /// What is here
    List {
        /// The workstation's folder
        folder: PathBuf,
        /// How the table is written
        #[command(flatten)]
        table: TableArgs,
    },
    /// Show the text of a message, which counts as read from then on
    Read(Which),
    /// Set or clear a flag
    Mark {
        /// Which message
        #[command(flatten)]
        which: Which,
        /// seen, flagged or answered
        flag: String,
        /// Set it, or clear it
        #[arg(value_enum)]
        state: OnOff,
    },
    /// File a message in another mailbox
    File {
        /// Which message
        #[command(flatten)]
        which: Which,
        /// The mailbox, which is made if need be
        into: String,
    },
    /// Delete a message
    Delete(Which),
    /// Send a message in the next call
    Send {
        /// The workstation's folder
        folder: PathBuf,
        /// A whole message, header and text
        message: PathBuf,
    },
    /// What the server does not know yet, and what it has refused
    Queue {
        /// The workstation's folder
        folder: PathBuf,
    },
    /// Try a refused change once more in the next call
    Retry(Retry),
    /// Give a refused change up
    Drop {
        /// The workstation's folder
        folder: PathBuf,
        /// Its number among those refused, as `queue` shows it
        number: usize,
    },
}

#[derive(clap::Args, Clone, Debug)]
struct Retry {
    /// The workstation's folder
    folder: PathBuf,
    /// Its number among those refused, as `queue` shows it
    number: usize,
    /// Send this message in its place: a whole one, header and text
    #[arg(long, value_name = "FILE")]
    message: Option<PathBuf>,
    /// File it in this mailbox instead
    #[arg(long, value_name = "MAILBOX", conflicts_with = "message")]
    into: Option<String>,
}

#[derive(clap::Args, Clone, Debug)]
struct New {
    /// The folder, which must not exist yet
    folder: PathBuf,
    /// By which protocol, and how, it keeps up
    #[arg(long, value_name = "WAY")]
    way: String,
    /// The server of this protocol
    #[arg(long, value_name = "HOST:PORT")]
    server: String,
    /// The server that takes mail, where the protocol itself cannot send (POP3, IMAP)
    #[arg(long, value_name = "HOST:PORT")]
    smtp: Option<String>,
    /// The name to log in with
    #[arg(long, value_name = "NAME")]
    user: String,
    /// The user's own mail address [default: the name at this host]
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// The workstation's name, which a repository keeps a list for [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Texts of more bytes than this are fetched only when somebody wants them
    #[arg(long, value_name = "BYTES")]
    body_max: Option<u32>,
    /// Bytes of all texts that there is room for
    #[arg(long, value_name = "BYTES")]
    disk_max: Option<u64>,
    /// Descriptors asked for at once (DMSP)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    descriptors: Option<u32>,
    /// Fetch descriptors once more after they were acknowledged (DMSP)
    #[arg(long)]
    careful: bool,
    /// TLS
    #[command(flatten)]
    tls: TlsArgs,
}

#[derive(clap::Args, Clone, Debug)]
struct Call {
    /// The workstation's folder
    folder: PathBuf,
    /// The password; without it that of the environment variable MAILLAB_PASSWORD
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// Fetch this text, too, whatever its size: MAILBOX:NUMBER
    #[arg(long, value_name = "WHICH")]
    fetch: Vec<String>,
    /// Seconds to wait for a server that says nothing
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    patience: u64,
    /// Allow the password in clear beyond this machine
    #[arg(long)]
    cleartext: bool,
    /// How the table is written
    #[command(flatten)]
    table: TableArgs,
}

#[derive(clap::Args, Clone, Debug)]
struct Which {
    /// The workstation's folder
    folder: PathBuf,
    /// The mailbox
    mailbox: String,
    /// The message's number there, as `list` shows it
    number: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OnOff {
    /// Set it
    On,
    /// Clear it
    Off,
}

/// Does what is asked with a workstation.
///
/// # Errors
/// A folder that is no workstation's or in use, a message that is not there, a call that ended early.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    match &args.what {
        What::New(new) => make(new, output)?,
        What::Call(args) => calls::call(args, output)?,
        What::List { folder, table } => output.table(&list(&Folder::open(folder)?.mail), *table)?,
        What::Read(which) => read(which, output)?,
        What::Mark { which, flag, state } => {
            let mark = mark(flag)?;
            change(which, |mail| {
                Ok(mail.mark(&which.mailbox, which.number, mark, matches!(state, OnOff::On)))
            })?;
        }
        What::File { which, into } => {
            change(which, |mail| {
                waiting::check_name(mail, into)?;
                Ok(mail.file(&which.mailbox, which.number, into))
            })?;
        }
        What::Delete(which) => change(which, |mail| Ok(mail.delete(&which.mailbox, which.number)))?,
        What::Send { folder, message } => send(folder, message)?,
        What::Queue { folder } => output.data(&waiting::shown(&Folder::open(folder)?.mail))?,
        What::Retry(retry) => waiting::retry(retry)?,
        What::Drop { folder, number } => waiting::give_up(folder, *number)?,
    }
    Ok(Outcome::Fine)
}

fn make(new: &New, output: &mut Output) -> Result<(), Lesson> {
    let way = way(&new.way)?;
    let name = match &new.name {
        Some(name) => name.clone(),
        None => new.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
    };
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Lesson::new("a workstation has a name").hint("give it one: `--name home`"));
    }
    let default = Policy::default();
    let settings = Settings {
        server: new.server.clone(),
        smtp: new.smtp.clone(),
        address: new.address.clone().unwrap_or_else(|| format!("{}@localhost", new.user)),
        user: new.user.clone(),
        tls: new.tls.clone().at_any_place()?,
        policy: Policy {
            body_octets_max: new.body_max.unwrap_or(default.body_octets_max),
            disk_octets_max: new.disk_max.unwrap_or(default.disk_octets_max),
            descriptors_max: new.descriptors.unwrap_or(default.descriptors_max),
            careful: new.careful,
            ..default
        },
    };
    Folder::make(&new.folder, &settings, &LocalMail::new(&name, way))?;
    output.talk(&format!("{name}, by {}: {}", way.word(), new.folder.display()));
    Ok(())
}

fn way(word: &str) -> Result<Way, Lesson> {
    let known = || Way::ALL.into_iter().filter(|way| *way != Way::ImapOnline).map(Way::word);
    match Way::named(word) {
        Some(Way::ImapOnline) => {
            Err(Lesson::new("imap-online keeps nothing: there is no local mail to work with")
                .hint("imap-flags keeps a copy and needs nothing special of the server"))
        }
        Some(way) => Ok(way),
        None => {
            let lesson = Lesson::new(format!("there is no way `{word}`"))
                .note(format!("known are {}", known().collect::<Vec<_>>().join(", ")));
            Err(match nearest(word, known()) {
                Some(near) => lesson.hint(format!("did you mean `{near}`?")),
                None => lesson.hint("`maillab workstation --help` has examples"),
            })
        }
    }
}

fn mark(word: &str) -> Result<Mark, Lesson> {
    let known = || [Mark::Seen, Mark::Flagged, Mark::Answered].into_iter();
    known().find(|mark| mark.word() == word).ok_or_else(|| {
        let near = nearest(word, known().map(Mark::word)).unwrap_or("seen");
        Lesson::new(format!("there is no flag `{word}` to be set here"))
            .note("known are seen, flagged and answered; `delete` deletes")
            .hint(format!("did you mean `{near}`?"))
    })
}

/// Does something to the local mail and keeps it.
fn change(which: &Which, act: impl FnOnce(&mut LocalMail) -> Result<bool, Lesson>) -> Result<(), Lesson> {
    let mut folder = Folder::open(&which.folder)?;
    let before = folder.mail.clone();
    if before.message(&which.mailbox, which.number).is_none() {
        return Err(not_here(which, &before));
    }
    if !act(&mut folder.mail)? {
        return Err(Lesson::new("this cannot be done to the message")
            .hint("it is filed there already; `maillab workstation list` shows where what is"));
    }
    folder.keep(&before)
}

fn not_here(which: &Which, mail: &LocalMail) -> Lesson {
    let lesson = Lesson::new(format!("there is no message {} in {} here", which.number, which.mailbox));
    match mail.mailboxes.get(&which.mailbox) {
        Some(_) => {
            lesson.hint(format!("`maillab workstation list {}` shows what is here", which.folder.display()))
        }
        None => {
            let names = mail.mailboxes.keys().map(String::as_str);
            lesson.hint(format!("the mailboxes here are {}", names.collect::<Vec<_>>().join(", ")))
        }
    }
}

fn read(which: &Which, output: &mut Output) -> Result<(), CliError> {
    let mut folder = Folder::open(&which.folder)?;
    let before = folder.mail.clone();
    let message = before.message(&which.mailbox, which.number).ok_or_else(|| not_here(which, &before))?;
    let body = message.body.as_ref().ok_or_else(|| {
        Lesson::new(format!("the text of {} {} is not here", which.mailbox, which.number)).hint(format!(
            "fetch it: `maillab workstation call {} --fetch {}:{}`",
            which.folder.display(),
            which.mailbox,
            which.number
        ))
    })?;
    output.data(&harmless(&String::from_utf8_lossy(body)))?;
    if folder.mail.mark(&which.mailbox, which.number, Mark::Seen, true) {
        folder.keep(&before)?;
    }
    Ok(())
}

/// A text that cannot move a terminal's cursor or speak to it.
fn harmless(text: &str) -> String {
    let shown = text.replace("\r\n", "\n");
    shown.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}

fn send(folder: &Path, message: &Path) -> Result<(), Lesson> {
    let octets = letter(message)?;
    let mut folder = Folder::open(folder)?;
    let before = folder.mail.clone();
    folder.mail.send(octets);
    folder.keep(&before)
}

/// A message to be sent, from a file.
fn letter(message: &Path) -> Result<Vec<u8>, Lesson> {
    let octets = std::fs::read(message).map_err(|error| {
        Lesson::new(format!("{} cannot be read: {error}", message.display()))
            .hint("a whole message is wanted: a header with To and Subject, an empty line, the text")
    })?;
    if ["to", "cc", "bcc"].iter().all(|name| field(&octets, name.as_bytes()).is_none()) {
        return Err(Lesson::new(format!("{} goes to nobody", message.display())).hint(
            "its header names somebody: a line `To: bob@example.org`, an empty line behind the header",
        ));
    }
    Ok(with_crlf(&octets))
}

/// With line ends as mail has them, whatever the system's own are.
fn with_crlf(octets: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(octets.len() + octets.len() / 32);
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        text.extend_from_slice(bare.strip_suffix(b"\r").unwrap_or(bare));
        text.extend_from_slice(b"\r\n");
    }
    text
}

/// A row for each message that is not deleted.
fn list(mail: &LocalMail) -> Table {
    let mut table = Table::listing(
        format!("{}, by {}", mail.name, mail.way.word()),
        vec![
            Column::text("mailbox"),
            Column::integer("number", ""),
            Column::text("flags"),
            Column::integer("bytes", "bytes"),
            Column::flag("text_here"),
            Column::text("date"),
            Column::text("subject"),
        ],
    );
    for (mailbox, number, message) in mail.shown() {
        let flags = Mark::ALL.into_iter().filter(|mark| message.marks.has(*mark)).map(Mark::word);
        table.push(vec![
            mailbox.into(),
            number.into(),
            flags.collect::<Vec<_>>().join(" ").into(),
            message.octets.into(),
            message.body.is_some().into(),
            message.look.date.as_str().into(),
            harmless(&message.look.subject).into(),
        ]);
    }
    table.note(format!("{} changes wait for the next call.", mail.queue.len()));
    if !mail.refused.is_empty() {
        table.note(waiting::refusals(mail));
    }
    table
}

/// Writes one file whole.
fn write_whole(path: &Path, octets: &[u8]) -> Result<(), Lesson> {
    atomic::write(path, |file| file.write_all(octets))
}
