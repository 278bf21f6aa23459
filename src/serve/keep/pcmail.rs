//! What DMSP keeps beside mail: workstations with their update lists, bulletin boards, addresses.
//!
//! ```text
//! pcmail alice                                    what follows replaces what was kept of this user
//! client alice portable 888868800 0 62            name, last connection, changes up to here are in its lists
//! list alice portable 0 1:4,9                     of a mailbox what it has not noted
//! reads alice travel 3 12                         a subscription: board, mailbox (or -), first UID not seen
//! used alice Old 7                                a mailbox that is gone, and its next UID
//! hidden alice                                    DMSP has deleted the INBOX
//! password alice HEX HEX                          digest of the account's own password, and the one in its place
//! boards                                          what follows replaces all boards
//! board travel 3
//! addresses                                       and all addresses that DMSP has made
//! address 0 alice
//! ```
//!
//! Addresses of the accounts file are there whatever was kept. A password that a client has set (SET-PASSWORD; poppassd)
//! holds until the account itself gets another one.

use std::collections::BTreeMap;

use bytes::Bytes;
use md5::{Digest, Md5};

use super::text::{decoded, encoded};
use crate::mail::date::Timestamp;
use crate::mail::store::{BoardSubscription, KnownClient, MailboxId, ModSeq, Store, Uid, UidRuns};

