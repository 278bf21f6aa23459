//! What it takes to come back: so many messages are known here, so many were changed elsewhere.

use std::sync::Arc;

use super::run::host;
use crate::chart::{Cell, Column, Dot, DotPanel, Dots, Heading, Table, Unit};
use crate::desk::{Desk, Program, Service, Trouble};
use crate::lesson::Lesson;
use crate::link::spec::LinkSpec;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::{FlagChange, Store, Uid};
use crate::measure::Interest;
use crate::measure::metrics::Metrics;
use crate::protocol::pop3::Pop3Client;
use crate::scenario::Account;
use crate::station::{INBOX, LocalMail, LocalMailbox, LocalMessage, Look, Marks, Policy, Station, Way};
use crate::world::World;
use crate::world::lab::Lab;

/// How a workstation learns what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As the workstations of this way do; texts are not fetched.
    Way(Way),
    /// POP3, UIDL: which messages are new or gone, and nothing of flags, which the server does not keep.
    Uidl,
    /// POP3, UIDL and TOP n 0 of every message that is new.
    Top,
}

impl Method {
    /// All methods.
    pub const ALL: [Self; 7] = [
        Self::Uidl,
        Self::Top,
        Self::Way(Way::ImapFlags),
        Self::Way(Way::ImapEsearch),
        Self::Way(Way::ImapCondstore),
        Self::Way(Way::ImapQresync),
        Self::Way(Way::Dmsp),
    ];

    /// Its name in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Way(way) => way.word(),
            Self::Uidl => "pop3-uidl",
            Self::Top => "pop3-top",
        }
    }
}

/// What is known at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing: a new workstation.
    Nothing,
    /// Everything, but that so many messages have been read elsewhere since.
    AllBut(u32),
}

/// One synchronization.
#[derive(Clone, Debug)]
pub struct Resync {
    /// How.
    pub method: Method,
    /// How many messages there are.
    pub messages: u32,
    /// What was known.
    pub known: Known,
    /// Figures of the one call.
    pub metrics: Metrics,
}

/// The most messages.
pub const RESYNC_MAX: u32 = 100_000;

/// Octets of the text of each message, which nobody fetches.
const TEXT: usize = 1500;

/// A mailbox of `messages`, each with a header as mail of 1998 had it.
fn store(messages: u32) -> Result<Store, Lesson> {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let account = Account::default();
    let taken = || Lesson::new("a name is given twice");
    let user = store.add_user(&account.user, account.password.clone()).map_err(|_| taken())?;
    let inbox = store.inbox(user).ok_or_else(taken)?;
    let text = "What was said at lunch was said before.\r\n".repeat(TEXT / 41);
    for number in 0..messages {
        let date = Timestamp::DEFAULT_START.plus(crate::time::Duration::from_secs(u64::from(number) * 600));
        let header = format!(
            "Received: from mail.example.net by mail.example; {}\r\nFrom: Carla Meier <carla{}@example.net>\r\nTo: \
             alice@mail.example\r\nSubject: Minutes of meeting {number}\r\nDate: {}\r\nMessage-ID: \
             <{number}.980302@example.net>\r\n\r\n",
            date.rfc5322(),
            number % 50,
            date.rfc5322()
        );
        let message = Arc::new(Message::new([header.as_str(), &text].concat()));
        store.append(inbox, message, Flags::NONE, date);
    }
    Ok(store)
}

