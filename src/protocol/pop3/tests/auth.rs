//! AUTH: mechanisms in a session.

use super::*;
use crate::protocol::sasl::{Credentials, Mechanism};

#[test]
fn an_exchange_runs_in_the_lines_of_rfc_5034() {
    check(
        &three(),
        "S: <*>
         C: AUTH PLAIN AG1yb3NlAHRhbnN0YWFm
         S: +OK mrose's maildrop has 3 messages <*>",
    );
    // Without a response in the line the challenge is empty, and its space stays.
    check(
        &three(),
        "S: <*>
         C: AUTH plain
         S: + <*>
         C: AG1yb3NlAHRhbnN0YWFm
         S: +OK mrose's maildrop <*>",
    );
    check(
        &three(),
        "S: <*>
         C: AUTH PLAIN
         S: + <*>
         # During an exchange a line is never a command.
         C: QUIT
         S: -ERR PLAIN is [AUTHZID] NUL <*>
         C: AUTH PLAIN
         S: + <*>
         C: *
         S: -ERR the client has given up (RFC 4422 section 3.5)
         C: AUTH PLAIN AG1yb3NlAHdyb25n
         S: -ERR [AUTH] nobody is known by this name and secret
         C: AUTH GSSAPI
         S: -ERR there is no such mechanism here
         C: AUTH CRAM-MD5 AAAA
         S: -ERR with this mechanism the server speaks first (RFC 4422 section 3)
         C: QUIT
         S: +OK <*>
         S. close",
    );
}

#[test]
fn every_mechanism_opens_the_maildrop_and_no_response_is_shown() {
    for mechanism in Dialect::Now.mechanisms() {
        for in_line in [true, false] {
            let mut lab = Lab::new(three());
            let result = lab.run(
                |_| Box::new(dewey()),
                async |desk| {
                    let mut client = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
                    let credentials = Credentials {
                        name: "mrose".into(),
                        password: b"tanstaaf".to_vec(),
                        authorize: String::new(),
                        service: "pop",
                        host: "dbc.mtview.ca.us".into(),
                        nonce: "oneNonce".into(),
                        wants_layer: false,
                    };
                    client.auth(*mechanism, credentials, in_line).await?;
                    assert_eq!(client.stat().await?.0, 3);
                    client.quit().await
                },
            );
            assert_eq!(result, Ok(()), "{mechanism:?} {in_line}");
            let shown = lab.conns[0].commands.join("\n");
            assert!(shown.starts_with(&format!("AUTH {}", mechanism.name())), "{shown}");
            for secret in ["AG1yb3Nl", "dGFuc3RhYWY"] {
                assert!(!shown.contains(secret), "{mechanism:?}: {shown}");
            }
        }
    }
}

#[test]
fn with_the_integrity_layer_every_octet_is_wrapped_and_counted() {
    use crate::protocol::sasl::ClientExchange;
    let mut lab = Lab::new(three());
    let conn = lab.open(dewey());
    let said = |lab: &mut Lab| std::mem::take(&mut lab.conns[conn].arrived);
    let mut client = ClientExchange::new(
        Mechanism::DigestMd5,
        Credentials {
            name: "mrose".into(),
            password: b"tanstaaf".to_vec(),
            authorize: String::new(),
            service: "pop",
            host: "dbc.mtview.ca.us".into(),
            nonce: "oneNonce".into(),
            wants_layer: true,
        },
    );
    said(&mut lab);
    lab.send(conn, b"AUTH DIGEST-MD5\r\n");
    let mut last = said(&mut lab);
    while let Some(challenge) = last.strip_prefix(b"+ ") {
        let response = client.answer(challenge.trim_ascii_end()).unwrap();
        lab.send(conn, format!("{response}\r\n").as_bytes());
        last = said(&mut lab);
    }
    assert!(last.starts_with(b"+OK mrose's maildrop"), "{}", String::from_utf8_lossy(&last));
    let mut layer = client.into_layer().unwrap();
    // Two commands in one buffer, and a buffer cut anywhere.
    let sealed = [layer.sealed(b"STAT\r\nNOOP\r\n"), layer.sealed(b"RETR 2\r\n")].concat();
    for octet in sealed {
        lab.send(conn, &[octet]);
    }
    let text = layer.opened(&said(&mut lab)).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("+OK 3 ") && text.ends_with("last\r\n.\r\n"), "{text}");
    assert_eq!(lab.conns[conn].unframed(), 0, "the layer's own octets belong to commands");
    // A changed octet ends the session, and nothing is removed.
    let mut sealed = layer.sealed(b"DELE 1\r\n");
    sealed[7] ^= 1;
    lab.send(conn, &sealed);
    assert!(lab.conns[conn].closed);
    assert_eq!(left(&lab.store), [1, 2, 3]);
}

