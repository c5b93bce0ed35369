"""Judges what is typed as a server's name and port; asks no network."""

from __future__ import annotations

from enum import StrEnum

from laifaxin_desktop.model.address import AddressError, ascii_host


class HostFault(StrEnum):
    """Why a text is no server name."""

    EMPTY = "empty"
    SCHEME = "scheme"  # https://…
    PATH = "path"  # …/webmail
    PORT = "port"  # …:993
    SPACE = "space"
    ADDRESS = "address"  # me@…
    BAD = "bad"


def host_fault(typed: str) -> HostFault | None:
    """What keeps a text from being a server's name; None when it is one.

    An IP address in digits is one too: some company servers have no name.
    """
    text = typed.strip()
    if not text:
        return HostFault.EMPTY
    for mark, fault in (
        ("://", HostFault.SCHEME),
        ("@", HostFault.ADDRESS),
        ("/", HostFault.PATH),
        ("\\", HostFault.PATH),
        (":", HostFault.PORT),
    ):
        if mark in text:
            return fault
    if any(char.isspace() for char in text):
        return HostFault.SPACE
    try:
        ascii_host(text)
    except AddressError:
        return HostFault.BAD
    return None


def port_of(typed: str) -> int | None:
    """The port that a text names; None when it is none. Full-width digits are digits too."""
    text = typed.strip()
    port = int(text) if text.isdecimal() else 0
    return port if 0 < port < 65536 else None
