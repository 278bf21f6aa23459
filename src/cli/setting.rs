//! Where a hand sits down: the options that the prompt and scripts share.

use std::path::PathBuf;

use super::{Output, compare};
use crate::lesson::Lesson;
use crate::link::preset;
use crate::link::tcp::{LINUX, Profile};
use crate::script::{DEFAULT_LINK, DEFAULT_TARIFF, Setting};

/// Over which link, by which tariff, with whose mail.
#[derive(clap::Args, Clone, Debug)]
pub struct SettingArgs {
    /// The link under the first call, unless a line names another
    #[arg(long, value_name = "NAME", default_value = DEFAULT_LINK)]
    pub link: String,
    /// The tariff by name, or a file with one, unless a line names another
    #[arg(long, value_name = "NAME", default_value = DEFAULT_TARIFF)]
    pub tariff: String,
    /// A scenario file, or the name of a built-in scenario: its mailbox is served
    #[arg(long, value_name = "SCENARIO")]
    pub scenario: Option<String>,
    /// Your own mail: an mbox file, a Maildir, or a folder of .eml files
    #[arg(long, value_name = "PATH", conflicts_with = "scenario")]
    pub mail: Option<PathBuf>,
    /// The seed for whatever is drawn
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Let calls fail, lines drop and delays jitter, as the link's data say
    #[arg(long)]
    pub chance: bool,
    /// The TCP of both ends: linux (today), windows-95, bsd-1990, bsd-1988
    #[arg(long, value_name = "NAME", default_value = LINUX.name)]
    pub stack: String,
    /// Let the line drop: at=90s or byte=10000, with ,call=2 or ,call=every; with --chance also rate=0.5 an hour
    #[arg(long, value_name = "WHEN")]
    pub drop: Vec<String>,
}

impl SettingArgs {
    /// The setting.
    ///
    /// # Errors
    /// An unknown link, tariff or scenario; mail that cannot be read.
    pub(super) fn setting(&self, output: &mut Output) -> Result<Setting, Lesson> {
        let link = preset::resolve(&self.link)?;
        let tariff = compare::tariff(&self.tariff)?;
        tariff.check_calls()?;
        let mut scenario = compare::named_scenario(self.scenario.as_deref().unwrap_or("default"))?;
        if let Some(path) = &self.mail {
            compare::mail_from(&mut scenario, path);
        }
        scenario.seed = self.seed.unwrap_or(scenario.seed);
        scenario.calls = compare::drops(scenario.calls, &self.drop, self.chance)?;
        let mail = compare::mail(&scenario, output)?;
        let setting = Setting::new(&scenario, mail, link, &tariff)?;
        Ok(Setting { chance: self.chance, stack: Profile::resolve(&self.stack)?, ..setting })
    }
}
