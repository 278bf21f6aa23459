//! Programs of the time, as they named themselves in headers.

/// What mail programs of some years wrote.
pub struct Era {
    /// The first year that is not of this era.
    before: i16,
    /// Mail transfer agents in `Received` lines.
    pub agents: &'static [&'static str],
    /// What stands behind `X-Mailer:`; empty before programs named themselves.
    pub mailers: &'static [&'static str],
    /// Lines of little meaning, each used at most once. `@` stands for a number of eight hexadecimal digits.
    pub extras: &'static [&'static str],
    /// `From: address (Name)` instead of `From: Name <address>`; no `References`, which news had first.
    pub address_first: bool,
    /// Mailing lists put their name into the subject.
    pub tagged_lists: bool,
}

const ERAS: [Era; 4] = [
    Era {
        before: 1992,
        agents: &["5.51/5.17", "5.59/1.14", "4.0/4.7", "5.61/1.34"],
        mailers: &[],
        extras: &[
            "Organization: Department of Examples, Example University",
            "Phone: +1 555 0142",
            "Posted-Date: the same day",
            "Office: Building 4, room 217",
            "Sender: daemon@example.net",
        ],
        address_first: true,
        tagged_lists: false,
    },
    Era {
        before: 1997,
        agents: &["8.6.12/8.6.9", "SMI-8.6/SMI-SVR4", "5.67b/IDA-1.5", "5.65v3.0/1.1.8.2"],
        mailers: &[
            "ELM [version 2.4 PL23]",
            "exmh version 1.3 4/7/94",
            "Z-Mail (3.2.0 06sep94)",
            "Mail User's Shell (7.2.4 2/2/92)",
            "PMDF V4.3-9 #7",
        ],
        extras: &[
            "Organization: The Example Organization, Department of Examples",
            "X-Sender: owner@example.net (Unverified)",
            "X-Envelope-To: alice@example.org",
            "Precedence: normal",
            "X-Phone: +1 555 0142",
            "X-Url: http://www.example.net/",
        ],
        address_first: false,
        tagged_lists: false,
    },
    Era {
        before: 2001,
        agents: &["8.8.5/8.8.5", "8.8.8/8.8.8", "8.6.12/8.6.9", "SMI-8.6/SMI-SVR4", "5.67b/IDA-1.5"],
        mailers: &[
            "Mozilla 4.04 [en] (Win95; I)",
            "Microsoft Outlook Express 4.72.2106.4",
            "Eudora Pro 3.0.5 (32)",
            "Pegasus Mail for Win32 (v2.54)",
            "ELM [version 2.4 PL25]",
            "exmh version 2.0.2 2/24/98",
            "Gnus v5.5/Emacs 20.2",
            "Microsoft Outlook 8.5, Build 4.71.2173.0",
        ],
        extras: &[
            "X-Priority: 3 (Normal)",
            "X-MSMail-Priority: Normal",
            "Importance: Normal",
            "Organization: The Example Organization, Department of Examples",
            "X-MimeOLE: Produced By Microsoft MimeOLE V4.72.2106.4",
            "X-Sender: owner@mail.example.net (Unverified)",
            "X-Accept-Language: en,de,fr",
            "X-Loop: owner@example.net",
            "Comments: Authenticated sender is <owner@mail.example.net>",
            "X-UIDL: @@@@",
            "Return-Receipt-To: owner@example.net",
        ],
        address_first: false,
        tagged_lists: true,
    },
    Era {
        before: i16::MAX,
        agents: &["8.11.6/8.11.6", "8.12.8/8.12.8", "Postfix", "Exim 4.12", "8.9.3/8.9.3", "qmail 1.03"],
        mailers: &[
            "Microsoft Outlook Express 6.00.2800.1106",
            "Microsoft Outlook, Build 10.0.4024",
            "Mutt 1.4i",
            "Mozilla 4.79 [en] (Windows NT 5.0; U)",
            "QUALCOMM Windows Eudora Version 5.1",
            "KMail 1.5",
            "Ximian Evolution 1.2.2",
            "Apple Mail (2.551)",
        ],
        extras: &[
            "X-Priority: 3 (Normal)",
            "X-MSMail-Priority: Normal",
            "Importance: Normal",
            "X-MimeOLE: Produced By Microsoft MimeOLE V6.00.2800.1106",
            "X-OriginalArrivalTime: 03 Mar 2003 09:15:42.0117 (UTC) FILETIME=[@:01C2E16A]",
            "X-Virus-Scanned: by a scanner at mail.example.net, signatures of the day before, number @",
            "X-Spam-Status: No, hits=-4.2 required=5.0\r\n\ttests=IN_REP_TO,QUOTED_EMAIL_TEXT,REFERENCES,REPLY_WITH_QUOTES\r\n\tversion=2.43",
            "X-Spam-Level: ",
            "Thread-Index: @@@@==",
            "X-UIDL: @@@@",
            "X-MS-Has-Attach: ",
            "X-MS-TNEF-Correlator: ",
            "Sender: owner-bounces@lists.example.net",
            "Errors-To: owner-bounces@lists.example.net",
            "X-BeenThere: everybody@lists.example.net",
            "X-Mailman-Version: 2.1.1",
            "Precedence: list",
            "List-Unsubscribe: <http://lists.example.net/options>,\r\n\t<mailto:everybody-request@lists.example.net?subject=unsubscribe>",
            "List-Archive: <http://lists.example.net/archive/everybody>",
            "List-Post: <mailto:everybody@lists.example.net>",
            "List-Help: <mailto:everybody-request@lists.example.net?subject=help>",
            "X-Return-Path: owner-bounces@lists.example.net",
            "X-MDRemoteIP: 192.0.2.17",
            "X-Authentication-Warning: mail.example.net: daemon set sender to owner@example.net using -f",
            "X-Scanned-By: a filter that came before the others (@)",
            "X-Organization: The Example Organization, Department of Examples",
        ],
        address_first: false,
        tagged_lists: true,
    },
];

impl Era {
    /// The era of this year.
    #[must_use]
    pub fn of(year: i16) -> &'static Self {
        let [.., latest] = &ERAS;
        ERAS.iter().find(|era| year < era.before).unwrap_or(latest)
    }
}
