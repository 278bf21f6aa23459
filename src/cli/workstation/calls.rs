//! A call to a real server: the queue, what is new, the texts.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::folder::{self, Folder};
use super::{Call, waiting};
use crate::chart::{Cell, Column, Table};
use crate::cli::{CliError, Output};
use crate::desk::{Desk, Note, Program, Service, Trouble};
use crate::lesson::Lesson;
use crate::scenario::Account;
use crate::serve::calling::{self, Called, Hosts};
use crate::station::{LocalMail, Policy, Station};
use crate::time::Duration;

/// Calls the server, and shows what that took.
pub fn call(args: &Call, output: &mut Output) -> Result<(), CliError> {
    let mut folder = Folder::open(&args.folder)?;
    let fetch = args.fetch.iter().map(|word| one_text(word)).collect::<Result<Vec<_>, _>>()?;
    let password =
        args.password.clone().or_else(|| std::env::var("MAILLAB_PASSWORD").ok()).ok_or_else(|| {
            Lesson::new("which password?")
                .hint("`--password …`, or the environment variable MAILLAB_PASSWORD")
        })?;
    let settings = folder.settings.clone();
    let account = Account {
        user: settings.user.clone(),
        password,
        address: settings.address.clone(),
        ..Account::default()
    };
    let mut addresses = BTreeMap::from([(folder.mail.way.service(), settings.server.clone())]);
    addresses.extend(settings.smtp.clone().map(|smtp| (Service::Smtp, smtp)));
    let patience = Duration::from_secs(args.patience);
    let (layers, trust) = settings.tls.layers(&addresses)?;
    let hosts = Hosts { layers, trust, ..Hosts::new(addresses, patience, args.cleartext) };
    let program = program(account, settings.policy, folder.mail.clone(), fetch);
    let called = calling::call(&program, &hosts, 0, |note| match note {
        Note::Saved(name, octets) => folder.save(name, octets.as_ref()),
        _ => Ok(()),
    })?;
    let before = folder.mail.clone();
    folder.read_again()?;
    output.table(&took(&before, &folder.mail, &called), args.table)?;
    match &called.outcome {
        Ok(()) => Ok(()),
        Err(trouble) => Err(ended_early(&args.folder, &folder.mail, trouble, &called).into()),
    }
}

/// `MAILBOX:NUMBER`
fn one_text(word: &str) -> Result<(String, u32), Lesson> {
    let parts =
        word.rsplit_once(':').and_then(|(name, number)| Some((name.to_owned(), number.parse().ok()?)));
    parts.ok_or_else(|| {
        Lesson::new(format!("`{word}` names no message")).hint("a mailbox and a number: `--fetch INBOX:3`")
    })
}

/// A whole call, and the texts that somebody asked for.
fn program(account: Account, policy: Policy, mail: LocalMail, fetch: Vec<(String, u32)>) -> Program {
    Arc::new(move |desk: Desk| {
        let (account, mail, fetch) = (account.clone(), mail.clone(), fetch.clone());
        Box::pin(async move {
            let mut station = Station::new(desk, account, policy, mail);
            let mut conn = station.open(true).await?;
            station.replay(&mut conn).await?;
            station.synchronize(&mut conn).await?;
            station.fetch(&mut conn).await?;
            for (mailbox, number) in &fetch {
                station.fetch_one(&mut conn, mailbox, *number).await?;
            }
            station.close(conn).await
        })
    })
}

/// What a call took: by the clock on the wall, so no two are alike.
fn took(before: &LocalMail, now: &LocalMail, called: &Called) -> Table {
    let mut table = Table::listing(
        format!("A call by {}, measured", now.way.word()),
        vec![
            Column::integer("new", ""),
            Column::integer("gone", ""),
            Column::integer("waiting", ""),
            Column::integer("refused", ""),
            Column::integer("connections", ""),
            Column::integer("turns", ""),
            Column::integer("app_bytes_up", "bytes"),
            Column::integer("app_bytes_down", "bytes"),
            Column::decimal("elapsed_s", "s", 3),
        ],
    );
    let missing = |from: &LocalMail, other: &LocalMail| -> Cell {
        let all =
            from.mailboxes.iter().flat_map(|(name, at)| at.messages.keys().map(move |uid| (name, *uid)));
        (all.filter(|(name, uid)| other.message(name, *uid).is_none()).count() as u64).into()
    };
    let taken = called.taken;
    table.push(vec![
        missing(now, before),
        missing(before, now),
        (now.queue.len() as u64).into(),
        (now.refused.len() as u64).into(),
        taken.connections.into(),
        taken.turns.into(),
        taken.up.into(),
        taken.down.into(),
        taken.elapsed.into(),
    ]);
    if !now.refused.is_empty() {
        table.note(waiting::refusals(now));
    }
    table
}

fn ended_early(folder: &Path, mail: &LocalMail, trouble: &Trouble, called: &Called) -> Lesson {
    let needs_smtp = *trouble == Trouble::Refused(Service::Smtp);
    let mut lesson = if needs_smtp {
        Lesson::new("all is done but the sending: nobody takes mail here")
    } else {
        Lesson::new(format!("the call by {} ended early: {trouble}", mail.way.word()))
    };
    if let Some(why) = &called.why {
        lesson = lesson.note(why.clone());
        if why.contains("is not trusted") {
            let settings = folder.join(folder::SETTINGS);
            return lesson.hint(format!(
                "if you know from elsewhere that this is its SHA-256, a line `pin = [\"…\"]` in {} trusts it; a line `trust = \
                 [\"FILE.pem\"]` trusts whom that file has",
                settings.display()
            ));
        }
    }
    lesson.note("what was done until then is kept; what was not answered is tried again").hint(
        if needs_smtp {
            format!(
                "a line `smtp = \"HOST:PORT\"` in {} says where mail goes",
                folder.join(folder::SETTINGS).display()
            )
        } else {
            format!("`maillab workstation call {}` goes on from there", folder.display())
        },
    )
}
