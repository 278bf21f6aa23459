"""Several clients at once on one mailbox, and clients and servers that are killed in the middle of their work.

What a client was told is done must be there after the server was killed with SIGKILL and started again; nothing may be
there twice that was put there once. `MAILLAB_RUNS=100` kills more often.
"""
import os
import poplib
import random
import re
import signal
import smtplib
import subprocess
import threading

import fetchers
from lab import (HERE, PATIENCE, Relay, Served, by_hand, check, digests, fail, killed_after, made_here, mailbox,
                 maildir, maildrop, part, run, write_maildir)

# How often the server is killed in each part.
KILLS = int(os.environ.get("MAILLAB_RUNS", "8"))


class Idling:
    """A client that has said IDLE (RFC 2177), and hears what the others do."""

    def __init__(self, port):
        self.box = mailbox(port)
        self.box.sock.settimeout(PATIENCE)
        self.box.send(b"idle IDLE\r\n")
        self.until(rb"\+ .*")

    def until(self, wanted):
        lines = []
        while not lines or not re.fullmatch(wanted + rb"\r\n", lines[-1]):
            lines.append(self.box.readline())
            if not lines[-1]:
                fail("IDLE", f"the connection ended before {wanted}, after {lines}")
        return lines

    def done(self):
        self.box.send(b"DONE\r\n")
        self.until(rb"idle OK.*")
        self.box.logout()


def see_each_other():
    own = made_here()
    with Served("--mail", write_maildir(HERE / "shared", own)) as served:
        pop3, imap = served.ports["pop3"], served.ports["imap"]
        config = fetchers.mbsync_config(imap, HERE / "sync")
        check("mbsync has all", digests(fetchers.mbsync(config)), digests(own))
        idling = Idling(imap)

        near = HERE / "sync" / "INBOX"
        one = next((near / "cur").glob("*"), None) or next((near / "new").glob("*"))
        one.rename(near / "cur" / f"{one.name.split(':')[0]}:2,FS")
        run("mbsync", "-c", config, "all")
        check("what mbsync flags an idling client hears",
              sorted(re.findall(rb"\\\w+", idling.until(rb"\* \d+ FETCH .*")[-1])), [rb"\Flagged", rb"\Seen"])
        (near / "new" / "888869000.M1.example").write_bytes(b"Subject: from mbsync\n\ntext\n")
        run("mbsync", "-c", config, "all")
        idling.until(rb"\* 7 EXISTS")
        with smtplib.SMTP("127.0.0.1", served.ports["smtp"], timeout=PATIENCE) as post:
            post.sendmail("bob@example.org", ["alice@example.org"], b"Subject: by SMTP\r\n\r\ntext\r\n")
        idling.until(rb"\* 8 EXISTS")
        drop = maildrop(pop3)
        other = mailbox(imap)
        other.store("1", "+FLAGS", r"(\Deleted)"), other.expunge()
        idling.until(rb"\* 1 EXPUNGE")
        check("a maildrop stays as it was at login", drop.stat()[0], 8)
        check("and so does a message in it that was removed since", drop.retr(1)[1] != [], True)
        drop.dele(2), drop.quit()
        idling.until(rb"\* 1 EXPUNGE")
        check("the other IMAP client hears of it too", (other.noop()[0], other.response("EXPUNGE")[1][-1]), ("OK", b"1"))
        other.logout(), idling.done()
        check("mbsync has what the others have left", digests(fetchers.mbsync(config)), digests(
            [fetchers.without_tuid(mail) for mail in by_hand(pop3)]))


class Restarting:
    """A server that is killed again and again while clients are at work."""

    def __init__(self, arguments, chance):
        self.arguments, self.chance = arguments, chance
        self.served = Served(*arguments)
        self.ports = self.served.ports

    def kill_at_some_time(self, work):
        """Kills the server some milliseconds after `work` has begun, and starts it anew."""
        timer = threading.Timer(self.chance.uniform(0, 0.08), self.kill)
        timer.start()
        work()
        timer.join()
        self.start()

    def kill_at_some_place(self, name, work):
        """Kills the server when it has sent so many octets to `work(PORT)`, and starts it anew. True if it came to that."""
        relay = Relay(self.ports[name], self.chance.randrange(200, 6000), self.kill)
        work(relay.port)
        relay.close()
        self.start()
        return relay.broke

    def kill(self):
        self.served.process.send_signal(signal.SIGKILL)

    def start(self):
        self.served.kill()
        self.served = Served(*self.arguments, ports=self.ports)


