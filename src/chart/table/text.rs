//! The face for people.

use super::{Cell, Column, Kind, Table, exact, rounded};

/// On a narrower screen rows are written as blocks of lines.
const NARROW: usize = 60;
/// Columns of words are not wrapped to less than this.
const LEAST_WORDS: usize = 11;
/// The name of a column of numbers is cut at `_`, `-` and `:` if it is longer than this, and than the numbers.
const LONG_NAME: usize = 8;
/// Characters between two columns.
const GAP: usize = 2;
/// Notes and titles are wrapped to this where the screen's width is not known.
const PAGE: usize = 100;

pub(super) fn render(table: &Table, width: Option<usize>) -> String {
    let is_shown =
        |nth: &usize| table.in_blocks || table.columns.get(*nth).is_some_and(|column| !column.detail);
    let side_by_side_from = usize::from(table.in_groups);
    let shown: Vec<usize> = (0..table.columns.len()).filter(is_shown).collect();
    let columns: Vec<usize> = shown.iter().copied().filter(|nth| *nth >= side_by_side_from).collect();
    let mut out = String::new();
    for line in wrap(&table.title, width.unwrap_or(PAGE)) {
        out += &format!("{line}\n");
    }
    if !table.rows.is_empty() {
        out.push('\n');
        match widths(table, &columns, width) {
            Some(widths) if !table.in_blocks => out += &side_by_side(table, &columns, &widths),
            _ => out += &stacked(table, &shown, width.unwrap_or(PAGE)),
        }
    }
    if !table.notes.is_empty() {
        out.push('\n');
    }
    for note in &table.notes {
        for line in wrap(note, width.unwrap_or(PAGE)) {
            out += &format!("{line}\n");
        }
    }
    out
}

/// How wide each column may be, or `None` if they do not fit side by side.
fn widths(table: &Table, shown: &[usize], screen: Option<usize>) -> Option<Vec<usize>> {
    let mut widths: Vec<usize> = shown.iter().map(|nth| natural_width(table, *nth)).collect();
    let Some(screen) = screen else { return Some(widths) };
    let gaps = GAP * shown.len().saturating_sub(1);
    let is_words = |place: usize| {
        shown
            .get(place)
            .and_then(|nth| table.columns.get(*nth))
            .is_some_and(|column| column.kind == Kind::Text)
    };
    while widths.iter().sum::<usize>() + gaps > screen {
        // The first column names the row; it is never cut.
        let widest = (1..widths.len())
            .filter(|place| is_words(*place))
            .max_by_key(|place| widths.get(*place).copied())?;
        let width = widths.get_mut(widest)?;
        if *width <= LEAST_WORDS {
            return None;
        }
        *width -= 1;
    }
    (screen >= NARROW).then_some(widths)
}

fn natural_width(table: &Table, nth: usize) -> usize {
    let Some(column) = table.columns.get(nth) else { return 0 };
    let rows = table.rows.iter().map(|row| length(&said(Table::cell(row, nth), column.kind)));
    let cells = rows.fold(length(&column.unit), usize::max);
    head(column, cells).iter().map(|line| length(line)).fold(cells, usize::max)
}

/// A column's name in the lines of its heading. Names of numbers are often longer than the numbers: they are
/// cut where their words meet.
fn head(column: &Column, cells: usize) -> Vec<String> {
    let name = printable(&column.name);
    let room = cells.max(LONG_NAME);
    if matches!(column.kind, Kind::Text | Kind::Flag) || length(&name) <= room {
        return vec![name];
    }
    let mut lines: Vec<String> = Vec::new();
    for part in name.split_inclusive(['_', '-', ':', ' ']) {
        match lines.last_mut() {
            Some(last) if length(last) + length(part) <= room => last.push_str(part),
            _ => lines.push(part.to_owned()),
        }
    }
    // `connected_s` over `s` says the unit twice.
    if lines.len() > 1 && lines.last() == Some(&column.unit) {
        lines.pop();
    }
    lines
}

