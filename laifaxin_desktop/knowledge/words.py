"""Words about mail for the window and the command line alike, from resources/words.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from laifaxin_desktop.model.text import Text

from .decode import ResourceError, build, read_toml


class Words:
    """Finds a wording by its dotted name: ``words("status.ok")``."""

    def __init__(self, rows: dict[str, Text]) -> None:
        self._rows = rows

    @classmethod
    def load(cls, file: Path) -> Words:
        """Read the file: one table a subject, in it one wording a word.

        :raises ResourceError: the file is wrong
        """
        rows: dict[str, Text] = {}
        for subject, table in read_toml(file).items():
            where = f"{file.name}.{subject}"
            if not isinstance(table, dict):
                raise ResourceError(f"{where}: a table is wanted")
            rows |= _rows(table, subject, file.name)
        return cls(rows)

    def __call__(self, name: str) -> Text:
        """The wording with this name.

        :raises KeyError: no such word: a bug of ours
        """
        return self._rows[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rows


def _rows(table: dict[str, Any], subject: str, file: str) -> dict[str, Text]:
    return {
        f"{subject}.{word}": build(Text, text, f"{file}.{subject}.{word}")
        for word, text in table.items()
    }
