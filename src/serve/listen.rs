//! Addresses to listen at, and which of them may see a password.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

use crate::desk::Service;
use crate::lesson::Lesson;

/// A port to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// What is spoken there.
    pub service: Service,
    /// As it was given: `127.0.0.1:2110`, `localhost:0`.
    pub address: String,
}

/// What is added to the well-known port, so that nobody needs to be root and nothing else is in the way.
pub const PORT_SHIFT: u16 = 2000;

impl Listener {
    /// Every service on this machine alone, each at its well-known port plus 2000.
    #[must_use]
    pub fn standard() -> Vec<Self> {
        Service::ALL
            .map(|service| Self {
                service,
                address: SocketAddr::from((Ipv4Addr::LOCALHOST, service.port() + PORT_SHIFT)).to_string(),
            })
            .into()
    }

    /// The addresses behind the name, in the order in which they are to be tried.
    ///
    /// # Errors
    /// What is no `host:port`, and a host that nobody knows.
    pub fn resolve(&self) -> Result<Vec<SocketAddr>, Lesson> {
        let option = self.service.word();
        let has_port = self
            .address
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        if !has_port {
            return Err(Lesson::new(format!("`{}` is no address to listen at", self.address))
                .note("an address is HOST:PORT, the port 0 to 65535; port 0 picks a free one")
                .hint(format!("`--{option} 127.0.0.1:{}`", self.service.port() + PORT_SHIFT)));
        }
        match self.address.to_socket_addrs().map(Vec::from_iter) {
            Ok(addresses) if !addresses.is_empty() => Ok(addresses),
            Ok(_) => Err(Lesson::new(format!("the host of `{}` has no address", self.address))),
            Err(error) => Err(Lesson::new(format!("the host of `{}` is not known: {error}", self.address))
                .hint(format!("`--{option} 127.0.0.1:0` needs no name"))),
        }
    }

    /// Refuses an address beyond this machine where a password would cross a network in clear.
    ///
    /// # Errors
    /// A lesson that names the way out.
    pub fn check_cleartext(&self, addresses: &[SocketAddr], cleartext: bool) -> Result<(), Lesson> {
        let asks_for_password = self.service != Service::Smtp;
        if cleartext || !asks_for_password || addresses.iter().all(|address| is_loopback(address.ip())) {
            return Ok(());
        }
        let option = self.service.word();
        Err(Lesson::new(format!("passwords would cross the network in clear at --{option} {}", self.address))
            .note("anybody on the way can read them; on loopback (127.0.0.1, ::1) nobody is on the way")
            .hint("listen on loopback, or add `--cleartext` if the network is your own and the password worth nothing"))
    }

    /// Why a port could not be opened.
    #[must_use]
    pub fn not_opened(&self, error: &std::io::Error) -> Lesson {
        let option = self.service.word();
        let what = format!("--{option} {} cannot be opened", self.address);
        match error.kind() {
            std::io::ErrorKind::AddrInUse => Lesson::new(format!("{what}: the port is in use"))
                .note("another program listens there, perhaps a server that was started before")
                .hint(format!("stop it, or take a free port with `--{option} 127.0.0.1:0`")),
            std::io::ErrorKind::PermissionDenied => Lesson::new(format!("{what}: this needs more rights"))
                .note("on most systems ports below 1024 are for the administrator")
                .hint(format!("`--{option} 127.0.0.1:{}`", self.service.port() + PORT_SHIFT)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pop3(address: &str) -> Listener {
        Listener { service: Service::Pop3, address: address.to_owned() }
    }

    #[test]
    fn without_options_all_ports_are_on_this_machine_and_shifted() {
        let all: Vec<String> = Listener::standard().into_iter().map(|listener| listener.address).collect();
        assert_eq!(all, ["127.0.0.1:2110", "127.0.0.1:2143", "127.0.0.1:2025"]);
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
            assert_eq!(listener.check_cleartext(&addresses, false).is_ok(), allowed, "{address}");
            assert!(listener.check_cleartext(&addresses, true).is_ok(), "{address}");
            let smtp = Listener { service: Service::Smtp, ..listener };
            assert!(smtp.check_cleartext(&addresses, false).is_ok(), "no password, no harm: {address}");
        }
    }
}
