"""What goes wrong next: a refusal, an odd answer, a delay or a cut, once or several times."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .errors import RefusedError
from .web import Reply

Endpoint = Literal[
    "discovery", "instance", "authorize", "login", "token", "devicecode", "device",
    "me", "folder", "sendmail", "graph", "introspect", "any",
]  # fmt: skip


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong; with a delay alone the right answer comes late."""

    endpoint: Endpoint
    refusal: RefusedError | None = None
    reply: Reply | None = None
    delay: float = 0.0
    cut: bool = False
    times: int = 1
    host: str = ""

    def fits(self, endpoint: str, host: str) -> bool:
        """Whether it is about that request."""
        return self.endpoint in (endpoint, "any") and self.host in ("", host)


@dataclass(slots=True)
class Faults:
    """The waiting line, in order."""

    _line: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        """At the end of the line."""
        with self._lock:
            self._line.append(fault)

    def take(self, endpoint: str, host: str, *, refusals: bool = True) -> Fault | None:
        """The first that fits, one time less; `refusals`: those by AADSTS number too."""
        with self._lock:
            for fault in self._line:
                if fault.fits(endpoint, host) and (refusals or fault.refusal is None):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._line.remove(fault)
                    return fault
        return None

    def waiting(self) -> int:
        """How many have not happened yet."""
        with self._lock:
            return len(self._line)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._line.clear()


def odd_reply(
    status: int, body: Mapping[str, object] | str | None, headers: Mapping[str, str]
) -> Reply:
    """An answer of one's own: JSON from a mapping, a page from text."""
    if isinstance(body, str):
        page = Reply.page(body, status)
        return Reply(status, page.body, page.type, headers)
    made = Reply.json({} if body is None else body, status)
    return Reply(status, made.body, made.type, headers)
