//! TLS as the line sees it: flights and records of their real lengths, with nothing encrypted in them.
//!
//! ```text
//!    client                           server         TLS 1.3 (RFC 8446 §2)   TLS 1.0 (RFC 2246 §7.3)
//!      │ ── first flight ──────────────> │             228 octets              62
//!      │ <────────────── its flight ──── │            1343                    644
//!      │ ── second flight ─────────────> │              80                    202
//!      │ <────────────── its last ────── │             510, not waited for     63, waited for
//!      │ <══ records around all that is said ══>       22 octets each          26 to 41 each
//! ```
//!
//! A laboratory in virtual time wants to know what TLS costs, not to hide anything: so the text stays readable in
//! its records, and the digits of keys and certificates are zeros. On real ports `serve` does TLS in earnest.
//!
//! **Where the lengths come from.** Counted with OpenSSL 3.0.19 between `s_client` and `s_server` on one machine, with a
//! self-signed certificate: TLS 1.3 with X25519, AES-256-GCM and a certificate of 787 octets (RSA, 2048 bits); TLS 1.0
//! with RSA key exchange, AES-128-CBC, SHA-1 and one of 526 octets (RSA, 1024 bits). A chain of certificates from an
//! authority adds 1,000 to 4,000 octets to the server's flight. What is not here: the time that processors took, session
//! resumption, and the empty or split records of later TLS 1.0.

use crate::session::{Out, Output};

/// Which TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// TLS 1.3 of 2018: one round trip before the client may speak (RFC 8446 §2).
    #[default]
    Tls13,
    /// TLS 1.0 of 1999: two (RFC 2246 §7.3).
    Tls10,
}

/// Kinds of records (RFC 8446 §5.1).
const CHANGE_CIPHER_SPEC: u8 = 20;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;

/// Octets before a record's content: its kind, a version, a length (RFC 8446 §5.1).
const HEADER: usize = 5;

/// The most octets of one's own in a record: 2^14 (RFC 8446 §5.1).
const CONTENT_MAX: usize = 1 << 14;

/// What AES-GCM adds in TLS 1.3: the content's kind and a tag (RFC 8446 §5.2).
const TAIL: usize = 1 + 16;

/// What SHA-1 adds in TLS 1.0, behind blocks of 16 octets that are filled up (RFC 2246 §6.2.3.2, RFC 7366 §3).
const MAC: usize = 20;
const BLOCK: usize = 16;

/// The records of the four flights: each its kind and the length of what is in it.
type Flight = &'static [(u8, usize)];

const FLIGHTS_13: [Flight; 4] = [
    &[(HANDSHAKE, 223)],
    &[
        (HANDSHAKE, 122),
        (CHANGE_CIPHER_SPEC, 1),
        (DATA, 6 + TAIL),
        (DATA, 800 + TAIL),
        (DATA, 264 + TAIL),
        (DATA, 52 + TAIL),
    ],
    &[(CHANGE_CIPHER_SPEC, 1), (DATA, 52 + TAIL)],
    &[(DATA, 233 + TAIL), (DATA, 233 + TAIL)],
];

const FLIGHTS_10: [Flight; 4] = [
    &[(HANDSHAKE, 57)],
    &[(HANDSHAKE, 89), (HANDSHAKE, 536), (HANDSHAKE, 4)],
    &[(HANDSHAKE, 134), (CHANGE_CIPHER_SPEC, 1), (HANDSHAKE, 52)],
    &[(CHANGE_CIPHER_SPEC, 1), (HANDSHAKE, 52)],
];

impl Version {
    const fn flights(self) -> [Flight; 4] {
        match self {
            Self::Tls13 => FLIGHTS_13,
            Self::Tls10 => FLIGHTS_10,
        }
    }

    fn flight(self, nth: usize) -> Vec<u8> {
        let mut octets = Vec::new();
        for (kind, length) in self.flights().get(nth).copied().unwrap_or_default() {
            let mut content = vec![0; *length];
            // What is wrapped says at its end what it is.
            if let (DATA, Some(at)) = (*kind, length.checked_sub(TAIL)) {
                content.splice(at..=at, [HANDSHAKE]);
            }
            record(*kind, &content, &mut octets);
        }
        octets
    }
}

fn record(kind: u8, content: &[u8], to: &mut Vec<u8>) {
    // A record's content is shorter than 2^16.
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    to.extend_from_slice(&[kind, 3, 3, length[0], length[1]]);
    to.extend_from_slice(content);
}

