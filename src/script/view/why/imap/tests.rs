use super::*;

fn told(said: &str, answer: &str) -> String {
    let shown = said.split("\r\n").next().unwrap();
    remarks(&Exchange { said: said.as_bytes(), shown, answer: answer.as_bytes(), ..Exchange::default() })
        .join("\n")
}

#[test]
fn every_command_has_its_tag_explained() {
    let told = told("a3 NOOP\r\n", "a3 OK NOOP completed\r\n");
    assert!(told.contains("`a3` is its tag") && told.contains("RFC 3501 §2.2.1"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    let again = Exchange { said: b"1 NOOP\r\n", shown: "1 NOOP", has_old_tag: true, ..Exchange::default() };
    assert!(remarks(&again)[0].contains("used it before"));
}

#[test]
fn the_two_kinds_of_literals_are_told_apart() {
    let text = told("1 LOGIN {5}\r\nalice {6+}\r\nsecret\r\n", "1 OK\r\n");
    assert!(text.contains("`{5}`: so many octets") && text.contains("§7.5"), "{text}");
    assert!(text.contains("`{6+}`: a literal that does not wait") && text.contains("RFC 7888 §4"), "{text}");
    assert!(!text.contains("secret"));
    // What stands within a literal announces nothing.
    let text = told("1 APPEND x {7}\r\n {99}\r\n\r\n", "1 OK\r\n");
    assert!(text.contains("`{7}`:") && !text.contains("99"), "{text}");
    let text = told("1 FETCH 1 BODY[]\r\n", "* 1 FETCH (BODY[] {12}\r\n* 7 EXISTS\r\n)\r\n1 OK\r\n");
    assert!(text.contains("`{12}` in the answer") && !text.contains("EXISTS"), "{text}");
}

#[test]
fn numbers_are_traced_back_to_what_they_were() {
    assert_eq!(as_they_were(&[3, 3, 3]), [3, 4, 5]);
    assert_eq!(as_they_were(&[5, 4, 3]), [3, 4, 5]);
    assert_eq!(as_they_were(&[1, 2, 5]), [1, 3, 7]);
    let text = told("a NOOP\r\n", "* 3 EXPUNGE\r\n* 3 EXPUNGE\r\n* 14 EXISTS\r\na OK\r\n");
    assert!(text.contains("what was 4 is 3 now") && text.contains("what was 3, 4\n"), "{text}");
    assert!(text.contains("`* 14 EXISTS`: news that nobody asked for"), "{text}");
    assert!(!told("a SELECT x\r\n", "* 14 EXISTS\r\na OK\r\n").contains("news"));
    let held = Exchange {
        said: b"a FETCH 1 FLAGS\r\n",
        shown: "a FETCH 1 FLAGS",
        withheld: 2,
        ..Exchange::default()
    };
    assert!(remarks(&held).join("\n").contains("2 messages are gone"));
}

#[test]
fn where_a_client_has_to_wait_depends_on_what_is_under_way() {
    let behind = |said: &str, before: &str| {
        let exchange = Exchange {
            said: said.as_bytes(),
            shown: said.trim_end(),
            under_way: vec![before.to_owned()],
            ..Exchange::default()
        };
        remarks(&exchange).join("\n")
    };
    for before in ["a NOOP", "a UID FETCH 1 FLAGS", "a EXPUNGE", "a IDLE"] {
        let text = behind("b FETCH 5 FLAGS\r\n", before);
        assert!(text.contains("§5.5") && text.contains("would then be other messages"), "{text}");
        assert!(behind("b UID FETCH 5 FLAGS\r\n", before).contains("need not have waited"));
    }
    assert!(behind("b STORE 5 FLAGS \\Seen\r\n", "a FETCH 1:9 FLAGS").contains("need not have waited"));
    assert!(told("a IDLE\r\n", "+ idling\r\n").contains("RFC 2177 §3"));
    assert!(told("a STARTTLS\r\n", "a OK\r\n").contains("RFC 3501 §6.2.1"));
}

#[test]
fn a_bad_is_shown_at_its_place_and_a_flag_without_backslash_is_noticed() {
    let text = told("a FETCH 0 FLAGS\r\n", "a BAD column 9: expected a message number\r\n");
    assert!(text.starts_with("a FETCH 0 FLAGS\n        ^\n"), "{text}");
    assert!(told("a STORE 1 +FLAGS (Seen)\r\n", "a OK\r\n").contains("`\\Seen`"));
    assert!(!told("a STORE 1 +FLAGS (\\Seen)\r\n", "a OK\r\n").contains("backslash"));
}

#[test]
fn a_command_that_is_not_over_says_what_is_missing() {
    assert!(unfinished(b"1 LOGIN {5}\r\n").unwrap().contains("5 of them are still to come"));
    assert!(unfinished(b"1 LOGIN {5}\r\nal").unwrap().contains("3 of them are still to come"));
    assert!(unfinished(b"1 LOGIN {5}\r\nalice").unwrap().contains("the literal is here"));
    assert!(unfinished(b"1 LOGIN {4294967295+}\r\nal").unwrap().contains("RFC 7888"));
    assert_eq!(unfinished(b"1 LOGIN al"), None);
    assert_eq!(unfinished(b""), None);
}
