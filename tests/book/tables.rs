//! Tables drawn from the rows that the program itself works with.

use std::fmt::Debug;

use maillab::link::preset::{self, DEFAULT_LINKS, STAGES, Status};
use maillab::link::tariff::Tariff;
use maillab::link::tcp::{AckPolicy, Nagle, PROFILES, Profile, ReceiveBuffer};
use maillab::mail::generate::{self, Period};
use maillab::protocol::{CommandRow, dmsp, imap, pop3, smtp};
use maillab::scenario::BUILT_IN;
use maillab::strategy::STRATEGIES;

use crate::drawn::Block;

pub fn blocks() -> Vec<Block> {
    vec![
        ("commands-pop3", commands(pop3::COMMANDS)),
        ("commands-imap", commands(imap::command::COMMANDS)),
        ("imap-extensions", imap_extensions()),
        ("imap-dialects", imap_dialects()),
        ("commands-smtp", commands(smtp::COMMANDS)),
        ("extensions-smtp", extensions_smtp()),
        ("commands-dmsp", commands(dmsp::COMMANDS)),
        ("strategies", strategies()),
        ("scenarios", scenarios()),
        ("default-links", default_links()),
        ("stages-not-built", stages()),
        ("stacks", stacks()),
        ("stack-knobs", stack_knobs()),
        ("some-tariffs", tariffs()),
        ("periods", periods()),
        ("embedded-mailbox", embedded_mailbox()),
    ]
}

/// A table with a head; cells may hold anything but line ends.
pub fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let line =
        |cells: [String; N]| format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
    let mut text = line(head.map(str::to_owned));
    text.push_str(&format!("|{}\n", "---|".repeat(N)));
    text.extend(rows.into_iter().map(line));
    text
}

pub fn commands<K, S: Debug>(rows: &[CommandRow<K, S>]) -> String {
    table(
        ["command", "states", "clause", "what it does"],
        rows.iter().map(|row| {
            let states: Vec<String> = row.states.iter().map(|state| spaced(&format!("{state:?}"))).collect();
            let states = if states.is_empty() { "none".to_owned() } else { states.join(", ") };
            [format!("`{}`", row.syntax), states, row.clause.to_owned(), row.help.to_owned()]
        }),
    )
}

fn imap_extensions() -> String {
    table(
        ["capability", "clause", "what it adds", "what it is good for", "usual"],
        imap::capability::EXTENSIONS.iter().map(|row| {
            let usual = if row.usual { "on" } else { "off" };
            [
                format!("`{}`", row.name),
                row.clause.into(),
                format!("`{}`", row.adds),
                row.help.into(),
                usual.into(),
            ]
        }),
    )
}

fn imap_dialects() -> String {
    table(
        ["dialect", "document", "port", "what it is"],
        imap::Dialect::ALL.iter().map(|dialect| {
            let port = dialect.port().to_string();
            [format!("`{}`", dialect.name()), dialect.clause().into(), port, dialect.help().into()]
        }),
    )
}

fn extensions_smtp() -> String {
    table(
        ["keyword", "clause", "what it brings"],
        smtp::EXTENSIONS
            .iter()
            .map(|row| [format!("`{}`", row.word), row.clause.to_owned(), row.help.to_owned()]),
    )
}

