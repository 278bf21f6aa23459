//! A lab with one student's numbers in it: what is handed out, and the runs that answers are measured by.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::decimal::Decimal;
use super::formula::{Names, Trouble};
use super::manifest::{RunTable, Text};
use super::runs::{self, Figures};
use super::template::{self, Slot, Value};
use super::{Lab, TEXT, answers};
use crate::compare::{Comparison, Options};
use crate::lesson::{Lesson, Place};
use crate::link::preset;
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::link::tcp::{LINUX, Profile};
use crate::measure::bill;
use crate::measure::metrics::Metrics;
use crate::scenario::{MailSource, NewMail, Scenario, Size};
use crate::script::{self, DEFAULT_LINK, DEFAULT_TARIFF, Mode, Played, Script, Setting};
use crate::strategy;
use crate::trace::{HeadKey, Trace};

/// The most messages, and the most octets, of a lab's mailbox.
const MESSAGES_MAX: u32 = 2_000;
const OCTETS_MAX: u64 = 32 << 20;

/// A lab for one student.
#[derive(Clone, Debug)]
pub struct Handout<'a> {
    pub(super) lab: &'a Lab,
    student: String,
    pub(super) seed: u32,
    pub(super) values: BTreeMap<String, Value>,
    mailbox: Option<Mailbox>,
    /// Figures of runs that were made, by the run's name and the answer that it was made with.
    figures: BTreeMap<(String, String), Figures>,
}

#[derive(Clone, Debug)]
struct Mailbox {
    scenario: Scenario,
    mail: Vec<NewMail>,
    sizes: Vec<u64>,
}

/// Over what something is run, by names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Over {
    pub link: String,
    pub tariff: String,
    pub stack: String,
}

impl Default for Over {
    fn default() -> Self {
        let [link, tariff, stack] = [DEFAULT_LINK, DEFAULT_TARIFF, LINUX.name].map(str::to_owned);
        Self { link, tariff, stack }
    }
}

impl Over {
    fn resolve(&self) -> Result<(LinkSpec, &'static Tariff, &'static Profile), Lesson> {
        Ok((preset::resolve(&self.link)?, Tariff::named(&self.tariff)?, Profile::resolve(&self.stack)?))
    }
}

/// One file that is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its name below the lab's folder of the student.
    pub name: String,
    /// Its octets.
    pub octets: Bytes,
}

impl<'a> Handout<'a> {
    /// A lab with the numbers of a student's seed.
    ///
    /// # Errors
    /// A value that cannot be made.
    pub fn new(lab: &'a Lab, student: &str, seed: u32) -> Result<Self, Lesson> {
        let mut handout = Self {
            lab,
            student: student.to_owned(),
            seed,
            values: BTreeMap::new(),
            mailbox: None,
            figures: BTreeMap::new(),
        };
        let known = [
            ("student", Value::Words(student.to_owned())),
            ("seed", Value::Number(Decimal::whole(u64::from(seed)))),
        ];
        handout.values.extend(known.map(|(name, value)| (name.to_owned(), value)));
        for table in &lab.manifest.value {
            let value = handout.make(table)?;
            handout.values.insert(table.name.get_ref().clone(), value);
        }
        Ok(handout)
    }

    /// Whose it is.
    #[must_use]
    pub fn student(&self) -> &str {
        &self.student
    }

    /// The student's own values, by name: numbers and words that the texts show.
    #[must_use]
    pub const fn values(&self) -> &BTreeMap<String, Value> {
        &self.values
    }

