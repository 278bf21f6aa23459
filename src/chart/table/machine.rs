//! The faces for programs: CSV and JSON.

use std::fmt::Write as _;

use super::{Cell, Table, exact};

pub(super) fn csv(table: &Table) -> String {
    let mut out = String::new();
    line(&mut out, table.columns.iter().map(|column| column.name.clone()));
    for row in &table.rows {
        line(&mut out, (0..table.columns.len()).map(|nth| field(Table::cell(row, nth))));
    }
    out
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(number) => number.to_string(),
        Cell::Nanos(nanos) => exact(*nanos),
        Cell::Flag(flag) => flag.to_string(),
    }
}

/// A line of fields, quoted where they hold a comma, a quote or a line end (RFC 4180 §2). A line whose only
/// field is empty is quoted too, as it would read as no line at all.
fn line(out: &mut String, fields: impl ExactSizeIterator<Item = String>) {
    let alone = fields.len() == 1;
    for (nth, field) in fields.enumerate() {
        if nth > 0 {
            out.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) || (alone && field.is_empty()) {
            let _ = write!(out, "\"{}\"", field.replace('"', "\"\""));
        } else {
            out.push_str(&field);
        }
    }
    out.push('\n');
}

pub(super) fn json(table: &Table) -> String {
    let units = table.columns.iter().filter(|column| !column.unit.is_empty());
    let units: Vec<String> = units.map(|c| format!("{}:{}", quoted(&c.name), quoted(&c.unit))).collect();
    let records: Vec<String> = table.rows.iter().map(|row| format!("\n{}", record(table, row))).collect();
    let notes: Vec<String> = table.notes.iter().map(|note| format!("\n{}", quoted(note))).collect();
    format!(
        "{{\"format\":{},\n\"title\":{},\n\"units\":{{{}}},\n\"records\":[{}],\n\"notes\":[{}]}}\n",
        quoted(&table.format),
        quoted(&table.title),
        units.join(","),
        records.join(","),
        notes.join(",")
    )
}

fn record(table: &Table, row: &[Cell]) -> String {
    let columns = table.columns.iter().enumerate();
    let fields: Vec<String> =
        columns.map(|(nth, c)| format!("{}:{}", quoted(&c.name), value(Table::cell(row, nth)))).collect();
    format!("{{{}}}", fields.join(","))
}

fn value(cell: &Cell) -> String {
    match cell {
        Cell::Empty => "null".to_owned(),
        Cell::Text(text) => quoted(text),
        number_or_flag => field(number_or_flag),
    }
}

/// A JSON string (RFC 8259 §7).
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::super::Column;
    use super::*;

    fn nasty() -> Table {
        let columns = vec![
            Column::text("na\"me"),
            Column::integer("bytes", "B"),
            Column::decimal("cost", "", 2),
            Column::flag("ok"),
        ];
        let mut table = Table::results("a \"title\"\u{1}", columns);
        table.push(vec!["a,b \"c\"\r\n\\é\u{7}".into(), 12_u64.into(), Cell::Nanos(49_300_000), true.into()]);
        table.push(vec![Cell::Empty, Cell::Integer(-1)]);
        table.note("a\tnote");
        table
    }

    #[test]
    fn json_says_what_it_is_and_keeps_every_character() {
        assert_eq!(
            nasty().to_json(),
            "{\"format\":\"maillab-results/1\",\n\"title\":\"a \\\"title\\\"\\u0001\",\n\"units\":{\"bytes\":\"B\"},\n\
             \"records\":[\n{\"na\\\"me\":\"a,b \\\"c\\\"\\r\\n\\\\é\\u0007\",\"bytes\":12,\"cost\":0.0493,\"ok\":true},\n\
             {\"na\\\"me\":null,\"bytes\":-1,\"cost\":null,\"ok\":null}],\n\"notes\":[\n\"a\\tnote\"]}\n"
        );
        assert!(Table::default().to_json().contains("\"records\":[]"));
    }

    #[test]
    fn other_readers_read_what_was_written() {
        let table = nasty();
        let parsed: serde_json::Value = serde_json::from_str(&table.to_json()).unwrap();
        assert_eq!(parsed["records"][0]["na\"me"], "a,b \"c\"\r\n\\é\u{7}");
        assert_eq!(parsed["records"][0]["cost"], 0.0493);
        let text = table.to_csv();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(
            reader.headers().unwrap(),
            &csv::StringRecord::from(vec!["na\"me", "bytes", "cost", "ok"])
        );
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows[0], csv::StringRecord::from(vec!["a,b \"c\"\r\n\\é\u{7}", "12", "0.0493", "true"]));
        assert_eq!(rows[1], csv::StringRecord::from(vec!["", "-1", "", ""]));
    }
}
