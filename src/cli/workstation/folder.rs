//! A workstation's folder: settings, the state, a file for each text, and a lock.
//!
//! ```text
//! home/
//!   workstation.toml    the server, the user, how much is fetched
//!   state               the local mail state (see the book's page on workstations)
//!   text/INBOX/12       texts
//!   out/1               mail that waits to be sent
//!   lock                held while a program works here
//! ```

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::Deserialize;
use toml::Spanned;

use super::super::tls::TlsArgs;
use super::write_whole;
use crate::config::Document;
use crate::lesson::{Lesson, Place};
use crate::station::{self, Disk, LocalMail, Policy, STATE_FILE};

/// The settings' file.
pub const SETTINGS: &str = "workstation.toml";
const LOCK: &str = "lock";

/// Whom a workstation calls, and how much it fetches.
#[derive(Clone, Debug)]
pub struct Settings {
    /// HOST:PORT of its protocol's server.
    pub server: String,
    /// HOST:PORT of a server that takes mail.
    pub smtp: Option<String>,
    /// The name to log in with.
    pub user: String,
    /// The user's own address.
    pub address: String,
    /// What it fetches.
    pub policy: Policy,
    /// Where TLS is spoken, and whom to trust then.
    pub tls: TlsArgs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    #[serde(rename = "format")]
    _format: String,
    server: String,
    smtp: Option<String>,
    user: String,
    address: String,
    body_bytes_max: Option<u32>,
    disk_bytes_max: Option<u64>,
    descriptors_max: Option<Spanned<u32>>,
    #[serde(default)]
    careful: bool,
    tls: Option<String>,
    smtp_tls: Option<String>,
    #[serde(default)]
    trust: Vec<PathBuf>,
    #[serde(default)]
    pin: Vec<String>,
}

/// An open folder, which nobody else works in meanwhile.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Whom it calls.
    pub settings: Settings,
    /// What is in it.
    pub mail: LocalMail,
    /// Held until this is dropped.
    _lock: File,
}

impl Folder {
    /// Makes a folder with these settings and this mail.
    ///
    /// # Errors
    /// A folder that exists, or cannot be made.
    pub fn make(path: &Path, settings: &Settings, mail: &LocalMail) -> Result<(), Lesson> {
        if path.exists() {
            return Err(Lesson::new("there is something of this name already")
                .at(Place::file(path.display().to_string()))
                .hint("a workstation gets a folder of its own: name another"));
        }
        make_folder(path)?;
        for (name, octets) in Disk::holding(mail).files {
            write_whole(&path.join(name), &octets)?;
        }
        // Only now is it a workstation.
        write_whole(&path.join(SETTINGS), settings.to_text().as_bytes())
    }

    /// Opens a workstation's folder.
    ///
    /// # Errors
    /// A folder that is none, is in use, or whose files are not understood.
    pub fn open(path: &Path) -> Result<Self, Lesson> {
        let settings = Settings::read(path)?;
        let lock = lock(path)?;
        let mail = read_mail(path)?;
        Ok(Self { path: path.to_owned(), settings, mail, _lock: lock })
    }

    /// Reads the mail anew, as it is on the disk.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn read_again(&mut self) -> Result<(), Lesson> {
        self.mail = read_mail(&self.path)?;
        Ok(())
    }

    /// Writes one of the workstation's files whole, or removes it.
    ///
    /// # Errors
    /// A disk that does not take it.
    pub fn save(&self, name: &str, octets: Option<&Bytes>) -> Result<(), Lesson> {
        let path = self.path.join(name);
        match octets {
            Some(octets) => {
                if let Some(parent) = path.parent() {
                    make_folder(parent)?;
                }
                write_whole(&path, octets)
            }
            None => match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(Lesson::new(format!("a text that is not needed any more cannot be removed: {error}"))
                        .at(Place::file(path.display().to_string()))
                        .hint("nothing is lost; the folder has to be writable"))
                }
                _ => Ok(()),
            },
        }
    }

    /// Keeps the mail as it is now: new texts, then the state that counts on them, and only then goes what it does
    /// not count on any more.
    ///
    /// # Errors
    /// As [`Folder::save`].
    pub fn keep(&self, before: &LocalMail) -> Result<(), Lesson> {
        let (before, now) = (Disk::holding(before).files, Disk::holding(&self.mail).files);
        let state = |name: &&String| name.as_str() == STATE_FILE;
        for (name, octets) in now.iter().filter(|(name, _)| !state(name) && !before.contains_key(*name)) {
            self.save(name, Some(octets))?;
        }
        self.save(STATE_FILE, now.get(STATE_FILE))?;
        let gone: BTreeSet<&String> = before.keys().filter(|name| !now.contains_key(*name)).collect();
        gone.into_iter().try_for_each(|name| self.save(name, None))
    }
}

