"""Signing in against the platform on this computer, with a browser that is a thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import replace
from typing import Any

from laifaxin_desktop.knowledge.clouds import CloudBook
from laifaxin_desktop.mail.dial import dial
from laifaxin_desktop.mail.tls import client_context
from laifaxin_desktop.model.microsoft import CloudId, Granted, Permission, Renewed, SignIn
from laifaxin_desktop.model.problem import Evidence, MailError, Stage
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.deadlines import Deadlines
from laifaxin_desktop.oauth.flows import Device
from laifaxin_desktop.oauth.microsoft import Microsoft
from laifaxin_desktop.oauth.redirect import RedirectError
from tests.servers.browser import browse
from tests.servers.entra import Entra
from tests.servers.entra.cast import CLIENT_ID, CLIENT_IDS

from .knocking import PAGE

QUICK = Deadlines(browser=10.0, work=8.0, request=1.0, linger=0.2, second=0.02)
MAIL = (Permission.IMAP, Permission.SMTP)
MIXED = (Permission.IMAP, Permission.GRAPH_SEND)
ALL = tuple(Permission)
ENTRA_NAMES = {
    CloudId.WORLDWIDE: "global",
    CloudId.GCC_HIGH: "gcc_high",
    CloudId.DOD: "dod",
    CloudId.CHINA: "china",
}


class Bench:
    """A platform and the program's part; made by the fixture `bench`."""

    def __init__(self, entra: Entra, clouds: CloudBook) -> None:
        self.entra, self.clouds = entra, clouds
        self.microsoft = self.another()

    def another(self, **more: Any) -> Microsoft:
        """A program that has just been started."""
        given = {"page": PAGE, "deadlines": QUICK, "dial": dial} | more
        return Microsoft(self.clouds.cloud, client_context(), **given)

    def app(self, cloud: CloudId = CloudId.WORLDWIDE, **more: Any) -> SignIn:
        """The app that the platform knows in each cloud."""
        return SignIn(CLIENT_IDS[ENTRA_NAMES[cloud]], cloud, **more)

    async def by_browser(
        self,
        sign_in: SignIn | None = None,
        permissions: Collection[Permission] = MAIL,
        *,
        hint: str = "someone@outlook.com",
        client_secret: Secret | None = None,
        orders: Mapping[str, Any] | None = None,
    ) -> Granted:
        """Somebody signs in in the browser."""
        async with self.microsoft.browser(
            sign_in or self.app(), permissions, hint=hint, client_secret=client_secret
        ) as flow:
            visiting = asyncio.create_task(asyncio.to_thread(browse, flow.url, dict(orders or {})))
            try:
                return await flow.granted()
            finally:
                self.visit = await visiting

    @contextlib.asynccontextmanager
    async def device(
        self, sign_in: SignIn | None = None, permissions: Collection[Permission] = MAIL
    ) -> AsyncIterator[Device]:
        """A device code."""
        async with self.microsoft.device(sign_in or self.app(), permissions) as flow:
            yield flow

    async def access(
        self, given: Granted, permission: Permission = Permission.IMAP, **more: Any
    ) -> Renewed:
        """A token of a sign-in."""
        return await self.microsoft.access(given.sign_in, permission, given.secret, **more)

    def audience(self, renewed: Renewed) -> str:
        """The resource that the platform made the token for."""
        return self.entra.state.tokens.access[renewed.access.token.reveal()].resource

    def refresh_token(self, login: str = "someone@outlook.com", scope: str = "") -> Secret:
        """One from elsewhere: the person has agreed to `scope` in another program."""
        user = self.entra.user(login)
        app = self.entra.state.directory.apps[CLIENT_ID]
        agreed = user.consents.setdefault(CLIENT_ID, set())
        for each in scope.split():
            resource, _, name = each.rpartition("/")
            agreed.add((resource, name))
        return Secret(self.entra.state.tokens.new_refresh(user, app, app.platform))


def threads() -> list[threading.Thread]:
    """Those of the program's errands that are still running."""
    return [each for each in threading.enumerate() if each.name == "sign-in"]


def kept(given: Granted, renewed: Renewed) -> Granted:
    """The sign-in as it stands after a renewal."""
    return replace(given, secret=renewed.secret)


def seen(caught: Any) -> Evidence:
    """The evidence of what pytest.raises caught; nothing hangs on to the exception."""
    error = caught.value
    assert isinstance(error, MailError)
    assert error.evidence.stage is Stage.SIGN_IN
    assert error.__cause__ is None
    assert error.__context__ is None or isinstance(error.__context__, MailError | RedirectError)
    return error.evidence
