//! `maillab links`: the links that are built in.

use super::listing::{self, ListArgs};
use super::{CliError, Outcome, Output};
use crate::chart::{Cell, Column, Table};
use crate::lesson::Lesson;
use crate::link::negotiated::Negotiated;
use crate::link::ppp::describe;
use crate::link::preset::{DEFAULT_LINKS, Preset};
use crate::link::tcp::Side;
use crate::units::BitRate;

/// What stands at the end of `maillab links --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab links                       the links that are compared by default
  maillab links v34-28800             one link with its stages and sources, and what PPP says on it
  maillab links --all --format json   every one

`--link` takes a name of the column `use_as`, or numbers: `rate=28800,delay=100ms,mtu=576`.";

/// The arguments of `maillab links`.
pub type Args = ListArgs;

/// Lists links.
///
/// # Errors
/// An unknown name; an output that takes no more.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let short = DEFAULT_LINKS.map(without_plain);
    let links = listing::chosen(args, Preset::all(), |preset| &preset.name, &short, named)?;
    let mut table =
        Table::listing(listing::title("Links", args, links.len(), Preset::all().len()), columns(args));
    table.in_blocks = !args.names.is_empty();
    for preset in &links {
        table.push(row(preset));
    }
    if let ([preset], false) = (links.as_slice(), args.names.is_empty()) {
        negotiation(preset).into_iter().for_each(|line| table.note(line));
    }
    table.note(
        "down, up: towards the reader and towards the server. delay: one way, serialization apart. setup_s: from \
         the first digit to the first packet.",
    );
    table.note(
        "use_as: the name for `--link`. `NAME:plain` has the same rate, delay, set-up and MTU, and goes without \
         error control, compression and the bearer's own frames.",
    );
    output.table(&table, args.table)?;
    Ok(Outcome::Fine)
}

/// The preset called `name`; with `:plain` behind it the same.
fn named(name: &str) -> Result<&'static Preset, Lesson> {
    Preset::named(without_plain(name))
}

fn without_plain(name: &str) -> &str {
    name.strip_suffix(":plain").unwrap_or(name)
}

/// What PPP's two ends say on this link before the first packet, a line each.
fn negotiation(preset: &Preset) -> Vec<String> {
    let link = preset.as_sourced().or_else(|_| preset.plain());
    let Some(negotiated) = link.ok().and_then(|link| Negotiated::on(&link)) else { return Vec::new() };
    let head = format!(
        "PPP negotiates in {} of the billed set-up, with {} frames of {} bytes on the line (> the caller, < the provider):",
        negotiated.took,
        negotiated.frames.len(),
        negotiated.line_octets()
    );
    let frames = negotiated.frames.iter().map(|frame| {
        let arrow = if frame.from == Side::Client { '>' } else { '<' };
        format!("{} {arrow} {} bytes: {}", frame.sent, frame.line_octets, describe(&frame.content))
    });
    std::iter::once(head).chain(frames).collect()
}

fn columns(args: &Args) -> Vec<Column> {
    let sources = Column::text("sources");
    vec![
        Column::text("link"),
        Column::text("what"),
        Column::text("era").detail(),
        Column::integer("down", "bit/s"),
        Column::integer("up", "bit/s"),
        Column::decimal("delay", "ms", 0),
        Column::integer("mtu", "bytes"),
        Column::decimal("setup_s", "s", 0),
        Column::text("use_as"),
        Column::decimal("setup_unbilled", "s", 0).detail(),
        Column::decimal("setup_billed", "s", 0).detail(),
        Column::text("stages").detail(),
        Column::text("not_built").detail(),
        Column::text("billed_by").detail(),
        Column::text("confidence").detail(),
        if args.sources { sources } else { sources.detail() },
        Column::text("note").detail(),
    ]
}

fn row(preset: &Preset) -> Vec<Cell> {
    let rate = |rate: BitRate| Cell::from(rate.bits_per_second());
    let names = |stages: &[&crate::link::preset::Stage]| {
        Cell::from(stages.iter().map(|stage| stage.name).collect::<Vec<_>>().join(", "))
    };
    vec![
        preset.name.as_str().into(),
        preset.title.as_str().into(),
        preset.era.as_str().into(),
        rate(preset.rate_down),
        rate(preset.rate_up),
        Cell::Nanos(i128::from(preset.delay.as_nanos()) * 1000),
        preset.mtu.into(),
        preset.call.total().into(),
        use_as(preset).into(),
        preset.call.unbilled.into(),
        preset.call.billed.into(),
        names(&preset.stages),
        names(&preset.not_built()),
        preset.billed_by.clone().into(),
        preset.confidence.to_string().into(),
        preset.sources.join("; ").into(),
        preset.note.as_str().into(),
    ]
}

/// The name under which the preset can be run.
fn use_as(preset: &Preset) -> String {
    preset.as_sourced().map_or_else(|_| "(no IP)".to_owned(), |link| link.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_that_can_be_used_goes_by_the_name_that_is_listed() {
        for preset in Preset::all().iter().filter(|preset| preset.carries_ip()) {
            assert!(crate::link::preset::resolve(&use_as(preset)).is_ok(), "{}", preset.name);
        }
    }

    #[test]
    fn the_short_list_holds_links_that_exist() {
        for name in DEFAULT_LINKS {
            assert!(named(name).is_ok(), "{name}");
        }
    }
}
