"""Reads a TOML file strictly into values; refuses unknown keys, naming the file and the key."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from laifaxin_desktop.model.plain import PlainError, from_plain

T = TypeVar("T")


class ResourceError(ValueError):
    """A file of ours is wrong; the message names the file and the key. Never a person's fault."""


def read_toml(file: Path) -> dict[str, Any]:
    """The raw tables of a file.

    :raises ResourceError: it is not TOML
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ResourceError(f"{file.name}: {error}") from error


def decode(shape: type[T], file: Path) -> T:
    """One file as one frozen dataclass.

    :raises ResourceError: not TOML, an unknown or missing key, a wrong type or word
    """
    return build(shape, read_toml(file), file.name)


def parse(shape: type[T], text: bytes, where: str) -> T:
    """One frozen dataclass from JSON of ours.

    :raises ResourceError: no JSON, an unknown or missing key, a wrong type or word
    """
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise ResourceError(f"{where}: {error}") from error
    return build(shape, plain, where)


def build(shape: type[T], plain: object, where: str) -> T:
    """A frozen dataclass from raw tables.

    :raises ResourceError: an unknown or missing key, a wrong type or word; `where` names the place
    """
    try:
        return from_plain(shape, plain, where)
    except PlainError as error:
        raise ResourceError(str(error)) from error
