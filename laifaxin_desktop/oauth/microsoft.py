"""Signs in with Microsoft by browser, device code or refresh token, and renews; never blocks.

The shape is `engine.ports.OAuth`. Whatever hangs is left behind at its deadline; leaving a flow's
block closes the door, cuts the connections and keeps nothing.
"""

from __future__ import annotations

import asyncio
import copy
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from laifaxin_desktop.model.microsoft import (
    Access,
    Cloud,
    CloudId,
    Granted,
    Permission,
    Renewed,
    SignIn,
)
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.route import Route
from laifaxin_desktop.model.secret import Secret

from .deadlines import Deadlines
from .documents import Documents
from .door import open_door
from .entra import Client, Reach, host_of
from .errands import accessed, claims_of, redeemed
from .flows import Browser, Case, Device
from .pasted import Slip, read_tenant
from .redirect import RedirectError, parse_redirect
from .scopes import Spellings, grants
from .stored import Successors, app_secret_of, pack, unpack
from .thread import Dial, in_thread

if TYPE_CHECKING:
    from .session import Proxies

T = TypeVar("T")
_AT_ONCE = 4  # renewals: more threads would keep the loop from its turn


def _utc() -> datetime:
    return datetime.now(UTC)


class Microsoft:
    """Made once by app.py; its verbs are those of `engine.ports.OAuth`."""

    def __init__(
        self,
        clouds: Callable[[CloudId], Cloud],
        context: ssl.SSLContext,
        *,
        page: str,
        dial: Dial,
        now: Callable[[], datetime] = _utc,
        proxies: Proxies | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        """Nothing is imported or asked yet.

        :param context: verifies the sign-in service; it is not changed
        :param page: resources/return_page.html
        :param dial: gets through a proxy
        :param proxies: the system's for a URL; the environment's when not given
        """
        self._clouds, self._page, self._now = clouds, page, now
        self._deadlines = deadlines or Deadlines()
        self._reach = Reach(context, Documents(), self._deadlines, dial, proxies)
        self._spellings = Spellings()
        self._successors = Successors()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def through(self, route: Route | None) -> Microsoft:
        """The same by this way; see `engine.ports.OAuth`. What is remembered is shared."""
        other = copy.copy(self)
        other._reach = replace(self._reach, route=route)
        return other

    @asynccontextmanager
    async def browser(
        self,
        sign_in: SignIn,
        permissions: Collection[Permission],
        *,
        hint: str = "",
        client_secret: Secret | None = None,
    ) -> AsyncIterator[Browser]:
        """Open our door for the browser; see `engine.ports.OAuth`.

        `client_secret` may also be what is stored of an earlier sign-in with the same app.
        """
        try:
            redirect = parse_redirect(sign_in.redirect)
        except RedirectError as error:
            raise _unfit("INVALID_REDIRECT", error.slip.value) from None
        state = Secret(secrets.token_urlsafe(32))
        async with open_door(redirect, state, self._page, self._deadlines) as door:
            case = self._case(sign_in, permissions, client_secret)
            try:
                yield await Browser.begin(case, door, state, hint)
            finally:
                case.client.sockets.cut()

    @asynccontextmanager
    async def device(
        self, sign_in: SignIn, permissions: Collection[Permission]
    ) -> AsyncIterator[Device]:
        """Ask for a device code; see `engine.ports.OAuth`.

        A code is good for one resource (with two, /token answers AADSTS28000): that of the first
        permission `sign_in` does not have yet. What was agreed to before is granted too; for the
        rest, begin again with the sign-in that this one gave.
        """
        case = self._case(sign_in, permissions, None)
        try:
            yield await Device.begin(case, self._now, self._deadlines.second)
        finally:
            case.client.sockets.cut()

    async def redeem(
        self,
        sign_in: SignIn,
        permissions: Collection[Permission],
        refresh_token: Secret,
        *,
        client_secret: Secret | None = None,
    ) -> Granted:
        """Turn a refresh token from elsewhere into a sign-in of ours; see `engine.ports.OAuth`."""
        cloud = self._cloud(sign_in)
        client = Client(self._reach, cloud, sign_in, app_secret_of(client_secret))
        return await self._run(
            client,
            lambda: redeemed(client, cloud, sign_in, permissions, refresh_token, self._spellings),
        )

    async def access(
        self,
        sign_in: SignIn,
        permission: Permission,
        secret: Secret,
        *,
        force: bool = False,
        claims: str = "",
    ) -> Renewed:
        """A token for one resource; see `engine.ports.OAuth`."""
        cloud = self._cloud(sign_in)
        challenge = claims_of(claims) if claims else ""

        def renew() -> Renewed:
            known = kept = self._successors.latest(secret)
            stored = unpack(known, time.time())
            client = Client(self._reach, cloud, sign_in, stored.app_secret, stored)
            try:
                token = accessed(
                    client, cloud, sign_in, permission, self._spellings,
                    force=force or bool(claims), claims=challenge,
                )  # fmt: skip
            finally:
                # Rotated is rotated, also when this ends badly or after its deadline.
                if client.changed:
                    kept = pack(client.cache(), stored.app_secret)
                    self._successors.note(known, kept)
            if not grants(token.granted, cloud, permission):
                raise MailError(
                    Evidence(
                        Stage.SIGN_IN, Fault.UNGRANTED,
                        host=client.host, port=443, detail=permission.value,
                    )
                )  # fmt: skip
            ends = self._now() + timedelta(seconds=token.seconds)
            return Renewed(Access(Secret(token.text), token.granted, ends, token.fresh), kept)

        async with self._turns:
            # Never cut: the answer on its way may be the only one to hold the rotated token.
            return await in_thread(renew, self._deadlines.work, host_of(cloud))

    def latest(self, secret: Secret) -> Secret:
        """What became of a secret; see `engine.ports.OAuth`."""
        return self._successors.latest(secret)

    def _cloud(self, sign_in: SignIn) -> Cloud:
        if not sign_in.tenant or isinstance(read_tenant(sign_in.tenant), Slip):
            raise _unfit("INVALID_TENANT")
        return self._clouds(sign_in.cloud)

    def _case(
        self, sign_in: SignIn, permissions: Collection[Permission], client_secret: Secret | None
    ) -> Case:
        cloud = self._cloud(sign_in)
        client = Client(self._reach, cloud, sign_in, app_secret_of(client_secret))
        wanted = tuple(each for each in Permission if each in permissions)
        spelling = self._spellings.of(cloud)
        return Case(self._run, client, cloud, sign_in, wanted, self._spellings, spelling)

    async def _run(self, client: Client, work: Callable[[], T]) -> T:
        cut = client.sockets.cut
        return await in_thread(work, self._deadlines.work, client.host, cut=cut)


def _unfit(code: str, detail: str = "") -> MailError:
    """What was typed can be no such thing; nobody was asked."""
    return MailError(Evidence(Stage.SIGN_IN, Fault.REJECTED, codes=(code,), detail=detail))
