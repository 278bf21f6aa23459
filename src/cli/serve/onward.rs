//! What the command line and the accounts file say of mail for other hosts, and what is told about it.

use std::net::TcpListener;

use super::Args;
use crate::cli::Output;
use crate::desk::Service;
use crate::lesson::Lesson;
use crate::mail::queue::Policy;
use crate::serve::accounts::Accounts;
use crate::serve::listen::Door;
use crate::serve::routes::{Route, Routes, checked_host};
use crate::time::Duration;

/// Where mail for other hosts goes.
pub fn routes(args: &Args, accounts: &Accounts) -> Result<Routes, Lesson> {
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let mut routes = Routes {
        relay: args.relay.as_deref().or(accounts.relay.as_deref()).map(checked_host).transpose()?,
        policy: Policy {
            retry: seconds(args.retry),
            warn_after: seconds(args.warn_after),
            give_up: seconds(args.give_up),
        },
        ..Routes::default()
    };
    for route in &accounts.routes {
        routes.add(route.clone(), &accounts.domains)?;
    }
    for (texts, hold) in [(&args.route, false), (&args.hold, true)] {
        for text in texts {
            routes.add(Route::read(text, hold)?, &accounts.domains)?;
        }
    }
    Ok(routes)
}

/// Says what becomes of mail for other hosts, where somebody could send some.
pub fn tell(args: &Args, routes: &Routes, listeners: &[(Door, TcpListener)], output: &mut Output) {
    let smtp = || listeners.iter().filter(|(door, _)| door.offer.service == Service::Smtp);
    if routes.is_empty() {
        return;
    }
    if let Some(relay) = &routes.relay {
        output.talk(&format!("note: mail for other hosts goes on to {relay}"));
    }
    for Route { domain, host, hold } in &routes.routes {
        let when = if *hold { " when it is asked for" } else { "" };
        output.talk(&match host {
            Some(host) => format!("note: mail for {domain} goes on to {host}{when}"),
            None => format!("note: mail for {domain} waits until its host takes it by TURN"),
        });
    }
    let is_open = |door: &Door| !door.is_local && !door.offer.asks_for_password;
    if routes.relay.is_some() && smtp().any(|(door, _)| is_open(door)) {
        output.talk(
            "note: who comes from beyond this machine may send only to this server's own domains and to those with a \
             route; who is to send anywhere logs in at `--submission`",
        );
    }
    if args.state.is_none() {
        output.talk("note: what waits to be sent on is lost when the server ends; `--state DIR` keeps it");
    }
}

/// What is told of mail that waits while the server stops.
pub fn left(messages: usize, kept: bool) -> String {
    let (s, wait, are) = if messages == 1 { ("", "waits", "is") } else { ("s", "wait", "are") };
    match kept {
        true => format!("note: {messages} message{s} for other hosts {wait} until the next start"),
        false => format!(
            "note: {messages} message{s} for other hosts could not be sent on and {are} lost; `--state DIR` keeps them"
        ),
    }
}
