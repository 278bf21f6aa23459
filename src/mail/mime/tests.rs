//! Structures after the examples of the standards, broken ones, and hostile ones.

use proptest::prelude::*;

use super::*;

fn text<'a>(octets: &'a [u8], range: &Range<u32>) -> &'a str {
    std::str::from_utf8(&octets[range.start as usize..range.end as usize]).unwrap()
}

/// The structure as an outline: `mixed(text/plain "…", …)`.
fn outline(octets: &[u8], part: &Part) -> String {
    let kind = format!("{}/{}", part.kind, part.subtype);
    match &part.content {
        Content::Leaf => format!("{kind} {:?}", text(octets, &part.body)),
        Content::Multipart(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| outline(octets, part)).collect();
            format!("{}({})", part.subtype, parts.join(", "))
        }
        Content::Message(inner) => format!("message[{}]", outline(octets, inner)),
    }
}

#[track_caller]
fn check(octets: &str, expected: &str) -> Part {
    let part = parse(octets.as_bytes());
    assert_eq!(outline(octets.as_bytes(), &part), expected);
    assert_sound(octets.as_bytes(), &part);
    part
}

/// Ranges lie inside their parents and in order; lines are counted; a multipart has parts.
#[track_caller]
fn assert_sound(octets: &[u8], part: &Part) {
    assert!(part.header.start <= part.header.end && part.header.end == part.body.start);
    assert!(part.body.start <= part.body.end && part.body.end as usize <= octets.len());
    let body = &octets[part.body.start as usize..part.body.end as usize];
    assert_eq!(part.lines as usize, body.iter().filter(|octet| **octet == b'\n').count());
    match &part.content {
        Content::Leaf => {}
        Content::Multipart(parts) => {
            assert!(!parts.is_empty());
            let mut at = part.body.start;
            for inner in parts {
                assert!(inner.header.start >= at && inner.body.end <= part.body.end);
                at = inner.body.end;
                assert_sound(octets, inner);
            }
        }
        Content::Message(inner) => {
            assert_eq!((inner.header.start, inner.body.end), (part.body.start, part.body.end));
            let header = &octets[inner.header.start as usize..inner.header.end as usize];
            assert_eq!(part.message_header(), Some(header));
            assert_sound(octets, inner);
        }
    }
}