fn side_by_side(table: &Table, shown: &[usize], widths: &[usize]) -> String {
    let columns: Vec<_> = shown.iter().filter_map(|nth| table.columns.get(*nth)).collect();
    let kinds: Vec<Kind> = columns.iter().map(|column| column.kind).collect();
    let heads: Vec<Vec<String>> =
        columns.iter().zip(widths).map(|(column, width)| head(column, *width)).collect();
    let tallest = heads.iter().map(Vec::len).max().unwrap_or(0);
    let mut out = String::new();
    for nth in 0..tallest {
        // Short names stand at the bottom, next to their unit.
        let part = |head: &Vec<String>| {
            (nth + head.len()).checked_sub(tallest).and_then(|nth| head.get(nth)).cloned()
        };
        out += &line(
            &heads.iter().map(|head| part(head).unwrap_or_default()).collect::<Vec<_>>(),
            &kinds,
            widths,
        );
    }
    if columns.iter().any(|column| !column.unit.is_empty()) {
        out += &line(&columns.iter().map(|c| printable(&c.unit)).collect::<Vec<_>>(), &kinds, widths);
    }
    out += &line(&widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>(), &kinds, widths);
    let mut group = None;
    for row in &table.rows {
        if table.in_groups && group != Some(Table::cell(row, 0)) {
            group = Some(Table::cell(row, 0));
            out += &group_heading(table, row);
        }
        let cells: Vec<Vec<String>> = shown
            .iter()
            .zip(&kinds)
            .zip(widths)
            .map(|((nth, kind), width)| wrap(&said(Table::cell(row, *nth), *kind), *width))
            .collect();
        for nth in 0..cells.iter().map(Vec::len).max().unwrap_or(0).max(1) {
            let part: Vec<String> =
                cells.iter().map(|lines| lines.get(nth).cloned().unwrap_or_default()).collect();
            out += &line(&part, &kinds, widths);
        }
    }
    out
}

/// What stands above the rows of a group: a blank line, and `link v22bis-2400` if the group has a name.
fn group_heading(table: &Table, row: &[Cell]) -> String {
    let column = table.columns.first();
    let value = column.map(|column| said(Table::cell(row, 0), column.kind)).unwrap_or_default();
    let name = column.map(|column| printable(&column.name)).unwrap_or_default();
    if value.is_empty() { "\n".to_owned() } else { format!("\n{name} {value}\n") }
}

/// One line of cells: words to the left, numbers to the right, no blanks at its end.
fn line(cells: &[String], kinds: &[Kind], widths: &[usize]) -> String {
    let mut out = String::new();
    for ((cell, kind), width) in cells.iter().zip(kinds).zip(widths) {
        let blanks = " ".repeat(width.saturating_sub(length(cell)));
        match kind {
            Kind::Text | Kind::Flag => out += &format!("{cell}{blanks}"),
            Kind::Integer | Kind::Decimal(_) => out += &format!("{blanks}{cell}"),
        }
        out += &" ".repeat(GAP);
    }
    format!("{}\n", out.trim_end())
}

/// Each row as a block: the first cell as its heading, the others as `name  value unit`.
fn stacked(table: &Table, shown: &[usize], screen: usize) -> String {
    let names =
        shown.iter().skip(1).filter_map(|nth| table.columns.get(*nth)).map(|column| length(&column.name));
    let indent = names.max().unwrap_or(0) + 2 + GAP;
    let mut blocks = Vec::new();
    for row in &table.rows {
        let mut block = String::new();
        for (place, nth) in shown.iter().enumerate() {
            let Some(column) = table.columns.get(*nth) else { continue };
            let value = said(Table::cell(row, *nth), column.kind);
            if place == 0 {
                block += &format!("{value}\n");
                continue;
            }
            if value.is_empty() {
                continue;
            }
            let value =
                if column.unit.is_empty() { value } else { format!("{value} {}", printable(&column.unit)) };
            let mut head = format!("  {}", printable(&column.name));
            for part in wrap(&value, screen.saturating_sub(indent).max(LEAST_WORDS)) {
                let blanks = " ".repeat(indent.saturating_sub(length(&head)));
                block += &format!("{head}{blanks}{part}\n");
                head.clear();
            }
        }
        blocks.push(block);
    }
    blocks.join("\n")
}

