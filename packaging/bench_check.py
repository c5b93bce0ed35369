"""One check over a slow line, against the round trips that the protocols force."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench_figures import Figure, Runs

from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.proxy import Proxy

_RUNS = 7
_ROUND_TRIP = 0.1  # seconds
USER, SECRET = "wang@corp.example", "corpsecretabcdef"

# In round trips. The proxy connects to the server after one, and a server that speaks first is
# heard half of one later. TLS 1.3; passwords with an initial response (RFC 4959, RFC 4954).
_IMAP = {
    "TCP": 1.0,
    "TLS": 1.0,
    "greeting, with capabilities, after the handshake": 1.0,
    "AUTHENTICATE PLAIN": 1.0,
    "EXAMINE INBOX": 1.0,
}
_SMTP = {
    "TCP": 1.0,
    "greeting": 0.5,
    "EHLO": 1.0,
    "STARTTLS": 1.0,
    "TLS": 1.0,
    "EHLO again": 1.0,
    "AUTH PLAIN": 1.0,
}


def figures(dovecot: Dovecot, postfix: Postfix, authority: Authority, home: Path) -> list[Figure]:
    """The command line's check of IMAP over TLS and SMTP over STARTTLS, both legs at once."""
    for name, trips in (("IMAP over TLS", _IMAP), ("SMTP over STARTTLS", _SMTP)):
        parts = ", ".join(f"{part} {count:g}" for part, count in trips.items())
        print(f"        {name} forces {sum(trips.values()):g} round trips: {parts}")
    took = []
    with (
        Proxy(dovecot.ports.imaps, round_trip=_ROUND_TRIP) as imap,
        Proxy(postfix.ports.starttls, round_trip=_ROUND_TRIP) as smtp,
    ):
        for turn in range(_RUNS + 1):
            before = imap.turns, smtp.turns
            ms = _check(imap.port, smtp.port, authority, home)
            spoken = imap.turns - before[0], smtp.turns - before[1]
            if turn:  # the first one warms up
                took.append(ms)
        turns = f"{spoken[0]} times (IMAP), {spoken[1]} times (SMTP)"
        print(f"        the client took its turn {turns}, QUIT and LOGOUT included")
    least = max(sum(_IMAP.values()), sum(_SMTP.values())) * _ROUND_TRIP * 1000
    name = "one check, 100 ms a round trip"
    reference = Runs((least,), "ms")
    return [Figure(name, Runs(tuple(took), "ms"), reference, 1.15, "slower leg's minimum")]


def _check(imap: int, smtp: int, authority: Authority, home: Path) -> float:
    words = ["check", USER, "--password-stdin", "--json"]
    words += ["--imap", f"localhost:{imap}/tls", "--smtp", f"localhost:{smtp}/starttls"]
    done = subprocess.run(
        [sys.executable, "-m", "laifaxin_desktop", *words],
        input=f"{SECRET}\n",
        env={"LAIFAXIN_HOME": str(home), "LANG": "C.UTF-8", **authority.environment()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return float(json.loads(done.stdout)["ms"])
