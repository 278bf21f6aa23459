//! `imap-search-there`: a reader who looks for a word lets the server look (RFC 3501 §6.4.4), and fetches what is found.
//! Its counterpart is `imap-fetch-all`: everything comes here, and is looked through here.

use super::imap_headers_first::{Shown, fetch_and_read};
use super::mailbox::Known;
use super::user::User;
use crate::desk::Trouble;
use crate::scenario::{Choice, Deletes};

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;
        let looked_for = keys(&user);
        fetch_and_read(&mut user, &mut known, Shown::Envelopes, looked_for).await?;
        user.send_answers().await?;
    }
    Ok(())
}

/// What the server is to look for; nothing, if the reader has no word, or deletes what was not looked for, too.
fn keys(user: &User) -> Option<String> {
    let habits = user.reader.habits();
    match &habits.reads {
        // What cannot stand in quotes (RFC 3501 §9, quoted) is looked for here.
        Choice::Subject(word)
            if habits.deletes != Deletes::All && word.bytes().all(|octet| (b' '..=b'~').contains(&octet)) =>
        {
            let quoted = word.replace('\\', "\\\\").replace('"', "\\\"");
            Some(format!("SUBJECT \"{quoted}\""))
        }
        _ => None,
    }
}
