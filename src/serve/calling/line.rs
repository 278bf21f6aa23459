//! A connection to a real server: in clear, or encrypted from the first octet, or from a command on.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;

use super::tls::{Encrypted, Trust};
use crate::desk::Service;

/// What lies between a client and its server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layer {
    /// Nothing: everybody on the way can read.
    #[default]
    Clear,
    /// TLS from the first octet on, at a port of its own (RFC 8314 §3).
    Implicit,
    /// TLS after STLS (RFC 2595 §4) or STARTTLS (RFC 2595 §3, RFC 3207).
    Upgraded,
}

/// Ports at which TLS begins with the first octet (RFC 8314 §7).
const IMPLICIT: [&str; 3] = ["993", "995", "465"];

impl Layer {
    /// By the port of an address: TLS from the first octet where the port is one for that, else from a command on.
    #[must_use]
    pub fn of_port(address: &str) -> Self {
        let port = address.rsplit_once(':').map_or("", |(_, port)| port);
        if IMPLICIT.contains(&port) { Self::Implicit } else { Self::Upgraded }
    }

    /// Its name in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clear => "none",
            Self::Implicit => "implicit",
            Self::Upgraded => "starttls",
        }
    }

    /// The layer of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Clear, Self::Implicit, Self::Upgraded].into_iter().find(|layer| layer.word() == word)
    }
}

/// The longest line that is read before TLS.
const LINE_MAX: usize = 4096;

/// So many lines of an answer are read before TLS.
const LINES_MAX: usize = 100;

/// A connection.
#[derive(Debug)]
pub enum Line {
    /// In clear.
    Clear(TcpStream),
    /// Encrypted.
    Encrypted(Box<Encrypted>),
}

/// What was said before TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// The server's greeting, which the client has not seen yet.
    pub greeting: Bytes,
    /// Octets to the server.
    pub up: u64,
    /// Octets from it, the greeting left out.
    pub down: u64,
    /// How often the client spoke.
    pub turns: u64,
}

impl Line {
    /// Puts a layer on a connection that is up. `host` is whom the certificate has to be for.
    ///
    /// # Errors
    /// What broke it; a server that has no TLS, or is not trusted.
    pub fn new(
        mut stream: TcpStream,
        layer: Layer,
        trust: Option<&Trust>,
        service: Service,
        host: &str,
    ) -> io::Result<(Self, Before)> {
        let Some(trust) = trust.filter(|_| layer != Layer::Clear) else {
            return Ok((Self::Clear(stream), Before::default()));
        };
        let before = match layer {
            Layer::Upgraded => upgraded(&mut stream, service)?,
            _ => Before::default(),
        };
        let encrypted = trust.encrypt(host, stream)?;
        Ok((Self::Encrypted(Box::new(encrypted)), before))
    }

    /// How long a read may take.
    ///
    /// # Errors
    /// The system's.
    pub fn set_read_timeout(&self, span: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Clear(stream) => stream.set_read_timeout(span),
            #[cfg(feature = "tls")]
            Self::Encrypted(stream) => stream.sock.set_read_timeout(span),
            #[cfg(not(feature = "tls"))]
            Self::Encrypted(stream) => stream.set_read_timeout(span),
        }
    }
}

impl Read for Line {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(stream) => stream.read(room),
            Self::Encrypted(stream) => stream.read(room),
        }
    }
}

impl Write for Line {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(stream) => stream.write(octets),
            Self::Encrypted(stream) => stream.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(stream) => stream.flush(),
            Self::Encrypted(stream) => stream.flush(),
        }
    }
}

fn no(what: impl std::fmt::Display) -> io::Error {
    io::Error::other(what.to_string())
}

/// Asks the server to begin TLS. The greeting is kept for the client, who hears it as if it had come after that;
/// what a server offered before TLS is not kept: anybody may have said it.
fn upgraded(stream: &mut impl Duplex, service: Service) -> io::Result<Before> {
    let greeting = answer(stream, service, "")?;
    let mut before = Before { greeting: greeting.clone().into(), ..Before::default() };
    let (said, wanted) = match service {
        Service::Pop3 if greeting.starts_with(b"+OK") => (before.ask(stream, service, "STLS")?, &b"+OK"[..]),
        // PREAUTH would leave no moment for STARTTLS: somebody on the way may want just that.
        Service::Imap if greeting.starts_with(b"* OK") => {
            (before.ask(stream, service, "t0 STARTTLS")?, &b"t0 OK"[..])
        }
        Service::Smtp if greeting.starts_with(b"220") => {
            before.ask(stream, service, "EHLO localhost")?;
            (before.ask(stream, service, "STARTTLS")?, &b"220"[..])
        }
        Service::Pop3 | Service::Imap | Service::Smtp => {
            return Err(no(format!("before TLS the server says `{}`", shown(&greeting))));
        }
        other => {
            let word = other.word();
            return Err(no(format!("{word} has no command for TLS: only a port of its own helps")));
        }
    };
    if said.starts_with(wanted) {
        return Ok(before);
    }
    Err(no(format!("the server will not begin TLS: `{}`", shown(&said))))
}

