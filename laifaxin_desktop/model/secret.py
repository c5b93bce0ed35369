"""A secret that stays mute: nothing but `reveal` ever gives it away."""

from __future__ import annotations

import hmac
from typing import NoReturn


class Secret:
    """A password, 授权码 or token; silent in repr, str, format, pickle and comparison time."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret in the clear: for the wire and the vault only."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(••••)"

    def __str__(self) -> str:
        return "••••"

    def __format__(self, spec: str) -> str:
        return "••••"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self._value), _bytes(other._value))

    def __hash__(self) -> int:
        return hash(Secret)  # a hash of the value could be tested against guesses

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a Secret is never copied out")


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
