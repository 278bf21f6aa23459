"""A client of the old days at the older tongues: mailutil, whose library (c-client) goes back to the server of 1988.

It asks CAPABILITY first, takes a BAD for a server of IMAP2 or IMAP2bis, and then says what such a server understands:
`RFC822.HEADER RFC822.TEXT` where it would else say `BODY.PEEK[0] RFC822.TEXT.PEEK`. By netcat's way, a session of IMAP3.
"""
import os
import pty
import re
import select
import signal
import socket
import time

from lab import HERE, PASSWORD, PATIENCE, USER, Served, check, fail, part, write_maildir

PLAIN = [b"Subject: %d\r\nFrom: a@x.example\r\nDate: Mon, 2 Mar 1998 20:00:00 +0000\r\n\r\nletter %d\r\n" % (n, n)
         for n in range(1, 6)]
MIME = (b"Subject: parts\r\nFrom: b@x.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\ntext\r\n--b\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n--b--\r\n")


def mailutil(*arguments):
    """What it says, with the protocol (-d). It asks for the password at a terminal only."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["HOME"] = str(HERE)
        os.execvp("mailutil", ["mailutil", "-d", *map(str, arguments)])
    said, until, answered = b"", time.monotonic() + PATIENCE, 0
    while True:
        if not select.select([terminal], [], [], max(0, until - time.monotonic()))[0]:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            fail("mailutil", f"it does not end: {said}")
        try:
            read = os.read(terminal, 65536)
        except OSError:
            read = b""
        if not read:
            break
        said += read
        # Once for each connection.
        if said.rstrip().endswith(b"password:") and said.count(b"password:") > answered:
            time.sleep(0.05)
            os.write(terminal, PASSWORD.encode() + b"\n")
            answered += 1
    status = os.waitpid(pid, 0)[1]
    return said.replace(b"\r\n", b"\n").decode("latin-1"), os.waitstatus_to_exitcode(status)


def lines(octets):
    return octets.replace(b"\r\n", b"\n")


def copied_out(folder):
    """The messages of an mbox that mailutil wrote, without what it adds."""
    messages = re.split(rb"(?m)^From .*\n", folder.read_bytes())[1:]
    own = rb"(?m)^(Status|X-Status|X-Keywords|X-UID|X-IMAP\w*): .*\n"
    return [re.sub(own, b"", message).rstrip(b"\n") + b"\n" for message in messages
            if b"FOLDER INTERNAL DATA" not in message]


def fetches(port, name, asked):
    mailbox = f"{{127.0.0.1:{port}/imap/notls/user={USER}}}"
    said, status = mailutil("check", mailbox + "INBOX")
    check(f"{name}: mailutil counts", (status, "6 total in" in said), (0, True))
    copy = HERE / f"{name}.mbox"
    # The driver's name stands before an absolute path.
    said, status = mailutil("copy", mailbox + "INBOX", f"#driver.unix{copy}")
    check(f"{name}: mailutil copies", (status, asked in said), (0, True))
    check(f"{name}: the mail is the same", copied_out(copy), [lines(message) for message in [*PLAIN, MIME]])
    said, status = mailutil("copy", mailbox + "INBOX", mailbox + f"made-{name}")
    check(f"{name}: mailutil makes a mailbox", (status, " OK CREATE" in said), (0, True))
    check(f"{name}: and puts mail there", said.count(" OK APPEND"), 6)
    # It ends in 1 when it has removed something.
    said, _ = mailutil("prune", mailbox + f"made-{name}", 'SUBJECT "3"')
    check(f"{name}: and removes one", " EXPUNGE" in said, True)
    said, status = mailutil("check", mailbox + f"made-{name}")
    check(f"{name}: five are left", (status, "5 total in" in said), (0, True))


def imap2(port):
    """It has no EXAMINE, which mailutil wants for reading; what it does in SELECT works."""
    mailbox = f"{{127.0.0.1:{port}/imap/notls/user={USER}}}INBOX"
    said, _ = mailutil("check", mailbox)
    check("imap2: EXAMINE is not known", "EXAMINE is not a command of imap2 (RFC 1176)" in said, True)
    said, _ = mailutil("prune", mailbox, 'SUBJECT "5"')
    check("imap2: mailutil removes one", "* 5 EXPUNGE" in said, True)


def imap3(port):
    """Line by line, as a person at netcat would."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        stream = line.makefile("rwb")
        check("imap3: greeting", b"IMAP3" in stream.readline(), True)
        for command, wanted in (
            (b"a SUPPORTED.VERSIONS", rb"\* SUPPORTED\.VERSIONS \(\(2 0 \) \(3 0 .*\)\)"),
            (b"b SELECT.VERSION (3 0)", None),
            (f"c LOGIN {USER} {PASSWORD}".encode(), None),
            (b"d SELECT INBOX", rb"d FLAGS .*"),
            (b"e FETCH 1 $SUBJECT", rb'e 1 FETCH \(\$SUBJECT "1"\)'),
            (b"f SEARCH ~FROM b@x.example", rb"f SEARCH \(1 2 3 4\) \(~FROM b@x\.example\)"),
            (b"g LOGOUT", rb"g BYE .*"),
        ):
            stream.write(command + b"\r\n")
            stream.flush()
            said, tag = [], command.split()[0]
            while not said or not re.match(tag + rb" (OK|NO|BAD) ", said[-1]):
                said.append(stream.readline().rstrip(b"\r\n"))
                if not said[-1]:
                    fail("imap3", f"the connection ended behind {command}: {said}")
            check(f"imap3: {command.decode()}", said[-1].startswith(tag + b" OK"), True)
            if wanted:
                check(f"imap3: data of {command.decode()}", bool(re.fullmatch(wanted, said[0])), True)


def main():
    folder = write_maildir(HERE / "elders", [*PLAIN, MIME])
    with Served("--mail", folder, ports=("imap2", "imap2bis", "imap3", "imap4")) as served:
        fetches(served.ports["imap2bis"], "imap2bis", "FETCH 1 (RFC822.HEADER RFC822.TEXT)")
        fetches(served.ports["imap4"], "imap4", "FETCH 1 (BODY.PEEK[0] RFC822.TEXT.PEEK)")
        imap2(served.ports["imap2"])
        imap3(served.ports["imap3"])


part(main)
