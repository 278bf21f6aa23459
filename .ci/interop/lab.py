"""What all parts share: a running `maillab serve`, mail that is hard to carry, and a line that can be cut.

Each part is a script, `PART.py MAILLAB`, that prints `ok  ...` for what it found right, and stops at the first thing
that is wrong.
"""
import email.utils
import hashlib
import imaplib
import os
import poplib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

MAILLAB = str(Path(sys.argv[1]).resolve())
HERE = Path(tempfile.mkdtemp(prefix=f"maillab-{Path(sys.argv[0]).stem}-"))
USER, PASSWORD = "alice", "secret"
# Longer than any client takes, on a machine that is busy with other things.
PATIENCE = 60
poplib._MAXLINE = 1 << 20


def fail(name, why):
    sys.exit(f"FAILED {name} (see {HERE})\n  {why}")


def check(name, got, wanted):
    if got != wanted:
        fail(name, f"expected {str(wanted)[:2000]}\n  got      {str(got)[:2000]}")
    print(f"ok  {name}", flush=True)


def run(*command, codes=(0,), **more):
    """What a command says, if it ends with one of the codes."""
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, timeout=PATIENCE, **more)
    except FileNotFoundError:
        fail(command[0], "it is not installed; .ci/interop.sh has the name of its package")
    except subprocess.TimeoutExpired as late:
        fail(command, f"it took longer than {PATIENCE} s\n{late.stdout}\n{late.stderr}")
    if done.returncode not in codes:
        fail(command, f"exit {done.returncode}\n{done.stdout.decode(errors='replace')}"
                      f"{done.stderr.decode(errors='replace')}")
    return done.stdout


def part(main):
    """Runs a part, and leaves its files only if it fails."""
    main()
    shutil.rmtree(HERE)


def digests(messages):
    """Sorted, because clients fetch in orders of their own. Clients store LF; what crossed the line had CR LF."""
    return sorted(hashlib.sha256(m.replace(b"\r\n", b"\n")).hexdigest() for m in messages)


class Served:
    """A running `maillab serve` and its ports: free ones, or those of a server that ran before (`ports=before.ports`)."""

    def __init__(self, *arguments, ports=("pop3", "imap", "smtp")):
        self.errors = tempfile.TemporaryFile()
        ports = ports if isinstance(ports, dict) else dict.fromkeys(ports, 0)
        addresses = [word for name, port in ports.items() for word in (f"--{name}", f"127.0.0.1:{port}")]
        self.process = subprocess.Popen([MAILLAB, "serve", *addresses, *map(str, arguments)],
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.ports = {}
        for line in self.process.stdout:
            if line == "ready\n":
                break
            _, name, address = line.split()
            self.ports[name] = int(address.rsplit(":", 1)[1])
        else:
            fail(f"{MAILLAB} serve", f"it did not become ready: {self.stderr()}")

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode()

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.sessions = self.process.communicate(timeout=PATIENCE)[0].splitlines()
        if kind is None:
            check("SIGTERM ends it cleanly", self.process.returncode, 0)
            check("nothing but sessions is told", {line.split()[0] for line in self.sessions} - {"session"}, set())


class Relay:
    """A line to a server that breaks when the server has sent so many octets; first `cut` is called.

    It is how a client is killed at a certain place: clients are too quick for a hand or a clock.
    """

    def __init__(self, port, octets, cut=lambda: None):
        self.to, self.left, self.cut, self.broke = port, octets, cut, False
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.to))
            threading.Thread(target=self.carry, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self.carry, args=(server, client, True), daemon=True).start()

    def carry(self, here, there, counts):
        try:
            while octets := here.recv(4096):
                if counts:
                    self.left -= len(octets)
                    if self.left <= 0:
                        self.broke = True
                        self.cut()
                        break
                there.sendall(octets)
        except OSError:
            pass
        for end in (here, there):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.door.close()


def killed_after(port, octets, command, **more):
    """Starts `command(PORT)` over a relay and kills it when so many octets have come. True if it lived that long."""
    child, started = None, threading.Event()

    def cut():
        started.wait()
        os.killpg(child.pid, signal.SIGKILL)

    relay = Relay(port, octets, cut)
    child = subprocess.Popen([str(word) for word in command(relay.port)], start_new_session=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    started.set()
    child.wait(timeout=PATIENCE)
    relay.close()
    return relay.broke


def by_hand(port, user=USER, password=PASSWORD, delete=False):
    """The maildrop by POP3 over a plain socket, dots taken off here."""
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rwb") as wire:
        def ask(line):
            if line:
                wire.write(line.encode() + b"\r\n")
                wire.flush()
            reply = wire.readline()
            if not reply.startswith(b"+OK"):
                fail(line, reply)
            return reply
        ask(None), ask(f"USER {user}"), ask(f"PASS {password}")
        count = int(ask("STAT").split()[1])
        messages = []
        for number in range(1, count + 1):
            octets = int(ask(f"RETR {number}").split()[1])
            text = b""
            while (line := wire.readline()) != b".\r\n":
                text += line[1:] if line.startswith(b".") else line
            if len(text) != octets:
                fail(f"message {number}", f"{octets} octets announced, {len(text)} came")
            messages.append(text)
            if delete:
                ask(f"DELE {number}")
        ask("QUIT")
        return messages


def maildrop(port):
    """Logged in by poplib."""
    drop = poplib.POP3("127.0.0.1", port, timeout=PATIENCE)
    drop.user(USER), drop.pass_(PASSWORD)
    return drop


def mailbox(port, name="INBOX", readonly=False):
    """Logged in by imaplib, with a mailbox selected."""
    box = imaplib.IMAP4("127.0.0.1", port, timeout=PATIENCE)
    box.login(USER, PASSWORD), box.select(name, readonly)
    return box


def maildir(folder):
    return [mail.read_bytes() for part in ("cur", "new") for mail in (folder / part).iterdir()]


def write_maildir(folder, messages):
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    for n, mail in enumerate(messages):
        (folder / "cur" / f"{888868800 + n}.M{n}.example:2,").write_bytes(mail.replace(b"\r\n", b"\n"))
    return folder


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
