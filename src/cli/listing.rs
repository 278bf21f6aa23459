//! What the listings of links and tariffs have in common: a short list, all, or those that are named.

use clap::Args;

use super::output::TableArgs;
use crate::lesson::Lesson;

/// The arguments of a listing.
#[derive(Args, Clone, Debug, Default)]
pub struct ListArgs {
    /// Show all about these, with their sources [default: a short list]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Show every one
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// Show where the numbers come from
    #[arg(long)]
    pub sources: bool,
    /// How the table is written.
    #[command(flatten)]
    pub table: TableArgs,
}

/// The things that are to be listed: the named ones, all, or those of the short list.
pub(super) fn chosen<T>(
    args: &ListArgs,
    all: &'static [T],
    name: fn(&T) -> &str,
    short: &[&str],
    named: impl Fn(&str) -> Result<&'static T, Lesson>,
) -> Result<Vec<&'static T>, Lesson> {
    if !args.names.is_empty() {
        return args.names.iter().map(|name| named(name)).collect();
    }
    Ok(all.iter().filter(|thing| args.all || short.contains(&name(thing))).collect())
}

/// The title of a list: `Tariffs: 14 of 87; --all lists every one`.
pub(super) fn title(what: &str, args: &ListArgs, shown: usize, all: usize) -> String {
    match (args.names.is_empty(), shown < all) {
        (false, _) => what.to_owned(),
        (true, true) => format!("{what}: {shown} of {all}; --all lists every one"),
        (true, false) => format!("{what}: all {all}"),
    }
}
