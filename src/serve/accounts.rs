//! Whose mail is served: one account from the command line, or many from a file.
//!
//! ```toml
//! format = "maillab-accounts/1"     # may be left out
//! domains = ["example.org"]          # mail for other addresses in them is refused, not relayed
//!
//! [[account]]
//! name = "alice"
//! password = "secret"
//! mail = "alice.mbox"                # relative to this file; without it INBOX begins empty
//! folders = { Lists = "lists/" }
//! addresses = ["alice@example.org"]
//! clients = { office = 1998-02-20T09:00:00 }   # workstations of DMSP, and when each last logged in
//! acts_as = ["bob"]                   # may log in as alice and work as bob (RFC 4422 §2)
//!
//! relay = "smtp.example.net:25"      # before the first table: mail for all other domains goes there
//! [[route]]                          # mail for one domain goes elsewhere
//! domain = "branch.example"
//! host = "127.0.0.1:2526"
//! hold = true                        # when its host asks for it (RFC 1985), and not before
//! ```

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};
use serde::Deserialize;
use toml::Spanned;
use toml::value::{Datetime, Offset};

use super::keep::bring_back;
use super::routes::{Route, checked_host};
use crate::config::Document;
use crate::lesson::Lesson;
use crate::mail::date::Timestamp;
use crate::mail::import::Imported;
use crate::mail::store::{Exists, Mailbox, Store, UserId};

/// The domain of an account that was given no address: one that is kept for examples (RFC 2606).
pub const DOMAIN: &str = "example.org";

/// The most octets of a password: what remains of a POP3 line of 512 (RFC 821 §4.5.3) behind `PASS ` and before
/// CR LF.
const PASSWORD_MAX: usize = 505;

/// The most characters of the name of an account or a folder.
const NAME_MAX: usize = 100;

/// All accounts of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accounts {
    pub(super) accounts: Vec<Account>,
    /// The domains whose mail is delivered here.
    pub domains: Vec<String>,
    /// HOST:PORT to which mail for all others goes on, if any does.
    pub relay: Option<String>,
    /// Where the mail of single domains goes.
    pub routes: Vec<Route>,
}

/// One account.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The name to log in with.
    pub name: String,
    /// The password.
    pub password: String,
    /// Where the mail of its INBOX comes from.
    pub mail: Source,
    /// Its other mailboxes: name and path.
    pub folders: Vec<(String, PathBuf)>,
    /// Its mail addresses.
    pub addresses: Vec<String>,
    /// Its workstations at the repository of DMSP, and when each last logged in.
    pub clients: Vec<(String, Timestamp)>,
    /// Other accounts as whom this user may act (RFC 4422 §2).
    pub acts_as: Vec<String>,
}

/// Where mail comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The mailbox that is built in.
    Embedded,
    /// An mbox, a message, a Maildir, a folder of `.eml` files.
    Path(PathBuf),
    /// None is there yet.
    Nothing,
}

