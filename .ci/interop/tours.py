"""The same tour by every IMAP client: list, fetch, flag, append, move, delete; then the mailbox is judged from outside.

A tour finds an INBOX of six messages, UIDs 1 to 6, and a mailbox Archive with one. It writes the names of the mailboxes
into OUT/folders, a line each, and every message of the INBOX into a file under OUT/fetched; it flags UID 2, appends the
letter with \\Seen, moves UID 3 into the Archive, and deletes UID 4.
"""
import os
import sys
from pathlib import Path

import sync_tours
from lab import HERE, Served, check, digests, made_here, mailbox, part, run, write_maildir

TOURS = Path(__file__).parent / "tours"
LETTER = b"From: alice@example.org\r\nMessage-ID: <letter@example.org>\r\nSubject: letter\r\n\r\n.a dot\r\n\r\nthe end\r\n"
OLD = b"Subject: archived\r\nMessage-ID: <old@example.org>\r\n\r\nlong ago\r\n"

# Clients that are programmed: how each is started.
SCRIPTS = {
    "imaplib": [sys.executable, TOURS / "by_imaplib.py"],
    "IMAPClient": [sys.executable, TOURS / "by_imapclient.py"],
    "Mail::IMAPClient": ["perl", TOURS / "by_mail_imapclient.pl"],
    "ImapFlow": ["node", TOURS / "by_imapflow.mjs"],
    "curl": ["sh", TOURS / "by_curl.sh"],
}


# What interop.sh has installed for Python and Node.
CLIENTS = Path(os.environ.get("MAILLAB_CLIENTS", "."))
LIBRARIES = {"PYTHONPATH": str(CLIENTS / "python"), "MAILLAB_NODE": str(CLIENTS / "node")}


def by_script(command):
    return lambda port, out, letter: run(*command, port, out, letter, env={**os.environ, **LIBRARIES})


def by_imapfilter(port, out, letter):
    run("imapfilter", "-c", TOURS / "by_imapfilter.lua",
        env={**os.environ, "HOME": str(out), "PORT": str(port), "OUT": str(out), "LETTER": str(letter)})


def body(box, uid):
    return next(part[1] for part in box.uid("FETCH", uid, "BODY.PEEK[]")[1] if isinstance(part, tuple))


def messages(box):
    return {uid.decode(): body(box, uid.decode()) for uid in box.uid("SEARCH", None, "ALL")[1][0].split()}


def judge(name, port, out, own):
    check(f"{name} lists", sorted((out / "folders").read_text().split()), ["Archive", "INBOX"])
    check(f"{name} fetches, byte for byte",
          digests([file.read_bytes() for file in (out / "fetched").iterdir()]), digests(own))
    box = mailbox(port)
    now = messages(box)
    check(f"{name} deletes", "4" in now, False)
    check(f"{name} leaves the others", [now.get(uid) for uid in "1256"], [own[0], own[1], own[4], own[5]])
    check(f"{name} flags", box.uid("SEARCH", None, "FLAGGED")[1], [b"2"])
    new = [uid for uid in now if uid not in "123456"]
    check(f"{name} appends one message", len(new), 1)
    check(f"{name} appends it as it is", sync_tours.without_marks(now[new[0]]), LETTER)
    check(f"{name} appends it as seen", new[0].encode() in box.uid("SEARCH", None, "SEEN")[1][0].split(), True)
    box.select("Archive")
    check(f"{name} moves", sorted(map(sync_tours.without_marks, messages(box).values())), sorted([OLD, own[2]]))
    box.logout()


def main():
    own = made_here()
    letter = HERE / "letter.eml"
    letter.write_bytes(LETTER)
    tours = {name: by_script(command) for name, command in SCRIPTS.items()}
    tours |= {"imapfilter": by_imapfilter, "mbsync": sync_tours.by_mbsync, "offlineimap": sync_tours.by_offlineimap,
              "mutt": sync_tours.by_mutt}
    for name, tour in tours.items():
        away = HERE / name.replace(":", "")
        (away / "out" / "fetched").mkdir(parents=True)
        inbox, archive = write_maildir(away / "inbox", own), write_maildir(away / "archive", [OLD])
        with Served("--mail", inbox, "--folder", f"Archive={archive}") as served:
            tour(served.ports["imap"], away / "out", letter)
            judge(name, served.ports["imap"], away / "out", own)


part(main)
