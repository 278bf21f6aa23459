//! POP URLs (RFC 2384): a user, how they log in, a host and a port, in one word. Never a password.

use std::fmt;

/// `pop://<user>;auth=<auth>@<host>:<port>`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopUrl {
    /// The user's name; `None` if the client has to ask.
    pub user: Option<String>,
    /// How to log in.
    pub auth: UrlAuth,
    /// The server.
    pub host: String,
    /// Its port; 110 if the URL names none.
    pub port: u16,
}

/// What stands behind `;AUTH=`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UrlAuth {
    /// Nothing, or `*`: whatever both ends know.
    #[default]
    Any,
    /// `+APOP`.
    Apop,
    /// A SASL mechanism.
    Sasl(String),
}

/// What is wrong with a URL, and what is allowed there.
pub type UrlSlip = &'static str;

impl PopUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, UrlSlip> {
        let server = text
            .get(..6)
            .filter(|scheme| scheme.eq_ignore_ascii_case("pop://"))
            .and_then(|_| text.get(6..))
            .ok_or("a POP URL begins with pop:// (RFC 2384 §3)")?;
        if server.contains(['/', '?', '#']) {
            return Err("a POP URL names an account, and nothing behind it (RFC 2384 §8)");
        }
        let (account, host) =
            server.rsplit_once('@').map_or((None, server), |(account, host)| (Some(account), host));
        let (user, auth) = match account {
            None => (None, UrlAuth::Any),
            Some(account) => login(account)?,
        };
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| "a port is a number up to 65535")?),
            None => (host, 110),
        };
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        if host.is_empty() || !host.chars().all(is_host) {
            return Err("a host is letters, digits, dots and hyphens (RFC 1738 §5)");
        }
        Ok(Self { user, auth, host: host.to_owned(), port })
    }
}

fn login(account: &str) -> Result<(Option<String>, UrlAuth), UrlSlip> {
    // Clear text passwords are not permitted (RFC 2384 §3): a colon would begin one.
    if account.contains(':') {
        return Err("a POP URL holds no password (RFC 2384 §3); a colon in a name is %3A");
    }
    let (user, auth) = match account.split_once(';') {
        None => (account, UrlAuth::Any),
        Some((user, parameter)) => {
            let value = parameter
                .get(..5)
                .filter(|name| name.eq_ignore_ascii_case("auth="))
                .and_then(|_| parameter.get(5..))
                .ok_or("behind the semicolon stands AUTH= and a mechanism (RFC 2384 §8)")?;
            let auth = match decoded(value)? {
                any if any == "*" => UrlAuth::Any,
                apop if apop.eq_ignore_ascii_case("+APOP") => UrlAuth::Apop,
                other if other.starts_with('+') || other.is_empty() => {
                    return Err("+APOP is the only login with a plus (RFC 2384 §3)");
                }
                mechanism => UrlAuth::Sasl(mechanism),
            };
            (user, auth)
        }
    };
    let user = decoded(user)?;
    if account.is_empty() {
        return Err("before the @ stands a user, or how to log in (RFC 2384 §8)");
    }
    Ok(((!user.is_empty()).then_some(user), auth))
}

/// `%3A` and its like undone; they stand for octets of UTF-8 (RFC 2384 §6).
fn decoded(text: &str) -> Result<String, UrlSlip> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((octet, after)) = rest.split_first() {
        rest = after;
        let decoded = match octet {
            b'%' => {
                let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                rest = after.get(2..).unwrap_or_default();
                value.ok_or("behind a percent sign stand two hexadecimal digits (RFC 1738 §2.2)")?
            }
            octet => *octet,
        };
        octets.push(decoded);
    }
    String::from_utf8(octets).map_err(|_| "names in URLs are UTF-8 (RFC 2384 §6)")
}

impl fmt::Display for PopUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pop://")?;
        if let Some(user) = &self.user {
            f.write_str(&encoded(user))?;
        }
        match &self.auth {
            UrlAuth::Any => {}
            UrlAuth::Apop => f.write_str(";AUTH=+APOP")?,
            UrlAuth::Sasl(mechanism) => write!(f, ";AUTH={}", encoded(mechanism))?,
        }
        if self.user.is_some() || self.auth != UrlAuth::Any {
            f.write_str("@")?;
        }
        f.write_str(&self.host)?;
        if self.port == 110 { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// Everything but what RFC 1738 §5 lets stand as it is.
fn encoded(text: &str) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"$-_.+!*'(),&=~".contains(&octet);
    text.bytes()
        .map(|octet| if plain(octet) { char::from(octet).to_string() } else { format!("%{octet:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_rfc_2384_are_read() {
        for (text, user, auth, host, port) in [
            ("pop://rg@mailsrv.qualcomm.com", Some("rg"), UrlAuth::Any, "mailsrv.qualcomm.com", 110),
            ("pop://rg;AUTH=+APOP@mail.eudora.com:8110", Some("rg"), UrlAuth::Apop, "mail.eudora.com", 8110),
            (
                "pop://baz;AUTH=SCRAM-MD5@foo.bar",
                Some("baz"),
                UrlAuth::Sasl("SCRAM-MD5".into()),
                "foo.bar",
                110,
            ),
            ("POP://;auth=*@host", None, UrlAuth::Any, "host", 110),
            ("pop://host", None, UrlAuth::Any, "host", 110),
            ("pop://a%40b%3Ac@host", Some("a@b:c"), UrlAuth::Any, "host", 110),
        ] {
            let read = PopUrl::parse(text);
            let wanted = PopUrl { user: user.map(str::to_owned), auth, host: host.to_owned(), port };
            assert_eq!(read, Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_account_is_refused() {
        for wrong in [
            "",
            "pop:/",
            "imap://x",
            "pop://",
            "pop://user:secret@host",
            "pop://u;tls=1@host",
            "pop://u@host/INBOX",
            "pop://u@host:99999",
            "pop://u%4@host",
            "pop://u@ho st",
            "pop://u;AUTH=+X@h",
            "pop://@h",
            "pop://u%FF@h",
        ] {
            assert!(PopUrl::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(user in "[ -~äö]{1,12}", port in 1_u16..) {
            let url = PopUrl { user: Some(user), auth: UrlAuth::Apop, host: "mail.example".into(), port };
            prop_assert_eq!(PopUrl::parse(&url.to_string()), Ok(url));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "pop://[ -~]{0,30}") {
            let _ = PopUrl::parse(&text);
        }
    }
}
