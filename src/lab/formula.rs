//! Formulas of labs: `slow.longest_answer_s - size(n) * 8 / 300`.
//!
//! ```text
//! formula = sum [("<" | "<=" | "=" | "!=" | ">=" | ">") sum]       true is 1, false is 0
//! sum     = product (("+" | "-") product)*
//! product = factor (("*" | "/") factor)*
//! factor  = number | name | name "(" formula ("," formula)* ")" | "(" formula ")" | "-" factor
//! ```
//!
//! Names are a student's values (`size`), figures of runs (`slow.connected_s`) and, in some places, `answer`.

use std::cmp::Ordering;

use super::decimal::Decimal;
use crate::script::text::Slip;

/// The longest formula, in characters.
const LENGTH_MAX: usize = 2_000;
/// How deep brackets go.
const DEPTH_MAX: usize = 32;

/// A formula that has been understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    root: Node,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Number(Decimal),
    Name(String),
    Call(Function, Vec<Node>),
    Minus(Box<Node>),
    Two(Operator, Box<(Node, Node)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Plus,
    Minus,
    Times,
    Over,
    /// Compares; true for these orders.
    Compare(&'static [Ordering]),
}

/// What can stand before brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// The octets of a message of the lab's mailbox, by its number from 1.
    Size,
    /// The nearest whole number.
    Round,
    /// The least of several.
    Min,
    /// The greatest of several.
    Max,
}

const FUNCTIONS: [(&str, Function); 4] =
    [("size", Function::Size), ("round", Function::Round), ("min", Function::Min), ("max", Function::Max)];

/// Who knows what names mean.
pub trait Names {
    /// The number that a name stands for.
    ///
    /// # Errors
    /// Why it stands for none.
    fn number(&mut self, name: &str) -> Result<Decimal, Trouble>;

    /// The octets of a message, by its number from 1, if there is one.
    ///
    /// # Errors
    /// Why there is no mailbox.
    fn size(&mut self, message: u64) -> Result<Option<u64>, Trouble>;
}

/// Why a formula has no value.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// What is wrong with the formula.
    Formula(String),
    /// What is wrong with something that it names.
    Lesson(Box<crate::lesson::Lesson>),
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// The place at which something else should stand.
    pub fn parse(text: &str) -> Result<Self, Slip> {
        let mut parser = Parser { left: tokens(text)?, end: text.chars().count(), depth: 0 };
        let root = parser.comparison()?;
        match parser.left.first() {
            None => Ok(Self { root }),
            Some(extra) => Err(extra.slip("here the formula should end", "an operator, or nothing")),
        }
    }

    /// The names in it, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.root.names(&mut names);
        names
    }

    /// Its value.
    ///
    /// # Errors
    /// A name that means nothing, a division by zero, a number that is too large.
    pub fn value(&self, names: &mut dyn Names) -> Result<Decimal, Trouble> {
        self.root.value(names)
    }
}

impl Node {
    fn names<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Number(_) => {}
            Self::Name(name) => names.push(name),
            Self::Call(_, arguments) => arguments.iter().for_each(|node| node.names(names)),
            Self::Minus(node) => node.names(names),
            Self::Two(_, two) => {
                two.0.names(names);
                two.1.names(names);
            }
        }
    }

    fn value(&self, names: &mut dyn Names) -> Result<Decimal, Trouble> {
        let too_large = || Trouble::Formula("this number is too large, or a division by zero".to_owned());
        match self {
            Self::Number(number) => Ok(*number),
            Self::Name(name) => names.number(name),
            Self::Minus(node) => Ok(Decimal(-node.value(names)?.0)),
            Self::Call(function, arguments) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(argument.value(names)?);
                }
                let first = values.first().copied().unwrap_or_default();
                match function {
                    Function::Round => Ok(first.rounded()),
                    Function::Min => Ok(values.into_iter().min().unwrap_or_default()),
                    Function::Max => Ok(values.into_iter().max().unwrap_or_default()),
                    Function::Size => names
                        .size(first.as_u64().unwrap_or_default())?
                        .map(Decimal::whole)
                        .ok_or_else(|| Trouble::Formula(format!("the mailbox has no message {first}"))),
                }
            }
            Self::Two(operator, two) => {
                let (left, right) = (two.0.value(names)?, two.1.value(names)?);
                match operator {
                    Operator::Plus => left.plus(right),
                    Operator::Minus => left.minus(right),
                    Operator::Times => left.times(right),
                    Operator::Over => left.over(right),
                    Operator::Compare(orders) => {
                        Some(Decimal::whole(u64::from(orders.contains(&left.cmp(&right)))))
                    }
                }
                .ok_or_else(too_large)
            }
        }
    }
}

