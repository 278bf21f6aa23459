"""Captures that maillab writes, as Wireshark's dissectors read them: usage captures.py MAILLAB.

Every session must be dissected as its protocol, with no malformed packet and no bad checksum, and what Wireshark calls
unusual must be what maillab says was sent again, or the acknowledgement that tells of it.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

MAILLAB = str(Path(sys.argv[1]).resolve())

SESSIONS = {
    "pop": ":open pop3 --link {link}\nC: USER alice\nC: PASS secret\nC: RETR 2\n:think 60s\nC: LIST\n:think 60s\nC: QUIT\n:think 5s\n",
    "imap": ":open imap --link {link}\nC: a LOGIN alice secret\nC: b SELECT INBOX\nC: c FETCH 1:20 (FLAGS BODY[])\n:think 300s\n"
            "C: d LOGOUT\n:think 5s\n",
    "smtp": ":open smtp --link {link}\nC: HELO pc\nC: MAIL FROM:<alice@example.org>\nC: RCPT TO:<bob@example.org>\nC: DATA\n"
            ":think 5s\nC: Subject: hello\nC: \nC: how are you\nC: .\n:think 5s\nC: QUIT\n:think 5s\n",
}
LINKS = ["v34-28800:plain", "v22bis-2400:plain", "rate=9600,framing=ppp-vj,delay=50ms,mtu=296,loss=0.02,seed=3"]
FIELDS = ["frame.comment", "frame.protocols", "tcp.checksum.status", "ip.checksum.status", "tcp.analysis.flags",
          "tcp.options.sack_le", "_ws.malformed"]


def packets(capture):
    """One dictionary a packet, with the fields above."""
    options = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=|"]
    fields = [word for field in FIELDS for word in ("-e", field)]
    done = subprocess.run(["tshark", "-r", str(capture), *options, *fields], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"FAILED tshark {capture}: {done.stderr}")
    return [dict(zip(FIELDS, line.split("|"))) for line in done.stdout.splitlines()]


def main():
    seen = 0
    with tempfile.TemporaryDirectory(prefix="maillab-captures-") as folder:
        for protocol, text in SESSIONS.items():
            for nth, link in enumerate(LINKS):
                for below in ("raw", "ppp"):
                    script, capture = Path(folder, "script.txt"), Path(folder, f"{protocol}-{nth}-{below}.pcapng")
                    script.write_text(text.format(link=link))
                    done = subprocess.run([MAILLAB, "play", str(script), "--pcapng", str(capture), "--pcapng-link", below],
                                          capture_output=True, text=True)
                    if done.returncode:
                        sys.exit(f"FAILED {protocol} over {link}: {done.stdout[-500:]}{done.stderr}")
                    found = packets(capture)
                    name = f"{protocol} over {link} as {below}"
                    if not any(f":{protocol}" in packet["frame.protocols"] for packet in found):
                        sys.exit(f"FAILED {name}: nothing is dissected as {protocol}")
                    lossless = "loss" not in link
                    for number, packet in enumerate(found, 1):
                        wrong = [field for field in ("tcp.checksum.status", "ip.checksum.status") if packet[field] == "0"]
                        # Where nothing is lost, only what came twice is unusual, and the SACK that says so (RFC 2883).
                        again = "retransmission" in packet["frame.comment"] or packet["tcp.options.sack_le"]
                        if wrong or packet["_ws.malformed"] or (lossless and packet["tcp.analysis.flags"] and not again):
                            sys.exit(f"FAILED {name}, packet {number}: {packet}")
                    seen += len(found)
    print(f"ok  tshark reads {seen} packets of {len(SESSIONS) * len(LINKS) * 2} captures")


main()
