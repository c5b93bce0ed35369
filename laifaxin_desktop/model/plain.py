"""Turns frozen dataclasses into plain dicts and back, strictly; refuses unknown or missing keys."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


class PlainError(ValueError):
    """The plain value does not fit; the message names the key."""


def to_plain(value: object) -> Any:
    """Dataclasses become dicts, tuples lists, enums their words, dates ISO 8601 strings."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(to_plain(item) for item in value)
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"{type(value).__name__} has no plain form")


@cache
def _hints(shape: type) -> dict[str, Any]:
    return typing.get_type_hints(shape)


def from_plain(shape: type[T], plain: object, where: str = "") -> T:
    """Build a frozen dataclass from TOML or JSON.

    :raises PlainError: unknown key, missing key, wrong type or word; `where` names the place
    """
    if not isinstance(plain, Mapping):
        raise PlainError(f"{where or shape.__name__}: a table is wanted, not {plain!r:.60}")
    hints = _hints(typing.cast("Any", shape))
    if unknown := sorted(set(plain) - set(hints)):
        raise PlainError(f"{where}: unknown key {unknown[0]!r}")
    values: dict[str, Any] = {}
    for field in fields(shape):  # type: ignore[arg-type]
        place = f"{where}.{field.name}" if where else field.name
        if field.name in plain:
            values[field.name] = _value(hints[field.name], plain[field.name], place)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise PlainError(f"{place}: missing")
    try:
        return shape(**values)
    except ValueError as error:
        raise PlainError(f"{where}: {error}") from error


def _value(shape: Any, plain: object, where: str) -> Any:
    origin, arguments = typing.get_origin(shape), typing.get_args(shape)
    if origin in (types.UnionType, typing.Union):
        if plain is None and type(None) in arguments:
            return None
        inner = [a for a in arguments if a is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"{where}: {shape} has no plain form")
        return _value(inner[0], plain, where)
    if origin in (tuple, frozenset):
        if not isinstance(plain, list | tuple):
            raise PlainError(f"{where}: a list is wanted, not {plain!r:.60}")
        return origin(_value(arguments[0], v, f"{where}[{i}]") for i, v in enumerate(plain))
    if is_dataclass(shape):
        return from_plain(typing.cast("type[Any]", shape), plain, where)
    if isinstance(shape, type) and issubclass(shape, Enum):
        try:
            return shape(plain)
        except ValueError as error:
            words = ", ".join(str(member.value) for member in shape)
            raise PlainError(f"{where}: {plain!r:.60} is not one of {words}") from error
    if shape in (datetime, date) and isinstance(plain, str):
        try:
            return shape.fromisoformat(plain)
        except ValueError as error:
            raise PlainError(f"{where}: {plain!r:.60} is not a date") from error
    if type(plain) is not shape:
        raise PlainError(f"{where}: {shape.__name__} is wanted, not {plain!r:.60}")
    return plain
