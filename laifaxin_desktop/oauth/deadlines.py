"""How long each part of a sign-in may take; in seconds, so that tests can scale them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Absolute limits, not limits per read."""

    browser: float = 600.0  # until somebody comes back from the browser
    work: float = 30.0  # one errand at the sign-in service: look-up, several requests, reading
    connect: float = 10.0  # of that: one connection
    reply: float = 20.0  # of that: the next bytes of an answer
    request: float = 5.0  # one request of the browser, from its first to its last byte
    linger: float = 1.0  # after our answer, for the browser to take it
    second: float = 1.0  # of the intervals at which a device code is asked after
