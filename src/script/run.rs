//! Plays a script: line after line, by hand, in virtual time.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::command::Command;
use super::hand::{Hand, Setting};
use super::parse::{Action, PROMPT, STEPS_MAX, Script, Step};
use super::transcript::{Entry, Transcript};
use super::travel::Done;
use super::update::Update;
use crate::desk::Trouble;
use crate::lesson::Lesson;
use crate::link::tariff::Bill;
use crate::measure::metrics::Metrics;
use crate::time::Instant;

/// The octets of the files that scripts send or play, by name.
pub type Files = BTreeMap<String, Bytes>;

/// What came of a script.
#[derive(Clone, Debug)]
pub struct Played {
    /// All that was said.
    pub transcript: Transcript,
    /// Expectations that were not met. The first one of the dialogue ends the run, for what follows would be
    /// compared with the wrong lines; figures are all checked.
    pub failures: Vec<Lesson>,
    /// Files that the script asked to have written, `:save` and the like: each name and its text.
    pub written: Vec<(String, String)>,
    /// The script with what the server says now, if it was asked for.
    pub updated: Option<String>,
    /// The figures at the end, after the call was ended.
    pub metrics: Metrics,
    /// What the calls cost.
    pub bill: Bill,
    /// The hand as it was at the end: its world holds the journal.
    pub hand: Hand,
}

impl Played {
    /// What it all took, in one remark.
    #[must_use]
    pub fn total(&self) -> String {
        let Metrics { calls, turns, round_trips, app_bytes, line_bytes, connected, .. } = self.metrics;
        let (lost, again) = (self.metrics.lost_packets.sum(), self.metrics.repeated_packets.sum());
        // Even on a clean line a timer can be too early; that is worth a word only where something was lost.
        let noise =
            if lost > 0 { format!("# {lost} packets lost, {again} sent again\n") } else { String::new() };
        format!(
            "# in all: {calls} {}, {} connected, {} billed, {} {}\n# {turns} turns, {round_trips} round trips; {} bytes \
             up, {} down, {} on the line\n{noise}",
            if calls == 1 { "call" } else { "calls" },
            connected,
            self.bill.billed,
            self.bill.total(),
            self.hand.tariff().currency,
            app_bytes.up,
            app_bytes.down,
            line_bytes.sum(),
        )
    }
}

/// How a script is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Expectations are checked.
    #[default]
    Check,
    /// Expectations of the dialogue become what the server says.
    Update,
}

/// Plays a script from its beginning. `files` holds the octets of those that it sends, and the scripts that it plays.
///
/// # Errors
/// A line that cannot be done: an unknown connection, a call that fails, a connection that is gone; a slip in a
/// script that is played by this one.
pub fn play(script: &Script, setting: &Setting, files: &Files, mode: Mode) -> Result<Played, Lesson> {
    let mut hand = Hand::new(setting);
    let script = Arc::new(script.clone());
    let update = (mode == Mode::Update).then(|| Update::of(&script));
    let mut player = Player { setting: Some(setting), update, ..Player::new(script, &mut hand, files) };
    player.all_steps()?;
    player.listen();
    let Player { entries, failures, update, mut written, records, .. } = player;
    hand.leave();
    written.extend(records.into_iter().map(|file| (file, hand.trace().to_text())));
    Ok(Played {
        transcript: Transcript { entries },
        failures,
        written,
        updated: update.map(|update| update.text()),
        metrics: hand.metrics(),
        bill: hand.bill(),
        hand,
    })
}

/// What came of one line.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// All that was said.
    pub entries: Vec<Entry>,
    /// When: the moment of each entry.
    pub moments: Vec<Instant>,
    /// Expectations that were not met.
    pub failures: Vec<Lesson>,
}

/// One line typed at a prompt, and what came of it: a line that begins with a colon is a command of the
/// laboratory, every other one is sent as typed. Then whatever the server has to say is read.
///
/// # Errors
/// A command that is not understood, or a line that cannot be done.
pub fn type_line(hand: &mut Hand, line: &str) -> Result<Outcome, Lesson> {
    let script = Arc::new(typed(line)?);
    let files = Files::new();
    let mut player = Player::new(Arc::clone(&script), hand, &files);
    for (nth, step) in script.steps.iter().enumerate() {
        player.step(nth, step)?;
    }
    let acts = script.steps.iter().any(|step| match &step.action {
        Action::Command(command) => command.acts(),
        _ => true,
    });
    player.hand.answered |= acts;
    player.listen();
    Ok(player.outcome())
}

