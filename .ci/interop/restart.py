"""A server that is killed (SIGKILL) and started again with the same `--state`: what clients did stays done.

Deleted mail stays deleted, LAST still knows what was read, a password for one time is good for one time, LOGIN-DELAY still
runs, and mail for another host still waits, and goes on.
"""
import base64
import hashlib
import poplib
import smtplib

from lab import HERE, PASSWORD, PATIENCE, USER, Served, check, fail, part

STATE = HERE / "kept"


def served(*arguments, **more):
    return Served("--state", STATE, *arguments, **more)


def pop3(server):
    return poplib.POP3("127.0.0.1", server.ports["pop3"], timeout=PATIENCE)


def said(session, line):
    """A reply of any kind."""
    session._putline(line.encode() if isinstance(line, str) else line)
    return session._getline()[0]


def folded(octets):
    digest = hashlib.md5(octets).digest()
    return bytes(low ^ high for low, high in zip(digest[:8], digest[8:]))


def one_time_password(seed, sequence):
    last = folded(seed.lower().encode() + PASSWORD.encode())
    for _ in range(sequence):
        last = folded(last)
    return last


def otp(session, password=None):
    """Logs in by OTP (RFC 2444), by the password of the challenge or by another: the challenge's number and the reply."""
    check("AUTH OTP begins", said(session, "AUTH OTP"), b"+ ")
    challenge = said(session, base64.b64encode(b"\0" + USER.encode()))
    kind, sequence, seed = base64.b64decode(challenge[2:]).decode().split()[:3]
    check("its hash", kind, "otp-md5")
    password = password or one_time_password(seed, int(sequence))
    return int(sequence), password, said(session, base64.b64encode(b"hex:" + password.hex().encode()))


def old_post_office():
    server = served("--pop3-dialect", "1225", ports=("pop3",))
    session = pop3(server)
    session.user(USER), session.pass_(PASSWORD)
    before = session.stat()[0]
    session.retr(5), session.dele(1), session.quit()
    # A session that ends without QUIT removes nothing.
    session = pop3(server)
    session.user(USER), session.pass_(PASSWORD), session.dele(2)
    server.kill()
    server = served("--pop3-dialect", "1225", ports=("pop3",))
    session = pop3(server)
    session.user(USER), session.pass_(PASSWORD)
    check("what was deleted with QUIT is gone, and no more", session.stat()[0], before - 1)
    check("LAST knows what was read, by its new number", said(session, "LAST").split()[:2], [b"+OK", b"4"])
    server.kill()


def one_time():
    server = served("--with", "pop3:login-delay", ports=("pop3",))
    first, password, reply = otp(pop3(server))
    check("the first password is good", reply[:3], b"+OK")
    server.kill()
    server = served("--with", "pop3:login-delay", ports=("pop3",))
    session = pop3(server)
    session.user(USER)
    check("LOGIN-DELAY still runs", said(session, f"PASS {PASSWORD}")[:18], b"-ERR [LOGIN-DELAY]")
    server.kill()
    server = served(ports=("pop3",))
    sequence, _, reply = otp(pop3(server), password)
    check("the chain goes on where it was", sequence, first - 1)
    check("a password that was used is good no more", reply[:4], b"-ERR")
    sequence, _, reply = otp(pop3(server))
    check("the next one is", (sequence, reply[:3]), (first - 1, b"+OK"))
    server.kill()


def onward():
    far = HERE / "far.toml"
    far.write_text('domains = ["far.example"]\n[[account]]\nname = "alice"\npassword = "secret"\n'
                   'addresses = ["alice@far.example"]\n')
    with Served("--accounts", far, ports=("smtp", "pop3")) as there:
        relay = ("--relay", f"127.0.0.1:{there.ports['smtp']}", "--hold", f"far.example=127.0.0.1:{there.ports['smtp']}")
        here = served(*relay, ports=("smtp",))
        with smtplib.SMTP("127.0.0.1", here.ports["smtp"], timeout=PATIENCE) as client:
            client.sendmail("alice@example.org", ["alice@far.example"], b"Subject: onward\r\n\r\nhello\r\n")
        here.kill()
        here = served(*relay, ports=("smtp",))
        with smtplib.SMTP("127.0.0.1", here.ports["smtp"], timeout=PATIENCE) as client:
            client.ehlo("far.example")
            check("ETRN finds what was taken before the kill", client.docmd("ETRN far.example")[0], 253)
        for line in here.process.stdout:
            if " onward " in line:
                break
        else:
            fail("onward", here.stderr())
        session = pop3(there)
        session.user(USER), session.pass_(PASSWORD)
        check("it has arrived, once", session.stat()[0], 1)
        session.quit()
        here.kill()
        here = served(*relay, ports=("smtp",))
        with smtplib.SMTP("127.0.0.1", here.ports["smtp"], timeout=PATIENCE) as client:
            client.ehlo("far.example")
            check("and waits no longer", client.docmd("ETRN far.example")[0], 251)
        here.kill()


@part
def main():
    old_post_office()
    one_time()
    onward()
