"""Real clients against `maillab serve`, on loopback at ports that the system picks.

Every client must bring home the same bytes. Two references: a mailbox whose messages are made here, and the
embedded one as a plain socket reads it by POP3, dots taken off by hand.
"""
import email.utils
import hashlib
import imaplib
import os
import poplib
import pty
import re
import select
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

MAILLAB = str(Path(sys.argv[1]).resolve())
HERE = Path(tempfile.mkdtemp(prefix="maillab-interop-"))
USER, PASSWORD = "alice", "secret"
poplib._MAXLINE = 1 << 20


def check(name, got, wanted):
    if got != wanted:
        sys.exit(f"FAILED {name} (see {HERE})\n  expected {str(wanted)[:2000]}\n  got      {str(got)[:2000]}")
    print(f"ok  {name}")


def digests(messages):
    """Sorted, because clients fetch in orders of their own. Clients store LF; what crossed the line had CR LF."""
    return sorted(hashlib.sha256(m.replace(b"\r\n", b"\n")).hexdigest() for m in messages)


class Served:
    """A running `maillab serve` and its ports."""

    def __init__(self, *arguments):
        self.errors = tempfile.TemporaryFile()
        ports = [word for name in ("pop3", "imap", "smtp") for word in (f"--{name}", "127.0.0.1:0")]
        self.process = subprocess.Popen(
            [MAILLAB, "serve", *ports, *arguments], stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.ports = {}
        for line in self.process.stdout:
            if line == "ready\n":
                break
            _, name, address = line.split()
            self.ports[name] = int(address.rsplit(":", 1)[1])
        else:
            sys.exit(f"FAILED {MAILLAB} serve did not become ready: {self.stderr()}")

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGTERM)
        self.sessions = self.process.communicate(timeout=20)[0].splitlines()
        if kind is None:
            check("SIGTERM ends it cleanly", self.process.returncode, 0)
            check("nothing but sessions is told", {line.split()[0] for line in self.sessions} - {"session"}, set())


def by_hand(port):
    """The maildrop by POP3 over a plain socket."""
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rwb") as wire:
        def ask(line):
            if line:
                wire.write(line.encode() + b"\r\n")
                wire.flush()
            reply = wire.readline()
            if not reply.startswith(b"+OK"):
                sys.exit(f"FAILED {line}: {reply}")
            return reply
        ask(None), ask(f"USER {USER}"), ask(f"PASS {PASSWORD}")
        count = int(ask("STAT").split()[1])
        messages = []
        for number in range(1, count + 1):
            octets = int(ask(f"RETR {number}").split()[1])
            text = b""
            while (line := wire.readline()) != b".\r\n":
                text += line[1:] if line.startswith(b".") else line
            if len(text) != octets:
                sys.exit(f"FAILED message {number}: {octets} announced, {len(text)} came")
            messages.append(text)
        ask("QUIT")
        return messages


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, **more)
    if done.returncode:
        sys.exit(f"FAILED {command}: exit {done.returncode}\n{done.stdout.decode(errors='replace')}"
                 f"{done.stderr.decode(errors='replace')}")
    return done.stdout


def fetchmail(port, protocol, folder, encryption='sslproto ""'):
    folder.mkdir()
    deliver = folder / "deliver"
    deliver.write_text(f'#!/bin/sh\nexec cat > "$(mktemp {folder}/mail.XXXXXXXX)"\n')
    deliver.chmod(0o700)
    settings = folder / "fetchmailrc"
    settings.write_text(
        f'set invisible\nset idfile "{folder}/ids"\n'
        f"poll 127.0.0.1 protocol {protocol} port {port} auth password\n"
        f'user "{USER}" password "{PASSWORD}" {encryption}\n'
        f'no rewrite fetchall keep pass8bits mda "{deliver}"\n')
    settings.chmod(0o600)
    run("fetchmail", "--nodetach", "--nosyslog", "--fetchmailrc", str(settings), "--pidfile", str(folder / "pid"),
        env={**os.environ, "HOME": str(folder), "FETCHMAILHOME": str(folder)})
    return [mail.read_bytes() for mail in folder.glob("mail.*")]


