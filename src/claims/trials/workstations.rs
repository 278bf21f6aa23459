//! Claims about a user with several workstations, tried by dialogues: c9, c10, c11.

use super::dialogues::{Dialogue, dialogue, tried};
use crate::claims::{Failure, Findings, Workers};

/// c9: what of DMSP is in IMAP4rev1, and what is not.
pub fn taken_over(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 6] = [
        dialogue(
            "DMSP messages",
            "a summary, flags, filing and a text, all by UID at the repository",
            include_str!("dialogues/dmsp-descriptors.txt"),
        ),
        dialogue(
            "IMAP messages",
            "IMAP4rev1 does the same four by UID",
            include_str!("dialogues/imap-the-same.txt"),
        ),
        dialogue(
            "DMSP changes",
            "a workstation is told of the one message that another has changed",
            include_str!("dialogues/dmsp-update-list.txt"),
        ),
        dialogue(
            "IMAP changes",
            "IMAP4rev1 tells the flags of all, and the workstation compares",
            include_str!("dialogues/imap-all-flags.txt"),
        ),
        dialogue(
            "DMSP sends",
            "mail is sent, a message printed, workstations are listed",
            include_str!("dialogues/dmsp-sends.txt"),
        ),
        dialogue(
            "IMAP sends not",
            "IMAP4rev1 has no words for these",
            include_str!("dialogues/imap-sends-not.txt"),
        ),
    ];
    let more = "So it took over what is about messages, and left what is about workstations. What changed since came back as \
                CONDSTORE and QRESYNC (RFC 7162), where the workstation remembers a number and not the server a list.";
    tried(workers, "c9", "faq-two-calls", &DIALOGUES, Some(more))
}

/// c10: the same mail, read at home and then in the office.
pub fn several_places(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 4] = [
        dialogue(
            "IMAP",
            "the office finds what was read, flagged and filed at home",
            include_str!("dialogues/imap-two-places.txt"),
        ),
        dialogue(
            "POP3, deleted",
            "what home has fetched is not in the office",
            include_str!("dialogues/pop3-two-places-delete.txt"),
        ),
        dialogue(
            "POP3, left",
            "what home has read is new in the office",
            include_str!("dialogues/pop3-two-places-leave.txt"),
        ),
        dialogue(
            "DMSP",
            "the office is told what was read, flagged and filed at home",
            include_str!("dialogues/dmsp-two-places.txt"),
        ),
    ];
    let more = "It is an advantage over POP3, and not over DMSP, which was made for it. `maillab workstations` counts over a \
                week what is lost, double, ghost and stale.";
    tried(workers, "c10", "faq-two-calls", &DIALOGUES, Some(more))
}

/// c11: a workstation of one's own, and one in a library.
pub fn public_place(workers: &dyn Workers) -> Result<Findings, Failure> {
    const DIALOGUES: [Dialogue; 3] = [
        dialogue(
            "DMSP, own",
            "a workstation that comes back is told of two messages and of no others",
            include_str!("dialogues/dmsp-own-place.txt"),
        ),
        dialogue(
            "DMSP, public",
            "a new one is told of all twenty, cannot delete itself, and stays on the list of clients",
            include_str!("dialogues/dmsp-public-place.txt"),
        ),
        dialogue(
            "IMAP, public",
            "the newest message comes, and nothing stays behind",
            include_str!("dialogues/imap-public-place.txt"),
        ),
    ];
    let more = "The descriptors of all grow with the mailbox. Who fetches by numbers (FETCH-DESCRIPTORS, FETCH-MESSAGE) is spared \
                them, but not the client object: the lab *The public workstation* tries it.";
    tried(workers, "c11", "faq-two-calls", &DIALOGUES, Some(more))
}