/// What was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pcmail {
    users: BTreeMap<String, KeptUser>,
    boards: BTreeMap<String, u32>,
    addresses: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct KeptUser {
    clients: Vec<KeptClient>,
    reads: Vec<(String, Option<u32>, u32)>,
    used: BTreeMap<String, u32>,
    hidden: bool,
    /// The digest of the password that was given, and the one that was set.
    password: Option<([u8; 16], Bytes)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct KeptClient {
    name: String,
    connected: Timestamp,
    noted: u64,
    lists: BTreeMap<u32, UidRuns>,
}

impl Pcmail {
    /// What a store holds, with mailboxes by their places in it.
    #[must_use]
    pub fn of(store: &Store) -> Self {
        let numbers: BTreeMap<MailboxId, u32> = store.all_mailboxes().map(|(id, _)| id).zip(0..).collect();
        let number = |id: &MailboxId| numbers.get(id).copied();
        let mut kept = Self::default();
        for user in store.users() {
            let client = |known: KnownClient| KeptClient {
                name: known.name,
                connected: known.connected,
                noted: known.noted.0,
                lists: known.lists.into_iter().filter_map(|(id, list)| Some((number(&id)?, list))).collect(),
            };
            let there = |known: &BoardSubscription| store.is_board(known.board);
            let reads = store.board_subscriptions(user).iter().map(|known| {
                let board = number(&known.board).filter(|_| there(known));
                (known.name.clone(), board, known.first_unseen.0)
            });
            let one = KeptUser {
                clients: store.known_clients(user).map(client).collect(),
                reads: reads.collect(),
                used: store.used_uids(user).map(|(name, next)| (name.to_owned(), next.0)).collect(),
                hidden: store.is_inbox_hidden(user),
                password: store.changed_password(user).map(|(given, set)| (Md5::digest(&given).into(), set)),
            };
            if one != KeptUser::default() {
                kept.users.insert(store.user_name(user).to_owned(), one);
            }
        }
        let board = |id: MailboxId| Some((store.mailbox(id)?.name.clone(), number(&id)?));
        kept.boards = store.boards().filter_map(board).collect();
        let address = |(address, at): (&str, MailboxId)| Some((address.to_owned(), number(&at)?));
        kept.addresses = store.addresses().filter_map(address).collect();
        kept
    }

    /// The lines that lead from what was there `before` to this.
    #[must_use]
    pub fn changes(&self, before: &Self) -> String {
        let mut text = String::new();
        for (name, user) in &self.users {
            if before.users.get(name) != Some(user) {
                text += &user.lines(&encoded(name));
            }
        }
        for name in before.users.keys().filter(|name| !self.users.contains_key(*name)) {
            text += &format!("pcmail {}\n", encoded(name));
        }
        if self.boards != before.boards {
            text += "boards\n";
            for (name, number) in &self.boards {
                text += &format!("board {} {number}\n", encoded(name));
            }
        }
        if self.addresses != before.addresses {
            text += "addresses\n";
            for (address, number) in &self.addresses {
                text += &format!("address {number} {}\n", encoded(address));
            }
        }
        text
    }

    /// Takes one line in. `None` if it is none.
    pub fn apply(&mut self, words: &[&str]) -> Option<()> {
        match *words {
            ["pcmail", user] => drop(self.users.insert(decoded(user)?, KeptUser::default())),
            ["client", user, name, unix, offset, noted] => {
                let connected = Timestamp { unix: unix.parse().ok()?, offset_minutes: offset.parse().ok()? };
                let (name, noted) = (decoded(name)?, noted.parse().ok()?);
                let client = KeptClient { name, connected, noted, lists: BTreeMap::new() };
                self.user(user)?.clients.push(client);
            }
            ["list", user, name, number, runs] => {
                let name = decoded(name)?;
                let clients = &mut self.user(user)?.clients;
                let client = clients.iter_mut().find(|client| client.name == name)?;
                client.lists.insert(number.parse().ok()?, runs_of(runs)?);
            }
            ["reads", user, board, number, first] => {
                let number = if number == "-" { None } else { Some(number.parse().ok()?) };
                let read = (decoded(board)?, number, first.parse().ok()?);
                self.user(user)?.reads.push(read);
            }
            ["used", user, name, next] => {
                let (name, next) = (decoded(name)?, next.parse().ok()?);
                self.user(user)?.used.insert(name, next);
            }
            ["hidden", user] => self.user(user)?.hidden = true,
            ["password", user, given, set] => {
                let given = unhex(given)?.try_into().ok()?;
                self.user(user)?.password = Some((given, unhex(set)?.into()));
            }
            ["boards"] => self.boards.clear(),
            ["board", name, number] => {
                self.boards.insert(decoded(name)?, number.parse().ok()?);
            }
            ["addresses"] => self.addresses.clear(),
            ["address", number, address] => {
                self.addresses.insert(decoded(address)?, number.parse().ok()?);
            }
            _ => return None,
        }
        Some(())
    }

    fn user(&mut self, name: &str) -> Option<&mut KeptUser> {
        self.users.get_mut(&decoded(name)?)
    }

    /// Puts it into a store, whose mailboxes are these by the numbers that they were kept under.
    pub fn restore(&self, store: &mut Store, numbers: &BTreeMap<u32, MailboxId>) {
        for (name, number) in &self.boards {
            if let Some(id) = numbers.get(number) {
                store.restore_board(name, *id);
            }
        }
        for (address, number) in &self.addresses {
            if let Some(id) = numbers.get(number) {
                // Somebody may have it by the accounts file by now.
                let _ = store.add_address_of(*id, address);
            }
        }
        for (name, kept) in &self.users {
            let Some(user) = store.user(name.as_bytes()) else { continue };
            for client in &kept.clients {
                let lists = client.lists.iter();
                let lists = lists.filter_map(|(number, list)| Some((*numbers.get(number)?, list.clone())));
                let known = KnownClient {
                    name: client.name.clone(),
                    connected: client.connected,
                    noted: ModSeq(client.noted),
                    lists: lists.collect(),
                };
                store.restore_client(user, known);
            }
            for (board, number, first) in &kept.reads {
                let id = number.and_then(|number| numbers.get(&number).copied());
                store.restore_board_subscription(user, board, id, Uid(*first));
            }
            for (mailbox, next) in &kept.used {
                store.restore_used_uid(user, mailbox, Uid(*next));
            }
            if kept.hidden {
                store.show_inbox(user, false);
            }
            if let Some((given, set)) = &kept.password {
                let now: [u8; 16] = Md5::digest(store.password(user)).into();
                // Whoever keeps the accounts has given another one since: that one holds.
                if now == *given {
                    store.set_password(user, set.clone());
                }
            }
        }
    }
}

impl KeptUser {
    fn lines(&self, user: &str) -> String {
        let mut text = format!("pcmail {user}\n");
        for client in &self.clients {
            let (name, Timestamp { unix, offset_minutes }) = (encoded(&client.name), client.connected);
            text += &format!("client {user} {name} {unix} {offset_minutes} {}\n", client.noted);
            for (number, list) in client.lists.iter().filter(|(_, list)| !list.is_empty()) {
                let runs = list.runs().map(|(first, last)| format!("{}:{}", first.0, last.0));
                text += &format!("list {user} {name} {number} {}\n", runs.collect::<Vec<_>>().join(","));
            }
        }
        for (board, number, first) in &self.reads {
            let number = number.map_or("-".to_owned(), |number| number.to_string());
            text += &format!("reads {user} {} {number} {first}\n", encoded(board));
        }
        for (mailbox, next) in &self.used {
            text += &format!("used {user} {} {next}\n", encoded(mailbox));
        }
        if self.hidden {
            text += &format!("hidden {user}\n");
        }
        if let Some((given, set)) = &self.password {
            text += &format!("password {user} {} {}\n", hex(given), hex(set));
        }
        text
    }
}

/// Octets as hexadecimal digits; none at all as a dash.
fn hex(octets: &[u8]) -> String {
    if octets.is_empty() {
        return "-".to_owned();
    }
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    if digits == "-" {
        return Some(Vec::new());
    }
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2))
        .collect()
}