def mbsync_config(port, folder):
    folder.mkdir(exist_ok=True)
    config = folder / "mbsyncrc"
    config.write_text(
        f"IMAPAccount lab\nHost 127.0.0.1\nPort {port}\nUser {USER}\nPass {PASSWORD}\nSSLType None\n"
        f"AuthMechs LOGIN\n\n"
        f"IMAPStore far\nAccount lab\n\nMaildirStore near\nPath {folder}/\nInbox {folder}/INBOX\n"
        f"SubFolders Verbatim\n\nChannel all\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync All\nExpunge Both\n"
        f"SyncState *\n")
    return config


def mbsync(config):
    run("mbsync", "-c", str(config), "all")
    # mbsync puts a line of its own into each header, by which it finds the message again.
    return [re.sub(rb"(?m)^X-TUID: \S{12}\n", b"", mail, count=1) for mail in maildir(config.parent / "INBOX")]


def maildir(folder):
    return [mail.read_bytes() for part in ("cur", "new") for mail in (folder / part).iterdir()]


def bytes_agree(served, reference):
    port = served.ports["pop3"]
    drop = poplib.POP3("127.0.0.1", port, timeout=20)
    drop.user(USER), drop.pass_(PASSWORD)
    count, octets = drop.stat()
    check("poplib STAT", (count, octets), (len(reference), sum(map(len, reference))))
    check("poplib LIST", [int(line.split()[1]) for line in drop.list()[1]], [len(m) for m in reference])
    check("poplib UIDL has an id for each", len({line.split()[1] for line in drop.uidl()[1]}), count)
    fetched = [b"\r\n".join(drop.retr(n)[1]) + b"\r\n" for n in range(1, count + 1)]
    check("poplib RETR, byte for byte", fetched, reference)
    check("poplib TOP 1 0 is the header", b"\r\n".join(drop.top(1, 0)[1]).strip(),
          reference[0].split(b"\r\n\r\n")[0])
    drop.quit()

    box = imaplib.IMAP4("127.0.0.1", served.ports["imap"], timeout=20)
    box.login(USER, PASSWORD)
    check("imaplib SELECT", box.select(readonly=True)[1], [b"%d" % count])
    fetched = [part[1] for part in box.fetch("1:*", "(UID BODY.PEEK[])")[1] if isinstance(part, tuple)]
    check("imaplib FETCH, byte for byte", fetched, reference)
    check("nothing was seen by peeking", box.search(None, "SEEN")[1], [b""])
    box.logout()

    wanted = digests(reference)
    check("fetchmail by POP3", digests(fetchmail(port, "pop3", HERE / f"fm-pop3-{count}")), wanted)
    check("fetchmail by APOP", digests(fetchmail(port, "apop", HERE / f"fm-apop-{count}")), wanted)
    imap = served.ports["imap"]
    check("fetchmail by IMAP", digests(fetchmail(imap, "imap", HERE / f"fm-imap-{count}")), wanted)
    check("mbsync", digests(mbsync(mbsync_config(imap, HERE / f"mbsync-{count}"))), wanted)

    login = ("curl", "--silent", "--show-error", "--max-time", "20", "--user", f"{USER}:{PASSWORD}")
    listing = run(*login, f"pop3://127.0.0.1:{port}/").decode().split("\r\n")
    check("curl lists by POP3", [line for line in listing if line],
          [f"{n} {len(m)}" for n, m in enumerate(reference, 1)])
    check("curl fetches by POP3", run(*login, f"pop3://127.0.0.1:{port}/{count}"), reference[-1])
    check("curl fetches by IMAP", run(*login, f"imap://127.0.0.1:{imap}/INBOX;UID=1"), reference[0])
    check("curl lists by IMAP", b"INBOX" in run(*login, f"imap://127.0.0.1:{imap}/"), True)
    check("curl searches by IMAP", run(*login, f"imap://127.0.0.1:{imap}/INBOX?ALL").split()[2:],
          [b"%d" % n for n in range(1, count + 1)])


