//! Tests of the whole protocol; what a part does alone is tested beside it.

mod beside;
mod codes;
mod history;
mod listed;
mod prose;
mod rfc;
mod sessions;
mod settings;

use super::*;
use crate::mail::date::Timestamp;
use crate::mail::message::Message;
use crate::mail::store::Store;
use crate::protocol::testing::{Dialogue, Lab, dialogue};

/// Fred, who is the RFC's user, and Markl.
fn store() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    store.add_user("fred", "fred-password").unwrap();
    store.add_user("MarkL", "foo").unwrap();
    store
}

fn server() -> Dmsp {
    Dmsp::new(DmspSettings::default())
}

fn check(text: &str) -> Lab {
    dialogue(&Dialogue { store: &store(), text, burst: false }, server)
}

/// As [`check`], with a mailbox of messages: fred's first has three.
fn check_with_mail(text: &str) -> Lab {
    dialogue(&Dialogue { store: &with_mail(3), text, burst: false }, server)
}

fn with_mail(messages: u32) -> Store {
    let mut store = store();
    let fred = store.user(b"fred").unwrap();
    let inbox = store.inbox(fred).unwrap();
    for number in 1..=messages {
        let text = format!(
            "From: joe\r\nTo: fred\r\nDate: Thu, 17 Dec 87 18:24:09 PST\r\nSubject: m{number}\r\n\r\nhi\r\n"
        );
        let message = std::sync::Arc::new(Message::new(text.into_bytes()));
        store.append(inbox, message, Default::default(), Timestamp::DEFAULT_START).unwrap();
    }
    store
}

/// A dialogue of fred's client "office", after the banner and LOGIN.
const OFFICE: &str = "
    S: 200 Pcmail repository version 3.0.0 ready
    C: LOGIN fred fred-password office 1 0
    S: 200 Command OK
";

fn office(text: &str) -> Lab {
    check_with_mail(&format!("{OFFICE}{text}"))
}
