//! Ports to listen at: which option opens which, and which of them may see a password.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, Socket, Type};

use crate::desk::Service;
use crate::lesson::Lesson;
use crate::protocol::security::{Security, Tls};
use crate::protocol::tls::Version;

/// A kind of port: one option of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The option, without its dashes; sessions are told by this word.
    pub option: &'static str,
    /// What is spoken there.
    pub service: Service,
    /// The well-known port.
    pub port: u16,
    /// TLS begins with the first octet (RFC 8314 §3).
    pub tls: bool,
    /// Clients log in with a password.
    pub asks_for_password: bool,
    /// It is open without being asked for.
    pub standard: bool,
    /// What it is, in a few words.
    pub help: &'static str,
}

/// How many callers the system may keep before they are accepted: as many as may talk at once.
///
/// Whoever finds that queue full can end up connected by his own system's account and unknown to ours (Linux answers him
/// with a SYN cookie and then drops his acknowledgement). Where the server speaks first, he waits for ever.
const CALLERS_MAX: i32 = 1024;

/// All kinds of ports.
#[rustfmt::skip]
pub static OFFERS: [Offer; 17] = [
    Offer { option: "pop3", service: Service::Pop3, port: 110, tls: false, asks_for_password: true, standard: true, help: "POP3" },
    Offer { option: "imap", service: Service::Imap, port: 143, tls: false, asks_for_password: true, standard: true, help: "IMAP4rev1" },
    Offer { option: "smtp", service: Service::Smtp, port: 25, tls: false, asks_for_password: false, standard: true, help: "SMTP" },
    Offer { option: "dmsp", service: Service::Dmsp, port: 158, tls: false, asks_for_password: true, standard: true, help: "DMSP (PCMAIL)" },
    Offer { option: "pop2", service: Service::Pop2, port: 109, tls: false, asks_for_password: true, standard: true, help: "POP2" },
    Offer { option: "pop1", service: Service::Pop1, port: 109, tls: false, asks_for_password: true, standard: false, help: "POP1" },
    Offer { option: "kpop", service: Service::Pop3, port: 1109, tls: false, asks_for_password: true, standard: false, help: "POP3 with a toy ticket before it" },
    Offer { option: "poppassd", service: Service::Poppassd, port: 106, tls: false, asks_for_password: true, standard: false, help: "the password daemon" },
    Offer { option: "pop3s", service: Service::Pop3, port: 995, tls: true, asks_for_password: true, standard: false, help: "POP3 over TLS" },
    Offer { option: "imaps", service: Service::Imap, port: 993, tls: true, asks_for_password: true, standard: false, help: "IMAP4rev1 over TLS" },
    Offer { option: "lmtp", service: Service::Lmtp, port: 24, tls: false, asks_for_password: false, standard: false, help: "LMTP, for delivery by another mail host" },
    Offer { option: "submission", service: Service::Smtp, port: 587, tls: false, asks_for_password: true, standard: false, help: "SMTP for mail programs" },
    Offer { option: "submissions", service: Service::Smtp, port: 465, tls: true, asks_for_password: true, standard: false, help: "SMTP for mail programs, over TLS" },
    Offer { option: "imap2", service: Service::Imap, port: 143, tls: false, asks_for_password: true, standard: false, help: "IMAP2 (RFC 1176)" },
    Offer { option: "imap2bis", service: Service::Imap, port: 143, tls: false, asks_for_password: true, standard: false, help: "IMAP2bis (1993)" },
    Offer { option: "imap3", service: Service::Imap, port: 220, tls: false, asks_for_password: true, standard: false, help: "IMAP3 (RFC 1203)" },
    Offer { option: "imap4", service: Service::Imap, port: 143, tls: false, asks_for_password: true, standard: false, help: "IMAP4 (RFC 1730)" },
];

/// No port of ours: a host that we have called.
pub static ONWARD: Offer = Offer {
    option: "onward",
    service: Service::Smtp,
    port: 25,
    tls: false,
    asks_for_password: false,
    standard: false,
    help: "mail that goes on to another host",
};

/// Where a client comes in: the kind of port, and what holds for its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door {
    /// The kind of port.
    pub offer: &'static Offer,
    /// Whether its connections are encrypted or can be.
    pub security: Security,
    /// Only programs on this machine come in here.
    pub is_local: bool,
}

