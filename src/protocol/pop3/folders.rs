//! POP4 (2003) as far as its sources tell: folders for POP3. **A reconstruction**: the commands' names are from
//! pop4.org's overview, their arguments and replies are ours.
//!
//! | command | reply |
//! |---|---|
//! | `LFLD` | `+OK`, then `name messages` for each folder, then a dot |
//! | `SFLD name` | `+OK n messages (m octets)`; the folder before is closed as by QUIT, numbers start over |
//! | `CFLD name`, `DFLD name`, `RENF old new` | `+OK` |
//! | `COPY msgs name` | `+OK` |
//! | `MOVE msgs name` | `+OK`; the originals are marked as deleted, so RSET brings them back, and the copies stay |
//! | `STOR name` | `+OK`, then the client sends a message up to a dot, then `+OK` |

use super::command::Command;
use super::error::Refusal;
use super::maildrop::Maildrop;
use super::reply::Reply;
use super::state::Context;
use super::transaction::{line, total};
use crate::mail::store::MailboxId;

/// Carries out a command of POP4; `None` if it is none.
pub fn obey(
    maildrop: &mut Maildrop,
    command: Command,
    context: &mut Context<'_>,
) -> Option<Result<Reply, Refusal>> {
    Some(match command {
        Command::Lfld => {
            let folders = context.store.mailboxes_of(maildrop.owner());
            let lines = folders.map(|(_, folder)| format!("{} {}\r\n", folder.name, folder.entries.len()));
            Ok(Reply::Listing("folders follow".into(), lines.collect::<String>().into_bytes()))
        }
        Command::Sfld(name) => find(maildrop, &name, context).and_then(|folder| {
            maildrop.change(folder, false, context.store)?;
            line(&total(maildrop))
        }),
        Command::Cfld(name) => text(&name).and_then(|name| {
            let made = context.store.create(maildrop.owner(), &name);
            made.map_err(|_| Refusal::FolderStays("there is a folder of this name"))?;
            line("folder created")
        }),
        Command::Dfld(name) => text(&name).and_then(|name| {
            let gone = !is_inbox(&name) && context.store.delete(maildrop.owner(), &name);
            if gone {
                line("folder deleted")
            } else {
                Err(Refusal::FolderStays("this folder cannot be deleted"))
            }
        }),
        Command::Renf(old, new) => {
            text(&old).and_then(|old| Ok((old, text(&new)?))).and_then(|(old, new)| {
                let renamed = !is_inbox(&old) && context.store.rename(maildrop.owner(), &old, &new);
                if renamed {
                    line("folder renamed")
                } else {
                    Err(Refusal::FolderStays("this folder cannot be renamed so"))
                }
            })
        }
        Command::Carry(moves, runs, name) => carry(maildrop, moves, &runs, &name, context),
        Command::Stor(name) => {
            find(maildrop, &name, context).and_then(|_| line("send the message, up to a dot"))
        }
        _ => return None,
    })
}

type Runs = [(super::command::MessageNumber, super::command::MessageNumber)];

fn carry(
    maildrop: &mut Maildrop,
    moves: bool,
    runs: &Runs,
    name: &[u8],
    context: &mut Context<'_>,
) -> Result<Reply, Refusal> {
    let folder = find(maildrop, name, context)?;
    let mut all = Vec::new();
    for (first, last) in runs {
        all.extend(maildrop.run(*first, *last)?);
    }
    for (number, uid) in &all {
        context.store.copy(maildrop.mailbox(), *uid, folder);
        // A message that stands in two runs is copied twice and marked once.
        if moves && maildrop.entry(*number).is_ok() {
            maildrop.mark(*number)?;
        }
    }
    line(&format!("{} messages {}", all.len(), if moves { "moved" } else { "copied" }))
}

/// A folder of the user's own.
pub fn find(maildrop: &Maildrop, name: &[u8], context: &Context<'_>) -> Result<MailboxId, Refusal> {
    let found =
        std::str::from_utf8(name).ok().and_then(|name| context.store.mailbox_named(maildrop.owner(), name));
    found.ok_or_else(|| Refusal::NoSuchFolder { what: "folder", name: name.to_vec() })
}

fn text(name: &[u8]) -> Result<String, Refusal> {
    let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty() && name.len() <= 100);
    name.map(str::to_owned).ok_or(Refusal::FolderStays("a folder's name is up to 100 octets of UTF-8"))
}

fn is_inbox(name: &str) -> bool {
    name.eq_ignore_ascii_case("INBOX")
}
