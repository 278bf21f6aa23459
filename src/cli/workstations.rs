//! `maillab workstations`: one user, several computers, a week of mail.

use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

use super::output::TableArgs;
use super::{CliError, Outcome, Output, atomic};
use crate::lesson::{Lesson, nearest};
use crate::link::preset;
use crate::station::{Disk, Way};
use crate::week::resync::{self, Known, Method, Resync};
use crate::week::{self, Lived, MESSAGES, MESSAGES_MAX, WAYS, Week};

/// What stands at the end of `maillab workstations --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab workstations                                    a week at home (2400 bit/s), in the office (LAN), on the road (GSM)
  maillab workstations --ways dmsp,imap-qresync           two ways of keeping up
  maillab workstations --messages 12 --chance --seed 7    calls fail and lines drop, as the links' data say
  maillab workstations --messages 12 --format csv > week.csv   all figures, for a spreadsheet
  maillab workstations --resync 200 --link gsm-csd-9600   what it takes to come back to 200 messages
  maillab workstations --messages 12 --save disks         what each workstation's disk holds at the end";

/// The arguments of `maillab workstations`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Ways of keeping up, separated by commas [default: all]
    #[arg(long, value_name = "A,B")]
    pub ways: Option<String>,
    /// How many messages arrive
    #[arg(long, value_name = "N", default_value_t = MESSAGES)]
    pub messages: u32,
    /// For the mail and what the user does with it
    #[arg(long, value_name = "N", default_value_t = 1998)]
    pub seed: u64,
    /// Let calls fail and lines drop as the links' data say
    #[arg(long)]
    pub chance: bool,
    /// Instead of a week: what it takes to learn what has changed in a mailbox of so many messages
    #[arg(long, value_name = "N", conflicts_with_all = ["ways", "messages", "chance", "save"])]
    pub resync: Option<u32>,
    /// Over which link, with --resync
    #[arg(long, value_name = "LINK", default_value = "v22bis-2400", requires = "resync")]
    pub link: String,
    /// Draw the bytes of each line, or with --resync the seconds, as SVG
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// Write what each workstation's disk holds at the end into this folder
    #[arg(long, value_name = "DIR")]
    pub save: Option<PathBuf>,
    /// How the table is written
    #[command(flatten)]
    pub table: TableArgs,
}

/// Lives the week by each way, and shows what came of it.
///
/// # Errors
/// An unknown way; files that find no place.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    if let Some(messages) = args.resync {
        return come_back(args, messages, output);
    }
    if args.messages > MESSAGES_MAX {
        let lesson = Lesson::new(format!("a week of {} messages is too much", args.messages));
        return Err(lesson.hint(format!("`--messages` is at most {MESSAGES_MAX}")).into());
    }
    let ways = ways(args.ways.as_deref())?;
    let mut week = Week::of_three_places(args.seed, args.messages)?;
    week.chance = args.chance;
    let lived: Vec<Lived> = ways.par_iter().map(|way| week::live(&week, *way)).collect::<Result<_, _>>()?;
    output.table(&week::table(&week, &lived), args.table)?;
    if let Some(path) = &args.chart {
        let svg = week::chart(&week, &lived);
        atomic::write(path, |file| file.write_all(svg.as_bytes()))?;
        output.talk(&format!("written: {}", path.display()));
    }
    if let Some(folder) = &args.save {
        save(folder, &week, &lived)?;
        output.talk(&format!("written: {}", folder.display()));
    }
    Ok(Outcome::Fine)
}

/// Synchronizations of one mailbox by each method, after nothing, little and much has changed.
fn come_back(args: &Args, messages: u32, output: &mut Output) -> Result<Outcome, CliError> {
    let link = Arc::new(preset::resolve(&args.link)?);
    let changes = [0, 10, 100, 1000, 10_000].into_iter().filter(|changes| *changes < messages);
    // And everything has changed: there the lists of changes lose.
    let changes = changes.chain([messages]).map(Known::AllBut);
    let known: Vec<Known> = std::iter::once(Known::Nothing).chain(changes).collect();
    let jobs: Vec<(Known, Method)> =
        known.iter().flat_map(|known| Method::ALL.map(|method| (*known, method))).collect();
    let runs: Vec<Resync> = jobs
        .par_iter()
        .map(|(known, method)| resync::resync(*method, messages, *known, &link))
        .collect::<Result<_, _>>()?;
    output.table(&resync::table(&runs, &link), args.table)?;
    if let Some(path) = &args.chart {
        let svg = resync::chart(&runs, &link);
        atomic::write(path, |file| file.write_all(svg.as_bytes()))?;
        output.talk(&format!("written: {}", path.display()));
    }
    Ok(Outcome::Fine)
}

fn ways(list: Option<&str>) -> Result<Vec<Way>, Lesson> {
    let Some(list) = list else { return Ok(WAYS.to_vec()) };
    let named = |word: &str| {
        let word = word.trim();
        let known = || WAYS.iter().map(|way| way.word());
        Way::named(word).ok_or_else(|| {
            let lesson = Lesson::new(format!("there is no way `{word}`"))
                .note(format!("known are {}", known().collect::<Vec<_>>().join(", ")));
            match nearest(word, known()) {
                Some(near) => lesson.hint(format!("did you mean `{near}`?")),
                None => lesson.hint("`maillab workstations --help` has examples"),
            }
        })
    };
    list.split(',').map(named).collect()
}

/// Each workstation's files, in a folder of its own.
fn save(folder: &std::path::Path, week: &Week, lived: &[Lived]) -> Result<(), CliError> {
    for one in lived {
        for (place, at) in week.places.iter().zip(&one.places) {
            let folder = folder.join(one.way.word()).join(&place.name);
            for (name, octets) in Disk::holding(&at.mail).files {
                let path = folder.join(name);
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent).map_err(|error| {
                        Lesson::new(format!("the folder {} cannot be made: {error}", parent.display()))
                            .hint("`--save` names a folder that may be written to")
                    })?;
                }
                atomic::write(&path, |file| file.write_all(&octets))?;
            }
        }
    }
    Ok(())
}