def named(n):
    return b"Subject: %d\r\nMessage-ID: <%d@numbered.example>\r\n\r\ntext %d\r\n" % (n, n, n)


def numbers(messages):
    return sorted(int(re.search(rb"<(\d+)@numbered", mail).group(1)) for mail in messages)


def killed_under_mbsync(how, arguments):
    """Both sides change, and the server dies while they are brought together; in the end both have the same."""
    chance = random.Random(f"mbsync {how}")
    server = Restarting(arguments, chance)
    config = fetchers.mbsync_config(server.ports["imap"], HERE / f"sync-{how}")
    near, away = HERE / f"sync-{how}" / "INBOX", set()
    run("mbsync", "-c", config, "all")
    count, killed = 40, 0
    for turn in range(KILLS):
        there = [mail for part in ("cur", "new") for mail in (near / part).iterdir()]
        gone = chance.choice(there)
        away.update(numbers([gone.read_bytes()]))
        gone.unlink()
        for _ in range(3):
            (near / "new" / f"{888869000 + count}.M{count}.example").write_bytes(named(count).replace(b"\r\n", b"\n"))
            count += 1

        def command(port):
            other = config.with_name("over-the-relay")
            other.write_text(re.sub(r"(?m)^Port .*", f"Port {port}", config.read_text()))
            return ["mbsync", "-c", str(other), "all"]

        def sync(port):
            subprocess.run(command(port), capture_output=True, timeout=PATIENCE)
        # By turns it is the client that dies.
        if turn % 2:
            killed += killed_after(server.ports["imap"], chance.randrange(200, 6000), command)
        else:
            killed += server.kill_at_some_place("imap", sync)
    check(f"{how}: it or its server was killed in the middle", killed > 0, True)
    with server.served:
        run("mbsync", "-c", config, "all")
        wanted = sorted(set(range(count)) - away)
        check(f"{how}: after the kills nothing is lost or doubled at the client", numbers(maildir(near)), wanted)
        check(f"{how}: nor at the server", numbers(by_hand(server.ports["pop3"])), wanted)


def killed_under_pop3(how, arguments):
    """Deletions by POP3 and deliveries by SMTP: what was answered with +OK or 250 is so, the rest is so or not so."""
    chance = random.Random(f"pop3 {how}")
    server = Restarting(arguments, chance)
    there, count = set(range(40)), 40
    for turn in range(KILLS):
        begun, deleted, sent, accepted = set(), set(), set(), set()

        def work():
            nonlocal count
            try:
                while True:
                    drop = maildrop(server.ports["pop3"])
                    first = numbers([b"\r\n".join(drop.retr(1)[1])])
                    drop.dele(1)
                    begun.update(first)
                    drop.quit()
                    deleted.update(first)
                    with smtplib.SMTP("127.0.0.1", server.ports["smtp"], timeout=PATIENCE) as post:
                        sent.add(count)
                        post.sendmail("bob@example.org", ["alice@example.org"], named(count))
                        accepted.add(count)
                        count += 1
            except (OSError, poplib.error_proto, smtplib.SMTPException):
                pass  # The server is gone; what was under way may be done or not.
        server.kill_at_some_time(work)
        count = max(sent, default=count - 1) + 1
        now = numbers(by_hand(server.ports["pop3"]))
        if len(now) != len(set(now)):
            fail(f"{how}, kill {turn}", f"doubled: {now}")
        must, may = (there - begun) | accepted, (there - deleted) | sent
        if not must <= set(now) <= may:
            fail(f"{how}, kill {turn}", f"lost {must - set(now)}, came back {set(now) - may}")
        there = set(now)
    check(f"{how}: after {KILLS} kills, all that was accepted is there once", len(there) > 10, True)
    with server.served:
        pass


def main():
    see_each_other()
    own = [named(n) for n in range(40)]

    def box(name):
        return write_maildir(HERE / name, own)

    # Only with --state: UIDs live as long as the server where mail is written back to files that have no room for them.
    killed_under_mbsync("mbsync", ("--mail", box("synced"), "--state", HERE / "synced-state"))
    killed_under_pop3("POP3 with --state", ("--mail", box("kept"), "--state", HERE / "kept-state"))
    killed_under_pop3("POP3 with --write-back to a Maildir", ("--mail", box("written"), "--write-back"))
    mbox = HERE / "written.mbox"
    mbox.write_bytes(b"".join(b"From bob@example.org Mon Mar  2 20:00:00 1998\n" + mail.replace(b"\r\n", b"\n") + b"\n"
                              for mail in own))
    killed_under_pop3("POP3 with --write-back to an mbox", ("--mail", mbox, "--write-back"))


part(main)