#[test]
fn mechanisms_that_show_a_password_wait_for_tls() {
    use crate::protocol::security::{Security, Tls};
    let strict = || {
        Pop3::new(Pop3Settings {
            security: Security { tls: Tls::Offered, cleartext_logins: false, ..Security::default() },
            ..Pop3Settings::default()
        })
    };
    let text = "S: <*>
        C: AUTH PLAIN AG1yb3NlAHRhbnN0YWFm
        S: -ERR no password in clear here: begin with STLS, <*>
        C: CAPA
        S: <**>
        S: SASL CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 OTP SKEY
        S: <**>
        S: .";
    dialogue(&Dialogue { store: &three(), text, burst: false }, strict);
}

#[test]
fn responses_may_be_longer_than_commands_before_login() {
    // 4,096 octets with CR LF is the last good length, and a command of 513 the first bad one.
    for (letters, good) in [(4092, true), (4096, false)] {
        let line = "A".repeat(letters);
        let reply = if good { "-ERR PLAIN is <*>" } else { "-ERR that line is longer than 4096 octets; <*>" };
        check(
            &three(),
            &format!("S: <*>\nC: AUTH PLAIN\nS: + \nC: {line}\nS: {reply}\nC: NOOP\nS: -ERR NOOP is for <*>"),
        );
    }
}

/// Two texts of 128 octets with one MD5, the first that were published (Wang, Feng, Lai and Yu 2004, "Collisions for Hash
/// Functions MD4, MD5, HAVAL-128 and RIPEMD"). Both end in `p`.
const COLLISION: [[u8; 128]; 2] = {
    const ONE: [u8; 128] = *b"\xd1\x31\xdd\x02\xc5\xe6\xee\xc4\x69\x3d\x9a\x06\x98\xaf\xf9\x5c\x2f\xca\xb5\x87\x12\x46\x7e\xab\x40\x04\x58\x3e\xb8\xfb\x7f\x89\
        \x55\xad\x34\x06\x09\xf4\xb3\x02\x83\xe4\x88\x83\x25\x71\x41\x5a\x08\x51\x25\xe8\xf7\xcd\xc9\x9f\xd9\x1d\xbd\xf2\x80\x37\x3c\x5b\
        \xd8\x82\x3e\x31\x56\x34\x8f\x5b\xae\x6d\xac\xd4\x36\xc9\x19\xc6\xdd\x53\xe2\xb4\x87\xda\x03\xfd\x02\x39\x63\x06\xd2\x48\xcd\xa0\
        \xe9\x9f\x33\x42\x0f\x57\x7e\xe8\xce\x54\xb6\x70\x80\xa8\x0d\x1e\xc6\x98\x21\xbc\xb6\xa8\x83\x93\x96\xf9\x65\x2b\x6f\xf7\x2a\x70";
    let mut other = ONE;
    let mut nth = 0;
    // The highest bit of an octet differs in each half three times.
    while nth < 6 {
        let at = [19, 45, 59, 83, 109, 123][nth];
        other[at] ^= 0x80;
        nth += 1;
    }
    [ONE, other]
};

/// What a false server learns from APOP: two challenges that collide before the guessed letter give one digest if, and only
/// if, the guess is right (CVE-2007-1558). HMAC is not moved by it.
#[test]
fn two_challenges_that_collide_tell_apops_first_letter_and_nothing_of_cram_md5() {
    let [one, other] = COLLISION.map(|text| text[..127].to_vec());
    assert_ne!(one, other);
    let same = |password: &[u8]| apop_digest(&one, password) == apop_digest(&other, password);
    assert!(same(b"pelican") && same(b"p"), "both begin as the challenges' makers had guessed");
    assert!(!same(b"secret") && !same(b"Pelican") && !same(b""));
    let cram = |challenge: &[u8]| {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac = Hmac::<md5::Md5>::new_from_slice(b"pelican").unwrap();
        mac.update(&[challenge, b"p"].concat());
        mac.finalize().into_bytes()
    };
    assert_ne!(cram(&one), cram(&other), "though with the letter behind them they are the colliding texts");
}
