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
        prop_assert!(open.closed || open.unframed() == 0 || all.windows(6).any(|six| six.eq_ignore_ascii_case(b"DATA\r\n")));
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
