//! What extensions add to MAIL and RCPT: `KEYWORD=value` behind the path (RFC 5321 §4.1.1.11).

use super::command::Parameter;
use super::dialect::Extension;
use super::error::Refusal;
use super::settings::Offered;
use crate::mail::envelope::{Body, Notify, Return};

/// What stands behind a reverse-path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// SIZE: about how many octets will come (RFC 1870 §6).
    pub size: Option<u64>,
    /// BODY.
    pub body: Body,
    /// RET.
    pub ret: Option<Return>,
    /// ENVID, decoded: printable ASCII.
    pub envid: Option<String>,
    /// SMTPUTF8: addresses and header may be in any script (RFC 6531 §3.4).
    pub utf8: bool,
}

/// What stands behind a forward-path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RcptParameters {
    /// NOTIFY, if it was given.
    pub notify: Option<Notify>,
    /// ORCPT, decoded: the type and the address that the sender meant, as `rfc822;Bob@example.com`.
    pub orcpt: Option<String>,
}

/// ENVID holds at most 100 characters (RFC 3461 §4.4), ORCPT at most 500 (§4.2).
const ENVID_MAX: usize = 100;
const ORCPT_MAX: usize = 500;

/// The parameters of MAIL.
///
/// # Errors
/// [`Refusal::Parameter`] for one that was not announced, [`Refusal::Value`] for one that is not well written or
/// comes twice.
pub fn of_mail(parameters: &[Parameter], offered: Offered<'_>) -> Result<MailParameters, Refusal> {
    let mut found = MailParameters::default();
    each_once(parameters)?;
    for parameter in parameters {
        let value = parameter.value.as_deref();
        let wrong = || Refusal::Value(shown(parameter));
        match parameter.keyword.as_str() {
            "SIZE" if offered.has(Extension::Size) => found.size = Some(size(value).ok_or_else(wrong)?),
            "BODY" if offered.has(Extension::EightBitMime) || offered.has(Extension::BinaryMime) => {
                found.body = body(value, offered).ok_or_else(wrong)?;
            }
            "RET" if offered.has(Extension::Dsn) => found.ret = Some(ret(value).ok_or_else(wrong)?),
            "ENVID" if offered.has(Extension::Dsn) => {
                let envid = value.filter(|text| text.len() <= ENVID_MAX).and_then(printable);
                found.envid = Some(envid.ok_or_else(wrong)?);
            }
            "SMTPUTF8" if offered.has(Extension::SmtpUtf8) => {
                found.utf8 = value.is_none();
                value.map_or(Ok(()), |_| Err(wrong()))?;
            }
            // Who the first server took the author for (RFC 4954 §5): read, and believed by nobody here.
            "AUTH" if offered.has(Extension::Auth) => {
                value.filter(|text| *text == "<>" || from_xtext(text).is_some()).ok_or_else(wrong)?;
            }
            _ => return Err(Refusal::Parameter(shown(parameter))),
        }
    }
    Ok(found)
}

/// The parameters of RCPT.
///
/// # Errors
/// As [`of_mail`].
pub fn of_rcpt(parameters: &[Parameter], offered: Offered<'_>) -> Result<RcptParameters, Refusal> {
    let mut found = RcptParameters::default();
    each_once(parameters)?;
    for parameter in parameters {
        let value = parameter.value.as_deref();
        let wrong = || Refusal::Value(shown(parameter));
        match parameter.keyword.as_str() {
            "NOTIFY" if offered.has(Extension::Dsn) => {
                found.notify = Some(value.and_then(notify).ok_or_else(wrong)?);
            }
            "ORCPT" if offered.has(Extension::Dsn) => {
                found.orcpt = Some(value.and_then(orcpt).ok_or_else(wrong)?);
            }
            _ => return Err(Refusal::Parameter(shown(parameter))),
        }
    }
    Ok(found)
}

/// "Each esmtp-keyword ... MUST appear at most once" is what RFC 3461 §4.5 asks for its own, and what all need.
fn each_once(parameters: &[Parameter]) -> Result<(), Refusal> {
    for (nth, parameter) in parameters.iter().enumerate() {
        if parameters.iter().take(nth).any(|earlier| earlier.keyword == parameter.keyword) {
            return Err(Refusal::Value(shown(parameter)));
        }
    }
    Ok(())
}

/// `size-value ::= 1*20DIGIT` (RFC 1870 §6). What does not fit into 64 bits is more than anybody takes.
fn size(value: Option<&str>) -> Option<u64> {
    let digits = value.filter(|text| (1..=20).contains(&text.len()))?;
    digits.bytes().all(|octet| octet.is_ascii_digit()).then(|| digits.parse().unwrap_or(u64::MAX))
}

