//! Bulletin boards: mailboxes that other users may read (RFC 1056 §3.1), and who reads which.

use std::sync::Arc;

use super::{Exists, MailboxId, Store, Uid, UserId};

/// A user's subscription to a bulletin board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardSubscription {
    /// The board's name.
    pub name: String,
    /// The board, whether it still exists or not.
    pub board: MailboxId,
    /// The first message that this user has not seen.
    pub first_unseen: Uid,
}

impl Store {
    /// Makes a mailbox that all users can read. Its name is unique among all boards, in any case of letters.
    ///
    /// # Errors
    /// [`Exists`] if there is a board or a mailbox of the owner's of this name.
    pub fn create_board(&mut self, owner: UserId, name: &str) -> Result<MailboxId, Exists> {
        if self.board(name).is_some() {
            return Err(Exists(name.to_owned()));
        }
        let id = self.create(owner, name)?;
        Arc::make_mut(&mut self.boards).insert(name.to_ascii_lowercase(), id);
        Ok(id)
    }

    /// The board of this name, in any case of letters.
    #[must_use]
    pub fn board(&self, name: &str) -> Option<MailboxId> {
        self.boards.get(&name.to_ascii_lowercase()).copied()
    }

    /// All boards in order of name.
    pub fn boards(&self) -> impl Iterator<Item = MailboxId> + '_ {
        self.boards.values().copied()
    }

    /// Whether a mailbox is a board.
    #[must_use]
    pub fn is_board(&self, id: MailboxId) -> bool {
        self.boards.values().any(|board| *board == id)
    }

    /// A mailbox is gone or has another name: as a board it is no more.
    pub(super) fn forget_board(&mut self, id: MailboxId) {
        if self.is_board(id) {
            Arc::make_mut(&mut self.boards).retain(|_, board| *board != id);
        }
    }

    /// A user's subscriptions in the order in which they were made.
    #[must_use]
    pub fn board_subscriptions(&self, user: UserId) -> &[BoardSubscription] {
        self.users.get(user.0 as usize).map_or(&[], |user| &user.board_subscriptions)
    }

    /// Subscribes a user to a board, of which nothing counts as seen.
    ///
    /// # Errors
    /// [`Exists`] if the user is subscribed to one of this name.
    pub fn subscribe_to_board(&mut self, user: UserId, board: MailboxId) -> Result<(), Exists> {
        let Some(mailbox) = self.mailbox(board) else { return Ok(()) };
        let name = mailbox.name.clone();
        let first_unseen = mailbox.entries.get(0).map_or(mailbox.uid_next, |entry| entry.uid);
        let Some(user) = self.user_mut(user) else { return Ok(()) };
        if user.board_subscriptions.iter().any(|known| known.name.eq_ignore_ascii_case(&name)) {
            return Err(Exists(name));
        }
        user.board_subscriptions.push(BoardSubscription { name, board, first_unseen });
        Ok(())
    }

    /// Makes a mailbox a board again.
    pub fn restore_board(&mut self, name: &str, id: MailboxId) {
        Arc::make_mut(&mut self.boards).insert(name.to_ascii_lowercase(), id);
    }

    /// Brings a subscription back; the board may be gone.
    pub fn restore_board_subscription(
        &mut self,
        user: UserId,
        name: &str,
        board: Option<MailboxId>,
        first_unseen: Uid,
    ) {
        let Some(user) = self.user_mut(user) else { return };
        let board = board.unwrap_or(MailboxId(u32::MAX));
        user.board_subscriptions.retain(|known| !known.name.eq_ignore_ascii_case(name));
        user.board_subscriptions.push(BoardSubscription { name: name.to_owned(), board, first_unseen });
    }

    /// Ends a subscription; false if there is none of this name.
    pub fn unsubscribe_from_board(&mut self, user: UserId, name: &str) -> bool {
        let Some(user) = self.user_mut(user) else { return false };
        let before = user.board_subscriptions.len();
        user.board_subscriptions.retain(|known| !known.name.eq_ignore_ascii_case(name));
        user.board_subscriptions.len() < before
    }

    /// Says up to where a user has seen a board; false if there is no such subscription.
    pub fn see_board(&mut self, user: UserId, name: &str, first_unseen: Uid) -> bool {
        let Some(user) = self.user_mut(user) else { return false };
        let known = user.board_subscriptions.iter_mut().find(|known| known.name.eq_ignore_ascii_case(name));
        known.map(|known| known.first_unseen = first_unseen).is_some()
    }
}
