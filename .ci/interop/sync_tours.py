"""The tour of tours.py by clients that keep a copy and carry over what was changed in it, and by one with a screen."""
import os
import pty
import re
import select
import signal

import fetchers
from lab import PASSWORD, PATIENCE, USER, fail, maildir, run, write_maildir


def without_marks(mail):
    """Lines that clients put into the header: a mark by which they find again what they have appended, lengths, flags."""
    header, blank, body = mail.partition(b"\r\n\r\n" if b"\r\n\r\n" in mail else b"\n\n")
    marks = rb"\r?\n(X-TUID|X-OfflineIMAP|Content-Length|Lines|Status): .*"
    return re.sub(marks, b"", header) + blank + body


def find(folder, message_id):
    """The file of a message in a Maildir."""
    for part in ("cur", "new"):
        for mail in (folder / part).iterdir():
            if b"\nMessage-ID: <%s>" % message_id.encode() in b"\n" + mail.read_bytes():
                return mail
    fail(f"{message_id} in {folder}", "it is not there")


def in_a_maildir(near, out, letter, sync):
    """The tour in a copy of the mail, between two synchronizations."""
    sync()
    (out / "folders").write_text("".join(f"{path.name}\n" for path in near.iterdir() if (path / "cur").is_dir()))
    for n, mail in enumerate(maildir(near / "INBOX")):
        (out / "fetched" / str(n)).write_bytes(mail)
    inbox, archive = near / "INBOX", near / "Archive"
    flagged = find(inbox, "1@example.org")
    flagged.rename(inbox / "cur" / f"{flagged.name.split(':')[0]}:2,F")
    (inbox / "cur" / "888869000.M9.example:2,S").write_bytes(letter.read_bytes().replace(b"\r\n", b"\n"))
    moved = find(inbox, "2@example.org")
    # A name without the UID that it had in the other folder.
    moved.rename(archive / "cur" / "888869001.M9.example:2,")
    find(inbox, "3@example.org").unlink()
    sync()
    before = sorted(maildir(inbox) + maildir(archive))
    sync()
    if sorted(maildir(inbox) + maildir(archive)) != before:
        fail("a third synchronization", "it changed something, though nothing was left to do")


def by_mbsync(port, out, letter):
    config = fetchers.mbsync_config(port, out / "near")

    def sync():
        run("mbsync", "-c", config, "all")
        # Its copies with a line of its own in the header are not what was fetched.
        for part in ("cur", "new"):
            for mail in (out / "near" / "INBOX" / part).iterdir():
                mail.write_bytes(fetchers.without_tuid(mail.read_bytes()))

    in_a_maildir(out / "near", out, letter, sync)


def offlineimap_config(port, folder, encryption="ssl = no\nstarttls = no"):
    (folder / "home").mkdir(parents=True, exist_ok=True)
    config = folder / "offlineimaprc"
    config.write_text(
        f"[general]\naccounts = lab\nmetadata = {folder}/metadata\nui = quiet\n[Account lab]\nlocalrepository = near\n"
        f"remoterepository = far\n[Repository near]\ntype = Maildir\nlocalfolders = {folder}/near\n"
        f"[Repository far]\ntype = IMAP\nremotehost = 127.0.0.1\nremoteport = {port}\nremoteuser = {USER}\n"
        f"remotepass = {PASSWORD}\n{encryption}\nauth_mechanisms = LOGIN\n")
    return config


def by_offlineimap(port, out, letter):
    config = offlineimap_config(port, out)
    in_a_maildir(out / "near", out, letter,
                 lambda: run("offlineimap", "-c", config, env={**os.environ, "HOME": str(out / "home")}))


def by_mutt(port, out, letter):
    """Mutt wants a terminal: it gets one, and keys."""
    url = f"imap://{USER}@127.0.0.1:{port}"
    copy, sent = out / "copy", out / "sent"
    # Completing a name that may be any lists all mailboxes on its screen, which it draws when no key is left.
    screen = mutt(out, f"{url}/INBOX", f"c<kill-line>{url}/<complete><complete>", seen=b"INBOX\r", type=b"q\x15\rq")
    screen = screen.split(b"q:Exit", 1)[-1]
    (out / "folders").write_text("".join(f"{name}\n" for name in ("Archive", "INBOX") if name.encode() in screen))
    write_maildir(sent, [])
    (sent / "cur" / "888869000.M9.example:2,S").write_bytes(letter.read_bytes().replace(b"\r\n", b"\n"))
    mutt(out, sent, f"C<kill-line>{url}/INBOX<enter>q")
    mutt(out, f"{url}/INBOX", f"T~s.<enter>;C<kill-line>{copy}<enter><untag-pattern>~A<enter>"
                              f"2<enter>F3<enter>s<kill-line>{url}/Archive<enter>4<enter>dq")
    for n, mail in enumerate(maildir(copy)):
        if b"<letter@" not in mail:
            (out / "fetched" / str(n)).write_bytes(without_marks(mail))


def mutt(home, box, keys, seen=None, type=b""):
    """Pushes keys, types others when something is seen on the screen, and gives all that was drawn."""
    options = ('folder=""', "ssl_starttls=no", "ssl_force_tls=no", "confirmappend=no", "confirmcreate=no",
               f"imap_user={USER}", f"imap_pass={PASSWORD}", "quit=yes", "wait_key=no", "delete=yes", "sort=mailbox-order",
               "mbox_type=Maildir")
    command = ["mutt", "-n", "-F", "/dev/null", *[word for one in options for word in ("-e", f"set {one}")],
               "-e", f'push "{keys}"', "-f", str(box)]
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="vt100", HOME=str(home), LINES="24", COLUMNS="80")
        os.execvp("mutt", command)
    screen = b""
    while True:
        ready, _, _ = select.select([terminal], [], [], PATIENCE)
        try:
            piece = os.read(terminal, 65536) if ready else b""
        except OSError:  # the terminal is gone with its last user
            piece = b""
        if not piece:
            break
        screen += piece
        if seen and seen in screen.split(b"q:Exit", 1)[-1]:
            os.write(terminal, type)
            seen = None
    if not ready:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if status:
        fail("mutt", f"status {status}, its screen: {screen[-2000:]}")
    return screen