/// A piece of a formula and where it stands.
#[derive(Clone, Debug)]
struct Token {
    column: usize,
    text: String,
}

impl Token {
    fn slip(&self, what: &str, allowed: &str) -> Slip {
        Slip {
            column: self.column,
            width: self.text.chars().count().max(1),
            what: what.to_owned(),
            allowed: allowed.to_owned(),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Slip> {
    let count = text.chars().count();
    if count > LENGTH_MAX {
        return Err(Token { column: LENGTH_MAX, text: String::new() }
            .slip("this formula is too long", &format!("at most {LENGTH_MAX} characters")));
    }
    let mut tokens: Vec<Token> = Vec::new();
    let mut glue = false;
    for (column, c) in text.chars().enumerate() {
        let word = c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let relation = matches!(c, '<' | '>' | '=' | '!');
        if c == ' ' || c == '\t' || c == '\n' {
            glue = false;
            continue;
        }
        if !word && !relation && !matches!(c, '+' | '-' | '*' | '/' | '(' | ')' | ',') {
            let token = Token { column, text: c.to_string() };
            return Err(token.slip("this stands in no formula", "numbers, names, + - * / ( ) < <= = != >= >"));
        }
        match tokens.last_mut() {
            Some(last) if glue && same_kind(&last.text, word, relation) => last.text.push(c),
            _ => tokens.push(Token { column, text: c.to_string() }),
        }
        glue = word || relation;
    }
    Ok(tokens)
}

fn same_kind(text: &str, word: bool, relation: bool) -> bool {
    let begins_word = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    let begins_relation = text.starts_with(['<', '>', '=', '!']);
    (word && begins_word) || (relation && begins_relation)
}

struct Parser {
    left: Vec<Token>,
    end: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &str {
        self.left.first().map_or("", |token| token.text.as_str())
    }

    fn next(&mut self) -> Token {
        if self.left.is_empty() {
            return Token { column: self.end, text: String::new() };
        }
        self.left.remove(0)
    }

    fn comparison(&mut self) -> Result<Node, Slip> {
        const RELATIONS: [(&str, &[Ordering]); 6] = [
            ("<", &[Ordering::Less]),
            ("<=", &[Ordering::Less, Ordering::Equal]),
            ("=", &[Ordering::Equal]),
            ("!=", &[Ordering::Less, Ordering::Greater]),
            (">=", &[Ordering::Greater, Ordering::Equal]),
            (">", &[Ordering::Greater]),
        ];
        let left = self.sum()?;
        let Some((_, orders)) = RELATIONS.iter().find(|(sign, _)| *sign == self.peek()) else {
            return Ok(left);
        };
        self.next();
        let right = self.sum()?;
        Ok(Node::Two(Operator::Compare(orders), Box::new((left, right))))
    }

    fn sum(&mut self) -> Result<Node, Slip> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                "+" => Operator::Plus,
                "-" => Operator::Minus,
                _ => return Ok(left),
            };
            self.next();
            left = Node::Two(operator, Box::new((left, self.product()?)));
        }
    }

    fn product(&mut self) -> Result<Node, Slip> {
        let mut left = self.factor()?;
        loop {
            let operator = match self.peek() {
                "*" => Operator::Times,
                "/" => Operator::Over,
                _ => return Ok(left),
            };
            self.next();
            left = Node::Two(operator, Box::new((left, self.factor()?)));
        }
    }