/// The password does not show.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, mail, folders, addresses, .. } = self;
        f.debug_struct("Account")
            .field("name", name)
            .field("mail", mail)
            .field("folders", folders)
            .field("addresses", addresses)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format", default)]
    _format: String,
    #[serde(default)]
    domains: Vec<Spanned<String>>,
    #[serde(default)]
    account: Vec<AccountTable>,
    relay: Option<Spanned<String>>,
    #[serde(default)]
    route: Vec<RouteTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteTable {
    domain: Spanned<String>,
    host: Option<Spanned<String>>,
    #[serde(default)]
    hold: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountTable {
    name: Spanned<String>,
    password: Spanned<String>,
    mail: Option<String>,
    #[serde(default)]
    folders: BTreeMap<Spanned<String>, String>,
    #[serde(default)]
    addresses: Vec<Spanned<String>>,
    #[serde(default)]
    clients: BTreeMap<Spanned<String>, Spanned<Datetime>>,
    #[serde(default)]
    acts_as: Vec<Spanned<String>>,
}

impl Accounts {
    /// A single account, as the command line has it.
    ///
    /// # Errors
    /// A name or password that no client could send, a folder that cannot be.
    pub fn one(account: Account) -> Result<Self, Lesson> {
        check(
            is_name(&account.name),
            || Lesson::new(format!("`{}` cannot name a user", account.name)),
            NAME,
        )?;
        // The password itself is not shown again.
        let refused = || Lesson::new("this password cannot be used");
        check(is_password(&account.password), refused, PASSWORD)?;
        for (at, (name, _)) in account.folders.iter().enumerate() {
            check(is_folder(name), || Lesson::new(format!("`{name}` cannot name a folder")), FOLDER)?;
            if account.folders.iter().take(at).any(|(earlier, _)| earlier == name) {
                return Err(Lesson::new(format!("the folder `{name}` is given twice"))
                    .hint("give each folder a name of its own"));
            }
        }
        Ok(Self {
            accounts: vec![account],
            domains: vec![DOMAIN.to_owned()],
            relay: None,
            routes: Vec::new(),
        })
    }

    /// Reads an accounts file; paths in it are relative to `folder`, where it lies.
    ///
    /// # Errors
    /// A lesson with line and caret: what is no TOML, an unknown key, a name, password, folder, address or domain
    /// that cannot be used, or that is given twice; a file without accounts.
    pub fn read(document: &Document<'_>, folder: &Path) -> Result<Self, Lesson> {
        // These files are written by hand: the line may be left out, but not say something else.
        if document.names_format() {
            document.check_format("maillab-accounts", 1)?;
        }
        let file: File = document.read()?;
        if file.account.is_empty() {
            return Err(document
                .lesson(0..0, "no account is given", "at least one [[account]] belongs here")
                .hint("add `[[account]]` with `name`, `password` and `mail`"));
        }
        for domain in &file.domains {
            good(document, domain, is_domain, "domain", DOMAIN_RULE)?;
        }
        let (mut names, mut addresses) = (Vec::new(), Vec::new());
        let mut accounts = Vec::new();
        let known: Vec<String> = file.account.iter().map(|table| table.name.get_ref().clone()).collect();
        for table in file.account {
            for other in &table.acts_as {
                if !known.contains(other.get_ref()) {
                    let why = format!("there is no account `{}`", other.get_ref());
                    return Err(document.lesson(
                        other.span(),
                        why,
                        "the name of another account in this file",
                    ));
                }
            }
            good(document, &table.name, is_name, "name", NAME)?;
            once(document, &mut names, &table.name, "account")?;
            if !is_password(table.password.get_ref()) {
                // Only the place is shown: its line would show the password.
                let line = document.place(table.password.span()).line.unwrap_or_default();
                return Err(Lesson::new(format!(
                    "the password of `{}` in line {line} cannot be used",
                    table.name.get_ref()
                ))
                .note(PASSWORD));
            }
            for name in table.folders.keys() {
                good(document, name, is_folder, "folder", FOLDER)?;
            }
            for address in &table.addresses {
                good(document, address, is_address, "address", ADDRESS)?;
                let lower = Spanned::new(address.span(), address.get_ref().to_ascii_lowercase());
                once(document, &mut addresses, &lower, "address")?;
            }
            let mut clients = Vec::new();
            for (name, at) in &table.clients {
                good(document, name, is_client, "client", CLIENT)?;
                let at = clock(document, at)?;
                clients.push((name.get_ref().clone(), at));
            }
            accounts.push(Account {
                clients,
                name: table.name.into_inner(),
                password: table.password.into_inner(),
                mail: table.mail.map_or(Source::Nothing, |path| Source::Path(folder.join(path))),
                folders: table
                    .folders
                    .into_iter()
                    .map(|(name, path)| (name.into_inner(), folder.join(path)))
                    .collect(),
                addresses: table.addresses.into_iter().map(Spanned::into_inner).collect(),
                acts_as: table.acts_as.into_iter().map(Spanned::into_inner).collect(),
            });
        }
        for host in file.relay.iter().chain(file.route.iter().filter_map(|route| route.host.as_ref())) {
            good(document, host, |host| checked_host(host).is_ok(), "host", HOST)?;
        }
        let mut routed = Vec::new();
        let mut routes = Vec::new();
        for RouteTable { domain, host, hold } in file.route {
            good(document, &domain, is_domain, "domain", DOMAIN_RULE)?;
            once(document, &mut routed, &domain, "route of")?;
            if host.is_none() && !hold {
                let what = "this route leads nowhere";
                return Err(document.lesson(
                    domain.span(),
                    what,
                    "add `host = \"HOST:PORT\"`, or `hold = true`",
                ));
            }
            let domain = domain.into_inner().to_ascii_lowercase();
            routes.push(Route { domain, host: host.map(Spanned::into_inner), hold });
        }
        let domains = file.domains.into_iter().map(Spanned::into_inner).collect();
        Ok(Self { accounts, domains, relay: file.relay.map(Spanned::into_inner), routes })
    }

    /// Adds the folders that `find` finds beside the INBOX's file of each account, but for names that are given.
    ///
    /// # Errors
    /// Whatever `find` says.
    pub fn add_folders(
        &mut self,
        mut find: impl FnMut(&Path) -> Result<Vec<(String, PathBuf)>, Lesson>,
    ) -> Result<(), Lesson> {
        for account in &mut self.accounts {
            let Source::Path(inbox) = &account.mail else { continue };
            let found = find(inbox)?;
            let is_new = |name: &str| account.folders.iter().all(|(known, _)| known != name);
            let new: Vec<_> = found.into_iter().filter(|(name, _)| is_new(name)).collect();
            account.folders.extend(new);
        }
        Ok(())
    }

    /// All paths from which mail is read.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.accounts.iter().flat_map(|account| {
            let inbox = match &account.mail {
                Source::Path(path) => Some(path.as_path()),
                Source::Embedded | Source::Nothing => None,
            };
            inbox.into_iter().chain(account.folders.iter().map(|(_, path)| path.as_path()))
        })
    }

    /// A store with all mail, at `now` by the clock on the wall. `read` reads what lies at a path.
    ///
    /// UIDVALIDITY comes from a mailbox's content, and UIDs of what is in it count from 1: who comes again finds
    /// the same UIDs, and a mailbox that was changed between two runs is another one (RFC 3501 §2.3.1.1). What
    /// comes in later is forgotten at the end, so its UIDs begin at the time of day, beyond those of any earlier
    /// run; so do the UIDVALIDITYs of mailboxes that clients make.
    ///
    /// # Errors
    /// Whatever `read` says, and what cannot be in one store.
    pub fn store(
        &self,
        now: Timestamp,
        read: impl FnMut(&Path) -> Result<Imported, Lesson>,
    ) -> Result<Store, Lesson> {
        Ok(bring_back::stock(self, now, None, read)?.store)
    }
}

