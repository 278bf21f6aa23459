//! What version 3.0 does with a command: the one transition match of RFC 1203.

use super::super::command::{self, Find};
use super::super::state::{Answering, Loan, Next, Reply, State};
use super::super::{mailboxes, obsolete, search, wire};
use super::command::Command;
use super::feature::{Chosen, Eol, Feature};
use super::fetch::Fetching;
use super::negotiate;
use super::open::Open;
use super::pattern::Pattern;
use super::{change, send, telling};
use crate::mail::store::UserId;

/// Does what a command says, tells the news of the mailbox, and answers. What comes next.
pub fn run(
    state: &mut State,
    tag: &[u8],
    command: command::Command,
    chosen: Chosen,
    loan: &mut Loan<'_>,
) -> Next {
    let own_from = loan.store.modseq();
    let mark = mark(tag, &chosen);
    let mut expunges = true;
    let reply = match command {
        command::Command::Imap3(command) => {
            // A client may have sent numbers already that a message less would make mean others.
            expunges = !command.takes_numbers();
            match obey(state, mark, *command, chosen, loan) {
                Outcome::Done(reply) => reply,
                Outcome::Fetching(fetching) => {
                    return state.go_on(Answering::Imap3(tag.to_vec(), fetching), loan);
                }
            }
        }
        // LOGOUT: BYE answers it, and then OK. RFC 1203, LOGOUT
        command::Command::Logout => {
            let host = &loan.settings.host;
            let bye = format!(" BYE {host} signing off\r\n");
            loan.out.write([mark, bye.as_bytes()].concat());
            *state = State::Logout;
            Reply::done("LOGOUT")
        }
        command => match negotiate::answer(state, mark, &command, loan) {
            Some(reply) => reply,
            None => state.transition(tag, command, loan),
        },
    };
    if let State::Opened(_, open) = state {
        let news = open.catch_up(own_from, expunges, loan.store);
        telling::tell(open, &news, &chosen, loan.store, loan.out);
    }
    reply.with_codes_of(loan.settings.dialect).write(tag, loan.out);
    Next::Command
}

/// Goes on with a FETCH whose answer did not fit. The reply, when it has ended.
pub fn go_on(
    open: &mut Open,
    fetching: &mut Fetching,
    chosen: &Chosen,
    loan: &mut Loan<'_>,
) -> Option<Reply> {
    let own_from = loan.store.modseq();
    let reply = fetching.go_on(open, loan.store, loan.out)?;
    let news = open.catch_up(own_from, false, loan.store);
    telling::tell(open, &news, chosen, loan.store, loan.out);
    Some(reply.with_codes_of(loan.settings.dialect))
}

/// What data that answers a command carries: its tag, or `*` without TAGGED.SOLICITED.
fn mark<'a>(tag: &'a [u8], chosen: &Chosen) -> &'a [u8] {
    if chosen.has(Feature::TaggedSolicited) { tag } else { b"*" }
}

/// What came of a command.
enum Outcome {
    Done(Reply),
    Fetching(Fetching),
}

impl Command {
    /// True if it names messages by number, so that numbers must not move before its client has heard its answer.
    const fn takes_numbers(&self) -> bool {
        matches!(self, Self::Copy { .. } | Self::Fetch { .. } | Self::Store { .. } | Self::Search { .. })
    }
}

