//! `maillab strategies`: the ways of fetching mail that are compared.

use super::listing::{self, ListArgs};
use super::{CliError, Outcome, Output};
use crate::chart::{Column, Table};
use crate::strategy::{self, OF_A_BRANCH, ON_REQUEST, STRATEGIES, StrategyRow};

/// What stands at the end of `maillab strategies --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab strategies                      those that are compared by default
  maillab strategies imap-headers-first   what one does and assumes
  maillab strategies --all --format csv   every one, for a spreadsheet";

/// The arguments of `maillab strategies`.
pub type Args = ListArgs;

/// Lists strategies.
///
/// # Errors
/// An unknown name; an output that takes no more.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let all = STRATEGIES.len() + ON_REQUEST.len() + OF_A_BRANCH.len();
    let chosen: Vec<&StrategyRow> = if args.names.is_empty() {
        STRATEGIES.iter().chain(ON_REQUEST.iter().chain(OF_A_BRANCH).filter(|_| args.all)).collect()
    } else {
        args.names.iter().map(|name| strategy::named(name)).collect::<Result<_, _>>()?
    };
    let columns = ["strategy", "protocol", "family", "does", "assumes"].map(Column::text).to_vec();
    let mut table = Table::listing(listing::title("Strategies", args, chosen.len(), all), columns);
    table.in_blocks = !args.names.is_empty();
    for row in chosen {
        table.push(vec![
            row.name.into(),
            format!("{:?}", row.protocol).to_uppercase().into(),
            row.family.to_string().into(),
            row.does.into(),
            row.assumes.into(),
        ]);
    }
    table.note("Answers go out by SMTP. Families are those of RFC 1733: offline, online, disconnected.");
    table
        .note("The lower bound that results are measured against is no strategy: it is worked out, not run.");
    output.table(&table, args.table)?;
    Ok(Outcome::Fine)
}