fn body(value: Option<&str>, offered: Offered<'_>) -> Option<Body> {
    let value = value?;
    [Body::SevenBit, Body::EightBit, Body::Binary].into_iter().find(|body| {
        let is_offered = match body {
            Body::SevenBit => true,
            Body::EightBit => offered.has(Extension::EightBitMime),
            Body::Binary => offered.has(Extension::BinaryMime),
        };
        is_offered && value.eq_ignore_ascii_case(body.word())
    })
}

fn ret(value: Option<&str>) -> Option<Return> {
    match value?.to_ascii_uppercase().as_str() {
        "FULL" => Some(Return::Full),
        "HDRS" => Some(Return::Headers),
        _ => None,
    }
}

/// `notify-esmtp-value = "NEVER" / 1#notify-list-element` (RFC 3461 §4.1)
fn notify(value: &str) -> Option<Notify> {
    if value.eq_ignore_ascii_case("NEVER") {
        return Some(Notify::NEVER);
    }
    let mut wanted = Notify::NEVER;
    for word in value.split(',') {
        match word.to_ascii_uppercase().as_str() {
            "SUCCESS" => wanted.success = true,
            "FAILURE" => wanted.failure = true,
            "DELAY" => wanted.delay = true,
            _ => return None,
        }
    }
    Some(wanted)
}

/// `original-recipient-address = addr-type ";" xtext` (RFC 3461 §4.2)
fn orcpt(value: &str) -> Option<String> {
    let (kind, text) = value.split_once(';').filter(|_| value.len() <= ORCPT_MAX)?;
    let is_atom =
        !kind.is_empty() && kind.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
    let address = printable(text).filter(|address| is_atom && !address.is_empty())?;
    Some(format!("{kind};{address}"))
}

/// Xtext that stands for printable ASCII and nothing else: it will stand in a report's header, where an encoded
/// line end would begin another field.
fn printable(text: &str) -> Option<String> {
    let decoded = from_xtext(text)?;
    let is_printable = decoded.iter().all(|octet| (b' '..=b'~').contains(octet));
    String::from_utf8(decoded).ok().filter(|_| is_printable)
}

/// What xtext stands for: printable ASCII but `+` and `=`, which are written `+2B` and `+3D` (RFC 3461 §4); `None`
/// if it is none.
#[must_use]
pub fn from_xtext(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let (octet, left) = match (first, after) {
            (b'+', [high, low, left @ ..]) => (hex(*high)? << 4 | hex(*low)?, left),
            (b'!'..=b'*' | b','..=b'<' | b'>'..=b'~', left) => (*first, left),
            _ => return None,
        };
        octets.push(octet);
        rest = left;
    }
    Some(octets)
}

/// Octets as xtext.
#[must_use]
pub fn to_xtext(octets: &[u8]) -> String {
    let one = |octet: &u8| match octet {
        b'!'..=b'*' | b','..=b'<' | b'>'..=b'~' => char::from(*octet).to_string(),
        _ => format!("+{octet:02X}"),
    };
    octets.iter().map(one).collect()
}

/// Hexadecimal digits of xtext are capitals (RFC 3461 §4).
const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn shown(parameter: &Parameter) -> String {
    match &parameter.value {
        Some(value) => format!("{}={value}", parameter.keyword),
        None => parameter.keyword.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn xtext_is_read_as_the_grammar_has_it() {
        for (text, octets) in [
            ("", Some(&b""[..])),
            ("QQ314159", Some(b"QQ314159")),
            ("a+2Bb+3Dc", Some(b"a+b=c")),
            ("+", None),
            ("+2", None),
            ("+2b", None),
            ("a=b", None),
            ("a b", None),
            ("\u{e9}", None),
        ] {
            assert_eq!(from_xtext(text).as_deref(), octets, "{text}");
        }
    }

    #[test]
    fn an_original_recipient_has_a_type_and_an_address() {
        for (text, right) in [
            ("rfc822;Bob@Big-Bucks.COM", true),
            ("rfc822;", false),
            (";a@b", false),
            ("a@b", false),
            ("x.400;a", false),
            ("rfc822;a+0D+0ABcc:b", false),
        ] {
            assert_eq!(orcpt(text).is_some(), right, "{text}");
        }
        assert_eq!(orcpt("rfc822;a+2Bb@c").as_deref(), Some("rfc822;a+b@c"));
        assert!(orcpt(&format!("rfc822;{}", "x".repeat(493))).is_some());
        assert!(orcpt(&format!("rfc822;{}", "x".repeat(494))).is_none());
    }

    proptest! {
        #[test]
        fn xtext_comes_back(octets in prop::collection::vec(any::<u8>(), 0..50)) {
            prop_assert_eq!(from_xtext(&to_xtext(&octets)), Some(octets));
        }
    }
}
