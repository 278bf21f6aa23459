//! Answers to questions: what there is (EHLO), who there is (VRFY, EXPN), what waits (ETRN), what to do (HELP).

use super::command::{COMMANDS, Node, Row};
use super::dialect::{EXTENSIONS, Extension};
use super::error::Refusal;
use super::path::{Grammar, Mailbox, whole_mailbox};
use super::reply::Reply;
use super::route::read;
use super::settings::{Relay, SmtpSettings};
use crate::mail::store::{Alias, Store, UserId};
use crate::protocol::row_named;
use crate::time::Instant;

/// The answer to EHLO: the host, and each extension that works here (RFC 5321 §4.1.1.1).
pub fn ehlo(settings: &SmtpSettings) -> Reply {
    let line = |row: &super::dialect::ExtensionRow| match row.kind {
        Extension::Size => format!("SIZE {}", settings.size_max),
        Extension::Auth => {
            settings.mechanisms().fold("AUTH".to_owned(), |line, mechanism| line + " " + mechanism.name())
        }
        _ => row.word.to_owned(),
    };
    let works = EXTENSIONS.iter().filter(|row| settings.works(row.kind)).map(line);
    let lines = std::iter::once(settings.host.clone()).chain(works).collect();
    Reply { code: 250, detail: None, lines }
}

/// The commands that a server of these settings offers.
pub fn offered(settings: &SmtpSettings) -> impl Iterator<Item = &'static Row> {
    COMMANDS.iter().filter(|row| settings.dialect.knows(row.kind) && settings.offers(row.kind))
}

/// HELP, from the rows (RFC 821 §4.1.1).
///
/// # Errors
/// [`Refusal::NoHelp`] about what is no command.
pub fn help(about: Option<&[u8]>, settings: &SmtpSettings) -> Result<Reply, Refusal> {
    let row = about.map(|word| row_named(COMMANDS, word).filter(|row| settings.dialect.knows(row.kind)));
    match row {
        None => {
            let mut lines: Vec<String> =
                offered(settings).map(|row| format!("{:<28} {}", row.syntax, row.help)).collect();
            lines.push("HELP with a command's name says more".into());
            Ok(Reply { code: 214, detail: Some((0, 0)), lines })
        }
        Some(Some(row)) => {
            Ok(Reply::of(214, (0, 0), format!("{}: {} ({})", row.syntax, row.help, row.clause)))
        }
        Some(None) => {
            let words: Vec<&str> = offered(settings).map(|row| row.word).collect();
            Err(Refusal::NoHelp { words: words.join(" ") })
        }
    }
}

/// VRFY: a user or a mailbox (RFC 821 §3.3). Whether it tells anything is a setting: spammers ask, too (RFC 5321
/// §7.3).
///
/// # Errors
/// [`Refusal::NoMatch`], [`Refusal::Ambiguous`], [`Refusal::Moved`].
pub fn verify(string: &[u8], settings: &SmtpSettings, store: &Store) -> Result<Reply, Refusal> {
    if !settings.verify_users {
        return Ok(Reply::of(252, (0, 0), "send the mail, and see: this server does not say who exists"));
    }
    let addresses = addresses(string, settings);
    if let Some(to) = addresses.iter().find_map(|address| forwarded(address, store)) {
        let local = read(to).is_some_and(|to| settings.is_local(&to.domain));
        let passes_on = local || settings.relay != Relay::Refused;
        return match passes_on {
            true => Ok(Reply::of(251, (1, 5), format!("user not local; will forward to <{to}>"))),
            false => Err(Refusal::Moved(to.to_owned())),
        };
    }
    if let Some(address) = addresses.iter().find(|address| store.addressee(&address.address()).is_some()) {
        let user = store.addressee(&address.address());
        return Ok(Reply::ok((1, 5), named(user, address, store)));
    }
    // "The string may be a user name": what people call them (RFC 821 §3.3).
    let word = String::from_utf8_lossy(string);
    let called: Vec<UserId> = store.users_called(word.trim()).take(11).collect();
    let shown: Vec<String> = called
        .iter()
        .filter_map(|user| Some(named(Some(*user), &address_of(*user, store)?, store)))
        .collect();
    match &shown[..] {
        [] => Err(Refusal::NoMatch),
        [one] => Ok(Reply::ok((1, 5), one.as_str())),
        _ => Err(Refusal::Ambiguous(shown)),
    }
}