impl Accounts {
    /// Gives users the right to act as others, once all of them are there.
    pub(super) fn grant(&self, store: &mut Store) {
        for account in &self.accounts {
            let Some(user) = store.user(account.name.as_bytes()) else { continue };
            for other in
                account.acts_as.iter().filter_map(|name| store.user(name.as_bytes())).collect::<Vec<_>>()
            {
                store.let_act_as(user, other);
            }
        }
    }
}

impl Account {
    pub(super) fn enter(&self, store: &mut Store) -> Result<UserId, Exists> {
        let user = store.add_user(&self.name, self.password.clone())?;
        for address in &self.addresses {
            store.add_address(user, address)?;
        }
        Ok(user)
    }

    /// Makes the workstations that the accounts file names, once all mail is there: they have noted nothing. One that is
    /// known already stays as it is.
    pub(super) fn enter_clients(&self, store: &mut Store) {
        let Some(user) = store.user(self.name.as_bytes()) else { return };
        for (name, at) in &self.clients {
            // What was kept is newer than what the file says.
            let _ = store.create_client(user, name, *at);
        }
    }
}

/// Something that there can be only one of.
pub(super) fn twice(what: &str) -> Lesson {
    Lesson::new(format!("`{what}` is given twice"))
}

/// A number for what is in a mailbox: the first four octets of an MD5 over its name and, of each message in
/// order, digest, size and date of receipt. Flags may change without making another mailbox of it.
pub(super) fn uid_validity_of(mailbox: &Mailbox) -> NonZeroU32 {
    let mut hash = Md5::new();
    hash.update(mailbox.name.as_bytes());
    for entry in mailbox.entries.iter() {
        hash.update(entry.message.digest());
        hash.update(entry.message.size().to_be_bytes());
        hash.update(entry.internal_date.unix.to_be_bytes());
    }
    let digest: [u8; 16] = hash.finalize().into();
    NonZeroU32::new(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]))
        .unwrap_or(NonZeroU32::MIN)
}

