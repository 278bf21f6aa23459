//! From turns to writes: what each end wrote, and what each write waited for.

use bytes::Bytes;

use super::row::{Row, habit};
use super::think::Thinking;
use super::turns::Turn;
use crate::protocol::scripted::{Burst, Reply, Script};

/// How a client program hands its commands to TCP: a setting of the program, known from its source or a system
/// call trace, and the same for all its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    /// A write for each command.
    EachCommand,
    /// All commands that it has in one write.
    Together,
    /// As much as its buffer of so many octets holds.
    Buffer(u64),
}

fn writing(client: &str) -> Writing {
    match client {
        "mbsync" => Writing::Buffer(1024),
        "mutt" => Writing::Together,
        _ => Writing::EachCommand,
    }
}

/// A burst of the client, and all that answers it.
#[derive(Clone, Debug, Default)]
struct Exchange {
    kind: String,
    /// Octets of each command.
    commands: Vec<u64>,
    server_octets: u64,
    client_text: String,
    server_text: String,
}

/// The script of a session, from its turns.
#[must_use]
pub fn script(row: &Row, turns: &[Turn], thinking: &Thinking) -> Script {
    let exchanges = exchanges(turns);
    let filler = Bytes::from(vec![
        b'x';
        exchanges.iter().map(|e| e.server_octets.max(e.client_octets())).max().unwrap_or(0)
            as usize
    ]);
    let octets = |count: u64| filler.slice(..(count as usize).min(filler.len()));
    let server_closes = exchanges.last().is_some_and(Exchange::says_goodbye);
    let client_waits_for_close = server_closes && row.client() == "mbsync";
    // Dovecot's server of POP3 closes without uncorking; its server of IMAP flushes its goodbye first.
    let closes_corked = habit(&row.server).corks && exchanges.last().is_some_and(|last| last.kind == "QUIT");
    let mut script = Script { server_closes, closes_corked, client_waits_for_close, ..Script::default() };
    let mut after = 0;
    for exchange in &exchanges {
        let writes = exchange.writes(writing(row.client())).into_iter().map(octets).collect();
        script.bursts.push(Burst {
            thinks: thinking.client(&exchange.kind),
            writes,
            awaits: exchange.server_octets,
        });
        for (nth, reply) in exchange.replies().into_iter().enumerate() {
            after += exchange.commands.get(nth).copied().unwrap_or(0);
            let thinks = if nth == 0 { thinking.server(&exchange.kind) } else { Default::default() };
            if reply > 0 {
                script.replies.push(Reply { after, thinks, bytes: octets(reply), answers: Bytes::new() });
            }
        }
    }
    script
}

/// Joins the turns of one burst: a pipelining client's later segments may leave when answers to its first ones
/// are already there, held back by Nagle's rule or a window, and the file then counts them as a turn. So it does when
/// the first answer has only begun.
fn exchanges(turns: &[Turn]) -> Vec<Exchange> {
    let mut exchanges: Vec<(u64, Exchange)> = Vec::new();
    for turn in turns {
        let kind = turn.kind();
        let goes_on = turn.client_octets > 0
            && exchanges.last().is_some_and(|(_, before)| before.is_continued_by(turn, &kind));
        match exchanges.last_mut().filter(|_| goes_on) {
            Some((octets, before)) => {
                if before.client_text.len() as u64 == *octets {
                    before.client_text.push_str(&turn.client_text);
                }
                *octets += turn.client_octets;
                before.server_octets += turn.server_octets;
            }
            None => exchanges.push((
                turn.client_octets,
                Exchange {
                    kind,
                    server_octets: turn.server_octets,
                    client_text: turn.client_text.clone(),
                    server_text: turn.server_text.clone(),
                    ..Exchange::default()
                },
            )),
        }
    }
    exchanges
        .into_iter()
        .map(|(octets, exchange)| {
            let commands = commands(&exchange.client_text, octets);
            Exchange { commands, ..exchange }
        })
        .collect()
}

/// The octets of each command in a burst of `octets` that begins with `text`. Behind the end of the text commands
/// are taken to be as long as the last whole one.
fn commands(text: &str, octets: u64) -> Vec<u64> {
    let mut commands = Vec::new();
    let mut left = octets;
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let len = (line.len() as u64).min(left);
        left -= len;
        commands.extend((len > 0).then_some(len));
    }
    let each = commands.last().copied().unwrap_or(left).max(1);
    while left > 0 {
        // What is too short for a command belongs to the last.
        let len = if left < 2 * each { left } else { each };
        commands.push(len);
        left -= len;
    }
    commands
}

impl Exchange {
    fn client_octets(&self) -> u64 {
        self.commands.iter().sum()
    }

    fn says_goodbye(&self) -> bool {
        self.kind == "QUIT" || self.kind == "LOGOUT"
    }

    /// True if `turn` carries on this burst: it begins within a command, or with one more of a pipelined kind.
    fn is_continued_by(&self, turn: &Turn, kind: &str) -> bool {
        let pipelined = self.client_text.lines().count() > 2 || self.is_half_answered();
        pipelined && (kind.is_empty() || kind == self.kind) && !turn.client_text.is_empty()
    }

    /// True if the server announced clearly more octets than came: it is not done, though the client wrote again.
    /// What servers announce may be a little off (line ends counted otherwise).
    fn is_half_answered(&self) -> bool {
        self.first_reply().is_some_and(|octets| octets > self.server_octets + self.server_octets / 16)
    }

