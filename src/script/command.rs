//! The commands of the laboratory itself: lines that begin with a colon, in scripts and at the prompt.
//!
//! [`COMMANDS`] is the one place where their words, syntax and help stand: parser, completion, `:help` and the book
//! are drawn from it. What follows the word is read by the functions in `arguments.rs`.

mod arguments;

use std::sync::Arc;

use super::expect::Expectation;
use super::text::Slip;
use crate::desk::Service;
use crate::lesson::{Lesson, nearest};
use crate::link::call::DropWhen;
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::protocol::sasl::Mechanism;
use crate::time::{Duration, Instant};

pub use arguments::is_name;
use arguments::{
    Word, auth, drops, hex, link, moment, none, number, one, open, over, pace, rest, slip, span, tariff,
    words,
};

/// One command: the one place where its word, its syntax and its help stand.
#[derive(Clone, Copy, Debug)]
pub struct LabRow {
    /// The word behind the colon.
    pub word: &'static str,
    /// The whole command as a person writes it.
    pub syntax: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
    /// What it is for.
    pub group: Group,
    /// What stands behind the word: for completion.
    pub takes: Takes,
    /// The command as somebody would write it.
    pub example: &'static str,
}

/// What commands are for: how `:help` and the book sort them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Calls, connections, and what happens to them.
    Act,
    /// What there is to be seen.
    Look,
    /// Going to another moment, or over another link.
    Travel,
    /// Files, pace, help.
    Keep,
}

impl Group {
    /// All groups, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Act, Self::Look, Self::Travel, Self::Keep];

    /// Its heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Act => "Calls, connections, time",
            Self::Look => "What is going on",
            Self::Travel => "Back, forth, and what if",
            Self::Keep => "Files, pace, help",
        }
    }
}

/// What stands behind a command's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing, or what no list can know.
    Anything,
    /// A protocol, and a link and a tariff.
    Service,
    /// The name of a connection.
    Connection,
    /// The name of a link.
    Link,
    /// The name of a tariff.
    Tariff,
    /// Figures.
    Figure,
    /// A command.
    Command,
    /// One of these words.
    Words(&'static [&'static str]),
}

const fn row(
    group: Group,
    word: &'static str,
    syntax: &'static str,
    takes: Takes,
    example: &'static str,
    help: &'static str,
) -> LabRow {
    LabRow { word, syntax, help, group, takes, example }
}

