"""Redirect addresses of programs on this computer; refuses https and every host but localhost."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*")


class RedirectSlip(StrEnum):
    """What is wrong with a redirect address."""

    SCHEME = "redirect_scheme"  # only http reaches a program on this computer
    HOST = "redirect_host"  # only localhost is this computer, and is allowed to have any port
    SHAPE = "redirect_shape"  # user name, query, fragment, blanks, or a port that cannot be


class RedirectError(ValueError):
    """The address cannot be listened on."""

    def __init__(self, slip: RedirectSlip) -> None:
        super().__init__(slip.value)
        self.slip = slip


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the browser is sent back to; no port means any free one (RFC 8252 section 7.3)."""

    port: int | None
    path: str  # empty, or beginning with a slash

    def url(self, port: int) -> str:
        """The address on a port; a path that is not there is not invented, registrations differ."""
        return f"http://localhost:{port}{self.path}"

    def __str__(self) -> str:
        return "http://localhost" + (f":{self.port}" if self.port else "") + self.path


def parse_redirect(text: str) -> Redirect:
    """Read `http://localhost[:port][/path]`.

    learn.microsoft.com/entra/identity-platform/reply-url: http for localhost only, the port does
    not count, the path does.

    :raises RedirectError:
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise RedirectError(RedirectSlip.SHAPE) from None
    if parts.scheme != "http":
        raise RedirectError(RedirectSlip.SCHEME)
    if host != "localhost":
        raise RedirectError(RedirectSlip.HOST)
    plain = parts.netloc.lower() == (f"localhost:{port}" if port is not None else "localhost")
    more = "?" in text or "#" in text
    if not plain or more or port == 0 or not _PATH.fullmatch(parts.path):
        raise RedirectError(RedirectSlip.SHAPE)
    return Redirect(port, parts.path)
