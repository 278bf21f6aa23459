//! The POP family and SASL: tables from their rows, and what a login costs, counted from the lines that are sent.

use maillab::mail::date::Timestamp;
use maillab::mail::store::Store;
use maillab::protocol::pop3::{COMMANDS, DIALECTS};
use maillab::protocol::sasl::{
    Chance, ClientExchange, Credentials, Exchange, MECHANISMS, MechanismRow, Peer, Step,
};
use maillab::protocol::{pop1, pop2, poppassd};

use crate::drawn::Block;
use crate::tables::{commands, table};

pub fn blocks() -> Vec<Block> {
    vec![
        ("commands-pop2", commands(pop2::COMMANDS)),
        ("commands-pop1", commands(pop1::COMMANDS)),
        ("commands-poppassd", commands(poppassd::COMMANDS)),
        ("pop2-decisions", format!("```text\n{}```\n", pop2::table::server_as_printed())),
        ("pop3-dialects", dialects()),
        ("pop3-years", years()),
        ("sasl-mechanisms", mechanisms()),
        ("sasl-costs", costs()),
    ]
}

fn dialects() -> String {
    table(
        ["dialect", "documents", "date", "what is special"],
        DIALECTS.iter().map(|row| {
            [format!("`{}`", row.word), row.documents.to_owned(), row.date.to_owned(), row.help.to_owned()]
        }),
    )
}

/// Which server knows which command.
fn years() -> String {
    let head: Vec<String> = DIALECTS.iter().map(|row| format!("`{}`", row.word)).collect();
    let mut text = format!("| command | {} |\n|---|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in COMMANDS {
        let known = DIALECTS.iter().map(|dialect| if dialect.dialect.knows(row.kind) { "yes" } else { "" });
        text.push_str(&format!("| `{}` | {} |\n", row.word, known.collect::<Vec<_>>().join(" | ")));
    }
    text
}

fn mechanisms() -> String {
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    table(
        [
            "mechanism",
            "document",
            "what it does",
            "shows the password",
            "server stores the password",
            "server proves itself",
        ],
        MECHANISMS.iter().map(|row| {
            [
                format!("`{}`", row.name),
                row.clause.to_owned(),
                row.help.to_owned(),
                yes(row.shows_password),
                yes(row.stores_password),
                yes(row.proves_server),
            ]
        }),
    )
}

/// What AUTH takes in POP3's profile, from the command to the line before the final reply: octets up, octets down,
/// and turns, the final reply's included.
fn costs() -> String {
    let rows = MECHANISMS.iter().map(|row| {
        let (with, without) = (cost(row, true), cost(row, false));
        let cells = |(up, down, turns): (usize, usize, usize)| format!("{up} / {down} / {turns}");
        let with = if row.client_first { cells(with) } else { "the server speaks first".to_owned() };
        [format!("`{}`", row.name), with, cells(without)]
    });
    table(["mechanism", "response in the line: up / down / turns", "without: up / down / turns"], rows)
}

fn cost(row: &MechanismRow, in_line: bool) -> (usize, usize, usize) {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    for name in ["alice", "anonymous"] {
        store.add_user(name, "secret").unwrap();
    }
    let host = "mail.example".to_owned();
    let credentials = Credentials {
        name: "alice".into(),
        password: b"secret".to_vec(),
        authorize: String::new(),
        service: "pop",
        host: host.clone(),
        nonce: Chance { seed: 1, session: 2 }.nonce(0),
        wants_layer: false,
    };
    let peer = Peer {
        service: "pop",
        host,
        chance: Chance { seed: 1, session: 1 },
        external: Some(b"alice".to_vec()),
        layers: true,
    };
    let mut client = ClientExchange::new(row.mechanism, credentials);
    let initial = if in_line { client.initial() } else { None };
    let line = initial
        .as_ref()
        .map_or_else(|| format!("AUTH {}", row.name), |text| format!("AUTH {} {text}", row.name));
    let (mut up, mut down, mut turns) = (line.len() + 2, 0, 1);
    let (mut server, mut step) =
        Exchange::begin(row.mechanism, peer, initial.as_deref().map(str::as_bytes), &mut store);
    while let Step::Challenge(challenge) = &step {
        down += "+ ".len() + challenge.len() + 2;
        let answer = client.answer(challenge.as_bytes()).unwrap();
        up += answer.len() + 2;
        turns += 1;
        step = server.answer(answer.as_bytes(), &mut store);
    }
    assert!(matches!(step, Step::Done(_)), "{}: {step:?}", row.name);
    (up, down, turns)
}
