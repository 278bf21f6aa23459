//! The text of a generated message: greeting, quotation, paragraphs, signature, to an exact number of octets.

use super::encode;
use super::generator::Generator;
use super::plan::{self, Letters, Plan};
use super::random::{Purpose, Stream};
use super::words::{self, Topic};

/// Texts shorter than this have neither greeting nor signature.
const LETTER_FROM: usize = 250;

/// Answers quote at most so many lines.
const QUOTED_MAX: u32 = 24;

/// A message's own words, line by line, without line ends. The first lines are the same however many are asked
/// for, so that an answer can quote them.
pub struct Lines {
    stream: Stream,
    topic: Topic,
    paragraph: Vec<u8>,
    at: usize,
    width: usize,
}

impl Lines {
    /// The words of message `index` in a thread about `topic`.
    #[must_use]
    pub fn of(generator: &Generator, index: u32, topic: Topic) -> Self {
        let mut stream = generator.streams().of(Purpose::Text, index);
        let width = stream.between(64, 72) as usize;
        Self { stream, topic, paragraph: Vec::new(), at: 0, width }
    }

    /// The next line; an empty one stands between paragraphs.
    pub fn next_line(&mut self) -> &[u8] {
        if self.at >= self.paragraph.len() {
            let first = self.paragraph.is_empty();
            self.new_paragraph();
            if !first {
                return b"";
            }
        }
        let rest = &self.paragraph[self.at..];
        let end = if rest.len() <= self.width {
            rest.len()
        } else {
            memchr::memrchr(b' ', &rest[..=self.width]).filter(|end| *end > 0).unwrap_or(self.width)
        };
        self.at += end + 1;
        &rest[..end]
    }

    /// One to six sentences. Now and then the first line begins as no line should that POP3 must stuff with a
    /// dot (RFC 1939 §3) or that an mbox must quote.
    fn new_paragraph(&mut self) {
        self.paragraph.clear();
        self.at = 0;
        match self.stream.below(64) {
            0 => self.paragraph.extend_from_slice(b"From what I hear: "),
            1 => self.paragraph.extend_from_slice(b"... and another thing. "),
            2 => self.paragraph.extend_from_slice(b".forward and .profile first. "),
            _ => {}
        }
        for _ in 0..self.stream.between(1, 6) {
            words::sentence(&mut self.stream, self.topic, &mut self.paragraph);
            self.paragraph.push(b' ');
        }
        self.paragraph.pop();
    }
}

/// Writes text of exactly `room` octets, or of two if there is less room than that.
pub fn write(generator: &Generator, plan: &Plan, room: usize, out: &mut Vec<u8>) {
    let end = out.len() + room.max(2);
    let mut form = generator.streams().of(Purpose::Letter, plan.index);
    let mut page = Page { out, end, letters: plan.form.letters, coded: Vec::new() };
    let signature =
        if room >= LETTER_FROM && form.below(3) > 0 { signature(plan, &mut form) } else { Vec::new() };
    page.end -= signature.len();
    if room >= LETTER_FROM {
        greeting(generator, plan, &mut form, &mut page);
    }
    let mut lines = Lines::of(generator, plan.index, plan.thread.topic);
    while page.line(lines.next_line()) {}
    let missing = page.end - page.out.len();
    filler(&mut form, missing, page.out);
    out.extend_from_slice(&signature);
}

/// A text being written, and where it must end.
struct Page<'a> {
    out: &'a mut Vec<u8>,
    end: usize,
    letters: Letters,
    coded: Vec<u8>,
}

impl Page<'_> {
    /// Writes a line in the letters of the message. False if it does not fit, or would leave a single octet, in
    /// which no line end has room.
    fn line(&mut self, line: &[u8]) -> bool {
        self.coded.clear();
        match self.letters {
            Letters::QuotedPrintable => encode::quoted_printable_line(line, &mut self.coded),
            Letters::Ascii | Letters::EightBit => {
                self.coded.extend_from_slice(line);
                self.coded.extend_from_slice(b"\r\n");
            }
        }
        let left = (self.end - self.out.len()).checked_sub(self.coded.len());
        let fits = left.is_some_and(|left| left != 1);
        if fits {
            self.out.extend_from_slice(&self.coded);
        }
        fits
    }
}

