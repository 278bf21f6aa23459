#!/bin/sh
# The tour by curl: `by_curl.sh PORT OUT LETTER`, see tours.py. It appends with \Seen by itself.
set -eu
url=imap://127.0.0.1:$1
ask() { curl --silent --show-error --max-time 60 --user alice:secret "$@"; }

ask "$url/" | tr -d '\r' | sed 's/.* //' >"$2/folders"
for uid in $(ask "$url/INBOX?ALL" | tr -d '\r' | sed 's/^\* SEARCH//'); do
    ask "$url/INBOX;UID=$uid" >"$2/fetched/$uid"
done
ask "$url/INBOX" -X 'STORE 2 +FLAGS (\Flagged)' >/dev/null
ask "$url/INBOX" --upload-file "$3"
ask "$url/INBOX" -X 'UID MOVE 3 Archive' >/dev/null
ask "$url/INBOX" -X 'UID STORE 4 +FLAGS (\Deleted)' >/dev/null
ask "$url/INBOX" -X 'EXPUNGE' >/dev/null
