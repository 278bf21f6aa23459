//! `maillab serve`: the same servers on real ports, for real clients.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use clap::value_parser;
use tokio::sync::mpsc;

use self::records::Records;
use self::watched::Watched;
use super::{CliError, Outcome, Output};
use crate::desk::Service;
use crate::lesson::Lesson;
use crate::link::preset;
use crate::link::tariff::Tariff;
use crate::mail::date::Timestamp;
use crate::protocol::features as feature;
use crate::protocol::pop3::{DIALECTS, Dialect};
use crate::script::DEFAULT_TARIFF;
use crate::serve::cost::Line;
use crate::serve::hub::Hub;
use crate::serve::limits::{Limits, Models};
use crate::serve::listen::{Door, Listener, OFFERS, Offer, is_loopback};
use crate::serve::server::{self, Clock, NEWS_MAX, News, Setting};
use crate::serve::tls::Tls;
use crate::time::Duration;

mod mail;
mod onward;
mod records;
mod watched;

/// What stands at the end of `maillab serve --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab serve                                 the built-in mailbox to alice, password secret, on this machine
  maillab serve --pop3 127.0.0.1:0              POP3 alone, at a free port; the first line says which
  maillab serve --mail inbox.mbox --folder Lists=lists/ --user bob --password open-sesame
  maillab serve --accounts accounts.toml        many accounts
  maillab serve --mail inbox.mbox --state kept  what clients change is kept in the folder `kept`
  maillab serve --mail inbox.mbox --write-back  ... or goes back into the mbox itself
  maillab serve --link v34-28800:plain          what each session would have cost over a modem
  maillab serve --link v22bis-2400:plain --real-time     ... and clients wait as long as the modem takes
  maillab serve --record traces                 a trace of each session, for `trace show` and `replay`
  maillab serve --relay smtp.example.net:25 --state kept   mail for other hosts goes on to that one
  maillab serve --hold branch.example=127.0.0.1:2526       ... that for a branch when it says ETRN
  maillab serve --pop3s 127.0.0.1:0 --tls       TLS (needs a maillab that was built with it)