impl Offer {
    /// The kind of port with this option.
    #[must_use]
    pub fn named(option: &str) -> Option<&'static Self> {
        OFFERS.iter().find(|offer| offer.option == option)
    }

    /// A door of this kind; `has_tls` says whether there is a certificate.
    #[must_use]
    pub const fn door(&'static self, has_tls: bool, cleartext_logins: bool) -> Door {
        let tls = match (self.tls, has_tls) {
            (true, _) => Tls::Active,
            (false, true) => Tls::Offered,
            (false, false) => Tls::Unavailable,
        };
        let security = Security { tls, cleartext_logins, version: Version::Tls13 };
        Door { offer: self, security, is_local: false }
    }
}

impl Door {
    /// What holds for a connection to a host that we have called.
    #[must_use]
    pub const fn onward() -> Self {
        ONWARD.door(false, false)
    }

    /// The same door, with what is known of who comes in.
    #[must_use]
    pub const fn for_this_machine(self, is_local: bool) -> Self {
        Self { is_local, ..self }
    }
}

/// The plain door of a service: in clear, as in the 1990s.
impl From<Service> for Door {
    fn from(service: Service) -> Self {
        let offer = OFFERS.iter().find(|offer| offer.service == service && offer.standard);
        offer.unwrap_or(&OFFERS[0]).door(false, true).for_this_machine(true)
    }
}

/// A port to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// What kind it is.
    pub offer: &'static Offer,
    /// As it was given: `127.0.0.1:2110`, `localhost:0`.
    pub address: String,
}

/// What is added to the well-known port, so that nobody needs to be root and nothing else is in the way.
pub const PORT_SHIFT: u16 = 2000;

impl Listener {
    /// Every usual service on this machine alone, each at its well-known port plus 2000.
    #[must_use]
    pub fn standard() -> Vec<Self> {
        OFFERS
            .iter()
            .filter(|offer| offer.standard)
            .map(|offer| Self {
                offer,
                address: SocketAddr::from((Ipv4Addr::LOCALHOST, offer.port + PORT_SHIFT)).to_string(),
            })
            .collect()
    }

    /// The addresses behind the name, in the order in which they are to be tried.
    ///
    /// # Errors
    /// What is no `host:port`, and a host that nobody knows.
    pub fn resolve(&self) -> Result<Vec<SocketAddr>, Lesson> {
        let option = self.offer.option;
        let has_port = self
            .address
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        if !has_port {
            return Err(Lesson::new(format!("`{}` is no address to listen at", self.address))
                .note("an address is HOST:PORT, the port 0 to 65535; port 0 picks a free one")
                .hint(format!("`--{option} 127.0.0.1:{}`", self.offer.port + PORT_SHIFT)));
        }
        match self.address.to_socket_addrs().map(Vec::from_iter) {
            Ok(addresses) if !addresses.is_empty() => Ok(addresses),
            Ok(_) => Err(Lesson::new(format!("the host of `{}` has no address", self.address))),
            Err(error) => Err(Lesson::new(format!("the host of `{}` is not known: {error}", self.address))
                .hint(format!("`--{option} 127.0.0.1:0` needs no name"))),
        }
    }

    /// Whether passwords may cross in clear here: on this machine always, beyond it if somebody says so. Where
    /// there is TLS they need not.
    #[must_use]
    pub fn allows_cleartext(&self, addresses: &[SocketAddr], cleartext: bool) -> bool {
        cleartext || addresses.iter().all(|address| is_loopback(address.ip()))
    }

    /// Refuses an address beyond this machine where nobody could log in but with a password in clear.
    ///
    /// # Errors
    /// A lesson that names the way out.
    pub fn check_cleartext(
        &self,
        addresses: &[SocketAddr],
        cleartext: bool,
        has_tls: bool,
    ) -> Result<(), Lesson> {
        let Offer { asks_for_password, tls, service, .. } = *self.offer;
        // The others know no way to begin TLS.
        let can_begin_tls = has_tls && matches!(service, Service::Pop3 | Service::Imap | Service::Smtp);
        if can_begin_tls || tls || !asks_for_password || self.allows_cleartext(addresses, cleartext) {
            return Ok(());
        }
        let option = self.offer.option;
        Err(Lesson::new(format!("passwords would cross the network in clear at --{option} {}", self.address))
            .note("anybody on the way can read them; on loopback (127.0.0.1, ::1) nobody is on the way")
            .hint("listen on loopback, give a certificate with `--tls`, or add `--cleartext` if the network is your own and the password worth nothing"))
    }

