//! The RFCs' own exchanges, and what holds for every mechanism.

use md4::Digest as _;
use proptest::prelude::*;

use super::*;
use crate::mail::date::Timestamp;
use crate::mail::store::{OneTime, OneTimeHash, Store};

fn store() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    for (name, password) in [
        ("alice", "secret"),
        ("bob", "hunter2"),
        ("tim", "tanstaaftanstaaf"),
        ("chris", "secret"),
        ("user", "pencil"),
        ("anonymous", "never given"),
    ] {
        store.add_user(name, password).unwrap();
    }
    store
}

fn peer(host: &str) -> Peer {
    let chance = Chance { seed: 1, session: 7 };
    Peer { service: "pop", host: host.into(), chance, external: None, layers: true }
}

fn credentials(name: &str, password: &str) -> Credentials {
    Credentials {
        name: name.into(),
        password: password.into(),
        authorize: String::new(),
        service: "pop",
        host: "mail.example".into(),
        nonce: "fyko+d2lbbFgONRv9qkxdawL".into(),
        wants_layer: false,
    }
}

/// What came of a whole exchange: the last step, the client's layer, and how many lines each end sent.
struct Outcome {
    step: Step,
    client: ClientExchange,
    lines: (usize, usize),
}

fn run(mechanism: Mechanism, credentials: Credentials, store: &mut Store, in_line: bool) -> Outcome {
    let mut client = ClientExchange::new(mechanism, credentials);
    let initial = if in_line { client.initial() } else { None };
    let mut peer = peer("mail.example");
    peer.external = Some(b"alice".to_vec());
    let (mut server, mut step) =
        Exchange::begin(mechanism, peer, initial.as_deref().map(str::as_bytes), store);
    let mut lines = (1, 0);
    while let Step::Challenge(challenge) = &step {
        lines.1 += 1;
        match client.answer(challenge.as_bytes()) {
            Ok(answer) => step = server.answer(answer.as_bytes(), store),
            Err(_) => step = server.answer(b"*", store),
        }
        lines.0 += 1;
    }
    Outcome { step, client, lines }
}

fn logs_in(outcome: &Outcome, name: &str, store: &Store) -> bool {
    matches!(&outcome.step, Step::Done(login) if Some(login.user) == store.user(name.as_bytes()))
}

#[test]
fn every_mechanism_logs_in_with_and_without_an_initial_response() {
    for row in MECHANISMS {
        for in_line in [true, false] {
            let mut store = store();
            let outcome = run(row.mechanism, credentials("alice", "secret"), &mut store, in_line);
            let who = if row.mechanism == Mechanism::Anonymous { "anonymous" } else { "alice" };
            assert!(logs_in(&outcome, who, &store), "{}: {:?}", row.name, outcome.step);
            assert!(outcome.client.is_satisfied(), "{}", row.name);
        }
    }
}

#[test]
fn a_wrong_password_and_an_unknown_name_are_refused_in_the_same_words() {
    for row in MECHANISMS {
        if matches!(row.mechanism, Mechanism::External | Mechanism::Anonymous) {
            continue;
        }
        let mut store = store();
        for (name, password) in
            [("alice", "wrong"), ("nobody", "secret"), ("alice", "secret2"), ("nobody", "x")]
        {
            let outcome = run(row.mechanism, credentials(name, password), &mut store, true);
            assert_eq!(outcome.step, Step::Refused(Refusal::Denied), "{} {name} {password}", row.name);
        }
    }
}

#[test]
fn acting_as_another_needs_the_right_to_do_so() {
    for mechanism in [
        Mechanism::Plain,
        Mechanism::DigestMd5,
        Mechanism::ScramSha1,
        Mechanism::ScramSha256,
        Mechanism::Otp,
        Mechanism::External,
    ] {
        let mut store = store();
        let as_bob = Credentials { authorize: "bob".into(), ..credentials("alice", "secret") };
        let refused = run(mechanism, as_bob.clone(), &mut store, true);
        assert_eq!(refused.step, Step::Refused(Refusal::NotAuthorized), "{mechanism:?}");
        let as_nobody = Credentials { authorize: "nobody".into(), ..as_bob.clone() };
        assert_eq!(run(mechanism, as_nobody, &mut store, true).step, refused.step, "{mechanism:?}");
        let (alice, bob) = (store.user(b"alice").unwrap(), store.user(b"bob").unwrap());
        store.let_act_as(alice, bob);
        let allowed = run(mechanism, as_bob, &mut store, true);
        let Step::Done(login) = allowed.step else { panic!("{mechanism:?}: {:?}", allowed.step) };
        assert_eq!((login.user, login.authenticated), (bob, alice), "{mechanism:?}");
    }
}