    fn factor(&mut self) -> Result<Node, Slip> {
        let token = self.next();
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(token.slip("brackets go too deep", "at most thirty"));
        }
        let node = match token.text.as_str() {
            "-" => Node::Minus(Box::new(self.factor()?)),
            "(" => {
                let node = self.comparison()?;
                self.closing()?;
                node
            }
            word if word.starts_with(|c: char| c.is_ascii_digit()) => Decimal::parse(word)
                .map(Node::Number)
                .ok_or_else(|| token.slip("this is no number", "plain decimals such as 12.5"))?,
            word if word.starts_with(|c: char| c.is_ascii_lowercase()) => {
                if self.peek() == "(" {
                    self.call(&token)?
                } else {
                    Node::Name(token.text)
                }
            }
            _ => return Err(token.slip("here a number or a name is missing", "a number, a name, or (")),
        };
        self.depth -= 1;
        Ok(node)
    }

    fn call(&mut self, name: &Token) -> Result<Node, Slip> {
        let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name.text) else {
            return Err(name.slip("there is no such function", "size, round, min, max"));
        };
        self.next();
        let mut arguments = vec![self.comparison()?];
        while self.peek() == "," {
            self.next();
            arguments.push(self.comparison()?);
        }
        self.closing()?;
        Ok(Node::Call(*function, arguments))
    }

    fn closing(&mut self) -> Result<(), Slip> {
        let token = self.next();
        if token.text == ")" { Ok(()) } else { Err(token.slip("here a bracket should close", ")")) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Known;

    impl Names for Known {
        fn number(&mut self, name: &str) -> Result<Decimal, Trouble> {
            match name {
                "n" => Ok(Decimal::whole(3)),
                "slow.connected_s" => Ok(Decimal::whole(60)),
                _ => Err(Trouble::Formula(format!("no {name}"))),
            }
        }
        fn size(&mut self, message: u64) -> Result<Option<u64>, Trouble> {
            Ok((message == 3).then_some(2048))
        }
    }

    fn value(text: &str) -> Result<String, Trouble> {
        Formula::parse(text).unwrap().value(&mut Known).map(|value| value.to_string())
    }

    #[test]
    fn formulas_mean_what_school_taught() {
        for (text, is) in [
            ("2 + 3 * 4", "14"),
            ("(2+3)*4/10 - 1", "1"),
            ("-n + 5", "2"),
            ("size(n) * 8 / 300", "54.613"),
            ("round(54.613)", "55"),
            ("max(1, n, 2) - min(4, 1)", "2"),
            ("slow.connected_s >= 60", "1"),
            ("1 != 1", "0"),
        ] {
            assert_eq!(value(text).as_deref(), Ok(is), "{text}");
        }
        assert!(value("1 / 0").is_err() && value("size(9)").is_err() && value("other").is_err());
    }

    #[test]
    fn slips_are_told_where_they_stand() {
        for (text, column, says) in [
            ("", 0, "missing"),
            ("2 +", 3, "missing"),
            ("2 3", 2, "should end"),
            ("2 ; 3", 2, "no formula"),
            ("(2", 2, "close"),
            ("sise(2)", 0, "no such function"),
            ("1.2.3", 0, "no number"),
            ("1 <> 2", 2, "should end"),
        ] {
            let slip = Formula::parse(text).unwrap_err();
            assert_eq!((slip.column, slip.what.contains(says)), (column, true), "{text}: {slip:?}");
        }
    }

    #[test]
    fn brackets_have_an_end() {
        assert!(Formula::parse(&"(".repeat(1_900)).is_err());
        assert!(Formula::parse(&"-".repeat(1_900)).is_err());
        assert!(Formula::parse(&"1+".repeat(2_000)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[ -~é]{0,60}") {
            if let Ok(formula) = Formula::parse(&text) {
                let _ = formula.value(&mut Known);
            }
        }

        #[test]
        fn no_formula_makes_it_panic(text in "([0-9n]|[-+*/(),<>=]|size|round|max| ){0,40}") {
            if let Ok(formula) = Formula::parse(&text) {
                let _ = formula.value(&mut Known);
            }
        }
    }
}
