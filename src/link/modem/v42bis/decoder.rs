//! The decoder: octets of the line in, octets for the terminal out. It never trusts them.

use super::super::bits::Unpacker;
use super::dictionary::Search;
use super::{ECM, EID, ETM, Escape, FIRST_WIDTH, FLUSH, Mode, Parameters, RESET, STEPUP};

/// Undoes what an [`Encoder`](super::Encoder) with the same parameters did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoder {
    parameters: Parameters,
    search: Search,
    mode: Mode,
    escape: Escape,
    /// Whether the last octet of transparent mode was the escape character.
    escaped: bool,
    unpacker: Unpacker,
    width: u32,
}

/// What came is nothing that an encoder sends: an error that the line's error control missed. The modem would
/// disconnect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A codeword without a string.
    Codeword(u16),
    /// A command that does not exist.
    Command(u8),
    /// Codewords longer than the dictionary needs.
    StepUp,
}

impl Decoder {
    /// Starts as an encoder does.
    #[must_use]
    pub fn new(parameters: Parameters) -> Self {
        Self {
            parameters,
            search: Search::new(parameters),
            mode: Mode::Transparent,
            escape: Escape::default(),
            escaped: false,
            unpacker: Unpacker::default(),
            width: FIRST_WIDTH,
        }
    }

    /// Decodes `line`, cut anywhere, and puts the data behind `out`.
    ///
    /// # Errors
    /// What came cannot be; the decoder is of no more use then.
    pub fn decode(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Broken> {
        let mut rest = line;
        while !rest.is_empty() {
            rest = match self.mode {
                Mode::Transparent => self.transparent(rest, out)?,
                Mode::Compressed => self.compressed(rest, out)?,
            };
        }
        Ok(())
    }

    /// Octets as they are, up to the command that changes the mode. Gives what stands behind it.
    fn transparent<'a>(&mut self, line: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], Broken> {
        for (nth, &octet) in line.iter().enumerate() {
            if std::mem::take(&mut self.escaped) {
                self.command(octet, out)?;
                if self.mode == Mode::Compressed {
                    return Ok(line.get(nth + 1..).unwrap_or_default());
                }
            } else if octet == self.escape.0 {
                self.escaped = true;
            } else {
                out.push(octet);
                self.search.step(octet);
            }
        }
        Ok(&[])
    }

    fn command(&mut self, command: u8, out: &mut Vec<u8>) -> Result<(), Broken> {
        match command {
            ECM => {
                self.search.end();
                self.mode = Mode::Compressed;
            }
            EID => {
                let octet = self.escape.0;
                self.escape.sees(octet);
                out.push(octet);
                self.search.step(octet);
            }
            RESET => *self = Self::new(self.parameters),
            unknown => return Err(Broken::Command(unknown)),
        }
        Ok(())
    }

    /// Codewords, up to ETM. Gives what stands behind it.
    fn compressed<'a>(&mut self, line: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], Broken> {
        let start = out.len();
        let mut rest = line;
        loop {
            rest = self.unpacker.feed(rest);
            while let Some(code) = self.unpacker.take(self.width) {
                match code as u16 {
                    ETM => {
                        // Octets that were fed too early go back; they are of this line, as ETM ended in it.
                        let early = self.unpacker.give_back() + rest.len();
                        self.mode = Mode::Transparent;
                        self.escape.pass(out.get(start..).unwrap_or_default());
                        return Ok(line.get(line.len().saturating_sub(early)..).unwrap_or_default());
                    }
                    FLUSH => self.unpacker.align(),
                    STEPUP => {
                        self.width += 1;
                        if 1 << self.width > u32::from(self.parameters.codewords) {
                            return Err(Broken::StepUp);
                        }
                    }
                    code => self.string(code, out)?,
                }
            }
            if rest.is_empty() {
                self.escape.pass(out.get(start..).unwrap_or_default());
                return Ok(rest);
            }
        }
    }

    /// A codeword: its string, and a new string made of the one before and this one's first octet.
    #[inline]
    fn string(&mut self, code: u16, out: &mut Vec<u8>) -> Result<(), Broken> {
        if !self.search.dictionary.knows(code) {
            return Err(Broken::Codeword(code));
        }
        let first = self.search.dictionary.spell(code, out);
        self.search.learn_first(first);
        self.search.came(code);
        Ok(())
    }
}
