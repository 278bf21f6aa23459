"""The same mail inside TLS: by STLS and STARTTLS, and at the ports where TLS begins at once.

The certificate is made at start, and nobody has signed it. Clients that can pin one pin it; the others are told not to
ask who signed.
"""
import hashlib
import imaplib
import poplib
import re
import smtplib
import ssl

import fetchers
from lab import (HERE, PASSWORD, PATIENCE, USER, Served, by_hand, check, digests, made_here, mailbox, part, run,
                 write_maildir)

PORTS = ("pop3", "imap", "smtp", "pop3s", "imaps", "submission", "submissions")
TRUSTING = ssl.create_default_context()
TRUSTING.check_hostname, TRUSTING.verify_mode = False, ssl.CERT_NONE


def by_python(ports, said, reference):
    for name, begin in (
        ("STLS", lambda: poplib.POP3("127.0.0.1", ports["pop3"], timeout=PATIENCE)),
        ("POP3 over TLS", lambda: poplib.POP3_SSL("127.0.0.1", ports["pop3s"], timeout=PATIENCE, context=TRUSTING)),
    ):
        drop = begin()
        if name == "STLS":
            check("STLS is announced", "STLS" in drop.capa(), True)
            drop.stls(TRUSTING)
        shown = hashlib.sha256(drop.sock.getpeercert(True)).hexdigest()
        check(f"poplib by {name}: the certificate is the one that was told of", shown, said)
        drop.user(USER), drop.pass_(PASSWORD)
        fetched = [b"\r\n".join(drop.retr(n)[1]) + b"\r\n" for n in range(1, drop.stat()[0] + 1)]
        check(f"poplib by {name}, byte for byte", fetched, reference)
        drop.quit()
    for name, begin in (
        ("STARTTLS", lambda: imaplib.IMAP4("127.0.0.1", ports["imap"], timeout=PATIENCE)),
        ("IMAP over TLS", lambda: imaplib.IMAP4_SSL("127.0.0.1", ports["imaps"], ssl_context=TRUSTING)),
    ):
        box = begin()
        if name == "STARTTLS":
            box.starttls(TRUSTING)
        box.login(USER, PASSWORD), box.select(readonly=True)
        fetched = [part[1] for part in box.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(part, tuple)]
        check(f"imaplib by {name}, byte for byte", fetched, reference)
        box.logout()


def by_fetchers(ports, pem, said, reference):
    wanted = digests(reference)
    fetchmail = "no sslcertck"
    pinned = ":".join(said[n:n + 2] for n in range(0, len(said), 2)).upper()
    mpop = f"tls on\ntls_fingerprint {pinned}\ntls_starttls"
    mbsync = f"CertificateFile {pem}\nSSLType"
    for name, fetch, port, more in (
        ("fetchmail by STLS", fetchers.fetchmail, "pop3", {"encryption": f'sslproto "auto" {fetchmail}'}),
        ("fetchmail by POP3 over TLS", fetchers.fetchmail, "pop3s", {"encryption": f"ssl {fetchmail}"}),
        ("fetchmail by STARTTLS", fetchers.fetchmail, "imap",
         {"protocol": "imap", "encryption": f'sslproto "auto" {fetchmail}'}),
        ("fetchmail by IMAP over TLS", fetchers.fetchmail, "imaps", {"protocol": "imap", "encryption": f"ssl {fetchmail}"}),
        ("mpop by STLS", fetchers.mpop, "pop3", {"encryption": f"{mpop} on"}),
        ("mpop by POP3 over TLS", fetchers.mpop, "pop3s", {"encryption": f"{mpop} off"}),
        ("getmail by POP3 over TLS", fetchers.getmail, "pop3s", {"retriever": "SimplePOP3SSLRetriever"}),
        ("getmail by IMAP over TLS", fetchers.getmail, "imaps", {"retriever": "SimpleIMAPSSLRetriever"}),
    ):
        check(name, digests(fetch(HERE / name.replace(" ", "-"), ports[port], **more)), wanted)
    for name, port, how in (("STARTTLS", "imap", "STARTTLS"), ("IMAP over TLS", "imaps", "IMAPS")):
        config = fetchers.mbsync_config(ports[port], HERE / f"mbsync-{how}", f"{mbsync} {how}")
        check(f"mbsync by {name}, the certificate pinned", digests(fetchers.mbsync(config)), wanted)


def by_curl(ports, reference):
    curl = ("curl", "--silent", "--show-error", "--max-time", PATIENCE, "--insecure", "--user", f"{USER}:{PASSWORD}")
    for name, url in (("STLS", f"pop3://127.0.0.1:{ports['pop3']}/1"),
                      ("POP3 over TLS", f"pop3s://127.0.0.1:{ports['pop3s']}/1"),
                      ("STARTTLS", f"imap://127.0.0.1:{ports['imap']}/INBOX;UID=1"),
                      ("IMAP over TLS", f"imaps://127.0.0.1:{ports['imaps']}/INBOX;UID=1")):
        check(f"curl by {name}", run(*curl, "--ssl-reqd", url), reference[0])


