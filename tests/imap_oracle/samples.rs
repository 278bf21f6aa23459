//! Messages whose parts are known, because they were put together from them.

/// A message, and what each section of it is.
pub struct Sample {
    pub octets: Vec<u8>,
    pub subject: String,
    /// Sections as FETCH names them, in capitals; `None` is NIL.
    sections: Vec<(String, Option<Vec<u8>>)>,
    /// Octets of the parts' bodies, as BODYSTRUCTURE shows them.
    pub part_sizes: Vec<usize>,
}

const KINDS: usize = 6;

impl Sample {
    /// The message of this number: numbers give messages that differ.
    pub fn nth(number: usize) -> Self {
        let subject = ["tide", "harvest", "ledger", "orchard", "signal"][number % 5];
        let subject = format!("{subject} {number}");
        let fields = format!(
            "From: sender{number}@example.org\r\nSubject: {subject}\r\nDate: Fri, 4 Jul 1997 12:00:00 +0000\r\n"
        );
        let subject_field = format!("Subject: {subject}\r\n\r\n").into_bytes();
        let line = format!("line {number} of a letter\r\n");
        let (fields, body, parts) = match number % KINDS {
            0 => (fields, line.clone(), vec![line.into_bytes()]),
            1 => (fields, String::new(), vec![Vec::new()]),
            2 => (fields, line.repeat(1 + number % 7), vec![line.repeat(1 + number % 7).into_bytes()]),
            // The text ends without a line end.
            3 => (fields, "no end of line".to_owned(), vec![b"no end of line".to_vec()]),
            _ => {
                let texts = [format!("first {number}\r\n"), format!("second of {number}\r\nand more")];
                let body = format!(
                    "preamble\r\n--cut\r\nX-Part: 1\r\n\r\n{}\r\n--cut\r\nContent-Type: text/html\r\n\r\n{}\r\n--cut--\r\n",
                    texts[0], texts[1]
                );
                let fields = format!("{fields}Content-Type: multipart/mixed; boundary=cut\r\n");
                (fields, body, texts.map(String::into_bytes).to_vec())
            }
        };
        let header = format!("{fields}\r\n").into_bytes();
        let octets = [&header[..], body.as_bytes()].concat();
        let is_multipart = parts.len() > 1;
        let part_sizes = parts.iter().map(Vec::len).collect();
        let mut sections = vec![
            (String::new(), Some(octets.clone())),
            ("HEADER".to_owned(), Some(header)),
            ("HEADER.FIELDS (SUBJECT)".to_owned(), Some(subject_field)),
            ("TEXT".to_owned(), Some(body.into_bytes())),
            ("2".to_owned(), None),
        ];
        if is_multipart {
            sections.pop();
            sections.push(("1.MIME".to_owned(), Some(b"X-Part: 1\r\n\r\n".to_vec())));
        }
        sections.extend(parts.into_iter().zip(1..).map(|(part, number)| (number.to_string(), Some(part))));
        Self { octets, subject, sections, part_sizes }
    }

    /// What a section is: `None` if nobody knows, `Some(None)` if it is NIL.
    pub fn section(&self, name: &str) -> Option<Option<&[u8]>> {
        self.sections.iter().find(|(known, _)| known == name).map(|(_, octets)| octets.as_deref())
    }
}
