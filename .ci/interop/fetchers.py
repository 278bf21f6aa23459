"""Programs that fetch mail and put it somewhere, each behind one interface: fetchmail, mpop, getmail and mbsync.

`fetch(folder, port, ...)` runs the program once with its memory in `folder`, and gives what it has fetched this time.
"""
import os
import re

from lab import HERE, PASSWORD, USER, fail, maildir, run


def deliveries(folder):
    """A program that takes one message on its standard input, and where it puts it."""
    folder.mkdir(parents=True, exist_ok=True)
    deliver = folder / "deliver"
    deliver.write_text(f'#!/bin/sh\nexec cat > "$(mktemp {folder}/mail.XXXXXXXX)"\n')
    deliver.chmod(0o700)
    return deliver


def take(folder):
    """What was delivered since the last time."""
    messages = []
    for mail in sorted(folder.glob("mail.*")):
        messages.append(mail.read_bytes())
        mail.unlink()
    return messages


def fetchmail_command(folder, port, protocol="pop3", encryption='sslproto ""', keep=True, new_only=False):
    deliver = deliveries(folder)
    settings = folder / "fetchmailrc"
    which = "no fetchall" if new_only else "fetchall"
    uidl = "uidl" if new_only and protocol in ("pop3", "apop") else ""
    settings.write_text(
        f'set invisible\nset idfile "{folder}/ids"\n'
        f"poll 127.0.0.1 protocol {protocol} port {port} auth password {uidl}\n"
        f'user "{USER}" password "{PASSWORD}" {encryption}\n'
        f'no rewrite {which} {"keep" if keep else "no keep"} pass8bits mda "{deliver}"\n')
    settings.chmod(0o600)
    return ["fetchmail", "--nodetach", "--nosyslog", "--fetchmailrc", settings, "--pidfile", folder / "pid"]


def fetchmail_home(folder):
    return {**os.environ, "HOME": str(folder), "FETCHMAILHOME": str(folder)}


def fetchmail(folder, port, **more):
    # Exit 1 means that there was no new mail.
    run(*fetchmail_command(folder, port, **more), codes=(0, 1), env=fetchmail_home(folder))
    return take(folder)


def mpop_command(folder, port, auth="user", encryption="tls off", keep=True, new_only=False):
    deliver = deliveries(folder)
    settings = folder / "mpoprc"
    settings.write_text(
        f"account lab\nhost 127.0.0.1\nport {port}\nuser {USER}\npassword {PASSWORD}\nauth {auth}\n{encryption}\n"
        f'keep {"on" if keep else "off"}\nonly_new {"on" if new_only else "off"}\nuidls_file {folder}/uidls\n'
        f"received_header off\ndelivery mda {deliver}\n")
    settings.chmod(0o600)
    return ["mpop", "--file", settings, "--quiet", "lab"]


def mpop(folder, port, **more):
    run(*mpop_command(folder, port, **more))
    return take(folder)


def getmail_command(folder, port, retriever="SimplePOP3Retriever", encryption="", keep=True, new_only=False):
    for name in ("cur", "new", "tmp"):
        (folder / "mail" / name).mkdir(parents=True, exist_ok=True)
    (folder / "getmailrc").write_text(
        f"[retriever]\ntype = {retriever}\nserver = 127.0.0.1\nport = {port}\nusername = {USER}\n"
        f"password = {PASSWORD}\n{encryption}\n[destination]\ntype = Maildir\npath = {folder}/mail/\n"
        f"[options]\nread_all = {not new_only}\ndelete = {not keep}\ndelivered_to = false\nreceived = false\n")
    return [*as_nobody(folder), "getmail", "--quiet", f"--getmaildir={folder}", "--rcfile=getmailrc"]


def as_nobody(folder):
    """getmail delivers no mail as root, which is who runs this in a container."""
    if os.geteuid() != 0:
        return []
    HERE.chmod(0o711)
    run("chown", "-R", "nobody", folder)
    return ["setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups"]


def getmail(folder, port, **more):
    run(*getmail_command(folder, port, **more))
    messages = []
    for mail in (folder / "mail" / "new").iterdir():
        # It puts lines of its own before and behind the header.
        text = re.sub(rb"\AReturn-Path: .*\n", b"", mail.read_bytes())
        messages.append(re.sub(rb"(?m)^X-getmail-retrieved-from-mailbox: .*\n", b"", text, count=1))
        mail.unlink()
    return messages


def mbsync_config(port, folder, encryption="SSLType None", extra=""):
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "mbsyncrc"
    config.write_text(
        f"IMAPAccount lab\nHost 127.0.0.1\nPort {port}\nUser {USER}\nPass {PASSWORD}\n{encryption}\n"
        f"AuthMechs LOGIN\n\n"
        f"IMAPStore far\nAccount lab\n\nMaildirStore near\nPath {folder}/\nInbox {folder}/INBOX\n"
        f"SubFolders Verbatim\n\nChannel all\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync All\nExpunge Both\n"
        f"SyncState *\n{extra}")
    return config


def without_tuid(mail):
    """mbsync puts a line of its own into each header, by which it finds the message again."""
    return re.sub(rb"(?m)^X-TUID: \S{12}\r?\n", b"", mail, count=1)


def mbsync(config):
    run("mbsync", "-c", config, "all")
    return [without_tuid(mail) for mail in maildir(config.parent / "INBOX")]

