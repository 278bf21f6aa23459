//! The words that generated mail is made of, the frequent ones first in each class.

/// Nouns that can be counted.
pub const NOUNS: [&str; 182] = [
    "message", "system", "file", "program", "problem", "list", "machine", "line", "version", "user",
    "network", "number", "server", "time", "question", "report", "copy", "week", "meeting", "name",
    "address", "mailbox", "modem", "group", "case", "page", "change", "manual", "answer", "note", "disk",
    "point", "printer", "call", "paper", "draft", "office", "host", "letter", "project", "plan", "test",
    "gateway", "connection", "patch", "script", "library", "error", "table", "site", "account", "update",
    "reader", "student", "phone", "password", "keyboard", "screen", "room", "book", "chapter", "figure",
    "conference", "proposal", "budget", "bill", "reply", "folder", "digest", "archive", "protocol",
    "packet", "router", "cable", "terminal", "workstation", "laptop", "compiler", "module", "function",
    "variable", "window", "menu", "button", "font", "image", "picture", "sound", "train", "flight", "hotel",
    "ticket", "weekend", "morning", "evening", "month", "year", "summer", "garden", "house", "kitchen",
    "neighbour", "friend", "family", "brother", "sister", "teacher", "school", "course", "lecture", "exam",
    "exercise", "lab", "result", "measurement", "graph", "sample", "experiment", "theory", "method",
    "model", "review", "journal", "author", "editor", "publisher", "contract", "customer", "order",
    "invoice", "price", "market", "sale", "product", "department", "manager", "director", "committee",
    "agenda", "minute", "decision", "deadline", "schedule", "holiday", "vacation", "concert", "film",
    "record", "guitar", "recipe", "dinner", "coffee", "bicycle", "car", "road", "map", "city", "country",
    "river", "mountain", "lake", "storm", "winter", "newspaper", "article", "story", "photograph", "camera",
    "battery", "radio", "antenna", "satellite", "engine", "ship", "harbour", "island", "crew", "voyage",
    "telescope", "observatory", "catalogue", "spectrum",
];

/// Verbs in the form that follows `can`, `will` and `to`, with the past participle of each.
pub const VERBS: [(&str, &str); 84] = [
    ("send", "sent"), ("read", "read"), ("use", "used"), ("find", "found"), ("get", "got"),
    ("make", "made"), ("try", "tried"), ("change", "changed"), ("check", "checked"), ("see", "seen"),
    ("fix", "fixed"), ("take", "taken"), ("write", "written"), ("move", "moved"), ("install", "installed"),
    ("copy", "copied"), ("delete", "deleted"), ("print", "printed"), ("keep", "kept"), ("need", "needed"),
    ("want", "wanted"), ("test", "tested"), ("build", "built"), ("start", "started"), ("stop", "stopped"),
    ("open", "opened"), ("close", "closed"), ("forget", "forgotten"), ("remember", "remembered"),
    ("mention", "mentioned"), ("describe", "described"), ("explain", "explained"), ("replace", "replaced"),
    ("remove", "removed"), ("add", "added"), ("compare", "compared"), ("discuss", "discussed"),
    ("finish", "finished"), ("follow", "followed"), ("forward", "forwarded"), ("order", "ordered"),
    ("pay", "paid"), ("buy", "bought"), ("sell", "sold"), ("share", "shared"), ("show", "shown"),
    ("solve", "solved"), ("store", "stored"), ("support", "supported"), ("update", "updated"),
    ("upgrade", "upgraded"), ("visit", "visited"), ("watch", "watched"), ("lose", "lost"),
    ("leave", "left"), ("meet", "met"), ("miss", "missed"), ("prepare", "prepared"),
    ("present", "presented"), ("publish", "published"), ("question", "questioned"), ("record", "recorded"),
    ("repair", "repaired"), ("repeat", "repeated"), ("revise", "revised"), ("save", "saved"),
    ("search", "searched"), ("select", "selected"), ("sign", "signed"), ("sort", "sorted"),
    ("split", "split"), ("study", "studied"), ("submit", "submitted"), ("suggest", "suggested"),
    ("transfer", "transferred"), ("translate", "translated"), ("understand", "understood"),
    ("verify", "verified"), ("wait for", "waited for"), ("work on", "worked on"), ("look at", "looked at"),
    ("ask for", "asked for"), ("talk about", "talked about"), ("think about", "thought about"),
];

/// Adjectives.
pub const ADJECTIVES: [&str; 96] = [
    "new", "old", "other", "same", "good", "last", "next", "first", "long", "small", "large", "different",
    "local", "current", "right", "wrong", "full", "short", "public", "private", "whole", "real", "simple",
    "important", "possible", "available", "common", "standard", "early", "late", "free", "strange", "nice",
    "second", "third", "recent", "remote", "slow", "fast", "cheap", "expensive", "quick", "big", "little",
    "main", "official", "personal", "technical", "complete", "final", "general", "special", "usual",
    "useful", "broken", "empty", "correct", "exact", "extra", "foreign", "former", "friendly", "handy",
    "heavy", "helpful", "huge", "internal", "external", "interesting", "joint", "lovely", "modern",
    "narrow", "native", "noisy", "obvious", "odd", "original", "patient", "perfect", "popular", "previous",
    "proper", "quiet", "rare", "reliable", "separate", "serious", "silent", "smart", "steady", "temporary",
    "typical", "unusual", "valid", "weekly",
];

