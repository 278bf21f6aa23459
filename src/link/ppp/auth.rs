//! Who is calling: PAP (RFC 1334 §2) and CHAP with MD5 (RFC 1994).

use md5::{Digest, Md5};

use super::config::{Authentication, Config};
use super::layer::MAX_CONFIGURE;
use super::packet::Packet;
use crate::link::framing::ppp::Protocol;
use crate::time::Instant;

/// Codes of PAP (RFC 1334 §2.2).
mod pap {
    pub const REQUEST: u8 = 1;
    pub const ACK: u8 = 2;
    pub const NAK: u8 = 3;
}

/// Codes of CHAP (RFC 1994 §4).
mod chap {
    pub const CHALLENGE: u8 = 1;
    pub const RESPONSE: u8 = 2;
    pub const SUCCESS: u8 = 3;
    pub const FAILURE: u8 = 4;
}

/// How far the two have got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Waiting,
    Proven,
    Refused,
}

/// One end's part in one proof: the caller that proves, or the end that wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    method: Authentication,
    /// Whether this end proves, and does not check.
    proves: bool,
    pub(super) progress: Progress,
    identifier: u8,
    tries: u8,
    /// CHAP's caller: its last response, which it repeats if neither Success nor Failure comes.
    response: Option<Packet>,
    pub(super) timer: Option<Instant>,
}

impl Proof {
    pub(super) const fn new(method: Authentication, proves: bool) -> Self {
        let progress = Progress::Waiting;
        Self { method, proves, progress, identifier: 0, tries: MAX_CONFIGURE, response: None, timer: None }
    }

    pub(super) const fn protocol(&self) -> Protocol {
        match self.method {
            Authentication::Pap => Protocol::PAP,
            Authentication::Chap => Protocol::CHAP,
        }
    }

    /// PAP's caller and CHAP's other end speak first, and again until they are answered.
    pub(super) fn speak(&mut self, now: Instant, config: &Config) -> Option<Packet> {
        let speaks_first = self.proves == (self.method == Authentication::Pap);
        if self.progress != Progress::Waiting || !(speaks_first || self.response.is_some()) {
            return None;
        }
        let Some(left) = self.tries.checked_sub(1) else {
            self.progress = Progress::Refused;
            return None;
        };
        self.tries = left;
        self.timer = Some(now + config.restart);
        if self.response.is_some() {
            return self.response.clone();
        }
        self.identifier = self.identifier.wrapping_add(1);
        let (code, data) = match self.method {
            Authentication::Pap => (pap::REQUEST, [counted(&config.name), counted(&config.secret)].concat()),
            Authentication::Chap => {
                (chap::CHALLENGE, [counted(&config.challenge), config.name.clone()].concat())
            }
        };
        Some(Packet { code, identifier: self.identifier, data })
    }

    pub(super) fn wake(&mut self, now: Instant, config: &Config) -> Option<Packet> {
        self.timer.filter(|at| *at <= now)?;
        self.timer = None;
        self.speak(now, config)
    }

    pub(super) fn receive(&mut self, now: Instant, packet: &Packet, config: &Config) -> Option<Packet> {
        let Packet { code, identifier, data } = packet;
        let answer = |code, data: Vec<u8>| Some(Packet { code, identifier: *identifier, data });
        match (self.method, self.proves, *code) {
            (Authentication::Pap, false, pap::REQUEST) => {
                let right = *data == [counted(&config.name), counted(&config.secret)].concat();
                self.end(right);
                answer(if right { pap::ACK } else { pap::NAK }, vec![0])
            }
            (Authentication::Pap, true, pap::ACK | pap::NAK) if *identifier == self.identifier => {
                self.end(*code == pap::ACK);
                None
            }
            (Authentication::Chap, true, chap::CHALLENGE) => {
                let length = usize::from(*data.first()?);
                let challenge = data.get(1..1 + length)?;
                let digest = chap_response(*identifier, &config.secret, challenge);
                self.response = answer(chap::RESPONSE, [counted(&digest), config.name.clone()].concat());
                self.timer = (self.progress == Progress::Waiting).then(|| now + config.restart);
                self.response.clone()
            }
            (Authentication::Chap, false, chap::RESPONSE) if *identifier == self.identifier => {
                let digest = chap_response(*identifier, &config.secret, &config.challenge);
                let right = *data == [counted(&digest), config.name.clone()].concat();
                self.end(right);
                answer(if right { chap::SUCCESS } else { chap::FAILURE }, Vec::new())
            }
            (Authentication::Chap, true, chap::SUCCESS | chap::FAILURE) => {
                self.end(*code == chap::SUCCESS);
                None
            }
            _ => None,
        }
    }

    const fn end(&mut self, right: bool) {
        self.timer = None;
        self.progress = if right { Progress::Proven } else { Progress::Refused };
    }
}

/// MD5 over identifier, secret and challenge (RFC 1994 §4.1).
#[must_use]
pub fn chap_response(identifier: u8, secret: &[u8], challenge: &[u8]) -> [u8; 16] {
    let mut digest = Md5::new();
    digest.update([identifier]);
    digest.update(secret);
    digest.update(challenge);
    digest.finalize().into()
}

/// A length of one octet, and what is so long.
fn counted(octets: &[u8]) -> Vec<u8> {
    let octets = octets.get(..255).unwrap_or(octets);
    [&[octets.len() as u8][..], octets].concat()
}
