//! What a server of today says of itself: CAPA (RFC 2449) and LANG (RFC 6856).

use super::command::{Keyword, StateName};
use super::error::Refusal;
use super::reply::Reply;
use super::settings::{Expire, Pop3Settings};
use crate::protocol::sasl::Mechanism;
use crate::protocol::security::Tls;
use crate::time::Duration;

/// What CAPA lists: what is true in this state, and nothing else (RFC 2449 §5). There is no capability for APOP.
pub fn lines(settings: &Pop3Settings, state: StateName) -> Vec<u8> {
    let security = settings.security;
    let before_login = state == StateName::Authorization;
    let mut all = vec!["TOP".to_owned(), "UIDL".to_owned(), "PIPELINING".to_owned(), "RESP-CODES".to_owned()];
    all.push("AUTH-RESP-CODE".to_owned());
    if security.lets_passwords_pass() {
        all.push("USER".to_owned());
    }
    let mechanisms: Vec<&str> = mechanisms(settings).map(Mechanism::name).collect();
    if before_login && !mechanisms.is_empty() {
        all.push(format!("SASL {}", mechanisms.join(" ")));
    }
    // RFC 2595 §4: while it can be asked for.
    if before_login && security.tls == Tls::Offered {
        all.push("STLS".to_owned());
    }
    if settings.login_delay > Duration::ZERO {
        all.push(format!("LOGIN-DELAY {}", settings.login_delay.as_nanos() / 1_000_000_000));
    }
    all.push(match settings.expire {
        Expire::Never => "EXPIRE NEVER".to_owned(),
        Expire::Days(days) => format!("EXPIRE {days}"),
    });
    // `UTF8 USER`: names and passwords may be in UTF-8 too (RFC 6856 §2.2).
    all.push("UTF8 USER".to_owned());
    all.push("LANG".to_owned());
    all.push(format!("IMPLEMENTATION maillab-{}", env!("CARGO_PKG_VERSION")));
    all.join("\r\n").into_bytes().into_iter().chain(*b"\r\n").collect()
}

/// The mechanisms that AUTH takes here: none that shows a password where none may be shown (RFC 5034 §4).
pub fn mechanisms(settings: &Pop3Settings) -> impl Iterator<Item = Mechanism> {
    let in_clear = settings.security.lets_passwords_pass();
    let knows_auth = settings.dialect.knows(Keyword::Auth);
    let known = if knows_auth { settings.dialect.mechanisms() } else { &[] };
    let more = if knows_auth { &settings.more_mechanisms[..] } else { &[] };
    let shown = settings.external.is_some();
    known
        .iter()
        .chain(more)
        .copied()
        .filter(move |mechanism| in_clear || !mechanism.row().shows_password)
        .filter(move |mechanism| shown || *mechanism != Mechanism::External)
}

/// Replies are in English, and say so (RFC 6856 §3). `*` is the server's choice, `MUL` no language at all.
pub fn language(language: Option<Vec<u8>>) -> Result<Reply, Refusal> {
    match language {
        None => Ok(Reply::Listing("languages follow".into(), b"en English\r\n".to_vec())),
        Some(tag) if tag == b"*" || tag.eq_ignore_ascii_case(b"en") => {
            Ok(Reply::Line("en replies are in English".into()))
        }
        Some(tag) => Err(Refusal::NoSuchLanguage(tag)),
    }
}