    /// What is handed out: the text as `LAB.md`, the starts, recorded traces, and `answers.txt`.
    ///
    /// # Errors
    /// A text with a name that means nothing; a recorded session that cannot be played.
    pub fn files(&mut self) -> Result<Vec<Given>, Lesson> {
        let lab = self.lab;
        let mut given = vec![Given { name: "LAB.md".to_owned(), octets: self.filled_file(TEXT)?.into() }];
        for name in lab.files.keys() {
            if let Some(below) = name.strip_prefix("start/") {
                given.push(Given { name: below.to_owned(), octets: self.filled_file(name)?.into() });
            }
        }
        for record in &lab.manifest.record {
            let link = self.filled(&record.link, None)?;
            let played = self.play_file(record.script.get_ref(), &Over { link, ..Over::default() })?;
            let trace = Trace::of(played.hand.world(), played.hand.workstation())
                .with(HeadKey::Version, env!("CARGO_PKG_VERSION"));
            given.push(Given { name: record.file.get_ref().clone(), octets: trace.to_text().into() });
        }
        let sheet = answers::sheet(self)?;
        given.push(Given { name: answers::FILE.to_owned(), octets: sheet.into() });
        Ok(given)
    }

    /// The starts, with the lab's own solutions in the place of those that it has: for tests and teachers.
    ///
    /// # Errors
    /// As [`Handout::files`].
    pub fn solution(&mut self) -> Result<BTreeMap<String, Bytes>, Lesson> {
        let mut folder: BTreeMap<String, Bytes> =
            self.files()?.into_iter().map(|given| (given.name, given.octets)).collect();
        for name in self.lab.files.keys() {
            if let Some(below) = name.strip_prefix("solution/") {
                folder.insert(below.to_owned(), self.filled_file(name)?.into());
            }
        }
        let solved = answers::solved(self)?;
        folder.insert(answers::FILE.to_owned(), solved.into());
        Ok(folder)
    }

    /// The value of a formula; `answer` is what the student wrote, where a formula may ask for it.
    pub(super) fn value(&mut self, text: &Text, answer: Option<&str>) -> Result<Decimal, Lesson> {
        let formula = self.lab.formula(text)?;
        let mut names = Known { handout: self, answer };
        formula.value(&mut names).map_err(|trouble| match trouble {
            Trouble::Formula(what) => self.lab.lesson(text, what, "a formula that has a value"),
            Trouble::Lesson(lesson) => *lesson,
        })
    }

    /// A text of the manifest with its slots filled; figures of runs are measured.
    pub(super) fn filled(&mut self, text: &Text, answer: Option<&str>) -> Result<String, Lesson> {
        let lab = self.lab;
        template::fill(
            text.get_ref(),
            |slot| {
                self.slot(slot, answer).map_err(|trouble| match trouble {
                    Trouble::Formula(what) => lab.lesson(text, what, "the name of a value, or RUN.FIGURE"),
                    Trouble::Lesson(lesson) => *lesson,
                })
            },
            || lab.lesson(text, "this text grows too large", "at most 4 MB"),
        )
    }

    /// A file of the lab with its slots filled.
    pub(super) fn filled_file(&mut self, name: &str) -> Result<String, Lesson> {
        let lab = self.lab;
        let file = format!("{}/{name}", lab.origin);
        let Some(text) = lab.text(name) else {
            return Err(Lesson::new("this file is no UTF-8").at(Place::file(file)));
        };
        template::fill(
            text,
            |slot| {
                self.slot(slot, None).map_err(|trouble| match trouble {
                    Trouble::Formula(what) => {
                        Lesson::new(what)
                            .at(Place::span(&file, text, slot.span.clone()).allowed("a value, or RUN.FIGURE"))
                    }
                    Trouble::Lesson(lesson) => *lesson,
                })
            },
            || Lesson::new("this text grows too large").at(Place::file(&file)),
        )
    }

    fn slot(&mut self, slot: &Slot<'_>, answer: Option<&str>) -> Result<Value, Trouble> {
        if let Some(value) = self.values.get(slot.name) {
            return Ok(value.clone());
        }
        match (slot.name, answer) {
            ("answer", Some(answer)) => Ok(Value::Words(answer.to_owned())),
            _ => Known { handout: self, answer }.number(slot.name).map(Value::Number),
        }
    }

