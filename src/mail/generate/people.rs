//! Who writes: a circle of people around the mailbox's owner, at the domains kept for examples (RFC 2606 §3).

use super::random::{Purpose, Stream, Streams};

/// The owner of every generated mailbox.
pub const OWNER: &str = "Alice Archer <alice@example.org>";

/// How many people write to the owner.
const CIRCLE: u32 = 60;

const DOMAINS: [&str; 3] = ["example.org", "example.net", "example.com"];

const FIRST: [&str; 48] = [
    "Anna", "Bob", "Carol", "David", "Erik", "Fiona", "George", "Helen", "Ivan", "Jane", "Karl", "Laura",
    "Mark", "Nina", "Oscar", "Paula", "Quentin", "Rosa", "Steve", "Tina", "Ursula", "Victor", "Wendy",
    "Xavier", "Yvonne", "Zack", "Alan", "Birgit", "Claude", "Donna", "Ed", "Frank", "Greta", "Harold",
    "Ingrid", "John", "Kate", "Lars", "Mary", "Ned", "Olga", "Peter", "Ruth", "Sam", "Tom", "Vera", "Walter",
    "Yuki",
];

const LAST: [&str; 48] = [
    "Adams",
    "Baker",
    "Carter",
    "Dvorak",
    "Ellis",
    "Fisher",
    "Green",
    "Hansen",
    "Ibsen",
    "Jones",
    "Keller",
    "Larsen",
    "Miller",
    "Novak",
    "Olsen",
    "Parker",
    "Quinn",
    "Rossi",
    "Smith",
    "Tanaka",
    "Underwood",
    "Vance",
    "Weber",
    "Young",
    "Zeller",
    "Anderson",
    "Brown",
    "Clark",
    "Davies",
    "Evans",
    "Foster",
    "Gruber",
    "Hill",
    "Ivanov",
    "Jensen",
    "Kowalski",
    "Lopez",
    "Meyer",
    "Nelson",
    "Otto",
    "Perez",
    "Reed",
    "Schmidt",
    "Turner",
    "Urban",
    "Voss",
    "Wilson",
    "Zimmer",
];

const HOSTS: [&str; 12] =
    ["mail", "athena", "venus", "cs", "physics", "relay", "gate", "orion", "pc17", "sun3", "vax1", "smtp"];

/// Somebody who writes.
#[derive(Clone, Debug)]
pub struct Person {
    /// First and last name.
    pub name: String,
    /// `bob.carter@example.net`
    pub address: String,
    /// The machine on which the mail was written: `orion.example.net`.
    pub host: String,
}

/// Draws a person of the circle: a few write often, many write now and then.
pub fn anybody(streams: &Streams, stream: &mut Stream) -> Person {
    let (a, b) = (stream.below(CIRCLE), stream.below(CIRCLE));
    person(streams, a.min(b))
}

fn person(streams: &Streams, number: u32) -> Person {
    let mut stream = streams.of(Purpose::Person, number);
    let (first, last) = (stream.word(&FIRST), stream.word(&LAST));
    let (domain, host) = (stream.word(&DOMAINS), stream.word(&HOSTS));
    let (low_first, low_last) = (first.to_ascii_lowercase(), last.to_ascii_lowercase());
    let local = match stream.below(4) {
        0 => low_first,
        1 => format!("{}{low_last}", low_first.get(..1).unwrap_or_default()),
        2 => format!("{low_last}{}", stream.between(1, 99)),
        _ => format!("{low_first}.{low_last}"),
    };
    Person {
        name: format!("{first} {last}"),
        address: format!("{local}@{domain}"),
        host: format!("{host}.{domain}"),
    }
}

/// A host of the Internet that carries mail.
pub fn relay(stream: &mut Stream) -> String {
    format!("{}{}.{}", stream.word(&HOSTS), stream.between(1, 9), stream.word(&DOMAINS))
}

/// An address of the ranges kept for documentation (RFC 5737 §3).
pub fn ip_address(stream: &mut Stream) -> String {
    format!("{}.{}", stream.word(&["192.0.2", "198.51.100", "203.0.113"]), stream.between(1, 254))
}
