//! A line to an operation with its arguments (RFC 1056 §4.1).

use super::command::{COMMANDS, Keyword, Row};
use super::error::Refusal;
use super::names::NAME_OCTETS_MAX;
use crate::lesson::nearest;
use crate::mail::store::Uid;
use crate::protocol::row_named;

/// An operation with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// An operation without arguments.
    Plain(Keyword),
    /// An operation on one thing with a name.
    Named(Keyword, String),
    /// `SEND-VERSION`.
    SendVersion(u32),
    /// `LOGIN`.
    Login(Login),
    /// `SET-PASSWORD`: the old one and the new one.
    SetPassword(String, String),
    /// `CREATE-ADDRESS` and `DELETE-ADDRESS`: a mailbox and an address.
    Address(Keyword, String, String),
    /// `RESET-SUBSCRIPTION`: a board, and the first UID not seen.
    ResetSubscription(String, Uid),
    /// `FETCH-CHANGED-DESCRIPTORS`: a mailbox, and how many at most.
    FetchChanged(String, u32),
    /// `RESET-DESCRIPTORS` and `FETCH-DESCRIPTORS`: a mailbox, the lowest and the highest UID.
    Range(Keyword, String, Uid, Uid),
    /// `FETCH-MESSAGE`.
    FetchMessage(String, Uid),
    /// `COPY-MESSAGE`: source, target, UID.
    Copy(String, String, Uid),
    /// `SET-MESSAGE-FLAG`: a mailbox, a UID, flag 0 to 15, and whether it is set or cleared.
    SetFlag(String, Uid, u8, bool),
    /// `PRINT-MESSAGE`: a mailbox, a UID, a printer.
    Print(String, Uid, String),
}

/// The arguments of `LOGIN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Who.
    pub user: String,
    /// The password, compared octet by octet.
    pub password: String,
    /// Which of the user's workstations.
    pub client: String,
    /// Make the client if there is none.
    pub create: bool,
    /// The client replays a queue and leaves: nothing on the wire depends on it.
    pub batch: bool,
}

/// The operation that a line names, and its arguments as they stand.
///
/// # Errors
/// [`Refusal::Line`] and [`Refusal::Unknown`].
pub fn operation(line: &[u8]) -> Result<(&'static Row, Vec<&str>), Refusal> {
    if let Some(octet) = line.iter().find(|octet| !octet.is_ascii_graphic() && !b" \t".contains(octet)) {
        return Err(Refusal::Line(format!(
            "octet {octet:#04x} is none of the ASCII characters of an operation"
        )));
    }
    let mut words = line.split(|octet| b" \t".contains(octet)).filter(|word| !word.is_empty());
    let text = |word: &'_ [u8]| std::str::from_utf8(word).unwrap_or_default().to_owned();
    let Some(word) = words.next() else {
        return Err(Refusal::Line("an empty line is no operation".to_owned()));
    };
    let Some(row) = row_named(COMMANDS, word) else {
        let word = text(word);
        let nearest = nearest(&word.to_ascii_uppercase(), COMMANDS.iter().map(|row| row.word));
        return Err(Refusal::Unknown { word, nearest });
    };
    Ok((row, words.map(|word| std::str::from_utf8(word).unwrap_or_default()).collect()))
}

