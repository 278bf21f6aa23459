//! What a server can do beyond its dialect: one row for each extension.
//!
//! A row is announced by CAPABILITY only if it is switched on, and whatever it needs as well. What is switched off
//! is not understood either: its commands are answered as if nobody had ever heard of them.

use crate::protocol::security::Tls;

use super::settings::ImapSettings;

/// An extension of IMAP4rev1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is explained by its row in EXTENSIONS")]
pub enum Extension {
    LiteralPlus,
    LiteralMinus,
    SaslIr,
    Id,
    Enable,
    Namespace,
    Unselect,
    UidPlus,
    Children,
    Idle,
    Compress,
    Condstore,
    Qresync,
    Esearch,
    SearchRes,
    ListExtended,
    ListStatus,
    SpecialUse,
    Move,
    MultiAppend,
    Binary,
    Catenate,
    Sort,
    Esort,
    ThreadOrderedSubject,
    ThreadReferences,
    StatusSize,
    Preview,
    Utf8Accept,
    Within,
    AppendLimit,
    Unauthenticate,
    Replace,
    ObjectId,
    ContextSearch,
    ContextSort,
    Rev2,
}

/// One extension: the one place where its name, clause and needs stand. CAPABILITY, refusals, help and the book's
/// table come from this row.
#[derive(Clone, Copy, Debug)]
pub struct ExtensionRow {
    /// Which one it is.
    pub kind: Extension,
    /// What CAPABILITY calls it.
    pub name: &'static str,
    /// The document that defines it: `RFC 2177`.
    pub clause: &'static str,
    /// The commands, arguments and items that it adds.
    pub adds: &'static str,
    /// What it is good for, in one line.
    pub help: &'static str,
    /// It is on where nobody said otherwise.
    pub usual: bool,
    /// Without these it is not announced.
    pub needs: &'static [Extension],
}

const fn row(
    kind: Extension,
    name: &'static str,
    clause: &'static str,
    adds: &'static str,
    help: &'static str,
) -> ExtensionRow {
    ExtensionRow { kind, name, clause, adds, help, usual: true, needs: &[] }
}

impl ExtensionRow {
    const fn needing(mut self, needs: &'static [Extension]) -> Self {
        self.needs = needs;
        self
    }

    const fn unusual(mut self) -> Self {
        self.usual = false;
        self
    }
}

