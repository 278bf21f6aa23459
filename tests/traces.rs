//! The golden traces: sessions of our clients with our servers over one modem, kept octet by octet.
//!
//! `UPDATE_GOLDEN=1 cargo test --test traces` writes them anew; look at the difference before you keep it.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::path::PathBuf;
use std::sync::Arc;

use maillab::desk::{Desk, Program, Service, Trouble};
use maillab::link::preset;
use maillab::link::tcp::Side;
use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::protocol::Server;
use maillab::protocol::imap::client::ImapClient;
use maillab::protocol::imap::{Dialect, Imap, ImapSettings};
use maillab::protocol::pop2::{Pop2, Pop2Client, Pop2Settings};
use maillab::protocol::pop3::{Pop3, Pop3Client, Pop3Settings};
use maillab::protocol::smtp::{Smtp, SmtpClient, SmtpSettings};
use maillab::session::{Output, Session};
use maillab::time::Duration;
use maillab::trace::{HeadKey, Trace};
use maillab::world::lab::Lab;
use maillab::world::{Host, World};

/// The line that all golden sessions ran over.
const LINK: &str = "v34-28800:plain";

/// Lines that begin with dots, octets beyond ASCII, a NUL, a CR by itself: what must survive.
const MAIL: [&[u8]; 3] = [
    b"From: Bob <bob@example.org>\r\nTo: alice@example.com\r\nSubject: Saturday\r\n\
      Date: Mon, 2 Mar 1998 19:40:12 +0000\r\nMessage-ID: <1@example.org>\r\n\r\n\
      Shall we meet at the river?\r\n.\r\n..and bring the dog.\r\n",
    b"From: carol@example.net\r\nTo: alice@example.com\r\nSubject: The price\r\n\
      Date: Mon, 2 Mar 1998 19:51:00 +0000\r\nMessage-ID: <2@example.net>\r\nMIME-Version: 1.0\r\n\
      Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
      Caf\xE9 au lait: 12 francs.\r\n",
    b"Subject: odd octets\r\nMessage-ID: <3@example.net>\r\n\r\na NUL \0, a CR \r by itself, \"quotes\" and \\\r\n",
];

struct Golden {
    name: &'static str,
    service: Service,
    client: &'static str,
    program: Program,
}

fn goldens() -> [Golden; 5] {
    [
        Golden {
            name: "pop3/fetch-and-delete.trace",
            service: Service::Pop3,
            client: "Pop3Client: STAT, UIDL, TOP, RETR and DELE",
            program: Arc::new(|desk| Box::pin(pop3(desk))),
        },
        Golden {
            name: "pop2/counted-octets.trace",
            service: Service::Pop2,
            client: "Pop2Client: READ, RETR, NACK, ACKD and FOLD",
            program: Arc::new(|desk| Box::pin(pop2(desk))),
        },
        Golden {
            name: "imap/choose-and-file.trace",
            service: Service::Imap,
            client: "ImapClient: envelopes, one text, a search, a copy, an expunge",
            program: Arc::new(|desk| Box::pin(imap(desk))),
        },
        Golden {
            name: "imap/tags-and-keys.trace",
            service: Service::Imap,
            client: "ImapClient: IMAP3 in version 3.0, by keys",
            program: Arc::new(|desk| Box::pin(imap3(desk))),
        },
        Golden {
            name: "smtp/two-messages.trace",
            service: Service::Smtp,
            client: "SmtpClient: two mail transactions",
            program: Arc::new(|desk| Box::pin(smtp(desk))),
        },
    ]
}

async fn pop3(desk: Desk) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut maildrop = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
    maildrop.user_pass("alice", "secret").await?;
    let (messages, _) = maildrop.stat().await?;
    maildrop.uidl().await?;
    maildrop.top(1, 0).await?;
    for (number, stored) in (1..=messages).zip(MAIL) {
        let read = maildrop.retr(number).await?;
        assert_eq!(read, stored, "dots and odd octets come through");
        maildrop.dele(number).await?;
    }
    maildrop.quit().await?;
    desk.hang_up().await;
    Ok(())
}

