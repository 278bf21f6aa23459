#!/bin/bash
# Real clients against `maillab serve`; what each part is about stands at the head of its file in .ci/interop.
# Usage: .ci/interop.sh [MAILLAB [PART...]]    (default: target/debug/maillab, built first, with feature tls; all parts)
# Clients that are missing are installed if we may, on Debian and Ubuntu; otherwise their part fails.
set -euo pipefail
cd "$(dirname "$0")/.."

parts=(captures same_bytes fetch_and_delete encrypted sharing tours sending elders at_once restart)
# Two libraries that Debian does not have everywhere, from the registries of Python and Node.
imapclient=3.1.0
imapflow=1.0.191

# What shows that a client is there, and Debian's package.
clients=(
    "command -v curl|curl"
    "command -v fetchmail|fetchmail"
    "command -v getmail|getmail6"
    "command -v imapfilter|imapfilter"
    "command -v mailutil|uw-mailutils"
    "command -v mbsync|isync"
    "command -v mpop|mpop"
    "command -v msmtp|msmtp"
    "command -v mutt|mutt"
    "command -v node|nodejs"
    "command -v npm|npm"
    "command -v offlineimap|offlineimap3"
    "command -v openssl|openssl"
    "command -v python3|python3"
    "command -v swaks|swaks"
    "command -v tshark|tshark"
    "perl -MMail::IMAPClient -e 1|libmail-imapclient-perl"
    "perl -MNet::SSLeay -e 1|libnet-ssleay-perl"
    "python3 -m pip --version|python3-pip"
)
missing() {
    local client
    for client in "${clients[@]}"; do
        ${client%|*} >/dev/null 2>&1 || echo "${client#*|}"
    done
}
install() {
    "${root[@]}" apt-get install -q -y --no-install-recommends "$@" >/dev/null
}
mapfile -t wanted < <(missing)
if ((${#wanted[@]})) && command -v apt-get >/dev/null; then
    root=(env DEBIAN_FRONTEND=noninteractive); [ "$(id -u)" = 0 ] || root=(sudo "${root[@]}")
    "${root[@]}" apt-get update -q >/dev/null || true
    # If one is not to be had, the others still are.
    install "${wanted[@]}" || for package in "${wanted[@]}"; do install "$package" || true; done
fi
for package in $(missing); do
    echo "$package is missing and could not be installed: what needs it will fail" >&2
done

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export MAILLAB_CLIENTS=$target/interop PYTHONDONTWRITEBYTECODE=1
if [ ! -e "$MAILLAB_CLIENTS/python/imapclient-$imapclient.dist-info" ]; then
    PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --no-deps \
        --target "$MAILLAB_CLIENTS/python" --upgrade "imapclient==$imapclient" || true
fi
if ! grep -qs "\"version\": \"$imapflow\"" "$MAILLAB_CLIENTS/node/node_modules/imapflow/package.json"; then
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$MAILLAB_CLIENTS/node" "imapflow@$imapflow" || true
fi

if (($#)); then
    maillab=$1
    shift
    (($# == 0)) || parts=("$@")
else
    cargo build --quiet --features tls       # its cryptography needs a C compiler
    maillab=$target/debug/maillab
fi
failed=()
for part in "${parts[@]}"; do
    printf '   %s (after %d s)\n' "$part" "$SECONDS"
    python3 ".ci/interop/$part.py" "$maillab" || failed+=("$part")
done
((${#failed[@]} == 0)) || { echo "FAILED: ${failed[*]}"; exit 1; }
echo "all clients agree"
