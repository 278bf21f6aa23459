//! What a session agrees on, and how it opens a mailbox: ENABLE, SELECT, EXAMINE (RFC 5161, RFC 3501 §6.3.1, §6.3.2).

use super::capability::{self, Extension};
use super::command::{Command, Resync, StatusItem};
use super::dialect::Dialect;
use super::item::FetchItem;
use super::state::{Loan, Reply, State};
use super::view::View;
use super::{mailboxes, object, resync};

impl State {
    /// The first command that speaks of modification sequences says that the client wants to hear of them from
    /// now on, and it is told where they stand (RFC 7162 §3.1).
    pub fn note_condstore(&self, command: &Command, loan: &mut Loan<'_>) {
        let enables = match command {
            Command::Fetch { items, changed, .. } => changed.is_some() || items.contains(&FetchItem::ModSeq),
            Command::Store { unchanged_since, .. } => unchanged_since.is_some(),
            Command::Search(question) | Command::Sort { question, .. } | Command::Thread { question, .. } => {
                question.key.names_modseq()
            }
            Command::Status { items, .. } => items.contains(&StatusItem::HighestModSeq),
            Command::List(query) => {
                query.status.as_ref().is_some_and(|items| items.contains(&StatusItem::HighestModSeq))
            }
            _ => false,
        };
        if enables {
            self.enable_condstore(loan);
        }
    }

    fn enable_condstore(&self, loan: &mut Loan<'_>) {
        if std::mem::replace(&mut loan.enabled.condstore, true) {
            return;
        }
        if let Self::Selected(_, view) = self {
            let highest = view.highest_modseq(loan.store);
            loan.out.write(format!("* OK [HIGHESTMODSEQ {highest}] Changes are counted\r\n"));
        }
    }

    /// Switches on what a word of ENABLE names, if it is offered and means anything here.
    pub fn enable(&self, word: &str, loan: &mut Loan<'_>) -> bool {
        let extension = capability::extension_named(word);
        let Some(extension) = extension.filter(|extension| loan.settings.has(*extension)) else {
            return false;
        };
        match extension {
            Extension::Condstore => self.enable_condstore(loan),
            Extension::Qresync => {
                self.enable_condstore(loan);
                loan.enabled.qresync = true;
            }
            Extension::Utf8Accept => loan.enabled.utf8 = true,
            Extension::Rev2 => loan.enabled.rev2 = true,
            _ => return false,
        }
        true
    }

    /// SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2).
    pub fn select(
        &mut self,
        mailbox: &str,
        read_only: bool,
        condstore: bool,
        resync: Option<&Resync>,
        loan: &mut Loan<'_>,
    ) -> Reply {
        // RFC 7162 §3.2.5: first ENABLE.
        if resync.is_some() && !loan.enabled.qresync {
            return loan.bad_at("QRESYNC", "QRESYNC needs ENABLE QRESYNC first", "RFC 7162 §3.2.5");
        }
        let (user, was_open) = match self {
            Self::Authenticated(user) => (*user, false),
            Self::Selected(user, _) => (*user, true),
            _ => return Reply::Bad("not in this state".to_owned()),
        };
        *self = Self::Authenticated(user);
        // What comes from here on is about another mailbox (RFC 7162 §3.2.11).
        if was_open && (loan.settings.has(Extension::Condstore) || loan.enabled.rev2) {
            loan.out.write(&b"* OK [CLOSED] the mailbox that was open is left\r\n"[..]);
        }
        loan.enabled.condstore |= condstore;
        let id = loan.store.mailbox_named(user, mailbox);
        let rev2 = loan.enabled.rev2;
        let dialect = if rev2 { Dialect::Rev2 } else { loan.settings.dialect };
        let view = id.and_then(|id| View::open(id, read_only, dialect, loan.store, loan.out));
        let Some(view) = view else {
            let why = mailboxes::no_such_mailbox(loan.store, user, mailbox);
            return Reply::no(format!("[NONEXISTENT] {why}"));
        };
        if loan.settings.has(Extension::Condstore) {
            let highest = view.highest_modseq(loan.store);
            loan.out.write(format!("* OK [HIGHESTMODSEQ {highest}] Changes are counted\r\n"));
        }
        // RFC 8474 §4.2
        if loan.settings.has(Extension::ObjectId)
            && let Some(opened) = loan.store.mailbox(view.mailbox)
        {
            let id = object::mailbox_id(opened);
            loan.out.write(format!("* OK [MAILBOXID ({id})] The name that stays\r\n"));
        }
        // RFC 9051 §6.3.2: the mailbox's name, as it is spelt here.
        if rev2 {
            mailboxes::write_opened(view.mailbox, mailbox, loan);
        }
        if let Some(resync) = resync {
            resync::catch_up(&view, resync, loan.settings.expunges_remembered, loan.store, loan.out);
        }
        *self = Self::Selected(user, view);
        Reply::Ok(match read_only {
            false => "[READ-WRITE] SELECT completed".to_owned(),
            true => "[READ-ONLY] EXAMINE completed".to_owned(),
        })
    }
}