/// EXPN: who is on a mailing list (RFC 821 §3.3).
///
/// # Errors
/// [`Refusal::NoMatch`] if there is no such list.
pub fn expand(string: &[u8], settings: &SmtpSettings, store: &Store) -> Result<Reply, Refusal> {
    let list = addresses(string, settings).iter().find_map(|address| match store.alias(&address.address()) {
        Some(Alias::List { members, .. }) => Some(members),
        _ => None,
    });
    let members = list.filter(|members| !members.is_empty()).ok_or(Refusal::NoMatch)?;
    let shown = |member: &String| match read(member) {
        Some(address) => named(store.addressee(&address.address()), &address, store),
        None => format!("<{member}>"),
    };
    Ok(Reply { code: 250, detail: Some((1, 5)), lines: members.iter().map(shown).collect() })
}

/// ETRN: the mail that waits for a node goes out as soon as the node can be reached, over a connection that this
/// host opens; the reply says how much there is (RFC 1985 §5.3).
///
/// # Errors
/// [`Refusal::NoQueue`] if no mail is kept here for it.
pub fn etrn(node: &Node, settings: &SmtpSettings, store: &mut Store, _: Instant) -> Result<Reply, Refusal> {
    let is_meant = |domain: &str| match node {
        Node::Domain(wanted) | Node::Queue(wanted) => domain.eq_ignore_ascii_case(wanted),
        Node::WithSubdomains(wanted) => is_within(domain, wanted),
    };
    let meant: Vec<&String> = settings.queued_domains.iter().filter(|domain| is_meant(domain)).collect();
    if meant.is_empty() {
        return Err(Refusal::NoQueue(node.to_string()));
    }
    let waiting =
        store.queue().waiting_for(|domain| meant.iter().any(|own| own.eq_ignore_ascii_case(domain)));
    if waiting == 0 {
        return Ok(Reply::of(251, (0, 0), format!("OK, no messages waiting for node {node}")));
    }
    for domain in meant {
        store.queue_mut().start(domain);
    }
    Ok(Reply::of(253, (0, 0), format!("OK, {waiting} pending messages for node {node} started")))
}

/// True if `domain` is `above` or stands below it.
fn is_within(domain: &str, above: &str) -> bool {
    let (domain, above) = (domain.to_ascii_lowercase(), above.to_ascii_lowercase());
    domain == above || domain.strip_suffix(&above).is_some_and(|rest| rest.ends_with('.'))
}

/// The addresses that a string may mean: itself, or a local part in each domain of this server.
fn addresses(string: &[u8], settings: &SmtpSettings) -> Vec<Mailbox> {
    let text = String::from_utf8_lossy(string);
    let text = text.trim().trim_end_matches(" SMTPUTF8");
    let text = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    if text.contains('@') {
        let grammar = Grammar { utf8: true, dialect: settings.dialect };
        return whole_mailbox(text.as_bytes(), grammar).into_iter().collect();
    }
    let mailbox = |domain: &String| Mailbox { local: text.to_owned(), domain: domain.clone() };
    settings.domains.iter().map(mailbox).collect()
}

fn forwarded<'a>(address: &Mailbox, store: &'a Store) -> Option<&'a str> {
    match store.alias(&address.address()) {
        Some(Alias::Forward(to)) => Some(to),
        _ => None,
    }
}

/// `Mark Crispin <Admin.MRC@SU-SCORE.ARPA>`, without the name if nobody told it.
fn named(user: Option<UserId>, address: &Mailbox, store: &Store) -> String {
    match user.and_then(|user| store.full_name(user)) {
        Some(name) => format!("{name} <{address}>"),
        None => format!("<{address}>"),
    }
}

fn address_of(user: UserId, store: &Store) -> Option<Mailbox> {
    let inbox = store.inbox(user)?;
    store.addresses_of(inbox).find_map(read)
}