async fn pop2(desk: Desk) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut mailbox = Pop2Client::greet(desk.connect(Service::Pop2).await?).await?;
    assert_eq!(mailbox.helo("alice", "secret").await?, 3);
    let mut octets = mailbox.read(None).await?;
    for stored in MAIL {
        assert_eq!(mailbox.retr(octets).await?, stored, "no dot is put in, no octet taken out");
        if stored == MAIL[1] {
            assert_eq!(mailbox.nack().await?, octets);
            mailbox.retr(octets).await?;
        }
        octets = mailbox.ackd().await?;
    }
    assert_eq!(mailbox.fold("kept").await?, 0);
    mailbox.quit().await?;
    desk.hang_up().await;
    Ok(())
}

async fn imap(desk: Desk) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
    client.login("alice", "secret").await?;
    client.select("INBOX").await?;
    client.fetch("1:*", "(UID FLAGS RFC822.SIZE ENVELOPE)").await?;
    desk.think(Duration::from_secs(20)).await;
    client.fetch("2", "(BODYSTRUCTURE BODY[TEXT])").await?;
    client.search("SUBJECT price UNDELETED").await?;
    client.copy("2", "kept").await?;
    client.store("2", "+FLAGS", "(\\Deleted)").await?;
    client.expunge().await?;
    client.logout().await?;
    desk.hang_up().await;
    Ok(())
}

async fn imap3(desk: Desk) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
    let versions = client.supported_versions().await?;
    assert_eq!(versions.iter().map(|version| version.major).collect::<Vec<_>>(), [2, 3]);
    client.select_version(3, 0).await?;
    client.select_features(&["INDEXABLE.FIELDS", "ADD.MESSAGE", "RENUMBER"]).await?;
    client.login("alice", "secret").await?;
    assert_eq!(client.select("INBOX").await?.exists, 3);
    let heads = client.fetch("1:3", "($FROM $SUBJECT SIZE)").await?;
    assert_eq!(heads[0].section("$SUBJECT").map(|text| &text[..]), Some(&b"Saturday"[..]));
    desk.think(Duration::from_secs(20)).await;
    let some = client.fetch("2", "BODY 0:3").await?;
    assert_eq!(some[0].section("BODY").map(|text| &text[..]), Some(&b"Caf\xE9"[..]));
    assert_eq!(client.search("~FROM bob ~SEEN").await?, [2, 3]);
    client.set_flags(&["Later"]).await?;
    client.store("2", "+FLAGS", "(Later)").await?;
    assert_eq!(client.renumber("SUBJECT", "ALPHA").await?, [1..=3]);
    client.add_message("kept", b"Subject: a note\r\n\r\nfor later\r\n").await?;
    assert!(!client.let_change(false).await?);
    client.logout().await?;
    desk.hang_up().await;
    Ok(())
}

async fn smtp(desk: Desk) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut client = SmtpClient::greet(desk.connect(Service::Smtp).await?).await?;
    client.helo("home.example.com").await?;
    client.send("alice@example.com", &["bob@example.org"], b"Subject: Saturday\r\n\r\n.Yes.\r\n").await?;
    desk.think(Duration::from_secs(5)).await;
    client
        .send(
            "alice@example.com",
            &["bob@example.org", "carol@example.net"],
            b"Subject: Monday\r\n\r\nNo.\r\n",
        )
        .await?;
    client.quit().await?;
    desk.hang_up().await;
    Ok(())
}

fn store() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    store.create(alice, "kept").unwrap();
    let inbox = store.inbox(alice).unwrap();
    for octets in MAIL {
        store.append(inbox, Arc::new(Message::new(octets)), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    }
    let others = store.add_user("others", "").unwrap();
    store.add_address(others, "bob@example.org").unwrap();
    store.add_address(others, "carol@example.net").unwrap();
    store
}

