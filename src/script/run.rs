//! Plays a script: line after line, by hand, in virtual time.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::command::Command;
use super::hand::{Hand, Setting, Used};
use super::parse::{Action, Script, Step};
use super::text;
use super::transcript::{Entry, Rest, Transcript};
use super::update::Update;
use crate::desk::Trouble;
use crate::lesson::Lesson;
use crate::link::tariff::Bill;
use crate::measure::metrics::Metrics;

/// What came of a script.
#[derive(Clone, Debug)]
pub struct Played {
    /// All that was said.
    pub transcript: Transcript,
    /// Expectations that were not met. The first one of the dialogue ends the run, for what follows would be
    /// compared with the wrong lines; figures are all checked.
    pub failures: Vec<Lesson>,
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
        format!(
            "# in all: {calls} {}, {} connected, {} billed, {} {}\n# {turns} turns, {round_trips} round trips; {} bytes \
             up, {} down, {} on the line\n",
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

/// Plays a script from its beginning. `files` holds the octets of those that it sends, by name.
///
/// # Errors
/// A line that cannot be done: an unknown connection, a call that fails, a connection that is gone.
pub fn play(
    script: &Script,
    setting: &Setting,
    files: &BTreeMap<String, Bytes>,
    mode: Mode,
) -> Result<Played, Lesson> {
    let mut hand = Hand::new(setting);
    let mut player = Player::new(script, &mut hand, files, mode);
    for (nth, step) in script.steps.iter().enumerate() {
        if player.failed {
            break;
        }
        player.step(nth, step)?;
    }
    player.listen();
    let (entries, failures, update) = (player.entries, player.failures, player.update);
    hand.hang_up();
    Ok(Played {
        transcript: Transcript { entries },
        failures,
        updated: update.map(|update| update.text()),
        metrics: hand.metrics(),
        bill: hand.bill(),
        hand,
    })
}

/// One line typed at a prompt, and what came of it: a line that begins with a colon is a command of the
/// laboratory, every other one is sent as typed. Then whatever the server has to say is read.
///
/// # Errors
/// A command that is not understood, or a line that cannot be done.
pub fn type_line(hand: &mut Hand, line: &str) -> Result<(Vec<Entry>, Vec<Lesson>), Lesson> {
    const PROMPT: &str = "your line";
    let script = if line.starts_with(':') && !line.starts_with("::") {
        Script::parse(PROMPT, line.as_bytes())?
    } else {
        let octets = [line.strip_prefix(':').unwrap_or(line), "\r\n"].concat().into_bytes();
        let step = Step { line: 1, conn: None, column: 0, action: Action::Send(octets) };
        Script { file: PROMPT.to_owned(), lines: vec![line.to_owned()], steps: vec![step] }
    };
    let files = BTreeMap::new();
    let mut player = Player::new(&script, hand, &files, Mode::Check);
    for step in &script.steps {
        player.step(0, step)?;
    }
    player.answered = !matches!(
        script.steps.first().map(|step| &step.action),
        Some(Action::Command(Command::Expect(_) | Command::Use(_)))
    );
    player.listen();
    Ok((player.entries, player.failures))
}

/// Why the server's next line is not there.
fn silence(missing: Result<Option<Bytes>, Trouble>, unfinished: &[u8]) -> String {
    match missing {
        Err(trouble) => format!("({trouble})"),
        Ok(_) if unfinished.is_empty() => "(nothing: the server has no more to say)".to_owned(),
        Ok(_) => format!("{} (and no line end)", text::escaped(unfinished)),
    }
}

struct Player<'a> {
    script: &'a Script,
    files: &'a BTreeMap<String, Bytes>,
    hand: &'a mut Hand,
    entries: Vec<Entry>,
    failures: Vec<Lesson>,
    /// The dialogue is not as expected: the rest makes no sense.
    failed: bool,
    update: Option<Update>,
    /// What had been used up when the exchange began, and whether the server has answered in it.
    before: Used,
    answered: bool,
}

impl<'a> Player<'a> {
    fn new(script: &'a Script, hand: &'a mut Hand, files: &'a BTreeMap<String, Bytes>, mode: Mode) -> Self {
        Self {
            script,
            files,
            before: hand.used(),
            hand,
            entries: Vec::new(),
            failures: Vec::new(),
            failed: false,
            update: (mode == Mode::Update).then(|| Update::of(script)),
            answered: false,
        }
    }