/// The commands that scripts and the prompt share: all of them.
#[rustfmt::skip]
pub const COMMANDS: &[LabRow] = {
    use Group::{Act, Keep, Look, Travel};
    use Takes::{Anything, Words};
    &[
        row(Act, "open", ":open [NAME=]PROTOCOL [--dialect D] [--with WORDS] [--without WORDS] [--at PLACE] [--link L] [--tariff T]", Takes::Service, ":open a=pop3 --link v22bis-2400", "dial if no call is up, and connect to a service; --with, --without: what the server has and has not, with commas between; --at: from which workstation, each with a line of its own"),
        row(Act, "use", ":use NAME", Takes::Connection, ":use a", "speak on this connection from here on, at its workstation"),
        row(Act, "link", ":link NAME", Takes::Link, ":link v22bis-2400", "put another link under the next call"),
        row(Act, "tariff", ":tariff NAME", Takes::Tariff, ":tariff bt-local-1997", "let calls be charged by another tariff"),
        row(Act, "think", ":think SPAN", Anything, ":think 20s", "let time pass: ms, s, min or h"),
        row(Act, "expect", ":expect FIGURE <= N [and …]", Takes::Figure, ":expect turns <= 6 and billed_s < 90", "check figures of the session so far"),
        row(Act, "send", ":send HEX", Anything, ":send 51 55 49 54 0D 0A", "send octets as they are, without CR LF"),
        row(Act, "deliver", ":deliver [ADDRESS]", Anything, ":deliver", "a message from outside arrives in the INBOX, or for an address; for user1@branch.example it waits in the queue"),
        row(Act, "accept", ":accept", Anything, ":accept", "wait until the mail host at this workstation has taken all that the other one brings (ETRN, TURN)"),
        row(Act, "drop", ":drop [WHEN]", Anything, ":drop at=90s", "the line drops: now, or in the next call at=90s or byte=10000"),
        row(Act, "auth", ":auth apop|MECHANISM USER PASSWORD [--sign]", Words(AUTH), ":auth cram-md5 alice secret", "log in by what nobody could type: APOP, or a mechanism of SASL; --sign: with DIGEST-MD5's integrity layer"),
        row(Act, "close", ":close [NAME]", Takes::Connection, ":close a", "close a connection from this end"),
        row(Act, "hangup", ":hangup", Anything, ":hangup", "end the call"),
        row(Look, "why", ":why", Anything, ":why", "what just happened, and which section says so"),
        row(Look, "state", ":state", Anything, ":state", "both ends of each connection, and what is legal now"),
        row(Look, "bill", ":bill", Anything, ":bill", "what the calls cost, line by line"),
        row(Look, "ladder", ":ladder [N | FILE.svg]", Anything, ":ladder 8", "the last N packets as a time-sequence diagram, or all of them as a drawing"),
        row(Travel, "step", ":step [N]", Anything, ":step 3", "one event on, or N"),
        row(Travel, "back", ":back [N]", Anything, ":back 3", "one event back, or N"),
        row(Travel, "goto", ":goto N", Anything, ":goto 12", "to the moment after event N"),
        row(Travel, "until", ":until TIME | +SPAN | packet | command | answer | quiet", Words(&["packet", "command", "answer", "quiet"]), ":until packet", "on to a time, or until a packet arrives, the server has a command, the client hears more, all is quiet"),
        row(Travel, "diff", ":diff LINK", Takes::Link, ":diff v22bis-2400", "what the same lines take over another link"),
        row(Travel, "fork", ":fork LINK", Takes::Link, ":fork v22bis-2400", "type the same lines over another link, and go on there"),
        row(Keep, "play", ":play FILE", Anything, ":play hello.txt", "do what a script says"),
        row(Keep, "save", ":save FILE", Anything, ":save session.txt", "write the session so far as a script"),
        row(Keep, "record", ":record FILE", Anything, ":record session.trace", "keep the whole session as a trace in a file, from here on"),
        row(Keep, "pace", ":pace 1x|10x|max", Words(&["1x", "10x", "max"]), ":pace 1x", "watch the line at its own speed, at ten times that, or do not wait (scripts never wait)"),
        row(Keep, "lab", ":lab list|start|check|hint|next …", Words(&["list", "start", "check", "hint", "next"]), ":lab start a-mailbox-by-hand", "the labs, as `maillab lab` does them in this folder (at the prompt only)"),
        row(Keep, "help", ":help [COMMAND]", Takes::Command, ":help retr", "the commands, or one of them, of the lab or of the protocol"),
        row(Keep, "quit", ":quit", Anything, ":quit", "leave; so does the end of input"),
    ]
};

/// What `:auth` can log in by.
const AUTH: &[&str] = &[
    "apop",
    "plain",
    "login",
    "cram-md5",
    "digest-md5",
    "scram-sha-1",
    "scram-sha-256",
    "skey",
    "otp",
    "external",
    "anonymous",
];

/// How somebody logs in.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    /// The mechanism of SASL; none for POP3's APOP.
    pub mechanism: Option<Mechanism>,
    /// The user's name.
    pub name: String,
    /// The password; empty where none is needed.
    pub password: String,
    /// With the integrity layer of DIGEST-MD5.
    pub signs: bool,
}

/// Passwords are not shown to those who debug.
impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proof {{ {:?}, name: {:?} }}", self.mechanism, self.name)
    }
}

/// One command with its arguments.
#[derive(Clone, Debug)]
pub enum Command {
    /// Connect to a service, and dial before that if no call is up.
    Open {
        /// What lines will call the connection; the protocol's name unless told otherwise.
        name: String,
        /// The service.
        service: Service,
        /// At which workstation; the one at which somebody sits unless told otherwise.
        at: Option<String>,
        /// As a server of which year or make it is played.
        dialect: Option<String>,
        /// What the server is told to have, or not to have.
        features: Vec<(String, bool)>,
        /// Another link under the call.
        link: Option<Arc<LinkSpec>>,
        /// Another tariff.
        tariff: Option<Arc<Tariff>>,
    },
    /// Lines without a name speak on this connection from here on.
    Use(String),
    /// Another link under the next call.
    Link(Arc<LinkSpec>),
    /// Another tariff for all calls.
    Tariff(Arc<Tariff>),
    /// Time passes.
    Think(Duration),
    /// Figures are checked.
    Expect(Expectation),
    /// Octets are sent.
    Send(Vec<u8>),
    /// Mail comes in from outside, for alice or for this address.
    Deliver(Option<String>),
    /// The mail host at the workstation takes what is brought.
    Accept,
    /// The line drops: now, or so in the next call.
    Drop(Vec<DropWhen>),
    /// Somebody logs in.
    Auth(Proof),
    /// A connection is closed from this end: the one named, or the current one.
    Close(Option<String>),
    /// The call ends.
    HangUp,
    /// Something is shown.
    Show(View),
    /// Somewhere else in time.
    Travel(Travel),
    /// What the same lines take over another link.
    Diff(Arc<LinkSpec>),
    /// The same lines over another link, and on from there.
    Fork(Arc<LinkSpec>),
    /// Another script.
    Play(String),
    /// The session so far is written as a script.
    Save(String),
    /// The session is written as a trace.
    Record(String),
    /// What `maillab lab` does, with these arguments.
    Lab(Vec<String>),
    /// How fast the screen shows what happens.
    Pace(Pace),
    /// Help about all commands, or about one.
    Help(String),
    /// The end.
    Quit,
}