#[test]
fn the_exchange_of_rfc_2195_runs_as_printed() {
    let challenge = base64::decoded(b"PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+").unwrap();
    assert_eq!(challenge, b"<1896.697170952@postoffice.reston.mci.net>");
    let response = cram_md5::response(b"tim", b"tanstaaftanstaaf", &challenge);
    assert_eq!(response, b"tim b913a602c7eda7a495b4e6e7334d3890");
    assert_eq!(base64::encoded(&response), "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
}

#[test]
fn the_exchange_of_rfc_2831_runs_as_printed() {
    // Section 4: IMAP, the user chris, the password `secret`.
    let mut client = ClientExchange::new(
        Mechanism::DigestMd5,
        Credentials {
            service: "imap",
            host: "elwood.innosoft.com".into(),
            nonce: "OA6MHXh6VqTrRk".into(),
            ..credentials("chris", "secret")
        },
    );
    let challenge = "cmVhbG09ImVsd29vZC5pbm5vc29mdC5jb20iLG5vbmNlPSJPQTZNRzl0RVFHbTJoaCIscW9wPSJhdXRoIixhbGdvcml0aG09bWQ1LXNlc3MsY2hhcnNldD11dGYtOA==";
    let response = client.answer(challenge.as_bytes()).unwrap();
    assert_eq!(
        response,
        "Y2hhcnNldD11dGYtOCx1c2VybmFtZT0iY2hyaXMiLHJlYWxtPSJlbHdvb2QuaW5ub3NvZnQuY29tIixub25jZT0iT0E2TUc5dEVRR20yaGgiLG5jPTAwMDAwMDAxLGNub25jZT0iT0E2TUhYaDZWcVRyUmsiLGRpZ2VzdC11cmk9ImltYXAvZWx3b29kLmlubm9zb2Z0LmNvbSIscmVzcG9uc2U9ZDM4OGRhZDkwZDRiYmQ3NjBhMTUyMzIxZjIxNDNhZjcscW9wPWF1dGg="
    );
    assert!(!client.is_satisfied(), "the server has proven nothing yet");
    let proof = "cnNwYXV0aD1lYTQwZjYwMzM1YzQyN2I1NTI3Yjg0ZGJhYmNkZmZmZA==";
    assert_eq!(client.clone().answer(proof.as_bytes()), Ok(String::new()));
    let forged = base64::encoded(b"rspauth=ea40f60335c427b5527b84dbabcdfffe");
    assert_eq!(client.answer(forged.as_bytes()), Err(Distrust::Impostor));
    assert!(!client.is_satisfied());
}

#[test]
fn the_exchanges_of_rfc_5802_and_7677_run_as_printed() {
    for (mechanism, client_nonce, server_nonce, salt, last, proof) in [
        (
            Mechanism::ScramSha1,
            "fyko+d2lbbFgONRv9qkxdawL",
            "3rfcNHYJY1ZVvWVs7j",
            "QSXCR+Q6sek8bf92",
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        ),
        (
            Mechanism::ScramSha256,
            "rOprNGfwEbeRWgbNEkqO",
            "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
            "W22ZaJ0SNY7soEsUEjb6gQ==",
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ),
    ] {
        let mut client = ClientExchange::new(
            mechanism,
            Credentials { nonce: client_nonce.into(), ..credentials("user", "pencil") },
        );
        let first = base64::decoded(client.initial().unwrap().as_bytes()).unwrap();
        assert_eq!(first, format!("n,,n=user,r={client_nonce}").into_bytes());
        let salt = base64::decoded(salt.as_bytes()).unwrap();
        let nonce = format!("{client_nonce}{server_nonce}");
        let (mut server, challenge) = Exchange::scripted_scram(mechanism, peer("x"), &first, &nonce, &salt);
        assert_eq!(challenge, format!("r={nonce},s={},i=4096", base64::encoded(&salt)));
        let answer = client.answer(base64::encoded(challenge.as_bytes()).as_bytes()).unwrap();
        assert_eq!(base64::decoded(answer.as_bytes()).unwrap(), last.as_bytes());
        let mut store = store();
        let step = server.answer(answer.as_bytes(), &mut store);
        assert_eq!(step, Step::Challenge(base64::encoded(proof.as_bytes())));
        assert_eq!(client.answer(base64::encoded(proof.as_bytes()).as_bytes()), Ok(String::new()));
        assert!(client.is_satisfied());
        assert!(matches!(server.answer(b"", &mut store), Step::Done(_)));
    }
}

#[test]
fn a_scram_client_does_not_listen_to_impostors() {
    let client = || {
        let mut client = ClientExchange::new(Mechanism::ScramSha1, credentials("user", "pencil"));
        client.initial();
        client
    };
    let answer = |text: &str| client().answer(base64::encoded(text.as_bytes()).as_bytes()).map(drop);
    assert_eq!(answer("r=fyko+d2lbbFgONRv9qkxdawL,s=QSXCR+Q6sek8bf92,i=4096"), Err(Distrust::Impostor));
    assert_eq!(answer("r=other,s=QSXCR+Q6sek8bf92,i=4096"), Err(Distrust::Impostor));
    for wrong in [
        "",
        "r=x",
        "r=fyko+d2lbbFgONRv9qkxdawLx,s=,i=4096",
        "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=0",
        "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=4000000000",
    ] {
        assert_eq!(answer(wrong), Err(Distrust::Malformed), "{wrong}");
    }
}

#[test]
fn one_time_passwords_are_those_of_rfc_2289_appendix_c() {
    for (hash, rows) in [
        (
            OneTimeHash::Md4,
            [
                "D1854218EBBB0B51 ROME MUG FRED SCAN LIVE LACE",
                "63473EF01CD0B444 CARD SAD MINI RYE COL KIN",
                "C5E612776E6C237A NOTE OUT IBIS SINK NAVE MODE",
            ],
        ),
        (
            OneTimeHash::Md5,
            [
                "9E876134D90499DD INCH SEA ANNE LONG AHEM TOUR",
                "7965E05436F5029F EASE OIL FUM CURE AWRY AVIS",
                "50FE1962C4965880 BAIL TUFT BITS GANG CHEF THY",
            ],
        ),
        (
            OneTimeHash::Sha1,
            [
                "BB9E6AE1979D8FF4 MILT VARY MAST OK SEES WENT",
                "63D936639734385B CART OTTO HIVE ODE VAT NUT",
                "87FEC7768B73CCF9 GAFF WAIT SKID GIG SKY EYED",
            ],
        ),
    ] {
        for (sequence, row) in [0, 1, 99].into_iter().zip(rows) {
            let password = one_time_password(hash, b"This is a test.", "TeSt", sequence);
            assert_eq!(format!("{} {}", hash::hex(&password).to_uppercase(), to_words(password)), row);
        }
    }
}

#[test]
fn the_exchanges_of_rfc_2444_run_as_printed() {
    for (kind, answer) in [
        (OneTimeHash::Md5, "hex:5bf075d9959d036f"),
        (OneTimeHash::Md5, "word:BOND FOGY DRAB NE RISE MART"),
        // RFC 2444 prints c90fc02cc488df5e here: SHA-1's words folded without turning them around. RFC 2289
        // appendix A and its vectors turn them, and so do we.
        (OneTimeHash::Sha1, "hex:1ef48366d04873e0"),
        (OneTimeHash::Md5, "init-hex:5bf075d9959d036f:md5 499 ke1235:3712dcb4aa5316c1"),
    ] {
        let mut store = store();
        let tim = store.user(b"tim").unwrap();
        let last = one_time_password(kind, b"This is a test.", "ke1234", 500);
        store.set_one_time(tim, OneTime { hash: kind, sequence: 500, seed: "ke1234".into(), last });
        let (mut server, step) = Exchange::begin(Mechanism::Otp, peer("x"), Some(b"AHRpbQ=="), &mut store);
        let challenge = format!("otp-{} 499 ke1234 ext", kind.word());
        assert_eq!(step, Step::Challenge(base64::encoded(challenge.as_bytes())));
        let line = base64::encoded(answer.as_bytes());
        let mut other = server.clone();
        assert!(matches!(server.answer(line.as_bytes(), &mut store), Step::Done(_)), "{answer}");
        let now = store.one_time(tim).unwrap();
        if answer.starts_with("init") {
            assert_eq!(
                (now.sequence, now.seed.as_str(), now.last),
                (499, "ke1235", *b"\x37\x12\xdc\xb4\xaa\x53\x16\xc1")
            );
            // The next login begins where the new chain does.
            let last = one_time_password(kind, b"This is a test.", "ke1235", 499);
            assert_eq!(now.last, last);
        } else {
            assert_eq!(now.sequence, 499);
        }
        assert_eq!(
            other.answer(line.as_bytes(), &mut store),
            Step::Refused(Refusal::Denied),
            "used twice: {answer}"
        );
    }
}

#[test]
fn the_words_of_rfc_2222_s_skey_example_are_taken() {
    let mut store = store();
    store.add_user("morgan", "unknown to us").unwrap();
    let morgan = store.user(b"morgan").unwrap();
    let words = base64::decoded(b"Rk9VUiBNQU5OIFNPT04gRklSIFZBUlkgTUFTSA==").unwrap();
    assert_eq!(words, b"FOUR MANN SOON FIR VARY MASH");
    let password = from_words(&words).unwrap();
    // Number 96 is what number 95 gives when it is hashed once more.
    let digest = md4::Md4::new().chain_update(password).finalize();
    let last = std::array::from_fn(|at| digest[at] ^ digest[at + 8]);
    store
        .set_one_time(morgan, OneTime { hash: OneTimeHash::Md4, sequence: 96, seed: "Qa58308".into(), last });
    let (mut server, step) = Exchange::begin(Mechanism::Skey, peer("x"), None, &mut store);
    assert_eq!(step, Step::Challenge(String::new()));
    let step = server.answer(b"bW9yZ2Fu", &mut store);
    assert_eq!(step, Step::Challenge("OTUgUWE1ODMwOA==".into()));
    assert!(matches!(server.answer(b"Rk9VUiBNQU5OIFNPT04gRklSIFZBUlkgTUFTSA==", &mut store), Step::Done(_)));
    // Eight octets do as well; these are the wrong ones, as in the second example.
    let (mut server, _) = Exchange::begin(Mechanism::Skey, peer("x"), Some(b"bW9yZ2Fu"), &mut store);
    assert_eq!(server.answer(b"BsAY3g4gBNo=", &mut store), Step::Refused(Refusal::Denied));
}

#[test]
fn a_chain_of_one_time_passwords_comes_to_its_end() {
    let mut store = store();
    let alice = store.user(b"alice").unwrap();
    let last = one_time_password(OneTimeHash::Md5, b"secret", "ab1", 3);
    store.set_one_time(alice, OneTime { hash: OneTimeHash::Md5, sequence: 3, seed: "ab1".into(), last });
    for sequence in [2, 1] {
        assert!(logs_in(
            &run(Mechanism::Otp, credentials("alice", "secret"), &mut store, true),
            "alice",
            &store
        ));
        assert_eq!(store.one_time(alice).unwrap().sequence, sequence);
    }
    let refused = run(Mechanism::Otp, credentials("alice", "secret"), &mut store, true);
    assert_eq!(refused.step, Step::Refused(Refusal::NoOneTimePassword));
    store.set_password(alice, "another");
    assert_eq!(store.one_time(alice), None, "a new password begins a new chain");
}

#[test]
fn the_integrity_layer_of_a_login_has_the_same_keys_at_both_ends() {
    let mut store = store();
    let wants = Credentials { wants_layer: true, ..credentials("alice", "secret") };
    let outcome = run(Mechanism::DigestMd5, wants, &mut store, true);
    let Step::Done(login) = outcome.step else { panic!("{:?}", outcome.step) };
    let (mut server, mut client) = (login.layer.unwrap(), outcome.client.into_layer().unwrap());
    assert_eq!(server.opened(&client.sealed(b"STAT\r\n")), Ok(b"STAT\r\n".to_vec()));
    assert_eq!(client.opened(&server.sealed(b"+OK 2 320\r\n")), Ok(b"+OK 2 320\r\n".to_vec()));
}

#[test]
fn turns_are_those_of_the_mechanism() {
    // Lines from the client and challenges from the server, the command's own line counted, the final reply not.
    for (mechanism, with_initial, without) in [
        (Mechanism::Plain, (1, 0), (2, 1)),
        (Mechanism::Login, (2, 1), (3, 2)),
        (Mechanism::CramMd5, (2, 1), (2, 1)),
        (Mechanism::DigestMd5, (3, 2), (3, 2)),
        (Mechanism::ScramSha1, (3, 2), (4, 3)),
        (Mechanism::Otp, (2, 1), (3, 2)),
        (Mechanism::Anonymous, (1, 0), (2, 1)),
    ] {
        for (in_line, lines) in [(true, with_initial), (false, without)] {
            // An initial response of LOGIN is taken, though clients do not send one on their own.
            let outcome = if mechanism == Mechanism::Login && in_line {
                let (mut server, step) =
                    Exchange::begin(mechanism, peer("x"), Some(b"YWxpY2U="), &mut store());
                assert_eq!(step, Step::Challenge(base64::encoded(b"Password:")));
                assert!(matches!(server.answer(b"c2VjcmV0", &mut store()), Step::Done(_)));
                continue;
            } else {
                run(mechanism, credentials("alice", "secret"), &mut store(), in_line)
            };
            assert_eq!(outcome.lines, lines, "{mechanism:?} {in_line}");
        }
    }
}

#[test]
fn lines_that_are_no_answers_end_the_exchange() {
    for row in MECHANISMS {
        for (line, why) in [
            (&b"*"[..], Refusal::GivenUp),
            (b"*x", Refusal::NotBase64),
            (b"QUIT", Refusal::NotBase64),
            (b"=", Refusal::NotBase64),
            (b"abc", Refusal::NotBase64),
        ] {
            let mut store = store();
            let (mut server, _) = Exchange::begin(row.mechanism, peer("x"), None, &mut store);
            // `QUIT` happens to be four letters of base64: then it is nonsense to the mechanism, never a command.
            let step = server.answer(line, &mut store);
            if line == b"QUIT" {
                assert!(!matches!(step, Step::Done(_)), "{} {step:?}", row.name);
            } else {
                assert_eq!(step, Step::Refused(why), "{} {line:?}", row.name);
            }
            let over = server.answer(b"", &mut store);
            assert!(matches!(over, Step::Refused(_) | Step::Challenge(_)), "{}", row.name);
        }
    }
    let begin =
        |mechanism, initial: &[u8]| Exchange::begin(mechanism, peer("x"), Some(initial), &mut store()).1;
    assert_eq!(begin(Mechanism::CramMd5, b"YWxpY2U="), Step::Refused(Refusal::NoInitialResponse));
    assert!(matches!(begin(Mechanism::Plain, b"="), Step::Refused(Refusal::Malformed(_))));
    assert!(matches!(begin(Mechanism::Anonymous, b"="), Step::Done(_)), "an empty trace is a trace");
    assert_eq!(begin(Mechanism::External, b"="), Step::Refused(Refusal::Denied), "nothing below to rest on");
}

#[test]
fn no_two_nonces_are_alike() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..10 {
        for session in 0..10 {
            for nth in 0..3 {
                let nonce = Chance { seed, session }.nonce(nth);
                assert_eq!(nonce.len(), 24);
                assert!(seen.insert(nonce));
            }
        }
    }
}

