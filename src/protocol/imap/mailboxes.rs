//! Commands on mailboxes by name: STATUS, CREATE, DELETE, RENAME and their like (RFC 3501 §6.3).

use super::capability::Extension;
use super::command::{Command, StatusItem};
use super::settings::ImapSettings;
use super::state::{Loan, Reply};
use super::view::View;
use super::{append, list, names, object, wire};
use crate::mail::flags::Flags;
use crate::mail::store::{Mailbox, MailboxId, Store, UserId};

/// What divides the levels of a name (RFC 3501 §5.1.1).
pub const DELIMITER: char = '/';
/// The longest name that a client can make, in octets.
pub const NAME_MAX: usize = 500;

/// Does what the command says; `view` is the mailbox that is open.
pub fn run(user: UserId, view: Option<&View>, command: Command, loan: &mut Loan<'_>) -> Reply {
    match command {
        Command::List(query) => list::list(user, &query, loan),
        Command::Find { what, pattern } => list::find(user, what, &pattern, loan),
        Command::Namespace => {
            // One's own mailboxes begin nowhere in particular, and there are no others (RFC 2342 §5).
            loan.out.write(format!("* NAMESPACE ((\"\" \"{DELIMITER}\")) NIL NIL\r\n"));
            Reply::done("NAMESPACE")
        }
        Command::Status { mailbox, items } => status(user, &mailbox, &items, loan),
        Command::Create { mailbox } => created(create(user, &mailbox, loan.store), user, &mailbox, loan),
        Command::Delete { mailbox } => delete(user, &mailbox, loan),
        Command::Rename { from, to } => rename(user, &from, &to, loan.store),
        Command::Subscribe { mailbox } => subscribe(user, &mailbox, loan.store),
        Command::Unsubscribe { mailbox } => {
            loan.store.unsubscribe(user, &mailbox);
            Reply::done("UNSUBSCRIBE")
        }
        Command::Append { mailbox, messages } => append::append(user, view, &mailbox, messages, loan),
        _ => Reply::Bad("not in this state".to_owned()),
    }
}

/// That there is no such mailbox, with the name that was perhaps meant.
pub fn no_such_mailbox(store: &Store, user: UserId, name: &str) -> String {
    if names::is_unreadable(name) {
        return "a mailbox name is 7-bit text, with & before anything else in modified UTF-7 (and &- for &) (RFC 3501 §5.1.3)".to_owned();
    }
    let shown: String = name.chars().take(60).collect();
    // INBOX is written in any case of letters, and other names are often misspelt by it.
    let wanted = name.to_lowercase();
    let known: Vec<(String, &str)> =
        store.mailboxes_of(user).map(|(_, mailbox)| (mailbox.name.to_lowercase(), &*mailbox.name)).collect();
    let near = crate::lesson::nearest(&wanted, known.iter().map(|(folded, _)| folded.as_str()));
    let near = known.iter().find(|(folded, _)| Some(folded.as_str()) == near).map(|(_, name)| name);
    let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
    format!("there is no mailbox {shown}{hint}")
}

/// A name as this client reads it.
pub fn write_name(out: &mut Vec<u8>, name: &str, utf8: bool) {
    match utf8 {
        true => wire::utf8_astring(out, name),
        false => wire::astring(out, names::encoded(name).as_bytes()),
    }
}

/// `* LIST () "/" INBOX`: which mailbox was opened, as it is spelt here, and how the client spelt it if that is
/// otherwise (RFC 9051 §6.3.2, §6.3.9.7).
pub fn write_opened(id: MailboxId, asked: &str, loan: &mut Loan<'_>) {
    let Some(mailbox) = loan.store.mailbox(id) else { return };
    let mut text = format!("* LIST () \"{DELIMITER}\" ").into_bytes();
    write_name(&mut text, &mailbox.name, true);
    if mailbox.name != asked {
        text.extend_from_slice(b" (\"OLDNAME\" (");
        write_name(&mut text, asked, true);
        text.extend_from_slice(b"))");
    }
    text.extend_from_slice(b"\r\n");
    loan.out.write(text);
}