const NAME: &str = "a name is 1 to 100 characters without blanks and control characters";
const PASSWORD: &str = "a password is 1 to 505 octets, any but CR, LF and NUL";
const FOLDER: &str =
    "a folder's name is 1 to 100 printable ASCII characters, none of them \" \\ * % &, and not INBOX";
const ADDRESS: &str = "an address is LOCAL@DOMAIN without blanks and control characters";
const DOMAIN_RULE: &str = "a domain is made of letters, digits, hyphens and dots";

const HOST: &str = "a host is HOST:PORT, the port 1 to 65535";

const CLIENT: &str =
    "a client's name is 1 to 64 letters, digits, dashes, underscores and periods (RFC 1056 §4.1)";

fn is_client(name: &str) -> bool {
    let is_legal = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet);
    (1..=64).contains(&name.len()) && name.bytes().all(is_legal)
}

/// A moment such as `1998-02-20T09:00:00`, which is UTC if it does not say otherwise.
fn clock(document: &Document<'_>, at: &Spanned<Datetime>) -> Result<Timestamp, Lesson> {
    let refused = || {
        let what = "this is no date with its time of day";
        document.lesson(at.span(), what, "as in 1998-02-20T09:00:00 or 1998-02-20T09:00:00+01:00")
    };
    let minutes = match at.get_ref().offset {
        None | Some(Offset::Z) => 0,
        Some(Offset::Custom { minutes }) => minutes,
    };
    let local = Datetime { offset: None, ..*at.get_ref() };
    let civil = local.to_string().parse().map_err(|_| refused())?;
    local.date.zip(local.time).map(|_| Timestamp::from_civil(civil, minutes)).ok_or_else(refused)
}

fn is_name(name: &str) -> bool {
    is_word(name) && name.chars().count() <= NAME_MAX
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && !word.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn is_password(password: &str) -> bool {
    (1..=PASSWORD_MAX).contains(&password.len()) && !password.contains(['\r', '\n', '\0'])
}

fn is_folder(name: &str) -> bool {
    let is_plain = |octet: u8| (b' '..=b'~').contains(&octet) && !b"\"\\*%&".contains(&octet);
    (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(is_plain)
        && name.trim() == name
        && !name.eq_ignore_ascii_case("INBOX")
}

fn is_domain(domain: &str) -> bool {
    (1..=255).contains(&domain.len())
        && domain.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'.')
}

fn is_address(address: &str) -> bool {
    is_word(address)
        && address.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && is_domain(domain))
}

fn check(fine: bool, refused: impl FnOnce() -> Lesson, rule: &str) -> Result<(), Lesson> {
    if fine { Ok(()) } else { Err(refused().note(rule).hint("`maillab serve --help` has examples")) }
}

fn good(
    document: &Document<'_>,
    word: &Spanned<String>,
    is_good: fn(&str) -> bool,
    kind: &str,
    rule: &str,
) -> Result<(), Lesson> {
    if is_good(word.get_ref()) {
        return Ok(());
    }
    Err(document.lesson(word.span(), format!("this {kind} cannot be used"), rule))
}

/// Notes a word, and refuses it the second time.
fn once(
    document: &Document<'_>,
    seen: &mut Vec<(String, Range<usize>)>,
    word: &Spanned<String>,
    kind: &str,
) -> Result<(), Lesson> {
    if let Some((_, first)) = seen.iter().find(|(earlier, _)| earlier == word.get_ref()) {
        let line = document.place(first.clone()).line.unwrap_or_default();
        let what = format!("the {kind} `{}` is given twice", word.get_ref());
        return Err(document.lesson(word.span(), what, format!("the first stands in line {line}")));
    }
    seen.push((word.get_ref().clone(), word.span()));
    Ok(())
}

#[cfg(test)]
mod tests;
