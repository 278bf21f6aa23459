//! Octets as mail carries them: base64 and quoted-printable (RFC 2045 §6), uuencode.

/// Octets of an attachment that one line of base64 carries: 76 characters (RFC 2045 §6.8).
pub const BASE64_LINE: usize = 57;
/// Octets that one line of uuencode carries: 60 characters after the length.
pub const UUENCODE_LINE: usize = 45;
/// Letters that [`uuencoded_len`] takes the name of a file to have.
pub const UUENCODE_NAME: usize = 12;
/// The longest line of quoted-printable, without its line end (RFC 2045 §6.7, rule 5).
const QUOTED_PRINTABLE_LINE: usize = 76;

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Octets of base64 for `raw` octets, line ends included.
#[must_use]
pub const fn base64_len(raw: usize) -> usize {
    raw.div_ceil(3) * 4 + raw.div_ceil(BASE64_LINE) * 2
}

/// Octets of uuencode for `raw` octets, with the lines `begin`, the empty one and `end` around them. The name of
/// the file is taken to have [`UUENCODE_NAME`] letters.
#[must_use]
pub const fn uuencoded_len(raw: usize) -> usize {
    let last = raw % UUENCODE_LINE;
    let rest = if last == 0 { 0 } else { last.div_ceil(3) * 4 + 3 };
    let frame = "begin 644 \r\n`\r\nend\r\n".len() + UUENCODE_NAME;
    raw / UUENCODE_LINE * 63 + rest + frame
}

/// Writes octets as lines of base64. All calls but the last need a multiple of [`BASE64_LINE`] octets.
pub fn base64(raw: &[u8], out: &mut Vec<u8>) {
    for line in raw.chunks(BASE64_LINE) {
        // A whole line is put together before it is written: attachments are most of all octets.
        let mut coded = [b'='; BASE64_LINE / 3 * 4 + 2];
        for (four, three) in coded.chunks_exact_mut(4).zip(line.chunks(3)) {
            for (letter, six) in four.iter_mut().zip(sixes(three)).take(three.len() + 1) {
                *letter = BASE64[usize::from(six)];
            }
        }
        let length = line.len().div_ceil(3) * 4;
        coded[length..length + 2].copy_from_slice(b"\r\n");
        out.extend_from_slice(&coded[..length + 2]);
    }
}

/// Writes octets as lines of uuencode. All calls but the last need a multiple of [`UUENCODE_LINE`] octets.
pub fn uuencode(raw: &[u8], out: &mut Vec<u8>) {
    let printed = |six: u8| if six == 0 { b'`' } else { six + b' ' };
    for line in raw.chunks(UUENCODE_LINE) {
        out.push(printed(line.len() as u8));
        for group in line.chunks(3) {
            out.extend_from_slice(&sixes(group).map(printed));
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// Three octets as four numbers of six bits; missing octets count as zero.
fn sixes(group: &[u8]) -> [u8; 4] {
    let at = |index: usize| group.get(index).copied().unwrap_or(0);
    let (a, b, c) = (at(0), at(1), at(2));
    [a >> 2, (a & 3) << 4 | b >> 4, (b & 15) << 2 | c >> 6, c & 63]
}

/// Writes one line of text, given without its line end, as quoted-printable, and ends it.
pub fn quoted_printable_line(line: &[u8], out: &mut Vec<u8>) {
    let mut column = 0;
    for (at, octet) in line.iter().enumerate() {
        let last = at + 1 == line.len();
        // Rule 3: a line may not end with white space. Rule 5: a soft line break needs a column of its own.
        let literal = match octet {
            b' ' | b'\t' => !last,
            b'=' => false,
            _ => (33..=126).contains(octet),
        };
        let width = if literal { 1 } else { 3 };
        if column + width > QUOTED_PRINTABLE_LINE - usize::from(!last) {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        column += width;
        if literal {
            out.push(*octet);
        } else {
            out.extend_from_slice(&[b'=', HEX[usize::from(octet >> 4)], HEX[usize::from(octet & 15)]]);
        }
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: fn(&[u8], &mut Vec<u8>), raw: &[u8]) -> String {
        let mut out = Vec::new();
        write(raw, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn base64_is_that_of_the_examples() {
        // RFC 4648 §10.
        for (raw, coded) in
            [("f", "Zg==\r\n"), ("fo", "Zm8=\r\n"), ("foo", "Zm9v\r\n"), ("foob", "Zm9vYg==\r\n"), ("", "")]
        {
            assert_eq!(written(base64, raw.as_bytes()), coded);
        }
    }

    #[test]
    fn lengths_are_known_before_anything_is_written() {
        for raw in [0, 1, 2, 3, 44, 45, 46, 56, 57, 58, 1000, 102_400] {
            let octets = vec![7; raw];
            assert_eq!(written(base64, &octets).len(), base64_len(raw));
            let framed =
                format!("begin 644 {}\r\n{}`\r\nend\r\n", "a".repeat(12), written(uuencode, &octets));
            assert_eq!(framed.len(), uuencoded_len(raw), "{raw}");
        }
        // 100 kB on the wire: 1.368 times as long in base64, 1.4 times in uuencode.
        assert_eq!(base64_len(102_400), 140_130);
    }

    #[test]
    fn uuencode_writes_the_well_known_cat() {
        assert_eq!(written(uuencode, b"Cat"), "#0V%T\r\n");
    }

    #[test]
    fn quoted_printable_keeps_its_lines_short_and_its_spaces_safe() {
        assert_eq!(written(quoted_printable_line, b"1 = \xe9 "), "1 =3D =E9=20\r\n");
        let long = written(quoted_printable_line, &[b'\xe9'; 100]);
        assert!(long.lines().all(|line| line.len() <= 76), "{long}");
        assert_eq!(long.replace("=\r\n", ""), "=E9".repeat(100) + "\r\n");
        assert_eq!(written(quoted_printable_line, &[b'a'; 76]).len(), 78);
    }
}
