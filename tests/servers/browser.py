"""A browser without a window: follows a sign-in as a person would, well or badly.

Started as $BROWSER with a URL. It fills in the forms it meets, follows redirects, and hands the
answer to http://localhost; then it writes down what it saw. The variable LAIFAXIN_BROWSER names a
folder: `orders.json` there says how to behave (see Orders), `visit-*.json` is what was seen. It
stands alone, for it is run by path; `browsing` is the test's side of it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import ssl
import sys
import time
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

FOLDER = "LAIFAXIN_BROWSER"
_STEPS = 12
_SECONDS = 30.0
_PICTURE_SECONDS = 1.0
_FOREVER = 600.0  # of a browser that never comes back; the test ends it before


class Orders(TypedDict, total=False):
    """How to behave; nothing: like somebody who wants to sign in."""

    login: str  # typed where a name is asked for
    otc: str  # typed where a device's code is asked for
    answer: str  # the button: "Continue" or "Cancel"
    close: str  # ends without an answer: "at once", or "at login" when the page is seen
    hang: bool  # stays open at the sign-in page and never comes back
    delay: float  # seconds before the answer is handed over
    idle: int  # connections to the program's door that are opened first and say nothing
    wrong_state: str  # "first": a forged answer goes ahead of the right one; "only": alone
    twice: bool  # hands the answer over a second time
    headers: dict[str, str]  # sent to the program's door, instead of a browser's own
    family: int  # 4 or 6: how localhost is reached
    favicon: bool  # asks for the picture afterwards, as browsers do (True unless told otherwise)
    routes: dict[str, int]  # host name -> local port, where there is no network of the test's own


class _Form(HTMLParser):
    """The first form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.method = "get"
        self.hidden: list[tuple[str, str]] = []
        self.typed: list[str] = []
        self.buttons: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in what belongs to it."""
        known = {name: text or "" for name, text in attrs}
        if tag == "form" and self.action is None:
            self.action, self.method = known.get("action", ""), known.get("method", "get").lower()
        elif tag == "input" and known.get("type") == "hidden":
            self.hidden.append((known["name"], known.get("value", "")))
        elif tag == "input" and "name" in known:
            self.typed.append(known["name"])
        elif tag == "button" and "name" in known:
            self.buttons.append((known["name"], known.get("value", "")))

    def filled(self, orders: Orders) -> list[tuple[str, str]]:
        """What is sent."""
        fields = list(self.hidden)
        fields += [(name, str(orders.get(name, ""))) for name in self.typed]
        wanted = orders.get("answer", "Continue")
        fields += [button for button in self.buttons if button[1] == wanted]
        return fields


class _Visit:
    """One walk from the first address to the last page."""

    def __init__(self, url: str, orders: Orders) -> None:
        self._orders = orders
        self._idle: list[socket.socket] = []
        self._seconds = _SECONDS
        self.seen: dict[str, Any] = {"url": url, "steps": [], "end": "done"}

    def close(self) -> None:
        """Give the connections up that said nothing."""
        for link in self._idle:
            link.close()

    def walk(self) -> None:
        """Go on until a page offers nothing more."""
        url, method, fields = self.seen["url"], "GET", list[tuple[str, str]]()
        if self._orders.get("close") == "at once":
            self.seen["end"] = "closed"
            return
        for _ in range(_STEPS):
            local = (urlsplit(url).hostname or "") in ("localhost", "127.0.0.1", "::1")
            if local:
                self._hand_over(url, method, fields)
                return
            location, page = self._ask(url, method, fields)
            if location:
                url, method, fields = urljoin(url, location), "GET", []
                continue
            form = _Form()
            form.feed(page)
            if form.action is None:
                return
            if form.typed and self._stays():
                return
            url, method = urljoin(url, form.action), form.method.upper()
            fields = form.filled(self._orders)
        self.seen["end"] = "lost"

    def _stays(self) -> bool:
        if self._orders.get("close") == "at login":
            self.seen["end"] = "closed"
            return True
        if self._orders.get("hang"):
            time.sleep(_FOREVER)  # what it is for; the test ends the process
        return False

    def _hand_over(self, url: str, method: str, fields: list[tuple[str, str]]) -> None:
        orders = self._orders
        for _ in range(orders.get("idle", 0)):
            self._idle.append(self._connect(urlsplit(url).hostname or "", urlsplit(url).port or 80))
        if orders.get("delay"):
            time.sleep(orders["delay"])  # a person who takes their time
        forged = orders.get("wrong_state", "")
        if forged:
            self._ask(*_forged(url, method, fields))
        if forged != "only":
            self._ask(url, method, fields)
            if orders.get("twice"):
                with contextlib.suppress(OSError, http.client.HTTPException):
                    self._ask(url, method, fields)
        if orders.get("favicon", True):
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._seconds = _PICTURE_SECONDS
                self._ask(urljoin(url, "/favicon.ico"), "GET", [], note=False)

    def _connect(self, host: str, port: int) -> socket.socket:
        family = {4: socket.AF_INET, 6: socket.AF_INET6}.get(self._orders.get("family", 0))
        if family is not None and host == "localhost":
            link = socket.socket(family)
            link.settimeout(self._seconds)
            link.connect(("127.0.0.1" if family is socket.AF_INET else "::1", port))
            return link
        local = self._orders.get("routes", {}).get(host)
        place = ("127.0.0.1", local) if local else (host, port)
        return socket.create_connection(place, timeout=self._seconds)

    def _ask(
        self, url: str, method: str, fields: list[tuple[str, str]], *, note: bool = True
    ) -> tuple[str | None, str]:
        """One request; where to go next and the page."""
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        client = http.client.HTTPConnection(host, port)
        client.sock = self._connect(host, port)
        if secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_default_certs()  # SSL_CERT_FILE counts
            client.sock = context.wrap_socket(client.sock, server_hostname=host)
        body = urlencode(fields).encode() if method == "POST" else None
        path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        try:
            client.request(method, path, body, self._headers(secure, body is not None))
            reply = client.getresponse()
            page = reply.read().decode("utf-8", "replace")
        finally:
            client.close()
        if note:
            self.seen["steps"].append(
                {
                    "url": url,
                    "method": method,
                    "status": reply.status,
                    "headers": {name.lower(): text for name, text in reply.getheaders()},
                    "page": page,
                }
            )
        moved = reply.status in (301, 302, 303, 307, 308)
        return (reply.getheader("Location") if moved else None), page

    def _headers(self, secure: bool, posting: bool) -> Mapping[str, str]:
        made = {
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Test/1.0",
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
            "Sec-Fetch-Site": "same-origin" if secure else "cross-site",
        }
        if posting:
            made["Content-Type"] = "application/x-www-form-urlencoded"
            made["Origin"] = "null" if not secure else "https://login.microsoftonline.com"
        if not secure:
            made |= self._orders.get("headers", {})
        return made


def _forged(
    url: str, method: str, fields: list[tuple[str, str]]
) -> tuple[str, str, list[tuple[str, str]]]:
    # An answer that somebody else made up.
    def other(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(name, "forged" if name in ("state", "code") else text) for name, text in pairs]

    parts = urlsplit(url)
    query = urlencode(other(parse_qsl(parts.query)))
    return urlunsplit(parts._replace(query=query)), method, other(fields)


def browse(url: str, orders: Orders | None = None) -> dict[str, Any]:
    """Visit `url`; gives what was seen: url, steps (url, method, status, headers, page), end."""
    with contextlib.closing(_Visit(url, orders or {})) as visit:
        try:
            visit.walk()
        except (OSError, http.client.HTTPException) as error:
            visit.seen["end"] = f"failed: {type(error).__name__}: {error}"
        return visit.seen


def main() -> None:
    """As $BROWSER."""
    folder = Path(os.environ[FOLDER])
    orders: Orders = {}
    with contextlib.suppress(FileNotFoundError):
        orders = json.loads((folder / "orders.json").read_text())
    name = f"visit-{time.time_ns()}-{os.getpid()}.json"
    (folder / f"{name}.begun").write_text(sys.argv[1])
    seen = browse(sys.argv[1], orders)
    fresh = folder / f"{name}.new"
    fresh.write_text(json.dumps(seen))
    fresh.replace(folder / name)


if __name__ == "__main__":
    main()
