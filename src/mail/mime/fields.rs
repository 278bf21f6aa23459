//! Header fields of a part: found, unfolded, and taken apart as RFC 2045 §5.1 and RFC 2183 §2 write them.

use super::{Details, Disposition};

/// Parameters beyond this number are left out: a real field has three.
const PARAMETERS_MAX: usize = 64;

/// What a part's header says about the part.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// Type, subtype and parameters; `None` without a Content-Type.
    pub content_type: Option<ContentType>,
    pub encoding: Option<Box<[u8]>>,
    pub details: Option<Box<Details>>,
}

/// A Content-Type taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ContentType {
    pub kind: String,
    pub subtype: String,
    pub parameters: Vec<(String, Vec<u8>)>,
}

impl ContentType {
    /// text/plain, without parameters.
    pub fn plain() -> Self {
        Self { kind: "text".into(), subtype: "plain".into(), parameters: Vec::new() }
    }

    /// message/rfc822.
    pub fn message() -> Self {
        Self { kind: "message".into(), subtype: "rfc822".into(), parameters: Vec::new() }
    }
}

impl Fields {
    /// Reads the fields of a header. Of fields that stand there twice the first one counts.
    pub fn of(header: &[u8]) -> Self {
        let mut fields = Self::default();
        let mut details = Details::default();
        let mut at = 0;
        while at < header.len() {
            let end = field_end(header, at);
            let field = &header[at..end];
            at = end;
            if !field.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-")) {
                continue;
            }
            let Some(colon) = memchr::memchr(b':', field) else { continue };
            fields.take(
                &field[8..colon].trim_ascii_end().to_ascii_lowercase(),
                &field[colon + 1..],
                &mut details,
            );
        }
        if details != Details::default() {
            fields.details = Some(Box::new(details));
        }
        fields
    }

    /// Takes the value of the field `Content-name`.
    fn take(&mut self, name: &[u8], value: &[u8], details: &mut Details) {
        fn first<T>(slot: &mut Option<T>, value: impl FnOnce() -> T) {
            if slot.is_none() {
                *slot = Some(value());
            }
        }
        match name {
            b"type" => first(&mut self.content_type, || content_type(&unfolded(value))),
            b"transfer-encoding" => {
                let value = unfolded(value);
                if let Some(encoding) = Scanner::new(&value).token().filter(|_| self.encoding.is_none()) {
                    self.encoding = Some(encoding.into());
                }
            }
            b"id" => first(&mut details.id, || unfolded(value)),
            b"description" => first(&mut details.description, || unfolded(value)),
            b"md5" => first(&mut details.md5, || unfolded(value)),
            b"location" => first(&mut details.location, || unfolded(value)),
            b"disposition" if details.disposition.is_none() => {
                details.disposition = disposition(&unfolded(value))
            }
            b"language" if details.language.is_empty() => details.language = language(&unfolded(value)),
            _ => {}
        }
    }
}

/// Where the field that begins at `at` ends: behind the line end that no white space follows.
fn field_end(header: &[u8], at: usize) -> usize {
    let mut end = at;
    while let Some(line) = memchr::memchr(b'\n', &header[end..]) {
        end += line + 1;
        if !matches!(header.get(end), Some(b' ' | b'\t')) {
            return end;
        }
    }
    header.len()
}

/// The value without line ends (RFC 5322 §2.2.3) and without white space around it.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let mut value: Vec<u8> =
        value.iter().copied().filter(|octet| *octet != b'\r' && *octet != b'\n').collect();
    value.truncate(value.trim_ascii_end().len());
    let start = value.len() - value.trim_ascii_start().len();
    value.drain(..start);
    value
}

/// Takes a Content-Type apart; text/plain if it is none (RFC 2045 §5.2).
fn content_type(value: &[u8]) -> ContentType {
    let mut scanner = Scanner::new(value);
    let kind = scanner.token().map(text);
    let slash = scanner.take(b'/');
    match (kind, slash, scanner.token().map(text)) {
        (Some(kind), true, Some(subtype)) => ContentType { kind, subtype, parameters: scanner.parameters() },
        _ => ContentType::plain(),
    }
}

fn disposition(value: &[u8]) -> Option<Disposition> {
    let mut scanner = Scanner::new(value);
    let kind = scanner.token().map(text)?;
    Some(Disposition { kind, parameters: scanner.parameters() })
}

fn language(value: &[u8]) -> Vec<Vec<u8>> {
    let mut scanner = Scanner::new(value);
    let mut tags = Vec::new();
    while let Some(tag) = scanner.token().filter(|_| tags.len() < PARAMETERS_MAX) {
        tags.push(tag.to_vec());
        if !scanner.take(b',') {
            break;
        }
    }
    tags
}

/// A token is ASCII: see [`is_token`].
fn text(token: &[u8]) -> String {
    token.iter().map(|octet| char::from(*octet)).collect()
}

/// What may stand in a token (RFC 2045 §5.1): neither space nor control characters nor tspecials.
fn is_token(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&octet)
}