#[test]
fn secrets_are_not_shown_to_those_who_debug() {
    let shown = format!("{:?}", ClientExchange::new(Mechanism::Plain, credentials("alice", "hunter2")));
    assert!(!shown.contains("hunter2") && !shown.contains("104, 117, 110"), "{shown}");
}

proptest! {
    #[test]
    fn no_octets_break_a_server_and_none_log_in_by_chance(nth in 0..MECHANISMS.len(), lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..5), coded: bool) {
        let mechanism = MECHANISMS[nth].mechanism;
        prop_assume!(mechanism != Mechanism::Anonymous);
        let mut store = store();
        let (mut server, mut step) = Exchange::begin(mechanism, peer("x"), None, &mut store);
        for line in lines {
            prop_assert!(!matches!(step, Step::Done(_)));
            let line = if coded { base64::encoded(&line).into_bytes() } else { line };
            step = server.answer(&line, &mut store);
        }
    }

    #[test]
    fn no_challenge_breaks_a_client(nth in 0..MECHANISMS.len(), lines in prop::collection::vec("[ -~]{0,60}", 1..4)) {
        let mut client = ClientExchange::new(MECHANISMS[nth].mechanism, credentials("alice", "secret"));
        for line in lines {
            let _ = client.answer(base64::encoded(line.as_bytes()).as_bytes());
        }
    }

    #[test]
    fn names_and_passwords_may_hold_odd_characters(name in "[ -~é€]{1,12}", password in "[ -~é€]{1,12}") {
        for mechanism in [Mechanism::Plain, Mechanism::Login, Mechanism::CramMd5, Mechanism::DigestMd5, Mechanism::ScramSha256] {
            let mut store = Store::new(Timestamp::DEFAULT_START);
            store.add_user(&name, password.clone().into_bytes()).unwrap();
            let outcome = run(mechanism, credentials(&name, &password), &mut store, true);
            prop_assert!(matches!(outcome.step, Step::Done(_)), "{:?} {:?}", mechanism, outcome.step);
        }
    }
}
