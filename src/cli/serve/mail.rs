//! The mail that is served: whose it is, where it comes from, and where changes go.

use std::fs;
use std::path::Path;

use super::Args;
use crate::cli::{Output, mail_source};
use crate::config::Document;
use crate::lesson::{Lesson, Place};
use crate::mail::date::Timestamp;
use crate::mail::import::Imported;
use crate::mail::store::Store;
use crate::serve::accounts::{Account, Accounts, DOMAIN, Source};
use crate::serve::keep::Keeper;
use crate::serve::keep::bring_back;
use crate::serve::keep::state::Folder;
use crate::serve::keep::write_back::{self, WriteBack};
use crate::serve::routes::Routes;

/// The accounts that the command line or a file names.
pub fn accounts(args: &Args) -> Result<Accounts, Lesson> {
    let mut accounts = named(args)?;
    if args.write_back {
        write_back::check(&accounts)?;
        accounts.add_folders(write_back::made_before)?;
    }
    Ok(accounts)
}

fn named(args: &Args) -> Result<Accounts, Lesson> {
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
        clients: Vec::new(),
        acts_as: Vec::new(),
    })
}

/// A store with all mail, and who keeps what changes in it.
pub fn stock(
    args: &Args,
    accounts: &Accounts,
    routes: &Routes,
    now: Timestamp,
    output: &mut Output,
) -> Result<(Store, Option<Box<dyn Keeper>>), Lesson> {
    let kept = args.state.as_deref().map(Folder::open).transpose()?;
    let before = kept.as_ref().map(Folder::read).transpose()?;
    let known = before.as_ref().zip(kept.as_ref());
    let keeps = args.state.is_some() || args.write_back;
    let mut stocked = bring_back::stock(accounts, now, known, |path| {
        // A mailbox that was emptied, or that nobody has written to yet, is one.
        if is_empty(path) {
            if !keeps {
                output.talk(&format!("note: {} holds no mail yet", path.display()));
            }
            return Ok(Imported::default());
        }
        let imported = mail_source::read_path(path)?;
        tell_problems(path, &imported, output);
        Ok(imported)
    })?;
    for what in std::mem::take(&mut stocked.news) {
        output.talk(&format!("note: {what}"));
    }
    routes.prepare(&mut stocked.store);
    let keeper: Option<Box<dyn Keeper>> = match kept {
        Some(folder) => {
            Some(Box::new(folder.keep(&stocked.store, stocked.from_source(), &stocked.before)?))
        }
        None if args.write_back => Some(Box::new(WriteBack::open(&stocked)?)),
        None => None,
    };
    Ok((stocked.store, keeper))
}

/// True for a file without octets, and for a Maildir without messages.
fn is_empty(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(about) if about.is_file() => about.len() == 0,
        Ok(_) => {
            path.join("cur").is_dir() && ["cur", "new"].iter().all(|folder| holds_nothing(&path.join(folder)))
        }
        Err(_) => false,
    }
}

fn holds_nothing(folder: &Path) -> bool {
    fs::read_dir(folder).map_or(true, |mut files| files.next().is_none())
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
