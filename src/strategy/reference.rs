//! The measuring stick: POP3 in lock-step, without a reader.

use std::sync::Arc;

use crate::desk::{Desk, Program, Service, Trouble};
use crate::protocol::pop3::Pop3Client;
use crate::scenario::Account;

/// The session that the benchmark `ref-v34` runs: USER PASS STAT LIST, RETR for each message, QUIT. It is no
/// strategy, for nobody reads what it fetches.
#[must_use]
pub fn reference(account: Account) -> Program {
    Arc::new(move |desk: Desk| Box::pin(run(desk, account.clone())))
}

async fn run(desk: Desk, account: Account) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut maildrop = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
    maildrop.user_pass(&account.user, &account.password).await?;
    maildrop.stat().await?;
    for message in maildrop.list().await? {
        maildrop.retr(message.number).await?;
    }
    maildrop.quit().await?;
    desk.hang_up().await;
    Ok(())
}
