"""What is wrong with a provider file of somebody's own, as a sentence in every language; reads the
strict loader's messages and knows no rule of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from laifaxin_desktop.model.text import Text

from .words import Words

# The loader's message by its kind: the sentence is called so in words.toml, below own_files.
# The first that fits; the last fits everything and keeps the loader's own words.
KINDS = tuple(
    (kind, re.compile(pattern, re.S))
    for kind, pattern in (
        ("unknown_key", "unknown key '(?P<value>.*)'"),
        ("missing", "missing"),
        ("not_one_of", "(?P<value>.*) is not one of (?P<known>.*)"),
        ("wrong_type", r"(?P<wanted>[\w ]+) is wanted, not (?P<value>.*)"),
        ("no_date", "(?P<value>.*) is not a date"),
        ("bad_name", r"(?P<value>.*): small letters, digits and _ only"),
        ("no_domain", r"(?P<value>.*) is no domain or \.suffix in small ASCII"),
        ("no_host", "(?P<value>.*) is no host name in small ASCII"),
        ("no_port", "(?P<value>.*) is no port"),
        ("in_the_clear", "no password goes through a network in the clear"),
        ("not_https", "(?P<value>.*) does not begin with https://"),
        ("twice", "(?:.* )?is there twice"),
        ("empty", "at least one.*"),
        ("no_reason", "a broken way says why"),
        ("nobody", "no (?:provider|guide) '(?P<value>.*)'"),
        ("wrong", "(?P<detail>.*)"),
    )
)

# What a value should have been; the words are in words.toml, below file_types.
_TYPES = {
    "a list": "list",
    "a table": "table",
    "str": "text",
    "int": "number",
    "bool": "truth",
    "date": "date",
}


@dataclass(frozen=True, slots=True)
class PassedOver:
    """One file that is not used, or one thing that is wrong with all of them."""

    kind: str  # the word's name in words.toml, below own_files
    places: Mapping[str, str] = field(default_factory=dict)

    def text(self, words: Words) -> Text:
        """One sentence: which file, which key, what is wrong."""
        places: dict[str, Text | str] = dict(self.places)
        if known := _TYPES.get(self.places.get("wanted", "")):
            places["wanted"] = words(f"file_types.{known}")
        return words(f"own_files.{self.kind}").fill(places)


def mistake(message: str) -> tuple[str, dict[str, str]]:
    """The kind and the places of one message of the loader, which begins with the key."""
    key, colon, detail = message.removeprefix(": ").removeprefix(".").partition(": ")
    if not colon:
        key, detail = "", key
    for kind, pattern in KINDS:
        if found := pattern.fullmatch(detail):
            said = found.groupdict()
            if kind == "unknown_key":
                key = ".".join(filter(None, (key, said["value"])))
            return kind, {"key": key, **said}
    raise AssertionError("the last kind fits everything")
