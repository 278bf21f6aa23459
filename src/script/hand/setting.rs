//! Where a hand begins, and which services there are.

use std::sync::Arc;

use crate::desk::Service;
use crate::link::call::CallPlan;
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::link::tcp::Profile;
use crate::mail::date::Timestamp;
use crate::mail::queue::BRANCH;
use crate::mail::store::Store;
use crate::protocol::Server;
use crate::protocol::dmsp::{Dmsp, DmspSettings};
use crate::protocol::imap::{Imap, ImapSettings};
use crate::protocol::pop1::{Pop1, Pop1Settings};
use crate::protocol::pop2::{Pop2, Pop2Settings};
use crate::protocol::pop3::{Pop3, Pop3Settings};
use crate::protocol::poppassd::{Poppassd, PoppassdSettings};
use crate::protocol::smtp::{Smtp, SmtpSettings};
use crate::scenario::Branch;
use crate::world::Delivery;

/// Where a hand begins.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The server's mail.
    pub store: Store,
    /// Mail that comes in later.
    pub deliveries: Vec<Delivery>,
    /// What the clock on the wall shows at the start.
    pub start: Timestamp,
    /// For whatever is drawn.
    pub seed: u64,
    /// Whether calls fail, lines drop and delays jitter as the link's data say.
    pub chance: bool,
    /// What becomes of calls.
    pub calls: CallPlan,
    /// The link, until another is put in its place.
    pub link: Arc<LinkSpec>,
    /// By what calls are charged, until another is named.
    pub tariff: Arc<Tariff>,
    /// The TCP of both ends.
    pub stack: &'static Profile,
    /// The branch office for which mail waits, if there is one.
    pub branch: Option<Branch>,
    /// Hand every octet to the connection by itself: servers must not care how their input is cut.
    pub by_octet: bool,
}

/// A server of every service, as it is unless a dialect is asked for. Where there is a branch office its mail is kept.
pub(super) fn services(has_branch: bool) -> Vec<(Service, Server)> {
    let queued_domains = if has_branch { vec![BRANCH.to_owned()] } else { Vec::new() };
    vec![
        (Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default()))),
        (Service::Imap, Server::Imap(Imap::new(ImapSettings::default()))),
        (Service::Smtp, Server::Smtp(Smtp::new(SmtpSettings { queued_domains, ..SmtpSettings::default() }))),
        (Service::Lmtp, Server::Smtp(Smtp::new(SmtpSettings::lmtp()))),
        (Service::Dmsp, Server::Dmsp(Dmsp::new(DmspSettings::default()))),
        (Service::Pop2, Server::Pop2(Pop2::new(Pop2Settings::default()))),
        (Service::Pop1, Server::Pop1(Pop1::new(Pop1Settings::default()))),
        (Service::Poppassd, Server::Poppassd(Poppassd::new(PoppassdSettings::default()))),
    ]
}
