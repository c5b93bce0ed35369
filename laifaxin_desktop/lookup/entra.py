"""Asks Microsoft's sign-in hosts which cloud a domain lives in; sends the domain, never an address,
follows nobody elsewhere, and signs nobody in."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

from laifaxin_desktop import __version__
from laifaxin_desktop.model.microsoft import CloudId
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage

from .call import Call, Dial, Heard, told
from .dns import has_route

_SECONDS = 8.0  # for all hosts together
_MOST = 64 * 1024  # bytes of one answer; the real one has about 2,000
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)+{_LABEL}")
# What the OpenID configuration of a tenant names as its cloud.
_INSTANCES = {
    "microsoftonline.com": CloudId.WORLDWIDE,
    "microsoftonline.us": CloudId.GCC_HIGH,
    "partner.microsoftonline.cn": CloudId.CHINA,
    "microsoftonline.cn": CloudId.CHINA,
    "chinacloudapi.cn": CloudId.CHINA,
}


async def cloud_of(
    domain: str,
    authorities: Sequence[str],
    context: ssl.SSLContext,
    heard: Heard,
    dial: Dial | None = None,
    *,
    seconds: float = _SECONDS,
) -> CloudId | None:
    """The cloud that holds a domain's tenant; None where no cloud knows the domain.

    `authorities` are the clouds' own (https://login.microsoftonline.com), the likeliest first:
    the others are asked only where it knows nothing. A domain may have tenants in two clouds, so
    what its mail exchangers say goes before this. `dial` connects by the system's proxy.

    :raises MailError: stage lookup: bad_host_name, offline, timeout, lookup_failed
    """
    if not _DOMAIN.fullmatch(domain):
        heard(domain, Fault.BAD_HOST_NAME)
        raise MailError(Evidence(Stage.LOOKUP, Fault.BAD_HOST_NAME, host=domain))
    first, *others = dict.fromkeys(authorities)

    async def ask(authority: str) -> CloudId | MailError | None:
        call = _Call(authority, domain, context, seconds / 2, dial)
        with told(call.url, heard):
            answer = await call.answer()
        failed = answer.evidence.fault if isinstance(answer, MailError) else ""
        heard(call.url, failed or ("found" if answer else "nothing"))
        return answer

    answers = [await ask(first)]
    if not isinstance(answers[0], CloudId):
        answers += await asyncio.gather(*map(ask, others))
    if found := next((answer for answer in answers if isinstance(answer, CloudId)), None):
        return found
    if failed := next((answer for answer in answers if isinstance(answer, MailError)), None):
        raise failed
    return None


class _Call(Call[CloudId | MailError | None]):
    """The question for a tenant's OpenID configuration."""

    def __init__(
        self,
        authority: str,
        domain: str,
        context: ssl.SSLContext,
        seconds: float,
        dial: Dial | None,
    ) -> None:
        super().__init__(urlsplit(authority).netloc, seconds, "cloud look-up", dial)
        self._path = f"/{domain}/v2.0/.well-known/openid-configuration"
        self._context = context
        self.url = f"https://{self._host}{self._path}"

    async def answer(self) -> CloudId | MailError | None:
        """The cloud, None where the host has no such tenant, or why nobody knows."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._answered(self._failed(Fault.UNEXPECTED))
        except TimeoutError:
            return self._failed(Fault.TIMEOUT)
        finally:
            self.cut()

    def _failed(self, fault: Fault, detail: str = "", codes: tuple[str, ...] = ()) -> MailError:
        evidence = Evidence(
            Stage.LOOKUP, fault, host=self._host, port=443, detail=detail, codes=codes
        )
        return MailError(evidence)

    def _ask(self) -> CloudId | MailError | None:
        try:
            with self._by_proxy() or self._directly() as plain:
                try:
                    if not self._hold(plain):
                        return None
                    status, body = self._talk(plain)
                finally:
                    self._let_go()
        except MailError as error:
            return self._failed(Fault.LOOKUP_FAILED, error.evidence.fault)
        except TimeoutError:
            return self._failed(Fault.TIMEOUT)
        except (OSError, http.client.HTTPException) as error:
            fault = Fault.LOOKUP_FAILED if has_route() else Fault.OFFLINE
            return self._failed(fault, type(error).__name__)
        return self._judge(status, body)

    def _directly(self) -> socket.socket:
        return socket.create_connection((self._host, 443), self._seconds)

    def _talk(self, plain: socket.socket) -> tuple[int, bytes]:
        """The status and at most one byte too much of the body.

        Not httpx: it would put its own ALPN into the context that the mail servers share.
        """
        with self._context.wrap_socket(plain, server_hostname=self._host) as tls:
            connection = http.client.HTTPSConnection(self._host, context=self._context)
            connection.sock = tls
            headers = {
                "Accept": "application/json",
                "Connection": "close",
                "User-Agent": f"laifaxin-desktop/{__version__}",
            }
            connection.request("GET", self._path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read(_MOST + 1)

    def _judge(self, status: int, body: bytes) -> CloudId | MailError | None:
        code = (str(status),)
        try:
            answer = json.loads(body) if len(body) <= _MOST else None
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):  # a captive portal, a proxy's own page
            return self._failed(Fault.LOOKUP_FAILED, "no JSON object", code)
        if status == 400 and "error" in answer:  # AADSTS90002 and its kin: no such tenant here
            return None
        if status != 200:
            return self._failed(Fault.LOOKUP_FAILED, codes=code)
        return _named(answer)


def _named(configuration: dict[str, object]) -> CloudId | None:
    """The cloud that a tenant's OpenID configuration names.

    GCC High and DoD share their sign-in host; the sub-scope DODCON is GCC High (seen in public
    tenants of both).
    """
    cloud = _INSTANCES.get(str(configuration.get("cloud_instance_name")).lower())
    dod = str(configuration.get("tenant_region_sub_scope")).upper() == "DOD"
    return CloudId.DOD if cloud is CloudId.GCC_HIGH and dod else cloud
