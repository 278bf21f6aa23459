//! What holds for any octets and any order of commands.

use proptest::prelude::*;

use super::*;

/// A line that a client may send: sensible, silly, or noise; with its line end.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        Just("1"),
        Just("2"),
        Just("3"),
        Just("4"),
        Just("0"),
        Just("1x"),
        Just("99999999999"),
        Just("")
    ];
    let word = prop::sample::select(COMMANDS.iter().map(|row| row.word).collect::<Vec<_>>());
    prop_oneof![
        3 => Just(b"USER mrose\r\n".to_vec()),
        3 => Just(b"PASS tanstaaf\r\n".to_vec()),
        6 => (word, number).prop_map(|(word, number)| format!("{word} {number}\r\n").into_bytes()),
        3 => prop::sample::select(vec!["STAT", "LIST", "UIDL", "RSET", "NOOP", "QUIT", "TOP 2 1"])
            .prop_map(|command| format!("{command}\r\n").into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(|mut noise| {
            noise.extend_from_slice(b"\r\n");
            noise
        }),
        1 => (0..2000_usize).prop_map(|octets| [vec![b'z'; octets], b"\r\n".to_vec()].concat()),
    ]
}

/// The replies' first lines, told from the rest by sending one command at a time.
fn replies(lines: &[Vec<u8>]) -> (Vec<Vec<u8>>, Lab) {
    let mut lab = Lab::new(three());
    let conn = lab.open(dewey());
    lab.conns[conn].arrived.clear();
    let mut said = Vec::new();
    for line in lines {
        if lab.conns[conn].closed {
            break;
        }
        lab.send(conn, line);
        said.push(std::mem::take(&mut lab.conns[conn].arrived));
    }
    (said, lab)
}

proptest! {
    #[test]
    fn any_octets_are_framed_or_wait_for_their_line_end(noise in prop::collection::vec(prop_oneof![
        any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b' ')], 0..3000), cut in 1..50_usize) {
        let mut lab = Lab::new(three());
        let conn = lab.open(dewey());
        for piece in noise.chunks(cut) {
            lab.send(conn, piece);
        }
        prop_assert!(lab.conns[conn].closed || lab.conns[conn].unframed() <= noise.len() as u64);
        if !noise.windows(2).any(|pair| pair == b"\r\n") {
            prop_assert_eq!(lab.conns[conn].commands.len(), 0);
        }
        prop_assert_eq!(left(&lab.store), [1, 2, 3]);
    }

    #[test]
    fn every_whole_line_gets_a_reply(lines in prop::collection::vec(line(), 1..30)) {
        let (said, lab) = replies(&lines);
        for (line, said) in lines.iter().zip(&said) {
            // Noise may hold line ends of its own: then there is more than one reply, never none.
            prop_assert!(said.starts_with(b"+OK") || said.starts_with(b"-ERR"), "{:?}: {:?}", line, said);
            prop_assert!(said.ends_with(b"\r\n"));
        }
        prop_assert!(lab.conns[0].closed || lab.conns[0].unframed() == 0);
    }

    #[test]
    fn a_session_is_the_same_however_its_octets_are_cut(lines in prop::collection::vec(line(), 1..20), cut in 1..9_usize) {
        let all = lines.concat();
        let mut labs = [usize::MAX, cut].map(|size| {
            let mut lab = Lab::new(three());
            let conn = lab.open(dewey());
            all.chunks(size.min(all.len())).for_each(|piece| lab.send(conn, piece));
            lab
        });
        prop_assert_eq!(&labs[0].store, &labs[1].store);
        prop_assert_eq!(std::mem::take(&mut labs[0].conns[0].arrived), std::mem::take(&mut labs[1].conns[0].arrived));
    }

    #[test]
    fn two_sessions_on_one_maildrop_obey_the_lock(steps in prop::collection::vec((0..2_usize, line(), prop::bool::weighted(0.1)), 1..40)) {
        let mut lab = Lab::new(three());
        let mut conns = [lab.open(dewey()), lab.open(dewey())];
        let mut inside = [false; 2];
        for (who, line, leaves) in steps {
            let conn = conns[who];
            lab.conns[conn].arrived.clear();
            if leaves {
                lab.drop_conn(conn);
            } else {
                lab.send(conn, &line);
            }
            let said = String::from_utf8_lossy(&lab.conns[conn].arrived).into_owned();
            if said.contains("'s maildrop has ") {
                prop_assert!(!inside[1 - who], "both are inside");
                inside[who] = true;
            }
            prop_assert!(!said.contains("[IN-USE]") || inside[1 - who], "refused, but nobody was inside");
            if lab.conns[conn].closed {
                inside[who] = false;
                conns[who] = lab.open(dewey());
            }
        }
    }
}

#[test]
fn a_session_cut_at_any_octet_removes_all_it_marked_or_nothing() {
    let script = b"USER mrose\r\nPASS tanstaaf\r\nDELE 1\r\nRETR 2\r\nDELE 3\r\nQUIT\r\n";
    for cut in 0..=script.len() {
        let mut lab = Lab::new(three());
        let conn = lab.open(dewey());
        lab.send(conn, &script[..cut]);
        lab.drop_conn(conn);
        let expected: &[u32] = if cut == script.len() { &[2] } else { &[1, 2, 3] };
        assert_eq!(left(&lab.store), expected, "cut at {cut}");
        let mrose = lab.store.user(b"mrose").unwrap();
        assert_eq!(lab.store.lock_maildrop(mrose), Ok(()), "cut at {cut}");
    }
}
