"""Reads and writes single lines of IMAP (RFC 9051 sections 4 and 7); pure, decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Written so that nothing can be read in two ways: a bracket without an end would cost minutes.
_STATUS = re.compile(
    rb"(OK|NO|BAD|BYE|PREAUTH)(?: ++(?:\[([^\] ]++)(?: ([^\]]*+))?+\])?.*)?$", re.I | re.S
)


@dataclass(frozen=True, slots=True)
class Status:
    """A status response: OK NO BAD BYE PREAUTH, its response code, and all of its words."""

    word: str
    code: str
    rest: bytes  # of the brackets
    words: bytes

    @classmethod
    def read(cls, words: bytes) -> Status | None:
        """What follows the tag or the star; None for data and for nonsense."""
        found = _STATUS.match(words)
        if not found:
            return None
        code = (found[2] or b"").decode("latin-1").upper()
        return cls(found[1].decode().upper(), code, found[3] or b"", words)


def arguments(command: bytes, *values: str) -> Iterable[bytes]:
    """The command line by line: quoted where that can carry a value, else as a literal."""
    line = command
    for value in values:
        if all(" " <= char <= "~" for char in value):
            line += b' "' + re.sub(r'(["\\])', r"\\\1", value).encode() + b'"'
        else:
            raw = value.encode("utf-8", "surrogatepass")
            yield line + b" {%d}" % len(raw)
            line = raw
    yield line