fn obey(state: &mut State, mark: &[u8], command: Command, chosen: Chosen, loan: &mut Loan<'_>) -> Outcome {
    Outcome::Done(match (state, command) {
        // SELECT leaves the mailbox that is open, and BBOARD is SELECT. RFC 1203, SELECT, BBOARD
        (state @ (State::Authenticated(_) | State::Opened(..)), Command::Select { mailbox, board }) => {
            select(state, mark, &mailbox, board, loan)
        }

        // CHECK is answered by EXISTS, new mail or not. RFC 1203, CHECK
        (State::Opened(_, open), Command::Check) => {
            check(open, mark, &chosen, loan);
            Reply::done("CHECK")
        }

        // EXPUNGE looks for new mail before and after. RFC 1203, EXPUNGE
        (State::Opened(_, open), Command::Expunge) => match may_change(open, mark, loan) {
            Ok(()) => {
                check(open, mark, &chosen, loan);
                change::expunge(open, mark, loan);
                Reply::done("EXPUNGE")
            }
            Err(reply) => reply,
        },

        // FETCH pokes the server to send data. Its answer may be longer than there is room for. RFC 1203, FETCH
        (State::Opened(_, open), Command::Fetch { set, items }) => {
            match Fetching::begin(open, mark, &set, items, chosen) {
                Ok(fetching) => return Outcome::Fetching(fetching),
                Err(reply) => reply,
            }
        }

        // STORE changes flags, header or text. RFC 1203, STORE
        (State::Opened(_, open), Command::Store { set, change }) => match may_change(open, mark, loan) {
            Ok(()) => {
                // A message whose text changes gets a UID of its own: what others put there stands before it.
                let news = open.catch_up(loan.store.modseq(), false, loan.store);
                telling::tell(open, &news, &chosen, loan.store, loan.out);
                change::store(open, mark, &set, change, &chosen, loan)
            }
            Err(reply) => reply,
        },

        // COPY makes the mailbox if there is none. RFC 1203, COPY
        (State::Opened(user, open), Command::Copy { set, mailbox }) => {
            change::copy(*user, open, mark, &set, &mailbox, &chosen, loan)
        }

        // SEARCH answers with the numbers, and with what was asked. RFC 1203, SEARCH
        (State::Opened(_, open), Command::Search { key, criteria }) => {
            let mailbox = loan.store.mailbox(open.mailbox);
            let flags = |entry: &_| (open.flags_now(entry, mailbox), open.is_recent(entry.uid));
            let now = loan.store.clock(loan.now);
            match search::matching_entries(open.entries().iter(), &key, mailbox, now, &flags) {
                Ok(found) => {
                    let numbers: Vec<u32> = found.messages.iter().map(|(number, _, _)| *number).collect();
                    loan.out.write(telling::search(mark, &numbers, &criteria));
                    Reply::done("SEARCH")
                }
                Err(reply) => reply,
            }
        }

        // READONLY and READWRITE are wishes; the answer says what is so. RFC 1203, READONLY, READWRITE
        (State::Opened(_, open), Command::ReadOnly) => {
            open.read_only = true;
            loan.out.write([mark, b" READONLY\r\n"].concat());
            Reply::done("READONLY")
        }
        (State::Opened(_, open), Command::ReadWrite) => {
            open.read_only = open.is_board;
            open.was_told_read_only = false;
            let word: &[u8] = if open.read_only { b" READONLY\r\n" } else { b" READWRITE\r\n" };
            loan.out.write([mark, word].concat());
            Reply::done("READWRITE")
        }

        // FLAGS lists the flags of the mailbox, SET.FLAGS says which keywords there are. RFC 1203, SET.FLAGS
        (State::Opened(_, open), Command::Flags) => {
            loan.out.write(telling::flags(mark, loan.store.mailbox(open.mailbox)));
            Reply::done("FLAGS")
        }
        (State::Opened(_, open), Command::SetFlags(flags)) => match may_change(open, mark, loan) {
            Ok(()) => change::set_flags(open, mark, &flags, loan),
            Err(reply) => reply,
        },

        // RENUMBER changes what numbers mean, and says for which messages. RFC 1203, RENUMBER
        (State::Opened(_, open), Command::Renumber { key, order }) => {
            change::renumber(open, mark, &key, order, &chosen, loan)
        }

        // SEND and ADD.MESSAGE take a message from the client. RFC 1203, SEND, ADD.MESSAGE
        (State::Authenticated(user) | State::Opened(user, _), Command::Send(text)) => {
            send::send(*user, &text, loan)
        }
        (State::Authenticated(user) | State::Opened(user, _), Command::AddMessage { mailbox, text }) => {
            send::add_message(*user, &mailbox, text, loan)
        }

        (State::Authenticated(user) | State::Opened(user, _), Command::Find { what, pattern }) => {
            find(*user, mark, what, &pattern, loan)
        }

        // SET.EOL says how lines end in generic keys. RFC 1203, SET.EOL
        (_, Command::SetEol(Some(eol))) => {
            set_eol(eol, loan);
            Reply::done("SET.EOL")
        }
        (_, Command::SetEol(None)) => {
            Reply::no(format!("a line ends in at most {} characters here (RFC 1203)", Eol::MAX))
        }

        // The parser lets no other command through to these states.
        _ => Reply::Bad("not in this state".to_owned()),
    })
}

