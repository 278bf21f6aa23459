//! One end of one control protocol: the automaton with its counters, its timer, and the options it haggles over.

use super::automaton::{Action, Event, State};
use super::config::{Authentication, Config, Verdict, Vj, read_deflate};
use super::packet::{Choice, Packet, ccp, code, ipcp, lcp};
use crate::link::framing::ppp::Protocol;
use crate::time::{Duration, Instant};

/// How often a Configure-Request is sent without an answer (RFC 1661 §4.6).
pub(super) const MAX_CONFIGURE: u8 = 10;
/// How often a Terminate-Request is (RFC 1661 §4.6).
const MAX_TERMINATE: u8 = 2;
/// How many Configure-Naks are sent in a row before options are rejected instead (RFC 1661 §4.6).
const MAX_FAILURE: u8 = 5;

/// What a layer tells the layers around it (RFC 1661 §4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    Up,
    Down,
    Finished,
}

/// What came of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) packets: Vec<Packet>,
    pub(super) notices: Vec<Notice>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) protocol: Protocol,
    pub(super) state: State,
    /// What it asks for in its next request.
    wishes: Vec<Choice>,
    /// What the other end asked for and was granted.
    pub(super) granted: Vec<Choice>,
    identifier: u8,
    restart: Duration,
    restarts: u8,
    naks: u8,
    pub(super) timer: Option<Instant>,
}

impl Layer {
    pub(super) fn new(protocol: Protocol, config: &Config) -> Self {
        let wishes = config.wishes(protocol);
        let (granted, timer, restart) = (Vec::new(), None, config.restart);
        Self {
            protocol,
            state: State::Initial,
            wishes,
            granted,
            identifier: 0,
            restart,
            restarts: 0,
            naks: 0,
            timer,
        }
    }

    /// What it asked for last, and has if it is open.
    pub(super) fn obtained(&self, kind: u8) -> Option<&Choice> {
        self.wishes.iter().find(|wish| wish.kind == kind)
    }

    pub(super) fn granted(&self, kind: u8) -> Option<&Choice> {
        self.granted.iter().find(|choice| choice.kind == kind)
    }

    /// Something that is no packet happened: Up, Down, Open, Close, or a rejection of the whole protocol.
    pub(super) fn happens(&mut self, now: Instant, event: Event) -> Output {
        self.step(now, event, None)
    }

    /// The restart timer ran out.
    pub(super) fn wake(&mut self, now: Instant) -> Output {
        if self.timer.is_none_or(|at| at > now) {
            return Output::default();
        }
        self.timer = None;
        let event = if self.restarts > 0 { Event::TimeoutAgain } else { Event::TimeoutLast };
        self.step(now, event, None)
    }

    pub(super) fn receive(&mut self, now: Instant, packet: &Packet, config: &Config) -> Output {
        let is_lcp = self.protocol == Protocol::LCP;
        let answers_request = packet.identifier == self.identifier;
        match packet.code {
            code::CONFIGURE_REQUEST => self.request(now, packet, config),
            code::CONFIGURE_ACK if answers_request && packet.options().as_ref() == Some(&self.wishes) => {
                self.step(now, Event::Ack, None)
            }
            code::CONFIGURE_NAK | code::CONFIGURE_REJECT if answers_request => {
                let Some(options) = packet.options() else { return Output::default() };
                if packet.code == code::CONFIGURE_NAK {
                    options.iter().for_each(|option| self.compromise(option));
                } else {
                    self.wishes.retain(|wish| !options.iter().any(|option| option.kind == wish.kind));
                }
                self.step(now, Event::Nak, None)
            }
            // An answer to no question of ours, or to an older one, is silently dropped (RFC 1661 §5.2).
            code::CONFIGURE_ACK | code::CONFIGURE_NAK | code::CONFIGURE_REJECT => Output::default(),
            code::TERMINATE_REQUEST => self.step(now, Event::TerminateRequest, Some(packet.clone())),
            code::TERMINATE_ACK => self.step(now, Event::TerminateAck, None),
            code::CODE_REJECT => {
                // Without the first seven codes there is no protocol left.
                let vital = packet.data.first().is_some_and(|rejected| (1..=7).contains(rejected));
                let event = if vital { Event::RejectCatastrophic } else { Event::RejectPermitted };
                self.step(now, event, None)
            }
            code::PROTOCOL_REJECT if is_lcp => self.step(now, Event::RejectPermitted, None),
            code::ECHO_REQUEST | code::ECHO_REPLY | code::DISCARD_REQUEST if is_lcp => {
                self.step(now, Event::Echo, Some(packet.clone()))
            }
            code::RESET_REQUEST | code::RESET_ACK if self.protocol == Protocol::CCP => Output::default(),
            _ => self.step(now, Event::UnknownCode, Some(packet.clone())),
        }
    }

