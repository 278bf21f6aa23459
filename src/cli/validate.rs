//! `maillab validate`: what the model predicts for measured sessions, and how far it is off.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::output::TableArgs;
use super::{CliError, Outcome, Output, atomic};
use crate::lesson::{Lesson, Place};
use crate::validate::{Comparison, Csv, Row, Turn, chart, compare, gunzip, table};

/// What stands at the end of `maillab validate --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab validate tests/measured                  median and worst error, and each session
  maillab validate tests/measured --format csv     for a spreadsheet
  maillab validate tests/measured --chart all.svg  predicted beside measured times

The folder holds results.csv, one row a session, and turns/ID.csv.gz or turns/ID.csv, one row a turn. Of a session's
own row and turns only link, stack, server, sizes and texts are used; its times and packets are compared with.";

/// Over so many seeds a session is averaged whose packets are lost at random.
const SEEDS: u64 = 200;

/// The arguments of `maillab validate`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// A folder of measured sessions
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Draws predicted beside measured times into this file, as SVG
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// How the table is written
    #[command(flatten)]
    pub table: TableArgs,
}

/// Predicts every session of a folder and compares.
///
/// # Errors
/// A folder that cannot be read or is not of this format; an output that takes no more.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let compared = compare_folder(&args.dir)?;
    if let Some(file) = &args.chart {
        let drawing = chart(&compared).svg();
        atomic::write(file, |into| into.write_all(drawing.as_bytes()))?;
    }
    output.table(&table(&compared), args.table)?;
    Ok(Outcome::Fine)
}

/// Reads a folder of measured sessions and predicts each.
///
/// # Errors
/// As [`run`].
pub fn compare_folder(dir: &Path) -> Result<Vec<Comparison>, CliError> {
    let results = dir.join("results.csv");
    let name = results.display().to_string();
    let octets = fs::read(&results).map_err(|error| {
        unreadable(&name, &error)
            .note("a folder of measured sessions holds `results.csv` and a folder `turns`")
            .hint("`maillab validate tests/measured` in the source tree shows one")
    })?;
    let rows = Row::read_all(&Csv::read(&name, &gunzip(&name, &octets)?)?)?;
    let mut sessions = Vec::with_capacity(rows.len());
    for row in rows {
        let turns = turns(dir, &row.id)?;
        sessions.push((row, turns));
    }
    Ok(compare(&sessions, SEEDS))
}

/// The turns of a session, from `turns/ID.csv.gz` or `turns/ID.csv`.
fn turns(dir: &Path, id: &str) -> Result<Vec<Turn>, CliError> {
    if id.is_empty() || id.contains(['/', '\\']) || id.contains("..") {
        return Err(Lesson::new(format!("`{id}` cannot name a file of turns"))
            .hint("an id has no slashes: `v34-28k8.pop-all.small.modern.r1`")
            .into());
    }
    let packed = dir.join("turns").join(format!("{id}.csv.gz"));
    let (path, octets) = match fs::read(&packed) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let plain = packed.with_extension("");
            let octets = fs::read(&plain);
            (plain, octets)
        }
        octets => (packed, octets),
    };
    let name = path.display().to_string();
    let octets = octets
        .map_err(|error| unreadable(&name, &error).note(format!("`results.csv` names the session {id}")))?;
    Ok(Turn::read_all(&Csv::read(&name, &gunzip(&name, &octets)?)?)?)
}

fn unreadable(name: &str, error: &io::Error) -> Lesson {
    Lesson::new(format!("this file cannot be read: {error}")).at(Place::file(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::scratch::Scratch;

    const RESULTS: &str = "id,server,link,case,stack,mtu,wall_s,app_c2s,app_s2c,ip_c2s,ip_s2c,pk_c2s,pk_s2c,\
        rtx_c2s,rtx_s2c,conns,opts\n\
        one,dovecot,slow,pop-all,period2,576,1.5,6,100,500,600,8,7,0,0,1,rate=28800 bpb=8 ovh=8 delay_ms=100 qpkts=9\n";
    const TURNS: &str = "turn,t_send_s,client_bytes,t_first_s,t_last_s,server_bytes,client_text,server_text\n\
        0,,0,0.5,0.5,80,,+OK\n1,0.5,6,0.8,0.8,20,QUIT\\r\\n,+OK\n";

    fn said(error: &CliError) -> String {
        let text = error.to_string();
        assert!(text.contains("\nhint: "), "{text}");
        text.lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_folder_with_plain_turns_is_predicted() {
        let scratch = Scratch::new("validate-plain");
        scratch.file("results.csv", RESULTS.as_bytes());
        scratch.file("turns/one.csv", TURNS.as_bytes());
        let compared = compare_folder(&scratch.path("")).unwrap();
        let counts = compared[0].predicted.as_ref().unwrap().counts;
        assert_eq!((counts.app.up, counts.app.down), (6, 100));
        assert!(counts.wall.as_secs_f64() > 0.8, "handshake, greeting, QUIT and close are four round trips");
        let text = table(&compared).to_csv();
        assert!(
            text.starts_with("id,wall_s,predicted_s,time_error_percent,packets_up,predicted_packets_up,")
        );
    }

    #[test]
    fn a_bad_folder_gets_a_lesson() {
        let scratch = Scratch::new("validate-bad");
        let dir = scratch.path("");
        assert!(said(&compare_folder(&dir).unwrap_err()).contains("cannot be read"));
        let cases: [(&str, &str, &str); 7] = [
            ("576,1.5", "576,soon", "error: `soon` is no wall_s"),
            ("period2,576", "period3,576", "error: `period3` is no stack"),
            ("delay_ms=100", "dealy=100", "is no opts"),
            ("rate=28800", "rate=0", "is no opts"),
            (",conns,", ",cons,", "error: there is no column `conns`"),
            ("one,dovecot", "../one,dovecot", "error: `../one` cannot name a file of turns"),
            (",576,1.5", ",576,1.5,7", "error: a record with 18 fields under 17 names"),
        ];
        scratch.file("turns/one.csv", TURNS.as_bytes());
        for (good, bad, first) in cases {
            scratch.file("results.csv", RESULTS.replacen(good, bad, 1).as_bytes());
            let line = said(&compare_folder(&dir).unwrap_err());
            assert!(line.contains(first), "{line}");
        }
        scratch.file("results.csv", RESULTS.as_bytes());
        scratch.file("turns/one.csv", TURNS.replace(",80,", ",99999999999,").as_bytes());
        assert!(said(&compare_folder(&dir).unwrap_err()).contains("is no server_bytes"));
        scratch.file("turns/one.csv.gz", b"\x1f\x8b\x08");
        assert!(said(&compare_folder(&dir).unwrap_err()).contains("damaged"));
    }
}
