"""What Entra says when it refuses: number, OAuth word, text and suberror, in its own JSON shape."""

from __future__ import annotations

import datetime
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ROWS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    (Path(__file__).parent / "errors.toml").read_text(encoding="utf-8")
)
_UNAUTHORIZED = frozenset({7000215, 7000218, 7000222, 700025})


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


@dataclass(slots=True, eq=False)
class RefusedError(Exception):
    """A no, by its AADSTS number; what is given here wins over what the table says."""

    number: int
    error: str = ""
    text: str = ""
    suberror: str = ""
    claims: str = ""
    status: int = 0
    words: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, number: int, **words: str) -> RefusedError:
        """From the table; `words` fill the gaps of its text."""
        return cls(number, words=words)

    def __post_init__(self) -> None:
        row = _ROWS.get(str(self.number), {})
        text = row.get("text", "A refusal that this test has ordered.")
        self.error = self.error or row.get("error", "invalid_grant")
        self.text = self.text or text.format_map(_Blank(self.words))
        self.suberror = self.suberror or row.get("suberror", "")
        self.status = self.status or (401 if self.number in _UNAUTHORIZED else 400)

    def described(self, correlation: str = "") -> str:
        """`error_description`: the number, the text, and three lines for the support."""
        stamp = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        return (
            f"AADSTS{self.number}: {self.text} Trace ID: {uuid.uuid4()} "
            f"Correlation ID: {correlation or uuid.uuid4()} Timestamp: {stamp}"
        )

    def body(self, host: str, correlation: str = "") -> dict[str, Any]:
        """The JSON answer."""
        correlation = correlation or str(uuid.uuid4())
        description = self.described(correlation)
        made: dict[str, Any] = {
            "error": self.error,
            "error_description": description,
            "error_codes": [self.number],
            "timestamp": description.rpartition("Timestamp: ")[2],
            "trace_id": description.partition("Trace ID: ")[2].partition(" ")[0],
            "correlation_id": correlation,
            "error_uri": f"https://{host}/error?code={self.number}",
        }
        if self.suberror:
            made["suberror"] = self.suberror
        if self.claims:
            made["claims"] = self.claims
        return made