/// STATUS (RFC 3501 §6.3.10).
fn status(user: UserId, name: &str, items: &[StatusItem], loan: &mut Loan<'_>) -> Reply {
    let Some(mailbox) = loan.store.mailbox_named(user, name).and_then(|id| loan.store.mailbox(id)) else {
        return Reply::no(format!("[NONEXISTENT] {}", no_such_mailbox(loan.store, user, name)));
    };
    let utf8 = loan.enabled.utf8 || loan.enabled.rev2;
    let text = status_text(mailbox, items, utf8, loan.settings);
    loan.out.write(text);
    Reply::done("STATUS")
}

/// `* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)`
pub fn status_text(mailbox: &Mailbox, items: &[StatusItem], utf8: bool, settings: &ImapSettings) -> Vec<u8> {
    let mut text = b"* STATUS ".to_vec();
    write_name(&mut text, &mailbox.name, utf8);
    for (nth, item) in items.iter().enumerate() {
        let gap = if nth == 0 { " (" } else { " " };
        let value = match item {
            StatusItem::AppendLimit => settings.message_max.to_string(),
            StatusItem::MailboxId => format!("({})", object::mailbox_id(mailbox)),
            item => count(mailbox, *item).to_string(),
        };
        text.extend_from_slice(format!("{gap}{} {value}", item.word()).as_bytes());
    }
    text.extend_from_slice(b")\r\n");
    text
}

fn count(mailbox: &Mailbox, item: StatusItem) -> u64 {
    let entries = &mailbox.entries;
    match item {
        StatusItem::Messages => entries.len() as u64,
        StatusItem::Recent => {
            (entries.len() - entries.partition_point(|entry| entry.uid < mailbox.first_recent)) as u64
        }
        StatusItem::UidNext => u64::from(mailbox.uid_next.0),
        StatusItem::UidValidity => u64::from(mailbox.uid_validity),
        StatusItem::Unseen => {
            entries.iter().filter(|entry| !entry.flags.contains(Flags::SEEN)).count() as u64
        }
        StatusItem::HighestModSeq => mailbox.highest_modseq.0.max(1),
        StatusItem::Size => mailbox.octets(),
        StatusItem::Deleted => {
            entries.iter().filter(|entry| entry.flags.contains(Flags::DELETED)).count() as u64
        }
        StatusItem::AppendLimit | StatusItem::MailboxId => 0,
    }
}

/// CREATE (RFC 3501 §6.3.3). A delimiter at the end only says that inferiors will follow.
fn create(user: UserId, name: &str, store: &mut Store) -> Reply {
    let name = name.strip_suffix(DELIMITER).unwrap_or(name);
    if let Some(why) = unfit(name) {
        return Reply::no(format!("[CANNOT] {why}"));
    }
    match store.create(user, name) {
        Ok(_) => Reply::done("CREATE"),
        Err(_) => Reply::no("[ALREADYEXISTS] there is a mailbox of this name already"),
    }
}

/// What CREATE answers where mailboxes have names that stay (RFC 8474 §4.1).
fn created(reply: Reply, user: UserId, name: &str, loan: &Loan<'_>) -> Reply {
    let name = name.strip_suffix(DELIMITER).unwrap_or(name);
    let made = loan.store.mailbox_named(user, name).and_then(|id| loan.store.mailbox(id));
    match (reply, made.filter(|_| loan.settings.has(Extension::ObjectId))) {
        (Reply::Ok(text), Some(made)) => {
            Reply::Ok(format!("[MAILBOXID ({})] {text}", object::mailbox_id(made)))
        }
        (reply, _) => reply,
    }
}

/// Makes the mailbox of a COPY, if there is none and its name is fit (RFC 1176).
pub fn create_missing(user: UserId, name: &str, store: &mut Store) {
    if store.mailbox_named(user, name).is_none() {
        // What cannot be made, COPY itself refuses.
        let _ = create(user, name, store);
    }
}