/// A line typed at a prompt, as a script of one line.
///
/// # Errors
/// A command that is not understood.
pub fn typed(line: &str) -> Result<Script, Lesson> {
    if line.starts_with(':') && !line.starts_with("::") {
        return Script::parse(PROMPT, line.as_bytes());
    }
    let octets = [line.strip_prefix(':').unwrap_or(line), "\r\n"].concat().into_bytes();
    let step = Step { line: 1, conn: None, column: 0, action: Action::Send(octets) };
    Ok(Script { file: PROMPT.to_owned(), lines: vec![line.to_owned()], steps: vec![step] })
}

/// Does one step of a script that somebody plays at a prompt. Without a number it reads what nobody described.
///
/// # Errors
/// A line that cannot be done.
pub fn take_step(
    hand: &mut Hand,
    script: &Arc<Script>,
    nth: Option<usize>,
    files: &Files,
) -> Result<Outcome, Lesson> {
    let mut player = Player::new(Arc::clone(script), hand, files);
    match nth {
        None => player.listen(),
        Some(nth) => {
            if let Some(step) = script.steps.get(nth) {
                player.step(nth, step)?;
            }
        }
    }
    Ok(player.outcome())
}

/// Who plays a script, or a part of one.
pub(super) struct Player<'a> {
    pub(super) script: Arc<Script>,
    pub(super) files: &'a Files,
    pub(super) hand: &'a mut Hand,
    /// Where the hand began; nobody knows at a prompt, which goes back in time by itself.
    pub(super) setting: Option<&'a Setting>,
    pub(super) entries: Vec<Entry>,
    moments: Vec<Instant>,
    pub(super) failures: Vec<Lesson>,
    pub(super) written: Vec<(String, String)>,
    pub(super) records: Vec<String>,
    /// The script says no more, or the dialogue is not as expected and the rest makes no sense.
    pub(super) over: bool,
    pub(super) update: Option<Update>,
    /// What was done to the world, so that it can be done again.
    pub(super) done: Vec<Done>,
    steps: usize,
    /// How many scripts are being played by others.
    pub(super) plays_within: usize,
}

impl<'a> Player<'a> {
    pub(super) fn new(script: Arc<Script>, hand: &'a mut Hand, files: &'a Files) -> Self {
        Self {
            script,
            files,
            hand,
            setting: None,
            entries: Vec::new(),
            moments: Vec::new(),
            failures: Vec::new(),
            written: Vec::new(),
            records: Vec::new(),
            over: false,
            update: None,
            done: Vec::new(),
            steps: 0,
            plays_within: 0,
        }
    }

    fn outcome(self) -> Outcome {
        Outcome { entries: self.entries, moments: self.moments, failures: self.failures }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        self.moments.push(self.hand.world().now());
    }

    /// Does every step of the script.
    pub(super) fn all_steps(&mut self) -> Result<(), Lesson> {
        let script = Arc::clone(&self.script);
        for (nth, step) in script.steps.iter().enumerate() {
            if self.over {
                break;
            }
            self.steps += 1;
            if self.steps > STEPS_MAX {
                return Err(Lesson::new(format!("a script does at most {STEPS_MAX} things"))
                    .at(script.place(step, "with all that it plays"))
                    .hint("does a script play itself?"));
            }
            self.step(nth, step)?;
        }
        Ok(())
    }

    pub(super) fn step(&mut self, nth: usize, step: &Step) -> Result<(), Lesson> {
        if !matches!(&step.action, Action::Command(command) if !command.acts()) {
            self.done.push(Done::Step(Arc::clone(&self.script), nth));
        }
        match &step.action {
            Action::Send(octets) => {
                self.settle();
                self.send(step, Bytes::copy_from_slice(octets))
            }
            Action::File(name) => {
                self.settle();
                let octets = self.file(step, name)?;
                self.send(step, octets)
            }
            Action::Line(_) | Action::Matching(_) | Action::Rest(_) => {
                let peer = self.peer(step)?;
                self.hand.answered = true;
                match &step.action {
                    Action::Rest(least) => self.rest(peer, step, *least),
                    _ => self.line(peer, step),
                }
                if self.ends_block(nth) {
                    self.fill(peer, step);
                }
                Ok(())
            }
            Action::Command(command) => {
                self.settle();
                let line = self.script.lines.get(step.line - 1).map_or("", |line| line.trim());
                // Of a script that is played, and of a login, the lines themselves follow.
                if !matches!(command, Command::Play(_) | Command::Auth(_)) {
                    self.push(Entry::Command(line.to_owned()));
                }
                self.command(step, command)
            }
        }
    }

