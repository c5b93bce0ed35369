"""The file format of recorded dialogues: who says what, line by line.

    # gmail, imap -> needs_app_password
    S: * OK Gimap ready
    C: a1 LOGIN ••••
    S: a1 NO [ALERT] Application-specific password required

One `#` line with an arrow begins a dialogue (a file may hold several); other `#` lines are
comments. `S:` is what the server says; neighbouring lines leave in one packet. `C:` is what the
client must say: `••••` stands for anything, `C: *` for any line, the command word may be in either
case, and in IMAP the first word is a tag: it is bound to the client's own and put into the `S:`
lines that follow. `T:` is the TLS handshake, now. `X:` is something rude:

    X: close            the connection, properly
    X: reset            the connection, by RST
    X: silence          until the client goes
    X: bytes 2a204f4b   these, as they are
    X: wait 0.2         seconds
    X: repeat 5000 * OK spam     that line, so often
    X: fill 1000000     so many letters and no end of line
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ANYTHING = "••••"
_KINDS = ("S", "C", "T", "X")
_HEAD = re.compile(r"#\s*(?P<provider>[^,]+?)\s*,\s*(?P<protocol>\w+)\s*->\s*(?P<outcome>.+?)\s*")
_RUDE = re.compile(
    r"close|reset|silence|bytes( [0-9a-fA-F]{2})+|bytes ([0-9a-fA-F]{2})+|wait [\d.]+"
    r"|repeat \d+ .+|fill \d+"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its letter, the rest, and where it stands."""

    kind: str
    text: str
    number: int


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One recorded conversation and what it must be diagnosed as."""

    provider: str
    protocol: str
    outcome: str
    lines: tuple[Line, ...]
    source: str = "dialogue"

    def __str__(self) -> str:
        return f"{self.provider}, {self.protocol} -> {self.outcome}"


def parse(text: str, source: str = "dialogue") -> list[Dialogue]:
    """Every dialogue of a text; refuses what it does not understand, naming the line."""
    heads: list[re.Match[str]] = []
    bodies: list[list[Line]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if head := _HEAD.fullmatch(line):
            heads.append(head)
            bodies.append([])
        elif line.strip() and not line.startswith("#"):
            if not bodies:
                raise ValueError(f"{source}:{number}: before any '# provider, protocol -> outcome'")
            bodies[-1].append(_line(line, number, source))
    if not heads:
        raise ValueError(f"{source}: no '# provider, protocol -> outcome'")
    return [
        Dialogue(head["provider"], head["protocol"].lower(), head["outcome"], tuple(body), source)
        for head, body in zip(heads, bodies, strict=True)
    ]


def parse_one(text: str, source: str = "dialogue") -> Dialogue:
    """The only dialogue of a text."""
    dialogues = parse(text, source)
    if len(dialogues) != 1:
        raise ValueError(f"{source}: {len(dialogues)} dialogues where one was expected")
    return dialogues[0]


def read(path: Path) -> list[Dialogue]:
    """Every dialogue of a file."""
    return parse(path.read_text(encoding="utf-8"), path.name)


def read_all(folder: Path) -> list[Dialogue]:
    """Every dialogue of every `.txt` file in a folder, in order of their names."""
    return [dialogue for path in sorted(folder.rglob("*.txt")) for dialogue in read(path)]


def _line(line: str, number: int, source: str) -> Line:
    kind, colon, rest = line.partition(":")
    text = rest.removeprefix(" ")
    good = bool(colon) and kind in _KINDS
    if kind == "X":
        text = text.strip()
        good = _RUDE.fullmatch(text) is not None
    if not good:
        raise ValueError(f"{source}:{number}: not a line of a dialogue: {line!r}")
    return Line(kind, text, number)


class Matcher:
    """Compares what a client says with what it should, and knows its tags."""

    def __init__(self, protocol: str) -> None:
        self._tagged = protocol == "imap"
        self._tags: dict[str, str] = {}

    def fits(self, wanted: str, said: str) -> bool:
        """Whether a client's line is the one of the file; binds its tag."""
        if wanted == "*":
            return True
        words = wanted.split(" ", 1)
        if self._tagged and len(words) == 2 and ANYTHING not in words[0]:
            tag, _, rest = said.partition(" ")
            if not _same_command(words[1], rest):
                return False
            self._tags[words[0]] = tag
            return True
        return _same_command(wanted, said)

    def own(self, line: str) -> str:
        """A server's line with the client's own tag in the place of the file's."""
        tag, space, rest = line.partition(" ")
        return self._tags.get(tag, tag) + space + rest


def _same_command(wanted: str, said: str) -> bool:
    command, space, rest = wanted.partition(" ")
    pattern = f"(?i:{_pattern([command])})" + space + _pattern([rest])
    return re.fullmatch(pattern, said, re.DOTALL) is not None


def _pattern(parts: Sequence[str]) -> str:
    return "".join(".*".join(re.escape(piece) for piece in part.split(ANYTHING)) for part in parts)