def encrypted(reference):
    """The same mail inside TLS, by STLS and STARTTLS, and at the ports where TLS begins at once."""
    ports = [word for name in ("pop3s", "imaps", "submissions") for word in (f"--{name}", "127.0.0.1:0")]
    # The certificate is made at start, and nobody has signed it: its fingerprint is what a person would compare.
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with Served("--tls", *ports) as served:
        said = re.search(r"SHA-256 is ([0-9A-F:]+)", served.stderr()).group(1).replace(":", "").lower()
        for name, begin in (
            ("STLS", lambda: poplib.POP3("127.0.0.1", served.ports["pop3"], timeout=20)),
            ("POP3 over TLS", lambda: poplib.POP3_SSL("127.0.0.1", served.ports["pop3s"], timeout=20, context=trusting)),
        ):
            drop = begin()
            if name == "STLS":
                check("STLS is announced", "STLS" in drop.capa(), True)
                drop.stls(trusting)
            shown = hashlib.sha256(drop.sock.getpeercert(True)).hexdigest()
            check(f"{name}: the certificate is the one that was told of", shown, said)
            drop.user(USER), drop.pass_(PASSWORD)
            fetched = [b"\r\n".join(drop.retr(n)[1]) + b"\r\n" for n in range(1, drop.stat()[0] + 1)]
            check(f"{name}, byte for byte", fetched, reference)
            drop.quit()
        for name, begin in (
            ("IMAP STARTTLS", lambda: imaplib.IMAP4("127.0.0.1", served.ports["imap"], timeout=20)),
            ("IMAP over TLS", lambda: imaplib.IMAP4_SSL("127.0.0.1", served.ports["imaps"], ssl_context=trusting)),
        ):
            box = begin()
            if name == "IMAP STARTTLS":
                box.starttls(trusting)
            box.login(USER, PASSWORD), box.select(readonly=True)
            fetched = [part[1] for part in box.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(part, tuple)]
            check(f"{name}, byte for byte", fetched, reference)
            box.logout()
        for name, begin in (
            ("SMTP STARTTLS", lambda: smtplib.SMTP("127.0.0.1", served.ports["smtp"], timeout=20)),
            ("submission over TLS", lambda: smtplib.SMTP_SSL("127.0.0.1", served.ports["submissions"], context=trusting)),
        ):
            with begin() as post:
                if name == "SMTP STARTTLS":
                    post.starttls(context=trusting)
                check(name, post.noop()[0], 250)
        login = ("curl", "--silent", "--show-error", "--max-time", "20", "--insecure", "--ssl-reqd",
                 "--user", f"{USER}:{PASSWORD}")
        check("curl by STLS", run(*login, f"pop3://127.0.0.1:{served.ports['pop3']}/1"), reference[0])
        check("curl by POP3 over TLS", run(*login, f"pop3s://127.0.0.1:{served.ports['pop3s']}/1"), reference[0])
        check("curl by IMAP over TLS", run(*login, f"imaps://127.0.0.1:{served.ports['imaps']}/INBOX;UID=1"), reference[0])
        # fetchmail wants the fingerprint in its own form, of MD5; it is told not to ask who signed.
        check("fetchmail by STLS", digests(fetchmail(
            served.ports["pop3"], "pop3", HERE / "fm-stls", 'sslproto "auto" no sslcertck')), digests(reference))


