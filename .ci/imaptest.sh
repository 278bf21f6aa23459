#!/bin/bash
# Dovecot's ImapTest against `maillab serve --imap`: its scripted tests, and its stress with state checking. By hand, not
# in CI: ImapTest is no Debian package. How to get it, next to Debian's or Ubuntu's Dovecot 2.3:
#
#   apt-get install dovecot-dev gcc make autoconf automake libtool git
#   git clone https://github.com/dovecot/imaptest && cd imaptest && git checkout 924f619
#   ./autogen.sh && ./configure --with-dovecot=/usr/lib/dovecot && make
#
# Its later versions need Dovecot 2.4.
#
# Usage: .ci/imaptest.sh IMAPTEST_FOLDER [MAILLAB [SECONDS]]    (default: target/debug/maillab, 30 s for each stress)
set -euo pipefail
imaptest=$(realpath "$1")
maillab=$(realpath "${2:-$(dirname "$0")/../target/debug/maillab}")
seconds=${3:-30}
# Where Debian keeps Dovecot's libraries.
export LD_LIBRARY_PATH=/usr/lib/dovecot${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

here=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$here"' EXIT
cd "$here"

echo 'format = "maillab-accounts/1"' >accounts.toml
for n in 1 2 3 4; do
    : >"$n.mbox"
    printf '[[account]]\nname = "tester%d"\npassword = "secret"\nmail = "%d.mbox"\n' "$n" "$n" >>accounts.toml
done
# Mail to append. ImapTest knows a message by its Message-ID, so that each needs one of its own.
python3 - >source.mbox <<'PYTHON'
from email.message import EmailMessage
for n in range(500):
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Sender {n % 7} <s{n % 7}@example.org>", "tester@example.org, Other <other@example.net>"
    mail["Subject"] = f"message {n}" if n % 3 else f"Re: gr\u00fc\u00dfe {n - 1}"
    mail["Message-ID"], mail["Date"] = f"<{n}@source.example.org>", f"Mon, 02 Mar 1998 {n // 60:02}:{n % 60:02}:00 +0100"
    if n % 3 == 0:
        mail["In-Reply-To"] = mail["References"] = f"<{n - 1}@source.example.org>"
    mail.set_content(f"Text {n}.\n" * (1 + n % 40))
    if n % 4 == 0:
        mail.add_alternative(f"<p>Text {n}.</p>\n", subtype="html")
    if n % 5 == 0:
        mail.add_attachment(bytes(range(256)) * (n % 9), maintype="application", subtype="octet-stream", filename="a.bin")
    print(f"From s@example.org Mon Mar  2 20:00:00 1998\n{mail.as_string()}")
PYTHON

"$maillab" serve --accounts accounts.toml --imap 127.0.0.1:0 --max-connections 1000 --max-user-connections 1000 \
    >listening 2>said &
server=$!
until grep -q ready listening; do
    kill -0 "$server" || { cat said; exit 1; }
    sleep 0.1
done
port=$(sed -n 's/^listening imap .*://p' listening)

failed=0
judge() {
    printf '== %s\n' "$*"
    if "$imaptest/src/imaptest" host=127.0.0.1 port="$port" pass=secret "$@" >log 2>&1; then :; else failed=1; fi
    if grep -a -E 'Error|Panic|Fatal|[1-9][0-9]* failed|[1-9][0-9]*/[0-9]+ individual' log; then failed=1; fi
    tail -n 3 log
}
judge user=tester1 test="$imaptest/src/tests"
# One mailbox under many clients, four under more, many changes, quick resynchronization.
stress=(mbox="$here/source.mbox" secs="$seconds" seed=1)
judge user=tester1 clients=10 "${stress[@]}"
judge user=tester%d users=1-4 clients=40 "${stress[@]}"
judge user=tester2 clients=20 msgs=200 logout=1 delete=20 expunge=20 "${stress[@]}"
judge user=tester3 clients=5 msgs=500 qresync "${stress[@]}"
# At checkpoints all clients compare what they see. This version of ImapTest then often fails an assertion about its own
# list of messages, against Dovecot too; what counts is what it has found until then.
for seed in 1 2 3 4 5; do
    printf '== checkpoints, seed %d\n' "$seed"
    "$imaptest/src/imaptest" host=127.0.0.1 port="$port" pass=secret user=tester4 clients=10 msgs=100 checkpoint=2 \
        no_pipelining mbox="$here/source.mbox" secs="$seconds" seed="$seed" >log 2>&1 || true
    if grep -a Error log | grep -v 'Raw backtrace'; then failed=1; fi
    tail -n 1 log | cut -c 1-80
done
exit "$failed"