    fn step(&mut self, nth: usize, step: &Step) -> Result<(), Lesson> {
        match &step.action {
            Action::Send(octets) => {
                self.settle();
                self.send(step, Bytes::copy_from_slice(octets))
            }
            Action::File(name) => {
                self.settle();
                let octets = self.files.get(name).cloned().ok_or_else(|| {
                    Lesson::new(format!("the file {name} was not read")).at(self.script.place(step, ""))
                })?;
                self.send(step, octets)
            }
            Action::Line(_) | Action::Matching(_) | Action::Rest(_) => {
                let peer = self.peer(step)?;
                self.answered = true;
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
                self.entries.push(Entry::Command(line.to_owned()));
                self.command(step, command)
            }
        }
    }

    /// The connection that a line speaks on.
    fn peer(&self, step: &Step) -> Result<usize, Lesson> {
        match &step.conn {
            None => self.hand.current().ok_or_else(|| {
                Lesson::new("no connection is open")
                    .at(self.script.place(step, "there is nobody to hear or to say this"))
                    .hint("`:open pop3` dials and connects; so do `:open imap` and `:open smtp`")
            }),
            Some(name) => self.named(step, name),
        }
    }

    fn named(&self, step: &Step, name: &str) -> Result<usize, Lesson> {
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
    fn shown_name(&self, peer: usize) -> Option<String> {
        let peers = self.hand.peers();
        peers.get(peer).filter(|_| peers.len() > 1).map(|peer| peer.name.clone())
    }

    fn send(&mut self, step: &Step, octets: Bytes) -> Result<(), Lesson> {
        let peer = self.peer(step)?;
        self.hand.send(peer, &octets).map_err(|trouble| self.trouble(step, &trouble))?;
        self.entries.push(Entry::Sent(self.shown_name(peer), octets));
        Ok(())
    }

    fn trouble(&self, step: &Step, trouble: &Trouble) -> Lesson {
        Lesson::new(format!("this cannot be done: {trouble}")).at(self.script.place(step, ""))
    }

    fn line(&mut self, peer: usize, step: &Step) {
        let next = self.hand.next_line(peer);
        let Ok(Some(line)) = next else {
            return match &mut self.update {
                Some(update) => update.remove(step.line),
                None => {
                    let silence = silence(next, self.hand.unfinished(peer));
                    self.differs(step, &silence);
                }
            };
        };
        self.entries.push(Entry::Line(self.shown_name(peer), line.clone()));
        let meets = match &step.action {
            Action::Matching(regex) => regex.is_match(&String::from_utf8_lossy(&line)),
            Action::Line(pattern) => pattern.matches(&line),
            _ => true,
        };
        if !meets {
            match &mut self.update {
                Some(update) => update.replace(step, &line),
                None => self.differs(step, &text::expected(&line)),
            }
        }
    }

    fn rest(&mut self, peer: usize, step: &Step, least: u64) {
        let rest = self.read_rest(peer);
        let lines = rest.lines;
        if lines > 0 {
            self.entries.push(Entry::Rest(self.shown_name(peer), rest));
        }
        if lines < least {
            match &mut self.update {
                Some(update) => update.fewer(step, lines),
                None => self.differs(step, &format!("{lines} lines")),
            }
        }
    }

    /// Reads what is left of the oldest answer; without a first line it is read, too.
    fn read_rest(&mut self, peer: usize) -> Rest {
        let mut rest = Rest::default();
        loop {
            let Some(answers) = self.hand.peers().get(peer).map(|peer| &peer.answers) else { return rest };
            let (inside, owed) = (answers.is_inside(), answers.owed());
            let goes_on = inside || (rest.lines == 0 && owed > 0) || answers.is_tagged();
            if !goes_on {
                return rest;
            }
            let Ok(Some(line)) = self.hand.look_ahead(peer) else { return rest };
            if self.hand.peers().get(peer).is_some_and(|peer| peer.answers.ends_alone(&line)) {
                return rest;
            }
            let Ok(Some(line)) = self.hand.next_line(peer) else { return rest };
            rest.push(&line);
        }
    }

    fn differs(&mut self, step: &Step, got: &str) {
        let text = self.script.lines.get(step.line - 1).map_or("", String::as_str);
        let expected: String = text.chars().skip(step.column).collect();
        self.failed = true;
        self.failures.push(
            Lesson::new("the server said something else")
                .at(self.script.place(step, "expected"))
                .note(format!("expected: {expected}"))
                .note(format!("     got: {got}")),
        );
    }

    /// Is the next line of the script something else than an expectation for the same connection?
    fn ends_block(&self, nth: usize) -> bool {
        let conn = |step: &Step| step.conn.clone();
        let this = self.script.steps.get(nth).map(conn);
        self.script.steps.get(nth + 1).is_none_or(|next| {
            !matches!(next.action, Action::Line(_) | Action::Matching(_) | Action::Rest(_))
                || Some(conn(next)) != this
        })
    }

    /// When a script is rewritten, lines that the server says and the script has not are put in.
    fn fill(&mut self, peer: usize, step: &Step) {
        if self.update.is_none() {
            return;
        }
        while self.hand.peers().get(peer).is_some_and(|peer| !peer.answers.is_complete()) {
            let name = step.conn.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
            let is_inside = self.hand.peers().get(peer).is_some_and(|peer| peer.answers.is_inside());
            let new = if is_inside {
                let rest = self.read_rest(peer);
                if rest.lines == 0 {
                    return;
                }
                self.entries.push(Entry::Rest(self.shown_name(peer), rest));
                format!("{name}S..")
            } else {
                let Ok(Some(line)) = self.hand.next_line(peer) else { return };
                self.entries.push(Entry::Line(self.shown_name(peer), line.clone()));
                format!("{name}S: {}", text::expected(&line))
            };
            if let Some(update) = &mut self.update {
                update.insert_after(step.line, new);
            }
        }
    }

    fn command(&mut self, step: &Step, command: &Command) -> Result<(), Lesson> {
        match command {
            Command::Open { name, service, link, tariff } => {
                if let Some(tariff) = tariff {
                    self.hand.set_tariff(tariff.clone());
                }
                if let Some(link) = link {
                    self.set_link(step, link)?;
                }
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
            Command::Deliver => {
                self.hand.deliver(super::USER);
            }
            Command::Drop => self.hand.drop_line(),
            Command::Close(name) => {
                let peer = match name {
                    Some(name) => self.named(step, name)?,
                    None => self.peer(step)?,
                };
                self.hand.close(peer);
            }
            Command::HangUp => self.hand.hang_up(),
        }
        Ok(())
    }

    fn set_link(
        &mut self,
        step: &Step,
        link: &std::sync::Arc<crate::link::spec::LinkSpec>,
    ) -> Result<(), Lesson> {
        let same = self.hand.link().is_some_and(|under| under == link);
        if same || self.hand.set_link(link.clone()) {
            return Ok(());
        }
        Err(Lesson::new("a call is up, and its link cannot be changed")
            .at(self.script.place(step, "the next call can have another"))
            .hint("`:hangup` ends the call"))
    }

    /// Ends the exchange, if the server has answered in it.
    fn settle(&mut self) {
        if std::mem::take(&mut self.answered) {
            let after = self.hand.used();
            self.entries.push(Entry::Exchange(self.before, after));
            self.before = after;
        }
    }

    /// Reads what nobody described, and ends the exchange.
    fn listen(&mut self) {
        for peer in 0..self.hand.peers().len() {
            while let Ok(Some(line)) = self.hand.next_line(peer) {
                self.answered = true;
                self.entries.push(Entry::Line(self.shown_name(peer), line));
            }
        }
        self.settle();
    }
}
