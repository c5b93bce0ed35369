"""Runs one sign-in at a time; what ran before is cancelled, and its door closed, before the next.

Shows nothing: the page draws what stands here, whenever `changed` is called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import Draft, permissions, permissions_by_code
from laifaxin_desktop.engine.ports import DeviceFlow
from laifaxin_desktop.engine.setup import asks_app
from laifaxin_desktop.model.microsoft import Granted, SignIn
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage

_MOST_CODES = 2


class Means(StrEnum):
    """How the sign-in is done."""

    BROWSER = "browser"
    DEVICE = "device"
    REDEEM = "redeem"  # a pasted refresh token


@dataclass
class Signing:
    """One sign-in on its way: the page to open, or the code to show, as soon as there is one."""

    app: App
    changed: Callable[[], None]
    url: str = ""
    code: DeviceFlow | None = None
    hint: str = ""  # whose name the browser is given
    codes: int = 0  # how many there have been for this sign-in

    def __post_init__(self) -> None:
        self._ending: set[asyncio.Task[Any]] = set()

    @property
    def waits(self) -> bool:
        """Whether a person is waited for."""
        return bool(self.url) or self.code is not None

    def end(self, running: set[asyncio.Task[Any]]) -> None:
        """What runs was cancelled: its door is closing."""
        self._ending = {task for task in self._ending | running if not task.done()}
        self.url, self.code, self.codes = "", None, 0

    async def run(self, means: Means, draft: Draft, app: SignIn) -> Granted | MailError:
        """Sign in; the doors before are waited for, they may be wanted on the same port."""
        if self._ending:
            await asyncio.wait(self._ending)
        flows: dict[Means, Callable[[Draft, SignIn], Awaitable[Granted]]] = {
            Means.BROWSER: self._browser,
            Means.DEVICE: self._device,
            Means.REDEEM: self._redeem,
        }
        try:
            return await flows[means](draft, app)
        except MailError as error:
            return error

    async def _browser(self, draft: Draft, app: SignIn) -> Granted:
        secret = await self.app.client_secret(draft) if app.confidential else None
        oauth = await self.app.signing(draft)
        async with oauth.browser(
            app, permissions(draft), hint=self.hint, client_secret=secret
        ) as door:
            self.url = door.url
            self.changed()
            return await door.granted()

    async def _device(self, draft: Draft, app: SignIn) -> Granted:
        """A code is good for one resource: IMAP and Graph need one each."""
        cloud, oauth = self.app.clouds.cloud(app.cloud), await self.app.signing(draft)
        needed, wanted = permissions_by_code(draft)
        app = replace(app, granted=())  # what was agreed to long ago may have been taken back
        while True:
            self.codes += 1
            async with oauth.device(app, wanted) as device:
                self.code = device
                self.changed()
                granted = await device.granted()
            missing = {each for each in needed if not granted.sign_in.allows(cloud, each)}
            if not missing or self.codes == _MOST_CODES:
                return granted  # what is missing now is not given: the check says which
            # Asked for anew with the rest: what is known to be granted is what the last one gave.
            self.code, app = None, granted.sign_in
            self.changed()

    async def _redeem(self, draft: Draft, app: SignIn) -> Granted:
        if draft.refresh_token is None:
            raise MailError(Evidence(Stage.SIGN_IN, Fault.UNEXPECTED, detail="no token"))
        secret = await self.app.client_secret(draft) if app.confidential else None
        oauth = await self.app.signing(draft)
        return await oauth.redeem(
            app, permissions(draft), draft.refresh_token, client_secret=secret
        )


def app_of(app: App, draft: Draft) -> SignIn | None:
    """The app to sign in with: as typed, as stored, else the program's own."""
    kept = draft.sign_in
    if asks_app(draft):
        return kept
    ours = app.one_click(draft.provider)
    if kept is None or ours is None or draft.editing is not None:
        return kept or ours
    return kept if (kept.client_id, kept.cloud) == (ours.client_id, ours.cloud) else ours
