//! The server's lines in a script: read, compared with what is expected, and written into a golden script.

use bytes::Bytes;

use super::parse::{Action, Step};
use super::run::Player;
use super::text;
use super::transcript::{Entry, Rest};
use crate::desk::Trouble;
use crate::lesson::Lesson;

/// Why the server's next line is not there.
fn silence(missing: Result<Option<Bytes>, Trouble>, unfinished: &[u8]) -> String {
    match missing {
        Err(trouble) => format!("({trouble})"),
        Ok(_) if unfinished.is_empty() => "(nothing: the server has no more to say)".to_owned(),
        Ok(_) => format!("{} (and no line end)", text::escaped(unfinished)),
    }
}

impl Player<'_> {
    pub(super) fn line(&mut self, peer: usize, step: &Step) {
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
        let name = self.shown_name(peer);
        self.push(Entry::Line(name, line.clone()));
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

    pub(super) fn rest(&mut self, peer: usize, step: &Step, least: u64) {
        let rest = self.read_rest(peer);
        let lines = rest.lines;
        if lines > 0 {
            let name = self.shown_name(peer);
            self.push(Entry::Rest(name, rest));
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
        self.over = true;
        self.failures.push(
            Lesson::new("the server said something else")
                .at(self.script.place(step, "expected"))
                .note(format!("expected: {expected}"))
                .note(format!("     got: {got}")),
        );
    }

    /// Is the next line of the script something else than an expectation for the same connection?
    pub(super) fn ends_block(&self, nth: usize) -> bool {
        let conn = |step: &Step| step.conn.clone();
        let this = self.script.steps.get(nth).map(conn);
        self.script.steps.get(nth + 1).is_none_or(|next| {
            !matches!(next.action, Action::Line(_) | Action::Matching(_) | Action::Rest(_))
                || Some(conn(next)) != this
        })
    }

    /// When a script is rewritten, lines that the server says and the script has not are put in.
    pub(super) fn fill(&mut self, peer: usize, step: &Step) {
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
                let shown = self.shown_name(peer);
                self.push(Entry::Rest(shown, rest));
                format!("{name}S..")
            } else {
                let Ok(Some(line)) = self.hand.next_line(peer) else { return };
                let shown = self.shown_name(peer);
                self.push(Entry::Line(shown, line.clone()));
                format!("{name}S: {}", text::expected(&line))
            };
            if let Some(update) = &mut self.update {
                update.insert_after(step.line, new);
            }
        }
    }
}
