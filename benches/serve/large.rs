//! IMAP over a mailbox of 100,000 messages: how long, how soon, and how much memory beyond that of an idle server.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::process::Server;
use super::wire::{Protocol, Wire};

const MESSAGES: usize = 100_000;

/// What is asked, and how often.
const ASKED: [(&str, &str, usize); 5] = [
    ("FETCH 1:* FLAGS", "all flags", 5),
    ("FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)])", "flags and headers", 3),
    ("FETCH 1:* (FLAGS ENVELOPE)", "flags and envelopes", 3),
    ("SEARCH FROM \"sender77@\"", "a sender", 10),
    ("SEARCH FROM nobody", "a sender who is not there", 10),
];

/// An mbox of short messages from a hundred senders.
fn write_mbox(path: &Path) {
    let mut file = BufWriter::new(fs::File::create(path).unwrap());
    for n in 0..MESSAGES {
        let (hour, minute) = (n / 60 % 24, n % 60);
        write!(
            file,
            "From sender@example.org Mon Mar  2 20:00:00 1998\nFrom: Sender {0} <sender{0}@example.org>\n\
             To: alice@example.org\nSubject: message {n} of many\nMessage-ID: <{n}@example.org>\n\
             Date: Mon, 02 Mar 1998 {hour:02}:{minute:02}:00 +0000\n\n\
             The text of message {n}.\nIt has two lines.\n\n",
            n % 100
        )
        .unwrap();
    }
    file.flush().unwrap();
}

/// Prints a line for each question: first octet, whole answer (the median of each), and memory at most.
pub fn run(folder: &Path) {
    let mbox = folder.join("large.mbox");
    write_mbox(&mbox);
    let server = Server::start(&["--mail", &mbox.display().to_string()]);
    let mut wire = Wire::log_in(Protocol::Imap, server.address(Protocol::Imap), "alice");
    println!("# {MESSAGES} messages: idle {:.1} MiB", server.memory());
    for (command, what, times) in ASKED {
        let (idle, before) = (server.forget_peak(), server.processor());
        let (mut first, mut whole): (Vec<_>, Vec<_>) = (0..times).map(|_| wire.timed(command)).unzip();
        let above = server.peak() - idle;
        let processor = (server.processor() - before) / times as f64;
        first.sort();
        whole.sort();
        let [first, whole] = [&first, &whole].map(|all| all[all.len() / 2].as_secs_f64() * 1e3);
        println!("# {what} ({command}):");
        println!(
            "#   first octet {first:.1} ms, all {whole:.0} ms, processor {processor:.0} ms; {above:.1} MiB above idle"
        );
    }
}