    /// The octets of a file that was read beforehand.
    pub(super) fn file(&self, step: &Step, name: &str) -> Result<Bytes, Lesson> {
        self.files.get(name).cloned().ok_or_else(|| {
            Lesson::new(format!("the file {name} was not read"))
                .at(self.script.place(step, "it is needed here"))
                .hint("`maillab play` reads the files that a script names, and `:play` at the prompt does")
        })
    }

    /// The connection that a line speaks on.
    pub(super) fn peer(&self, step: &Step) -> Result<usize, Lesson> {
        match &step.conn {
            None => self.hand.current().ok_or_else(|| {
                Lesson::new("no connection is open")
                    .at(self.script.place(step, "there is nobody to hear or to say this"))
                    .hint("`:open pop3` dials and connects; so do `:open imap` and `:open smtp`")
            }),
            Some(name) => self.named(step, name),
        }
    }

    pub(super) fn named(&self, step: &Step, name: &str) -> Result<usize, Lesson> {
        self.hand.peer_named(name).ok_or_else(|| {
            let known = || self.hand.peers().iter().map(|peer| peer.name.as_str());
            let lesson = Lesson::new(format!("no connection is called `{name}`"))
                .at(self.script.place(step, "it must be opened before"));
            match crate::lesson::nearest(name, known()) {
                Some(near) => lesson.hint(format!("did you mean `{near}`?")),
                None => lesson.hint(format!("`:open {name}=pop3` opens one under this name")),
            }
        })
    }

    /// A name is shown once there is more than one connection.
    pub(super) fn shown_name(&self, peer: usize) -> Option<String> {
        let peers = self.hand.peers();
        peers.get(peer).filter(|_| peers.len() > 1).map(|peer| peer.name.clone())
    }

    fn send(&mut self, step: &Step, octets: Bytes) -> Result<(), Lesson> {
        let peer = self.peer(step)?;
        let is_over = self.hand.conn(peer).is_some_and(|conn| conn.has_left());
        self.hand.send(peer, &octets).map_err(|trouble| self.trouble(step, &trouble))?;
        let name = self.shown_name(peer);
        self.push(Entry::Sent(name, octets));
        if is_over {
            let told =
                "the server has closed this connection, and nobody reads that; `:open` begins another\n";
            self.push(Entry::Told(told.to_owned()));
        }
        Ok(())
    }

    pub(super) fn trouble(&self, step: &Step, trouble: &Trouble) -> Lesson {
        let lesson = Lesson::new(format!("this cannot be done: {trouble}"))
            .at(self.script.place(step, "stopped here"));
        match trouble {
            Trouble::NoCarrier => lesson.hint("`:open pop3` (or imap, smtp) dials anew and connects"),
            Trouble::Closed => {
                lesson.hint("this connection has ended; `:open` begins another in the same call")
            }
            _ => lesson,
        }
    }

    /// Ends the exchange, if the server has answered in it.
    pub(super) fn settle(&mut self) {
        self.tell();
        if std::mem::take(&mut self.hand.answered) {
            let (before, after) = self.hand.end_exchange();
            self.push(Entry::Exchange(before, after));
        }
    }

    /// Reads what nobody described, and ends the exchange.
    pub(super) fn listen(&mut self) {
        for peer in 0..self.hand.peers().len() {
            while let Ok(Some(line)) = self.hand.next_line(peer) {
                self.hand.answered = true;
                let name = self.shown_name(peer);
                self.push(Entry::Line(name, line));
            }
        }
        self.hand.wait_for_mail_host();
        self.tell();
        self.settle();
    }

    /// What happened at the workstation that nobody typed, as remarks.
    pub(super) fn tell(&mut self) {
        let told = self.hand.take_told();
        if !told.is_empty() {
            self.hand.answered = true;
            self.push(Entry::Told(told.join("\n") + "\n"));
        }
    }
}
