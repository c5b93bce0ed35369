"""What msal speaks HTTP through: our TLS, our limits, judged answers; refuses redirects.

requests on its own would take certifi's authorities, `REQUESTS_CA_BUNDLE`, .netrc and answers
without end. Imported when somebody signs in, since requests takes its time.
"""

from __future__ import annotations

import errno
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from laifaxin_desktop import __version__
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security
from laifaxin_desktop.model.route import DIRECT, Route, through_system_proxy

from .answer import Judge, Judging, UnfitError
from .deadlines import Deadlines
from .documents import Documents
from .network import of_proxy
from .thread import Dial, Sockets

MOST_BODY = 256 * 1024  # bytes
_CHUNK = 8192
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": f"laifaxin-desktop/{__version__}",
}
_DISCOVERY = "/.well-known/openid-configuration"

Proxies = Callable[[str], Mapping[str, str]]  # of a URL: {"https": "http://proxy:3128"} or nothing


def environment_proxies(url: str) -> Mapping[str, str]:
    """What HTTPS_PROXY, NO_PROXY and the system's settings say."""
    found: Mapping[str, str] = requests.utils.get_environ_proxies(url)
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What msal asks of a response."""

    status_code: int
    text: str = field(repr=False)  # tokens, as a rule
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        """Nothing: what is no answer has been raised before."""


class UnfitAnswerError(requests.RequestException):
    """UnfitError for msal, which lets exceptions of requests through and knows no others."""

    def __init__(self, unfit: UnfitError) -> None:
        super().__init__(str(unfit))
        self.evidence = unfit.evidence


class _Borrowed:
    """Our context, lent to urllib3, which sets what it likes on a context it is given.

    ALPN, the check of host names and further authorities would then hold for every probe.
    """

    def __init__(self, context: ssl.SSLContext, sockets: Sockets) -> None:
        self._context, self._sockets = context, sockets
        self.verify_mode = ssl.CERT_REQUIRED
        self.check_hostname = True

    def set_alpn_protocols(self, protocols: list[str]) -> None:
        """HTTP/1.1 is what is spoken without."""

    def load_verify_locations(self, *given: object, **more: object) -> None:
        """No further authorities."""

    def wrap_socket(self, sock: socket.socket, **more: Any) -> ssl.SSLSocket:
        """Shake hands; the connection can be cut from then on, the handshake included."""
        self._sockets.add(sock)
        made = self._context.wrap_socket(sock, **more)
        if made.cipher() is None:  # Python shakes no hands over a connection that was just cut
            made.close()
            raise ConnectionAbortedError(errno.ECONNABORTED, "cut")
        return made

    def wrap_bio(self, *given: Any, **more: Any) -> ssl.SSLObject:
        """For TLS inside TLS (a proxy that speaks HTTPS)."""
        return self._context.wrap_bio(*given, **more)


Connect = Callable[[str, int], socket.socket | None]  # None: nobody is on the way


class _Adapter(HTTPAdapter):
    def __init__(self, borrowed: _Borrowed, connect: Connect) -> None:
        self._borrowed, self._connect = borrowed, connect
        super().__init__(max_retries=0)

    def init_poolmanager(self, *given: Any, **more: Any) -> None:
        """Connections use our TLS, and our way."""
        super().init_poolmanager(*given, ssl_context=self._borrowed, **more)
        pool = {"ConnectionCls": _connection(self._connect)}
        self.poolmanager.pool_classes_by_scheme = {
            "https": type("Pool", (HTTPSConnectionPool,), pool)
        }

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """Through a proxy that speaks HTTPS, and to it."""
        if proxy.lower().startswith("https:"):
            more["proxy_ssl_context"] = self._borrowed
        return super().proxy_manager_for(proxy, ssl_context=self._borrowed, **more)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Always, and without certifi's authorities."""
        conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None


def _connection(connect: Connect) -> type[HTTPSConnection]:
    class Connection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:  # what urllib3's own SOCKS part overrides, too
            return connect(self.host, self.port or 443) or super()._new_conn()

    return Connection


