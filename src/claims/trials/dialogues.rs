//! Claims about what a protocol can do, tried by dialogues: c6, c7, c8, c13, c28, c31, c37, c38, c40, c41; `workstations.rs` has
//! more.
//!
//! A dialogue is a script of [`crate::script`]. It shows its point if everything that it expects comes true.

use std::collections::BTreeMap;

use super::say;
use crate::chart::{Column, Table, Unit};
use crate::claims::bench::collect;
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::lesson::Lesson;
use crate::link::preset;
use crate::link::tariff::Tariff;
use crate::protocol::pop3::{Pop3Settings, apop_digest};
use crate::scenario::{self, NewMail, Scenario};
use crate::script::{DEFAULT_TARIFF, Entry, Mode, Played, Script, Setting, play};

const LINK: &str = "v34-28800:plain";
/// Alice's password, which a dialogue may be forbidden to let anybody hear.
const PASSWORD: &str = "secret";

/// One dialogue of a trial.
pub(super) struct Dialogue {
    /// What it is called in tables.
    name: &'static str,
    /// What it shows.
    shows: &'static str,
    text: &'static str,
    /// Whether whoever listens hears the password.
    tells_password: bool,
}

/// A dialogue in which the password is said.
pub(super) const fn dialogue(name: &'static str, shows: &'static str, text: &'static str) -> Dialogue {
    Dialogue { name, shows, text, tells_password: true }
}

pub(super) const fn secret(name: &'static str, shows: &'static str, text: &'static str) -> Dialogue {
    Dialogue { tells_password: false, ..dialogue(name, shows, text) }
}

/// c6: is the password kept off the line?
pub fn apop_hides(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        dialogue(
            "USER and PASS",
            "the password is on the line as it is",
            include_str!("dialogues/user-pass.txt"),
        ),
        dialogue("LOGIN", "so it is in IMAP", include_str!("dialogues/login.txt")),
        secret("APOP", "only a digest is", include_str!("dialogues/apop.txt")),
    ];
    let more = "A digest can still be tried against a list of words: the lab *The eavesdropper* finds a password so.";
    tried(workers, "c6", "faq-two-calls", &DIALOGUES, Some(more))
}

/// c7: looking for a word at the server.
pub fn search(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 2] = [
        dialogue(
            "IMAP SEARCH",
            "the server looks, and numbers come",
            include_str!("dialogues/imap-search.txt"),
        ),
        dialogue("POP3 RETR", "all mail comes, and the PC looks", include_str!("dialogues/pop3-whole.txt")),
    ];
    tried(workers, "c7", "faq-two-calls", &DIALOGUES, None)
}

/// c8: filing a message with its attachment.
pub fn filing(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 2] = [
        dialogue("IMAP COPY", "the message is filed where it lies", include_str!("dialogues/imap-file.txt")),
        dialogue(
            "POP3 RETR",
            "the message comes, to be filed on the PC",
            include_str!("dialogues/pop3-file.txt"),
        ),
    ];
    let more = "Some turns are needed, but no byte of the message crosses: what filing takes does not grow with the message.";
    tried(workers, "c8", "huge-attachment-first", &DIALOGUES, Some(more))
}

/// c13: a mail with an attachment through every protocol, and its text alone.
pub fn parts(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 6] = [
        dialogue("POP2", "the mail comes whole", include_str!("dialogues/pop2-mime.txt")),
        dialogue("POP3", "the mail comes whole", include_str!("dialogues/pop3-mime.txt")),
        dialogue("DMSP", "the mail comes whole", include_str!("dialogues/dmsp-mime.txt")),
        dialogue(
            "IMAP2",
            "header or text; the attachment is in the text",
            include_str!("dialogues/imap2-mime.txt"),
        ),
        dialogue("IMAP2bis", "one part comes", include_str!("dialogues/imap2bis-mime.txt")),
        dialogue("IMAP4", "one part comes", include_str!("dialogues/imap4-mime.txt")),
    ];
    let more = "IMAP2bis, a draft that clients and servers spoke from 1993 on, had parts before IMAP4 had a number. POP1 sends a \
                whole mailbox as one lump. POP3's TOP brings so many lines from the top, and with luck the text is among them.";
    tried(workers, "c13", "huge-attachment-first", &DIALOGUES, Some(more))
}

/// c28: what can be asked for.
pub fn choices(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        dialogue("POP3", "sizes, headers, whole mails", include_str!("dialogues/pop3-choice.txt")),
        dialogue(
            "IMAP2",
            "envelopes, flags, headers, texts, and what a search finds",
            include_str!("dialogues/imap2-choice.txt"),
        ),
        dialogue(
            "IMAP4rev1",
            "single lines of a header, parts, and so many octets of either",
            include_str!("dialogues/imap4-choice.txt"),
        ),
    ];
    let more = "Being able to choose costs a turn for each choice: c19 and c33 show where it pays.";
    tried(workers, "c28", "faq-two-calls", &DIALOGUES, Some(more))
}

