//! What each extension of IMAP saves: the same work done with it and without it, in real sessions over two links, with
//! the embedded mailbox and with 5,000 messages.

use std::ops::RangeInclusive;
use std::sync::Arc;

use maillab::desk::{Desk, Program, Service, Trouble};
use maillab::link::preset;
use maillab::link::tariff::Tariff;
use maillab::mail::flags::Flags;
use maillab::mail::store::{FlagChange, Store, Uid};
use maillab::measure::Interest;
use maillab::measure::bill;
use maillab::measure::metrics::Metrics;
use maillab::protocol::Server;
use maillab::protocol::imap::capability::{EXTENSIONS, Extension};
use maillab::protocol::imap::client::{ImapClient, Known, Opening, Part};
use maillab::protocol::imap::{Imap, ImapSettings};
use maillab::scenario::{MailSource, Prepared, Scenario, Size};
use maillab::time::Duration;
use maillab::world::lab::Lab;
use maillab::world::{Host, World};

use crate::drawn::Block;

const LINKS: [&str; 2] = ["v34-28800:plain", "vsat-geo"];
const TARIFF: &str = "bt-local-1997";
const MANY: u32 = 5000;

/// So many messages were changed elsewhere, and so many are gone, where that is what is asked.
const CHANGES: u32 = 10;

/// One piece of work: the extension, and what is done with it and without it.
const WORK: &[(&str, &str)] = &[
    ("LITERAL+", "three notes of 400 bytes are put into the INBOX"),
    ("LITERAL-", "the same; only beyond 4096 bytes it would wait"),
    ("SASL-IR", "AUTHENTICATE PLAIN"),
    ("ID", "the programs tell their names: without it nothing is done"),
    ("ENABLE", "a client says that it knows QRESYNC: without it nothing is done"),
    ("NAMESPACE", "where do mailboxes begin?"),
    ("UNSELECT", "leave the INBOX, in which something is marked `\\Deleted`, and remove nothing"),
    ("UIDPLUS", "a note is put into the INBOX, and its UID has to be known"),
    ("CHILDREN", "the mailboxes of the highest level, and which of them have more below"),
    ("IDLE", "an hour of waiting for news; without it a NOOP a minute"),
    ("COMPRESS=DEFLATE", "a list of all: UID, flags, envelope"),
    ("CONDSTORE", "ten messages were read elsewhere: which?"),
    ("QRESYNC", "ten were read, ten are gone: which?"),
    ("ESEARCH", "which have not been read?"),
    ("SEARCHRES", "flag what has `Re:` in its subject"),
    ("LIST-EXTENDED", "all mailboxes, and which of them are subscribed"),
    ("LIST-STATUS", "how many messages in each of eleven mailboxes, how many unread"),
    ("SPECIAL-USE", "where does sent mail go?"),
    ("MOVE", "a message is filed"),
    ("MULTIAPPEND", "five notes are put into the INBOX, with LITERAL+"),
    ("BINARY", "the attachment of the largest message"),
    ("CATENATE", "the largest message is passed on in a new one"),
    ("SORT", "the first twenty by subject"),
    ("ESORT", "which is the largest?"),
    ("THREAD=ORDEREDSUBJECT", "conversations by subject"),
    ("THREAD=REFERENCES", "conversations by who answers whom"),
    ("STATUS=SIZE", "how many bytes are in the INBOX?"),
    ("PREVIEW", "the first words of the last twenty; without it 300 bytes of text each"),
    ("UTF8=ACCEPT", "three searches for a word with an umlaut"),
    ("UNAUTHENTICATE", "another user on the same connection"),
    ("REPLACE", "a draft of 2,000 bytes is saved once more, with LITERAL+"),
    ("CONTEXT=SEARCH", "the first twenty that have `Re:` in their subject"),
    ("CONTEXT=SORT", "the first twenty by subject, with ESORT"),
    (
        "OBJECTID",
        "the largest message was filed elsewhere: is what is new in Archive one that the client has?",
    ),
];

