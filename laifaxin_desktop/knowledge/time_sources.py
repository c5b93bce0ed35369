"""Whom to ask for the time, from resources/clock.toml; asks nobody."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from laifaxin_desktop.model.address import AddressError, ascii_host

from .decode import ResourceError, decode


@dataclass(frozen=True, slots=True)
class _Page:
    hosts: tuple[str, ...]


def time_sources(file: Path) -> tuple[str, ...]:
    """The hosts, in no order.

    :raises ResourceError: the file is wrong, or one is no host name
    """
    hosts = decode(_Page, file).hosts
    for number, host in enumerate(hosts):
        try:
            good = ascii_host(host, dots=1) == host
        except AddressError:
            good = False
        if not good:
            raise ResourceError(f"{file.name}.hosts[{number}]: {host!r} is no host name")
    return hosts
