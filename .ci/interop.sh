#!/bin/bash
# Real clients against `maillab serve`: fetchmail, mbsync, curl, mutt, swaks, msmtp, Python's poplib, imaplib and smtplib;
# tshark reads what `--pcapng` writes.
# Usage: .ci/interop.sh [MAILLAB]    (default: target/debug/maillab, built first, with feature tls)
# On Debian and Ubuntu clients that are missing are installed if we may; otherwise their part fails.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A package=([fetchmail]=fetchmail [mbsync]=isync [curl]=curl [mutt]=mutt [python3]=python3
    [swaks]=swaks [msmtp]=msmtp [tshark]=tshark)
missing=()
for client in "${!package[@]}"; do
    command -v "$client" >/dev/null || missing+=("${package[$client]}")
done
if ((${#missing[@]})) && command -v apt-get >/dev/null; then
    root=(); [ "$(id -u)" = 0 ] || root=(sudo)
    "${root[@]}" apt-get update -q >/dev/null
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}" >/dev/null
fi

if (($#)); then
    maillab=$1
else
    cargo build --quiet --features tls       # its cryptography needs a C compiler
    maillab=${CARGO_TARGET_DIR:-target}/debug/maillab
fi
python3 .ci/captures.py "$maillab"
python3 .ci/interop.py "$maillab"
python3 .ci/interop_smtp.py "$maillab"
