//! The trials: a file each.

mod attachments;
mod branch_office;
mod cheaper_way_in;
mod dear_rates;
mod dialogues;
mod encapsulation;
mod headers_first;
mod huge_first;
mod leave_on_server;
mod little_mail;
mod little_storage;
mod lossy_lines;
mod much_mail;
mod pop_words;
mod retries;
mod say;
mod sessions;
mod short_calls;
mod two_calls;
mod workstations;

use std::fmt;

use super::{Failure, Findings, Workers};

/// How one claim is tried.
#[derive(Clone, Copy)]
pub struct Trial {
    /// The claim.
    pub id: &'static str,
    /// What is done, and by which measure the claim is judged.
    pub tried: &'static str,
    run: fn(&dyn Workers) -> Result<Findings, Failure>,
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trial").field(&self.id).finish()
    }
}

impl Trial {
    /// Makes all runs of the trial, and judges.
    ///
    /// # Errors
    /// [`Failure::Stopped`] if the workers gave up; a lesson if a run did not end well.
    pub fn run(&self, workers: &dyn Workers) -> Result<Findings, Failure> {
        (self.run)(workers)
    }
}

/// All trials, in the order of their claims.
pub const TRIALS: &[Trial] = &[
    Trial {
        id: "c1",
        tried: "Mail waits at one host for another, which is on line: for some minutes, then with TURN, then with ETRN.",
        run: pop_words::sender_starts,
    },
    Trial {
        id: "c2",
        tried: "The first words of each POP are said to a server of another.",
        run: pop_words::three_tongues,
    },
    Trial {
        id: "c3",
        tried: "A header is asked for by TOP: of POP2, of POP3 as of 1988, of POP3 today.",
        run: pop_words::headers_alone,
    },
    Trial {
        id: "c4",
        tried: "Whatever can be known of a message without RETR: by POP2, by POP3 as of 1991 and of 1994.",
        run: pop_words::length_alone,
    },
    Trial {
        id: "c5",
        tried: "One to ten answers are handed over by XTND XMIT, by SMTP in lock-step, and by SMTP in groups and chunks, over four lines. The measure is the time on line of the whole session, login and all.",
        run: sessions::xmit::run,
    },
    Trial {
        id: "c6",
        tried: "Somebody logs in by USER and PASS, by LOGIN and by APOP. Does what the client sends hold the \
                password?",
        run: dialogues::apop_hides,
    },
    Trial {
        id: "c7",
        tried: "A word is looked for in twenty messages: by IMAP's SEARCH, and by fetching all of them by POP3.",
        run: dialogues::search,
    },
    Trial {
        id: "c8",
        tried: "A message of more than 500 kB is filed: copied to a folder at the server by IMAP, or fetched by \
                POP3 and filed on the PC.",
        run: dialogues::filing,
    },
    Trial {
        id: "c9",
        tried: "What DMSP can do is asked of IMAP4rev1: summaries, flags, filing and texts by UID; what has changed; \
                sending, printing, workstations.",
        run: workstations::taken_over,
    },
    Trial {
        id: "c10",
        tried: "Somebody reads, flags and files at home, and then looks in the office: by IMAP, by POP3 that deletes or \
                leaves, and by DMSP. The claim holds if IMAP shows the same mail at both, and POP3 does not.",
        run: workstations::several_places,
    },
    Trial {
        id: "c11",
        tried: "By DMSP one message is read on a workstation that comes back, and on one in a library that never was \
                there; by IMAP on the latter.",
        run: workstations::public_place,
    },
    Trial {
        id: "c12",
        tried: "A branch office of twenty people collects a day's forty messages over three lines: by ETRN, by POP3 for \
                each person in one call, and by POP3 with a call for each. Simpler is what takes fewer turns and costs no \
                more.",
        run: branch_office::run,
    },
    Trial {
        id: "c13",
        tried: "A mail of more than 500 kB with an attachment is fetched by six protocols, and its text alone where that can \
                be asked for.",
        run: dialogues::parts,
    },
    Trial {
        id: "c15",
        tried: "Twenty messages over 9600 bit/s, framed in five ways, with two MTUs and two TCPs; counted is what is on \
                the line beyond the IP packets themselves. The claim holds if frames cost something on average, \
                with compressed headers and without.",
        run: encapsulation::run,
    },
    Trial {
        id: "c18",
        tried: "A client fetches all of a growing mailbox over five links, by POP3 and by IMAP. The wait is from dialling until the \
                last message is there and the line is down; nobody cares about it while it stays below one \
                minute. Little mail is three messages.",
        run: little_mail::run,
    },
    Trial {
        id: "c19",
        tried: "Of 5, 20, 50 and 200 messages a growing share is read, and a quarter of that answered. \
                IMAP fetches headers and then the chosen messages; POP3 fetches everything, or chooses by TOP. Who \
                has the line up for less time leads. Much mail is 50 messages or more, some of it half or less.",
        run: much_mail::run,
    },
    Trial {
        id: "c20",
        tried: "A week's hundred messages in a hotel room, of which a growing share is read and four in ten of those \
                answered, over four dear ways home. Who pays less for the calls wins; IMAP is used in three ways: off \
                line with whole messages, off line with text only, and with the line up while reading.",
        run: dear_rates::run,
    },
    Trial {
        id: "c21",
        tried: "The scenario faq-two-calls: twenty messages without attachments, four answers, 28 minutes of reading \
                and writing. POP3 fetches, hangs up, and calls again to send; IMAP does the same work with the line \
                up. Two modems, and four tariffs of four countries; judged by what all calls cost.",
        run: two_calls::run,
    },
    Trial {
        id: "c22",
        tried: "The two-calls example with attachments on a growing share of the messages; nobody opens them. POP3 \
                fetches all and calls again to send; IMAP takes the text parts only, with the line up or off line. \
                The example is overturned where IMAP costs less than POP3.",
        run: attachments::run,
    },
    Trial {
        id: "c23",
        tried: "A hundred messages of 60 kB on average, by a call from another continent, by one across the \
                country, and by a local provider; four strategies; a reader who wants everything, and one who \
                wants the texts. The claim holds where no strategy makes the dear call cheaper by half.",
        run: cheaper_way_in::run,
    },
    Trial {
        id: "c24",
        tried: "A message goes to a PC that is off for 1 to 110 hours: by a host that tries again every 30 minutes until \
                somebody answers, and by a server from which the PC fetches it. Counted are calls in vain, and octets of \
                IP packets.",
        run: retries::run,
    },
    Trial {
        id: "c25",
        tried: "Twenty messages, one of them large, are fetched onto a disk that is too small for them: by POP3 without asking \
                for lengths, by POP3 with LIST, and by POP2, whose READ tells the length first. It helps if whoever knows \
                lengths keeps no less and lets nothing come in vain.",
        run: little_storage::run,
    },
    Trial {
        id: "c28",
        tried: "Whatever POP3, IMAP2 and IMAP4rev1 let a client ask for of one message is asked for.",
        run: dialogues::choices,
    },
    Trial {
        id: "c29",
        tried: "A message of more than 500 kB stands before fifty-nine others. Five clients fetch the mail; what \
                counts is when the other fifty-nine are there, from dialling. If one POP3 client has them before the \
                huge one, the protocol does not demand the order.",
        run: huge_first::run,
    },
    Trial {
        id: "c31",
        tried: "Two clients open one mailbox at once, and one of them flags and removes messages.",
        run: dialogues::shared,
    },
    Trial {
        id: "c32",
        tried: "Forty messages over a line that loses 0, 1, 3 and 5 % of its packets, with sixteen seeds each, by POP3 \
                and by IMAP in three ways, one of which asks for one message at a time as POP3 does. IMAP is more \
                reliable if loss adds less than half of what it adds to POP3 in all three ways; if it does in the \
                others only, turns decide.",
        run: lossy_lines::run,
    },
    Trial {
        id: "c33",
        tried: "Of two hundred messages a growing share is read. The measure is the time on line for each 1,000 \
                bytes that were wanted: headers first, against fetching everything, and against fetching text only. \
                All read off line, but for one that looks at the headers first and then keeps the line up.",
        run: headers_first::run,
    },
    Trial {
        id: "c34",
        tried: "Two PCs read one maildrop in turn: with LAST, with UIDL, and with DELE. What does the second learn of the first?",
        run: pop_words::several_computers,
    },
    Trial {
        id: "c35",
        tried: "Forty messages over calls that are all cut after 200, 100, 60 or 40 kB. The claim holds if the \
                usual POP3 client gets its mail through shorter calls than any IMAP client.",
        run: short_calls::run,
    },
    Trial {
        id: "c36",
        tried: "Five new messages a day for a hundred days, all left on the server. Counted for each visit: the \
                content of messages that came down, and what finding out which were new took on top.",
        run: leave_on_server::run,
    },
    Trial {
        id: "c37",
        tried: "A message arrives while a session is open. Does this session learn of it?",
        run: dialogues::views,
    },
    Trial {
        id: "c38",
        tried: "A folder is made and a message flagged in one session; another one looks for both.",
        run: dialogues::folders,
    },
    Trial {
        id: "c39",
        tried: "One message is asked for its name by POP3 and by IMAP; and by a server whose names hold for one session.",
        run: pop_words::two_names,
    },
    Trial {
        id: "c40",
        tried: "A message is marked for deletion, and the line drops; or QUIT is sent, and the numbers are \
                looked at again.",
        run: dialogues::numbers,
    },
    Trial {
        id: "c41",
        tried: "The line with APOP's digest is sent again a minute later, and so is an overheard PASS.",
        run: dialogues::replay,
    },
    Trial {
        id: "c42",
        tried: "Three messages for two users of a dial-up host; somebody logs in as the host, as one user, and in the other way of writing it.",
        run: pop_words::one_scheme,
    },
    Trial {
        id: "c43",
        tried: "Somebody shows a ticket before the greeting, and then speaks POP3; somebody else shows a forged one.",
        run: pop_words::kerberos,
    },
    Trial {
        id: "c44",
        tried: "CAPA is said to a server that knows it and to one that does not, and a word of nobody's; then the session goes on.",
        run: pop_words::announcements,
    },
    Trial {
        id: "c45",
        tried: "A visit that finds no new mail: in clear, by STLS at port 110, with TLS from the first byte at port 995; with the TLS of today and of 1999, over four lines.",
        run: sessions::tls::run,
    },
];

#[cfg(test)]
mod tests;
