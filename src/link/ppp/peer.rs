//! One end of a line: its phases from the first frame to the last (RFC 1661 §3).
//!
//! ```text
//!   Dead ─ carrier ─> Establish ─ LCP opened ─> Authenticate ─ proven ─> Network ─ IPCP opened: IP packets flow
//!     ^                   │                          │ refused              │ close
//!     └─── carrier lost ──┴───────── Terminate <─────┴──────────────────────┘
//! ```

use super::Agreed;
use super::auth::{Progress, Proof};
use super::automaton::{Event, State};
use super::config::{Authentication, Config, Vj, read_deflate};
use super::layer::{Layer, Notice, Output};
use super::packet::{Packet, ccp, code, ipcp, lcp};
use crate::link::framing::hdlc::Accm;
use crate::link::framing::ppp::{Head, Protocol, open};
use crate::time::Instant;

/// Where a line stands (RFC 1661 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No carrier.
    Dead,
    /// LCP agrees on the line.
    Establish,
    /// The caller proves who it is.
    Authenticate,
    /// IPCP and CCP agree on what flows.
    Network,
    /// LCP ends it.
    Terminate,
}

/// A frame to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What stands between the flags, the check apart.
    pub content: Vec<u8>,
    /// What has to be escaped, on an asynchronous line.
    pub accm: Accm,
}

/// One end of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    config: Config,
    phase: Phase,
    lcp: Layer,
    ipcp: Layer,
    ccp: Layer,
    proofs: Vec<Proof>,
    rejects: u8,
}