/// c31: two at one mailbox.
pub fn shared(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        dialogue("POP3", "who comes second is refused", include_str!("dialogues/pop3-locked.txt")),
        dialogue(
            "IMAP",
            "both work, and each is told what the other did",
            include_str!("dialogues/imap-shared.txt"),
        ),
        dialogue(
            "DMSP",
            "both work, and each hears of it when it asks",
            include_str!("dialogues/dmsp-shared.txt"),
        ),
    ];
    let more = "The claim says it of IMAP alone; DMSP could do it as well.";
    tried(workers, "c31", "faq-two-calls", &DIALOGUES, Some(more))
}

/// c37: a message that arrives meanwhile.
pub fn views(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        dialogue(
            "POP3",
            "the session does not see it, the next one does",
            include_str!("dialogues/pop3-static.txt"),
        ),
        dialogue("IMAP", "the next answer tells of it", include_str!("dialogues/imap-dynamic.txt")),
        dialogue(
            "DMSP",
            "nothing is told unasked, and whoever asks is told of it alone",
            include_str!("dialogues/dmsp-asked.txt"),
        ),
    ];
    tried(workers, "c37", "faq-two-calls", &DIALOGUES, None)
}

/// c38: folders and flags.
pub fn folders(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 2] = [
        dialogue(
            "POP3",
            "there is one maildrop, and no word for flags",
            include_str!("dialogues/pop3-one-store.txt"),
        ),
        dialogue("IMAP", "a later session finds folder and flag", include_str!("dialogues/imap-folders.txt")),
    ];
    tried(workers, "c38", "faq-two-calls", &DIALOGUES, None)
}

/// c40: message-numbers and deletions.
pub fn numbers(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 2] = [
        dialogue("without QUIT", "what was marked is back", include_str!("dialogues/pop3-without-quit.txt")),
        dialogue("with QUIT", "it is gone, and what was 2 is 1", include_str!("dialogues/pop3-quit.txt")),
    ];
    tried(workers, "c40", "faq-two-calls", &DIALOGUES, None)
}

/// c41: what was overheard, sent again.
pub fn replay(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        secret("APOP", "the digest opens the maildrop once", include_str!("dialogues/apop.txt")),
        secret("APOP again", "a minute later it opens nothing", include_str!("dialogues/apop-again.txt")),
        dialogue("PASS again", "an overheard PASS does", include_str!("dialogues/pass-again.txt")),
    ];
    let more = "That rests on the server never sending the same timestamp twice (RFC 1939 §7).";
    tried(workers, "c41", "faq-two-calls", &DIALOGUES, Some(more))
}

/// Plays the dialogues on a scenario's mail: the claim holds if each shows its point.
pub(super) fn tried(
    workers: &dyn Workers,
    id: &str,
    scenario: &str,
    dialogues: &[Dialogue],
    more: Option<&str>,
) -> Result<Findings, Failure> {
    judged(workers, id, scenario, dialogues, Verdict::Holds, more)
}

/// As [`tried`]: `verdict` is what the dialogues show, if all that they expect comes true.
pub(super) fn judged(
    workers: &dyn Workers,
    id: &str,
    scenario: &str,
    dialogues: &[Dialogue],
    verdict: Verdict,
    more: Option<&str>,
) -> Result<Findings, Failure> {
    let scenario = scenario::built_in(scenario)?;
    let mail = scenario.mail()?;
    let played = collect(workers, dialogues.len(), |nth| {
        dialogues.get(nth).map(|dialogue| said(&scenario, &mail, dialogue.text)).transpose()
    })?;
    let mut region = Vec::new();
    let mut holds = true;
    for (dialogue, played) in dialogues.iter().zip(played.iter().flatten()) {
        let told = tells_password(played);
        let as_said = played.failures.is_empty() && told == dialogue.tells_password;
        holds &= as_said;
        region.push(match played.failures.first() {
            Some(failure) => format!("{}: not so. {failure}", dialogue.name),
            None if !as_said => format!("{}: whoever listens hears the password.", dialogue.name),
            None => format!(
                "{}: {}. {} turns, {} up and {} down, {} on line.",
                dialogue.name,
                dialogue.shows,
                played.metrics.turns,
                say::bytes(played.metrics.app_bytes.up),
                say::bytes(played.metrics.app_bytes.down),
                say::time(played.metrics.connected),
            ),
        });
    }
    region.extend(more.map(str::to_owned));
    let notes = vec![format!(
        "maillab {}, scenario {}, seed {}: {} messages; over {LINK}.",
        env!("CARGO_PKG_VERSION"),
        scenario.name,
        scenario.seed,
        mail.len(),
    )];
    let verdict = if holds { verdict } else { Verdict::Fails };
    let played: Vec<&Played> = played.iter().flatten().collect();
    let charts = vec![("dialogues".to_owned(), chart(id, dialogues, &played, notes.clone()))];
    Ok(Findings { verdict, region, tables: vec![table(id, dialogues, &played, notes)], charts })
}