/// What cannot be set against the same work without it, and is told on the page in words.
const NOTHING_TO_MEASURE: [&str; 3] = ["WITHIN", "APPENDLIMIT", "IMAP4rev2"];

/// A mailbox, and what a client of it has to know.
#[derive(Clone)]
struct Mail {
    store: Store,
    messages: u32,
    largest: u32,
    uid_validity: u32,
    modseq: u64,
}

/// What one session took.
#[derive(Clone, Copy)]
struct Took {
    bytes: u64,
    round_trips: u64,
    seconds: f64,
    cost: f64,
}

pub fn blocks() -> Vec<Block> {
    let named = |row: &&str| WORK.iter().any(|(name, _)| name == row) || NOTHING_TO_MEASURE.contains(row);
    for row in EXTENSIONS {
        assert!(named(&row.name), "{}: what does it save?", row.name);
    }
    let embedded = Scenario::default();
    let source = MailSource::Generated {
        period: "1998".to_owned(),
        messages: MANY,
        attachments: None,
        size: Size::OfPeriod,
        attached: None,
    };
    let many = Scenario { mailbox: source, ..Scenario::default() };
    vec![("imap-savings-embedded", table(&mail(&embedded))), ("imap-savings-many", table(&mail(&many)))]
}

/// The mail of a scenario, with ten mailboxes beside the INBOX.
fn mail(scenario: &Scenario) -> Mail {
    let new = scenario.mail().unwrap();
    let largest = (1..).zip(&new).max_by_key(|(_, new)| new.message.size()).unwrap().0;
    let mut store = Prepared::new(scenario, new).unwrap().store;
    let alice = store.user(b"alice").unwrap();
    for name in ["Archive", "Drafts", "Family", "Lists", "Sent"] {
        store.create(alice, name).unwrap();
        store.create(alice, &format!("{name}/1998")).unwrap();
        store.subscribe(alice, name);
    }
    let inbox = store.inbox(alice).unwrap();
    let mailbox = store.mailbox(inbox).unwrap();
    let (messages, uid_validity) = (mailbox.entries.len() as u32, mailbox.uid_validity);
    Mail { modseq: mailbox.highest_modseq.0, messages, largest, uid_validity, store }
}

/// What happened elsewhere while the client was away.
fn changed(mail: &Mail, gone: bool) -> Store {
    let mut store = mail.store.clone();
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    let every = mail.messages / CHANGES;
    let uids: Vec<_> = store.mailbox(inbox).unwrap().entries.iter().map(|entry| entry.uid).collect();
    for uid in uids.iter().step_by(every as usize).take(CHANGES as usize) {
        store.change_flags(inbox, *uid, FlagChange::Add, Flags::SEEN);
    }
    if gone {
        let doomed: Vec<_> = uids.iter().skip(1).step_by(every as usize).take(CHANGES as usize).collect();
        store.expunge(inbox, |entry| doomed.contains(&&entry.uid));
    }
    store
}

/// The largest message was filed elsewhere.
fn filed(mail: &Mail) -> Store {
    let mut store = mail.store.clone();
    let alice = store.user(b"alice").unwrap();
    let (inbox, archive) = (store.inbox(alice).unwrap(), store.mailbox_named(alice, "Archive").unwrap());
    let largest = Uid(mail.largest);
    store.copy(inbox, largest, archive).unwrap();
    store.expunge(inbox, |entry| entry.uid == largest);
    store
}

/// A line for each piece of work. Two threads share it: it takes some hundred sessions.
fn table(mail: &Mail) -> String {
    let half = WORK.len() / 2;
    let rows = std::thread::scope(|scope| {
        let other = scope.spawn(|| WORK[half..].iter().map(|work| row(work, mail)).collect::<String>());
        let mine: String = WORK[..half].iter().map(|work| row(work, mail)).collect();
        mine + &other.join().unwrap()
    });
    format!(
        "| extension | what is done | bytes | round trips | {} | {} | GBP, v34 |\n|---|---|---:|---:|---:|---:|---:|\n{rows}",
        "s, v34-28800", "s, vsat-geo"
    )
}

