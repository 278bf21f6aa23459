//! The same mail through DMSP, IMAP, POP3 and POP2 at once: how flags map, both ways, and what is lost which way.

use super::*;
use crate::protocol::imap::{Imap, ImapSettings};
use crate::protocol::pop2::{Pop2, Pop2Settings};
use crate::protocol::pop3::{Pop3, Pop3Settings};

/// What each of the sixteen flags is called in IMAP.
const IN_IMAP: [&str; 16] = [
    "\\Deleted",
    "\\Seen",
    "$ForwardedToMe",
    "$Forwarded",
    "$Filed",
    "$Printed",
    "\\Answered",
    "$Copied",
    "$User8",
    "$User9",
    "$User10",
    "$User11",
    "$User12",
    "$User13",
    "$User14",
    "$User15",
];

struct Both {
    lab: Lab,
    dmsp: usize,
    imap: usize,
}

impl Both {
    fn new() -> Self {
        let mut lab = Lab::new(with_mail(3));
        let dmsp = lab.open(server());
        let imap = lab.open(Imap::new(ImapSettings::default()));
        let mut both = Self { lab, dmsp, imap };
        assert!(both.dmsp("LOGIN fred fred-password office 1 0").contains("200 "));
        both.imap("LOGIN fred fred-password");
        both.imap("SELECT INBOX");
        both
    }

    fn say(&mut self, conn: usize, line: &str) -> String {
        self.lab.send(conn, format!("{line}\r\n").as_bytes());
        String::from_utf8(std::mem::take(&mut self.lab.conns[conn].arrived)).unwrap()
    }

    fn dmsp(&mut self, line: &str) -> String {
        self.say(self.dmsp, line)
    }

    fn imap(&mut self, line: &str) -> String {
        let said = self.say(self.imap, &format!("a {line}"));
        assert!(said.lines().last().unwrap().starts_with("a OK"), "{line}: {said}");
        said
    }

    /// The flags of a message as IMAP shows them, `\Recent` left out.
    fn in_imap(&mut self, uid: u32) -> Vec<String> {
        let said = self.imap(&format!("UID FETCH {uid} (FLAGS)"));
        let wanted = format!("UID {uid}");
        let line = said.lines().find(|line| line.contains(&wanted)).unwrap_or_else(|| panic!("{said}"));
        let flags = line.split_once("FLAGS (").unwrap().1.split_once(')').unwrap().0;
        flags.split(' ').filter(|flag| !flag.is_empty() && *flag != "\\Recent").map(str::to_owned).collect()
    }

    /// The sixteen flags of a message as a descriptor has them.
    fn in_dmsp(&mut self, mailbox: &str, uid: u32) -> String {
        let said = self.dmsp(&format!("FETCH-DESCRIPTORS {mailbox} {uid} {uid}"));
        said.lines().nth(2).unwrap().split(' ').nth(1).unwrap().to_owned()
    }
}

#[test]
fn each_of_the_sixteen_is_shown_by_imap_and_can_be_set_and_cleared_from_there() {
    let mut both = Both::new();
    for (flag, name) in IN_IMAP.iter().enumerate() {
        let one: String = (0..16).map(|at| if at == flag { '1' } else { '0' }).collect();
        assert!(both.dmsp(&format!("SET-MESSAGE-FLAG fred 1 {flag} 1")).starts_with("200 "));
        assert_eq!(both.in_imap(1), [*name], "set by DMSP");
        assert!(both.dmsp(&format!("SET-MESSAGE-FLAG fred 1 {flag} 0")).starts_with("200 "));
        assert_eq!(both.in_imap(1), Vec::<String>::new());
        both.imap(&format!("UID STORE 2 +FLAGS.SILENT ({name})"));
        assert_eq!(both.in_dmsp("fred", 2), one, "set by IMAP: {name}");
        both.imap(&format!("UID STORE 2 -FLAGS.SILENT ({name})"));
        assert_eq!(both.in_dmsp("fred", 2), "0".repeat(16));
    }
}

#[test]
fn what_dmsp_cannot_show_is_not_lost_even_on_a_copy() {
    let mut both = Both::new();
    both.imap("UID STORE 2 +FLAGS.SILENT (\\Flagged \\Draft urgent \\Seen)");
    assert_eq!(both.in_dmsp("fred", 2), "0100000000000000", "three of the four have no flag there");
    both.dmsp("SET-MESSAGE-FLAG fred 2 9 1");
    both.dmsp("CREATE-MAILBOX archive");
    assert!(both.dmsp("COPY-MESSAGE fred archive 2").starts_with("250 "));
    both.imap("SELECT archive");
    let mut copied = both.in_imap(1);
    copied.sort();
    assert_eq!(copied, ["$User9", "\\Draft", "\\Flagged", "\\Seen", "urgent"]);
    assert_eq!(both.in_dmsp("fred", 2), "0100000101000000", "and the original is marked as copied");
}

#[test]
fn a_change_by_imap_comes_onto_every_list_and_one_by_pop3_too() {
    let mut both = Both::new();
    both.dmsp("RESET-DESCRIPTORS fred 1 99");
    both.imap("UID STORE 1 +FLAGS.SILENT (\\Seen)");
    both.imap("LOGOUT");
    let listed = both.dmsp("FETCH-CHANGED-DESCRIPTORS fred 9");
    assert!(listed.contains("descriptor\r\n1 0100000000000000 "), "{listed}");
    let pop3 = both.lab.open(Pop3::new(Pop3Settings::default()));
    for line in ["USER fred", "PASS fred-password", "RETR 3", "DELE 2", "QUIT"] {
        assert!(both.say(pop3, line).contains("+OK"), "{line}");
    }
    let listed = both.dmsp("FETCH-CHANGED-DESCRIPTORS fred 9");
    assert!(listed.contains("expunged\r\n2\r\n"), "{listed}");
    assert_eq!(both.in_dmsp("fred", 3), "0".repeat(16), "what POP3 fetched is not marked as seen");
    let pop2 = both.lab.open(Pop2::new(Pop2Settings::default()));
    assert!(both.say(pop2, "HELO fred fred-password").contains("#2 "), "two messages, by POP2 as well");
}