/// Plays a dialogue in which what depends on the mail is filled in.
fn said(scenario: &Scenario, mail: &[NewMail], text: &str) -> Result<Played, Lesson> {
    let (link, tariff) = (preset::resolve(LINK)?, Tariff::named(DEFAULT_TARIFF)?);
    let setting = Setting::new(scenario, mail.to_vec(), link, tariff)?;
    let script = |text: &str| Script::parse("the trial's dialogue", text.as_bytes());
    let line = |asks: &str, begins: &str| -> Result<String, Lesson> {
        let asks = format!(
            ":open pop3\nS: +OK *\nC: USER alice\nS: +OK*\nC: PASS {PASSWORD}\nS: +OK*\n{asks}C: QUIT\nS: +OK*\n"
        );
        let played = play(&script(&asks)?, &setting, &BTreeMap::new(), Mode::Check)?;
        let lines = played.transcript.entries.iter().filter_map(|entry| match entry {
            Entry::Line(_, line) => Some(String::from_utf8_lossy(line).into_owned()),
            _ => None,
        });
        Ok(lines
            .into_iter()
            .find_map(|line| line.strip_prefix(begins).map(str::to_owned))
            .unwrap_or_default())
    };
    let mut text = text.to_owned();
    if text.contains("{RETRS}") {
        let retrs: String = (1..=mail.len()).map(|nth| format!("C: RETR {nth}\nS: +OK*\nS..\n")).collect();
        text = text.replace("{RETRS}", &retrs);
    }
    if text.contains("{UID2}") {
        text = text.replace("{UID2}", &line("C: UIDL 2\nS: +OK*\n", "+OK 2 ")?);
    }
    if text.contains("{DIGEST}") {
        let greeting = line("", "+OK POP3 ")?;
        let stamp = greeting.split_once('<').map(|(_, rest)| format!("<{rest}")).unwrap_or_default();
        let digest = apop_digest(stamp.as_bytes(), PASSWORD.as_bytes());
        text = text.replace("{DIGEST}", &String::from_utf8_lossy(&digest));
    }
    if text.contains("{TICKET}") {
        let host = Pop3Settings::default().host;
        text = text.replace("{TICKET}", &Pop3Settings::toy_ticket("alice", PASSWORD.as_bytes(), &host));
    }
    play(&script(&text)?, &setting, &BTreeMap::new(), Mode::Check)
}

/// Does anything that the client sends hold the password?
fn tells_password(played: &Played) -> bool {
    played.transcript.entries.iter().any(|entry| match entry {
        Entry::Sent(_, octets) => String::from_utf8_lossy(octets).contains(PASSWORD),
        _ => false,
    })
}

fn table(id: &str, dialogues: &[Dialogue], played: &[&Played], notes: Vec<String>) -> Table {
    let mut table = Table::results(
        format!("{id}: dialogues, and what they took"),
        vec![
            Column::text("dialogue"),
            Column::text("shows"),
            Column::flag("as_expected"),
            Column::flag("password_heard"),
            Column::integer("turns", ""),
            Column::integer("app_bytes_up", "bytes"),
            Column::integer("app_bytes_down", "bytes"),
            Column::decimal("connected_s", "s", 1),
        ],
    );
    for (dialogue, played) in dialogues.iter().zip(played) {
        let metrics = &played.metrics;
        table.push(vec![
            dialogue.name.into(),
            dialogue.shows.into(),
            played.failures.is_empty().into(),
            tells_password(played).into(),
            metrics.turns.into(),
            metrics.app_bytes.up.into(),
            metrics.app_bytes.down.into(),
            metrics.connected.into(),
        ]);
    }
    table.note("as_expected: every line that the dialogue expects of the server came.");
    say::rest(&mut table, notes);
    table
}

fn chart(id: &str, dialogues: &[Dialogue], played: &[&Played], notes: Vec<String>) -> String {
    say::dots(
        &format!("{id}: time on line, by dialogue"),
        "From answer to hang-up.",
        Unit::Seconds,
        "time on line",
        dialogues.iter().map(|dialogue| dialogue.name.to_owned()).collect(),
        vec![(
            LINK.to_owned(),
            played.iter().map(|played| Some(played.metrics.connected.as_secs_f64())).collect(),
        )],
        notes,
    )
}