/// What stands before one's own words: a greeting, or the words that are answered.
fn greeting(generator: &Generator, plan: &Plan, form: &mut Stream, page: &mut Page<'_>) {
    let Some(parent) = plan.parent() else {
        if form.below(2) == 0 {
            page.line(form.word(&["Hi Alice,", "Alice,", "Dear all,", "Hello,", "Hi there,"]).as_bytes());
            page.line(b"");
        }
        return;
    };
    let author = plan::author(generator, parent);
    let civil = plan::times(generator, parent).0.civil().date();
    let said = match form.below(3) {
        0 => format!("On {}, {} wrote:", civil, author.name),
        1 => format!("{} <{}> writes:", author.name, author.address),
        _ => format!("In your message of {civil} you wrote:"),
    };
    page.line(said.as_bytes());
    // A quotation leaves at least half of the room to one's own words.
    let stop = page.out.len() + (page.end - page.out.len()) / 2;
    let mut quoted = Vec::new();
    let mut quote = |index: u32, mark: &[u8], count: u32, page: &mut Page<'_>| {
        let mut lines = Lines::of(generator, index, plan.thread.topic);
        for _ in 0..count {
            quoted.clear();
            quoted.extend_from_slice(mark);
            quoted.extend_from_slice(lines.next_line());
            if page.out.len() + quoted.len() > stop || !page.line(quoted.trim_ascii_end()) {
                return;
            }
        }
    };
    if let Some(grandparent) = plan.chain.iter().rev().nth(1) {
        quote(*grandparent, b"> > ", form.below(6), page);
    }
    let count = form.between(2, QUOTED_MAX);
    quote(parent, b"> ", form.between(2, count), page);
    page.line(b"");
}

/// A name, and now and then a saying, after the line `-- ` by which programs know a signature.
fn signature(plan: &Plan, form: &mut Stream) -> Vec<u8> {
    let mut lines = vec!["-- ".to_owned(), format!("{}   {}", plan.author.name, plan.author.address)];
    if form.below(3) == 0 {
        let phone = form.between(100, 199);
        lines.push(format!("Department of Examples, phone +1 555 0{phone}"));
    }
    if form.below(3) == 0 {
        let saying = [
            "Be conservative in what you send.",
            "This line was left blank on purpose.",
            "Ask me about my modem.",
        ];
        lines.push(form.word(&saying).to_owned());
    }
    let mut out = Vec::new();
    for line in lines {
        match plan.form.letters {
            Letters::QuotedPrintable => encode::quoted_printable_line(line.as_bytes(), &mut out),
            Letters::Ascii | Letters::EightBit => {
                out.extend_from_slice(line.as_bytes());
                out.extend_from_slice(b"\r\n");
            }
        }
    }
    out
}

/// Writes exactly `room` octets of plain words that need no encoding; nothing for less than two.
pub fn filler(stream: &mut Stream, room: usize, out: &mut Vec<u8>) {
    let mut left = room;
    let mut words = Vec::new();
    while left >= 2 {
        // Never leave a single octet: a line of 62 leaves at least 11 of more than 72.
        let line = if left > 72 { 62 } else { left };
        words.clear();
        while words.len() < line {
            words::sentence(stream, Topic { first_noun: 0, accents: false }, &mut words);
            words.push(b' ');
        }
        words.truncate(line - 2);
        // A word that does not fit is left out; dots stand for it.
        let whole = memchr::memrchr(b' ', &words).unwrap_or(0);
        words[whole..].fill(b'.');
        out.extend_from_slice(&words);
        out.extend_from_slice(b"\r\n");
        left -= line;
    }
}