An accounts file:
  format = \"maillab-accounts/1\"
  domains = [\"example.org\"]
  [[account]]
  name = \"alice\"
  password = \"secret\"
  mail = \"alice.mbox\"
  folders = { Lists = \"lists/\" }
  addresses = [\"alice@example.org\"]
  [[route]]
  domain = \"branch.example\"
  host = \"127.0.0.1:2526\"
  hold = true

Stdout has `listening OPTION HOST:PORT` for each port, then `ready`, then one line for each session that is over.
Without --state and --write-back files are only read, and what clients change lives until the end. SIGINT and SIGTERM
end it cleanly.";

const ONWARD: &str = "Mail for other hosts (refused unless one of the first three is given)";

const PORTS: &str = "Ports (none: POP2, POP3, IMAP, SMTP and DMSP on loopback, each at its port + 2000)";

/// The arguments of `maillab serve`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Offer POP3 at HOST:PORT; port 0 takes a free one
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub pop3: Vec<String>,
    /// Offer IMAP
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub imap: Vec<String>,
    /// Offer SMTP
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub smtp: Vec<String>,
    /// Offer DMSP (PCMAIL)
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub dmsp: Vec<String>,
    /// Offer POP2
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub pop2: Vec<String>,
    /// Offer POP1, which had the same port
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub pop1: Vec<String>,
    /// Offer POP3 with a ticket before its greeting: a toy, no Kerberos
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub kpop: Vec<String>,
    /// Offer the password daemon of POP3 (poppassd)
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub poppassd: Vec<String>,
    /// Offer POP3 over TLS
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub pop3s: Vec<String>,
    /// Offer IMAP over TLS
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub imaps: Vec<String>,
    /// Offer LMTP, for delivery by another mail host (RFC 2033)
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub lmtp: Vec<String>,
    /// Offer IMAP2 (RFC 1176)
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub imap2: Vec<String>,
    /// Offer IMAP2bis (1993)
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub imap2bis: Vec<String>,
    /// Offer IMAP3 (RFC 1203)
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub imap3: Vec<String>,
    /// Offer IMAP4 (RFC 1730)
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub imap4: Vec<String>,
    /// Offer SMTP for mail programs, at the port that RFC 6409 gives it
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub submission: Vec<String>,
    /// Offer SMTP for mail programs over TLS
    #[arg(long, value_name = "ADDR", help_heading = PORTS)]
    pub submissions: Vec<String>,
    /// The year that POP3 speaks: 1081, 1225, 1460, 1725, 1939 or now; or popper, sdps, kpop, pop4
    #[arg(long, value_name = "DIALECT", default_value = "now", help_heading = PORTS)]
    pub pop3_dialect: String,
    /// What servers have beside what is usual, with commas between: `smtp:vrfy,pop3:accept-bare-lf`
    #[arg(long, value_name = "WORDS", value_delimiter = ',', help_heading = PORTS)]
    pub with: Vec<String>,
    /// What they have not: `smtp:pipelining,imap:idle`
    #[arg(long, value_name = "WORDS", value_delimiter = ',', help_heading = PORTS)]
    pub without: Vec<String>,
    /// Allow passwords in clear beyond this machine
    #[arg(long, help_heading = PORTS)]
    pub cleartext: bool,

    /// Offer STLS and STARTTLS, with a certificate that is made at start
    #[arg(long, help_heading = "TLS")]
    pub tls: bool,
    /// The certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "key", help_heading = "TLS")]
    pub cert: Option<PathBuf>,
    /// Its key, as PEM
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "TLS")]
    pub key: Option<PathBuf>,

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

    /// Send mail for other hosts on to this one; without it nothing leaves this machine
    #[arg(long, value_name = "HOST:PORT", help_heading = ONWARD)]
    pub relay: Option<String>,
    /// Send mail for a domain on to its own host, repeatable
    #[arg(long, value_name = "DOMAIN=HOST:PORT", help_heading = ONWARD)]
    pub route: Vec<String>,
    /// Keep mail for a domain until its host asks for it by ETRN (or, with `--with smtp:turn`, by TURN)
    #[arg(long, value_name = "DOMAIN[=HOST:PORT]", help_heading = ONWARD)]
    pub hold: Vec<String>,
    /// Seconds until a host that could not take mail is tried again
    #[arg(long, value_name = "S", default_value_t = 1800, value_parser = value_parser!(u32).range(1..=604_800), help_heading = ONWARD)]
    pub retry: u32,
    /// Seconds until the sender hears that its mail is late
    #[arg(long, value_name = "S", default_value_t = 14_400, value_parser = value_parser!(u32).range(1..=31_536_000), help_heading = ONWARD)]
    pub warn_after: u32,
    /// Seconds until mail is given up and goes back
    #[arg(long, value_name = "S", default_value_t = 432_000, value_parser = value_parser!(u32).range(1..=31_536_000), help_heading = ONWARD)]
    pub give_up: u32,

    /// Keep what clients change, in this folder; mail files are only read
    #[arg(long, value_name = "DIR", conflicts_with = "write_back", help_heading = "Changes")]
    pub state: Option<PathBuf>,
    /// Write what clients change back into the mail files
    #[arg(long, help_heading = "Changes")]
    pub write_back: bool,

    /// Say what each session would have cost over this link
    #[arg(long, value_name = "LINK", help_heading = "Lines and traces")]
    pub link: Option<String>,
    /// How calls over it are charged
    #[arg(long, value_name = "TARIFF", default_value = DEFAULT_TARIFF, requires = "link", help_heading = "Lines and traces")]
    pub tariff: String,
    /// Let clients wait as long as the link takes
    #[arg(long, requires = "link", help_heading = "Lines and traces")]
    pub real_time: bool,
    /// Write a trace of each session into this folder
    #[arg(long, value_name = "DIR", help_heading = "Lines and traces")]
    pub record: Option<PathBuf>,

    /// Connections open at once
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = value_parser!(u32).range(1..=10_000), help_heading = "Limits")]
    pub max_connections: u32,
    /// Connections of one user open at once
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(1..=10_000), help_heading = "Limits")]
    pub max_user_connections: u32,
    /// Seconds until a client of POP3 or IMAP must have logged in
    #[arg(long, value_name = "S", default_value_t = 60, value_parser = value_parser!(u32).range(1..=86_400), help_heading = "Limits")]
    pub login_time: u32,
    /// Octets of a command line of POP3 and SMTP, CR LF counted
    #[arg(long, value_name = "OCTETS", default_value_t = 4096, value_parser = value_parser!(u32).range(512..=65_536), help_heading = "Limits")]
    pub max_line: u32,
    /// The same before the login of POP3, and always for POP1, POP2 and poppassd
    #[arg(long, value_name = "OCTETS", default_value_t = 512, value_parser = value_parser!(u32).range(128..=65_536), help_heading = "Limits")]
    pub max_login_line: u32,
    /// Misuses of the protocol in a row after which POP1, POP3 and SMTP close
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(1..=1000), help_heading = "Limits")]
    pub max_misuses: u32,
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
/// A port that cannot be opened, mail or accounts that cannot be read, a state folder that is in use, a password that
/// would cross a network.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let now = wall_clock();
    let line = line(args, now)?;
    let tls = tls(args)?;
    let accounts = mail::accounts(args)?;
    let routes = onward::routes(args, &accounts)?;
    let listeners = open(args, tls.is_some(), output)?;
    let mut watched = (!args.write_back).then(|| Watched::begin(&accounts));
    let (store, keeper) = mail::stock(args, &accounts, &routes, now, output)?;
    onward::tell(args, &routes, &listeners, output);
    let records = Records::begin(args, line.clone())?;
    let models = Models {
        host: accounts.domains.first().map_or_else(|| "mail.example".to_owned(), |d| format!("mail.{d}")),
        domains: accounts.domains,
        stamp: now.unix.unsigned_abs(),
        chance_seed: unguessable(),
        pop3_dialect: dialect(args)?,
        features: features(args)?,
        limits: limits(args),
        records: records.need_recordings(),
        routes,
    };
    if let Some(tls) = &tls {
        output.talk(&format!("note: the certificate's SHA-256 is {}", tls.fingerprint()));
    }
    for (door, listener) in &listeners {
        if let Ok(address) = listener.local_addr() {
            output.data(&format!("listening {} {address}\n", door.offer.option))?;
        }
    }
    let (tell, mut news) = mpsc::channel(NEWS_MAX);
    let line = line.filter(|line| line.real_time);
    let clock = Clock::start();
    // The sessions run on a thread of their own, so that nobody's mail waits for a full output pipe.
    std::thread::scope(|scope| {
        let server = scope.spawn(move || {
            // What keeps the mail ends with the server: whoever waits for its end can start the next one.
            let hub = Hub::new(store, models).kept_by(keeper);
            server::run(listeners, Setting { hub, clock, tls, line }, &tell)
        });
        while let Some(one) = news.blocking_recv() {
            if let (News::Session(_), Some(watched)) = (&one, &mut watched) {
                watched.look(output);
            }
            let is_last = matches!(one, News::Stopped(_));
            report(one, args, &records, output);
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
fn report(news: News, args: &Args, records: &Records, output: &mut Output) {
    let line = match news {
        News::Ready => "ready\n".to_owned(),
        News::Session(ended) => records.told(&ended, output),
        News::Trouble(what) => return output.talk(&format!("note: {what}")),
        News::Waiting(messages) => return output.talk(&onward::left(messages, args.state.is_some())),
        News::Stopped(0) => return output.talk("stopped"),
        News::Stopped(missed) => {
            return output.talk(&format!("stopped; {missed} lines about sessions were not taken in time"));
        }
    };
    let _ = output.data(&line).and_then(|()| output.flush());
}

/// The link that sessions are charged for, or wait for.
fn line(args: &Args, epoch: Timestamp) -> Result<Option<Line>, Lesson> {
    let Some(link) = &args.link else { return Ok(None) };
    let tariff = Tariff::named(&args.tariff)?;
    tariff.check_calls()?;
    let (link, tariff) = (Arc::new(preset::resolve(link)?), Arc::new(tariff.clone()));
    Ok(Some(Line { link, tariff, real_time: args.real_time, epoch }))
}

fn tls(args: &Args) -> Result<Option<Tls>, Lesson> {
    match (&args.cert, &args.key) {
        (Some(cert), Some(key)) => Tls::read(cert, key).map(Some),
        _ if args.tls || asked(args).any(|(offer, addresses)| offer.tls && !addresses.is_empty()) => {
            Tls::made_for(vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()]).map(Some)
        }
        _ => Ok(None),
    }
}

fn dialect(args: &Args) -> Result<Dialect, Lesson> {
    Dialect::named(&args.pop3_dialect).ok_or_else(|| {
        let known: Vec<&str> = DIALECTS.iter().map(|row| row.word).collect();
        Lesson::new(format!("POP3 knows no dialect `{}`", args.pop3_dialect))
            .note(format!("there are {}", known.join(", ")))
            .hint("`--pop3-dialect 1225` is a server of 1991")
    })
}

/// What servers have and have not, each word known to its service or, without one, to some.
fn features(args: &Args) -> Result<Vec<(Option<Service>, String, bool)>, Lesson> {
    let words =
        args.with.iter().map(|word| (word, true)).chain(args.without.iter().map(|word| (word, false)));
    words
        .map(|(text, on)| {
            let option = if on { "--with" } else { "--without" };
            let (service, word) = match text.split_once(':') {
                Some((name, word)) => {
                    let service = Service::named(name).ok_or_else(|| {
                        Lesson::new(format!("there is no protocol `{name}` in `{option} {text}`"))
                            .note(format!("there are {}", Service::ALL.map(Service::word).join(", ")))
                    })?;
                    (Some(service), word)
                }
                None => (None, text.as_str()),
            };
            if feature::is_about_tls(word) {
                return Err(Lesson::new(format!(
                    "`{option} {text}` cannot be: TLS on real ports needs a certificate"
                ))
                .hint(
                    "`--tls` makes one, and offers STLS and STARTTLS; `--pop3s ADDR` opens a port for it",
                ));
            }
            let services = service.map_or_else(|| Service::ALL.to_vec(), |service| vec![service]);
            let known = services.iter().map(|service| feature::check_on_real_ports(*service, word));
            match known.reduce(Result::or) {
                Some(Err(allowed)) => {
                    Err(Lesson::new(format!("nothing can be switched by `{option} {text}`"))
                        .note(allowed)
                        .hint("`--with smtp:vrfy`, `--without imap:idle,smtp:chunking`"))
                }
                _ => Ok((service, word.to_owned(), on)),
            }
        })
        .collect()
}

/// A number that nobody can guess, for nonces. The standard library keys its hash maps with randomness of the system;
/// a hash of nothing by such a key is as good as one.
fn unguessable() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

fn limits(args: &Args) -> Limits {
    Limits {
        connections: args.max_connections as usize,
        connections_per_user: args.max_user_connections as usize,
        login_time: Duration::from_secs(args.login_time.into()),
        line_octets: args.max_line as usize,
        login_line_octets: args.max_login_line.min(args.max_line) as usize,
        misuses_in_a_row: args.max_misuses,
        command_octets: args.max_command as usize,
        message_octets: args.max_message,
        ..Limits::default()
    }
}

/// The kinds of ports with the addresses that were asked for.
fn asked(args: &Args) -> impl Iterator<Item = (&'static Offer, &[String])> {
    let addresses = |offer: &Offer| match offer.option {
        "pop3" => &args.pop3,
        "imap" => &args.imap,
        "smtp" => &args.smtp,
        "lmtp" => &args.lmtp,
        "dmsp" => &args.dmsp,
        "pop2" => &args.pop2,
        "pop1" => &args.pop1,
        "kpop" => &args.kpop,
        "poppassd" => &args.poppassd,
        "pop3s" => &args.pop3s,
        "imaps" => &args.imaps,
        "imap2" => &args.imap2,
        "imap2bis" => &args.imap2bis,
        "imap3" => &args.imap3,
        "imap4" => &args.imap4,
        "submission" => &args.submission,
        _ => &args.submissions,
    };
    OFFERS.iter().map(move |offer| (offer, addresses(offer).as_slice()))
}

/// Opens all ports, or none.
fn open(args: &Args, has_tls: bool, output: &mut Output) -> Result<Vec<(Door, TcpListener)>, Lesson> {
    let mut wanted: Vec<Listener> = asked(args)
        .flat_map(|(offer, all)| all.iter().map(move |address| Listener { offer, address: address.clone() }))
        .collect();
    if wanted.is_empty() {
        wanted = Listener::standard();
    }
    let mut resolved = Vec::new();
    for listener in &wanted {
        let addresses = listener.resolve()?;
        listener.check_cleartext(&addresses, args.cleartext, has_tls)?;
        resolved.push((listener, addresses));
    }
    let mut opened = Vec::new();
    let mut in_clear = Vec::new();
    for (listener, addresses) in &resolved {
        let port = listener.open(addresses)?;
        let cleartext = listener.allows_cleartext(addresses, args.cleartext);
        let is_local = addresses.iter().all(|address| is_loopback(address.ip()));
        if listener.offer.asks_for_password && !listener.offer.tls && cleartext {
            in_clear.push(is_local);
        }
        opened.push((listener.offer.door(has_tls, cleartext).for_this_machine(is_local), port));
    }
    if !in_clear.is_empty() {
        output.talk(if in_clear.iter().all(|is_here| *is_here) {
            "note: passwords go in clear, which is fine as long as they stay on this machine"
        } else {
            "note: passwords go in clear, and beyond this machine everybody on the way can read them"
        });
    }
    Ok(opened)
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
