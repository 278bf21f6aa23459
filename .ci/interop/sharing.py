"""Flags, deletions and deliveries: what one client does the others see, and what was kept is there after a restart."""
import imaplib
import poplib
import smtplib
import socket

import fetchers
from lab import (HERE, PASSWORD, PATIENCE, USER, Served, by_hand, check, digests, fail, made_here, mailbox, maildir,
                 maildrop, part, run, write_maildir)


def with_flag(folder, flag):
    return [mail for mail in (folder / "cur").iterdir() if flag in mail.name.rsplit(",", 1)[-1]]


def deliveries(smtp):
    with smtplib.SMTP("127.0.0.1", smtp, timeout=PATIENCE) as post:
        post.ehlo("interop.example.org")
        text = "Subject: sent\r\n\r\n.a dot\r\n..two\r\n.\r\nthe end\r\n"
        check("smtplib sends", post.sendmail("bob@example.org", ["alice@example.org"], text), {})
        refused = {"nobody@example.org": 550, "bob@example.net": 550}
        try:
            post.sendmail("bob@example.org", list(refused), text)
        except smtplib.SMTPRecipientsRefused as error:
            check("smtplib is refused", {to: code // 10 for to, (code, _) in error.recipients.items()},
                  {to: 55 for to in refused})
        else:
            fail("smtplib", "mail for nobody was taken")
    letter = HERE / "letter"
    letter.write_bytes(b"Subject: by curl\r\n\r\n.dot\r\n")
    run("curl", "--silent", "--show-error", "--max-time", PATIENCE, f"smtp://127.0.0.1:{smtp}/interop.example.org",
        "--mail-from", "bob@example.org", "--mail-rcpt", "alice@example.org", "--upload-file", letter)


def changes_are_shared(served):
    imap, pop3 = served.ports["imap"], served.ports["pop3"]
    sync = HERE / "mbsync-shared"
    check("mbsync begins", len(fetchers.mbsync(fetchers.mbsync_config(imap, sync))), 6)
    deliveries(served.ports["smtp"])

    box = imaplib.IMAP4("127.0.0.1", imap, timeout=PATIENCE)
    box.login(USER, PASSWORD)
    check("the deliveries are there", box.select()[1], [b"8"])
    sent = box.fetch("7", "(BODY.PEEK[TEXT])")[1][0][1]
    check("their dots are as they were", sent, b".a dot\r\n..two\r\n.\r\nthe end\r\n")
    box.store("2", "+FLAGS", r"(\Flagged \Seen)")
    box.store("3", "+FLAGS", r"(\Deleted)")
    check("imaplib EXPUNGE", box.expunge()[1], [b"3"])
    box.append("INBOX", r"(\Draft)", imaplib.Time2Internaldate(888868800), b"Subject: draft\r\n\r\nlater\r\n")
    check("imaplib CREATE", box.create("saved")[0], "OK")
    check("imaplib COPY", box.copy("1", "saved")[0], "OK")
    check("imaplib STATUS", box.status("saved", "(MESSAGES)")[1], [b'saved (MESSAGES 1)'])
    check("imaplib SEARCH", box.search(None, "FLAGGED")[1], [b"2"])

    waiting = mailbox(imap)
    drop = poplib.POP3("127.0.0.1", pop3, timeout=PATIENCE)
    drop.apop(USER, PASSWORD)
    check("poplib sees 8", drop.stat()[0], 8)
    drop.dele(1)
    drop.quit()
    waiting.noop()
    check("what POP3 deletes IMAP reports", waiting.response("EXPUNGE")[1], [b"1"])
    waiting.logout()
    box.logout()

    near = fetchers.mbsync(sync / "mbsyncrc")
    check("mbsync follows", len(near), 7)
    check("with its flags", len(with_flag(sync / "INBOX", "F")), 1)
    check("and its folders", len(maildir(sync / "saved")), 1)
    one = next((sync / "INBOX" / "new").iterdir(), None) or next((sync / "INBOX" / "cur").iterdir())
    one.unlink()
    fetchers.mbsync(sync / "mbsyncrc")
    drop = maildrop(pop3)
    check("what mbsync deletes POP3 no longer has", drop.stat()[0], 6)
    drop.quit()


def a_killed_client_loses_nothing(served, count):
    """Whoever goes away in the middle has deleted nothing, and keeps no maildrop locked."""
    drop = maildrop(served.ports["pop3"])
    drop.dele(1)
    drop.sock.sendall(b"RETR 2\r\n")
    drop.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    drop.sock.close()
    drop.file.close()
    for _ in range(100):
        try:
            drop = maildrop(served.ports["pop3"])
            break
        except poplib.error_proto:
            pass
    check("a client that is killed deletes nothing", drop.stat()[0], count)
    drop.quit()


def what_is_kept_is_found_again(folder, reference):
    """Restarts in between: mbsync must neither fetch again nor lose anything."""
    sync = HERE / "mbsync-kept"
    arguments = ("--mail", folder, "--state", HERE / "state")
    with Served(*arguments) as served:
        port = served.ports["imap"]
        check("mbsync before the restart", digests(fetchers.mbsync(fetchers.mbsync_config(port, sync))),
              digests(reference))
        a_killed_client_loses_nothing(served, len(reference))
        box = mailbox(port)
        box.store("2", "+FLAGS", r"(\Flagged)")
        box.store("1", "+FLAGS", r"(\Deleted)")
        box.expunge()
        box.append("INBOX", None, None, b"Subject: kept\r\n\r\nover the restart\r\n")
        box.logout()
    with Served(*arguments, ports=served.ports):
        near = fetchers.mbsync(sync / "mbsyncrc")
        check("mbsync after the restart", len(near), len(reference))
        check("and the flag is there", len(with_flag(sync / "INBOX", "F")), 1)
        check("and the new message", any(b"Subject: kept" in mail for mail in near), True)


def written_back(folder, reference):
    """Deleting by POP3 and delivering by SMTP, in the Maildir itself."""
    with Served("--mail", folder, "--write-back") as served:
        drop = maildrop(served.ports["pop3"])
        drop.dele(1)
        drop.quit()
        check("DELE removes the file", len(maildir(folder)), len(reference) - 1)
        with smtplib.SMTP("127.0.0.1", served.ports["smtp"], timeout=PATIENCE) as post:
            post.sendmail("bob@example.org", ["alice@example.org"], "Subject: new\r\n\r\ntext\r\n")
        check("a delivery makes a file", len(maildir(folder)), len(reference))
    with Served("--mail", folder, "--write-back") as served:
        kept = by_hand(served.ports["pop3"])
        check("the others are as they were", kept[:-1], reference[1:])


def main():
    own = made_here()
    folder = write_maildir(HERE / "made", own)
    with Served("--mail", folder) as served:
        changes_are_shared(served)
    check("each session is told in a line", len(served.sessions), 9)
    what_is_kept_is_found_again(folder, own)
    written_back(folder, own)


part(main)