fn row(work: &(&'static str, &'static str), mail: &Mail) -> String {
    let [v34, vsat] = LINKS.map(|link| [false, true].map(|with| session(work.0, with, mail, link)));
    let pair = |values: [String; 2]| {
        let [without, with] = values;
        if without == with { without } else { format!("{without} → {with}") }
    };
    format!(
        "| `{}` | {} | {} | {} | {} | {} | {} |\n",
        work.0,
        work.1,
        pair(v34.map(|took| took.bytes.to_string())),
        pair(v34.map(|took| took.round_trips.to_string())),
        pair(v34.map(|took| format!("{:.1}", took.seconds))),
        pair(vsat.map(|took| format!("{:.1}", took.seconds))),
        pair(v34.map(|took| format!("{:.3}", took.cost))),
    )
}

/// One session, alone in its world.
fn session(extension: &'static str, with: bool, mail: &Mail, link: &str) -> Took {
    let store = match extension {
        "CONDSTORE" => changed(mail, false),
        "QRESYNC" => changed(mail, true),
        "OBJECTID" => filed(mail),
        _ => mail.store.clone(),
    };
    let mut settings = ImapSettings::default();
    if extension == "OBJECTID" && with {
        settings.extensions = settings.extensions.with(Extension::ObjectId);
    }
    let host = Host::new(vec![(Service::Imap, Server::Imap(Imap::new(settings)))]);
    let mut world = World::new(0, store, host);
    let workstation = world.add_workstation(Arc::new(preset::resolve(link).unwrap()));
    let known = Mail { store: Store::new(Scenario::default().start), ..mail.clone() };
    let program: Program = Arc::new(move |desk: Desk| {
        let known = known.clone();
        Box::pin(async move { call(&desk, extension, with, &known).await })
    });
    let mut lab = Lab::new(world);
    lab.add_client(workstation, program);
    lab.run().unwrap();
    for outcome in lab.outcomes() {
        assert_eq!(outcome, Some(&Ok(())), "{extension}, with it: {with}");
    }
    let metrics = Metrics::of(lab.world(), workstation, &Interest::default());
    let tariff = Tariff::named(TARIFF).unwrap();
    Took {
        bytes: metrics.app_bytes.sum(),
        round_trips: metrics.round_trips,
        seconds: metrics.connected.as_secs_f64(),
        cost: bill::totals(lab.world(), workstation, tariff, Scenario::default().start).total().as_f64(),
    }
}

async fn call(desk: &Desk, extension: &str, with: bool, mail: &Mail) -> Result<(), Trouble> {
    desk.dial().await?;
    if extension == "SASL-IR" {
        authenticate(desk, with).await?;
    } else {
        let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
        client.login("alice", "secret").await?;
        work(&mut client, extension, with, mail).await?;
        client.logout().await?;
        if extension == "UNAUTHENTICATE" && !with {
            let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
            client.login("alice", "secret").await?;
            client.logout().await?;
        }
    }
    desk.hang_up().await;
    Ok(())
}

/// `AUTHENTICATE PLAIN` with the response in the same line, or after the server has asked for it (RFC 4959).
async fn authenticate(desk: &Desk, with: bool) -> Result<(), Trouble> {
    const RESPONSE: &str = "AGFsaWNlAHNlY3JldA==";
    let mut wire = desk.connect(Service::Imap).await?;
    wire.read_line().await?;
    if with {
        wire.send(format!("a AUTHENTICATE PLAIN {RESPONSE}\r\n").into_bytes()).await?;
    } else {
        wire.send(b"a AUTHENTICATE PLAIN\r\n".to_vec()).await?;
        wire.read_line().await?;
        wire.send(format!("{RESPONSE}\r\n").into_bytes()).await?;
    }
    assert!(wire.read_line().await?.starts_with(b"a OK"));
    wire.send(b"b LOGOUT\r\n".to_vec()).await?;
    wire.read_to_end().await;
    wire.close().await;
    Ok(())
}