    /// Plays a script of the lab's folder.
    pub(super) fn play_file(&mut self, name: &str, over: &Over) -> Result<Played, Lesson> {
        let text = self.filled_file(name)?;
        let script = Script::parse(&format!("{}/{name}", self.lab.origin), text.as_bytes())?;
        let setting = self.setting(over)?;
        let played = script::play(&script, &setting, &BTreeMap::new(), Mode::Check)?;
        match played.failures.first() {
            Some(failure) => Err(failure.clone()),
            None => Ok(played),
        }
    }

    /// What a run or a check says of link, tariff and stack, filled; `answer` is what the student wrote.
    pub(super) fn over(
        &mut self,
        [link, tariff, stack]: [&Option<Text>; 3],
        answer: Option<&str>,
    ) -> Result<Over, Lesson> {
        let mut or = |text: &Option<Text>, default: String| match text {
            Some(text) => self.filled(text, answer),
            None => Ok(default),
        };
        let usual = Over::default();
        Ok(Over {
            link: or(link, usual.link)?,
            tariff: or(tariff, usual.tariff)?,
            stack: or(stack, usual.stack)?,
        })
    }

    /// Where scripts are played: the lab's mailbox and accounts, over a link.
    pub(super) fn setting(&mut self, over: &Over) -> Result<Setting, Lesson> {
        let (link, tariff, stack) = over.resolve()?;
        tariff.check_calls()?;
        let mailbox = self.mailbox()?;
        let setting = Setting::new(&mailbox.scenario, mailbox.mail.clone(), link, tariff)?;
        let mut setting = Setting { stack, ..setting };
        for account in &self.lab.manifest.account {
            let (user, password) = (self.filled(&account.user, None)?, self.filled(&account.password, None)?);
            let address = format!("{user}@{}", crate::scenario::DOMAIN);
            let added = setting.store.add_user(&user, password);
            if added.and_then(|id| setting.store.add_address(id, &address)).is_err() {
                return Err(self.lab.lesson(
                    &account.user,
                    format!("the name {user} is taken"),
                    "another name",
                ));
            }
        }
        Ok(setting)
    }

    /// The octets of each message of the mailbox, in order.
    pub(super) fn sizes(&mut self) -> Result<Vec<u64>, Lesson> {
        Ok(self.mailbox()?.sizes.clone())
    }

    fn mailbox(&mut self) -> Result<Mailbox, Lesson> {
        if let Some(mailbox) = &self.mailbox {
            return Ok(mailbox.clone());
        }
        let Some((name, _)) = self.lab.scenario_file() else {
            return Err(Lesson::new("this lab has no scenario.toml").at(Place::file(&self.lab.origin)));
        };
        let file = format!("{}/{name}", self.lab.origin);
        let text = self.filled_file(name)?;
        let scenario = Scenario::read(&file, text.as_bytes())?;
        check_weight(&scenario, &file)?;
        let mail = scenario.mail()?;
        let sizes = mail.iter().map(|new| u64::from(new.message.size())).collect();
        let mailbox = Mailbox { scenario, mail, sizes };
        self.mailbox = Some(mailbox.clone());
        Ok(mailbox)
    }

    /// The figures of a run.
    fn run(&mut self, name: &str, answer: Option<&str>) -> Result<Figures, Lesson> {
        let Some(run) = self.lab.manifest.run.iter().find(|run| run.name.get_ref() == name) else {
            return Err(
                Lesson::new(format!("this lab has no run `{name}`")).at(Place::file(&self.lab.origin))
            );
        };
        let key = (name.to_owned(), answer.filter(|_| asks_answer(run)).unwrap_or_default().to_owned());
        if let Some(figures) = self.figures.get(&key) {
            return Ok(figures.clone());
        }
        let over = self.over([&run.link, &run.tariff, &run.stack], answer)?;
        let strategy = run.strategy.as_ref().map(|name| self.filled(name, answer)).transpose()?;
        let figures = match &run.script {
            Some(script) => {
                let played = self.play_file(script.get_ref(), &over)?;
                let sizes = self.sizes()?;
                let mut figures = runs::common(played.hand.world(), &played.metrics, &played.bill, &sizes);
                runs::of_script(&mut figures, &played.transcript);
                figures
            }
            None => self.run_strategy(&strategy.unwrap_or_default(), &over)?,
        };
        self.figures.insert(key, figures.clone());
        Ok(figures)
    }

