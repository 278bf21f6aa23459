//! What a reader goes by when choosing: the few header fields that every protocol can show.

use super::message::Message;

/// The fields of a message's header that a reader sees in a list, unfolded and without surrounding spaces.
///
/// POP3's TOP, IMAP's header sections and IMAP's ENVELOPE all give them, so that the same reader makes the same
/// choice through each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// `Message-ID`, with its angle brackets.
    pub message_id: Vec<u8>,
    /// `Subject`, encoded-words as they stand.
    pub subject: Vec<u8>,
    /// `Date`, as it stands.
    pub date: Vec<u8>,
}

/// Tells messages apart for readers: the first eight octets of an MD5 over the summary. Two messages with one
/// key look the same in a list, and are read or left together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u64);

impl Summary {
    /// The summary of a header, given with or without the empty line that ends it.
    #[must_use]
    pub fn of_header(header: &[u8]) -> Self {
        Self {
            message_id: field(header, b"message-id").unwrap_or_default(),
            subject: field(header, b"subject").unwrap_or_default(),
            date: field(header, b"date").unwrap_or_default(),
        }
    }

    /// The summary of a message.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        Self::of_header(message.header())
    }

    /// What tells this message from others.
    #[must_use]
    pub fn key(&self) -> Key {
        use md5::{Digest, Md5};
        let mut hash = Md5::new();
        for field in [&self.message_id, &self.subject, &self.date] {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field);
        }
        let digest: [u8; 16] = hash.finalize().into();
        Key(u64::from_be_bytes([
            digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
        ]))
    }
}

/// How a user knows a message in any list: its date and its subject, blanks drawn together, and octets that are not
/// ASCII as question marks. Every protocol shows these two, DMSP no more than these of what a [`Key`] needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look {
    /// The field `Date`.
    pub date: String,
    /// The field `Subject`.
    pub subject: String,
}

impl Look {
    /// From the values of the two fields.
    #[must_use]
    pub fn new(date: &[u8], subject: &[u8]) -> Self {
        let shown = |value: &[u8]| {
            let ascii = value.iter().map(|octet| match octet {
                b' '..=b'~' => char::from(*octet),
                0x80.. => '?',
                _ => ' ',
            });
            ascii.collect::<String>().split_ascii_whitespace().collect::<Vec<_>>().join(" ")
        };
        Self { date: shown(date), subject: shown(subject) }
    }

    /// Of a message with this header.
    #[must_use]
    pub fn of_header(header: &[u8]) -> Self {
        let value = |name: &[u8]| field(header, name).unwrap_or_default();
        Self::new(&value(b"date"), &value(b"subject"))
    }
}

/// The value of the first field called `name` (given in lower case), unfolded: line ends taken out (RFC 5322
/// §2.2.3), spaces at both ends removed. `None` if there is no such field.
#[must_use]
pub fn field(header: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut lines =
        header.split(|octet| *octet == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).peekable();
    while let Some(line) = lines.next() {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        if line.first().is_some_and(u8::is_ascii_whitespace)
            || !line[..colon].trim_ascii_end().eq_ignore_ascii_case(name)
        {
            continue;
        }
        let mut value = line[colon + 1..].to_vec();
        while let Some(folded) = lines.next_if(|next| next.first().is_some_and(|c| *c == b' ' || *c == b'\t'))
        {
            value.extend_from_slice(folded);
        }
        return Some(value.trim_ascii().to_vec());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_field_is_read_whole() {
        let header = b"X: 1\r\nSubject : two\r\n words\r\nMessage-ID: <a@b>\r\n\r\n";
        let summary = Summary::of_header(header);
        assert_eq!(
            (summary.subject.as_slice(), summary.message_id.as_slice()),
            (&b"two words"[..], &b"<a@b>"[..])
        );
        assert_ne!(summary.key(), Summary::of_header(b"Subject: two\r\n").key());
    }
}
