"""What Microsoft's sign-in errors mean, from resources/microsoft_errors.toml; names no problem."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from laifaxin_desktop.model.problem import Fix
from laifaxin_desktop.model.text import Text

from .decode import ResourceError, decode

# AADSTS50173; or an OAuth error or suberror in upper case, as in Evidence.codes.
_NUMBER = re.compile(r"AADSTS\d+")
_CODE = re.compile(r"AADSTS\d+|[A-Z][A-Z_]+")
# A row has no page to open: such a problem has a row of its own in diagnoses.toml.
_NO_FIX = (Fix.OPEN_LINK, Fix.SHOW_CERTIFICATE)


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """What some codes mean; the rest is for codes whose problem is `sign_in_error`."""

    codes: tuple[str, ...]
    meaning: Text  # one sentence
    advice: Text | None = None  # what to do, one sentence
    fix: Fix | None = None  # instead of signing in again
    button: Text | None = None  # of that fix, instead of its usual words
    word: Text | None = None  # in the list


@dataclass(frozen=True, slots=True)
class _Page:
    errors: tuple[CodeMeaning, ...]


class MicrosoftErrors:
    """Finds the meaning of a code."""

    def __init__(self, rows: Iterable[CodeMeaning]) -> None:
        """Index the rows.

        :raises ResourceError: a code is none or there twice, or a button leads nowhere
        """
        self._rows: dict[str, CodeMeaning] = {}
        for row in rows:
            for code in row.codes:
                if not _CODE.fullmatch(code):
                    raise ResourceError(f"microsoft_errors.toml: not a code: {code!r}")
                if code in self._rows:
                    raise ResourceError(f"microsoft_errors.toml: {code} is there twice")
                if row.fix in _NO_FIX:
                    raise ResourceError(f"microsoft_errors.toml: {code}: no page for {row.fix}")
                self._rows[code] = row

    @classmethod
    def load(cls, file: Path) -> MicrosoftErrors:
        """Read the rows.

        :raises ResourceError: the file is wrong
        """
        return cls(decode(_Page, file).errors)

    @property
    def codes(self) -> frozenset[str]:
        """Every code with a meaning."""
        return frozenset(self._rows)

    def of(self, codes: tuple[str, ...]) -> CodeMeaning | None:
        """The row of the most telling code; None where none of them is known.

        Of several numbers the last: Entra wraps the cause ("AADSTS70002: … AADSTS50126: …").
        Numbers tell more than suberrors, those more than OAuth's own errors, which come first.
        """
        known = [code for code in codes if code in self._rows]
        numbers = [code for code in known if _NUMBER.fullmatch(code)]
        return self._rows[(numbers or known)[-1]] if known else None

    @staticmethod
    def shown(codes: tuple[str, ...]) -> str:
        """The code to show: Microsoft's number, else OAuth's own word; empty without either."""
        numbers = [code for code in codes if _NUMBER.fullmatch(code)]
        words = [code.lower() for code in codes if _CODE.fullmatch(code)]
        return numbers[-1] if numbers else words[0] if words else ""
