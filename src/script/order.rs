//! The commands of the laboratory, done.

use std::path::{Component, Path};
use std::sync::Arc;

use super::command::{Command, View};
use super::hand::CHAIRS_MAX;
use super::parse::{Script, Step};
use super::run::Player;
use super::transcript::{Entry, Transcript};
use super::view;
use crate::lesson::Lesson;
use crate::link::spec::LinkSpec;

/// How wide views are in a transcript, in characters.
const WIDTH: usize = 80;

/// How deep scripts play scripts: each keeps its place on the stack of this program.
const PLAYS_WITHIN_MAX: usize = 8;

impl Command {
    /// Does it do something to the world? The others show, write, or go elsewhere in time.
    #[must_use]
    pub const fn acts(&self) -> bool {
        match self {
            Self::Open { .. }
            | Self::Use(_)
            | Self::Link(_)
            | Self::Tariff(_)
            | Self::Think(_)
            | Self::Send(_)
            | Self::Deliver(_)
            | Self::Accept
            | Self::Auth(_)
            | Self::Drop(_)
            | Self::Close(_)
            | Self::HangUp => true,
            Self::Expect(_)
            | Self::Show(_)
            | Self::Travel(_)
            | Self::Diff(_)
            | Self::Fork(_)
            | Self::Play(_)
            | Self::Save(_)
            | Self::Record(_)
            | Self::Lab(_)
            | Self::Pace(_)
            | Self::Help(_)
            | Self::Quit => false,
        }
    }
}

/// A script may write beside itself and below: whoever plays somebody else's script keeps all other files.
fn check_name(script: &Script, step: &Step, file: &str) -> Result<(), Lesson> {
    if Path::new(file).components().all(|part| matches!(part, Component::Normal(_))) {
        return Ok(());
    }
    Err(Lesson::new("a script writes only into its own folder")
        .at(script.place(step, "a name without `..`, and not from the root"))
        .hint("at the prompt a file may be written anywhere"))
}

