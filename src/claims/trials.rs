//! The trials: a file each.

mod attachments;
mod branch_office;
mod dear_rates;
mod headers_first;
mod huge_first;
mod leave_on_server;
mod little_mail;
mod much_mail;
mod say;
mod two_calls;

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
        id: "c12",
        tried: "A branch office of twenty people collects a day's forty messages over three lines: by ETRN, by POP3 for \
                each person in one call, and by POP3 with a call for each. Simpler is what takes fewer turns and costs no \
                more.",
        run: branch_office::run,
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
        id: "c29",
        tried: "A message of more than 500 kB stands before fifty-nine others. Five clients fetch the mail; what \
                counts is when the other fifty-nine are there, from dialling. If one POP3 client has them before the \
                huge one, the protocol does not demand the order.",
        run: huge_first::run,
    },
    Trial {
        id: "c33",
        tried: "Of two hundred messages a growing share is read. The measure is the time on line for each 1,000 \
                bytes that were wanted: headers first, against fetching everything, and against fetching text only. \
                All read off line, but for one that looks at the headers first and then keeps the line up.",
        run: headers_first::run,
    },
    Trial {
        id: "c36",
        tried: "Five new messages a day for a hundred days, all left on the server. Counted for each visit: the \
                content of messages that came down, and what finding out which were new took on top.",
        run: leave_on_server::run,
    },
];

#[cfg(test)]
mod tests;