    fn request(&mut self, now: Instant, packet: &Packet, config: &Config) -> Output {
        let Some(options) = packet.options() else { return Output::default() };
        let mut rejected = Vec::new();
        let mut better = Vec::new();
        for option in &options {
            match config.judge(self.protocol, option) {
                Verdict::Ack => {}
                Verdict::Nak(value) if self.naks < MAX_FAILURE => better.push(value),
                Verdict::Nak(_) | Verdict::Reject => rejected.push(option.clone()),
            }
        }
        let answer = |code, options: &[Choice]| Packet::with_options(code, packet.identifier, options);
        // What is not even understood comes first; about values one talks when only known options are left
        // (RFC 1661 §5.4).
        let (event, reply) = if !rejected.is_empty() {
            (Event::RequestBad, answer(code::CONFIGURE_REJECT, &rejected))
        } else if !better.is_empty() {
            self.naks += 1;
            (Event::RequestBad, answer(code::CONFIGURE_NAK, &better))
        } else {
            self.naks = 0;
            (Event::RequestGood, answer(code::CONFIGURE_ACK, &options))
        };
        if event == Event::RequestGood && self.state.on(event).is_some() {
            self.granted = options;
        }
        self.step(now, event, Some(reply))
    }

    /// Takes the value that the other end would rather see, if it makes sense.
    fn compromise(&mut self, option: &Choice) {
        let data = option.data.as_slice();
        let makes_sense = match (self.protocol, option.kind) {
            (Protocol::LCP, lcp::MRU | lcp::MRRU) => data.len() == 2,
            (Protocol::LCP, lcp::ACCM | lcp::MAGIC) => data.len() == 4,
            (Protocol::LCP, lcp::AUTHENTICATION) => Authentication::read(data).is_some(),
            (Protocol::IPCP, ipcp::COMPRESSION) => Vj::read(data).is_some(),
            (Protocol::IPCP, ipcp::ADDRESS | ipcp::PRIMARY_DNS | ipcp::SECONDARY_DNS) => data.len() == 4,
            (Protocol::CCP, ccp::DEFLATE) => read_deflate(data).is_some(),
            _ => false,
        };
        match self.wishes.iter_mut().find(|wish| wish.kind == option.kind) {
            Some(wish) if makes_sense => wish.data.clone_from(&option.data),
            // There is no agreement on this one, so it stays at its default.
            Some(_) => self.wishes.retain(|wish| wish.kind != option.kind),
            None => {}
        }
    }

    /// One step of the automaton. `packet` is the answer to send, or what was received if that is not yet made.
    fn step(&mut self, now: Instant, event: Event, packet: Option<Packet>) -> Output {
        let mut output = Output::default();
        let Some((actions, next)) = self.state.on(event) else { return output };
        for action in &actions {
            match action {
                Action::ThisLayerUp => output.notices.push(Notice::Up),
                Action::ThisLayerDown => output.notices.push(Notice::Down),
                Action::ThisLayerStarted => {}
                Action::ThisLayerFinished => output.notices.push(Notice::Finished),
                Action::InitializeRestartCount => {
                    let ends = actions.contains(&Action::SendTerminateRequest);
                    self.restarts = if ends { MAX_TERMINATE } else { MAX_CONFIGURE };
                }
                Action::ZeroRestartCount => {
                    self.restarts = 0;
                    self.timer = Some(now + self.restart);
                }
                Action::SendConfigureRequest => {
                    // The same question again keeps its number, so that a late answer still fits (RFC 1661 §5.1).
                    if event != Event::TimeoutAgain {
                        self.identifier = self.identifier.wrapping_add(1);
                    }
                    let request =
                        Packet::with_options(code::CONFIGURE_REQUEST, self.identifier, &self.wishes);
                    self.ask(now, request, &mut output);
                }
                Action::SendTerminateRequest => {
                    self.identifier = self.identifier.wrapping_add(1);
                    let request = Packet {
                        code: code::TERMINATE_REQUEST,
                        identifier: self.identifier,
                        data: Vec::new(),
                    };
                    self.ask(now, request, &mut output);
                }
                Action::SendConfigureAck | Action::SendConfigureNak => output.packets.extend(packet.clone()),
                Action::SendTerminateAck => {
                    let identifier = packet.as_ref().map_or(self.identifier, |packet| packet.identifier);
                    output.packets.push(Packet { code: code::TERMINATE_ACK, identifier, data: Vec::new() });
                }
                Action::SendCodeReject => {
                    self.identifier = self.identifier.wrapping_add(1);
                    let (identifier, data) =
                        (self.identifier, packet.as_ref().map_or_else(Vec::new, Packet::write));
                    output.packets.push(Packet { code: code::CODE_REJECT, identifier, data });
                }
                Action::SendEchoReply => output.packets.extend(packet.as_ref().and_then(|p| self.echo(p))),
            }
        }
        self.state = next;
        if !next.waits() {
            self.timer = None;
        }
        output
    }

    fn ask(&mut self, now: Instant, request: Packet, output: &mut Output) {
        self.restarts = self.restarts.saturating_sub(1);
        self.timer = Some(now + self.restart);
        output.packets.push(request);
    }

    /// The reply to an Echo-Request: the same, with our magic number (RFC 1661 §5.8).
    fn echo(&self, packet: &Packet) -> Option<Packet> {
        if packet.code != code::ECHO_REQUEST {
            return None;
        }
        let magic = self.obtained(lcp::MAGIC).map_or_else(|| vec![0; 4], |magic| magic.data.clone());
        let rest = packet.data.get(4..).unwrap_or_default();
        let data = [&magic[..], rest].concat();
        Some(Packet { code: code::ECHO_REPLY, identifier: packet.identifier, data })
    }
}
