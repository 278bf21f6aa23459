"""Every client must bring home the same bytes. Two references: a mailbox whose messages are made here, and the
embedded one as a plain socket reads it by POP3.
"""
import subprocess
import sys

import fetchers
from lab import HERE, PASSWORD, USER, Served, by_hand, check, digests, mailbox, maildrop, made_here, part, run, write_maildir


def by_python(served, reference):
    count = len(reference)
    drop = maildrop(served.ports["pop3"])
    check("poplib STAT", drop.stat(), (count, sum(map(len, reference))))
    check("poplib LIST", [int(line.split()[1]) for line in drop.list()[1]], [len(m) for m in reference])
    check("poplib UIDL has an id for each", len({line.split()[1] for line in drop.uidl()[1]}), count)
    fetched = [b"\r\n".join(drop.retr(n)[1]) + b"\r\n" for n in range(1, count + 1)]
    check("poplib RETR, byte for byte", fetched, reference)
    check("poplib TOP 1 0 is the header", b"\r\n".join(drop.top(1, 0)[1]).strip(),
          reference[0].split(b"\r\n\r\n")[0])
    drop.quit()

    box = mailbox(served.ports["imap"], readonly=True)
    fetched = [part[1] for part in box.fetch("1:*", "(UID BODY.PEEK[])")[1] if isinstance(part, tuple)]
    check("imaplib FETCH, byte for byte", fetched, reference)
    check("nothing was seen by peeking", box.search(None, "SEEN")[1], [b""])
    box.logout()


def by_fetchers(served, reference):
    count, wanted = len(reference), digests(reference)
    pop3, imap = served.ports["pop3"], served.ports["imap"]
    for name, fetch, port, more in (
        ("fetchmail by POP3", fetchers.fetchmail, pop3, {}),
        ("fetchmail by APOP", fetchers.fetchmail, pop3, {"protocol": "apop"}),
        ("fetchmail by IMAP", fetchers.fetchmail, imap, {"protocol": "imap"}),
        ("mpop, pipelining", fetchers.mpop, pop3, {}),
        ("mpop by APOP", fetchers.mpop, pop3, {"auth": "apop"}),
        ("mpop by SCRAM-SHA-256", fetchers.mpop, pop3, {"auth": "scram-sha-256"}),
        ("getmail by POP3", fetchers.getmail, pop3, {}),
        ("getmail by IMAP", fetchers.getmail, imap, {"retriever": "SimpleIMAPRetriever"}),
    ):
        # It starts a Python for every message.
        if fetch is fetchers.getmail and count > 10:
            continue
        check(name, digests(fetch(HERE / f"{name} {count}".replace(" ", "-"), port, **more)), wanted)
    check("mbsync", digests(fetchers.mbsync(fetchers.mbsync_config(imap, HERE / f"mbsync-{count}"))), wanted)


def by_curl(served, reference):
    pop3, imap, count = served.ports["pop3"], served.ports["imap"], len(reference)
    login = ("curl", "--silent", "--show-error", "--max-time", "20", "--user", f"{USER}:{PASSWORD}")
    listing = run(*login, f"pop3://127.0.0.1:{pop3}/").decode().split("\r\n")
    check("curl lists by POP3", [line for line in listing if line],
          [f"{n} {len(m)}" for n, m in enumerate(reference, 1)])
    check("curl fetches by POP3", run(*login, f"pop3://127.0.0.1:{pop3}/{count}"), reference[-1])
    check("curl fetches by IMAP", run(*login, f"imap://127.0.0.1:{imap}/INBOX;UID=1"), reference[0])
    check("curl lists by IMAP", b"INBOX" in run(*login, f"imap://127.0.0.1:{imap}/"), True)
    check("curl searches by IMAP", run(*login, f"imap://127.0.0.1:{imap}/INBOX?ALL").split()[2:],
          [b"%d" % n for n in range(1, count + 1)])


def main():
    for client in (["fetchmail", "--version"], ["mbsync", "--version"], ["curl", "--version"],
                   ["mpop", "--version"], ["getmail", "--version"]):
        print("   ", subprocess.run(client, capture_output=True, text=True).stdout.splitlines()[0])
    print("    Python", sys.version.split()[0])

    own = made_here()
    for arguments in ((), ("--mail", write_maildir(HERE / "made", own))):
        with Served(*arguments) as served:
            reference = by_hand(served.ports["pop3"])
            if arguments:
                check("a Maildir is served as it is", reference, own)
            by_python(served, reference)
            by_fetchers(served, reference)
            by_curl(served, reference)


part(main)
