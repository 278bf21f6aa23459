//! A control packet in words, for people.

use std::fmt::Write as _;

use super::config::{Authentication, Vj, read_deflate};
use super::packet::{Choice, Packet, ccp, code, ipcp, lcp};
use crate::link::framing::ppp::{Protocol, open};

/// The content of a frame in one line: `LCP Configure-Request 1: ACCM 000A0000, magic 92355678, PFC, ACFC`.
#[must_use]
pub fn describe(content: &[u8]) -> String {
    let Some((protocol, information)) = open(content) else { return "no PPP frame".to_owned() };
    let name = protocol.name().map_or_else(|| format!("protocol {:04X}", protocol.0), str::to_owned);
    let Some(packet) = Packet::read(information) else { return name };
    let mut text = format!("{name} {} {}", code_name(protocol, packet.code), packet.identifier);
    let has_options = (code::CONFIGURE_REQUEST..=code::CONFIGURE_REJECT).contains(&packet.code)
        && matches!(protocol, Protocol::LCP | Protocol::IPCP | Protocol::CCP);
    if has_options {
        let options: Vec<String> = packet
            .options()
            .unwrap_or_default()
            .iter()
            .map(|option| option_in_words(protocol, option))
            .collect();
        if !options.is_empty() {
            text.push_str(": ");
            text.push_str(&options.join(", "));
        }
    } else if protocol == Protocol::PAP && packet.code == 1 {
        let name = packet.data.split_first().and_then(|(length, rest)| rest.get(..usize::from(*length)));
        let _ = write!(text, ": name {}, password ***", String::from_utf8_lossy(name.unwrap_or_default()));
    }
    text
}

fn code_name(protocol: Protocol, code: u8) -> String {
    let known = match (protocol, code) {
        (Protocol::PAP, 1) => "Authenticate-Request",
        (Protocol::PAP, 2) => "Authenticate-Ack",
        (Protocol::PAP, 3) => "Authenticate-Nak",
        (Protocol::CHAP, 1) => "Challenge",
        (Protocol::CHAP, 2) => "Response",
        (Protocol::CHAP, 3) => "Success",
        (Protocol::CHAP, 4) => "Failure",
        (_, code::CONFIGURE_REQUEST) => "Configure-Request",
        (_, code::CONFIGURE_ACK) => "Configure-Ack",
        (_, code::CONFIGURE_NAK) => "Configure-Nak",
        (_, code::CONFIGURE_REJECT) => "Configure-Reject",
        (_, code::TERMINATE_REQUEST) => "Terminate-Request",
        (_, code::TERMINATE_ACK) => "Terminate-Ack",
        (_, code::CODE_REJECT) => "Code-Reject",
        (_, code::PROTOCOL_REJECT) => "Protocol-Reject",
        (_, code::ECHO_REQUEST) => "Echo-Request",
        (_, code::ECHO_REPLY) => "Echo-Reply",
        (_, code::DISCARD_REQUEST) => "Discard-Request",
        (_, code::RESET_REQUEST) => "Reset-Request",
        (_, code::RESET_ACK) => "Reset-Ack",
        _ => return format!("code {code}"),
    };
    known.to_owned()
}

fn option_in_words(protocol: Protocol, option: &Choice) -> String {
    let data = option.data.as_slice();
    let hex = || data.iter().fold(String::new(), |hex, octet| format!("{hex}{octet:02X}"));
    let number = || data.iter().fold(0_u64, |number, octet| number << 8 & 0xFFFF_FFFF | u64::from(*octet));
    let address = || data.iter().map(u8::to_string).collect::<Vec<_>>().join(".");
    match (protocol, option.kind) {
        (Protocol::LCP, lcp::MRU) => format!("MRU {}", number()),
        (Protocol::LCP, lcp::ACCM) => format!("ACCM {}", hex()),
        (Protocol::LCP, lcp::AUTHENTICATION) => match Authentication::read(data) {
            Some(Authentication::Pap) => "PAP".to_owned(),
            Some(Authentication::Chap) => "CHAP with MD5".to_owned(),
            None => format!("authentication {}", hex()),
        },
        (Protocol::LCP, lcp::MAGIC) => format!("magic {}", hex()),
        (Protocol::LCP, lcp::PFC) => "PFC".to_owned(),
        (Protocol::LCP, lcp::ACFC) => "ACFC".to_owned(),
        (Protocol::LCP, lcp::CALLBACK) => "callback".to_owned(),
        (Protocol::LCP, lcp::MRRU) => format!("MRRU {}", number()),
        (Protocol::LCP, lcp::SHORT_SEQUENCE) => "short sequence numbers".to_owned(),
        (Protocol::LCP, lcp::ENDPOINT) => format!("endpoint {}", hex()),
        (Protocol::IPCP, ipcp::COMPRESSION) => match Vj::read(data) {
            Some(vj) if vj.elide_slot => format!("VJ with slots 0 to {}, elided", vj.highest_slot),
            Some(vj) => format!("VJ with slots 0 to {}", vj.highest_slot),
            None => format!("compression {}", hex()),
        },
        (Protocol::IPCP, ipcp::ADDRESS) => format!("address {}", address()),
        (Protocol::IPCP, ipcp::PRIMARY_DNS) => format!("name server {}", address()),
        (Protocol::IPCP, ipcp::SECONDARY_DNS) => format!("second name server {}", address()),
        (Protocol::CCP, ccp::DEFLATE) => match read_deflate(data) {
            Some(window) => format!("Deflate with a window of {} octets", 1_u32 << window),
            None => format!("Deflate {}", hex()),
        },
        (_, kind) => format!("option {kind} {}", hex()),
    }
}
