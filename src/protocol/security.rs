//! What a server knows and says about encryption, the same for all protocols.
//!
//! The sessions never see a key: they agree with the client that TLS begins (RFC 2595, RFC 3207, RFC 3501
//! §6.2.1), and whoever hosts them does it (see [`crate::session`]).

use super::tls::Version;

/// Whether a connection is encrypted, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Security {
    /// Where the connection stands.
    pub tls: Tls,
    /// Passwords may cross in clear a connection that is not encrypted.
    pub cleartext_logins: bool,
    /// Which TLS it is, where a world only counts its octets ([`super::tls`]).
    pub version: Version,
}

/// Where a connection stands with TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// It is in clear and stays so: the command is refused.
    #[default]
    Unavailable,
    /// It is in clear, and the client may ask for TLS.
    Offered,
    /// It is encrypted.
    Active,
}

/// In clear, and passwords may cross it: what a server of the 1990s was, and what a laboratory wants to look at.
impl Default for Security {
    fn default() -> Self {
        Self { tls: Tls::Unavailable, cleartext_logins: true, version: Version::default() }
    }
}

impl Security {
    /// True if a password may be sent now.
    #[must_use]
    pub fn lets_passwords_pass(self) -> bool {
        self.cleartext_logins || self.tls == Tls::Active
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::date::Timestamp;
    use crate::mail::store::Store;
    use crate::protocol::Server;
    use crate::protocol::imap::{Imap, ImapSettings};
    use crate::protocol::pop3::{Pop3, Pop3Settings};
    use crate::protocol::smtp::{Smtp, SmtpSettings};
    use crate::session::{Output, Session};
    use crate::time::Instant;

    fn servers(security: Security) -> [Server; 3] {
        [
            Server::Pop3(Pop3::new(Pop3Settings { security, ..Pop3Settings::default() })),
            Server::Imap(Imap::new(ImapSettings { security, ..ImapSettings::default() })),
            Server::Smtp(Smtp::new(SmtpSettings { security, ..SmtpSettings::default() })),
        ]
    }

    struct Talk(Server, Store);

    impl Talk {
        fn new(server: Server) -> Self {
            let mut store = Store::new(Timestamp::DEFAULT_START);
            store.add_user("alice", "secret").unwrap();
            Self(server, store)
        }

        fn say(&mut self, text: &str) -> (String, bool) {
            let mut out = Output::default();
            self.0.receive(Instant::START, text.as_bytes(), &mut self.1, &mut out);
            (String::from_utf8(out.bytes()).unwrap(), out.start_tls)
        }

        fn secured(&mut self) {
            let mut out = Output::default();
            self.0.secured(Instant::START, &mut self.1, &mut out);
            assert_eq!(out.bytes(), b"", "there is no second greeting");
        }
    }

    /// How each protocol asks for TLS, asks what there is, and logs in.
    const WORDS: [(&str, &str, &str, &str); 3] = [
        ("STLS", "+OK begin TLS now\r\n", "CAPA", "USER alice"),
        ("a STARTTLS", "a OK begin TLS now\r\n", "b CAPABILITY", "c LOGIN alice secret"),
        ("STARTTLS", "220 ready to start TLS\r\n", "EHLO here", "MAIL FROM:<a@example.org>"),
    ];

    #[test]
    fn what_is_pipelined_behind_starttls_is_never_obeyed() {
        let offered = Security { tls: Tls::Offered, ..Security::default() };
        for (server, (start, begins, ask, log_in)) in servers(offered).into_iter().zip(WORDS) {
            let mut talk = Talk::new(server);
            // One piece with whole and half commands behind it, as somebody on the line would put them there.
            let said = talk.say(&format!("{start}\r\n{log_in}\r\n{ask}\r\nx half"));
            assert_eq!(said, (begins.to_owned(), true));
            talk.secured();
            let (answer, starts) = talk.say(&format!("{ask}\r\n"));
            assert!(!starts && !answer.contains("half") && !answer.contains("STLS"), "{answer}");
            assert!(
                !answer.contains("STARTTLS") && answer.contains("OK") | answer.contains("250"),
                "{answer}"
            );
            let (refused, starts) = talk.say(&format!("{start}\r\n"));
            assert!(refused.contains("encrypted already") && !starts, "{refused}");
        }
    }

    #[test]
    fn what_a_client_said_in_clear_is_forgotten() {
        let offered = Security { tls: Tls::Offered, ..Security::default() };
        let [mut pop3, _, mut smtp] = servers(offered).map(Talk::new);
        assert!(pop3.say("USER alice\r\n").0.starts_with("+OK"));
        assert!(pop3.say("STLS\r\n").1);
        pop3.secured();
        assert!(pop3.say("PASS secret\r\n").0.starts_with("-ERR"), "the USER was said in clear");
        assert!(smtp.say("EHLO here\r\n").0.ends_with("250 STARTTLS\r\n"));
        assert!(smtp.say("STARTTLS\r\n").1);
        smtp.secured();
        assert!(smtp.say("MAIL FROM:<a@example.org>\r\n").0.starts_with("503"), "the EHLO was said in clear");
    }

    #[test]
    fn where_passwords_must_not_pass_they_are_not_asked_for() {
        let wanted = Security { tls: Tls::Offered, cleartext_logins: false, ..Security::default() };
        for (server, (start, _, ask, log_in)) in servers(wanted).into_iter().zip(WORDS).take(2) {
            let mut talk = Talk::new(server);
            let (answer, _) = talk.say(&format!("{ask}\r\n"));
            let says_so = answer.contains("LOGINDISABLED") || !answer.contains("\nUSER");
            assert!(says_so && answer.contains(start.trim_start_matches("a ")), "{answer}");
            let (refused, _) = talk.say(&format!("{log_in}\r\n"));
            assert!(refused.contains("no password in clear"), "{refused}");
            talk.say(&format!("{start}\r\n"));
            talk.secured();
            let (answer, _) = talk.say(&format!("{ask}\r\n"));
            assert!(!answer.contains("LOGINDISABLED"), "{answer}");
            let (welcome, _) = talk.say(&format!("{log_in}\r\n"));
            assert!(welcome.contains("OK"), "{welcome}");
        }
    }

    #[test]
    fn without_tls_nobody_offers_it() {
        for (server, (start, _, ask, _)) in servers(Security::default()).into_iter().zip(WORDS) {
            let mut talk = Talk::new(server);
            let (answer, _) = talk.say(&format!("{ask}\r\n"));
            assert!(!answer.contains("STLS") && !answer.contains("STARTTLS"), "{answer}");
            let (refused, starts) = talk.say(&format!("{start}\r\n"));
            assert!(refused.contains("no TLS here") && !starts, "{refused}");
        }
    }
}
