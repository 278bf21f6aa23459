#!/bin/bash
# `maillab serve` next to Dovecot on the same machine and the same mailbox, in one run. By hand, never in CI: it
# installs Dovecot from Debian or Ubuntu and starts it as the user `vmail` on ports of its own.
# Usage: benches/serve_dovecot.sh    (as root: Dovecot wants it; about a quarter of an hour with building)
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v doveadm >/dev/null || [ ! -e /usr/lib/dovecot/pop3 ]; then
    apt-get install -q -y --no-install-recommends dovecot-imapd dovecot-pop3d
fi
here=$(mktemp -d /tmp/maillab-dovecot-XXXXXX)
trap '[ ! -s "$here/run/master.pid" ] || kill "$(cat "$here/run/master.pid")"; rm -rf "$here"' EXIT
id vmail >/dev/null 2>&1 || useradd --system --no-create-home vmail
mkdir -p "$here"/{run,user/Maildir/{cur,new,tmp}}

# 60 messages of 8,192 octets as they cross the line, the mailbox of ref-v34, as a Maildir for both.
for n in $(seq 60); do
    head="From: bob@example.org\nTo: alice@example.org\nSubject: $n\n\n"
    octets=$(printf "$head" | sed 's/$/\r/' | wc -c)
    {
        printf "$head"
        head -c $((8192 - octets - 112 * 2)) /dev/zero | tr '\0' x | fold -w 71
        echo
    } >"$here/user/Maildir/cur/$((888868800 + n)).M${n}P1.host:2,"
done
cp -r "$here/user/Maildir" "$here/ours"

version=$(dovecot --version)
cat >"$here/dovecot.conf" <<CONF
$(awk '$1 >= "2.4" { v = $1; sub(/-.*/, "", v); print "dovecot_config_version = " v "\ndovecot_storage_version = " v }' <<<"$version")
base_dir = $here/run
log_path = $here/log
protocols = imap pop3
listen = 127.0.0.1
ssl = no
default_process_limit = 3000
default_client_limit = 10000
service imap-login {
  inet_listener imap {
    port = 2943
  }
  service_count = 0
  process_min_avail = 1
}
service pop3-login {
  inet_listener pop3 {
    port = 2910
  }
  service_count = 0
  process_min_avail = 1
}
service imap {
  process_limit = 3000
}
service pop3 {
  process_limit = 3000
}
CONF
if [[ $version == 2.4* ]]; then
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
mail_max_userip_connections = 10000
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
ulimit -n 16384
dovecot -c "$here/dovecot.conf"
sleep 1

bench() { cargo bench --quiet --profile dist --bench serve; }
load=$(cut -d ' ' -f 1-3 /proc/loadavg)
ours=$(MAILLAB_BENCH_MAIL="$here/ours" bench)
theirs=$(MAILLAB_BENCH_POP3=127.0.0.1:2910 MAILLAB_BENCH_IMAP=127.0.0.1:2943 bench)
printf 'load before: %s\nmaillab\n%s\nDovecot %s\n%s\n' "$load" "$ours" "$version" "$theirs"
echo '# maillab / Dovecot: protocol, connections, ratio of commands/s, ratio of MB/s'
awk '!/^#/ && NF == 4 { key = $1 " " $2; if (NR == FNR) { c[key] = $3; m[key] = $4 }
    else if (key in c) printf "%s %.2f %.2f\n", key, c[key] / $3, m[key] / $4 }' <(echo "$ours") <(echo "$theirs")
