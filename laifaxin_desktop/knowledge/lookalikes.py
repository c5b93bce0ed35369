"""Which known name a strange one could be taken for by whoever reads quickly; forbids nothing, and
says nothing of a name that is known itself or lies below one that is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import idna

from laifaxin_desktop.model.text import Text

from .directory import Index
from .words import Words

# Letters of other scripts that are drawn like Latin ones or digits (Unicode TS 39, confusables;
# those that a domain may hold, in the fonts of screens).
_SCRIPTS = {
    **dict(zip("авсԁеԍһніјкӏмпорԛгѕтухԝьзбч", "abcdeghhijklmnopqrstyxwb364", strict=True)),
    **dict(zip("αβγικνορτυχω", "abyikvoptuxw", strict=True)),
    **dict(zip("ոօսհցզւ", "nouhgqi", strict=True)),
    **dict(zip("ıɡɑɩłøđħə", "igailodhe", strict=True)),
}
# What is mistaken for each other within ASCII: i also as I, which looks like l.
_SHAPES = {"0": "o", "1": "l", "3": "e", "5": "s", "i": "l", "-": ""}
_ONE, _TWO = str.maketrans(_SCRIPTS), str.maketrans(_SHAPES)
# Characters. Of shorter names too many are like each other, and belong to somebody.
_SHORTEST, _SHORTEST_SHAPE, _SHORTEST_NATIONAL = 6, 7, 4
# An operator with more names than this lends ordinary words (engineer.com): nobody's sign.
_MOST_NAMES = 20


class Likeness(StrEnum):
    """How one name resembles another; the word's name in words.toml, below alike."""

    LETTERS = "letters"  # gmai1.com
    SCRIPT = "script"  # gmаil.com, with a letter of another alphabet
    HOLDS = "holds"  # outlook.com.evil.example


@dataclass(frozen=True, slots=True)
class Resemblance:
    """What a name may be taken for."""

    name: str  # in ASCII, as it really is
    known: str
    kind: Likeness

    def text(self, words: Words) -> Text:
        """One sentence: what it looks like, and that it is not that."""
        return words(f"alike.{self.kind}").fill({"name": self.name, "known": self.known})


class Lookalikes:
    """The directory's names by how they look."""

    def __init__(self, index: Index) -> None:
        """Takes milliseconds: once, and only where a domain is unknown."""
        servers = {host.partition(".")[2] for host in index.hosts}
        exchangers = {name.removeprefix(".") for name in index.mx}
        domains = {name.removeprefix("."): owner for name, owner in index.domains.items()}
        first: dict[str, set[str]] = {}
        for name, owner in domains.items():
            first.setdefault(owner, set()).add(name.partition(".")[0])
        lent = {n for n, owner in domains.items() if len(first[owner]) > _MOST_NAMES}
        abroad = {name.rpartition(".")[0] for name in domains}  # yahoo.com has yahoo.com.au
        self._anywhere = lent | abroad
        self._known = frozenset((*servers, *exchangers, *domains))
        telling = (self._known - lent) | servers
        self._telling = frozenset(n for n in telling if len(n) >= _SHORTEST and "." in n)
        # Of names that look the same, the shortest is the one that people know.
        by_length = sorted(self._telling, key=lambda name: (-len(name), name))
        self._looks = {_look(name): name for name in by_length}

    def of(self, name: str) -> Resemblance | None:
        """The known name that a domain or a host resembles (ASCII, lower case)."""
        labels = name.split(".")
        parents = [".".join(labels[at:]) for at in range(len(labels) - 1)]
        if any(parent in self._known for parent in parents):
            return None
        for inside, rest in _inside(labels):
            if inside in self._telling and not self._national(inside, rest):
                return Resemblance(name, inside, Likeness.HOLDS)
        for parent in parents:
            spelled = _spelled(parent)
            known = self._looks.get(_look(spelled))
            if known and not spelled.isascii():
                return Resemblance(name, known, Likeness.SCRIPT)
            if known and len(known) >= _SHORTEST_SHAPE:
                return Resemblance(name, known, Likeness.LETTERS)
        return None

    def _national(self, inside: str, rest: list[str]) -> bool:
        """Whether it may well be somebody's own name in the zone of a country.

        Of whoever has such names we do not know all; engineer.com.sg is engineers in Singapore.
        """
        in_zone = len(rest) == 1 and len(rest[0]) == 2
        return in_zone and (inside in self._anywhere or inside.index(".") < _SHORTEST_NATIONAL)


def _inside(labels: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Every part of a name that does not reach its end, the longest first, and what follows it."""
    count = len(labels)
    for length in range(count - 1, 1, -1):
        for start in range(count - length):
            end = start + length
            yield ".".join(labels[start:end]), labels[end:]


def _spelled(name: str) -> str:
    try:
        return idna.decode(name) if "xn--" in name else name
    except idna.IDNAError:
        return name


def _look(name: str) -> str:
    """What two names share that are easily mistaken for each other."""
    bare = "".join(
        char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char)
    )
    flat = bare.lower().translate(_ONE).translate(_TWO)
    return flat.replace("rn", "m").replace("vv", "w")