impl Settings {
    fn read(folder: &Path) -> Result<Self, Lesson> {
        let path = folder.join(SETTINGS);
        let name = path.display().to_string();
        let octets = fs::read(&path).map_err(|error| {
            Lesson::new(format!("this is no workstation's folder: {error}"))
                .at(Place::file(name.clone()))
                .hint("`maillab workstation new` makes one")
        })?;
        let document = Document::from_bytes(&name, &octets)?;
        document.check_format("maillab-workstation", 1)?;
        let file: SettingsFile = document.read()?;
        let default = Policy::default();
        let descriptors_max = match &file.descriptors_max {
            Some(zero) if *zero.get_ref() == 0 => {
                return Err(document.lesson(zero.span(), "none at once are none at all", "1 or more"));
            }
            Some(most) => *most.get_ref(),
            None => default.descriptors_max,
        };
        Ok(Self {
            server: file.server,
            smtp: file.smtp,
            user: file.user,
            address: file.address,
            policy: Policy {
                body_octets_max: file.body_bytes_max.unwrap_or(default.body_octets_max),
                disk_octets_max: file.disk_bytes_max.unwrap_or(default.disk_octets_max),
                descriptors_max,
                careful: file.careful,
                ..default
            },
            tls: TlsArgs { tls: file.tls, smtp_tls: file.smtp_tls, trust: file.trust, pin: file.pin },
        })
    }

    fn to_text(&self) -> String {
        let mut text = format!(
            "format = \"maillab-workstation/1\"\nserver = {}\nuser = {}\naddress = {}\n",
            quoted(&self.server),
            quoted(&self.user),
            quoted(&self.address)
        );
        if let Some(smtp) = &self.smtp {
            text.push_str(&format!("smtp = {}\n", quoted(smtp)));
        }
        let (policy, default) = (self.policy, Policy::default());
        if policy.body_octets_max != default.body_octets_max {
            text.push_str(&format!("body_bytes_max = {}\n", policy.body_octets_max));
        }
        if policy.disk_octets_max != default.disk_octets_max {
            text.push_str(&format!("disk_bytes_max = {}\n", policy.disk_octets_max));
        }
        if policy.descriptors_max != default.descriptors_max {
            text.push_str(&format!("descriptors_max = {}\n", policy.descriptors_max));
        }
        if policy.careful {
            text.push_str("careful = true\n");
        }
        let words = [("tls", &self.tls.tls), ("smtp_tls", &self.tls.smtp_tls)];
        for (name, word) in words.into_iter().filter_map(|(name, word)| Some((name, word.as_ref()?))) {
            text.push_str(&format!("{name} = {}\n", quoted(word)));
        }
        let files: Vec<String> = self.tls.trust.iter().map(|file| quoted(&file.to_string_lossy())).collect();
        let pins: Vec<String> = self.tls.pin.iter().map(|pin| quoted(pin)).collect();
        for (name, all) in [("trust", files), ("pin", pins)].into_iter().filter(|(_, all)| !all.is_empty()) {
            text.push_str(&format!("{name} = [{}]\n", all.join(", ")));
        }
        text
    }
}

/// A basic string of TOML: what could end it, and what is no printable ASCII, is escaped.
fn quoted(word: &str) -> String {
    let mut text = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            ' '..='~' => text.push(c),
            _ => text.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    text.push('"');
    text
}

fn make_folder(path: &Path) -> Result<(), Lesson> {
    fs::create_dir_all(path).map_err(|error| {
        Lesson::new(format!("the folder {} cannot be made: {error}", path.display()))
            .hint("name one in a folder that you may write to")
    })
}

fn lock(folder: &Path) -> Result<File, Lesson> {
    let path = folder.join(LOCK);
    let place = || Place::file(path.display().to_string());
    let file = File::options().write(true).create(true).truncate(false).open(&path).map_err(|error| {
        Lesson::new(format!("the folder cannot be locked: {error}")).at(place()).hint("it has to be writable")
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Lesson::new("another program works with this workstation")
            .at(place())
            .hint("wait until it is done, or make a workstation of your own")),
    }
}

fn read_mail(folder: &Path) -> Result<LocalMail, Lesson> {
    let path = folder.join(STATE_FILE);
    let name = path.display().to_string();
    let octets = fs::read(&path).map_err(|error| {
        Lesson::new(format!("the state cannot be read: {error}"))
            .at(Place::file(name.clone()))
            .hint("make the workstation anew; the server has the mail")
    })?;
    let mut found = station::read(&name, &octets)?;
    for text in std::mem::take(&mut found.texts) {
        // A text that is not there is fetched again when somebody wants it.
        if let Ok(octets) = fs::read(folder.join(&text)) {
            found.put_text(&text, octets.into());
        }
    }
    Ok(found.mail)
}
