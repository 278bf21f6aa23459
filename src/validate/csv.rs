//! Comma-separated values (RFC 4180) with a line of names first, read strictly and with the line of each record.

use crate::lesson::{Lesson, Place, nearest};

/// A table as it stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Csv {
    file: String,
    names: Vec<String>,
    records: Vec<Record>,
}

/// One record, with the line on which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Record {
    line: usize,
    fields: Vec<String>,
}

impl Csv {
    /// Reads a table; `file` is its name in lessons.
    ///
    /// # Errors
    /// Text that is not UTF-8 or empty; a record with more or fewer fields than names; a quote that never ends.
    pub fn read(file: &str, octets: &[u8]) -> Result<Self, Lesson> {
        let text = std::str::from_utf8(octets).map_err(|_| {
            Lesson::new("the file is not UTF-8 text")
                .at(Place::file(file))
                .hint("is it compressed by anything but gzip, or not a table at all?")
        })?;
        let mut records = records(file, text)?.into_iter();
        let Some(head) = records.next() else {
            return Err(Lesson::new("the file is empty")
                .at(Place::file(file))
                .hint("its first line names the columns"));
        };
        let names = head.fields;
        let records: Vec<Record> = records.filter(|record| record.fields != [""]).collect();
        if let Some(record) = records.iter().find(|record| record.fields.len() != names.len()) {
            let what = format!("a record with {} fields under {} names", record.fields.len(), names.len());
            let place = Place::line(file, record.line, record.fields.join(","));
            return Err(Lesson::new(what).at(place).hint("a field that holds a comma stands in quotes"));
        }
        Ok(Self { file: file.to_owned(), names, records })
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The number of a column.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn column(&self, name: &str) -> Result<usize, Lesson> {
        self.names.iter().position(|known| known == name).ok_or_else(|| {
            let lesson = Lesson::new(format!("there is no column `{name}`")).at(Place::file(&self.file));
            match nearest(name, self.names.iter().map(String::as_str)) {
                Some(near) => lesson.hint(format!("`{near}` comes near")),
                None => lesson.hint("the first line names the columns"),
            }
        })
    }

    /// A field; empty where there is none.
    #[must_use]
    pub fn field(&self, record: usize, column: usize) -> &str {
        self.records.get(record).and_then(|record| record.fields.get(column)).map_or("", String::as_str)
    }

    /// What is wrong with a field, and what is allowed there.
    #[must_use]
    pub fn wrong(&self, record: usize, column: usize, allowed: &str) -> Lesson {
        let name = self.names.get(column).map_or("", String::as_str);
        let what = format!("`{}` is no {name}", self.field(record, column));
        let Some(found) = self.records.get(record) else { return Lesson::new(what) };
        let before = found.fields.iter().take(column).map(|field| field.chars().count() + 1).sum();
        let place = Place::line(&self.file, found.line, found.fields.join(","));
        let width = self.field(record, column).chars().count();
        Lesson::new(what)
            .at(place.caret(before, width, allowed))
            .hint("the files in tests/measured of the source tree show the format")
    }
}

/// Splits text into records: fields between commas, quotes around fields that hold commas, quotes or line ends.
fn records(file: &str, text: &str) -> Result<Vec<Record>, Lesson> {
    let mut records = Vec::new();
    let (mut line, mut began) = (1, 1);
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            '\r' if !quoted && characters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                fields.push(std::mem::take(&mut field));
                records.push(Record { line: began, fields: std::mem::take(&mut fields) });
                line += 1;
                began = line;
            }
            other => {
                line += usize::from(other == '\n');
                field.push(other);
            }
        }
    }
    if quoted {
        let place = Place::line(file, began, String::new());
        return Err(Lesson::new("a quote that never ends")
            .at(place)
            .hint("a quote within a field is doubled"));
    }
    if !field.is_empty() || !fields.is_empty() {
        fields.push(field);
        records.push(Record { line: began, fields });
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_commas_quotes_and_line_ends() {
        let table = Csv::read("t", b"a,b\r\n1,\"x, \"\"y\"\"\nz\"\n2,\n").unwrap();
        assert_eq!(table.len(), 2);
        assert_eq!(table.field(0, 1), "x, \"y\"\nz");
        assert_eq!((table.field(1, 0), table.field(1, 1)), ("2", ""));
        assert_eq!(table.records[1].line, 4);
    }

    #[test]
    fn what_is_not_a_table_gets_a_lesson_with_its_line() {
        for (octets, what, line) in [
            (&b""[..], "the file is empty", None),
            (b"a,b\n1,2\n3\n", "a record with 1 fields under 2 names", Some(3)),
            (b"a\n\"x\n", "a quote that never ends", Some(2)),
            (b"\x1f\x8b\xff", "the file is not UTF-8 text", None),
        ] {
            let lesson = Csv::read("t", octets).unwrap_err();
            assert_eq!(lesson.what(), what);
            assert_eq!(lesson.place().and_then(|place| place.line), line, "{what}");
        }
        let table = Csv::read("t", b"wall_s\n1\n").unwrap();
        assert_eq!(table.column("wals_s").unwrap_err().what(), "there is no column `wals_s`");
    }
}