/// What a command shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// What just happened.
    Why,
    /// Both ends.
    State,
    /// What it costs.
    Bill,
    /// The last so many packets.
    Ladder(usize),
    /// All packets, as a drawing in this file.
    Drawing(String),
}

/// Where a command goes in time. Events are counted from the session's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Travel {
    /// So many events on.
    Step(u64),
    /// So many events back.
    Back(u64),
    /// To the moment after this event.
    Goto(u64),
    /// On, until something is the case.
    Until(Until),
}

/// Until what the world goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// It is this late.
    Time(Instant),
    /// So much time has passed.
    Passed(Duration),
    /// One more packet has arrived, at either end.
    Packet,
    /// The server has one more command.
    Command,
    /// The client has heard more.
    Answer,
    /// Nothing is left to happen.
    Quiet,
}

/// How fast the screen shows what happens on the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// So many times as fast as the line: a second on the line takes the screen 1 ÷ N seconds.
    Times(u32),
    /// Without waiting.
    #[default]
    Max,
}

/// The longest time that may pass at once.
pub const THINK_MAX: Duration = Duration::from_secs(30 * 86_400);

/// What is wrong with a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Wrong {
    /// A slip in its text.
    Slip(Slip),
    /// A name that somebody else knows more about: the first character, how many, and what they say.
    Name(usize, usize, Lesson),
}

impl From<Slip> for Wrong {
    fn from(slip: Slip) -> Self {
        Self::Slip(slip)
    }
}

/// The row of a word, if there is one.
#[must_use]
pub fn row_named(word: &str) -> Option<&'static LabRow> {
    COMMANDS.iter().find(|row| row.word == word)
}

/// Reads a command without its colon. Columns count from the first character behind the colon.
///
/// # Errors
/// An unknown word, with the nearest known one; arguments that are missing, too many or not understood.
pub fn parse(text: &str) -> Result<Command, Wrong> {
    let words = words(text);
    let (first, arguments) = match words.split_first() {
        Some(((_, first), arguments)) => (*first, arguments),
        None => ("", &words[..]),
    };
    let Some(row) = row_named(first) else { return Err(unknown(first).into()) };
    let end = text.chars().count();
    let word = || one(arguments, end, row);
    let count = |default| number(arguments, end, row, default);
    Ok(match row.word {
        "open" => return open(arguments, end, row),
        "use" => Command::Use(word()?.1.to_owned()),
        "link" => Command::Link(link(over(arguments, end, row)?)?),
        "tariff" => Command::Tariff(tariff(word()?)?),
        "think" => Command::Think(span(word()?)?),
        "expect" => Command::Expect(expectation(text)?),
        "send" => Command::Send(hex(arguments, end, row)?),
        "auth" => Command::Auth(auth(arguments, end, row)?),
        "close" if arguments.is_empty() => Command::Close(None),
        "close" => Command::Close(Some(word()?.1.to_owned())),
        "deliver" if arguments.is_empty() => Command::Deliver(None),
        "deliver" => Command::Deliver(Some(word()?.1.to_owned())),
        "accept" => none(arguments, row, Command::Accept)?,
        "drop" if arguments.is_empty() => Command::Drop(Vec::new()),
        "drop" => Command::Drop(drops(one(arguments, end, row)?)?),
        "hangup" => none(arguments, row, Command::HangUp)?,
        "why" => none(arguments, row, Command::Show(View::Why))?,
        "state" => none(arguments, row, Command::Show(View::State))?,
        "bill" => none(arguments, row, Command::Show(View::Bill))?,
        "ladder" => Command::Show(ladder(arguments, end, row)?),
        "step" => Command::Travel(Travel::Step(count(Some(1))?)),
        "back" => Command::Travel(Travel::Back(count(Some(1))?)),
        "goto" => Command::Travel(Travel::Goto(count(None)?)),
        "until" => Command::Travel(Travel::Until(moment(word()?)?)),
        "diff" => Command::Diff(link(over(arguments, end, row)?)?),
        "fork" => Command::Fork(link(over(arguments, end, row)?)?),
        "play" => Command::Play(rest(text, end, row)?),
        "save" => Command::Save(rest(text, end, row)?),
        "record" => Command::Record(rest(text, end, row)?),
        "lab" if arguments.is_empty() => Command::Lab(vec!["list".to_owned()]),
        "lab" => Command::Lab(rest(text, end, row)?.split_whitespace().map(str::to_owned).collect()),
        "pace" => Command::Pace(pace(word()?)?),
        "help" if arguments.is_empty() => Command::Help(String::new()),
        "help" => Command::Help(rest(text, end, row)?),
        _ => none(arguments, row, Command::Quit)?,
    })
}