def changes_are_shared(served):
    """Flags, deletions and deliveries: what one client does the others see."""
    imap, pop3, smtp = (served.ports[name] for name in ("imap", "pop3", "smtp"))
    sync = HERE / "mbsync-shared"
    check("mbsync begins", len(mbsync(mbsync_config(imap, sync))), 6)

    with smtplib.SMTP("127.0.0.1", smtp, timeout=20) as post:
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
            sys.exit("FAILED mail for nobody was taken")
    letter = HERE / "letter"
    letter.write_bytes(b"Subject: by curl\r\n\r\n.dot\r\n")
    run("curl", "--silent", "--show-error", "--max-time", "20", f"smtp://127.0.0.1:{smtp}/interop.example.org",
        "--mail-from", "bob@example.org", "--mail-rcpt", "alice@example.org", "--upload-file", str(letter))

    box = imaplib.IMAP4("127.0.0.1", imap, timeout=20)
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

    waiting = imaplib.IMAP4("127.0.0.1", imap, timeout=20)
    waiting.login(USER, PASSWORD)
    waiting.select()
    drop = poplib.POP3("127.0.0.1", pop3, timeout=20)
    drop.apop(USER, PASSWORD)
    check("poplib sees 8", drop.stat()[0], 8)
    drop.dele(1)
    drop.quit()
    waiting.noop()
    check("what POP3 deletes IMAP reports", waiting.response("EXPUNGE")[1], [b"1"])
    waiting.logout()
    box.logout()

    near = mbsync(sync / "mbsyncrc")
    check("mbsync follows", len(near), 7)
    flagged = [mail.name for mail in (sync / "INBOX" / "cur").iterdir() if "F" in mail.name.rsplit(",", 1)[-1]]
    check("with its flags", len(flagged), 1)
    check("and its folders", len(maildir(sync / "saved")), 1)
    one = next((sync / "INBOX" / "new").iterdir(), None) or next((sync / "INBOX" / "cur").iterdir())
    one.unlink()
    mbsync(sync / "mbsyncrc")
    drop = poplib.POP3("127.0.0.1", pop3, timeout=20)
    drop.user(USER), drop.pass_(PASSWORD)
    check("what mbsync deletes POP3 no longer has", drop.stat()[0], 6)
    drop.quit()

    copied = mutt(imap)
    check("mutt copies all messages", copied.count(b"\nSubject: ") + copied.startswith(b"Subject: "), 6)


def a_killed_client_loses_nothing(served, count):
    """Whoever goes away in the middle has deleted nothing, and keeps no maildrop locked."""
    drop = poplib.POP3("127.0.0.1", served.ports["pop3"], timeout=20)
    drop.user(USER), drop.pass_(PASSWORD)
    drop.dele(1)
    drop.sock.sendall(b"RETR 2\r\n")
    drop.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    drop.sock.close()
    drop.file.close()
    for _ in range(100):
        drop = poplib.POP3("127.0.0.1", served.ports["pop3"], timeout=20)
        drop.user(USER)
        try:
            drop.pass_(PASSWORD)
            break
        except poplib.error_proto:
            drop.close()
    check("a client that is killed deletes nothing", drop.stat()[0], count)
    drop.quit()


def what_is_kept_is_found_again(folder, reference):
    """Restarts in between: mbsync must neither fetch again nor lose anything."""
    sync = HERE / "mbsync-kept"
    state = HERE / "state"
    arguments = ("--mail", str(folder), "--state", str(state))
    with Served(*arguments) as served:
        port = served.ports["imap"]
        check("mbsync before the restart", digests(mbsync(mbsync_config(port, sync))), digests(reference))
        a_killed_client_loses_nothing(served, len(reference))
        box = imaplib.IMAP4("127.0.0.1", port, timeout=20)
        box.login(USER, PASSWORD)
        box.select()
        box.store("2", "+FLAGS", r"(\Flagged)")
        box.store("1", "+FLAGS", r"(\Deleted)")
        box.expunge()
        box.append("INBOX", None, None, b"Subject: kept\r\n\r\nover the restart\r\n")
        box.logout()
    with Served(*arguments) as served:
        (sync / "mbsyncrc").write_text(re.sub(r"Port \d+", f"Port {served.ports['imap']}", (sync / "mbsyncrc").read_text()))
        near = mbsync(sync / "mbsyncrc")
        check("mbsync after the restart", len(near), len(reference))
        flagged = [mail.name for mail in (sync / "INBOX" / "cur").iterdir() if "F" in mail.name.rsplit(",", 1)[-1]]
        check("and the flag is there", len(flagged), 1)
        check("and the new message", any(b"Subject: kept" in mail for mail in near), True)