#[test]
fn a_multipart_has_preamble_parts_and_epilogue() {
    // After the example of RFC 2046 §5.1.1: an implicitly typed part without a line end of its own, an
    // explicitly typed one with it.
    let octets = "From: Nathaniel\r\nMIME-Version: 1.0\r\nContent-type: multipart/mixed; boundary=\"simple boundary\"\r\n\r\n\
                  This is the preamble.\r\n\r\n--simple boundary\r\n\r\nNo line end here.\r\n--simple boundary\r\n\
                  Content-type: text/plain; charset=us-ascii\r\n\r\nA line end here.\r\n\r\n--simple boundary--\r\n\r\nThe epilogue.\r\n";
    let part = check(octets, r#"mixed(text/plain "No line end here.", text/plain "A line end here.\r\n")"#);
    let Content::Multipart(parts) = &part.content else { panic!() };
    assert_eq!((parts[0].lines, parts[1].lines, part.lines), (0, 1, 13));
    assert_eq!(text(octets.as_bytes(), &parts[0].header), "\r\n");
    assert_eq!(parts[1].parameter("CHARSET"), Some(&b"us-ascii"[..]));
    assert!(text(octets.as_bytes(), &part.body).ends_with("The epilogue.\r\n"));
}

#[test]
fn a_digest_holds_messages_by_default() {
    // RFC 2046 §5.1.5.
    check(
        "Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: one\r\n\r\nfirst\r\n--d\r\n\
         Content-Type: text/plain\r\n\r\nsecond\r\n--d--\r\n",
        r#"digest(message[text/plain "first"], text/plain "second")"#,
    );
}

/// The message of RFC 3501 §6.4.5, whose section numbers are given there.
const NESTED: &str = "Content-Type: multipart/mixed; boundary=A\r\n\r\n\
    --A\r\n\r\none\r\n\
    --A\r\nContent-Type: application/octet-stream\r\n\r\ntwo\r\n\
    --A\r\nContent-Type: message/rfc822\r\n\r\nSubject: three\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n\
    --B\r\n\r\nthree.one\r\n--B\r\nContent-Type: application/octet-stream\r\n\r\nthree.two\r\n--B--\r\n\
    --A\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n\
    --C\r\nContent-Type: image/gif\r\n\r\nfour.one\r\n\
    --C\r\nContent-Type: message/rfc822\r\n\r\nSubject: four.two\r\nContent-Type: multipart/mixed; boundary=D\r\n\r\n\
    --D\r\n\r\nfour.two.one\r\n--D\r\nContent-Type: multipart/alternative; boundary=E\r\n\r\n\
    --E\r\n\r\nfour.two.two.one\r\n--E\r\nContent-Type: text/richtext\r\n\r\nfour.two.two.two\r\n--E--\r\n--D--\r\n--C--\r\n--A--\r\n";

#[test]
fn section_numbers_name_the_parts_of_the_example() {
    let part = parse(NESTED.as_bytes());
    assert_sound(NESTED.as_bytes(), &part);
    for (path, kind, body) in [
        (&[1][..], "text/plain", Some("one")),
        (&[2], "application/octet-stream", Some("two")),
        (&[3], "message/rfc822", None),
        (&[3, 1], "text/plain", Some("three.one")),
        (&[3, 2], "application/octet-stream", Some("three.two")),
        (&[4], "multipart/mixed", None),
        (&[4, 1], "image/gif", Some("four.one")),
        (&[4, 2], "message/rfc822", None),
        (&[4, 2, 1], "text/plain", Some("four.two.one")),
        (&[4, 2, 2], "multipart/alternative", None),
        (&[4, 2, 2, 1], "text/plain", Some("four.two.two.one")),
        (&[4, 2, 2, 2], "text/richtext", Some("four.two.two.two")),
    ] {
        let found = part.at(path).unwrap_or_else(|| panic!("{path:?}"));
        assert_eq!(format!("{}/{}", found.kind, found.subtype), kind, "{path:?}");
        if let Some(body) = body {
            assert_eq!(text(NESTED.as_bytes(), &found.body), body, "{path:?}");
        }
    }
    for path in [&[0][..], &[5], &[1, 1], &[3, 0], &[3, 3], &[3, 1, 1], &[4, 2, 2, 3], &[u32::MAX]] {
        assert_eq!(part.at(path), None, "{path:?}");
    }
    assert_eq!(part.at(&[]), Some(&part));
    assert!(part.at(&[3]).unwrap().message().unwrap().is("MULTIPART", "mixed"));
    assert!(part.at(&[4, 2]).unwrap().message_header().unwrap().starts_with(b"Subject: four.two\r\n"));
    assert_eq!(part.leaves().count(), 8);
}

#[test]
fn part_one_of_a_plain_message_is_its_body() {
    let plain = parse(b"Subject: x\r\n\r\nhello\r\n");
    assert_eq!((plain.at(&[1]), plain.at(&[1, 1]), plain.at(&[2])), (Some(&plain), None, None));
    let octets = b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nhello\r\n";
    let forwarded = parse(octets);
    assert_eq!(forwarded.at(&[1]), Some(&forwarded));
    assert_eq!(forwarded.at(&[1, 1]), forwarded.message());
    assert_eq!((forwarded.at(&[1, 2]), forwarded.at(&[1, 1, 1])), (None, None));
}

#[test]
fn an_outer_boundary_cuts_inner_parts_short() {
    check(
        "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n\
         --i\r\n\r\ncut\r\n--o\r\nContent-Type: message/rfc822\r\n\r\nSubject: cut too\r\n--o\r\n\r\nlast\r\n--o--",
        r#"mixed(mixed(text/plain "cut"), message[text/plain ""], text/plain "last")"#,
    );
}

#[test]
fn a_boundary_counts_only_as_a_whole_line() {
    check(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b \t\r\n\r\nx--b\r\n --b\r\n--bb\r\n--b-\r\n--b--x\r\n--b \r\n\r\n\
         --\r\n--b-- \r\n--b\r\nepilogue",
        r#"mixed(text/plain "x--b\r\n --b\r\n--bb\r\n--b-\r\n--b--x", text/plain "--")"#,
    );
}

#[test]
fn what_is_missing_is_empty() {
    check("", r#"text/plain """#);
    check("\r\nbody", r#"text/plain "body""#);
    check("Subject: no body", r#"text/plain """#);
    check("Subject: no body\r\n\r\n", r#"text/plain """#);
    let head = "Content-Type: multipart/mixed; boundary=b\r\n";
    check(head, r#"text/plain """#);
    check(&format!("{head}\r\n"), r#"mixed(text/plain "")"#);
    check(&format!("{head}\r\nno boundary here"), r#"mixed(text/plain "")"#);
    check(&format!("{head}\r\n--b--"), r#"mixed(text/plain "")"#);
    check(&format!("{head}\r\n--b"), r#"mixed(text/plain "")"#);
    check(
        &format!("{head}\r\n--b\r\n--b\r\n\r\n--b\r\n\r\n\r\n--b\r\nX: y\r\n--b--"),
        r#"mixed(text/plain "", text/plain "", text/plain "", text/plain "")"#,
    );
    check(&format!("{head}\r\n--b\r\n\r\nnot closed\r\n"), r#"mixed(text/plain "not closed\r\n")"#);
}

#[test]
fn a_header_that_a_boundary_cuts_has_no_line_end() {
    let octets = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-ID: <a>\r\n--b--\r\n";
    let part = parse(octets.as_bytes());
    let inner = part.at(&[1]).unwrap();
    assert_eq!(text(octets.as_bytes(), &inner.header), "Content-ID: <a>");
    assert_eq!(inner.details.as_ref().unwrap().id.as_deref(), Some(&b"<a>"[..]));
}

#[test]
fn bare_line_feeds_are_line_ends() {
    check(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n\n--b\nX: y\n\ntwo\n--b--\n",
        r#"mixed(text/plain "one\n", text/plain "two")"#,
    );
}

#[test]
fn what_is_broken_is_plain_text() {
    check("Content-Type: nonsense\r\n\r\nx", r#"text/plain "x""#);
    check("Content-Type: multipart/mixed\r\n\r\n--x\r\n", r#"text/plain "--x\r\n""#);
    check("Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n", r#"text/plain "--\r\n""#);
    let long = "b".repeat(1000);
    check(&format!("Content-Type: multipart/mixed; boundary={long}\r\n\r\nx"), r#"text/plain "x""#);
}

#[test]
fn fields_of_a_part_are_kept_as_written() {
    let part = parse(
        b"content-type: Image/GIF; NAME=\"a.gif\"\r\nContent-Transfer-Encoding: BASE64\r\nContent-MD5: abc==\r\n\
          Content-Disposition: inline; filename=a.gif\r\nContent-Location: http://example.org/a\r\n\r\nR0lG",
    );
    let details = part.details.as_ref().unwrap();
    assert_eq!(
        (part.kind.as_str(), part.subtype.as_str(), part.encoding()),
        ("Image", "GIF", &b"BASE64"[..])
    );
    assert_eq!(part.parameters, [("NAME".to_owned(), b"a.gif".to_vec())]);
    assert_eq!(details.md5.as_deref(), Some(&b"abc=="[..]));
    assert_eq!(details.location.as_deref(), Some(&b"http://example.org/a"[..]));
    assert_eq!(details.disposition.as_ref().unwrap().kind, "inline");
    assert_eq!(parse(b"\r\n").encoding(), b"7BIT");
    assert_eq!(parse(b"Subject: x\r\n\r\n").details, None);
}

#[test]
fn depth_and_number_of_parts_have_limits() {
    let mut deep = String::new();
    for level in 0..5_000 {
        deep.push_str(&format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"));
    }
    let part = parse(deep.as_bytes());
    assert_sound(deep.as_bytes(), &part);
    let mut depth = 0;
    let mut at = &part;
    while let Content::Multipart(parts) = &at.content {
        (depth, at) = (depth + 1, &parts[0]);
    }
    assert_eq!(depth, DEPTH_MAX);
    let messages = "Content-Type: message/rfc822\r\n\r\n".repeat(5_000);
    assert_sound(messages.as_bytes(), &parse(messages.as_bytes()));
    let wide =
        format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\nx\r\n".repeat(30_000));
    let part = parse(wide.as_bytes());
    assert_sound(wide.as_bytes(), &part);
    assert_eq!(part.leaves().count(), PARTS_MAX - 1);
}

/// Hostile messages of 10 MB. Quadratic time would take hours here; that the tests end is the assertion.
#[test]
fn ten_megabytes_of_boundaries_are_parsed_in_one_pass() {
    const SIZE: usize = 10_000_000;
    let nested: String = (0..DEPTH_MAX)
        .map(|level| {
            format!(
                "Content-Type: multipart/mixed; boundary={}{level:03}\r\n\r\n--{}{level:03}\r\n",
                "b".repeat(190),
                "b".repeat(190)
            )
        })
        .collect();
    let head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let lines = [
        "--b\r\n".to_owned(),
        "--\n".to_owned(),
        "--b--\r\n".to_owned(),
        "\r\n".to_owned(),
        "--b\r\n\r\n--b--\r\n".to_owned(),
        "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned(),
        "--b\r\nContent-Type: message/rfc822\r\n\r\n".to_owned(),
        format!("--{}\r\n", "b".repeat(190)),
        "--b ".to_owned() + &" ".repeat(1_000),
        "--b\r\nContent-Type: a/b;(((((\r\n (\"\r\n".to_owned(),
        "Content-Type: x\r\n ".to_owned(),
    ];
    for line in lines {
        for start in [head, &nested] {
            let octets = start.to_owned() + &line.repeat(SIZE / line.len());
            let part = parse(octets.as_bytes());
            assert!(part.body.end as usize <= octets.len() && part.leaves().count() <= PARTS_MAX, "{line:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_octets_have_a_sound_structure(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        assert_sound(&octets, &parse(&octets));
    }

    #[test]
    fn any_heap_of_mime_lines_has_a_sound_structure(lines in prop::collection::vec(
        prop::sample::select(vec![
            "\r\n", "\n", "--a\r\n", "--b\r\n", "--a--\r\n", "--b--\r\n", "--b", "text\r\n", "text", "\r",
            "Content-Type: multipart/mixed; boundary=a\r\n", "Content-Type: multipart/digest; boundary=\"b\"\r\n",
            "Content-Type: multipart/mixed; boundary=b\n", "Content-Type: message/rfc822\r\n", "Content-Type: multipart/x\r\n",
            " folded\r\n", "Content-ID: <x>\r\n",
        ]), 0..60), path in prop::collection::vec(0..4_u32, 0..6)) {
        let octets = lines.concat().into_bytes();
        let part = parse(&octets);
        assert_sound(&octets, &part);
        let _ = part.at(&path);
    }
}