/// The operation with its arguments, as many as it wants, and each of the form that it wants.
///
/// # Errors
/// [`Refusal::Syntax`].
pub fn arguments(row: &'static Row, words: &[&str]) -> Result<Command, Refusal> {
    let wrong = |wrong: String| Refusal::Syntax { row, wrong };
    if let Some(long) = words.iter().find(|word| word.len() > NAME_OCTETS_MAX) {
        let what = format!("an argument of {} characters is longer than {NAME_OCTETS_MAX}", long.len());
        return Err(wrong(what));
    }
    let number = |word: &str| {
        let digits = word.bytes().all(|octet| octet.is_ascii_digit());
        let number = word.parse::<u32>().ok().filter(|_| digits);
        number.ok_or_else(|| wrong(format!("{word} is no whole number below 2^32")))
    };
    let uid = |word: &str| number(word).map(Uid);
    let switch = |word: &str| match word {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(wrong(format!("{word} is neither 0 nor 1"))),
    };
    let flag = |word: &str| {
        let flag = number(word)?;
        u8::try_from(flag).ok().filter(|flag| *flag < 16).ok_or_else(|| wrong("flags are 0 to 15".to_owned()))
    };
    let own = |word: &&str| (*word).to_owned();
    Ok(match (row.kind, words) {
        (
            Keyword::Help
            | Keyword::SendMessage
            | Keyword::Logout
            | Keyword::ListClients
            | Keyword::ListMailboxes
            | Keyword::ListSubscriptions
            | Keyword::ListAvailableSubscriptions,
            [],
        ) => Command::Plain(row.kind),
        (
            Keyword::CreateClient
            | Keyword::DeleteClient
            | Keyword::ResetClient
            | Keyword::CreateMailbox
            | Keyword::DeleteMailbox
            | Keyword::CreateBboardMailbox
            | Keyword::DeleteBboardMailbox
            | Keyword::ResetMailbox
            | Keyword::ExpungeMailbox
            | Keyword::ListAddresses
            | Keyword::CreateSubscription
            | Keyword::DeleteSubscription,
            [name],
        ) => Command::Named(row.kind, own(name)),
        (Keyword::SendVersion, [version]) => Command::SendVersion(number(version)?),
        (Keyword::Login, [user, password, client, create, batch]) => Command::Login(Login {
            user: own(user),
            password: own(password),
            client: own(client),
            create: switch(create)?,
            batch: switch(batch)?,
        }),
        (Keyword::SetPassword, [old, new]) => Command::SetPassword(own(old), own(new)),
        (Keyword::CreateAddress | Keyword::DeleteAddress, [mailbox, address]) => {
            Command::Address(row.kind, own(mailbox), own(address))
        }
        (Keyword::ResetSubscription, [board, first]) => Command::ResetSubscription(own(board), uid(first)?),
        (Keyword::FetchChangedDescriptors, [mailbox, max]) => {
            Command::FetchChanged(own(mailbox), number(max)?)
        }
        (Keyword::ResetDescriptors | Keyword::FetchDescriptors, [mailbox, low, high]) => {
            Command::Range(row.kind, own(mailbox), uid(low)?, uid(high)?)
        }
        (Keyword::FetchMessage, [mailbox, number]) => Command::FetchMessage(own(mailbox), uid(number)?),
        (Keyword::CopyMessage, [source, target, number]) => {
            Command::Copy(own(source), own(target), uid(number)?)
        }
        (Keyword::SetMessageFlag, [mailbox, number, bit, state]) => {
            Command::SetFlag(own(mailbox), uid(number)?, flag(bit)?, switch(state)?)
        }
        (Keyword::PrintMessage, [mailbox, number, printer]) => {
            Command::Print(own(mailbox), uid(number)?, own(printer))
        }
        (_, words) => {
            let wanted = row.syntax.split(' ').count() - 1;
            return Err(wrong(format!("{} wants {wanted} arguments, not {}", row.word, words.len())));
        }
    })
}

/// A line as it may be shown: without passwords.
#[must_use]
pub fn without_password(line: &[u8]) -> Vec<u8> {
    let Ok((row, words)) = operation(line) else { return line.to_vec() };
    let hidden: &[usize] = match row.kind {
        Keyword::Login => &[1],
        Keyword::SetPassword => &[0, 1],
        _ => return line.to_vec(),
    };
    let words = words.iter().enumerate().map(|(at, word)| if hidden.contains(&at) { "***" } else { *word });
    std::iter::once(row.word).chain(words).collect::<Vec<_>>().join(" ").into_bytes()
}
