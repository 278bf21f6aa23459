//! ENVELOPE and BODYSTRUCTURE as a client reads them (RFC 3501 §7.4.2).

use bytes::Bytes;

use super::scanner::Value;
use crate::mail::summary::Summary;

/// The main fields of a message's header; a missing field is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// `Date`, as it stands.
    pub date: Bytes,
    /// `Subject`, encoded-words as they stand.
    pub subject: Bytes,
    /// `From`
    pub from: Vec<EnvelopeAddress>,
    /// `To`
    pub to: Vec<EnvelopeAddress>,
    /// `Cc`
    pub cc: Vec<EnvelopeAddress>,
    /// `In-Reply-To`
    pub in_reply_to: Bytes,
    /// `Message-ID`, with its angle brackets.
    pub message_id: Bytes,
}

/// An address; empty members are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvelopeAddress {
    /// The person's name.
    pub name: Bytes,
    /// What stands before the `@`.
    pub mailbox: Bytes,
    /// What stands behind it.
    pub host: Bytes,
}

impl Envelope {
    /// An envelope from its ten members.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        let [date, subject, from, _, _, to, cc, _, in_reply_to, message_id] = value.members() else {
            return None;
        };
        let octets = |value: &Value| value.octets().cloned().unwrap_or_default();
        let list = |value: &Value| value.members().iter().filter_map(EnvelopeAddress::of).collect();
        Some(Self {
            date: octets(date),
            subject: octets(subject),
            from: list(from),
            to: list(to),
            cc: list(cc),
            in_reply_to: octets(in_reply_to),
            message_id: octets(message_id),
        })
    }

    /// What a reader goes by: the same as the header itself gives.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary {
            message_id: self.message_id.to_vec(),
            subject: self.subject.to_vec(),
            date: self.date.to_vec(),
        }
    }
}

impl EnvelopeAddress {
    fn of(value: &Value) -> Option<Self> {
        // IMAP3 has a comment behind the host (RFC 1203).
        let [name, _, mailbox, host, ..] = value.members() else { return None };
        let octets = |value: &Value| value.octets().cloned().unwrap_or_default();
        Some(Self { name: octets(name), mailbox: octets(mailbox), host: octets(host) })
    }
}

/// A part of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyPart {
    /// The section that fetches its body: `1.2`; `TEXT` for an outermost multipart.
    pub section: String,
    /// `TEXT`, `MULTIPART` ... in capitals.
    pub kind: String,
    /// `PLAIN`, `MIXED` ... in capitals.
    pub subtype: String,
    /// Parameters of the Content-Type, names in capitals.
    pub parameters: Vec<(String, Bytes)>,
    /// The content transfer encoding, in capitals.
    pub encoding: String,
    /// Octets of the body as it is transferred; for a multipart the sum of its parts.
    pub size: u64,
    /// Text lines, for text and enclosed messages.
    pub lines: Option<u32>,
    /// `ATTACHMENT`, `INLINE` ... in capitals, if it was fetched and is there.
    pub disposition: Option<String>,
    /// The parts of a multipart, or of the enclosed message.
    pub parts: Vec<BodyPart>,
    /// The envelope of an enclosed message.
    pub envelope: Option<Envelope>,
}

impl BodyPart {
    /// The structure of a whole message, its parts numbered as FETCH wants them.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        let mut part = Self::unnumbered(value)?;
        if part.is_multipart() {
            part.section = "TEXT".to_owned();
            part.number_parts("");
        } else {
            part.section = "1".to_owned();
            part.number_enclosed();
        }
        Some(part)
    }

    /// True for a multipart.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.kind == "MULTIPART"
    }

    /// True for text that a reader would see at once: not an attachment.
    #[must_use]
    pub fn is_readable_text(&self) -> bool {
        self.kind == "TEXT" && self.disposition.as_deref() != Some("ATTACHMENT")
    }

    /// All parts without further parts, in order.
    #[must_use]
    pub fn leaves(&self) -> Vec<&Self> {
        if self.parts.is_empty() { vec![self] } else { self.parts.iter().flat_map(Self::leaves).collect() }
    }

    fn unnumbered(value: &Value) -> Option<Self> {
        let members = value.members();
        if matches!(members.first()?, Value::List(_)) {
            return Self::multipart(members);
        }
        let [kind, subtype, parameters, _id, _description, encoding, size, rest @ ..] = members else {
            return None;
        };
        let mut part = Self {
            kind: kind.text().to_ascii_uppercase(),
            subtype: subtype.text().to_ascii_uppercase(),
            parameters: pairs(parameters),
            encoding: encoding.text().to_ascii_uppercase(),
            size: u64::from(size.number()?),
            ..Self::default()
        };
        let mut extension = rest;
        if let ("MESSAGE", "RFC822", [envelope, body, lines, after @ ..]) =
            (part.kind.as_str(), part.subtype.as_str(), rest)
        {
            part.envelope = Envelope::of(envelope);
            part.parts = vec![Self::unnumbered(body)?];
            part.lines = lines.number();
            extension = after;
        } else if let ("TEXT", [lines, after @ ..]) = (part.kind.as_str(), rest) {
            part.lines = lines.number();
            extension = after;
        }
        // MD5 comes before the disposition.
        part.disposition = extension.get(1).and_then(disposition);
        Some(part)
    }

    fn multipart(members: &[Value]) -> Option<Self> {
        let count = members.iter().take_while(|member| matches!(member, Value::List(_))).count();
        let parts = members[..count].iter().map(Self::unnumbered).collect::<Option<Vec<_>>>()?;
        Some(Self {
            kind: "MULTIPART".to_owned(),
            subtype: members.get(count)?.text().to_ascii_uppercase(),
            parameters: members.get(count + 1).map(pairs).unwrap_or_default(),
            size: parts.iter().map(|part| part.size).sum(),
            disposition: members.get(count + 2).and_then(disposition),
            parts,
            ..Self::default()
        })
    }

    /// Numbers the parts of a multipart: `prefix.1`, `prefix.2` ...
    fn number_parts(&mut self, prefix: &str) {
        for (nth, part) in self.parts.iter_mut().enumerate() {
            part.section =
                if prefix.is_empty() { format!("{}", nth + 1) } else { format!("{prefix}.{}", nth + 1) };
            if part.is_multipart() {
                let prefix = part.section.clone();
                part.number_parts(&prefix);
            } else {
                part.number_enclosed();
            }
        }
    }

    /// Numbers the parts of an enclosed message: those of its multipart, or its one part.
    fn number_enclosed(&mut self) {
        let prefix = self.section.clone();
        for inner in &mut self.parts {
            if inner.is_multipart() {
                inner.section = format!("{prefix}.TEXT");
                inner.number_parts(&prefix);
            } else {
                inner.section = format!("{prefix}.1");
                inner.number_enclosed();
            }
        }
    }
}

fn pairs(value: &Value) -> Vec<(String, Bytes)> {
    value
        .members()
        .chunks_exact(2)
        .map(|pair| (pair[0].text().to_ascii_uppercase(), pair[1].octets().cloned().unwrap_or_default()))
        .collect()
}

fn disposition(value: &Value) -> Option<String> {
    value.members().first().map(|kind| kind.text().to_ascii_uppercase())
}