impl Peer {
    /// An end without a carrier.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let layer = |protocol| Layer::new(protocol, &config);
        let (lcp, ipcp, ccp) = (layer(Protocol::LCP), layer(Protocol::IPCP), layer(Protocol::CCP));
        Self { phase: Phase::Dead, lcp, ipcp, ccp, proofs: Vec::new(), rejects: 0, config }
    }

    /// Where it stands.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// The states of LCP, IPCP and CCP.
    #[must_use]
    pub const fn states(&self) -> [State; 3] {
        [self.lcp.state, self.ipcp.state, self.ccp.state]
    }

    /// Whether IP packets may flow, and no negotiation is under way that would change how.
    #[must_use]
    pub fn is_up(&self) -> bool {
        let compression_settled = self.config.deflate.is_none()
            || matches!(self.ccp.state, State::Opened | State::Stopped | State::Closed);
        self.ipcp.state == State::Opened && compression_settled
    }

    /// The modems have a carrier.
    pub fn carrier(&mut self, now: Instant, out: &mut Vec<Frame>) {
        if self.phase == Phase::Dead {
            self.phase = Phase::Establish;
            for event in [Event::Open, Event::Up] {
                let output = self.lcp.happens(now, event);
                self.act(now, Protocol::LCP, output, out);
            }
        }
    }

    /// Ends the line in good order.
    pub fn close(&mut self, now: Instant, out: &mut Vec<Frame>) {
        if !matches!(self.phase, Phase::Dead | Phase::Terminate) {
            self.phase = Phase::Terminate;
            let output = self.lcp.happens(now, Event::Close);
            self.act(now, Protocol::LCP, output, out);
        }
    }

    /// Asks whether the other end is still there (RFC 1661 §5.8).
    pub fn echo(&mut self, out: &mut Vec<Frame>) {
        if self.lcp.state == State::Opened {
            let magic = self.lcp.obtained(lcp::MAGIC).map_or_else(|| vec![0; 4], |magic| magic.data.clone());
            self.rejects = self.rejects.wrapping_add(1);
            let packet = Packet { code: code::ECHO_REQUEST, identifier: self.rejects, data: magic };
            out.push(self.frame(Protocol::LCP, &packet.write()));
        }
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let layers = [&self.lcp, &self.ipcp, &self.ccp].into_iter().filter_map(|layer| layer.timer);
        layers.chain(self.proofs.iter().filter_map(|proof| proof.timer)).min()
    }

    /// A timer ran out.
    pub fn wake(&mut self, now: Instant, out: &mut Vec<Frame>) {
        for protocol in [Protocol::LCP, Protocol::IPCP, Protocol::CCP] {
            if let Some(layer) = self.layer(protocol) {
                let output = layer.wake(now);
                self.act(now, protocol, output, out);
            }
        }
        let config = &self.config;
        let spoken: Vec<_> = self
            .proofs
            .iter_mut()
            .filter_map(|proof| Some((proof.protocol(), proof.wake(now, config)?)))
            .collect();
        out.extend(spoken.iter().map(|(protocol, packet)| self.frame(*protocol, &packet.write())));
        self.proceed(now, out);
    }

    /// A frame came whose check was right.
    pub fn receive(&mut self, now: Instant, content: &[u8], out: &mut Vec<Frame>) {
        let Some((protocol, information)) = open(content) else { return };
        match protocol {
            Protocol::LCP => self.control(now, protocol, information, out),
            // Until LCP is open nothing else counts (RFC 1661 §3.4).
            _ if self.lcp.state != State::Opened => {}
            Protocol::PAP | Protocol::CHAP => self.prove(now, protocol, information, out),
            // IPCP before its phase is silently dropped (RFC 1332 §2).
            Protocol::IPCP | Protocol::CCP if self.phase != Phase::Network => {}
            Protocol::IPCP => self.control(now, protocol, information, out),
            Protocol::CCP if self.config.deflate.is_some() => self.control(now, protocol, information, out),
            Protocol::IP | Protocol::VJ_COMPRESSED | Protocol::VJ_UNCOMPRESSED | Protocol::COMPRESSED => {}
            Protocol::MULTILINK if self.config.multilink.is_some() => {}
            _ => self.reject(protocol, information, out),
        }
    }

    /// What the other end has agreed to receive, if IP packets may flow to it.
    #[must_use]
    pub fn agreed(&self) -> Option<Agreed> {
        if self.ipcp.state != State::Opened {
            return None;
        }
        let short = |kind: u8| {
            let data = self.lcp.granted(kind)?.data.as_slice();
            Some(u16::from_be_bytes(data.try_into().ok()?))
        };
        let vj = self.ipcp.granted(ipcp::COMPRESSION).and_then(|option| Vj::read(&option.data));
        let deflate = self.ccp.granted(ccp::DEFLATE).and_then(|option| read_deflate(&option.data));
        Some(Agreed {
            mru: short(lcp::MRU).unwrap_or(1500),
            accm: self.accm(),
            acfc: self.lcp.granted(lcp::ACFC).is_some(),
            pfc: self.lcp.granted(lcp::PFC).is_some(),
            vj,
            deflate: deflate.filter(|_| self.ccp.state == State::Opened),
            mrru: short(lcp::MRRU),
            short_sequence: self.lcp.granted(lcp::SHORT_SEQUENCE).is_some(),
            own_address: self
                .ipcp
                .obtained(ipcp::ADDRESS)
                .and_then(|option| option.data.as_slice().try_into().ok()),
        })
    }

    fn accm(&self) -> Accm {
        let granted = self.lcp.granted(lcp::ACCM).and_then(|option| option.data.as_slice().try_into().ok());
        granted.map_or(Accm::ALL, |octets| Accm(u32::from_be_bytes(octets)))
    }

    fn layer(&mut self, protocol: Protocol) -> Option<&mut Layer> {
        match protocol {
            Protocol::LCP => Some(&mut self.lcp),
            Protocol::IPCP => Some(&mut self.ipcp),
            Protocol::CCP => Some(&mut self.ccp),
            _ => None,
        }
    }

    fn control(&mut self, now: Instant, protocol: Protocol, information: &[u8], out: &mut Vec<Frame>) {
        let Some(packet) = Packet::read(information) else { return };
        if protocol == Protocol::LCP && packet.code == code::PROTOCOL_REJECT {
            self.rejected(now, &packet, out);
        }
        let config = self.config.clone();
        if let Some(layer) = self.layer(protocol) {
            let output = layer.receive(now, &packet, &config);
            self.act(now, protocol, output, out);
        }
    }

    /// The other end knows one of our protocols not at all: that one is over (RFC 1661 §5.7).
    fn rejected(&mut self, now: Instant, packet: &Packet, out: &mut Vec<Frame>) {
        let Some((protocol, _)) = open(&packet.data) else { return };
        if let Some(layer) = self.layer(protocol).filter(|layer| layer.protocol != Protocol::LCP) {
            let output = layer.happens(now, Event::RejectCatastrophic);
            self.act(now, protocol, output, out);
        }
    }

    fn reject(&mut self, protocol: Protocol, information: &[u8], out: &mut Vec<Frame>) {
        self.rejects = self.rejects.wrapping_add(1);
        // As much of it as surely fits (RFC 1661 §5.7).
        let part = information.get(..1400).unwrap_or(information);
        let data = [&protocol.0.to_be_bytes()[..], part].concat();
        let packet = Packet { code: code::PROTOCOL_REJECT, identifier: self.rejects, data };
        out.push(self.frame(Protocol::LCP, &packet.write()));
    }

    fn prove(&mut self, now: Instant, protocol: Protocol, information: &[u8], out: &mut Vec<Frame>) {
        let Some(packet) = Packet::read(information) else { return };
        let config = &self.config;
        let answers: Vec<_> = self
            .proofs
            .iter_mut()
            .filter(|proof| proof.protocol() == protocol)
            .filter_map(|proof| proof.receive(now, &packet, config))
            .collect();
        out.extend(answers.iter().map(|answer| self.frame(protocol, &answer.write())));
        self.proceed(now, out);
    }

    /// Sends what a layer has to say, and tells the layers above.
    fn act(&mut self, now: Instant, protocol: Protocol, output: Output, out: &mut Vec<Frame>) {
        out.extend(output.packets.iter().map(|packet| self.frame(protocol, &packet.write())));
        for notice in output.notices {
            match (protocol, notice) {
                (Protocol::LCP, Notice::Up) => self.established(now, out),
                (Protocol::LCP, Notice::Down) => {
                    for upper in [Protocol::IPCP, Protocol::CCP] {
                        if let Some(layer) = self.layer(upper) {
                            layer.happens(now, Event::Down);
                        }
                    }
                    self.proofs.clear();
                    if self.phase != Phase::Terminate {
                        self.phase = Phase::Establish;
                    }
                }
                (Protocol::LCP, Notice::Finished) => self.phase = Phase::Dead,
                _ => {}
            }
        }
    }

    /// LCP is open: whoever has to prove something does.
    fn established(&mut self, now: Instant, out: &mut Vec<Frame>) {
        let method = |option: Option<&super::packet::Choice>| Authentication::read(&option?.data);
        let demanded = method(self.lcp.obtained(lcp::AUTHENTICATION));
        if self.config.demands.is_some() && demanded.is_none() {
            // The caller refuses to say who it is.
            self.close(now, out);
            return;
        }
        self.phase = Phase::Authenticate;
        let proving = method(self.lcp.granted(lcp::AUTHENTICATION)).map(|method| Proof::new(method, true));
        self.proofs = proving.into_iter().chain(demanded.map(|method| Proof::new(method, false))).collect();
        let config = &self.config;
        let spoken: Vec<_> = self
            .proofs
            .iter_mut()
            .filter_map(|proof| Some((proof.protocol(), proof.speak(now, config)?)))
            .collect();
        out.extend(spoken.iter().map(|(protocol, packet)| self.frame(*protocol, &packet.write())));
        self.proceed(now, out);
    }

    /// On to the network phase when everything is proven, or to the end when something is refused.
    fn proceed(&mut self, now: Instant, out: &mut Vec<Frame>) {
        if self.phase != Phase::Authenticate {
            return;
        }
        if self.proofs.iter().any(|proof| proof.progress == Progress::Refused) {
            self.close(now, out);
        } else if self.proofs.iter().all(|proof| proof.progress == Progress::Proven) {
            self.phase = Phase::Network;
            let wants_compression = self.config.deflate.is_some();
            let layers = [Some(Protocol::IPCP), wants_compression.then_some(Protocol::CCP)];
            for protocol in layers.into_iter().flatten() {
                for event in [Event::Up, Event::Open] {
                    if let Some(layer) = self.layer(protocol) {
                        let output = layer.happens(now, event);
                        self.act(now, protocol, output, out);
                    }
                }
            }
        }
    }

    /// The frame of a packet, as this end may send it now.
    fn frame(&self, protocol: Protocol, packet: &[u8]) -> Frame {
        let open = self.lcp.state == State::Opened && protocol != Protocol::LCP;
        let has = |kind| open && self.lcp.granted(kind).is_some();
        let head = Head::new(protocol, has(lcp::ACFC), has(lcp::PFC));
        let accm = if open { self.accm() } else { Accm::ALL };
        Frame { content: [head.as_bytes(), packet].concat(), accm }
    }
}
