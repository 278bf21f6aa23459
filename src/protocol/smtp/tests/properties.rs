//! What holds for any octets and any order of commands.

use proptest::prelude::*;

use super::*;

/// A line that a client may send: sensible, silly, or noise; with its line end.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let good = prop::sample::select(vec![
        "HELO x",
        "EHLO x",
        "MAIL FROM:<a@b>",
        "MAIL FROM:<>",
        "RCPT TO:<jones@bbn-unix.arpa>",
        "RCPT TO:<x@y>",
        "DATA",
        ".",
        "..",
        "RSET",
        "NOOP",
        "VRFY x",
        "BDAT 3",
        "BDAT 0",
        "BDAT 7 LAST",
        "BDAT x",
        "MAIL FROM:<a@b> BODY=BINARYMIME SIZE=9",
        "RCPT TO:<brown@bbn-unix.arpa> NOTIFY=SUCCESS ORCPT=rfc822;a@b",
        "SEND FROM:<a@b>",
        "EXPN x",
        "ETRN branch.example",
        "HELP",
        "QUIT",
        "TURN",
        "RCPT TO:<",
        "MAIL",
        "text\n.\n",
    ]);
    prop_oneof![
        12 => good.prop_map(|command| format!("{command}\r\n").into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(|mut noise| {
            noise.extend_from_slice(b"\r\n");
            noise
        }),
        1 => (0..2000_usize).prop_map(|octets| [vec![b'z'; octets], b"\r\n".to_vec()].concat()),
    ]
}

proptest! {
    #[test]
    fn a_session_is_the_same_however_its_octets_are_cut(lines in prop::collection::vec(line(), 1..30), cut in 1..9_usize) {
        let all = lines.concat();
        let mut labs = [usize::MAX, cut].map(|size| {
            let mut lab = Lab::new(store());
            let conn = lab.open(relay());
            all.chunks(size.min(all.len())).for_each(|piece| lab.send(conn, piece));
            lab
        });
        prop_assert_eq!(&labs[0].store, &labs[1].store);
        prop_assert_eq!(std::mem::take(&mut labs[0].conns[0].arrived), std::mem::take(&mut labs[1].conns[0].arrived));
        let open = &labs[1].conns[0];
        // Every octet is part of a command, or of a text that has not ended.
        prop_assert!(open.closed || open.unframed() == 0 || all.windows(4).any(|four| [&b"DATA"[..], b"BDAT"].iter().any(|word| four.eq_ignore_ascii_case(word))));
    }

    #[test]
    fn each_command_gets_one_reply(lines in prop::collection::vec(line(), 1..30)) {
        let mut lab = Lab::new(store());
        let conn = lab.open(relay());
        for line in lines {
            let before = lab.conns[conn].commands.len();
            lab.conns[conn].arrived.clear();
            lab.send(conn, &line);
            if lab.conns[conn].closed {
                break;
            }
            let said = &lab.conns[conn].arrived;
            let last_lines = said.split(|octet| *octet == b'\n').filter(|line| line.get(3) == Some(&b' ')).count();
            prop_assert_eq!(last_lines, lab.conns[conn].commands.len() - before);
        }
    }

    #[test]
    fn noise_delivers_nothing(noise in prop::collection::vec(any::<u8>(), 0..3000), cut in 1..50_usize) {
        let mut lab = Lab::new(store());
        let conn = lab.open(server());
        noise.chunks(cut).for_each(|piece| lab.send(conn, piece));
        prop_assert_eq!(&lab.store, &store());
    }
}

/// The replies that RFC 821 §4.3 and RFC 5321 §4.3.2 list for each command, with what extensions add: 452 and 555
/// (RFC 5321 §4.1.1.11), 553 (RFC 6531 §3.5), 25x and 45x of ETRN (RFC 1985 §5.3). 421 may come at any time.
const TABLE: &[(&str, &[u16])] = &[
    ("HELO", &[250, 500, 501, 504]),
    ("EHLO", &[250, 500, 501, 504]),
    ("MAIL", &[250, 552, 451, 452, 550, 553, 503, 455, 555, 500, 501]),
    ("SEND", &[250, 552, 451, 452, 500, 501, 502, 503, 553, 555]),
    ("RCPT", &[250, 251, 550, 551, 552, 553, 450, 451, 452, 503, 455, 555, 500, 501, 554]),
    ("DATA", &[354, 451, 554, 500, 501, 503]),
    ("BDAT", &[250, 552, 554, 451, 452, 503, 500]),
    ("RSET", &[250, 500, 501, 504]),
    ("VRFY", &[250, 251, 252, 550, 551, 553, 500, 501, 502, 504]),
    ("EXPN", &[250, 252, 550, 500, 501, 502, 504]),
    ("HELP", &[211, 214, 500, 501, 502, 504]),
    ("NOOP", &[250, 500]),
    ("ETRN", &[250, 251, 252, 253, 458, 459, 500, 501, 503]),
    ("TURN", &[250, 502, 500, 503]),
    ("QUIT", &[221, 500]),
    ("(", &[250, 552, 554, 451, 452, 450, 550]),
];

fn queueing() -> Smtp {
    Smtp::new(SmtpSettings {
        relay: Relay::Queued,
        queued_domains: vec!["branch.example".into()],
        verify_users: true,
        ..settings()
    })
}

proptest! {
    #[test]
    fn each_reply_is_one_that_the_table_lists_for_its_command(lines in prop::collection::vec(line(), 1..30)) {
        let mut lab = Lab::new(store());
        let conn = lab.open(queueing());
        for line in lines {
            let before = lab.conns[conn].commands.len();
            lab.conns[conn].arrived.clear();
            lab.send(conn, &line);
            let said = String::from_utf8_lossy(&lab.conns[conn].arrived).into_owned();
            let codes = said.lines().filter(|line| line.as_bytes().get(3) == Some(&b' '));
            let codes: Vec<u16> = codes.map(|line| line[..3].parse().unwrap()).collect();
            for (command, code) in lab.conns[conn].commands[before..].iter().zip(codes) {
                let word = command.split(' ').next().unwrap_or_default().to_uppercase();
                let row = TABLE.iter().find(|(known, _)| word == *known || (*known == "(" && word.starts_with('(')));
                let allowed = row.map_or(&[500][..], |(_, codes)| codes);
                prop_assert!(code == 421 || allowed.contains(&code) || code == 500, "{}: {}", command, code);
            }
            if lab.conns[conn].closed {
                break;
            }
        }
    }
}
