//! Smuggling: octets that one host takes for text and the next one for commands. Every known sequence is tried, in
//! DATA, in commands and in what goes on to another host.

use super::*;
use crate::mail::envelope::Body;

/// What has been taken for the end of the text by one server or another.
const ENDS: [&str; 13] = [
    "\n.\n",
    "\n.\r\n",
    "\r.\r\n",
    "\r.\r",
    "\r\n.\n",
    "\r\n.\r",
    "\n.\r",
    "\r.\n",
    "\r\r.\r\r",
    "\r\r\n.\r\r\n",
    "\n\n.\r\n",
    "\r\n\0.\r\n",
    "\0\r\n.\n",
];

const SMUGGLED: &str = "MAIL FROM:<evil@x>\r\nRCPT TO:<brown@bbn-unix.arpa>\r\nDATA\r\nsmuggled\r\n";

#[test]
fn no_sequence_but_one_ends_the_text() {
    for end in ENDS {
        for cut in [1, 3, usize::MAX] {
            let mut lab = Lab::new(store());
            let conn = lab.open(server());
            let stream = format!(
                "HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<jones@bbn-unix.arpa>\r\nDATA\r\nSubject: x\r\n\r\n\
                 innocent{end}{SMUGGLED}\r\n.\r\nQUIT\r\n"
            );
            stream.as_bytes().chunks(cut.min(stream.len())).for_each(|piece| lab.send(conn, piece));
            assert_eq!(inbox(&lab.store, "brown"), [""; 0], "{end:?} was taken for the end");
            let [stored] = &inbox(&lab.store, "jones")[..] else { panic!("{end:?}: one message") };
            assert!(stored.ends_with("smuggled\r\n\r\n"), "{end:?}: {stored:?}");
            assert!(lab.conns[conn].closed, "{end:?}: QUIT was heard");
        }
    }
}

#[test]
fn no_sequence_but_one_ends_a_command() {
    for end in ["\n", "\r", "\r\r", "\n\n", "\0", "\n\r"] {
        let mut lab = Lab::new(store());
        let conn = lab.open(server());
        lab.send(conn, format!("HELO x{end}MAIL FROM:<a@b>{end}NOOP\r\n").as_bytes());
        assert_eq!(lab.conns[conn].commands.len(), 1, "{end:?}");
        lab.conns[conn].arrived.clear();
        lab.send(conn, b"RCPT TO:<jones@bbn-unix.arpa>\r\n");
        assert!(
            lab.conns[conn].arrived.starts_with(b"503 RCPT comes too early: you have not said HELO"),
            "{end:?}"
        );
    }
}

#[test]
fn what_could_be_misread_by_the_next_host_goes_no_further() {
    let relay = || Smtp::new(SmtpSettings { relay: Relay::Queued, ..settings() });
    for end in ENDS {
        let mut lab = Lab::new(store());
        let conn = lab.open(relay());
        let stream = format!(
            "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x@elsewhere.example>\r\nDATA\r\ninnocent{end}more\r\n.\r\n"
        );
        lab.conns[conn].arrived.clear();
        lab.send(conn, stream.as_bytes());
        let said = String::from_utf8_lossy(&lab.conns[conn].arrived).into_owned();
        let refused = said.lines().last().is_some_and(|line| line.starts_with("554 5.6.0 "));
        assert!(refused && lab.store.queue().is_empty(), "{end:?}: {said}");
    }
}

#[test]
fn a_server_may_refuse_bare_line_ends_for_itself() {
    let strict = || Smtp::new(SmtpSettings { bare_line_ends: BareLineEnds::Refused, ..settings() });
    let text = "S: 220 <*>
                C: HELO x
                S: 250 <*>
                C: MAIL FROM:<a@b>
                S: 250 OK
                C: RCPT TO:<jones@bbn-unix.arpa>
                S: 250 OK
                C: DATA
                S: 354 <*>
                C: a\\nb
                C: .
                S: 554 the text has a CR, LF or NUL that is no line end; nothing was delivered (RFC 5321 section 2.3.8)";
    let lab = dialogue(&Dialogue { store: &store(), text, burst: true }, strict);
    assert_eq!(inbox(&lab.store, "jones"), [""; 0]);
}

#[test]
fn our_client_puts_nothing_of_a_text_outside_it() {
    for end in ENDS {
        let text = format!("innocent{end}{SMUGGLED}");
        for chunking in [true, false] {
            let mut lab = Lab::new(store());
            let result = lab.run(
                |_| Box::new(server()),
                async |desk| {
                    let mut client = SmtpClient::greet(desk.connect(Service::Smtp).await?).await?;
                    client.ehlo("x").await?;
                    client.do_without(|announced| announced.chunking &= chunking);
                    let to = ["jones@bbn-unix.arpa"];
                    client.transaction("a@b", &to, text.as_bytes(), Body::EightBit).await?;
                    client.quit().await
                },
            );
            assert_eq!(result, Ok(()), "{end:?}");
            assert_eq!(inbox(&lab.store, "brown"), [""; 0], "{end:?}");
            assert!(inbox(&lab.store, "jones")[0].ends_with(&text), "{end:?}");
        }
    }
}