/// One end of a connection from the moment at which TLS is agreed on.
#[derive(Clone, Debug, PartialEq)]
pub struct Records {
    version: Version,
    is_server: bool,
    /// The flight that is awaited, and how many of its records have come; none once all are there.
    awaited: Option<(usize, usize)>,
    /// Octets that are no whole record yet.
    waiting: Vec<u8>,
    /// Octets of the stream that were TLS's own, and belong to no command yet.
    overhead: u64,
    ready: bool,
}

/// What comes of octets that have arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// A flight to be sent, and how many octets it answers.
    pub flight: Option<(Vec<u8>, u64)>,
    /// The handshake is over at this end.
    pub is_ready: bool,
    /// What was in records.
    pub text: Vec<u8>,
}

/// What has come is no TLS: the connection cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTls;

impl Records {
    /// The server's end: it waits for the client's first flight.
    #[must_use]
    pub const fn server(version: Version) -> Self {
        Self {
            version,
            is_server: true,
            awaited: Some((0, 0)),
            waiting: Vec::new(),
            overhead: 0,
            ready: false,
        }
    }

    /// The client's end, and its first flight.
    #[must_use]
    pub fn client(version: Version) -> (Self, Vec<u8>) {
        let end = Self {
            version,
            is_server: false,
            awaited: Some((1, 0)),
            waiting: Vec::new(),
            overhead: 0,
            ready: false,
        };
        (end, version.flight(0))
    }

    /// True once text may be sent.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        self.ready
    }

    /// Which TLS it is.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Takes in what has arrived.
    ///
    /// # Errors
    /// [`NoTls`]: no record begins so, or not now.
    pub fn take(&mut self, octets: &[u8]) -> Result<Taken, NoTls> {
        self.waiting.extend_from_slice(octets);
        let mut taken = Taken::default();
        let mut from = 0;
        while let Some((&[kind, major, _, high, low], rest)) =
            self.waiting.get(from..).and_then(<[u8]>::split_first_chunk::<HEADER>)
        {
            let length = usize::from(u16::from_be_bytes([high, low]));
            if !(CHANGE_CIPHER_SPEC..=DATA).contains(&kind) || major != 3 || length > CONTENT_MAX + 256 {
                return Err(NoTls);
            }
            let Some(content) = rest.get(..length) else { break };
            match self.awaited {
                Some((flight, records)) => {
                    let wanted = self.version.flights().get(flight).copied().unwrap_or_default();
                    if wanted.get(records).is_none_or(|wanted| *wanted != (kind, length)) {
                        return Err(NoTls);
                    }
                    self.overhead += (HEADER + length) as u64;
                    self.awaited = Some((flight, records + 1));
                    if records + 1 == wanted.len() {
                        self.flight_is_there(flight, &mut taken);
                    }
                }
                None => {
                    let text = self.version.text(kind, content).ok_or(NoTls)?;
                    self.overhead += (HEADER + length - text.len()) as u64;
                    taken.text.extend_from_slice(text);
                }
            }
            from += HEADER + length;
        }
        self.waiting.drain(..from);
        Ok(taken)
    }

    fn flight_is_there(&mut self, flight: usize, taken: &mut Taken) {
        // The last flight of TLS 1.3 brings tickets for another time, and nobody waits for it.
        let is_last = match (self.is_server, self.version) {
            (true, _) => flight == 2,
            (false, Version::Tls13) => flight == 1,
            (false, Version::Tls10) => flight == 3,
        };
        if !is_last || flight < 3 {
            let answered = if self.is_server { std::mem::take(&mut self.overhead) } else { 0 };
            taken.flight = Some((self.version.flight(flight + 1), answered));
        }
        self.ready |= is_last;
        taken.is_ready |= is_last;
        self.awaited = (!is_last).then_some((flight + 2, 0));
    }

    /// Text in records.
    #[must_use]
    pub fn sealed(&self, text: &[u8]) -> Vec<u8> {
        let mut octets = Vec::with_capacity(text.len() + HEADER + TAIL + MAC);
        for piece in text.chunks(CONTENT_MAX) {
            record(DATA, &self.version.content(piece), &mut octets);
        }
        octets
    }

    /// Puts into records what a session says, and counts the client's records among its commands.
    pub fn seal_output(&mut self, out: &mut Output) {
        for item in &mut out.items {
            match item {
                Out::Command { octets, .. } => *octets += std::mem::take(&mut self.overhead),
                Out::Write { bytes, .. } => *bytes = self.sealed(bytes).into(),
            }
        }
    }
}

