//! Logging in: the exchanges of RFC 4954 §4.

use super::*;
use crate::protocol::sasl::{Credentials, Mechanism};
use crate::protocol::security::{Security, Tls};

fn submission() -> Smtp {
    Smtp::new(SmtpSettings { auth: Mechanism::USUAL.to_vec(), auth_required: true, ..settings() })
}

fn check_login(text: &str) -> Lab {
    let text = format!("S: 220 <*>\nC: EHLO x\nS: <**>\nS: 250 HELP\n{text}");
    dialogue(&Dialogue { store: &store(), text: &text, burst: true }, submission)
}

#[test]
fn mechanisms_are_announced_and_a_password_in_one_line_logs_in() {
    // dGVzdAB0ZXN0ADEyMzQ= of the RFC is test/1234; ours is jones/secret.
    let lab = dialogue(
        &Dialogue {
            store: &store(),
            text: "S: 220 <*>
                   C: EHLO x
                   S: <**>
                   S: 250-AUTH PLAIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256
                   S: <**>
                   S: 250 HELP
                   C: MAIL FROM:<a@b>
                   S: 530 5.7.0 log in first: <*>
                   C: AUTH PLAIN AGpvbmVzAHNlY3JldA==
                   S: 235 2.7.0 welcome
                   C: AUTH PLAIN AGpvbmVzAHNlY3JldA==
                   S: 503 5.5.1 you are logged in already <*>
                   C: EHLO y
                   S: <**>
                   S: 250 HELP
                   C: MAIL FROM:<a@b> AUTH=<>
                   S: 250 2.1.0 OK
                   C: RCPT TO:<brown@bbn-unix.arpa>
                   S: 250 2.1.5 OK
                   C: DATA
                   S: 354 <*>
                   C: .
                   S: 250 <*>",
            burst: true,
        },
        submission,
    );
    assert_eq!(lab.conns[0].commands[2], "AUTH PLAIN ***");
    assert!(inbox(&lab.store, "brown")[0].contains(" with ESMTPA\r\n"));
}

#[test]
fn an_empty_challenge_keeps_its_space_and_a_response_is_never_a_command() {
    let lab = check_login(
        "C: AUTH PLAIN
         S: 334<*>
         C: AGpvbmVzAHNlY3JldA==
         S: 235 2.7.0 welcome",
    );
    assert_eq!(lab.conns[0].commands[2], "(a response)");
    check_login("C: AUTH PLAIN\nS: 334<*>\nC: QUIT\nS: 5<*>\nC: NOOP\nS: 250 <*>");
}

#[test]
fn what_can_go_wrong_has_its_codes() {
    check_login(
        "C: AUTH FOO
         S: 504 5.5.4 <*>
         C: AUTH PLAIN AGpvbmVzAHdyb25n
         S: 535 5.7.8 nobody is known by this name and secret
         C: AUTH PLAIN !!!
         S: 501 5.5.2 <*>
         C: AUTH PLAIN
         S: 334<*>
         C: *
         S: 501 5.7.0 <*>
         C: AUTH
         S: 501 5.5.4 <*>
         C: RCPT TO:<a@b>
         S: 530 5.7.0 <*>
         C: VRFY jones
         S: 530 5.7.0 <*>
         C: RSET
         S: 250 <*>",
    );
    check("S: 220 <*>\nC: EHLO x\nS: <**>\nS: 250 HELP\nC: AUTH PLAIN\nS: 502 5.5.1 <*>");
}

#[test]
fn a_password_needs_encryption_where_that_is_wanted() {
    let strict = || {
        let security = Security { tls: Tls::Offered, cleartext_logins: false, ..Security::default() };
        Smtp::new(SmtpSettings { auth: Mechanism::USUAL.to_vec(), security, ..settings() })
    };
    let text = "S: 220 <*>
                C: EHLO x
                S: <**>
                S: 250-AUTH CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256
                S: <**>
                S: 250 STARTTLS
                C: AUTH PLAIN AGpvbmVzAHNlY3JldA==
                S: 538 5.7.11 <*>";
    dialogue(&Dialogue { store: &store(), text, burst: true }, strict);
}

#[test]
fn who_does_not_log_in_is_sent_away_after_a_minute() {
    let text = "S: 220 <*>\nT: 30\nC: NOOP\nS: 250 OK\nT: 59\nC: NOOP\nS: 250 OK\nT: 2\nS: 421 <*>\nS. close";
    let text = text.replace("T: 59", "T: 29");
    dialogue(&Dialogue { store: &store(), text: &text, burst: false }, submission);
    let stays = "S: 220 <*>\nC: EHLO x\nS: <**>\nS: 250 HELP\nC: AUTH PLAIN AGpvbmVzAHNlY3JldA==\nS: 235 <*>\nT: 299\nC: NOOP\nS: 250 <*>";
    dialogue(&Dialogue { store: &store(), text: stays, burst: false }, submission);
}

#[test]
fn a_client_logs_in_by_each_usual_mechanism() {
    for mechanism in Mechanism::USUAL {
        let credentials = |password: &str| Credentials {
            name: "jones".into(),
            password: password.as_bytes().to_vec(),
            authorize: String::new(),
            service: "smtp",
            host: "BBN-UNIX.ARPA".into(),
            nonce: "fyko+d2lbbFgONRv9qkxdawL".into(),
            wants_layer: false,
        };
        for (password, right) in [("secret", true), ("wrong", false)] {
            let mut lab = Lab::new(store());
            let result = lab.run(
                |_| Box::new(submission()),
                async |desk| {
                    let mut client = SmtpClient::greet(desk.connect(Service::Smtp).await?).await?;
                    client.ehlo("x").await?;
                    client.auth(mechanism, credentials(password)).await?;
                    client.send("a@b", &["brown@bbn-unix.arpa"], b"hello\r\n").await?;
                    client.quit().await
                },
            );
            assert_eq!(result.is_ok(), right, "{mechanism:?}: {result:?}");
            assert_eq!(inbox(&lab.store, "brown").len(), usize::from(right));
        }
    }
}

#[test]
fn with_the_integrity_layer_ehlo_comes_anew_and_mail_goes_through_it() {
    let credentials = || Credentials {
        name: "jones".into(),
        password: b"secret".to_vec(),
        authorize: String::new(),
        service: "smtp",
        host: "BBN-UNIX.ARPA".into(),
        nonce: "fyko+d2lbbFgONRv9qkxdawL".into(),
        wants_layer: true,
    };
    for says_ehlo_anew in [true, false] {
        let mut lab = Lab::new(store());
        let result = lab.run(
            |_| Box::new(submission()),
            async |desk| {
                let mut client = SmtpClient::greet(desk.connect(Service::Smtp).await?).await?;
                client.ehlo("x").await?;
                client.auth(Mechanism::DigestMd5, credentials()).await?;
                if says_ehlo_anew {
                    client.ehlo("x").await?;
                }
                client.send("a@b", &["brown@bbn-unix.arpa"], b"hello\r\n").await?;
                client.quit().await
            },
        );
        assert_eq!(result.is_ok(), says_ehlo_anew, "RFC 4954 §4: {result:?}");
        assert_eq!(lab.conns[0].unframed(), 0);
        let mail = inbox(&lab.store, "brown");
        assert_eq!(mail.len(), usize::from(says_ehlo_anew));
        assert!(
            mail.iter().all(|mail| mail.contains("with ESMTPA")),
            "who it is was not forgotten: {mail:?}"
        );
    }
}