fn expectation(text: &str) -> Result<Expectation, Slip> {
    let start = "expect".len();
    let text = text.get(start..).unwrap_or_default();
    Expectation::parse(text).map_err(|slip| Slip { column: slip.column + start, ..slip })
}

/// How many packets the ladder shows unless told otherwise, and the most.
const LADDER: (u64, u64) = (20, 1000);

fn ladder(arguments: &[Word<'_>], end: usize, row: &LabRow) -> Result<View, Slip> {
    match arguments {
        [(_, file)] if file.to_ascii_lowercase().ends_with(".svg") => Ok(View::Drawing((*file).to_owned())),
        _ => number(arguments, end, row, Some(LADDER.0))
            .map(|packets| View::Ladder(packets.min(LADDER.1) as usize)),
    }
}

fn unknown(word: &str) -> Slip {
    let known = || COMMANDS.iter().map(|row| row.word);
    let allowed = match nearest(word, known()) {
        Some(near) => format!("did you mean `:{near}`?"),
        None => format!("there are {}", known().map(|word| format!(":{word}")).collect::<Vec<_>>().join(" ")),
    };
    slip((0, word), format!("there is no command `:{word}`"), allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_understood_as_its_example_shows_it() {
        for row in COMMANDS {
            assert!(row.syntax.starts_with(&format!(":{}", row.word)), "{}", row.syntax);
            assert!(parse(&row.example[1..]).is_ok(), "{}: {:?}", row.example, parse(&row.example[1..]));
        }
    }

    #[test]
    fn slips_say_what_is_allowed() {
        for (text, says) in [
            ("opne pop3", "did you mean `:open`?"),
            ("open pop4", "did you mean `pop3`?"),
            ("open", "[NAME=]"),
            ("open 1a=pop3", "letters"),
            ("open pop3 imap", "[NAME=]"),
            ("think", "SPAN"),
            ("send 5", "pairs"),
            ("auth cram-md6 a b", "did you mean `cram-md5`?"),
            ("auth plain", "USER"),
            ("auth plain a b c", "USER"),
            ("goto", ":goto N"),
            ("goto x", ":goto N"),
            ("until soon", "packet"),
            ("pace 2x", "1x"),
            ("save", ":save FILE"),
            ("", ":open"),
        ] {
            let Err(Wrong::Slip(slip)) = parse(text) else { panic!("{text}") };
            assert!(format!("{} {}", slip.what, slip.allowed).contains(says), "{text}: {slip:?}");
        }
        assert!(matches!(parse("open pop3 --link v34-28888"), Err(Wrong::Name(17, 9, _))));
        assert!(matches!(parse("drop it"), Err(Wrong::Name(5, 2, _))));
        assert!(matches!(parse("tariff bt"), Err(Wrong::Name(7, 2, _))));
        assert!(matches!(parse("diff nosuch"), Err(Wrong::Name(5, 6, _))));
    }

    #[test]
    fn a_file_s_name_may_hold_blanks() {
        let Ok(Command::Save(file)) = parse("save my session.txt ") else { panic!() };
        assert_eq!(file, "my session.txt");
    }
}