/// `NotAuthenticated` as people write it: `not authenticated`.
fn spaced(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

fn strategies() -> String {
    table(
        ["strategy", "family", "what it does", "what it assumes"],
        STRATEGIES.iter().map(|row| {
            [format!("`{}`", row.name), row.family.to_string(), row.does.to_owned(), row.assumes.to_owned()]
        }),
    )
}

fn scenarios() -> String {
    table(
        ["scenario", "what it is"],
        BUILT_IN.iter().map(|one| [format!("`{}`", one.name), one.about().to_owned()]),
    )
}

fn default_links() -> String {
    table(
        ["link", "era", "what it gives", "numbers"],
        DEFAULT_LINKS.iter().map(|name| {
            let link = preset::resolve(name).unwrap();
            let gives = link.to_string();
            let gives = gives.split_once(": ").map_or(gives.clone(), |(_, rest)| rest.to_owned());
            let confidence = link.confidence.map(|confidence| confidence.to_string()).unwrap_or_default();
            [format!("`{name}`"), link.era.clone(), gives, confidence]
        }),
    )
}

fn stages() -> String {
    let named = |status: Status| {
        let rows = STAGES.iter().filter(move |stage| stage.status == status);
        rows.map(|stage| [format!("`{}`", stage.name), stage.meaning.to_owned()])
    };
    format!(
        "Built:\n\n{}\nNot built, and in no link that carries IP:\n\n{}\nBearers that carry messages and no IP packets, refused for every protocol here:\n\n{}",
        table(["stage", "what it is"], named(Status::Built)),
        table(["stage", "what it is"], named(Status::NotBuilt)),
        table(["bearer", "what it carries"], named(Status::NoIp)),
    )
}

fn stack_knobs() -> String {
    let buffer = |profile: &Profile| match profile.receive_buffer {
        ReceiveBuffer::Fixed(octets) => format!("{octets} bytes"),
        ReceiveBuffer::Memory { octets, tuned, .. } => {
            format!("{octets} bytes of memory{}", if tuned { ", tuned" } else { "" })
        }
    };
    table(
        ["stack", "first window", "growth", "first timeout", "least", "receive buffer", "options"],
        PROFILES.iter().map(|profile| {
            [
                format!("`{}`", profile.name),
                format!("{} × MSS", profile.initial_window_segments),
                format!("{:?}", profile.growth),
                profile.timeout_initial.to_string(),
                profile.timeout_min.to_string(),
                buffer(profile),
                if profile.modern_options { "timestamps, SACK, scale" } else { "MSS" }.to_owned(),
            ]
        }),
    )
}

fn stacks() -> String {
    table(
        ["stack", "first window", "delayed ACK", "a short segment waits (Nagle)", "source"],
        PROFILES.iter().map(|profile| {
            [
                format!("`{}`: {}", profile.name, profile.title),
                format!("{} × MSS", profile.initial_window_segments),
                match profile.ack_policy {
                    AckPolicy::Heartbeat { period } => format!("with a beat every {period}"),
                    AckPolicy::Adaptive => "quick at first, then after 40 to 200 ms".to_owned(),
                },
                match profile.nagle {
                    Nagle::Off => "never".to_owned(),
                    Nagle::Classic => "while anything is unacknowledged".to_owned(),
                    Nagle::Minshall => "while another short segment is unacknowledged".to_owned(),
                },
                profile.source.to_owned(),
            ]
        }),
    )
}

fn tariffs() -> String {
    let names = [
        "us-att-1989-0926",
        "de-dtag-1995-local",
        "bt-local-1997",
        "au-local-1999",
        "de-bycall-2000",
        "sat-minim-1997",
    ];
    table(
        ["tariff", "what it is", "prices", "confidence"],
        names.map(|name| {
            let tariff = Tariff::named(name).unwrap();
            [format!("`{name}`"), tariff.title.clone(), tariff.to_string(), tariff.confidence.to_string()]
        }),
    )
}

fn periods() -> String {
    table(
        ["period", "what it is", "median text", "with attachment", "sizes from"],
        Period::all().iter().map(|period| {
            [
                format!("`{}`", period.name),
                period.about.clone(),
                format!("{:.0} bytes", period.body_median),
                format!("{:.1} %", period.attach_share * 100.0),
                format!("{}: {}", period.size_confidence, period.size_source),
            ]
        }),
    )
}

fn embedded_mailbox() -> String {
    let generator = generate::embedded();
    let period = generator.period().name.clone();
    let mut sizes: Vec<u64> =
        generate::messages(generator).map(|made| u64::from(made.message.size())).collect();
    sizes.sort_unstable();
    let total: u64 = sizes.iter().sum();
    let rows = [
        ("messages", sizes.len().to_string()),
        ("period", period),
        ("all messages", format!("{total} bytes")),
        ("median message", format!("{} bytes", sizes[sizes.len() / 2])),
        ("largest message", format!("{} bytes", sizes[sizes.len() - 1])),
        ("all but the largest", format!("{} bytes", total - sizes[sizes.len() - 1])),
    ];
    table(["what", "how much"], rows.map(|(what, how_much)| [what.to_owned(), how_much]))
}