class Session:
    """One errand's connections to one sign-in service; msal's `http_client`."""

    def __init__(
        self,
        authority: str,
        context: ssl.SSLContext,
        sockets: Sockets,
        documents: Documents,
        deadlines: Deadlines,
        dial: Dial,
        proxies: Proxies | None,
        route: Route | None,
    ) -> None:
        self._authority = authority.rstrip("/") + "/"
        self._judge = Judge(authority.partition("://")[2].partition("/")[0])
        self._sockets, self._documents, self._deadlines = sockets, documents, deadlines
        self._dial, self._proxies, self._route = dial, proxies or environment_proxies, route
        self._way = DIRECT  # of the question that is being asked
        self._session = requests.Session()
        self._session.trust_env = False  # no REQUESTS_CA_BUNDLE, no .netrc
        self._session.headers.clear()
        self._session.headers.update(_HEADERS)
        self._session.mount("https://", _Adapter(_Borrowed(context, sockets), self._connect))

    def get(self, url: str, **more: Any) -> Answer:
        """A discovery document, from memory while it is fresh."""
        if not url.startswith(self._authority) or not url.endswith(_DISCOVERY):
            raise requests.exceptions.InvalidURL("nothing else is fetched")
        text = self._documents.get(url)
        if text is None:
            text = self._ask("GET", url, self._judge.directory).text
            self._documents.keep(url, text)
        return Answer(200, text, {})

    def post(
        self,
        url: str,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Answer:
        """A token or a device code."""
        asked = data or {}

        def judging(status: int, said: Mapping[str, str], body: bytes) -> dict[str, Any]:
            if "grant_type" in asked:
                return self._judge.tokens(status, said, body, asked)
            return self._judge.device_code(status, said, body, asked)

        return self._ask("POST", url, judging, data=asked, headers=headers)

    def close(self) -> None:
        """Close idle connections; the session can be used again."""
        self._session.close()
        self._sockets.release()

    def _ask(self, method: str, url: str, judging: Judging, **more: Any) -> Answer:
        limits = (self._deadlines.connect, self._deadlines.reply)
        proxies = self._find_way(url)
        more |= {"timeout": limits, "proxies": proxies, "stream": True, "allow_redirects": False}
        try:
            response = self._session.request(method, url, **more)
        except requests.exceptions.ProxyError as error:
            seen = of_proxy(error, urlsplit(url).hostname or "", proxies.get("https", ""))
            raise MailError(seen) from None
        with response:
            body = self._read(response)
        headers = {name.lower(): value for name, value in response.headers.items()}
        try:
            text = json.dumps(judging(response.status_code, headers, body))
        except UnfitError as unfit:
            raise UnfitAnswerError(unfit) from None
        # 200 and 400 are all that msal tells apart; its own memory of refusals is for one session.
        return Answer(response.status_code, text, {})

    def _find_way(self, url: str) -> dict[str, str]:
        """Which way this question goes; what is left to requests is a proxy that speaks HTTPS."""
        self._way = self._route or DIRECT
        if self._route is not None:
            return {}
        system = dict(self._proxies(url))
        parts = urlsplit(url)
        host = Endpoint(Protocol.GRAPH, parts.hostname or "", parts.port or 443, Security.TLS)
        self._way = through_system_proxy(DIRECT, system, host)
        over_tls = system.get("https", "").lower().startswith("https:")
        return {} if self._way.proxy or not over_tls else {"https": system["https"]}

    def _connect(self, host: str, port: int) -> socket.socket | None:
        if self._way.proxy is None:
            return None
        return self._dial(self._way, host, port, self._deadlines.connect, self._sockets.add)

    def _read(self, response: requests.Response) -> bytes:
        body, end = b"", time.monotonic() + self._deadlines.work
        for part in response.iter_content(_CHUNK):
            body += part
            if len(body) > MOST_BODY or time.monotonic() > end:
                raise requests.exceptions.ContentDecodingError("without end")
        return body