fn runs_of(text: &str) -> Option<UidRuns> {
    let run = |run: &str| {
        let (first, last) = run.split_once(':')?;
        Some((Uid(first.parse().ok()?), Uid(last.parse().ok()?)))
    };
    UidRuns::of_runs(text.split(',').map(run).collect::<Option<Vec<_>>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::flags::Flags;
    use crate::mail::message::Message;

    fn store() -> Store {
        let mut store = Store::new(Timestamp::DEFAULT_START);
        let alice = store.add_user("alice", "secret").unwrap();
        let bob = store.add_user("bob", "x").unwrap();
        let inbox = store.inbox(alice).unwrap();
        for number in 0..5 {
            let message = std::sync::Arc::new(Message::new(format!("Subject: {number}\r\n\r\n")));
            store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START).unwrap();
        }
        store.create_client(alice, "portable", Timestamp::DEFAULT_START).unwrap();
        let told = store.modseq();
        store.acknowledge(alice, "portable", inbox, (Uid(2), Uid(3)), told);
        let board = store.create_board(alice, "travel").unwrap();
        store.add_address_of(board, "travel").unwrap();
        store.subscribe_to_board(bob, board).unwrap();
        store.create(alice, "Old").unwrap();
        store.delete(alice, "Old");
        store
    }

    fn applied(text: &str) -> Pcmail {
        let mut kept = Pcmail::default();
        for line in text.lines() {
            kept.apply(&line.split(' ').collect::<Vec<_>>()).unwrap_or_else(|| panic!("{line}"));
        }
        kept
    }

    #[test]
    fn what_is_written_is_read_and_restored() {
        let mut store = store();
        let kept = Pcmail::of(&store);
        let text = kept.changes(&Pcmail::default());
        assert!(
            text.contains("list alice portable 0 1:1,4:5\n") && text.contains("used alice Old 1\n"),
            "{text}"
        );
        assert_eq!(applied(&text), kept);
        let numbers: BTreeMap<u32, MailboxId> = (0..).zip(store.all_mailboxes().map(|(id, _)| id)).collect();
        let alice = store.user(b"alice").unwrap();
        let bob = store.user(b"bob").unwrap();
        store.delete_client(alice, "portable");
        store.unsubscribe_from_board(bob, "travel");
        store.remove_address("travel");
        assert_ne!(Pcmail::of(&store), kept);
        kept.restore(&mut store, &numbers);
        assert_eq!(Pcmail::of(&store), kept);
    }

    #[test]
    fn only_what_has_changed_is_written_and_replaces_what_was_there() {
        let before = Pcmail::of(&store());
        let mut store = store();
        let bob = store.user(b"bob").unwrap();
        store.see_board(bob, "travel", Uid(9));
        let now = Pcmail::of(&store);
        let lines = now.changes(&before);
        assert_eq!(lines, "pcmail bob\nreads bob travel 2 9\n");
        assert_eq!(applied(&[before.changes(&Pcmail::default()), lines].concat()), now);
        assert_eq!(now.changes(&now), "");
    }

    #[test]
    fn a_password_holds_until_the_account_gets_another_one() {
        let set_at = |first: &str| {
            let mut store = Store::new(Timestamp::DEFAULT_START);
            let alice = store.add_user("alice", first.to_owned()).unwrap();
            (store, alice)
        };
        let (mut store, alice) = set_at("secret");
        store.set_password(alice, &b"better \xff"[..]);
        let kept = applied(&Pcmail::of(&store).changes(&Pcmail::default()));
        assert_eq!(kept, Pcmail::of(&store));
        for (first, holds) in [("secret", &b"better \xff"[..]), ("other", b"other")] {
            let (mut store, alice) = set_at(first);
            kept.restore(&mut store, &BTreeMap::new());
            assert_eq!(store.password(alice), holds);
        }
        store.set_password(alice, "secret");
        assert_eq!(Pcmail::of(&store).changes(&kept), "pcmail alice\n", "back to what it was");
    }

    #[test]
    fn what_is_no_line_is_refused() {
        let mut kept = applied("pcmail alice\nclient alice home 0 0 1\n");
        for line in [
            "client bob home 0 0 1",
            "list alice office 0 1:2",
            "list alice home 0 2:1",
            "list alice home 0 1:2,3:4",
            "reads alice b x 1",
            "board b",
            "pcmail",
            "password alice 00 00",
            "password alice 0123456789abcdef0123456789abcdeg 00",
            "password alice 0123456789abcdef0123456789abcdef 0",
        ] {
            assert_eq!(kept.apply(&line.split(' ').collect::<Vec<_>>()), None, "{line}");
        }
    }
}
