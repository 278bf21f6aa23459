"""Real clients that hand mail over to `maillab serve`: swaks, msmtp, curl and Python's smtplib, by SMTP and LMTP.

Every message must lie in the maildrop byte for byte, behind the lines that the server puts before it.
"""
import re
import smtplib

from lab import HERE, Served, by_hand, check, part, run

ACCOUNTS = """
domains = ["example.org"]

[[account]]
name = "alice"
password = "secret"
mail = "alice.mbox"
addresses = ["alice@example.org"]

[[account]]
name = "carol"
password = "secret"
mail = "carol.mbox"
addresses = ["carol@example.org"]
"""
MESSAGES = {
    "plain": b"Subject: plain\r\n\r\nHello.\r\n",
    "dots": b"Subject: dots\r\n\r\n.\r\n..\r\n.a\r\n...\r\n",
    "eight bit": "Subject: eight bit\r\n\r\nGr\u00fc\u00dfe\r\n".encode(),
    "long": b"Subject: long\r\n\r\n" + b"".join(b"line %d of many\r\n" % n for n in range(20_000)),
    "empty body": b"Subject: empty\r\n\r\n",
}


class Accounts(Served):
    """Two people who receive mail, and all ports at which it can be handed in."""

    def __init__(self):
        for user in ("alice", "carol"):
            (HERE / f"{user}.mbox").write_bytes(b"")
        accounts = HERE / "accounts.toml"
        accounts.write_text(ACCOUNTS)
        super().__init__("--accounts", accounts, ports=("smtp", "lmtp", "submission", "pop3"))


def taken(port, user):
    """All mail of a maildrop, without what the server has put before it; the maildrop is empty then."""
    return [re.sub(rb"\AReturn-Path: .*\r\nReceived: .*\r\n(?:\t.*\r\n)+", b"", text)
            for text in by_hand(port, user, delete=True)]


def by_smtplib(served):
    for name, text in MESSAGES.items():
        with smtplib.SMTP("127.0.0.1", served.ports["smtp"], timeout=20) as post:
            post.ehlo()
            options = ["BODY=8BITMIME"]     # smtplib says SIZE by itself
            post.sendmail("bob@example.net", ["alice@example.org", "carol@example.org"], text, options)
        for user in ("alice", "carol"):
            check(f"smtplib: {name} for {user}", taken(served.ports["pop3"], user), [text])
        with smtplib.LMTP("127.0.0.1", served.ports["lmtp"]) as post:
            refused = post.sendmail("bob@example.net", ["alice@example.org", "nobody@example.org"], text)
        check(f"smtplib.LMTP: {name}: who is refused", list(refused), ["nobody@example.org"])
        check(f"smtplib.LMTP: {name}", taken(served.ports["pop3"], "alice"), [text])
    with smtplib.SMTP("127.0.0.1", served.ports["submission"], timeout=20) as post:
        post.ehlo()
        post.login("alice", "secret")
        post.sendmail("alice@example.org", ["carol@example.org"], MESSAGES["plain"])
    check("smtplib logs in and sends", taken(served.ports["pop3"], "carol"), [MESSAGES["plain"]])


def by_swaks(served):
    for name in ("plain", "dots"):
        text = MESSAGES[name]
        data = HERE / "swaks.eml"
        # swaks ends the last line itself, whether it is ended or not.
        data.write_bytes(text.removesuffix(b"\r\n").replace(b"\r\n", b"\n"))
        for option, port in ((), "smtp"), (("--protocol", "LMTP"), "lmtp"), (("--pipeline",), "smtp"):
            run("swaks", "--server", "127.0.0.1", "--port", str(served.ports[port]), "--from", "bob@example.net",
                "--to", "alice@example.org", "--data", f"@{data}", *option)
            check(f"swaks {' '.join(option)}: {name}", taken(served.ports["pop3"], "alice"), [text])
    for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
        run("swaks", "--server", "127.0.0.1", "--port", str(served.ports["submission"]), "--from", "alice@example.org",
            "--to", "carol@example.org", "--data", f"@{data}", "--auth", mechanism, "--auth-user", "alice",
            "--auth-password", "secret")
        check(f"swaks logs in by {mechanism}", len(taken(served.ports["pop3"], "carol")), 1)


def by_curl(served):
    for name, text in MESSAGES.items():
        file = HERE / "curl.eml"
        file.write_bytes(text)
        run("curl", "--silent", "--show-error", "--max-time", "20", f"smtp://127.0.0.1:{served.ports['smtp']}/x.example",
            "--mail-from", "bob@example.net", "--mail-rcpt", "alice@example.org", "--upload-file", str(file))
        check(f"curl: {name}", taken(served.ports["pop3"], "alice"), [text])


def by_msmtp(served):
    settings = HERE / "msmtprc"
    settings.write_text(
        f"account a\nhost 127.0.0.1\nport {served.ports['smtp']}\nfrom bob@example.net\ntls off\nauth off\n"
        f"account l\nhost 127.0.0.1\nport {served.ports['lmtp']}\nprotocol lmtp\nfrom bob@example.net\ntls off\nauth off\n"
        f"account s\nhost 127.0.0.1\nport {served.ports['submission']}\nfrom alice@example.org\ntls off\nauth scram-sha-1\n"
        "user alice\npassword secret\n")
    settings.chmod(0o600)
    for account in ("a", "l", "s"):
        for name in ("plain", "dots", "eight bit", "long"):
            text = MESSAGES[name]
            run("msmtp", "--file", str(settings), "--account", account, "--undisclosed-recipients=off",
                "--set-from-header=off", "--set-date-header=off", "--set-msgid-header=off",
                "alice@example.org", input=text.replace(b"\r\n", b"\n"))
            check(f"msmtp {account}: {name}", taken(served.ports["pop3"], "alice"), [text])


def main():
    with Accounts() as served:
        by_smtplib(served)
        by_swaks(served)
        by_curl(served)
        by_msmtp(served)


part(main)
