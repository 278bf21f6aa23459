//! What a server can be told by a word: the same words at the prompt, in scripts and in `maillab serve`.
//!
//! ```text
//! :open smtp --without pipelining,chunking     a server that announces neither, and knows neither
//! :open pop3 --with accept-bare-lf             a leniency, on purpose
//! maillab serve --with smtp:vrfy --without imap:idle
//! ```
//!
//! SMTP's and IMAP's extensions have their own names here, in any case of letters; what is no extension has a row
//! below. A word behind its service and a colon is meant for that service alone.

use super::Server;
use super::imap::{self, Imap, ImapSettings};
use super::pop3::{Expire, Pop3, Pop3Settings};
use super::sasl::Mechanism;
use super::security::{Security, Tls};
use super::smtp::{self, Relay, Smtp, SmtpSettings};
use super::tls::Version;
use crate::desk::Service;
use crate::lesson::nearest;
use crate::mail::queue::BRANCH;
use crate::time::Duration;

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// The word, in lower case.
    pub word: String,
    /// It is on unless somebody says otherwise.
    pub usual: bool,
    /// What it does, in one line.
    pub help: &'static str,
}

/// A feature that is no extension of its protocol: its word, what it does, and how it is told to the settings.
struct Row<S: 'static> {
    word: &'static str,
    help: &'static str,
    set: fn(&mut S, bool),
}

const fn row<S>(word: &'static str, help: &'static str, set: fn(&mut S, bool)) -> Row<S> {
    Row { word, help, set }
}

/// RFC 1957 tells of the first; the book's page on quirks of all.
#[rustfmt::skip]
const POP3: &[Row<Pop3Settings>] = &[
    row("space-after-ok", "a space stands behind every +OK (RFC 1957)", |s, on| s.quirks.space_after_ok = on),
    row("accept-bare-lf", "a bare LF ends a line too", |s, on| s.quirks.accept_bare_lf = on),
    row("accept-trailing-blanks", "blanks at the end of a command are passed over", |s, on| s.quirks.accept_trailing_blanks = on),
    row("bare-list-reply", "LIST's first line has no count", |s, on| s.quirks.bare_list_reply = on),
    row("lists-deleted", "LIST tells the size of a message that is marked as deleted", |s, on| s.quirks.lists_deleted = on),
    row("uidl-changes", "UIDL's names hold for one session only", |s, on| s.quirks.uidl_changes = on),
    row("xmit-keeps-dots", "XTND XMIT leaves the client's dots in the text, as popper did", |s, on| s.quirks.xmit_keeps_dots = on),
    row("bboards-closes-first", "XTND BBOARDS closes the maildrop before it looks for the group", |s, on| s.quirks.bboards_closes_first = on),
    row("hides-utf8", "messages in UTF-8 are kept from clients that have not said UTF8 (RFC 6856 §5)", |s, on| s.hides_utf8 = on),
    row("login-delay", "a minute between two logins (RFC 2449 §6.5)", |s, on| s.login_delay = Duration::from_secs(if on { 60 } else { 0 })),
    row("expire", "mail is removed after seven days (RFC 2449 §6.7)", |s, on| s.expire = if on { Expire::Days(7) } else { Expire::Never }),
    row("anonymous", "AUTH ANONYMOUS lets anybody in as the user `anonymous` (RFC 4505)", |s, on| mechanism(&mut s.more_mechanisms, Mechanism::Anonymous, on)),
    row("external", "AUTH EXTERNAL: TLS has shown that the client is alice (RFC 4422 appendix A)", |s, on| external(&mut s.more_mechanisms, &mut s.external, on)),
    row("cleartext", "passwords may cross in clear", |s, on| s.security.cleartext_logins = on),
    row("stls", "STLS is offered (RFC 2595)", |s, on| offers_tls(&mut s.security, on)),
];

#[rustfmt::skip]
const IMAP: &[Row<ImapSettings>] = &[
    row("anonymous", "AUTHENTICATE ANONYMOUS lets anybody in as the user `anonymous` (RFC 4505)", |s, on| mechanism(&mut s.mechanisms, Mechanism::Anonymous, on)),
    row("external", "AUTHENTICATE EXTERNAL: TLS has shown that the client is alice (RFC 4422 appendix A)", |s, on| external(&mut s.mechanisms, &mut s.external, on)),
    row("cleartext", "passwords may cross in clear", |s, on| s.security.cleartext_logins = on),
    row("starttls", "STARTTLS is offered (RFC 3501 §6.2.1)", |s, on| offers_tls(&mut s.security, on)),
];