fn host(golden: &Golden) -> Host {
    let dialect = if golden.client.contains("IMAP3") { Dialect::Imap3 } else { Dialect::Rev1 };
    Host::new(vec![
        (Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default()))),
        (Service::Pop2, Server::Pop2(Pop2::new(Pop2Settings::default()))),
        (Service::Imap, Server::Imap(Imap::new(ImapSettings { dialect, ..ImapSettings::default() }))),
        (Service::Smtp, Server::Smtp(Smtp::new(SmtpSettings::default()))),
    ])
}

fn record(golden: &Golden) -> Trace {
    let mut world = World::new(1998, store(), host(golden));
    let workstation = world.add_workstation(Arc::new(preset::resolve(LINK).unwrap()));
    let mut lab = Lab::new(world);
    lab.add_client(workstation, Program::clone(&golden.program));
    lab.run().unwrap();
    assert_eq!(lab.outcomes().next().unwrap(), Some(&Ok(())), "{}", golden.name);
    Trace::of(lab.world(), workstation).with(HeadKey::Strategy, golden.client)
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("traces").join(name)
}

#[test]
fn each_golden_session_is_what_it_was() {
    for golden in goldens() {
        let (path, now) = (path(golden.name), record(&golden).to_text());
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &now).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap();
        for (number, (kept, now)) in kept.lines().zip(now.lines()).enumerate() {
            assert_eq!(now, kept, "{}:{}", golden.name, number + 1);
        }
        assert_eq!(now, kept, "{}", golden.name);
    }
}

#[test]
fn each_golden_trace_reads_and_writes_the_same_bytes() {
    for golden in goldens() {
        let text = std::fs::read_to_string(path(golden.name)).unwrap();
        let trace = Trace::parse(&text, golden.name).unwrap_or_else(|lesson| panic!("{lesson}"));
        assert_eq!(trace.to_text(), text);
        assert_eq!(trace, record(&golden));
    }
}

/// Replayed without a line, the client's writes bring the same answers: a server's octets do not depend on when
/// it is asked, and each answer waited for the whole command before it.
#[test]
fn each_golden_trace_is_answered_alike_without_a_line() {
    for golden in goldens() {
        let trace = record(&golden);
        let (mut store, host) = (store(), host(&golden));
        let mut session =
            host.session(golden.service, 1, Timestamp::DEFAULT_START.at(greeted(&trace))).unwrap();
        let mut said = Output::default();
        session.open(greeted(&trace), &mut store, &mut said);
        for write in trace.writes().filter(|write| write.from == Side::Client) {
            // A server stamps mail with the time at which the last octet came.
            let answered = trace.writes().find(|answer| answer.from == Side::Server && answer.at > write.at);
            let now = answered.map_or(write.at, |answer| answer.at);
            session.receive(now, &write.octets, &mut store, &mut said);
        }
        let kept: Vec<u8> = octets(&trace, Side::Server);
        assert_eq!(String::from_utf8_lossy(&said.bytes()), String::from_utf8_lossy(&kept), "{}", golden.name);
        assert!(said.close, "{}: the session ends", golden.name);
    }
}

fn greeted(trace: &Trace) -> maillab::time::Instant {
    trace.writes().next().unwrap().at
}

fn octets(trace: &Trace, from: Side) -> Vec<u8> {
    trace.writes().filter(|write| write.from == from).flat_map(|write| write.octets.to_vec()).collect()
}

/// In lock-step each write but the greeting waits for the last octet of the write before it.
#[test]
fn a_lock_step_client_waits_for_each_answer_to_its_end() {
    let golden = &goldens()[0];
    let trace = record(golden);
    let writes: Vec<_> = trace.writes().collect();
    for (nth, write) in writes.iter().enumerate().skip(1).filter(|(_, write)| write.from == Side::Client) {
        let before = writes[nth - 1];
        let cause = write.cause.unwrap();
        assert_eq!((cause.write as usize, cause.octets as usize), (nth - 1, before.octets.len()));
        assert_eq!(write.think, Duration::ZERO);
    }
}
