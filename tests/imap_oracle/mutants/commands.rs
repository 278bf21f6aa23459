//! Mutants that do something else than they were asked to.

use maillab::mail::flags::Flags;
use maillab::mail::store::{FlagChange, MailboxId, Uid};

use super::{Mutant, Turn, answering, asking, counted};

#[rustfmt::skip]
pub const MUTANTS: &[Mutant] = &[
    asking("flag-lost-in-store", |turn| if turn.word() == "STORE"
        && let Some((head, flags)) = turn.command.split_once("FLAGS")
        && let Some((some, _)) = flags.rsplit_once(' ').filter(|(some, _)| some.contains('\\')) {
        turn.command = format!("{head}FLAGS{some})\r\n");
    }),
    answering("flag-lost-in-copy", |turn| if turn.is(&["COPY", "MOVE"]) {
        for line in turn.answer.clone() {
            let Some((_, code)) = line.split_once("[COPYUID ") else { continue };
            let words: Vec<&str> = code.split([' ', ']']).collect();
            let [validity, _, uids, ..] = words[..] else { continue };
            let Some(mailbox) = mailbox_of(turn, validity) else { continue };
            for uid in uids.split([',', ':']).filter_map(|uid| uid.parse().ok()) {
                turn.store.change_flags(mailbox, Uid(uid), FlagChange::Replace, Flags::NONE);
            }
        }
    }),
    asking("flag-lost-in-append", |turn| if turn.word() == "APPEND"
        && let Some((head, rest)) = turn.command.split_once(" (")
        && let Some((_, tail)) = rest.split_once(")").filter(|_| !head.contains('\r')) {
        turn.command = format!("{head}{tail}");
    }),
    answering("flag-change-not-told", |turn| if !turn.is(&["FETCH", "STORE", "SELECT", "EXAMINE"]) {
        turn.answer.retain(|line| counted(line, "FETCH").is_none());
    }),
    asking("add-replaces", |turn| if turn.word() == "STORE" { replace(turn, "+FLAGS", "FLAGS"); }),
    asking("seen-not-set", |turn| replace(turn, "BODY[", "BODY.PEEK[")),
    asking("peek-sets-seen", |turn| replace(turn, "BODY.PEEK[", "BODY[")),
    answering("examine-sets-seen", |turn| if turn.word() == "FETCH"
        && turn.command.contains("BODY[") && let Some((name, true)) = turn.memory.open.get(&turn.client).cloned() {
        let uids = turn.uids();
        let user = turn.store.user(b"alice");
        if let Some(mailbox) = user.and_then(|user| turn.store.mailbox_named(user, &name)) {
            for uid in uids {
                turn.store.change_flags(mailbox, Uid(uid as u32), FlagChange::Add, Flags::SEEN);
            }
        }
    }),
    asking("unchangedsince-ignored", |turn| if let Some((head, rest)) = turn.command.split_once("(UNCHANGEDSINCE ")
        && let Some((_, tail)) = rest.split_once(") ") {
        turn.command = format!("{head}{tail}");
    }),
    Mutant {
        name: "part-of-another-number",
        before: |turn| replace(turn, "[1]", "[2]"),
        after: |turn| turn.edit(|line| line.replace("BODY[2]", "BODY[1]")),
    },
    Mutant {
        name: "partial-shifted",
        before: |turn| { replace(turn, "<0.", "<1."); replace(turn, "<5.", "<6."); replace(turn, "<10.", "<11."); },
        after: |turn| turn.edit(|line| line.replace("<1>", "<0>").replace("<6>", "<5>").replace("<11>", "<10>")),
    },
    Mutant {
        name: "header-fields-unasked",
        before: |turn| replace(turn, "FIELDS (SUBJECT)", "FIELDS (SUBJECT FROM)"),
        after: |turn| turn.edit(|line| line.replace("FIELDS (SUBJECT FROM)", "FIELDS (SUBJECT)")),
    },
    asking("move-leaves-source", |turn| if turn.word() == "MOVE" { replace(turn, " MOVE ", " COPY "); }),
    answering("rename-loses-inferior", |turn| if turn.word() == "RENAME" && turn.is_granted() {
        let words: Vec<String> = turn.command.split_ascii_whitespace().map(str::to_owned).collect();
        let ([_, _, from, to, ..], Some(user)) = (&words[..], turn.store.user(b"alice")) else { return };
        let inferiors = format!("{to}/");
        let names: Vec<String> = turn.store.mailboxes_of(user).map(|(_, mailbox)| mailbox.name.clone()).collect();
        for name in names.iter().filter(|name| name.starts_with(&inferiors)) {
            turn.store.rename(user, name, &format!("{from}{}", &name[to.len()..]));
        }
    }),
];

fn replace(turn: &mut Turn<'_>, from: &str, to: &str) {
    turn.command = turn.command.replace(from, to);
}

fn mailbox_of(turn: &Turn<'_>, validity: &str) -> Option<MailboxId> {
    let user = turn.store.user(b"alice")?;
    turn.store
        .mailboxes_of(user)
        .find(|(_, mailbox)| mailbox.uid_validity.to_string() == validity)
        .map(|(id, _)| id)
}
