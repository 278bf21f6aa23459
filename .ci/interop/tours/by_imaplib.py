"""The tour by imaplib: `by_imaplib.py PORT OUT LETTER`, see tours.py."""
import imaplib
import sys
from pathlib import Path

port, out, letter = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]).read_bytes()
box = imaplib.IMAP4("127.0.0.1", port, timeout=60)


def well(answer):
    assert answer[0] == "OK", answer
    return answer[1]


well(box.login("alice", "secret"))
(out / "folders").write_bytes(b"".join(line.rsplit(b" ", 1)[1] + b"\n" for line in well(box.list())))
count = int(well(box.select())[0])
for number in range(1, count + 1):
    (out / "fetched" / str(number)).write_bytes(well(box.fetch(str(number), "BODY.PEEK[]"))[0][1])
well(box.store("2", "+FLAGS", r"(\Flagged)"))
well(box.append("INBOX", r"(\Seen)", None, letter))
well(box.uid("MOVE", "3", "Archive"))
well(box.uid("STORE", "4", "+FLAGS.SILENT", r"(\Deleted)"))
well(box.expunge())
box.logout()