    /// The client's writes.
    fn writes(&self, writing: Writing) -> Vec<u64> {
        let all = self.client_octets();
        match writing {
            Writing::EachCommand => self.commands.clone(),
            Writing::Together if all > 0 => vec![all],
            Writing::Together => Vec::new(),
            Writing::Buffer(size) => {
                let mut writes = vec![size; (all / size) as usize];
                writes.extend(Some(all % size).filter(|rest| *rest > 0));
                writes
            }
        }
    }

    /// The octets that answer each command: the first answer's from what the server announced in it, the others
    /// in equal shares.
    fn replies(&self) -> Vec<u64> {
        let count = self.commands.len().max(1) as u64;
        if count == 1 {
            return vec![self.server_octets];
        }
        let even = self.server_octets / count;
        let first = self.first_reply().unwrap_or(even).min(self.server_octets);
        let (rest, others) = (self.server_octets - first, count - 1);
        let mut replies = vec![first];
        replies.extend((0..others).map(|nth| rest * (nth + 1) / others - rest * nth / others));
        replies
    }

    /// How long the first answer is, if its beginning says so.
    fn first_reply(&self) -> Option<u64> {
        let line = self.server_text.split_inclusive('\n').next().filter(|line| line.ends_with('\n'))?;
        let tag = self.client_text.split_ascii_whitespace().next().unwrap_or_default();
        if line.starts_with('+') {
            // `+OK 1923 octets`, the message, and a dot on a line of its own; or a line alone (RFC 1939 §5).
            return match line.split_ascii_whitespace().nth(1).and_then(|word| word.parse::<u64>().ok()) {
                Some(octets) if self.kind == "RETR" => Some(line.len() as u64 + octets + 3),
                _ => Some(line.len() as u64),
            };
        }
        if let Some((_, literal)) = line.rsplit_once('{') {
            // `{1923}`, the literal, `)`, and the tagged line (RFC 3501 §4.3).
            let octets: u64 = literal.trim_end().strip_suffix('}')?.parse().ok()?;
            let end = format!(")\r\n{tag} OK Fetch completed (0.001 + 0.000 secs).\r\n");
            return Some(line.len() as u64 + octets + end.len() as u64);
        }
        let mut octets = 0;
        for line in self.server_text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            octets += line.len() as u64;
            if line.split_ascii_whitespace().next() == Some(tag) {
                return Some(octets);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(client: &str, client_octets: u64, server: &str, server_octets: u64) -> Exchange {
        let turn = Turn {
            client_octets,
            server_octets,
            client_text: client.into(),
            server_text: server.into(),
            ..Turn::default()
        };
        exchanges(&[turn]).remove(0)
    }

    #[test]
    fn a_pipelined_burst_is_cut_into_commands_and_answers() {
        let burst = exchange("RETR 1\r\nRETR 2\r\nRET", 24, "+OK 100 octets\r\nFrom", 500);
        assert_eq!(burst.commands, [8, 8, 8]);
        assert_eq!(burst.replies(), [119, 190, 191]);
        assert_eq!(burst.writes(Writing::EachCommand), [8, 8, 8]);
        assert_eq!(burst.writes(Writing::Buffer(20)), [20, 4]);
        let burst = exchange("USER a\r\nPASS b\r\n", 16, "+OK\r\n+OK Logged in.\r\n", 21);
        assert_eq!(burst.replies(), [5, 16]);
        let burst =
            exchange("6 UID FETCH 1 (X)\r\n7 UID FETCH 2 (X)\r\n", 38, "* 1 FETCH (UID 1 X {7}\r\nFro", 200);
        assert_eq!(burst.replies(), [78, 122]);
        let burst = exchange("a1 ENABLE X\r\na2 LIST\r\n", 22, "a1 OK\r\n* LIST\r\na2 OK\r\n", 22);
        assert_eq!(burst.replies(), [7, 15]);
    }

    #[test]
    fn an_answer_that_has_only_begun_ends_no_burst() {
        let turn = |client: &str, server: &str, server_octets| Turn {
            client_octets: client.len() as u64,
            server_octets,
            client_text: client.into(),
            server_text: server.into(),
            ..Turn::default()
        };
        let first = |octets| turn("RETR 1\r\n", "+OK 2000 octets\r\nFrom", octets);
        let second = turn("RETR 2\r\nRETR 10\r\n", "and the rest", 2500);
        let bursts = exchanges(&[first(524), second.clone()]);
        assert_eq!(bursts.len(), 1);
        assert_eq!(bursts[0].commands, [8, 8, 9]);
        assert_eq!(bursts[0].replies(), [2020, 502, 502]);
        assert_eq!(exchanges(&[first(2020), second]).len(), 2, "an answer that is whole is a turn");
    }

    #[test]
    fn what_nagle_held_back_belongs_to_its_burst() {
        let turn = |text: &str, client_octets| Turn {
            client_octets,
            server_octets: 10,
            client_text: text.into(),
            ..Turn::default()
        };
        let turns = [
            turn("", 0),
            turn("6 UID FETCH 1 (X)\r\n7 UID FETCH 2 (X)\r\n8 UID FE", 60),
            turn("EEK[])\r\n9 UID FETCH 4 (X)\r\n", 29),
            turn("10 LOGOUT\r\n", 11),
        ];
        let octets: Vec<u64> = exchanges(&turns).iter().map(Exchange::client_octets).collect();
        assert_eq!(octets, [0, 89, 11]);
        assert!(exchanges(&turns).last().is_some_and(Exchange::says_goodbye));
    }
}