impl Version {
    /// A record's content: the text, and what keeps it from being changed.
    fn content(self, text: &[u8]) -> Vec<u8> {
        let mut content = text.to_vec();
        match self {
            Self::Tls13 => {
                content.push(DATA);
                content.resize(text.len() + TAIL, 0);
            }
            Self::Tls10 => {
                let fill = BLOCK - text.len() % BLOCK;
                // The filling says at its end how long it is (RFC 2246 §6.2.3.2).
                content.resize(text.len() + fill, (fill - 1) as u8);
                content.resize(content.len() + MAC, 0);
            }
        }
        content
    }

    /// The text in a record's content; nothing, if it is a part of a handshake.
    fn text(self, kind: u8, content: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Tls13 => {
                let (text, tail) = content.split_at_checked(content.len().checked_sub(TAIL)?)?;
                match (kind, tail.first()) {
                    (DATA, Some(&DATA)) => Some(text),
                    (DATA, Some(&HANDSHAKE)) => Some(&[]),
                    _ => None,
                }
            }
            Self::Tls10 => {
                let filled = content.get(..content.len().checked_sub(MAC)?).filter(|_| kind == DATA)?;
                let fill = usize::from(*filled.last()?) + 1;
                filled.get(..filled.len().checked_sub(fill)?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Lets two ends shake hands, an octet at a time, and gives what each sent.
    fn shaken(version: Version) -> (Records, Records, [usize; 2]) {
        let (mut client, mut up) = Records::client(version);
        let mut server = Records::server(version);
        let mut sent = [0, 0];
        loop {
            sent[0] += up.len();
            let mut down = Vec::new();
            for octet in up.drain(..) {
                if let Some((flight, _)) = server.take(&[octet]).unwrap().flight {
                    down = flight;
                }
            }
            sent[1] += down.len();
            if down.is_empty() {
                return (client, server, sent);
            }
            for octet in down {
                if let Some((flight, _)) = client.take(&[octet]).unwrap().flight {
                    up = flight;
                }
            }
        }
    }

    #[test]
    fn the_handshake_has_the_octets_that_were_counted() {
        for (version, octets) in [(Version::Tls13, [308, 1853]), (Version::Tls10, [264, 707])] {
            let (client, server, sent) = shaken(version);
            assert!(client.is_ready() && server.is_ready());
            assert_eq!(sent, octets, "{version:?}");
        }
    }

    #[test]
    fn a_record_costs_its_header_and_its_seal() {
        let (client, ..) = shaken(Version::Tls13);
        assert_eq!(client.sealed(b"QUIT\r\n").len(), 6 + 22);
        assert_eq!(client.sealed(&[b'x'; CONTENT_MAX + 1]).len(), CONTENT_MAX + 1 + 2 * 22);
        let (client, ..) = shaken(Version::Tls10);
        assert_eq!(client.sealed(b"QUIT\r\n").len(), 5 + 16 + 20);
        assert_eq!(client.sealed(&[b'x'; 16]).len(), 5 + 32 + 20);
    }

    #[test]
    fn what_is_no_record_is_the_end() {
        for bad in
            [&b"CAPA\r\nQUIT\r\n"[..], &[22, 3, 3, 255, 255, 0], &[23, 3, 3, 0, 1, 0], &[22, 3, 3, 0, 0]]
        {
            assert_eq!(Records::server(Version::Tls13).take(bad), Err(NoTls), "{bad:?}");
        }
        let (_, mut server, _) = shaken(Version::Tls13);
        assert_eq!(
            server.take(&[23, 3, 3, 0, 16].iter().chain(&[0; 16]).copied().collect::<Vec<_>>()),
            Err(NoTls)
        );
    }

    proptest! {
        #[test]
        fn text_arrives_however_it_is_cut(text in prop::collection::vec(any::<u8>(), 0..300), cut in 1..40_usize, old: bool) {
            let version = if old { Version::Tls10 } else { Version::Tls13 };
            let (mut client, server, _) = shaken(version);
            let mut arrived = Vec::new();
            for piece in text.chunks(cut) {
                for octet in server.sealed(piece) {
                    arrived.extend(client.take(&[octet]).unwrap().text);
                }
            }
            prop_assert_eq!(arrived, text);
        }

        #[test]
        fn any_octets_are_text_or_the_end(octets in prop::collection::vec(any::<u8>(), 0..400)) {
            let (_, mut server, _) = shaken(Version::Tls10);
            let _ = server.take(&octets);
            let _ = Records::server(Version::Tls13).take(&octets);
        }
    }
}
