"""Turns frozen dataclasses into plain dicts and back, strictly; refuses unknown or missing keys."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
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


Decode = Callable[[Any], Any]


class _MisfitError(Exception):
    """What does not fit, and where, seen from the value that was being decoded."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message, self.path = message, ""

    def below(self, place: str) -> None:
        """It lies in this part of a larger value."""
        self.path = f"{place}{self.path}"


def from_plain(shape: type[T], plain: object, where: str = "") -> T:
    """Build a frozen dataclass from TOML or JSON.

    :raises PlainError: unknown key, missing key, wrong type or word; `where` names the place
    """
    try:
        return typing.cast("T", _decoder(typing.cast("Any", shape))(plain))
    except _MisfitError as misfit:
        place = f"{where}{misfit.path}"
        place = place if where else place.removeprefix(".")
        raise PlainError(f"{place or shape.__name__}: {misfit.message}") from misfit


@cache
def _decoder(shape: Any) -> Decode:
    """What decodes values of one shape: looked into once, since a list has ten thousand."""
    origin, arguments = typing.get_origin(shape), typing.get_args(shape)
    if origin in (types.UnionType, typing.Union):
        return _optional(shape, arguments)
    if origin in (tuple, frozenset):
        return _several(origin, _decoder(arguments[0]))
    if is_dataclass(shape):
        return _table(typing.cast("type[Any]", shape))
    if isinstance(shape, type) and issubclass(shape, Enum):
        return _word(shape)
    return _date(shape) if shape in (datetime, date) else _exactly(shape)


def _optional(shape: Any, arguments: tuple[Any, ...]) -> Decode:
    inner = [argument for argument in arguments if argument is not type(None)]
    if len(inner) != 1:
        raise TypeError(f"{shape} has no plain form")
    decode = _decoder(inner[0])
    if len(inner) == len(arguments):
        return decode
    return lambda plain: None if plain is None else decode(plain)


def _several(make: Callable[[list[Any]], Any], decode: Decode) -> Decode:
    def several(plain: Any) -> Any:
        if not isinstance(plain, list | tuple):
            raise _MisfitError(f"a list is wanted, not {plain!r:.60}")
        values = []
        for number, value in enumerate(plain):
            try:
                values.append(decode(value))
            except _MisfitError as misfit:
                misfit.below(f"[{number}]")
                raise
        return make(values)

    return several


_MOST_SHARED = 4096  # values of one shape


def _table(shape: type[Any]) -> Decode:
    hints = typing.get_type_hints(shape)
    names = frozenset(hints)
    # Equal servers and stages of ten thousand reports are one value each.
    shared: dict[Any, Any] | None = {} if all(map(_is_small, hints.values())) else None
    parts = [
        (field.name, _decoder(hints[field.name]), _has_default(field)) for field in fields(shape)
    ]

    def table(plain: Any) -> Any:
        if not isinstance(plain, Mapping):
            raise _MisfitError(f"a table is wanted, not {plain!r:.60}")
        if unknown := sorted(plain.keys() - names):
            raise _MisfitError(f"unknown key {unknown[0]!r}")
        values: dict[str, Any] = {}
        for name, decode, optional in parts:
            try:
                if name in plain:
                    values[name] = decode(plain[name])
                elif not optional:
                    raise _MisfitError("missing")
            except _MisfitError as misfit:
                misfit.below(f".{name}")
                raise
        try:
            value = shape(**values)
        except ValueError as error:
            raise _MisfitError(str(error)) from error
        if shared is None or (len(shared) >= _MOST_SHARED and value not in shared):
            return value
        return shared.setdefault(value, value)

    return table


def _is_small(hint: Any) -> bool:
    """Whether a field holds one word or number, or none."""
    parts = typing.get_args(hint) or (hint,)
    kinds = (str, int, bool, type(None), Enum)
    return all(isinstance(part, type) and issubclass(part, kinds) for part in parts)


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _word(shape: type[Enum]) -> Decode:
    words = {member.value: member for member in shape}

    def word(plain: Any) -> Enum:
        if isinstance(plain, str) and plain in words:
            return words[plain]
        raise _MisfitError(f"{plain!r:.60} is not one of {', '.join(map(str, words))}")

    return word


def _date(shape: type[date]) -> Decode:
    def day(plain: Any) -> date:
        if type(plain) is shape:
            return plain  # TOML has dates of its own
        if not isinstance(plain, str):
            raise _MisfitError(f"{shape.__name__} is wanted, not {plain!r:.60}")
        try:
            return shape.fromisoformat(plain)
        except ValueError as error:
            raise _MisfitError(f"{plain!r:.60} is not a date") from error

    return day


def _exactly(shape: type[Any]) -> Decode:
    def exactly(plain: Any) -> Any:
        if type(plain) is not shape:
            raise _MisfitError(f"{shape.__name__} is wanted, not {plain!r:.60}")
        return plain

    return exactly
