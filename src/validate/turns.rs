//! The turns of a measured session: a file of `turns/`.

use super::csv::Csv;
use super::row::seconds;
use crate::lesson::Lesson;
use crate::time::Duration;

/// One turn: what the client wrote in a burst, and what came before it wrote again. Turn 0 is the greeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// When the client began to write; none for the greeting. Used for think times on another link only.
    pub sent_at: Option<Duration>,
    /// When the first octet of the answer arrived; likewise.
    pub first_at: Option<Duration>,
    /// When the last octet arrived; likewise.
    pub last_at: Option<Duration>,
    /// Octets of the client's stream.
    pub client_octets: u64,
    /// Octets of the server's stream.
    pub server_octets: u64,
    /// The beginning of what the client wrote, line ends as octets.
    pub client_text: String,
    /// The beginning of what the server wrote.
    pub server_text: String,
}

/// More octets than this in one session are refused.
const MOST_OCTETS: u64 = 1 << 30;

impl Turn {
    /// Reads all turns of a session.
    ///
    /// # Errors
    /// A missing column, a field that is no number, more octets than can be run.
    pub fn read_all(table: &Csv) -> Result<Vec<Self>, Lesson> {
        let [sent, first, last] = ["t_send_s", "t_first_s", "t_last_s"].map(|name| table.column(name));
        let (sent, first, last) = (sent?, first?, last?);
        let (client, server) = (table.column("client_bytes")?, table.column("server_bytes")?);
        let (client_text, server_text) = (table.column("client_text")?, table.column("server_text")?);
        let mut total = 0_u64;
        let mut turns = Vec::with_capacity(table.len());
        for record in 0..table.len() {
            let mut octets = |column| {
                let field = table.field(record, column);
                let octets: Option<u64> = field.parse().ok();
                total = total.saturating_add(octets.unwrap_or(0));
                octets.filter(|_| total <= MOST_OCTETS).ok_or_else(|| {
                    table.wrong(record, column, "a whole number of bytes, at most 1 GiB in all")
                })
            };
            turns.push(Self {
                client_octets: octets(client)?,
                server_octets: octets(server)?,
                sent_at: seconds(table.field(record, sent)),
                first_at: seconds(table.field(record, first)),
                last_at: seconds(table.field(record, last)),
                client_text: plain(table.field(record, client_text)),
                server_text: plain(table.field(record, server_text)),
            });
        }
        Ok(turns)
    }

    /// What kind of write the client's burst begins with: the first command's keyword, in capitals.
    #[must_use]
    pub fn kind(&self) -> String {
        self.client_text.lines().next().map(keyword).unwrap_or_default()
    }
}

/// The keyword of a command line: the first word for POP and SMTP, the word behind the tag for IMAP, and the one
/// behind `UID`. Anything else has none: an answer to a challenge, or the middle of a command.
#[must_use]
pub fn keyword(line: &str) -> String {
    let is_word = |word: &str| word.len() >= 3 && word.chars().all(|c| c.is_ascii_alphabetic());
    let mut words = line.split_ascii_whitespace();
    let first = words.next().unwrap_or_default();
    if is_word(first) && first.len() <= 4 {
        return first.to_ascii_uppercase();
    }
    match words.next().unwrap_or_default().to_ascii_uppercase() {
        uid if uid == "UID" => format!("UID {}", words.next().unwrap_or_default().to_ascii_uppercase()),
        second if is_word(&second) && first.ends_with(|c: char| c.is_ascii_digit()) => second,
        _ => String::new(),
    }
}

/// Text of the file, in which line ends are written `\r\n` and a backslash is doubled.
fn plain(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('r') => text.push('\r'),
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => {}
            },
            (other, false) => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_known_by_its_keyword() {
        for (line, word) in [
            ("RETR 1", "RETR"),
            ("quit", "QUIT"),
            ("6 UID FETCH 1 (BODY.PEEK[])", "UID FETCH"),
            ("BEGP3 FETCH 1:* (BODY.PEEK[])", "FETCH"),
            ("EEK[])", ""),
            ("4 (BODY.PEEK[])", ""),
            ("c2VjcmV0", ""),
            ("", ""),
        ] {
            assert_eq!(keyword(line), word, "{line}");
        }
    }
}
