//! Names of mailboxes on the wire: 7-bit, everything else in modified UTF-7 (RFC 3501 §5.1.3).
//!
//! `&` begins a run of base64 over UTF-16 and `-` ends it; `&-` is `&` itself; base64's `/` is written `,`.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// A name as it is sent.
#[must_use]
pub fn encoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut run: Vec<u16> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            end_run(&mut out, &mut run);
            out.push_str(if c == '&' { "&-" } else { "" });
            if c != '&' {
                out.push(c);
            }
        } else {
            run.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
    }
    end_run(&mut out, &mut run);
    out
}

fn end_run(out: &mut String, run: &mut Vec<u16>) {
    if run.is_empty() {
        return;
    }
    out.push('&');
    let (mut bits, mut count) = (0_u32, 0);
    for unit in run.drain(..) {
        bits = bits << 16 | u32::from(unit);
        count += 16;
        while count >= 6 {
            count -= 6;
            out.push(char::from(DIGITS[(bits >> count & 63) as usize]));
        }
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        out.push(char::from(DIGITS[(bits << (6 - count) & 63) as usize]));
    }
    out.push('-');
}

/// Begins the stand-in for a name that cannot be read: no mailbox is called so.
const UNREADABLE: char = '\0';

/// A stand-in for a name that is not 7-bit, or not modified UTF-7. The syntax allows it (RFC 3501 §9, mailbox), so
/// the command is not wrong; but no mailbox has such a name, and none can be given it.
#[must_use]
pub fn unreadable(name: &[u8]) -> String {
    format!("{UNREADABLE}{}", String::from_utf8_lossy(name))
}

/// True for such a stand-in.
#[must_use]
pub fn is_unreadable(name: &str) -> bool {
    name.contains(UNREADABLE)
}

/// The name that was sent; `None` if it is not 7-bit, or not modified UTF-7, in which each name is written in one way
/// only: letters that can stand for themselves do, and no run of base64 follows another (RFC 3501 §5.1.3).
#[must_use]
pub fn decoded(name: &[u8]) -> Option<String> {
    decoded_in_any_way(name).filter(|text| encoded(text).as_bytes() == name)
}

fn decoded_in_any_way(name: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut octets = name.iter();
    while let Some(octet) = octets.next() {
        match octet {
            b'&' => {
                let run = octets.as_slice();
                let end = memchr::memchr(b'-', run)?;
                octets = run[end + 1..].iter();
                if end == 0 { out.push('&') } else { decode_run(&run[..end], &mut out)? }
            }
            b' '..=b'~' => out.push(char::from(*octet)),
            _ => return None,
        }
    }
    Some(out)
}

fn decode_run(run: &[u8], out: &mut String) -> Option<()> {
    let (mut bits, mut count) = (0_u32, 0);
    let mut units = Vec::new();
    for octet in run {
        let six = DIGITS.iter().position(|digit| digit == octet)? as u32;
        bits = bits << 6 | six;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push((bits >> count) as u16);
            bits &= (1 << count) - 1;
        }
    }
    for c in char::decode_utf16(units) {
        out.push(c.ok()?);
    }
    // What is left over is padding: fewer than six bits, all zero.
    (count < 6 && bits == 0).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_written_as_the_rfc_shows() {
        for (name, wire) in [
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("R&D", "R&-D"),
            ("a😀", "a&2D3eAA-"),
            ("", ""),
        ] {
            assert_eq!(encoded(name), wire);
            assert_eq!(decoded(wire.as_bytes()).as_deref(), Some(name));
        }
        for broken in [&b"a&"[..], b"&U,BTFw", b"&A-", b"&AAA-", b"&2D0-", b"\xfc", b"a\0"] {
            assert!(decoded(broken).is_none_or(|name| name.contains('\0')), "{broken:?}");
        }
        for second_way in [&b"&AGE-"[..], b"&APw-&APw-", b"&ACY-"] {
            assert_eq!(decoded(second_way), None, "{second_way:?}");
        }
    }

    proptest! {
        #[test]
        fn every_name_comes_back(name in any::<String>()) {
            let wire = encoded(&name);
            prop_assert!(wire.bytes().all(|octet| matches!(octet, b' '..=b'~')));
            prop_assert_eq!(decoded(wire.as_bytes()), Some(name));
        }
    }
}
