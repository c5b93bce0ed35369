"""What argparse says by itself, in the language asked for; knows its sentences, not the options."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable

from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.text import Text

# Python's own sentences have stood like this since 3.9; another one is passed on as it is.
_SENTENCES = (
    ("missing", re.compile(r"the following arguments are required: (?P<names>.+)")),
    ("command", re.compile(r"argument COMMAND: invalid choice: '(?P<typed>.*)' \(choose from.*")),
    (
        "choice",
        re.compile(
            r"argument (?P<option>\S+): invalid choice: '(?P<typed>.*)'"
            r" \(choose from (?P<choices>.*)\)"
        ),
    ),
    ("value", re.compile(r"argument (?P<option>\S+): expected one argument")),
    ("no_value", re.compile(r"argument (?P<option>\S+): ignored explicit argument .*")),
    (
        "together",
        re.compile(r"argument (?P<option>\S+): not allowed with argument (?P<other>\S+)"),
    ),
    ("unknown", re.compile(r"unrecognized arguments: (?P<typed>.+)")),
    ("ambiguous", re.compile(r"ambiguous option: (?P<typed>\S+) could match (?P<choices>.+)")),
)
_MOST = 80  # characters of what was typed that are said again


def sentence(words: Words, message: str) -> Text:
    """What is wrong with the usage, as a sentence of ours where it is a known one."""
    for name, pattern in _SENTENCES:
        if found := pattern.fullmatch(message):
            places = {
                key: value.replace("'", "")[:_MOST] for key, value in found.groupdict().items()
            }
            return words(f"cli.usage_{name}").fill(places)
    return Text(message, message)


def formatter(first: str) -> type[argparse.HelpFormatter]:
    """A help page whose first word is this one."""

    class Formatter(argparse.HelpFormatter):
        def add_usage(
            self,
            usage: str | None,
            actions: Iterable[argparse.Action],
            groups: Iterable[argparse._MutuallyExclusiveGroup],
            prefix: str | None = None,
        ) -> None:
            """The line of usage, beginning with this word."""
            super().add_usage(usage, actions, groups, first if prefix is None else prefix)

    return Formatter


def name_headings(parser: argparse.ArgumentParser, say: Callable[[str], str]) -> None:
    """The headings of a help page and its two standing options."""
    parser._positionals.title, parser._optionals.title = say("arguments"), say("options")
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            action.help = say("help")
        elif isinstance(action, argparse._VersionAction):
            action.help = say("version")
