//! What is kept of visits beside mail: LAST, LOGIN-DELAY, and where chains of one-time passwords stand.
//!
//! ```text
//! visit alice 64 888868800                        last UID read over POP3 (LAST), and last login (LOGIN-DELAY); - for none
//! chain alice md5 498 ke1234 9e876134d90499dd     hash, number of the last password used, seed, that password
//! ```
//!
//! A password for one time must not come back with the server: its line is on the disk before the login is answered.

use std::collections::BTreeMap;

use super::text::{decoded, encoded};
use crate::mail::date::Timestamp;
use crate::mail::store::{OneTime, OneTimeHash, Store, Uid};

/// What was kept, by users' names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visits {
    visits: BTreeMap<String, (Option<u32>, Option<i64>)>,
    chains: BTreeMap<String, OneTime>,
}

impl Visits {
    /// What a store knows.
    #[must_use]
    pub fn of(store: &Store) -> Self {
        let mut kept = Self::default();
        for user in store.users() {
            let name = store.user_name(user).to_owned();
            let (read, login) = (store.last_read(user), store.last_login(user));
            if read.is_some() || login.is_some() {
                kept.visits.insert(name.clone(), (read.map(|uid| uid.0), login.map(|at| at.unix)));
            }
            if let Some(chain) = store.one_time(user) {
                kept.chains.insert(name, chain);
            }
        }
        kept
    }

    /// The lines that lead from what was kept before to this.
    #[must_use]
    pub fn changes(&self, before: &Self) -> String {
        let word = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
        let visits = self.visits.iter().filter(|(name, visit)| before.visits.get(*name) != Some(visit));
        let visits = visits.map(|(name, (read, login))| {
            let (read, login) = (word(read.map(|uid| uid.to_string())), word(login.map(|at| at.to_string())));
            format!("visit {} {read} {login}\n", encoded(name))
        });
        let chains = self.chains.iter().filter(|(name, chain)| before.chains.get(*name) != Some(chain));
        let chains = chains.map(|(name, chain)| {
            let OneTime { hash, sequence, seed, last } = chain;
            let last = u64::from_be_bytes(*last);
            format!("chain {} {} {sequence} {} {last:016x}\n", encoded(name), hash.word(), encoded(seed))
        });
        visits.chain(chains).collect()
    }

    /// True if a one-time password was used, or a chain begun, since then.
    #[must_use]
    pub fn has_other_chains(&self, before: &Self) -> bool {
        self.chains != before.chains
    }

    /// Takes one line in. `None` if it is none.
    pub fn apply(&mut self, words: &[&str]) -> Option<()> {
        fn number<T: std::str::FromStr>(word: &str) -> Option<Option<T>> {
            if word == "-" { Some(None) } else { word.parse().ok().map(Some) }
        }
        match *words {
            ["visit", user, read, login] => {
                self.visits.insert(decoded(user)?, (number(read)?, number(login)?));
            }
            ["chain", user, hash, sequence, seed, last] => {
                let last = (last.len() == 16).then(|| u64::from_str_radix(last, 16).ok()).flatten()?;
                let chain = OneTime {
                    hash: OneTimeHash::named(hash)?,
                    sequence: sequence.parse().ok()?,
                    seed: decoded(seed)?,
                    last: last.to_be_bytes(),
                };
                self.chains.insert(decoded(user)?, chain);
            }
            _ => return None,
        }
        Some(())
    }

    /// Tells a store what was kept. What the accounts file begins a chain with gives way to where the chain stands.
    pub fn restore(&self, store: &mut Store) {
        for (name, (read, login)) in &self.visits {
            let Some(user) = store.user(name.as_bytes()) else { continue };
            if let Some(uid) = read {
                store.set_last_read(user, Uid(*uid));
            }
            if let Some(unix) = login {
                store.restore_last_login(user, Timestamp { unix: *unix, offset_minutes: 0 });
            }
        }
        for (name, chain) in &self.chains {
            if let Some(user) = store.user(name.as_bytes()) {
                store.set_one_time(user, chain.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Duration, Instant};

    fn store() -> Store {
        let mut store = Store::new(Timestamp::DEFAULT_START);
        for name in ["alice", "bob jones"] {
            store.add_user(name, "secret").unwrap();
        }
        store
    }

    #[test]
    fn visits_and_chains_come_back_as_they_were() {
        let mut before = store();
        let [alice, bob] = [&b"alice"[..], b"bob jones"].map(|name| before.user(name).unwrap());
        before.set_last_read(alice, Uid(64));
        before.set_last_login(bob, Instant::START + Duration::from_secs(100));
        let chain = OneTime { hash: OneTimeHash::Sha1, sequence: 7, seed: "ke1234".into(), last: [1; 8] };
        before.set_one_time(bob, chain.clone());
        let kept = Visits::of(&before);
        let text = kept.changes(&Visits::default());
        let mut read = Visits::default();
        for line in text.lines() {
            read.apply(&line.split(' ').collect::<Vec<_>>()).unwrap();
        }
        assert_eq!(read, kept);
        let mut after = store();
        read.restore(&mut after);
        assert_eq!((after.last_read(alice), after.one_time(bob)), (Some(Uid(64)), Some(chain)));
        // The new server's clock begins a hundred and thirty seconds after the old one's.
        let mut later =
            Store::new(Timestamp { unix: Timestamp::DEFAULT_START.unix + 130, offset_minutes: 0 });
        later.add_user("alice", "secret").unwrap();
        let bob = later.add_user("bob jones", "secret").unwrap();
        read.restore(&mut later);
        let within = |seconds| later.logged_in_within(bob, Duration::from_secs(seconds), Instant::START);
        assert!(within(31) && !within(29), "he was here thirty seconds ago");
        assert_eq!(kept.changes(&kept), "");
        assert!(kept.has_other_chains(&Visits::default()) && !kept.has_other_chains(&kept));
    }

    #[test]
    fn a_line_that_is_none_is_refused() {
        for bad in [
            "visit alice 1",
            "visit alice x -",
            "chain alice md6 1 s 0000000000000000",
            "chain alice md5 1 s 0",
            "visits",
        ] {
            assert_eq!(Visits::default().apply(&bad.split(' ').collect::<Vec<_>>()), None, "{bad}");
        }
    }
}