def handed_over(ports):
    """Programs that hand mail over, by STARTTLS and by TLS from the start; the last message of the mailbox is read back."""
    def arrived(name, text):
        box = mailbox(ports["imap"])
        last = box.select()[1][0].decode()
        came = re.sub(rb"\AReturn-Path: .*\r\nReceived: .*\r\n(?:\t.*\r\n)+", b"", box.fetch(last, "BODY.PEEK[]")[1][0][1])
        check(name, came, text)
        box.store(last, "+FLAGS", r"(\Deleted)"), box.expunge(), box.logout()

    text = b"Subject: sealed\r\n\r\n.a dot\r\nthe end\r\n"
    for name, begin in (
        ("STARTTLS", lambda: smtplib.SMTP("127.0.0.1", ports["smtp"], timeout=PATIENCE)),
        ("submission over TLS", lambda: smtplib.SMTP_SSL("127.0.0.1", ports["submissions"], context=TRUSTING)),
    ):
        with begin() as post:
            if name == "STARTTLS":
                post.starttls(context=TRUSTING)
            else:
                post.login(USER, PASSWORD)
            post.sendmail("alice@example.org", ["alice@example.org"], text)
        arrived(f"smtplib by {name}", text)

    file = HERE / "sealed.eml"
    # swaks ends the last line itself, whether it is ended or not.
    file.write_bytes(text.removesuffix(b"\r\n").replace(b"\r\n", b"\n"))
    login = ("--auth", "PLAIN", "--auth-user", USER, "--auth-password", PASSWORD)
    for name, port, options in (("STARTTLS", "smtp", ("--tls",)), ("STARTTLS with AUTH", "submission", ("--tls", *login)),
                                ("submission over TLS", "submissions", ("--tls-on-connect", *login))):
        run("swaks", "--server", "127.0.0.1", "--port", ports[port], "--from", "alice@example.org",
            "--to", "alice@example.org", "--data", f"@{file}", *options)
        arrived(f"swaks by {name}", text)

    settings = HERE / "msmtprc"
    settings.write_text("".join(
        f"account {name}\nhost 127.0.0.1\nport {ports[port]}\nfrom alice@example.org\ntls on\ntls_certcheck off\n"
        f"tls_starttls {begins}\nauth {auth}\nuser {USER}\npassword {PASSWORD}\n"
        for name, port, begins, auth in (("starttls", "submission", "on", "scram-sha-256"),
                                         ("tls", "submissions", "off", "plain"))))
    settings.chmod(0o600)
    for account in ("starttls", "tls"):
        run("msmtp", "--file", settings, "--account", account, "--undisclosed-recipients=off", "--set-from-header=off",
            "--set-date-header=off", "--set-msgid-header=off", "alice@example.org", input=text.replace(b"\r\n", b"\n"))
        arrived(f"msmtp by {account}", text)

    file.write_bytes(text)
    for name, url in (("STARTTLS", f"smtp://127.0.0.1:{ports['smtp']}/x.example"),
                      ("submission over TLS", f"smtps://{USER}:{PASSWORD}@127.0.0.1:{ports['submissions']}/x.example")):
        run("curl", "--silent", "--show-error", "--max-time", PATIENCE, "--insecure", "--ssl-reqd", url, "--mail-from",
            "alice@example.org", "--mail-rcpt", "alice@example.org", "--upload-file", file)
        arrived(f"curl by {name}", text)


def main():
    own = made_here()
    mail = ("--mail", write_maildir(HERE / "made", own))
    with Served("--tls", *mail, ports=PORTS) as served:
        said = re.search(r"SHA-256 is ([0-9A-F:]+)", served.stderr()).group(1).replace(":", "").lower()
        pem = HERE / "shown.pem"
        pem.write_text(ssl.get_server_certificate(("127.0.0.1", served.ports["imaps"])))
        check("the certificate is the one that was told of",
              hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.read_text())).hexdigest(), said)
        by_python(served.ports, said, own)
        by_fetchers(served.ports, pem, said, own)
        by_curl(served.ports, own)
        handed_over(served.ports)

    # A certificate of one's own, and clients that check it in earnest.
    cert, key = HERE / "own.pem", HERE / "own.key"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost", "-out", cert, "-keyout", key)
    with Served("--cert", cert, "--key", key, *mail, ports=PORTS) as served:
        checking = ssl.create_default_context(cafile=cert)
        box = imaplib.IMAP4_SSL("localhost", served.ports["imaps"], ssl_context=checking)
        box.login(USER, PASSWORD)
        check("a certificate of one's own is believed", box.select()[1], [b"%d" % len(own)])
        box.logout()
        curl = ("curl", "--silent", "--show-error", "--max-time", PATIENCE, "--cacert", cert, "--user", f"{USER}:{PASSWORD}")
        check("and curl believes it", run(*curl, f"pop3s://localhost:{served.ports['pop3s']}/1"), own[0])
        run(*curl, f"pop3s://127.0.0.1:{served.ports['pop3s']}/1", codes=(60,))
        check("the same host by another name is not believed", by_hand(served.ports["pop3"]), own)


part(main)