/// Why a name cannot be given to a mailbox.
fn unfit(name: &str) -> Option<String> {
    if names::is_unreadable(name) {
        return Some(
            "a mailbox name is modified UTF-7, in which &- stands for & (RFC 3501 §5.1.3)".to_owned(),
        );
    }
    if name.is_empty() || name.split(DELIMITER).any(str::is_empty) {
        return Some(format!("no level of a mailbox name is empty, and {DELIMITER} divides levels"));
    }
    if name.contains(['%', '*']) {
        return Some("% and * are wildcards of LIST and cannot be in a name (RFC 3501 §5.1)".to_owned());
    }
    (name.len() > NAME_MAX).then(|| format!("a mailbox name has at most {NAME_MAX} octets"))
}

fn has_inferiors(user: UserId, name: &str, store: &Store) -> bool {
    let prefix = format!("{name}{DELIMITER}");
    store.mailboxes_of(user).any(|(_, mailbox)| mailbox.name.starts_with(&prefix))
}

/// DELETE (RFC 3501 §6.3.4). The name of a mailbox with inferiors stays, without messages: `\Noselect`.
fn delete(user: UserId, name: &str, loan: &mut Loan<'_>) -> Reply {
    let store = &mut *loan.store;
    if name.eq_ignore_ascii_case("INBOX") {
        return Reply::no("[CANNOT] INBOX cannot be deleted (RFC 3501 §6.3.4)");
    }
    if store.delete(user, name) {
        return Reply::done("DELETE");
    }
    if has_inferiors(user, name, store) {
        // The code came with IMAP4rev2 (RFC 9051 §7.1).
        let code = if loan.enabled.rev2 { "[HASCHILDREN] " } else { "" };
        return Reply::no(format!(
            "{code}this name has inferiors, and no messages of its own (RFC 3501 §6.3.4)"
        ));
    }
    Reply::no(format!("[NONEXISTENT] {}", no_such_mailbox(store, user, name)))
}

/// RENAME (RFC 3501 §6.3.5). Inferiors go along; INBOX stays, and gives its messages away.
fn rename(user: UserId, from: &str, to: &str, store: &mut Store) -> Reply {
    let to = to.strip_suffix(DELIMITER).unwrap_or(to);
    if let Some(why) = unfit(to) {
        return Reply::no(format!("[CANNOT] {why}"));
    }
    if store.mailbox_named(user, to).is_some() || has_inferiors(user, to, store) {
        return Reply::no("[ALREADYEXISTS] there is a mailbox of the new name already");
    }
    if from.eq_ignore_ascii_case("INBOX") {
        let (Some(inbox), Ok(id)) = (store.inbox(user), store.create(user, to)) else {
            return Reply::no("there is no INBOX");
        };
        let uids: Vec<_> = store
            .mailbox(inbox)
            .into_iter()
            .flat_map(|inbox| inbox.entries.iter())
            .map(|entry| entry.uid)
            .collect();
        for uid in uids {
            store.copy(inbox, uid, id);
        }
        store.expunge(inbox, |_| true);
        return Reply::done("RENAME");
    }
    let prefix = format!("{from}{DELIMITER}");
    if to.starts_with(&prefix) {
        return Reply::no("[CANNOT] a mailbox cannot become its own inferior");
    }
    let moved: Vec<String> = store
        .mailboxes_of(user)
        .map(|(_, mailbox)| &mailbox.name)
        .filter(|name| *name == from || name.starts_with(&prefix))
        .cloned()
        .collect();
    if moved.is_empty() {
        return Reply::no(format!("[NONEXISTENT] {}", no_such_mailbox(store, user, from)));
    }
    for name in moved {
        let new = format!("{to}{}", name.get(from.len()..).unwrap_or(""));
        store.rename(user, &name, &new);
    }
    Reply::done("RENAME")
}

/// SUBSCRIBE (RFC 3501 §6.3.6). The name stays on the list even if its mailbox is deleted later.
fn subscribe(user: UserId, name: &str, store: &mut Store) -> Reply {
    if store.mailbox_named(user, name).is_none() && !has_inferiors(user, name, store) {
        return Reply::no(format!("[NONEXISTENT] {}", no_such_mailbox(store, user, name)));
    }
    store.subscribe(user, name);
    Reply::done("SUBSCRIBE")
}