/// The extensions, in the order in which CAPABILITY names them.
#[rustfmt::skip]
pub static EXTENSIONS: &[ExtensionRow] = {
    use Extension as E;
    &[
        row(E::LiteralPlus, "LITERAL+", "RFC 7888 §4", "{5+}", "literals go out without waiting for leave"),
        row(E::LiteralMinus, "LITERAL-", "RFC 7888 §5", "{5+}", "the same for literals of up to 4096 octets").unusual(),
        row(E::SaslIr, "SASL-IR", "RFC 4959", "AUTHENTICATE mechanism response", "the first response goes with AUTHENTICATE: a round trip less"),
        row(E::Id, "ID", "RFC 2971", "ID", "programs tell each other their names"),
        row(E::Enable, "ENABLE", "RFC 5161", "ENABLE", "a client says which new responses it understands"),
        row(E::Namespace, "NAMESPACE", "RFC 2342", "NAMESPACE", "where one's own, others' and shared mailboxes begin"),
        row(E::Unselect, "UNSELECT", "RFC 3691", "UNSELECT", "leave a mailbox without expunging"),
        row(E::UidPlus, "UIDPLUS", "RFC 4315", "UID EXPUNGE; APPENDUID, COPYUID", "the UIDs of what was appended and copied, without a search"),
        row(E::Children, "CHILDREN", "RFC 3348", r"\HasChildren, \HasNoChildren", "LIST says which names have inferiors"),
        row(E::Idle, "IDLE", "RFC 2177", "IDLE, DONE", "news comes when it happens, not when it is asked for"),
        row(E::Compress, "COMPRESS=DEFLATE", "RFC 4978", "COMPRESS", "both directions deflated"),
        row(E::Condstore, "CONDSTORE", "RFC 7162 §3.1", "MODSEQ, CHANGEDSINCE, UNCHANGEDSINCE, HIGHESTMODSEQ", "only the flags that changed since the last visit"),
        row(E::Qresync, "QRESYNC", "RFC 7162 §3.2", "SELECT (QRESYNC ...), VANISHED", "one round trip from the last visit to today").needing(&[E::Condstore, E::Enable]),
        row(E::Esearch, "ESEARCH", "RFC 4731", "SEARCH RETURN (...)", "results as ranges, counts, or the first and last"),
        row(E::SearchRes, "SEARCHRES", "RFC 5182", "RETURN (SAVE), $", "the result stays at the server, for the next command").needing(&[E::Esearch]),
        row(E::ListExtended, "LIST-EXTENDED", "RFC 5258", "LIST (options) ... RETURN (options)", "one LIST with several patterns, choices and results"),
        row(E::ListStatus, "LIST-STATUS", "RFC 5819", "LIST ... RETURN (STATUS (...))", "the counts of all mailboxes in one round trip").needing(&[E::ListExtended]),
        row(E::SpecialUse, "SPECIAL-USE", "RFC 6154", r"\Drafts \Sent \Trash ...", "which mailbox is for sent mail, drafts and the like"),
        row(E::Move, "MOVE", "RFC 6851", "MOVE, UID MOVE", "file messages in one command"),
        row(E::MultiAppend, "MULTIAPPEND", "RFC 3502", "APPEND with several messages", "many messages appended in one command, all or none"),
        row(E::Binary, "BINARY", "RFC 3516", "BINARY[1], BINARY.SIZE[1], ~{5}", "parts without their base64: a quarter less"),
        row(E::Catenate, "CATENATE", "RFC 4469", "APPEND ... CATENATE (...)", "a message put together from parts that the server has"),
        row(E::Sort, "SORT", "RFC 5256", "SORT, UID SORT", "the server sorts"),
        row(E::Esort, "ESORT", "RFC 5267 §3", "SORT RETURN (...)", "sorted results as counts, or the first and last").needing(&[E::Sort, E::Esearch]),
        row(E::ThreadOrderedSubject, "THREAD=ORDEREDSUBJECT", "RFC 5256", "THREAD ORDEREDSUBJECT", "conversations by subject"),
        row(E::ThreadReferences, "THREAD=REFERENCES", "RFC 5256", "THREAD REFERENCES", "conversations by who answers whom"),
        row(E::StatusSize, "STATUS=SIZE", "RFC 8438", "STATUS ... (SIZE)", "the octets of a mailbox in one number"),
        row(E::Preview, "PREVIEW", "RFC 8970", "FETCH ... PREVIEW", "the first words of each message"),
        row(E::Utf8Accept, "UTF8=ACCEPT", "RFC 6855", "ENABLE UTF8=ACCEPT, UTF8 (~{5})", "names and headers in UTF-8").needing(&[E::Enable]),
        row(E::Within, "WITHIN", "RFC 5032", "SEARCH OLDER, YOUNGER", "search by age in seconds"),
        row(E::AppendLimit, "APPENDLIMIT", "RFC 7889", "STATUS ... (APPENDLIMIT)", "the largest message that can be appended, known before it is sent"),
        row(E::Unauthenticate, "UNAUTHENTICATE", "RFC 8437", "UNAUTHENTICATE", "another user on the same connection"),
        row(E::Replace, "REPLACE", "RFC 8508", "REPLACE, UID REPLACE", "one message in place of another: a draft is saved in one command"),
        row(E::ObjectId, "OBJECTID", "RFC 8474", "EMAILID, THREADID, MAILBOXID", "what was moved or renamed elsewhere is known again, and not fetched twice").unusual(),
        row(E::ContextSearch, "CONTEXT=SEARCH", "RFC 5267 §4", "SEARCH RETURN (PARTIAL first:last), UPDATE, CANCELUPDATE", "a result by pieces, and what has changed in it").needing(&[E::Esearch]),
        row(E::ContextSort, "CONTEXT=SORT", "RFC 5267 §4", "SORT RETURN (PARTIAL first:last)", "a sorted result by pieces: the first twenty").needing(&[E::Sort, E::Esearch, E::Esort, E::ContextSearch]),
        row(E::Rev2, "IMAP4rev2", "RFC 9051", "ENABLE IMAP4rev2", "the newest dialect, for a client that asks for it").needing(&[E::Enable]),
    ]
};

/// A set of extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extensions(u64);