impl Before {
    fn ask(&mut self, stream: &mut impl Duplex, service: Service, command: &str) -> io::Result<Vec<u8>> {
        let line = format!("{command}\r\n");
        stream.write_all(line.as_bytes())?;
        let said = answer(stream, service, "t0 ")?;
        self.up += line.len() as u64;
        self.down += said.len() as u64;
        self.turns += 1;
        Ok(said)
    }
}

/// One answer, read octet by octet, so that nothing behind it is taken for said in clear: a line; in SMTP all lines of
/// a reply; in IMAP all up to the line with the tag.
fn answer(stream: &mut impl Duplex, service: Service, tag: &str) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    for _ in 0..LINES_MAX {
        let line = line(stream)?;
        all.extend_from_slice(&line);
        let goes_on = match service {
            Service::Smtp => line.get(3) == Some(&b'-'),
            Service::Imap => !line.starts_with(tag.as_bytes()),
            _ => false,
        };
        if !goes_on {
            // Of IMAP's the last line alone says how it went.
            return Ok(if service == Service::Imap { line } else { all });
        }
    }
    Err(no("the server's answer before TLS has no end"))
}

fn line(stream: &mut impl Duplex) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        let mut octet = [0];
        if stream.read(&mut octet)? == 0 {
            return Err(no("the server has closed before TLS could begin"));
        }
        line.extend_from_slice(&octet);
        if line.len() > LINE_MAX {
            return Err(no("the server's line before TLS has no end"));
        }
    }
    Ok(line)
}

fn shown(said: &[u8]) -> String {
    String::from_utf8_lossy(said).trim_end().chars().filter(|c| !c.is_control()).take(100).collect()
}

/// Both ways: a socket, or what a test has in its place.
trait Duplex: Read + Write {}

impl<S: Read + Write> Duplex for S {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that has said all it will say.
    struct Said(io::Cursor<Vec<u8>>, Vec<u8>);

    impl Read for Said {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            self.0.read(room)
        }
    }

    impl Write for Said {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.1.write(octets)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn upgrade(service: Service, said: &str) -> (Result<Before, String>, String, u64) {
        let mut server = Said(io::Cursor::new(said.as_bytes().to_vec()), Vec::new());
        let outcome = upgraded(&mut server, service).map_err(|error| error.to_string());
        (outcome, String::from_utf8(server.1).unwrap(), server.0.position())
    }

    #[test]
    fn each_protocol_asks_for_tls_in_its_own_words_and_reads_nothing_behind_the_answer() {
        for (service, said, asked, greeting) in [
            (Service::Pop3, "+OK hi\r\n+OK go\r\n", "STLS\r\n", "+OK hi\r\n"),
            (Service::Imap, "* OK hi\r\n* NO mind\r\nt0 OK go\r\n", "t0 STARTTLS\r\n", "* OK hi\r\n"),
            (
                Service::Smtp,
                "220-hi\r\n220 there\r\n250-mail\r\n250 STARTTLS\r\n220 go\r\n",
                "EHLO localhost\r\nSTARTTLS\r\n",
                "220-hi\r\n220 there\r\n",
            ),
        ] {
            let (before, heard, read) = upgrade(service, &format!("{said}injected\r\n"));
            let before = before.unwrap();
            assert_eq!((&before.greeting[..], heard.as_str()), (greeting.as_bytes(), asked));
            assert_eq!(
                read,
                said.len() as u64,
                "{service:?}: what stands behind it is left for the handshake"
            );
            assert_eq!(before.up, asked.len() as u64);
        }
    }

    #[test]
    fn a_server_without_tls_is_not_spoken_to_in_clear() {
        for (service, said, why) in [
            (Service::Pop3, "+OK hi\r\n-ERR what?\r\n", "-ERR what?"),
            (Service::Imap, "* PREAUTH hi\r\n", "PREAUTH"),
            (Service::Imap, "* OK hi\r\nt0 BAD no\r\n", "t0 BAD no"),
            (Service::Smtp, "220 hi\r\n250 mail\r\n502 no\r\n", "502 no"),
            (Service::Smtp, "554 no\r\n", "554 no"),
            (Service::Dmsp, "200 hi\r\n", "no command for TLS"),
            (Service::Pop3, "+OK hi\r\n", "closed before TLS"),
            (Service::Imap, &"* OK x\r\n* x\r\n".repeat(200), "no end"),
            (Service::Pop3, &"x".repeat(5000), "no end"),
        ] {
            let (outcome, ..) = upgrade(service, said);
            let said = outcome.unwrap_err();
            assert!(said.contains(why), "{service:?}: {said}");
        }
    }

    #[test]
    fn a_port_says_where_tls_begins() {
        for (address, layer) in [
            ("mail.example:993", Layer::Implicit),
            ("[::1]:995", Layer::Implicit),
            ("mail.example:143", Layer::Upgraded),
            ("mail.example", Layer::Upgraded),
        ] {
            assert_eq!(Layer::of_port(address), layer, "{address}");
            assert_eq!(Layer::named(layer.word()), Some(layer));
        }
    }
}