/// A workstation that knows all of a store, and a repository that knows that it does.
fn knowing(store: &mut Store, way: Way) -> LocalMail {
    let mut mail = LocalMail::new("home", way);
    mail.must_reset = false;
    let account = Account::default();
    let Some(user) = store.user(account.user.as_bytes()) else { return mail };
    let Some(inbox) = store.inbox(user) else { return mail };
    if way == Way::Dmsp {
        let created = store.create_client(user, "home", Timestamp::DEFAULT_START);
        let told = store.modseq();
        if created.is_ok() {
            store.acknowledge(user, "home", inbox, (Uid(0), Uid(u32::MAX)), told);
        }
    }
    let Some(there) = store.mailbox(inbox) else { return mail };
    let mut known = LocalMailbox::default();
    known.anchor.uid_validity = if way == Way::Dmsp { 0 } else { there.uid_validity };
    known.anchor.uid_next = there.uid_next.0;
    known.anchor.highest_modseq = there.highest_modseq.0;
    for entry in there.entries.iter() {
        let look = Look::of_header(entry.message.header());
        let octets = entry.message.size();
        let message = LocalMessage { marks: Marks::default(), octets, look, ..LocalMessage::default() };
        known.messages.insert(entry.uid.0, message);
    }
    mail.mailboxes.insert(INBOX.to_owned(), known);
    mail
}

/// Reads messages elsewhere, spread over the mailbox.
fn read_elsewhere(store: &mut Store, messages: u32, changes: u32) {
    let Some(inbox) = store.user(Account::default().user.as_bytes()).and_then(|user| store.inbox(user))
    else {
        return;
    };
    for nth in 0..changes.min(messages) {
        let at = u64::from(nth) * u64::from(messages) / u64::from(changes.max(1));
        store.change_flags(inbox, Uid(at as u32 + 1), FlagChange::Add, Flags::SEEN);
    }
}

/// One synchronization over a link.
///
/// # Errors
/// Too many messages; a call that fails, which no link does of itself.
pub fn resync(method: Method, messages: u32, known: Known, link: &Arc<LinkSpec>) -> Result<Resync, Lesson> {
    if messages > RESYNC_MAX {
        return Err(Lesson::new(format!("{messages} messages are too many"))
            .hint(format!("a mailbox has at most {RESYNC_MAX} here")));
    }
    let way = match method {
        Method::Way(way) => way,
        Method::Uidl | Method::Top => Way::Pop3Leave,
    };
    let mut store = store(messages)?;
    let mail = match known {
        Known::Nothing => LocalMail::new("home", way),
        Known::AllBut(changes) => {
            let mail = knowing(&mut store, way);
            read_elsewhere(&mut store, messages, changes);
            mail
        }
    };
    let mut world = World::new(0, store, host());
    let workstation = world.add_workstation(Arc::clone(link));
    let mut lab = Lab::new(world);
    lab.add_client(workstation, program(method, known, mail));
    lab.run().map_err(|diverged| Lesson::new(diverged.to_string()))?;
    if let Some(Some(Err(trouble))) = lab.outcomes().next() {
        return Err(Lesson::new(format!("{} over {} failed: {trouble}", method.word(), link.name)));
    }
    let metrics = Metrics::of(lab.world(), workstation, &Interest::default());
    Ok(Resync { method, messages, known, metrics })
}

fn program(method: Method, known: Known, mail: LocalMail) -> Program {
    Arc::new(move |desk: Desk| {
        let mail = mail.clone();
        Box::pin(async move {
            // Texts are not what is measured.
            let policy = Policy { body_octets_max: 0, descriptors_max: 10_000, ..Policy::default() };
            let mut station = Station::new(desk, Account::default(), policy, mail);
            match method {
                Method::Way(_) => station.call().await,
                Method::Uidl => look_through(&station, false).await,
                Method::Top => look_through(&station, known == Known::Nothing).await,
            }
        })
    })
}

/// A POP3 client that keeps no texts: a list of unique-ids, and headers if it knows none.
async fn look_through(station: &Station, headers: bool) -> Result<(), Trouble> {
    let desk = &station.desk;
    desk.dial().await?;
    let mut client = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
    client.user_pass(&station.account.user, &station.account.password).await?;
    for listing in client.uidl().await? {
        if headers {
            client.top(listing.number, 0).await?;
        }
    }
    client.quit().await?;
    desk.hang_up().await;
    Ok(())
}