/// The first twenty of what was found, as a set.
fn first(all: &[RangeInclusive<u32>], partial: &[RangeInclusive<u32>]) -> String {
    let uids = all.iter().chain(partial).cloned().flatten().take(20);
    uids.map(|uid| uid.to_string()).collect::<Vec<_>>().join(",")
}

/// A note of so many octets.
fn note(octets: usize) -> Vec<u8> {
    let header = "Message-ID: <note@mail.example>\r\nSubject: a note\r\n\r\n";
    format!("{header}{:.<1$}\r\n", "To myself: ", octets - header.len() - 2).into_bytes()
}

/// What is done between LOGIN and LOGOUT.
async fn work(client: &mut ImapClient, extension: &str, with: bool, mail: &Mail) -> Result<(), Trouble> {
    let (last, largest) = (mail.messages, mail.largest);
    match (extension, with) {
        ("LITERAL+" | "LITERAL-", with) => {
            if with {
                client.use_capabilities(&[extension.to_owned()]);
            }
            for _ in 0..3 {
                client.append("INBOX", "", &note(400)).await?;
            }
        }
        ("ID", true) => drop(client.command("ID (\"name\" \"maillab\" \"version\" \"1\")").await?),
        ("ENABLE", true) => drop(client.enable("QRESYNC").await?),
        ("ID" | "ENABLE", false) => {}
        ("NAMESPACE", true) => drop(client.command("NAMESPACE").await?),
        ("NAMESPACE", false) => {
            client.command("LIST \"\" \"\"").await?;
            client.command("LIST \"\" \"%\"").await?;
        }
        ("UNSELECT", with) => {
            client.select("INBOX").await?;
            client.uid_store("1", "+FLAGS.SILENT", "(\\Deleted)").await?;
            if with {
                client.unselect().await?;
            } else {
                client.examine("INBOX").await?;
                client.close().await?;
            }
        }
        ("UIDPLUS", with) => {
            client.select("INBOX").await?;
            let told = client.append("INBOX", "", &note(400)).await?;
            assert!(told.is_some());
            if !with {
                client.uid_search("HEADER Message-ID note@mail.example").await?;
            }
        }
        ("CHILDREN", with) => {
            client.command("LIST \"\" \"%\"").await?;
            for name in ["INBOX", "Archive", "Drafts", "Family", "Lists", "Sent"].iter().filter(|_| !with) {
                client.command(&format!("LIST \"\" \"{name}/%\"")).await?;
            }
        }
        ("IDLE", true) => {
            client.select("INBOX").await?;
            for minutes in [28, 28, 4] {
                let tag = client.idle().await?;
                client.wire().desk().think(Duration::from_secs(60 * minutes)).await;
                client.idle_done(tag).await?;
            }
        }
        ("IDLE", false) => {
            client.select("INBOX").await?;
            for _ in 0..60 {
                client.wire().desk().think(Duration::from_secs(60)).await;
                client.noop().await?;
            }
        }
        ("COMPRESS=DEFLATE", with) => {
            if with {
                client.compress().await?;
            }
            client.select("INBOX").await?;
            client.fetch("1:*", "(UID FLAGS ENVELOPE)").await?;
        }
        ("CONDSTORE", true) => {
            client.open_with("INBOX", &Opening { condstore: true, ..Opening::default() }).await?;
            let told = client.uid_fetch_changed("1:*", "(FLAGS)", mail.modseq, false).await?;
            assert_eq!(told.changed.len(), CHANGES as usize);
        }
        ("QRESYNC", true) => {
            client.enable("QRESYNC").await?;
            let known = Known { uid_validity: mail.uid_validity, modseq: mail.modseq, ..Known::default() };
            let opening = Opening { resync: Some(known), ..Opening::default() };
            let told = client.open_with("INBOX", &opening).await?;
            assert_eq!((told.changed.len(), told.vanished.len()), (CHANGES as usize, CHANGES as usize));
        }
        ("CONDSTORE" | "QRESYNC", false) => {
            client.select("INBOX").await?;
            client.uid_fetch("1:*", "(FLAGS)").await?;
        }
        ("ESEARCH", with) => {
            client.select("INBOX").await?;
            if with {
                client.uid_search_return("ALL", "UNSEEN").await?;
            } else {
                client.uid_search("UNSEEN").await?;
            }
        }
        ("SEARCHRES", true) => {
            client.select("INBOX").await?;
            client.command("UID SEARCH RETURN (SAVE) SUBJECT \"Re:\"").await?;
            client.uid_store("$", "+FLAGS.SILENT", "(\\Flagged)").await?;
        }
        ("SEARCHRES", false) => {
            client.select("INBOX").await?;
            let found = client.uid_search("SUBJECT \"Re:\"").await?;
            let set: Vec<String> = found.iter().map(u32::to_string).collect();
            client.uid_store(&set.join(","), "+FLAGS.SILENT", "(\\Flagged)").await?;
        }
        ("LIST-EXTENDED", true) => drop(client.command("LIST \"\" \"*\" RETURN (SUBSCRIBED)").await?),
        ("LIST-EXTENDED", false) => {
            client.command("LIST \"\" \"*\"").await?;
            client.command("LSUB \"\" \"*\"").await?;
        }
        ("LIST-STATUS", true) => {
            client.command("LIST \"\" \"*\" RETURN (STATUS (MESSAGES UNSEEN))").await?;
        }
        ("LIST-STATUS", false) => {
            client.command("LIST \"\" \"*\"").await?;
            client.status("INBOX", "MESSAGES UNSEEN").await?;
            for name in ["Archive", "Drafts", "Family", "Lists", "Sent"] {
                client.status(name, "MESSAGES UNSEEN").await?;
                client.status(&format!("{name}/1998"), "MESSAGES UNSEEN").await?;
            }
        }
        ("SPECIAL-USE", true) => drop(client.command("LIST (SPECIAL-USE) \"\" \"*\"").await?),
        ("SPECIAL-USE", false) => drop(client.command("LIST \"\" \"*\"").await?),
        ("MOVE", with) => {
            client.select("INBOX").await?;
            if with {
                client.uid_move("1", "Archive").await?;
            } else {
                client.uid_copy("1", "Archive").await?;
                client.uid_store("1", "+FLAGS.SILENT", "(\\Deleted)").await?;
                client.expunge().await?;
            }
        }
        ("MULTIAPPEND", with) => {
            client.use_capabilities(&["LITERAL+".to_owned()]);
            let notes: Vec<Vec<u8>> = (0..5).map(|_| note(400)).collect();
            if with {
                client.append_several("INBOX", &notes).await?;
            } else {
                for note in &notes {
                    client.append("INBOX", "", note).await?;
                }
            }
        }
        ("BINARY", with) => {
            client.select("INBOX").await?;
            let item = if with { "BINARY.PEEK[2]" } else { "BODY.PEEK[2]" };
            client.uid_fetch(&largest.to_string(), item).await?;
        }
        ("CATENATE", with) => {
            let before = note(600);
            client.select("INBOX").await?;
            if with {
                let url = format!("/INBOX;UIDVALIDITY={}/;UID={largest}", mail.uid_validity);
                let parts = [Part::Text(&before), Part::Url(&url)];
                client.append_catenated("Drafts", "", &parts).await?;
            } else {
                let told = client.uid_fetch(&largest.to_string(), "BODY.PEEK[]").await?;
                let whole = told.iter().find_map(|one| one.first_section().cloned()).unwrap();
                client.append("Drafts", "", &[&before[..], &whole].concat()).await?;
            }
        }
        ("SORT" | "THREAD=ORDEREDSUBJECT" | "THREAD=REFERENCES" | "ESORT", false) => {
            client.select("INBOX").await?;
            let item = match extension {
                "SORT" => "(ENVELOPE)",
                "ESORT" => "(RFC822.SIZE)",
                "THREAD=REFERENCES" => {
                    "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID IN-REPLY-TO REFERENCES SUBJECT DATE)]"
                }
                _ => "BODY.PEEK[HEADER.FIELDS (SUBJECT DATE)]",
            };
            client.uid_fetch("1:*", item).await?;
        }
        ("SORT", true) => {
            client.select("INBOX").await?;
            client.command("UID SORT (SUBJECT) UTF-8 ALL").await?;
            client.uid_fetch("1:20", "(ENVELOPE)").await?;
        }
        ("ESORT", true) => {
            client.select("INBOX").await?;
            client.command("UID SORT RETURN (MIN) (REVERSE SIZE) UTF-8 ALL").await?;
        }
        ("THREAD=ORDEREDSUBJECT" | "THREAD=REFERENCES", true) => {
            client.select("INBOX").await?;
            let way = extension.trim_start_matches("THREAD=");
            client.command(&format!("UID THREAD {way} UTF-8 ALL")).await?;
        }
        ("STATUS=SIZE", true) => drop(client.status("INBOX", "SIZE").await?),
        ("STATUS=SIZE", false) => {
            client.examine("INBOX").await?;
            client.fetch("1:*", "RFC822.SIZE").await?;
        }
        ("PREVIEW", with) => {
            client.select("INBOX").await?;
            let item = if with { "(PREVIEW)" } else { "(BODYSTRUCTURE BODY.PEEK[TEXT]<0.300>)" };
            client.fetch(&format!("{}:{last}", last - 19), item).await?;
        }
        ("UTF8=ACCEPT", with) => {
            client.use_capabilities(&["LITERAL+".to_owned()]);
            if with {
                client.enable("UTF8=ACCEPT").await?;
            }
            client.select("INBOX").await?;
            for word in ["Müller", "Grüße", "Köln"] {
                let quoted = format!("UID SEARCH SUBJECT \"{word}\"");
                let literal = format!("UID SEARCH CHARSET UTF-8 SUBJECT {{{}+}}\r\n{word}", word.len());
                client.command(if with { &quoted } else { &literal }).await?;
            }
        }
        ("UNAUTHENTICATE", with) => {
            client.select("INBOX").await?;
            if with {
                client.command("UNAUTHENTICATE").await?;
                client.login("alice", "secret").await?;
            }
        }
        ("REPLACE", with) => {
            client.use_capabilities(&["LITERAL+".to_owned()]);
            client.append("Drafts", "(\\Draft)", &note(1900)).await?;
            client.select("Drafts").await?;
            if with {
                client.uid_replace(1, "Drafts", "(\\Draft)", &note(2000)).await?;
            } else {
                client.append("Drafts", "(\\Draft)", &note(2000)).await?;
                client.uid_store("1", "+FLAGS.SILENT", "(\\Deleted)").await?;
                client.uid_expunge("1").await?;
            }
        }
        ("CONTEXT=SEARCH", with) => {
            client.select("INBOX").await?;
            let options = if with { "PARTIAL 1:20" } else { "ALL" };
            let found = client.uid_search_return(options, "SUBJECT \"Re:\"").await?;
            client.uid_fetch(&first(&found.all, &found.partial), "(ENVELOPE)").await?;
        }
        ("CONTEXT=SORT", with) => {
            client.select("INBOX").await?;
            let options = if with { "PARTIAL 1:20" } else { "ALL" };
            let found = client.uid_sort_return(options, "(SUBJECT)", "ALL").await?;
            client.uid_fetch(&first(&found.all, &found.partial), "(ENVELOPE)").await?;
        }
        ("OBJECTID", with) => {
            client.examine("Archive").await?;
            let item = if with { "(EMAILID)" } else { "(BODY.PEEK[])" };
            let told = client.uid_fetch("1", item).await?;
            assert!(told.iter().any(|one| one.email_id.is_some() == with));
        }
        _ => panic!("{extension}: nothing is done"),
    }
    Ok(())
}
