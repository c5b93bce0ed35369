"""What stands in the proxy's fields, read and judged; knows no widget and asks no network."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtGui import QGuiApplication

from laifaxin_desktop.model.route import Proxy, ProxyKind
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.typed_proxy import (
    MOST_TYPED,
    ProxyError,
    ProxyFault,
    make_proxy,
    read_proxy,
    secret_fault,
)
from laifaxin_desktop.ui.server_name import port_of
from laifaxin_desktop.ui.wizard.secret_field import clear_clipboard


class Choice(StrEnum):
    """Which way an account goes."""

    SYSTEM = "system"
    NONE = "none"
    SOCKS5 = "socks5"
    HTTP = "http"

    @property
    def kind(self) -> ProxyKind | None:
        """The kind of a proxy of the account's own; None where it has none."""
        return ProxyKind(self.value) if self in (Choice.SOCKS5, Choice.HTTP) else None


@dataclass(frozen=True, slots=True)
class Given:
    """What the form says; a proxy that is not whole is one that `make_proxy` refuses."""

    proxy: Proxy | None
    secret: Secret | None
    directly: bool


def given_of(choice: Choice, host: str, port: str, username: str, secret: str) -> Given:
    """The fields as one value."""
    kind, name = choice.kind, username.strip()
    if kind is None:
        return Given(None, None, choice is Choice.NONE)
    try:
        proxy = make_proxy(kind, host, port_of(port) or 0, name)
    except ProxyError:
        proxy = Proxy(kind, "", 0, name)  # not whole: the page waits
    return Given(proxy, Secret(secret) if name and secret else None, False)


def whole_address(text: str, kind: ProxyKind | None) -> str | None:
    """What was typed as an address with its scheme; None where it is a bare host.

    ``host:port`` and ``user@host`` are addresses of a proxy of this kind.
    """
    text = text.strip()
    with suppress(ValueError):
        ipaddress.ip_address(text)
        return None
    if "//" in text and text.partition("//")[0].endswith((":", "：")):
        return text
    return f"{kind}://{text}" if kind and any(mark in text for mark in ":：@＠") else None


def place_fault(kind: ProxyKind | None, host: str, port: str) -> ProxyFault | None:
    """Why host and port are no proxy's."""
    if kind is None:
        return None
    if len(host) > MOST_TYPED:
        return ProxyFault.TOO_LONG
    if address := whole_address(host, kind):
        return _fault(lambda: read_proxy(address))
    return _fault(lambda: make_proxy(kind, host, port_of(port) or 0))


def username_fault(kind: ProxyKind | None, username: str) -> ProxyFault | None:
    """Why this can be no user name at a proxy of this kind."""
    return _fault(lambda: make_proxy(kind, "localhost", 1, username.strip())) if kind else None


def password_fault(kind: ProxyKind | None, username: str, password: str) -> ProxyFault | None:
    """Why this can be no password; a proxy without a user name takes none."""
    if kind is None:
        return None
    return secret_fault(Proxy(kind, "localhost", 1, username.strip()), Secret(password))


def _fault(make: Callable[[], object]) -> ProxyFault | None:
    try:
        make()
    except ProxyError as error:
        return error.fault
    return None


def put_in(before: str, after: str) -> int:
    """How many characters came into a text at once: more than one were pasted."""
    same = _shared(before, after)
    return len(after) - same - _shared(before[same:][::-1], after[same:][::-1])


def _shared(one: str, other: str) -> int:
    differs = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differs, min(len(one), len(other)))


def clear_clipboard_of_proxy(secret: Secret | None) -> None:
    """Empty the clipboard if it still holds this password, alone or in a proxy's address."""
    clear_clipboard(secret, None)
    data = QGuiApplication.clipboard().mimeData()
    if secret is None or data is None or not data.hasText():
        return
    with suppress(ProxyError):
        if read_proxy(data.text()[: 2 * MOST_TYPED])[1] == secret:
            QGuiApplication.clipboard().clear()