impl Player<'_> {
    pub(super) fn command(&mut self, step: &Step, command: &Command) -> Result<(), Lesson> {
        match command {
            Command::Open { name, service, dialect, features, at, link, tariff } => {
                if let Some(at) = at
                    && !self.hand.sit_at(at, link.as_ref())
                {
                    return Err(Lesson::new(format!("there is no room for a workstation `{at}`"))
                        .at(self.script.place(step, "one too many"))
                        .hint(format!("a script has at most {CHAIRS_MAX}")));
                }
                if let Some(tariff) = tariff {
                    self.hand.set_tariff(tariff.clone());
                }
                if let Some(link) = link {
                    self.set_link(step, link)?;
                }
                // Whoever reads the script has checked the name.
                self.hand.set_server(*service, dialect.as_deref(), features);
                self.hand.open(name, *service).map_err(|trouble| self.trouble(step, &trouble))?;
            }
            Command::Use(name) => {
                let peer = self.named(step, name)?;
                self.hand.use_peer(peer);
            }
            Command::Link(link) => self.set_link(step, link)?,
            Command::Tariff(tariff) => self.hand.set_tariff(tariff.clone()),
            Command::Think(span) => self.hand.think(*span),
            Command::Expect(expectation) => {
                let (metrics, bill) = (self.hand.metrics(), self.hand.bill());
                for (expected, is) in expectation.unmet(&metrics, &bill) {
                    self.failures.push(
                        Lesson::new("the session took something else")
                            .at(self.script.place(step, "so far"))
                            .note(format!("expected: {expected}"))
                            .note(format!("     got: {is}")),
                    );
                }
            }
            Command::Send(octets) => {
                let peer = self.peer(step)?;
                self.hand.send(peer, octets).map_err(|trouble| self.trouble(step, &trouble))?;
            }
            Command::Deliver(to) => {
                let to = to.as_deref().unwrap_or(super::USER);
                if !self.hand.deliver(to) {
                    return Err(Lesson::new(format!("nobody here has the address {to}"))
                        .at(self.script.place(step, "the message would be returned"))
                        .hint("`:deliver` alone is for alice; user1@branch.example has mail waiting in the queue"));
                }
            }
            Command::Auth(proof) => self.auth(step, proof)?,
            Command::Accept => {
                self.hand.wait_for_mail_host();
                self.tell();
            }
            Command::Drop(when) => self.hand.drop_line(when),
            Command::Close(name) => {
                let peer = match name {
                    Some(name) => self.named(step, name)?,
                    None => self.peer(step)?,
                };
                self.hand.close(peer);
            }
            Command::HangUp => self.hand.hang_up(),
            Command::Show(view) => self.show(step, view)?,
            Command::Help(word) => {
                let told = super::help::help(self.hand, word, WIDTH)
                    .map_err(|lesson| lesson.at(self.script.place(step, "a command stands here")))?;
                self.push(Entry::Told(told));
            }
            Command::Travel(travel) => self.travel(*travel),
            Command::Diff(link) => {
                if let Some(other) = self.over_link(link) {
                    let told = view::diff(self.hand, &other, WIDTH);
                    self.push(Entry::Told(told));
                }
            }
            Command::Fork(link) => {
                if let Some(other) = self.over_link(link) {
                    *self.hand = other;
                    let told = format!("the same lines over {}\n{}", link.name, view::place(self.hand));
                    self.push(Entry::Told(told));
                }
            }
            Command::Play(name) => self.play(step, name)?,
            Command::Save(file) => {
                let text = Transcript { entries: self.entries.clone() }.to_text(self.hand.tariff());
                self.write(step, file, text)?;
            }
            Command::Record(file) => {
                check_name(&self.script, step, file)?;
                self.records.push(file.clone());
            }
            Command::Lab(_) => {
                return Err(Lesson::new("a script does no labs")
                    .at(self.script.place(step, "at the prompt only"))
                    .hint("`maillab lab check` checks what is in a lab's folder"));
            }
            // A script is never slowed down: nobody may be there to watch.
            Command::Pace(_) => {}
            Command::Quit => self.over = true,
        }
        Ok(())
    }

    fn set_link(&mut self, step: &Step, link: &Arc<LinkSpec>) -> Result<(), Lesson> {
        let same = self.hand.link().is_some_and(|under| under == link);
        if same || self.hand.set_link(link.clone()) {
            return Ok(());
        }
        Err(Lesson::new("a call is up, and its link cannot be changed")
            .at(self.script.place(step, "the next call can have another"))
            .hint("`:hangup` ends the call"))
    }

    fn write(&mut self, step: &Step, file: &str, text: String) -> Result<(), Lesson> {
        check_name(&self.script, step, file)?;
        self.written.push((file.to_owned(), text));
        Ok(())
    }

    fn show(&mut self, step: &Step, view: &View) -> Result<(), Lesson> {
        let told = match view {
            View::Drawing(file) => return self.write(step, file, view::drawing(self.hand)),
            view => view::show(self.hand, view, WIDTH),
        };
        self.push(Entry::Told(told));
        Ok(())
    }

    /// Another script, as if its lines stood here. Only the outermost one is rewritten.
    fn play(&mut self, step: &Step, name: &str) -> Result<(), Lesson> {
        if self.plays_within >= PLAYS_WITHIN_MAX {
            return Err(Lesson::new(format!("scripts play scripts at most {PLAYS_WITHIN_MAX} deep"))
                .at(self.script.place(step, "one too deep"))
                .hint("does a script play itself?"));
        }
        let octets = self.file(step, name)?;
        let inner = Arc::new(Script::parse(name, &octets)?);
        self.plays_within += 1;
        let outer = std::mem::replace(&mut self.script, inner);
        let update = self.update.take();
        self.all_steps()?;
        self.plays_within -= 1;
        self.script = outer;
        self.update = update;
        Ok(())
    }
}