/// Extensions that need more than to be announced come before their namesakes in `smtp::EXTENSIONS`.
#[rustfmt::skip]
const SMTP: &[Row<SmtpSettings>] = &[
    row("vrfy", "VRFY says who exists (RFC 5321 §3.5)", |s, on| s.verify_users = on),
    row("expn", "EXPN says who is on a list (RFC 5321 §3.5)", |s, on| s.expand_lists = on),
    row("terminals", "SEND, SOML and SAML reach people at their screens (RFC 821 §3.4)", |s, on| s.terminals = on),
    row("turn", "the two ends may change places (RFC 821 §3.8); mail for branch.example is kept", |s, on| { s.turn = on; keeps_mail(s, on); }),
    row("etrn", "mail for branch.example is kept until its host asks for it (RFC 1985)", keeps_mail),
    row("relay", "mail for other hosts is taken and queued", |s, on| s.relay = if on { Relay::Queued } else { Relay::Refused }),
    row("auth", "clients may log in (RFC 4954)", |s, on| s.auth = if on { Mechanism::USUAL.into_iter().chain([Mechanism::Login]).collect() } else { Vec::new() }),
    row("anonymous", "AUTH ANONYMOUS lets anybody in as the user `anonymous` (RFC 4505)", |s, on| mechanism(&mut s.auth, Mechanism::Anonymous, on)),
    row("external", "AUTH EXTERNAL: TLS has shown that the client is alice (RFC 4422 appendix A)", |s, on| external(&mut s.auth, &mut s.external, on)),
    row("starttls", "STARTTLS is offered (RFC 3207)", |s, on| offers_tls(&mut s.security, on)),
];

/// What all three say of TLS beside their rows: encrypted from the first octet (RFC 8314 §3), and which TLS it is.
const TLS: [(&str, &str); 2] = [
    ("tls", "TLS begins with the first octet, as at a port of its own (RFC 8314)"),
    ("tls-1.0", "TLS is that of 1999 (RFC 2246), and not 1.3"),
];

/// True if the word is one of [`TLS`].
fn about_tls(word: &str, on: bool, security: &mut Security) -> bool {
    if word.eq_ignore_ascii_case("tls") {
        security.tls = if on { Tls::Active } else { Tls::Unavailable };
    } else if word.eq_ignore_ascii_case("tls-1.0") {
        security.version = if on { Version::Tls10 } else { Version::Tls13 };
    } else {
        return false;
    }
    true
}

fn mechanism(offered: &mut Vec<Mechanism>, mechanism: Mechanism, on: bool) {
    offered.retain(|known| *known != mechanism);
    if on {
        offered.push(mechanism);
    }
}

fn external(offered: &mut Vec<Mechanism>, shown: &mut Option<String>, on: bool) {
    mechanism(offered, Mechanism::External, on);
    *shown = on.then(|| "alice".to_owned());
}

fn offers_tls(security: &mut Security, on: bool) {
    security.tls = if on { Tls::Offered } else { Tls::Unavailable };
}

fn keeps_mail(settings: &mut SmtpSettings, on: bool) {
    settings.queued_domains.retain(|domain| domain != BRANCH);
    if on {
        settings.queued_domains.push(BRANCH.to_owned());
    }
}

/// The words that a service knows, in the order in which they are shown.
#[must_use]
pub fn features(service: Service) -> Vec<Feature> {
    fn of<S>(rows: &[Row<S>]) -> impl Iterator<Item = Feature> {
        rows.iter().map(|row| Feature {
            word: row.word.to_owned(),
            usual: row.word == "cleartext",
            help: row.help,
        })
    }
    let tls = TLS.map(|(word, help)| Feature { word: word.to_owned(), usual: false, help });
    match service {
        Service::Pop3 => of(POP3).chain(tls).collect(),
        Service::Imap => {
            let extensions = imap::capability::EXTENSIONS.iter().map(|row| Feature {
                word: row.name.to_ascii_lowercase(),
                usual: row.usual,
                help: row.help,
            });
            extensions.chain(of(IMAP)).chain(tls).collect()
        }
        Service::Smtp | Service::Lmtp => {
            let of_its_own = |word: &str| SMTP.iter().any(|row| row.word.eq_ignore_ascii_case(word));
            let extensions = smtp::EXTENSIONS.iter().filter(|row| !of_its_own(row.word)).map(|row| Feature {
                word: row.word.to_ascii_lowercase(),
                usual: true,
                help: row.help,
            });
            extensions.chain(of(SMTP)).chain(tls).collect()
        }
        _ => Vec::new(),
    }
}

/// A word that no service, or not this one, knows: what is allowed in its place.
///
/// # Errors
/// What is allowed, if the word is not known.
pub fn check(service: Service, word: &str) -> Result<(), String> {
    check_among(features(service), service, word)
}

/// True for words about TLS: the laboratory's accounting stage. Real ports have a real one, and options for it.
#[must_use]
pub fn is_about_tls(word: &str) -> bool {
    let words = ["stls", "starttls"].into_iter().chain(TLS.map(|(word, _)| word));
    words.into_iter().any(|tls| tls.eq_ignore_ascii_case(word))
}

/// As [`check`], for real ports: words about TLS are not known there.
///
/// # Errors
/// What is allowed, if the word is not known.
pub fn check_on_real_ports(service: Service, word: &str) -> Result<(), String> {
    let known = features(service).into_iter().filter(|feature| !is_about_tls(&feature.word)).collect();
    check_among(known, service, word)
}

