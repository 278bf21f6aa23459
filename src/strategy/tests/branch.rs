//! The branch office: mail that comes back over the branch's own call.

use std::sync::Arc;

use crate::desk::{Note, Service};
use crate::link::preset;
use crate::mail::date::Timestamp;
use crate::mail::message::Message;
use crate::mail::queue::{Item, QueuedRecipient};
use crate::mail::store::Store;
use crate::protocol::Server;
use crate::protocol::smtp::{Smtp, SmtpSettings};
use crate::strategy::branch::{Branch, Collecting, program};
use crate::time::{Duration, Instant};
use crate::world::lab::Lab;
use crate::world::{Host, World};

const DOMAIN: &str = "branch.example";
const MESSAGES: usize = 6;

fn branch() -> Branch {
    let people = ["anna", "ben", "carla"].map(str::to_owned).to_vec();
    Branch { domain: DOMAIN.into(), people, password: "secret".into() }
}

/// An office that keeps mail for the branch: each message is for one person.
fn office() -> World {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    store.queue_mut().hold(DOMAIN);
    for nth in 0..MESSAGES {
        let address = format!("{}@{DOMAIN}", branch().people[nth % 3]);
        let text = format!("Subject: {nth}\r\n\r\n{}\r\n", "some words ".repeat(20));
        let item = Item::new(Arc::new(Message::new(text)), "boss@office.example", DOMAIN, Instant::START);
        let recipients = vec![QueuedRecipient { address, notify: None, orcpt: None }];
        store.queue_mut().push(Item { recipients, ..item });
    }
    let settings = SmtpSettings { queued_domains: vec![DOMAIN.into()], ..SmtpSettings::default() };
    let host = Host {
        nodes: vec![(DOMAIN.to_owned(), 0)],
        ..Host::new(vec![(Service::Smtp, Server::Smtp(Smtp::new(settings)))])
    };
    let mut world = World::new(1, store, host);
    world.add_workstation(Arc::new(preset::resolve("v34-28800:plain").unwrap()));
    world
}

fn calling(world: World) -> Lab {
    let mut lab = Lab::new(world);
    lab.add_client(0, program(branch(), Collecting::Etrn));
    lab
}

/// How many messages the branch has got, as its last call tells.
fn got(world: &World) -> Option<usize> {
    let notes = world.journal().notes.iter();
    let mut told = notes.filter_map(|taken| match &taken.note {
        Note::Remark(text) => text.split(' ').next()?.parse().ok(),
        _ => None,
    });
    told.next_back()
}

#[test]
fn mail_comes_back_over_the_same_call_after_etrn() {
    let mut lab = calling(office());
    lab.run().unwrap();
    assert_eq!(lab.outcomes().next().flatten(), Some(&Ok(())));
    let world = lab.world();
    assert_eq!((got(world), world.store().queue().len()), (Some(MESSAGES), 0));
    assert_eq!((world.conns().len(), world.journal().calls.len()), (2, 1));
    // Nobody waits for a timer: it is over in well under a minute.
    assert!(world.now() < Instant::START + Duration::from_secs(60), "{:?}", world.now());
}

#[test]
fn a_client_that_goes_back_in_time_accepts_the_same_connection_again() {
    let mut lab = Lab::with_history(office());
    lab.add_client(0, program(branch(), Collecting::Etrn));
    lab.run().unwrap();
    let fork = lab.clone();
    let mut again = fork;
    again.run().unwrap();
    assert_eq!(again.world(), lab.world());
}

#[test]
fn a_call_that_drops_at_any_event_loses_no_message() {
    let mut whole = calling(office());
    whole.run().unwrap();
    let events = whole.world().events();
    for at in (1..events).step_by(7) {
        let mut lab = calling(office());
        while lab.world().events() < at && lab.step().unwrap() {}
        lab.world_mut().drop_line(0);
        lab.run().unwrap();
        let left = lab.world().store().queue().len();
        let mut next = calling(lab.world().clone());
        next.run().unwrap();
        assert_eq!(next.outcomes().next().flatten(), Some(&Ok(())), "dropped after event {at}");
        assert_eq!(next.world().store().queue().len(), 0, "dropped after event {at}");
        assert_eq!(
            got(next.world()),
            Some(left),
            "dropped after event {at}: what was left came with the next call"
        );
    }
}
