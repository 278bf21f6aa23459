"""The tour by IMAPClient: `by_imapclient.py PORT OUT LETTER`, see tours.py."""
import sys
from pathlib import Path

from imapclient import IMAPClient

port, out, letter = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]).read_bytes()
client = IMAPClient("127.0.0.1", port, ssl=False, timeout=60)
client.login("alice", "secret")
client.id_({"name": "tour"})
(out / "folders").write_text("".join(f"{name}\n" for _, _, name in client.list_folders()))
client.select_folder("INBOX")
for uid, message in client.fetch(client.search("ALL"), ["BODY.PEEK[]", "ENVELOPE", "BODYSTRUCTURE"]).items():
    assert message[b"ENVELOPE"].message_id, message
    (out / "fetched" / str(uid)).write_bytes(message[b"BODY[]"])
client.add_flags([2], [rb"\Flagged"])
client.append("INBOX", letter, flags=[rb"\Seen"])
client.move([3], "Archive")
client.delete_messages([4])
client.expunge([4])
client.logout()
