"""What the window remembers of itself: language, place and size, columns; never an account."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from PySide6.QtCore import QByteArray

from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.store.accounts import AccountStore

_LANGUAGE, _GEOMETRY = "language", "window.geometry"
_COLUMNS, _BY_HAND = "window.columns", "window.columns_by_hand"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was remembered; None where nothing was."""

    language: str | None = None
    geometry: QByteArray | None = None
    columns: QByteArray | None = None
    by_hand: bool = False  # whether a person chose the widths


async def kept(accounts: AccountStore) -> Kept:
    """Read it.

    :raises MailError: the file cannot be used
    """
    language = await accounts.state(_LANGUAGE)
    return Kept(
        language if isinstance(language, str) else None,
        _bytes(await accounts.state(_GEOMETRY)),
        _bytes(await accounts.state(_COLUMNS)),
        await accounts.state(_BY_HAND) is True,
    )


async def keep(accounts: AccountStore, now: Kept) -> None:
    """Write it, but for the language; where that fails the window opens as it did before."""
    with contextlib.suppress(MailError):
        await accounts.set_state(_GEOMETRY, _text(now.geometry) if now.geometry else None)
        await accounts.set_state(_COLUMNS, _text(now.columns) if now.columns else None)
        await accounts.set_state(_BY_HAND, now.by_hand)


async def keep_language(accounts: AccountStore, word: str) -> None:
    """Remember the language.

    :raises MailError: the file cannot be written
    """
    await accounts.set_state(_LANGUAGE, word)


def _text(state: QByteArray) -> str:
    return bytes(state.toBase64().data()).decode("ascii")


def _bytes(text: object) -> QByteArray | None:
    if not isinstance(text, str):
        return None
    return QByteArray.fromBase64(text.encode("ascii", "ignore"))