def written_back(folder, reference):
    """Deleting by fetchmail-like clients and appending, in the Maildir itself."""
    with Served("--mail", str(folder), "--write-back") as served:
        drop = poplib.POP3("127.0.0.1", served.ports["pop3"], timeout=20)
        drop.user(USER), drop.pass_(PASSWORD)
        drop.dele(1)
        drop.quit()
        check("DELE removes the file", len(maildir(folder)), len(reference) - 1)
        with smtplib.SMTP("127.0.0.1", served.ports["smtp"], timeout=20) as post:
            post.sendmail("bob@example.org", ["alice@example.org"], "Subject: new\r\n\r\ntext\r\n")
        check("a delivery makes a file", len(maildir(folder)), len(reference))
    with Served("--mail", str(folder), "--write-back") as served:
        kept = by_hand(served.ports["pop3"])
        check("the others are as they were", kept[:-1], reference[1:])


def mutt(port):
    """Mutt wants a terminal: it gets one, and keys that save a copy of all messages and leave."""
    away = HERE / "mutt"
    away.mkdir()
    box = away / "box"
    options = ('folder=""', "ssl_starttls=no", "ssl_force_tls=no", "confirmappend=no", "confirmcreate=no",
               f"imap_user={USER}", f"imap_pass={PASSWORD}", "quit=yes", "wait_key=no")
    keys = f"T~A<enter>;C<kill-line>{box}<enter>q"
    command = ["mutt", "-n", "-F", "/dev/null", *[word for one in options for word in ("-e", f"set {one}")],
               "-e", f'push "{keys}"', "-f", f"imap://{USER}@127.0.0.1:{port}/INBOX"]
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="vt100", HOME=str(away), LINES="24", COLUMNS="80")
        os.execvp("mutt", command)
    screen = b""
    while True:
        ready, _, _ = select.select([terminal], [], [], 20)
        try:
            piece = os.read(terminal, 65536) if ready else b""
        except OSError:  # the terminal is gone with its last user
            piece = b""
        if not piece:
            break
        screen += piece
    if not ready:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if status or not box.exists():
        sys.exit(f"FAILED mutt: status {status}, its screen: {screen[-2000:]}")
    return box.read_bytes()


def made_here():
    """Messages that lines, dots and quoting could harm."""
    tricky = [
        b"hello\r\n",
        b".\r\n..\r\n.a\r\n\r\n.\r\n",
        b"From the start\r\n>From the quoted\r\n>>From the twice quoted\r\n",
        "gr\u00fc\u00dfe \u2713\r\n".encode() + bytes(range(0xA0, 0x100)) + b"\r\n",
        b"no\x00nul here\r\n".replace(b"\x00", b"") + b"\t\x0b\x0c\x1b[31m\r\n",
        b"x" * 900 + b"\r\n" + b"last\r\n\r\n\r\n",
    ]
    head = (b"From: bob@example.org\r\nTo: alice@example.org\r\nSubject: %d\r\nMessage-ID: <%d@example.org>\r\n"
            b"Date: " + email.utils.formatdate(888868800).encode() + b"\r\n\r\n")
    return [head % (n, n) + body for n, body in enumerate(tricky)]


def main():
    for client in (["fetchmail", "--version"], ["mbsync", "--version"], ["curl", "--version"], ["mutt", "-v"]):
        print("   ", subprocess.run(client, capture_output=True, text=True).stdout.splitlines()[0])
    print("    Python", sys.version.split()[0])

    with Served() as served:
        reference = by_hand(served.ports["pop3"])
        bytes_agree(served, reference)
    encrypted(reference)

    own = made_here()
    folder = HERE / "made"
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    for n, mail in enumerate(own):
        (folder / "cur" / f"{888868800 + n}.M{n}.example:2,").write_bytes(mail.replace(b"\r\n", b"\n"))
    with Served("--mail", str(folder)) as served:
        check("a Maildir is served as it is", by_hand(served.ports["pop3"]), own)
        bytes_agree(served, own)
    with Served("--mail", str(folder)) as served:
        changes_are_shared(served)
    check("each session is told in a line", len(served.sessions), 10)
    what_is_kept_is_found_again(folder, own)
    written_back(folder, own)
    shutil.rmtree(HERE)
    print("all clients agree")


main()