fn set_eol(eol: Eol, loan: &mut Loan<'_>) {
    if let Some(chosen) = &mut loan.enabled.imap3 {
        chosen.eol = eol;
    }
}

fn select(state: &mut State, mark: &[u8], name: &str, board: bool, loan: &mut Loan<'_>) -> Reply {
    let (State::Authenticated(user) | State::Opened(user, _)) = state else {
        return Reply::Bad("not in this state".to_owned());
    };
    let user = *user;
    *state = State::Authenticated(user);
    let id = if board { loan.store.board(name) } else { loan.store.mailbox_named(user, name) };
    let Some(open) = id.and_then(|id| Open::new(id, board, loan.store)) else {
        return match board {
            true => Reply::no("there is no bulletin board of this name; FIND BBOARDS * lists them"),
            false => Reply::no(mailboxes::no_such_mailbox(loan.store, user, name)),
        };
    };
    loan.out.write(telling::flags(mark, loan.store.mailbox(open.mailbox)));
    loan.out.write(telling::counts(mark, &open));
    if open.read_only {
        loan.out.write(&b"* READONLY\r\n"[..]);
    }
    *state = State::Opened(user, Box::new(open));
    Reply::done(if board { "BBOARD" } else { "SELECT" })
}

/// Refuses a change of a mailbox that is read-only. READONLY answers the first attempt (RFC 1203, READONLY).
fn may_change(open: &mut Open, mark: &[u8], loan: &mut Loan<'_>) -> Result<(), Reply> {
    if !open.read_only {
        return Ok(());
    }
    if !std::mem::replace(&mut open.was_told_read_only, true) {
        loan.out.write([mark, b" READONLY\r\n"].concat());
    }
    Err(match open.is_board {
        true => Reply::no("a bulletin board is read-only (RFC 1203)"),
        false => Reply::no("the mailbox is read-only; READWRITE changes that (RFC 1203)"),
    })
}

/// Takes in what has happened, and answers by EXISTS and RECENT.
fn check(open: &mut Open, mark: &[u8], chosen: &Chosen, loan: &mut Loan<'_>) {
    let mut news = open.catch_up(loan.store.modseq(), true, loan.store);
    news.first_new = None;
    telling::tell(open, &news, chosen, loan.store, loan.out);
    loan.out.write(telling::counts(mark, open));
}

/// FIND: all mailboxes but INBOX, or all boards (RFC 1203, FIND).
fn find(user: UserId, mark: &[u8], what: Find, pattern: &Pattern, loan: &mut Loan<'_>) -> Reply {
    let mut text = Vec::new();
    let utf8 = loan.enabled.imap3.is_some_and(|chosen| chosen.has(Feature::EightBitTransparent));
    let mut add = |word: &str, name: &str| {
        if pattern.matches(name) {
            text.extend_from_slice(mark);
            text.extend_from_slice(format!(" {word} ").as_bytes());
            mailboxes::write_name(&mut text, name, utf8);
            text.extend_from_slice(b"\r\n");
        }
    };
    match what {
        Find::Boards => {
            for board in loan.store.boards().filter_map(|board| loan.store.mailbox(board)) {
                add("BBOARD", &board.name);
            }
        }
        Find::Mailboxes | Find::All => {
            for (_, mailbox) in loan.store.mailboxes_of(user).filter(|(_, mailbox)| mailbox.name != "INBOX") {
                add("MAILBOX", &mailbox.name);
            }
        }
    }
    if !text.is_empty() {
        loan.out.write(obsolete::with_plain_quotes(&text));
    }
    Reply::done("FIND")
}

/// `* MAILBOX name`: there is a new mailbox (RFC 1203, MAILBOX).
pub fn tell_new_mailbox(name: &str, loan: &mut Loan<'_>) {
    let mut text = b"* MAILBOX ".to_vec();
    wire::astring(&mut text, super::super::names::encoded(name).as_bytes());
    text.extend_from_slice(b"\r\n");
    loan.out.write(text);
}
