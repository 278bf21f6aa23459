//! What waits for the next call, and what the server has refused.

use std::path::Path;

use super::folder::Folder;
use super::{Retry, harmless, letter};
use crate::lesson::Lesson;
use crate::protocol::dmsp;
use crate::station::{Change, LocalMail, Mended, Way};

/// The queue, oldest change first, as the state has it; then what was refused, by number.
pub fn shown(mail: &LocalMail) -> String {
    let queued = mail.queue.iter().map(|change| format!("{change}\n"));
    let refused = mail.refused.iter().enumerate().map(|(nth, refused)| {
        format!("refused {}: {}: {}\n", nth + 1, refused.change, harmless(&refused.words))
    });
    queued.chain(refused).collect()
}

/// That something was refused, what the server said, and what can be done.
pub fn refusals(mail: &LocalMail) -> String {
    let all = mail
        .refused
        .iter()
        .enumerate()
        .map(|(nth, refused)| format!("{}: {}: {}", nth + 1, refused.change, harmless(&refused.words)));
    format!(
        "The server refused: {}. `retry` tries it once more, mended or not; `drop` gives it up.",
        all.collect::<Vec<_>>().join("; ")
    )
}

/// Puts a refused change back into the queue.
pub fn retry(retry: &Retry) -> Result<(), Lesson> {
    let mut folder = Folder::open(&retry.folder)?;
    let before = folder.mail.clone();
    let change = numbered(&before, retry.number, &retry.folder)?;
    let mended = match (&retry.message, &retry.into) {
        (Some(message), _) => Mended::Text(letter(message)?.into()),
        (_, Some(into)) => {
            check_name(&before, into)?;
            Mended::Into(into.clone())
        }
        _ => Mended::Not,
    };
    if !folder.mail.try_again(retry.number, mended) {
        let why = match change {
            Change::Send { .. } => "mail is mended by `--message FILE`",
            Change::Copy { .. } => {
                "filing is mended by `--into MAILBOX`, another than the one it is in; if the message is gone, `drop` gives it up"
            }
            _ => "it can be tried again as it is, if its message is still here; `drop` gives it up",
        };
        return Err(Lesson::new(format!("`{change}` cannot be tried like this")).hint(why));
    }
    folder.keep(&before)
}

/// Gives a refused change up.
pub fn give_up(path: &Path, number: usize) -> Result<(), Lesson> {
    let mut folder = Folder::open(path)?;
    let before = folder.mail.clone();
    numbered(&before, number, path)?;
    folder.mail.give_up(number);
    folder.keep(&before)
}

fn numbered<'a>(mail: &'a LocalMail, number: usize, folder: &Path) -> Result<&'a Change, Lesson> {
    let refused = number.checked_sub(1).and_then(|nth| mail.refused.get(nth));
    refused.map(|refused| &refused.change).ok_or_else(|| {
        let there_are = match mail.refused.len() {
            0 => "nothing has been refused".to_owned(),
            many => format!("the refused changes are 1 to {many}"),
        };
        Lesson::new(format!("there is no refused change {number}"))
            .note(there_are)
            .hint(format!("`maillab workstation queue {}` shows them", folder.display()))
    })
}

/// Whether the protocol can name such a mailbox at all.
pub fn check_name(mail: &LocalMail, mailbox: &str) -> Result<(), Lesson> {
    if mail.way != Way::Dmsp || dmsp::is_legal_name(mailbox) {
        return Ok(());
    }
    Err(Lesson::new(format!("`{}` can be no mailbox by DMSP", harmless(mailbox)))
        .note("a name is 1 to 64 letters, digits, dashes, underscores and periods (RFC 1056 §4.1)")
        .hint("name it without spaces: `Old-mail`"))
}