/// The cell as people read it.
fn said(cell: &Cell, kind: Kind) -> String {
    match (cell, kind) {
        (Cell::Empty, _) => String::new(),
        (Cell::Text(text), _) => printable(text),
        (Cell::Integer(number), _) => number.to_string(),
        (Cell::Nanos(nanos), Kind::Decimal(places)) => rounded(*nanos, places),
        (Cell::Nanos(nanos), _) => exact(*nanos),
        (Cell::Flag(true), _) => "yes".to_owned(),
        (Cell::Flag(false), _) => "no".to_owned(),
    }
}

/// The text without control characters: no name may send commands to a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// The text in lines of at most `width` characters, cut between words, or inside a word too long for a line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines: Vec<String> = Vec::new();
    for word in printable(text).split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        match lines.last_mut() {
            Some(last) if length(last) + 1 + letters.len() <= width => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.extend(letters.chunks(width).map(|part| part.iter().collect::<String>())),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let columns = vec![
            Column::text("strategy"),
            Column::integer("calls", ""),
            Column::decimal("billed_s", "s", 1),
            Column::text("what it does"),
            Column::integer("secret", "").detail(),
        ];
        let mut table = Table::results("Two ways", columns);
        let row = |name: &str, calls: u64, nanos: i128| {
            vec![
                name.into(),
                calls.into(),
                Cell::Nanos(nanos),
                "fetches all mail and then some more".into(),
                7_u64.into(),
            ]
        };
        table.push(row("pop3-fetch-all", 2, 120_000_000_000));
        table.push(row("imap", 1, 1_749_960_000_000));
        table.note("seed 1998");
        table
    }

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        assert_eq!(
            table().to_text(None),
            "Two ways\n\n\
             strategy        calls  billed_s  what it does\n\
             \x20                             s\n\
             --------------  -----  --------  -----------------------------------\n\
             pop3-fetch-all      2     120.0  fetches all mail and then some more\n\
             imap                1    1750.0  fetches all mail and then some more\n\n\
             seed 1998\n"
        );
    }

    #[test]
    fn no_line_is_longer_than_the_screen() {
        for width in 30..100 {
            let text = table().to_text(Some(width));
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}\n{text}");
            assert!(text.contains("1750.0"), "{width}\n{text}");
        }
    }

    #[test]
    fn on_a_narrow_screen_each_row_is_a_block() {
        let text = table().to_text(Some(40));
        assert!(
            text.contains(
                "imap\n  calls         1\n  billed_s      1750.0 s\n  what it does  fetches all mail and\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_table_in_blocks_shows_its_details() {
        let text = Table { in_blocks: true, ..table() }.to_text(None);
        assert!(text.contains("imap\n  calls         1\n") && text.contains("  secret        7\n"), "{text}");
    }

    #[test]
    fn rows_of_one_group_stand_under_its_heading() {
        let columns =
            vec![Column::text("link"), Column::text("strategy"), Column::decimal("line_bytes_down", "kB", 1)];
        let mut table = Table { in_groups: true, ..Table::results("Groups", columns) };
        for (link, strategy) in [("slow", "a"), ("slow", "b"), ("fast", "a")] {
            table.push(vec![link.into(), strategy.into(), Cell::Nanos(1_234_500_000_000)]);
        }
        assert_eq!(
            table.to_text(None),
            "Groups\n\n\
             \x20          line_\n\
             \x20         bytes_\n\
             strategy    down\n\
             \x20             kB\n\
             --------  ------\n\n\
             link slow\n\
             a         1234.5\n\
             b         1234.5\n\n\
             link fast\n\
             a         1234.5\n"
        );
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        let mut table = table();
        table.push(vec!["\u{1b}[2Jgone\n".into()]);
        assert!(!table.to_text(None).contains('\u{1b}'));
        assert!(!table.to_text(Some(20)).contains('\u{1b}'));
    }
}