/// A row for each synchronization.
#[must_use]
pub fn table(runs: &[Resync], link: &LinkSpec) -> Table {
    let columns = vec![
        Column::text("known"),
        Column::text("method"),
        Column::integer("messages", ""),
        Column::integer("changes", ""),
        Column::integer("app_bytes_up", "bytes"),
        Column::integer("app_bytes_down", "bytes"),
        Column::integer("turns", ""),
        Column::decimal("connected_s", "s", 1),
    ];
    let title = format!("Coming back, over {}", link.name);
    let mut table = Table { in_groups: true, ..Table::results(title, columns) };
    for run in runs {
        let changes = match run.known {
            Known::Nothing => Cell::Empty,
            Known::AllBut(changes) => changes.into(),
        };
        table.push(vec![
            said(run.known).into(),
            run.method.word().into(),
            run.messages.into(),
            changes,
            run.metrics.app_bytes.up.into(),
            run.metrics.app_bytes.down.into(),
            run.metrics.turns.into(),
            run.metrics.connected.into(),
        ]);
    }
    table.note(
        "One call each: log in, learn what is new or changed, log out; no texts. POP3 keeps no flags: UIDL tells which \
         messages are there, and nothing of what was read elsewhere.",
    );
    table
}

fn said(known: Known) -> String {
    match known {
        Known::Nothing => "a new workstation".to_owned(),
        Known::AllBut(0) => "nothing has changed".to_owned(),
        Known::AllBut(changes) => format!("{changes} messages were read elsewhere"),
    }
}

/// Seconds on line: a panel for each of what was known.
#[must_use]
pub fn chart(runs: &[Resync], link: &LinkSpec) -> String {
    let mut panels: Vec<DotPanel> = Vec::new();
    for run in runs {
        let name = said(run.known);
        if panels.iter().all(|panel| panel.name != name) {
            let dots = Method::ALL.map(|method| {
                let same = |one: &&Resync| one.method == method && one.known == run.known;
                let value = runs.iter().find(same).map(|one| one.metrics.connected.as_secs_f64());
                value.map(|value| Dot { from: None, value })
            });
            panels.push(DotPanel { name, dots: dots.to_vec(), lower_bound: None });
        }
    }
    let messages = runs.first().map_or(0, |run| run.messages);
    Dots {
        heading: Heading::new(
            "Coming back",
            format!(
                "A mailbox of {messages} messages over {}: how long until all that is new is known.",
                link.name
            ),
        )
        .note(table(runs, link).notes.join(" ")),
        unit: Unit::Seconds,
        value_name: "all is known".to_owned(),
        from_name: String::new(),
        rows: Method::ALL.map(|method| method.word().to_owned()).to_vec(),
        panels,
    }
    .svg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::preset;

    fn octets(method: Method, messages: u32, known: Known) -> u64 {
        let link = Arc::new(preset::resolve("v22bis-2400:plain").unwrap());
        resync(method, messages, known, &link).unwrap().metrics.app_bytes.down
    }

    #[test]
    fn an_update_list_costs_what_has_changed_and_flags_cost_what_is_there() {
        let (dmsp, imap) = (Method::Way(Way::Dmsp), Method::Way(Way::ImapFlags));
        let none = |method, messages| octets(method, messages, Known::AllBut(0));
        assert!(none(dmsp, 400) - none(dmsp, 100) < 20, "the list of mailboxes says a longer number");
        assert!(none(imap, 400) > none(imap, 100) + 300 * 25);
        let one = octets(dmsp, 100, Known::AllBut(1)) - none(dmsp, 100);
        let ten = octets(dmsp, 100, Known::AllBut(10)) - none(dmsp, 100);
        assert!((100..300).contains(&one) && ten > 9 * (one - 40), "{one} {ten}");
    }

    #[test]
    fn a_descriptor_is_less_than_an_envelope_and_that_less_than_a_header() {
        let each = |method| octets(method, 60, Known::Nothing) / 60;
        let (dmsp, imap) = (each(Method::Way(Way::Dmsp)), each(Method::Way(Way::ImapFlags)));
        let top = each(Method::Top);
        assert!(dmsp < imap && dmsp < top, "{dmsp} {imap} {top}");
        assert!(each(Method::Uidl) < dmsp);
    }
}
