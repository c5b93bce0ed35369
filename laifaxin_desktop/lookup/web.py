"""Fetches one small public page over verified HTTPS; refuses plain HTTP, other ports, strangers.

It sends no cookie, no address, no name of a person; a redirect is judged before anybody is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from laifaxin_desktop import __version__
from laifaxin_desktop.model.address import AddressError, ascii_host
from laifaxin_desktop.model.problem import MailError

from .addresses import InsideError, Resolve, may_reach
from .call import Call, Dial, Heard

MOST_BODY = 256 * 1024  # bytes; the largest file of Thunderbird's database has 9,000
_MOST_REDIRECTS = 3
_SECONDS = 5.0  # for all of it, redirects included
_EACH_ADDRESS = 2.0  # seconds; a dead one must not use up the time of the next
_MOST_ADDRESSES = 4
_REDIRECTS = (301, 302, 303, 307, 308)

MayAsk = Callable[[str], bool]  # whether a host may be asked


@dataclass(frozen=True, slots=True)
class Page:
    """What a host answered; `answer` is one word where that is no page."""

    answer: str = ""
    status: int = 0
    kind: str = ""  # its media type, lower case
    location: str = ""  # where it sends us instead
    body: bytes = b""


async def fetch(
    url: str,
    context: ssl.SSLContext,
    heard: Heard,
    may_ask: MayAsk,
    *,
    seconds: float = _SECONDS,
    resolve: Resolve = may_reach,
    dial: Dial | None = None,
) -> Page | None:
    """The page at an address of ours, following redirects to hosts that `may_ask` allows.

    None where there is none; `heard` has been told why, once for each host that was asked. The
    last one, which answered with a page, is for the caller to tell of: `Page.location` is its
    address.
    """
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for _ in range(_MOST_REDIRECTS + 1):
                    page = await ask(url, context, seconds, resolve, dial)
                    if page.status not in _REDIRECTS:
                        break
                    target = https_address(urljoin(url, page.location))
                    if target is None or not may_ask(urlsplit(target).netloc):
                        heard(url, "redirect_refused")
                        return None
                    heard(url, "redirected")
                    url = target
                else:
                    heard(url, "redirect_refused")
                    return None
                if page.status == 200 and not page.answer:
                    return Page("", 200, page.kind, url, page.body)
                heard(url, page.answer or ("nothing" if 400 <= page.status < 500 else "failed"))
                return None
    except asyncio.CancelledError:
        heard(url, "cut")  # asked it was
        raise
    heard(url, "timeout")
    return None


def https_address(url: str) -> str | None:
    """An address as we may ask it: https, the usual port, a real host name, nobody's name in it."""
    try:
        parts = urlsplit(url)
        named, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or port not in (None, 443) or "@" in parts.netloc:
        return None
    try:
        host = ascii_host(named, dots=1)
    except AddressError:
        return None
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    if not path.isascii() or any(char <= " " or char == "\x7f" for char in path):
        return None
    return f"https://{host}{path}"


async def ask(
    url: str,
    context: ssl.SSLContext,
    seconds: float = _SECONDS,
    resolve: Resolve = may_reach,
    dial: Dial | None = None,
) -> Page:
    """One question to one host, no redirect followed; `url` must be one of `https_address`.

    By a proxy the name is looked up there: `resolve` has no say then.
    """
    call = _Get(url, context, seconds, resolve, dial)
    try:
        return await call.answer()
    finally:
        call.cut()


class _Get(Call[Page]):
    """GET of one address."""

    def __init__(
        self,
        url: str,
        context: ssl.SSLContext,
        seconds: float,
        resolve: Resolve,
        dial: Dial | None,
    ) -> None:
        parts = urlsplit(url)
        super().__init__(parts.netloc, seconds, "settings look-up", dial)
        self._path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self._context, self._resolve = context, resolve
        self._until = time.monotonic() + seconds

    async def answer(self) -> Page:
        """What the host says."""
        return await self._answered(Page("failed"))

    def _ask(self) -> Page:
        import http.client  # not on the start path

        try:
            with self._by_proxy() or self._directly() as plain:
                try:
                    return self._talk(plain) if self._hold(plain) else Page("timeout")
                finally:
                    self._let_go()
        except MailError:
            return Page("proxy")
        except InsideError:
            return Page("inside")
        except socket.gaierror as error:
            gone = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None))
            return Page("name_not_found" if gone else "lookup_failed")
        except TimeoutError:
            return Page("timeout")
        except ConnectionRefusedError:
            return Page("refused")
        except ssl.SSLCertVerificationError:
            return Page("certificate")
        except (OSError, UnicodeError, ValueError, http.client.HTTPException):
            return Page("failed")  # of the world: ssl.SSLError is an OSError

    def _directly(self) -> socket.socket:
        """Connect to the first address that answers, and to no other than were judged."""
        failed: OSError = TimeoutError()
        for family, address in self._resolve(self._host, 443)[:_MOST_ADDRESSES]:
            with contextlib.ExitStack() as closing:
                made = closing.enter_context(socket.socket(family, socket.SOCK_STREAM))
                made.settimeout(max(0.01, min(_EACH_ADDRESS, self._until - time.monotonic())))
                try:
                    made.connect(address)
                except OSError as error:
                    failed = error
                    continue
                made.settimeout(self._seconds)
                closing.pop_all()  # connected: the caller closes it
                return made
        raise failed

    def _talk(self, plain: socket.socket) -> Page:
        import http.client

        with self._context.wrap_socket(plain, server_hostname=self._host) as tls:
            connection = http.client.HTTPSConnection(self._host, context=self._context)
            connection.sock = tls
            headers = {
                "Accept": "text/xml, application/xml, application/json",
                "Accept-Encoding": "identity",  # what is small need not be able to swell
                "Connection": "close",
                "User-Agent": f"laifaxin-desktop/{__version__}",
            }
            connection.request("GET", self._path, headers=headers)
            response = connection.getresponse()
            location = response.getheader("Location") or ""
            if response.status != 200:
                return Page("", response.status, location=location)
            if (response.getheader("Content-Encoding") or "identity").lower() != "identity":
                return Page("not_settings")
            body = response.read(MOST_BODY + 1)
        if len(body) > MOST_BODY:
            return Page("too_big")
        kind = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        return Page("", 200, kind, "", body)
