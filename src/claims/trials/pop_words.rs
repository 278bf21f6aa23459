//! Claims about what POP, in its years and kinds, and SMTP can say: c1 to c4, c34, c39, c42 to c44.

use super::dialogues::{Dialogue, dialogue, judged, secret};
use crate::claims::{Failure, Findings, Verdict, Workers};

/// c1: does mail wait until its sender starts?
pub fn sender_starts(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        secret("minutes on line", "nothing comes by itself", include_str!("dialogues/smtp-waits.txt")),
        secret("TURN", "the receiver lets the ends change places", include_str!("dialogues/smtp-turn.txt")),
        secret("ETRN", "the receiver asks, and the sender starts", include_str!("dialogues/smtp-etrn.txt")),
    ];
    let verdict = Verdict::DependsOn(
        "whether the sender can be told to start: that is what TURN (1982) and ETRN (1996) are for"
            .to_owned(),
    );
    judged(
        workers,
        "c1",
        "faq-two-calls",
        &DIALOGUES,
        verdict,
        Some("Even then it is the sender who opens the transaction."),
    )
}

/// c2: do the three POPs understand each other?
pub fn three_tongues(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 4] = [
        secret(
            "POP3 to a POP2 server",
            "USER is garbage, and ends it",
            include_str!("dialogues/pop3-to-pop2.txt"),
        ),
        dialogue("POP2 to a POP3 server", "HELO is no command", include_str!("dialogues/pop2-to-pop3.txt")),
        dialogue(
            "POP3 to a POP1 server",
            "it logs in, and gets no further",
            include_str!("dialogues/pop3-to-pop1.txt"),
        ),
        dialogue(
            "POP1 to a POP3 server",
            "it logs in, and gets no further",
            include_str!("dialogues/pop1-to-pop3.txt"),
        ),
    ];
    let more = "POP1 and POP3 share USER, PASS and QUIT, for RFC 1081 went back to the first one's words; RETR means something else in each.";
    judged(workers, "c2", "faq-two-calls", &DIALOGUES, Verdict::Holds, Some(more))
}

/// c3: headers without the message.
pub fn headers_alone(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        dialogue("POP2, 1985", "there is no such command", include_str!("dialogues/pop2-no-top.txt")),
        dialogue("POP3, 1988", "TOP is there, as an option", include_str!("dialogues/pop3-1081-top.txt")),
        dialogue("POP3, today", "TOP is announced by CAPA", include_str!("dialogues/pop3-now-top.txt")),
    ];
    let verdict =
        Verdict::DependsOn("the year: TOP came with POP3, and many a server went without it".to_owned());
    judged(
        workers,
        "c3",
        "faq-two-calls",
        &DIALOGUES,
        verdict,
        Some("See c4: both FAQs are right of the servers that they knew."),
    )
}

/// c4: nothing but the length.
pub fn length_alone(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        dialogue(
            "POP2, 1985",
            "READ tells a length, and nothing else",
            include_str!("dialogues/pop2-length.txt"),
        ),
        dialogue("POP3, 1991", "TOP tells the header", include_str!("dialogues/pop3-1225-top.txt")),
        dialogue(
            "POP3, 1994",
            "UIDL tells whether it was seen before",
            include_str!("dialogues/pop3-1725-uidl.txt"),
        ),
    ];
    let verdict = Verdict::DependsOn(
        "the year: it is true of POP2, and of a POP3 server without its options".to_owned(),
    );
    judged(workers, "c4", "faq-two-calls", &DIALOGUES, verdict, None)
}

/// c34: several computers.
pub fn several_computers(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        dialogue(
            "LAST, 1991",
            "mail that one PC has read counts as read at the other",
            include_str!("dialogues/pop3-two-last.txt"),
        ),
        dialogue(
            "UIDL",
            "the other PC cannot tell what was read or answered",
            include_str!("dialogues/pop3-two-uidl.txt"),
        ),
        dialogue(
            "DELE",
            "the other PC finds other numbers, and mail gone",
            include_str!("dialogues/pop3-two-dele.txt"),
        ),
    ];
    let more = "UIDL keeps each PC from fetching twice; that something was answered or filed no POP server knows (the lab Seen it already).";
    judged(workers, "c34", "faq-two-calls", &DIALOGUES, Verdict::Holds, Some(more))
}

/// c39: two names for one message.
pub fn two_names(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 2] = [
        dialogue(
            "built from each other",
            "UIDL is UIDVALIDITY and UID, in digits",
            include_str!("dialogues/uidl-and-uid.txt"),
        ),
        dialogue(
            "unrelated",
            "another server's UIDL is its own affair",
            include_str!("dialogues/uidl-changes.txt"),
        ),
    ];
    let verdict = Verdict::DependsOn(
        "the server: this one builds UIDL from UIDVALIDITY and UID, and no RFC asks for it".to_owned(),
    );
    judged(workers, "c39", "faq-two-calls", &DIALOGUES, verdict, None)
}

/// c42: names of SDPS.
pub fn one_scheme(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        dialogue("USER host", "all mail of the host", include_str!("dialogues/sdps-host.txt")),
        dialogue("USER user@host", "one user's share of it", include_str!("dialogues/sdps-user.txt")),
        dialogue("USER user+host", "nobody is known by it here", include_str!("dialogues/sdps-plus.txt")),
    ];
    let verdict = Verdict::DependsOn(
        "which of the two: user@host is in SDPS's specification, user+host in none that we found".to_owned(),
    );
    judged(workers, "c42", "faq-two-calls", &DIALOGUES, verdict, None)
}

/// c43: KPOP.
pub fn kerberos(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        dialogue("POP3", "a password, in clear", include_str!("dialogues/user-pass.txt")),
        secret("KPOP", "a ticket before the greeting, and then POP3", include_str!("dialogues/kpop.txt")),
        secret(
            "a forged ticket",
            "the server says so, and closes",
            include_str!("dialogues/kpop-forged.txt"),
        ),
    ];
    let more = "The ticket here is a toy of one line, and no Kerberos: a real exchange (krb_sendauth) takes some hundred bytes and one turn more.";
    judged(workers, "c43", "faq-two-calls", &DIALOGUES, Verdict::Holds, Some(more))
}

/// c44: CAPA, and words that begin with X-.
pub fn announcements(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        dialogue(
            "CAPA, today",
            "a list, and the session goes on as before",
            include_str!("dialogues/capa-now.txt"),
        ),
        dialogue(
            "CAPA, 1996",
            "an error, and the session goes on as before",
            include_str!("dialogues/capa-1939.txt"),
        ),
        dialogue("X-", "a word of one's own is refused like any other", include_str!("dialogues/x-word.txt")),
    ];
    judged(workers, "c44", "faq-two-calls", &DIALOGUES, Verdict::Holds, None)
}