/// Reads a structured value from left to right. Each octet is looked at a bounded number of times.
struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// Steps over white space and comments, nested ones too (RFC 822 §3.4.3).
    fn skip_space(&mut self) {
        let (mut depth, mut at) = (0_u32, 0);
        while let Some(octet) = self.rest.get(at) {
            match octet {
                b'(' => depth = depth.saturating_add(1),
                b')' if depth > 0 => depth -= 1,
                b'\\' if depth > 0 => at += 1,
                b' ' | b'\t' => {}
                _ if depth > 0 => {}
                _ => break,
            }
            at += 1;
        }
        self.rest = self.rest.get(at..).unwrap_or_default();
    }

    /// Takes this octet, if it comes next.
    fn take(&mut self, octet: u8) -> bool {
        self.skip_space();
        let found = self.rest.first() == Some(&octet);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// The longest run of octets for which `belongs` holds.
    fn run(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|octet| !belongs(*octet)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(end);
        self.rest = rest;
        run
    }

    /// A token; `None` if something else comes next.
    fn token(&mut self) -> Option<&'a [u8]> {
        self.skip_space();
        Some(self.run(is_token)).filter(|token| !token.is_empty())
    }

    /// `;name=value` again and again. What is none is stepped over up to the next semicolon.
    fn parameters(&mut self) -> Vec<(String, Vec<u8>)> {
        let mut parameters = Vec::new();
        while parameters.len() < PARAMETERS_MAX {
            self.skip_space();
            self.run(|octet| octet != b';');
            if !self.take(b';') {
                break;
            }
            let Some(name) = self.token() else { continue };
            if self.take(b'=') {
                parameters.push((text(name), self.value()));
            }
        }
        parameters.shrink_to_fit();
        parameters
    }

    /// A quoted string without its quotes, or all up to a space or semicolon: programs of the 1990s left the
    /// quotes out around values that needed them, boundaries with an equals sign first of all.
    fn value(&mut self) -> Vec<u8> {
        self.skip_space();
        if !self.take(b'"') {
            return self.run(|octet| !matches!(octet, b';' | b' ' | b'\t')).to_vec();
        }
        let mut value = Vec::new();
        let mut octets = self.rest.iter();
        while let Some(octet) = octets.next() {
            match octet {
                b'"' => break,
                b'\\' => value.extend(octets.next()),
                _ => value.push(*octet),
            }
        }
        self.rest = octets.as_slice();
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, kind: &str, subtype: &str, parameters: &[(&str, &str)]) {
        let read = content_type(value.as_bytes());
        assert_eq!((read.kind.as_str(), read.subtype.as_str()), (kind, subtype), "{value}");
        let expected: Vec<(String, Vec<u8>)> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        assert_eq!(read.parameters, expected, "{value}");
    }

    #[test]
    fn a_content_type_is_taken_apart() {
        check("Text/HTML; charset=iso-8859-1", "Text", "HTML", &[("charset", "iso-8859-1")]);
        check("text/plain; charset=us-ascii (Plain text)", "text", "plain", &[("charset", "us-ascii")]);
        check("text / plain ; a = \"b;\\\"c\" ; D=e", "text", "plain", &[("a", "b;\"c"), ("D", "e")]);
        check(
            "multipart/mixed; boundary=----=_Next.1; x=y",
            "multipart",
            "mixed",
            &[("boundary", "----=_Next.1"), ("x", "y")],
        );
        check("a/b; broken; c=d; =e; f=\"open", "a", "b", &[("c", "d"), ("f", "open")]);
        check("(note (in a note)) a/b", "a", "b", &[]);
    }

    #[test]
    fn a_broken_content_type_is_plain_text() {
        for broken in
            ["", "text", "text/", "/plain", "te xt/plain", "text; charset=x", "\"text\"/plain", "\u{fc}/x"]
        {
            check(broken, "text", "plain", &[]);
        }
    }

    #[test]
    fn fields_are_found_in_any_case_and_folding() {
        let fields = Fields::of(
            b"Subject: x\r\nCONTENT-id : <a@b>\r\nContent-Description: two\r\n words\r\nContent-Disposition:\r\n\tattachment;\r\n\t\
              filename=\"a b.doc\"\r\nContent-Language: en, de (both)\r\nContent-Transfer-Encoding: Base64 (x)\r\n\
              Content-Id: <second>\r\nContent-Type\r\n\r\n",
        );
        let details = fields.details.unwrap();
        assert_eq!(details.id.as_deref(), Some(&b"<a@b>"[..]));
        assert_eq!(details.description.as_deref(), Some(&b"two words"[..]));
        assert_eq!(details.language, [b"en".to_vec(), b"de".to_vec()]);
        let disposition = details.disposition.unwrap();
        assert_eq!(disposition.kind, "attachment");
        assert_eq!(disposition.parameters, [("filename".to_owned(), b"a b.doc".to_vec())]);
        assert_eq!(fields.encoding.as_deref(), Some(&b"Base64"[..]));
        assert_eq!(fields.content_type, None);
    }

    #[test]
    fn a_flood_of_parameters_is_cut() {
        let value = format!("a/b{}", ";a=b".repeat(100_000));
        assert_eq!(content_type(value.as_bytes()).parameters.len(), PARAMETERS_MAX);
    }
}
