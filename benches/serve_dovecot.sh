#!/bin/bash
# `maillab serve` next to Dovecot on the same machine and the same mailbox, in one run. By hand, never in CI: it
# installs Dovecot from Debian or Ubuntu and starts it as the user `vmail` on a port of its own.
# Usage: benches/serve_dovecot.sh
set -euo pipefail
cd "$(dirname "$0")/.."

command -v dovecot >/dev/null || apt-get install -q -y --no-install-recommends dovecot-imapd
here=$(mktemp -d /tmp/maillab-dovecot-XXXXXX)
trap '[ ! -s "$here/run/master.pid" ] || kill "$(cat "$here/run/master.pid")"; rm -rf "$here"' EXIT
id vmail >/dev/null 2>&1 || useradd --system --no-create-home vmail
mkdir -p "$here"/{run,user/Maildir/{cur,new,tmp}}

# 60 messages of 8,192 octets, the mailbox of ref-v34, as a Maildir for both.
for n in $(seq 60); do
    {
        printf 'From: bob@example.org\nTo: alice@example.org\nSubject: %d\n\n' "$n"
        head -c 8000 /dev/zero | tr '\0' x | fold -w 70
        echo
    } >"$here/user/Maildir/cur/$((888868800 + n)).M${n}P1.host:2,"
done
cat >"$here/dovecot.conf" <<CONF
$(dovecot --version | awk '$1 >= "2.4" { v = $1; sub(/-.*/, "", v); print "dovecot_config_version = " v "\ndovecot_storage_version = " v }')
base_dir = $here/run
log_path = $here/log
protocols = imap
listen = 127.0.0.1
ssl = no
service imap-login {
  inet_listener imap {
    port = 2943
  }
  service_count = 0
  client_limit = 2000
  process_min_avail = 1
}
service imap {
  process_limit = 2000
}
service anvil {
  client_limit = 4000
}
CONF
if dovecot --version | grep -q '^2\.4'; then
    cat >>"$here/dovecot.conf" <<CONF
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = $here/user/Maildir
mail_max_userip_connections = 10000
passdb static {
  password = secret
}
userdb static {
  fields {
    uid = vmail
    gid = vmail
    home = $here/user
  }
}
CONF
else
    cat >>"$here/dovecot.conf" <<CONF
disable_plaintext_auth = no
mail_location = maildir:$here/user/Maildir
protocol imap {
  mail_max_userip_connections = 10000
}
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=$here/user
}
CONF
fi
chmod 755 "$here" "$here/run"
chown -R vmail "$here/user"
ulimit -n 8192
dovecot -c "$here/dovecot.conf"
sleep 1

ours=$(MAILLAB_BENCH_MAIL="$here/user/Maildir" cargo bench --quiet --bench serve)
theirs=$(MAILLAB_BENCH_IMAP=127.0.0.1:2943 cargo bench --quiet --bench serve)
printf 'maillab\n%s\nDovecot %s\n%s\n' "$ours" "$(dovecot --version)" "$theirs"
echo '# maillab / Dovecot: connections, ratio of commands/s, ratio of MB/s'
join <(grep -v '^#' <<<"$ours" | sort) <(grep -v '^#' <<<"$theirs" | sort) |
    sort -n | awk '{ printf "%d %.2f %.2f\n", $1, $2 / $4, $3 / $5 }'