    /// Opens the first of these addresses that can be opened.
    ///
    /// # Errors
    /// A lesson, when none can be.
    pub fn open(&self, addresses: &[SocketAddr]) -> Result<TcpListener, Lesson> {
        let mut refused = std::io::ErrorKind::AddrNotAvailable.into();
        for address in addresses {
            match listen(*address) {
                Ok(port) => return Ok(port),
                Err(error) => refused = error,
            }
        }
        Err(self.not_opened(&refused))
    }

    /// Why a port could not be opened.
    #[must_use]
    fn not_opened(&self, error: &std::io::Error) -> Lesson {
        let option = self.offer.option;
        let what = format!("--{option} {} cannot be opened", self.address);
        match error.kind() {
            std::io::ErrorKind::AddrInUse => Lesson::new(format!("{what}: the port is in use"))
                .note("another program listens there, perhaps a server that was started before")
                .hint(format!("stop it, or take a free port with `--{option} 127.0.0.1:0`")),
            std::io::ErrorKind::PermissionDenied => Lesson::new(format!("{what}: this needs more rights"))
                .note("on most systems ports below 1024 are for the administrator")
                .hint(format!("`--{option} 127.0.0.1:{}`", self.offer.port + PORT_SHIFT)),
            std::io::ErrorKind::AddrNotAvailable => {
                Lesson::new(format!("{what}: this machine does not have the address"))
                    .hint(format!("`--{option} 127.0.0.1:0` is this machine alone"))
            }
            _ => Lesson::new(format!("{what}: {error}")),
        }
    }
}

/// Whether what is sent there never leaves this machine.
#[must_use]
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // As the standard library does: the port of a server that has just stopped is free again. Elsewhere the same option
    // would take the port away from a server that runs.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(CALLERS_MAX)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pop3(address: &str) -> Listener {
        Listener { offer: Offer::named("pop3").unwrap(), address: address.to_owned() }
    }

    #[test]
    fn without_options_all_ports_are_on_this_machine_and_shifted() {
        let all: Vec<String> = Listener::standard().into_iter().map(|listener| listener.address).collect();
        assert_eq!(
            all,
            ["127.0.0.1:2110", "127.0.0.1:2143", "127.0.0.1:2025", "127.0.0.1:2158", "127.0.0.1:2109"]
        );
    }

    #[test]
    fn an_address_needs_host_and_port() {
        for bad in ["", ":110", "2110", "localhost", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1"] {
            let lesson = pop3(bad).resolve().unwrap_err().to_string();
            assert!(lesson.contains("HOST:PORT") || lesson.contains("not known"), "{bad}: {lesson}");
        }
        for good in ["127.0.0.1:0", "127.0.0.1:65535", "[::1]:2110"] {
            assert_eq!(pop3(good).resolve().unwrap().len(), 1, "{good}");
        }
    }

    #[test]
    fn passwords_stay_on_this_machine_unless_somebody_says_otherwise() {
        for (address, allowed) in [
            ("127.0.0.1:0", true),
            ("127.255.255.254:0", true),
            ("[::1]:0", true),
            ("[::ffff:127.0.0.1]:0", true),
            ("0.0.0.0:0", false),
            ("[::]:0", false),
            ("192.0.2.1:110", false),
            ("128.0.0.1:0", false),
        ] {
            let listener = pop3(address);
            let addresses = listener.resolve().unwrap();
            assert_eq!(listener.check_cleartext(&addresses, false, false).is_ok(), allowed, "{address}");
            assert_eq!(listener.allows_cleartext(&addresses, false), allowed, "{address}");
            assert!(listener.check_cleartext(&addresses, true, false).is_ok(), "{address}");
            assert!(listener.check_cleartext(&addresses, false, true).is_ok(), "encrypted: {address}");
            let smtp = Listener { offer: Offer::named("smtp").unwrap(), ..listener };
            assert!(
                smtp.check_cleartext(&addresses, false, false).is_ok(),
                "no password, no harm: {address}"
            );
        }
    }
}