/// Adverbs and small phrases of time.
pub const ADVERBS: [&str; 48] = [
    "now", "again", "today", "tomorrow", "soon", "also", "already", "always", "often", "yesterday",
    "this week", "next week", "once more", "at home", "by hand", "in the office", "over the phone",
    "on Monday", "on Friday", "at night", "early", "late", "quickly", "slowly", "sometimes", "perhaps",
    "by mail", "off line", "on line", "in the morning", "in the evening", "for a while", "as usual",
    "in time", "at once", "twice", "here", "there", "everywhere", "in June", "in October", "last year",
    "next month", "without trouble", "by accident", "on purpose", "somehow", "after all",
];

/// Prepositions.
pub const PREPOSITIONS: [&str; 20] = [
    "of", "for", "in", "on", "with", "from", "about", "to", "at", "by", "without", "after", "before",
    "under", "between", "behind", "during", "against", "near", "beyond",
];

/// What stands before a noun.
pub const DETERMINERS: [&str; 16] = [
    "the", "a", "the", "this", "my", "your", "our", "that", "every", "another", "their", "his", "her",
    "some", "no", "each",
];

/// Who does something, before a verb that does not tell one from many.
pub const SUBJECTS: [&str; 14] = [
    "I", "we", "you", "they", "we all", "she", "he", "people", "some of us", "both of us", "nobody",
    "everyone", "the others", "most readers",
];

/// Who does something, if it is not one alone.
pub const PLURAL_SUBJECTS: [&str; 9] = [
    "we", "they", "you", "I", "people", "some of us", "both of us", "the others", "most readers",
];

/// Words with letters beyond ASCII, in iso-8859-1.
pub const ACCENTED: [&[u8]; 20] = [
    b"f\xfcr",
    b"\xfcber",
    b"M\xfcnchen",
    b"Gr\xfc\xdfe",
    b"sch\xf6n",
    b"n\xe4chste",
    b"caf\xe9",
    b"na\xefve",
    b"d\xe9j\xe0",
    b"r\xe9sum\xe9",
    b"Z\xfcrich",
    b"gar\xe7on",
    b"se\xf1or",
    b"\xc5rhus",
    b"Malm\xf6",
    b"troms\xf8",
    b"entr\xe9e",
    b"fa\xe7ade",
    b"G\xf6ttingen",
    b"\xc9cole",
];

/// Forms of a sentence: `%n` noun, `%v` verb, `%p` participle, `%a` adjective, `%r` adverb, `%i` preposition,
/// `%d` determiner, `%s` subject, `%m` subject of a verb in the plural, `%x` a number.
pub const SENTENCES: [&str; 37] = [
    "%s can %v %d %a %n %i %d %n.",
    "%s will %v %d %n %r.",
    "%d %n was %p %r.",
    "%d %a %n should be %p before %d %n can %v %d %n.",
    "I think %s should %v %d %n, but %d %n is %a.",
    "could you %v %d %n %i %d %a %n?",
    "please %v %d %n %r.",
    "%m have %p %d %n %i %d %n, and %d %n is still %a.",
    "there are %x %ns %i %d %n.",
    "%d %n has %x %ns now.",
    "if %m %v %d %n, %d %a %n will be %p.",
    "has anybody %p %d %a %n?",
    "%m do not %v %d %n because %d %n is too %a.",
    "by the way, %d %n %i %d %n is %a.",
    "as far as I know %s can %v it %r.",
    "it took %x minutes to %v %d %n.",
    "%d %n is %a, %d %n is not.",
    "when %m %v %d %n the %n says \"%a %n %x\".",
    "thanks for the %a %n!",
    "see the %n on page %x for %d %n %i %d %n.",
    "I have not %p %d %n yet.",
    "what happens if %m %v %d %n %r?",
    "%s would like to %v %d %a %n %i %d %n.",
    "that is a %a %n, in my opinion.",
    "our %n was %p by %d %n, so %s had to %v it %r.",
    "is there a %a %n that can %v %d %n?",
    "on the other hand, %d %a %n needs a %n.",
    "%s met %r and talked about the %ns.",
    "the cost is about %x for %d %n.",
    "nothing has changed with %d %n.",
    "I will be away for %x days.",
    "any ideas?",
    "%d %n and %d %n are %a, and they were %p %r.",
    "let me know if %m need %d %n.",
    "%d %n, %d %n and %d %n were %p by %d %a %n.",
    "I agree.",
    "it is %a to %v %d %n, and it is %a to %v %d %n.",
];

/// Forms of a sentence with `%u`, a word with letters beyond ASCII.
pub const ACCENTED_SENTENCES: [&str; 6] = [
    "the %n %u is %p %r.",
    "%u, %m %v %d %a %n.",
    "%s used to %v %d %n %i %u.",
    "%u %u %n, %d %n %u!",
    "have you been %i %u %r?",
    "%d %n \"%u %u\" was %p by %d %n.",
];