    fn run_strategy(&mut self, name: &str, over: &Over) -> Result<Figures, Lesson> {
        let (link, tariff, stack) = over.resolve()?;
        let mailbox = self.mailbox()?;
        let comparison = Comparison::new(
            &mailbox.scenario,
            mailbox.mail.clone(),
            vec![strategy::named(name)?],
            vec![link],
            vec![tariff.clone()],
            Options { stack, ..Options::default() },
        )?;
        let mut bench = comparison.lab(0, false);
        bench.run().map_err(|diverged| Lesson::new(diverged.to_string()))?;
        if let Some(Some(Err(trouble))) = bench.outcomes().next() {
            return Err(Lesson::new(format!("{name} over {} did not finish: {trouble}", over.link)));
        }
        let metrics = Metrics::of(bench.world(), 0, comparison.interest());
        let bill =
            comparison.tariffs.first().map(|tariff| bill::totals(bench.world(), 0, tariff, comparison.start));
        let mut figures = runs::common(bench.world(), &metrics, &bill.unwrap_or_default(), &mailbox.sizes);
        runs::of_strategy(&mut figures, &metrics);
        Ok(figures)
    }
}

/// A mailbox that a class's computers can hold, whoever wrote the lab.
fn check_weight(scenario: &Scenario, file: &str) -> Result<(), Lesson> {
    let MailSource::Generated { messages, size, attached, .. } = &scenario.mailbox else { return Ok(()) };
    let mean = match size {
        Size::OfPeriod => 20_000,
        Size::Mean(octets) | Size::Exact(octets) => u64::from(*octets),
    };
    let octets = u64::from(*messages) * mean + attached.map_or(0, |attached| u64::from(attached.octets));
    if *messages <= MESSAGES_MAX && octets <= OCTETS_MAX {
        return Ok(());
    }
    Err(Lesson::new("this mailbox is too large for a lab")
        .at(Place::file(file))
        .note(format!("at most {MESSAGES_MAX} messages and about {OCTETS_MAX} bytes"))
        .hint("a lab needs few messages; how the costs grow is what `maillab compare` shows"))
}

fn asks_answer(run: &RunTable) -> bool {
    let texts = [&run.link, &run.tariff, &run.stack, &run.strategy];
    texts.into_iter().flatten().any(|text| template::slots(text.get_ref()).any(|slot| slot.name == "answer"))
}

/// What the names of a formula mean here.
struct Known<'h, 'a> {
    handout: &'h mut Handout<'a>,
    answer: Option<&'h str>,
}

impl Names for Known<'_, '_> {
    fn number(&mut self, name: &str) -> Result<Decimal, Trouble> {
        let no_number = |text: &str| Trouble::Formula(format!("`{name}` is no number: {text}"));
        if let Some((run, figure)) = name.split_once('.') {
            let figures =
                self.handout.run(run, self.answer).map_err(|lesson| Trouble::Lesson(Box::new(lesson)))?;
            return figures
                .get(figure)
                .copied()
                .ok_or_else(|| Trouble::Formula(format!("the run {run} has no figure `{figure}`")));
        }
        match (self.handout.values.get(name), self.answer) {
            (Some(Value::Number(number)), _) => Ok(*number),
            (Some(Value::Words(words)), _) => Decimal::parse(words).ok_or_else(|| no_number(words)),
            (None, Some(answer)) if name == "answer" => {
                Decimal::parse(answer).ok_or_else(|| no_number(answer))
            }
            _ => Err(Trouble::Formula(format!("there is no value `{name}`"))),
        }
    }

    fn size(&mut self, message: u64) -> Result<Option<u64>, Trouble> {
        let sizes = self.handout.sizes().map_err(|lesson| Trouble::Lesson(Box::new(lesson)))?;
        let place = message.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        Ok(place.and_then(|place| sizes.get(place)).copied())
    }
}
