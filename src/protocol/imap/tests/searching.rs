//! SEARCH.

use super::*;
use crate::mail::store::{FlagChange, Uid};
use jiff::civil;

/// Runs searches: each key and the numbers that it finds.
fn finds(store: &Store, searches: &[(&str, &str)]) {
    let mut text = String::new();
    for (keys, numbers) in searches {
        let gap = if numbers.is_empty() { "" } else { " " };
        text += &format!("C: c SEARCH {keys}\nS: * SEARCH{gap}{numbers}\nS: c OK SEARCH completed\n");
    }
    opened("SELECT", store, &text);
}

#[test]
fn flags_numbers_and_the_words_between_them() {
    let mut store = store_of(&[&b"\r\n"[..]; 5]);
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    store.claim_recent(inbox);
    let urgent = store.keyword(inbox, "urgent").unwrap();
    for (uid, flags) in [(1, Flags::SEEN), (2, Flags::SEEN | Flags::DELETED), (3, Flags::FLAGGED | urgent)] {
        store.change_flags(inbox, Uid(uid), FlagChange::Add, flags);
    }
    store.expunge(inbox, |entry| entry.uid == Uid(4));
    store.append(inbox, Arc::new(Message::new("\r\n")), Flags::NONE, Timestamp::DEFAULT_START);
    finds(
        &store,
        &[
            ("ALL", "1 2 3 4 5"),
            ("SEEN", "1 2"),
            ("UNSEEN", "3 4 5"),
            ("UNSEEN UNFLAGGED", "4 5"),
            ("NOT SEEN", "3 4 5"),
            ("NOT (SEEN DELETED)", "1 3 4 5"),
            ("OR DELETED FLAGGED", "2 3"),
            ("OR DELETED (FLAGGED UNSEEN) UNDRAFT UNANSWERED", "2 3"),
            ("KEYWORD URGENT", "3"),
            ("UNKEYWORD urgent", "1 2 4 5"),
            ("KEYWORD nobody", ""),
            ("RECENT", "5"),
            ("NEW", "5"),
            ("OLD", "1 2 3 4"),
            ("2:3", "2 3"),
            ("*", "5"),
            ("UID 5", "4"),
            ("UID 4", ""),
            ("UID 1:3 NOT 2", "1 3"),
            ("UID 100:*", "5"),
            ("ANSWERED", ""),
        ],
    );
    opened(
        "SELECT",
        &store,
        "
        C: c UID SEARCH UNSEEN
        S: * SEARCH 3 5 6
        S: c OK UID SEARCH completed
        C: c SEARCH 6
        S: * SEARCH
        S: c OK <*>
        C: c SEARCH SEEEN
        S: c BAD column 10: no search key is called SEEEN; did you mean SEEN? (RFC 3501 section 6.4.4)
        C: c SEARCH CHARSET KOI8-R TEXT x
        S: c NO [BADCHARSET (US-ASCII UTF-8)] <*>
        ",
    );
}

#[test]
fn sizes_are_strict_and_days_are_those_that_are_shown() {
    let mut store = store_of(&[b"12345678\r\n"]);
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    // 23:30 on the 3rd in New York is the 4th in Greenwich; the day shown is the 3rd.
    let late = Timestamp::from_civil(civil::date(1998, 3, 3).at(23, 30, 0, 0), -300);
    let sent = Message::new("Date: Sun, 1 Feb 98 23:59:59 -0800 (PST)\r\n\r\n");
    store.append(inbox, Arc::new(sent), Flags::NONE, late);
    finds(
        &store,
        &[
            ("LARGER 10", "2"),
            ("LARGER 9 SMALLER 11", "1"),
            ("SMALLER 10", ""),
            ("ON 3-Mar-1998", "2"),
            ("ON \"4-Mar-1998\"", ""),
            ("SINCE 3-Mar-1998", "2"),
            ("SINCE 2-mar-1998", "1 2"),
            ("BEFORE 3-Mar-1998", "1"),
            ("SENTON 1-Feb-1998", "2"),
            ("SENTSINCE 1-Feb-1998", "2"),
            ("SENTBEFORE 1-Feb-1998", ""),
            ("SENTBEFORE 02-Feb-1998", "2"),
        ],
    );
    opened(
        "SELECT",
        &store,
        "
        C: c FETCH 2 INTERNALDATE
        S: * 2 FETCH (INTERNALDATE \" 3-Mar-1998 23:30:00 -0500\")
        S: c OK <*>
        C: c SEARCH ON 30-Feb-1998
        S: c BAD column 13: there is no such day; <*>
        ",
    );
}

#[test]
fn text_is_decoded_before_it_is_looked_at() {
    let store = store_of(&[
        b"From: Smith <s@x>\r\nSubject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\nX-Empty:\r\n\r\nplain words\r\n",
        b"To: smithy@y\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=\r\n=DFe aus K=F6ln\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\naGlkZGVuIHdvcmRz\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: enclosed\r\n\r\ndeep\r\n--b\r\nContent-Type: application/x\r\n\r\nbinary\r\n--b--\r\n",
    ]);
    finds(
        &store,
        &[
            ("SUBJECT gr\u{fc}SSE", ""),
            ("TEXT words", "1 3"),
            ("BODY WORDS", "1 3"),
            ("BODY \"hidden words\"", "3"),
            ("BODY aGlkZGVu", ""),
            ("BODY smith", ""),
            ("TEXT smith", "1 2"),
            ("FROM smith", "1"),
            ("TO \"\"", "2"),
            ("HEADER X-Empty \"\"", "1"),
            ("HEADER X-Empty x", ""),
            ("BODY enclosed BODY deep", "3"),
            ("BODY binary", ""),
            ("TEXT \"words not there\"", ""),
        ]
        .into_iter()
        .filter(|(keys, _)| keys.is_ascii())
        .collect::<Vec<_>>(),
    );
    opened(
        "SELECT",
        &store,
        r"
        C: c SEARCH CHARSET UTF-8 TEXT {7}
        S: + go ahead
        C: gr\xc3\xbc\xc3\x9fe
        S: * SEARCH 1 2
        S: c OK SEARCH completed
        C: c SEARCH CHARSET utf-8 SUBJECT {7} NOT BODY {5}
        S: c BAD <*>
        ",
    );
}