fn check_among(known: Vec<Feature>, service: Service, word: &str) -> Result<(), String> {
    if known.iter().any(|feature| feature.word.eq_ignore_ascii_case(word)) {
        return Ok(());
    }
    Err(match nearest(&word.to_ascii_lowercase(), known.iter().map(|feature| feature.word.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("`{}` has nothing to switch", service.word()),
        None => known.iter().map(|feature| feature.word.as_str()).collect::<Vec<_>>().join(", "),
    })
}

impl Server {
    /// The same server with a feature on or off, before anybody has connected to it. What it does not know leaves it
    /// as it is: see [`check`].
    #[must_use]
    pub fn with_feature(self, word: &str, on: bool) -> Self {
        match self {
            Self::Pop3(pop3) => {
                let mut settings = pop3.settings().clone();
                if !about_tls(word, on, &mut settings.security) {
                    apply(POP3, word, on, &mut settings);
                }
                Self::Pop3(Pop3::new(settings))
            }
            Self::Imap(imap) => {
                let mut settings = imap.settings().clone();
                if about_tls(word, on, &mut settings.security) {
                } else if let Some(extension) = imap::capability::extension_named(word) {
                    let set = settings.extensions;
                    settings.extensions = if on { set.with(extension) } else { set.without(extension) };
                } else {
                    apply(IMAP, word, on, &mut settings);
                }
                Self::Imap(Imap::new(settings))
            }
            Self::Smtp(smtp) => {
                let mut settings = smtp.settings().clone();
                about_tls(word, on, &mut settings.security);
                let of_its_own = SMTP.iter().any(|row| row.word.eq_ignore_ascii_case(word));
                match smtp::Extension::named(word).filter(|_| !of_its_own) {
                    Some(extension) => {
                        let set = settings.extensions;
                        settings.extensions = if on { set.with(extension) } else { set.without(extension) };
                    }
                    None => apply(SMTP, word, on, &mut settings),
                }
                Self::Smtp(Smtp::new(settings))
            }
            other => other,
        }
    }
}

fn apply<S>(rows: &[Row<S>], word: &str, on: bool, settings: &mut S) {
    if let Some(row) = rows.iter().find(|row| row.word.eq_ignore_ascii_case(word)) {
        (row.set)(settings, on);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::date::Timestamp;
    use crate::mail::store::Store;
    use crate::session::{Output, Session};
    use crate::time::Instant;

    fn smtp() -> Server {
        Server::Smtp(Smtp::new(SmtpSettings::default()))
    }

    fn says(mut server: Server, line: &str) -> String {
        let mut store = Store::new(Timestamp::DEFAULT_START);
        let mut out = Output::default();
        server.receive(Instant::START, format!("{line}\r\n").as_bytes(), &mut store, &mut out);
        String::from_utf8(out.bytes()).unwrap()
    }

    #[test]
    fn every_word_is_told_to_its_server_and_can_be_taken_back() {
        for (service, server) in [
            (Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default()))),
            (Service::Imap, Server::Imap(Imap::new(ImapSettings::default()))),
            (Service::Smtp, smtp()),
        ] {
            let words = features(service);
            assert!(words.len() > 4);
            for feature in words {
                assert_eq!(check(service, &feature.word.to_uppercase()), Ok(()));
                let changed = server.clone().with_feature(&feature.word, !feature.usual);
                assert_ne!(changed, server, "{} of {}", feature.word, service.word());
                assert_eq!(changed.with_feature(&feature.word, feature.usual), server, "{}", feature.word);
            }
        }
    }

    #[test]
    fn what_is_without_an_extension_neither_announces_nor_knows_it() {
        let plain = smtp().with_feature("pipelining", false).with_feature("CHUNKING", false);
        let answer = says(plain.clone(), "EHLO here");
        assert!(
            !answer.contains("PIPELINING") && !answer.contains("CHUNKING") && answer.contains("SIZE"),
            "{answer}"
        );
        assert!(!answer.contains("BINARYMIME"), "it needs chunks: {answer}");
        let keeps = says(smtp().with_feature("etrn", true), "EHLO here");
        assert!(keeps.contains("250-ETRN"), "{keeps}");
        assert!(!says(smtp(), "EHLO here").contains("ETRN"), "nobody's mail waits");
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_nearest_or_with_all() {
        assert_eq!(check(Service::Smtp, "pipelinning"), Err("did you mean `pipelining`?".into()));
        assert!(check(Service::Pop3, "zzzzzzzzz").unwrap_err().contains("space-after-ok"));
        assert!(check(Service::Pop2, "x").unwrap_err().contains("nothing to switch"));
    }

    #[test]
    fn on_real_ports_nobody_is_told_of_words_about_tls() {
        for service in [Service::Pop3, Service::Imap, Service::Smtp] {
            let allowed = check_on_real_ports(service, "zzzzzzzzz").unwrap_err();
            assert!(allowed.contains("anonymous") && !allowed.contains("tls"), "{allowed}");
            assert!(check_on_real_ports(service, "tls-1.0").is_err() && is_about_tls("StartTLS"));
        }
    }
}