/// What is usual.
impl Default for Extensions {
    fn default() -> Self {
        EXTENSIONS.iter().filter(|row| row.usual).fold(Self::NONE, |set, row| set.with(row.kind))
    }
}

impl Extensions {
    /// IMAP4rev1 as RFC 3501 has it, and nothing else.
    pub const NONE: Self = Self(0);

    /// These, and one more.
    #[must_use]
    pub const fn with(self, extension: Extension) -> Self {
        Self(self.0 | 1 << extension as u64)
    }

    /// These without one.
    #[must_use]
    pub const fn without(self, extension: Extension) -> Self {
        Self(self.0 & !(1 << extension as u64))
    }

    /// True if the extension is switched on, and all that it needs.
    #[must_use]
    pub fn has(self, extension: Extension) -> bool {
        self.0 & 1 << extension as u64 != 0
            && row_of(extension).is_none_or(|row| row.needs.iter().all(|needed| self.has(*needed)))
    }

    /// The rows of those that are on.
    pub fn rows(self) -> impl Iterator<Item = &'static ExtensionRow> {
        EXTENSIONS.iter().filter(move |row| self.has(row.kind))
    }
}

impl FromIterator<Extension> for Extensions {
    fn from_iter<I: IntoIterator<Item = Extension>>(extensions: I) -> Self {
        extensions.into_iter().fold(Self::NONE, Self::with)
    }
}

/// The row of an extension.
#[must_use]
pub fn row_of(extension: Extension) -> Option<&'static ExtensionRow> {
    EXTENSIONS.iter().find(|row| row.kind == extension)
}

/// The extension that CAPABILITY calls by this name, in any case of letters.
#[must_use]
pub fn extension_named(name: &str) -> Option<Extension> {
    EXTENSIONS.iter().find(|row| row.name.eq_ignore_ascii_case(name)).map(|row| row.kind)
}

/// What a client said that it understands: by ENABLE, or by using it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enabled {
    /// Flags come with their modification sequence (RFC 7162 §3.1).
    pub condstore: bool,
    /// What is gone is told by UID (RFC 7162 §3.2).
    pub qresync: bool,
    /// Names and strings are UTF-8 (RFC 6855 §3).
    pub utf8: bool,
    /// Responses are those of IMAP4rev2 (RFC 9051).
    pub rev2: bool,
    /// Version 3.0 was chosen, and what with it (RFC 1203, SELECT.VERSION).
    pub imap3: Option<super::imap3::Chosen>,
}

/// The words behind CAPABILITY: what is true here and now (RFC 3501 §6.1.1).
#[must_use]
pub fn words(settings: &ImapSettings, authenticated: bool) -> String {
    let mut words = vec![settings.dialect.capability().to_owned()];
    let (security, set) = (settings.security, settings.announced());
    if !authenticated && security.tls == Tls::Offered {
        words.push("STARTTLS".to_owned());
    }
    // RFC 3501 §6.2.3: passwords must not pass.
    if !security.lets_passwords_pass() {
        words.push("LOGINDISABLED".to_owned());
    }
    if !authenticated {
        words.extend(settings.offered_mechanisms().map(|mechanism| format!("AUTH={}", mechanism.name())));
    }
    for row in set.rows() {
        match row.kind {
            // RFC 7888 §5: never both.
            Extension::LiteralMinus if set.has(Extension::LiteralPlus) => {}
            Extension::AppendLimit => words.push(format!("APPENDLIMIT={}", settings.message_max)),
            _ => words.push(row.name.to_owned()),
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_their_numbers_and_fit_into_a_set() {
        for (nth, row) in EXTENSIONS.iter().enumerate() {
            assert_eq!(row.kind as usize, nth, "{}", row.name);
            assert_eq!(extension_named(&row.name.to_ascii_lowercase()), Some(row.kind));
        }
        assert!(EXTENSIONS.len() <= 64);
    }

    #[test]
    fn what_an_extension_needs_switches_it_off() {
        let set = Extensions::default();
        assert!(set.has(Extension::Qresync) && !set.has(Extension::LiteralMinus));
        assert!(!set.without(Extension::Enable).has(Extension::Qresync));
        assert!(!set.without(Extension::Esearch).has(Extension::Esort));
        assert_eq!(Extensions::NONE.rows().count(), 0);
    }
}
