"""POP3 programs that remember what they have seen, and that delete: nothing comes twice, nothing is lost, deletions stick.

The mail lies in a Maildir that the server writes back to, so that what is deleted is deleted on the disk.
"""
import smtplib

import fetchers
from lab import HERE, PATIENCE, Served, by_hand, check, digests, killed_after, made_here, maildir, part, write_maildir

NEW = b"Subject: new\r\n\r\ntext\r\n"


def deliver(served):
    with smtplib.SMTP("127.0.0.1", served.ports["smtp"], timeout=PATIENCE) as post:
        post.sendmail("bob@example.org", ["alice@example.org"], NEW)


def kept(name, fetch, protocol, more):
    """Everything stays on the server, and is told apart by UIDL or UID, also by a server that was started again."""
    own = made_here()
    away = HERE / name
    arguments = ("--mail", write_maildir(away / "box", own), "--state", away / "state")
    with Served(*arguments) as served:
        port = served.ports[protocol]
        check(f"{name}: all mail, kept", digests(fetch(away, port, new_only=True, **more)), digests(own))
        check(f"{name}: nothing is new", fetch(away, port, new_only=True, **more), [])
    # At the same port, which getmail takes for a part of the server's name.
    with Served(*arguments, ports=served.ports) as served:
        check(f"{name}: nothing is new after a restart", fetch(away, port, new_only=True, **more), [])
        deliver(served)
        check(f"{name}: one message is new", len(fetch(away, port, new_only=True, **more)), 1)
        check(f"{name}: all are still there", len(by_hand(served.ports["pop3"])), len(own) + 1)


def taken_away(name, fetch, protocol, more):
    """Everything is fetched and deleted, on the disk too."""
    own = made_here()
    away = HERE / f"{name}-takes"
    box = write_maildir(away / "box", own)
    with Served("--mail", box, "--write-back") as served:
        port = served.ports[protocol]
        check(f"{name}: all mail, taken away", digests(fetch(away, port, keep=False, **more)), digests(own))
        check(f"{name}: none is left", fetch(away, port, keep=False, **more), [])
        check(f"{name}: none is left on the disk", maildir(box), [])
    with Served("--mail", box, "--write-back") as served:
        check(f"{name}: deleted is deleted after a restart", by_hand(served.ports["pop3"]), [])


def killed(name, command, environment):
    """The program deletes what it has fetched, and is killed at several places: mail is fetched twice rather than lost."""
    own = made_here()
    box = write_maildir(HERE / f"{name}-killed" / "box", own)
    with Served("--mail", box, "--write-back") as served:
        port = served.ports["pop3"]
        places, octets = 0, 40
        while killed_after(port, octets, lambda relay: command(HERE / f"{name}-killed" / str(octets), relay),
                           env=environment(HERE / f"{name}-killed" / str(octets))):
            places += 1
            octets += 500
            # Deletions wait for QUIT (RFC 1939 section 6), which none of them has reached.
            if digests(by_hand(port)) != digests(own):
                check(f"{name} was killed after {octets} octets: all is still there", len(by_hand(port)), len(own))
        check(f"{name} was killed at {places} places and took nothing away", places >= 5, True)
        check(f"{name} lived at last, and took all", maildir(box), [])


def main():
    for name, fetch, protocol, more in (
        ("fetchmail", fetchers.fetchmail, "pop3", {}),
        ("fetchmail-apop", fetchers.fetchmail, "pop3", {"protocol": "apop"}),
        ("fetchmail-imap", fetchers.fetchmail, "imap", {"protocol": "imap"}),
        ("mpop", fetchers.mpop, "pop3", {}),
        ("getmail", fetchers.getmail, "pop3", {}),
        ("getmail-imap", fetchers.getmail, "imap", {"retriever": "SimpleIMAPRetriever"}),
    ):
        kept(name, fetch, protocol, more)
        taken_away(name, fetch, protocol, more)
    killed("fetchmail", lambda folder, port: fetchers.fetchmail_command(folder, port, keep=False), fetchers.fetchmail_home)
    killed("mpop", lambda folder, port: fetchers.mpop_command(folder, port, keep=False), lambda folder: None)


part(main)
