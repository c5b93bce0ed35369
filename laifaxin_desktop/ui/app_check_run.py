"""Signs in once to look at an app, step by step; keeps nothing of what it was given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from laifaxin_desktop.engine.app_check import Outcome
from laifaxin_desktop.engine.draft import Draft
from laifaxin_desktop.model.microsoft import Permission, SignIn
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, MailError, Stage

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

# Of a request for a code these say something about the app; whether codes may be used at all is
# another question.
_TELLING = ("app_not_found", "wrong_cloud", "tenant_not_found", "authority_unreachable")


class AppCheckRun:
    """One look; the next waits until the door of the one before has closed."""

    def __init__(self, app: App, draft: Draft, sign_in: SignIn, changed: Callable[[], None]):
        """`draft` knows the mailbox and, typed or stored, the app's secret."""
        self._app, self._draft = app, draft
        self.sign_in = replace(sign_in, granted=())  # what was given before proves nothing now
        self._changed = changed
        self._before: asyncio.Task[Outcome | None] | None = None
        self.task: asyncio.Task[Outcome | None] | None = None
        self.found = False  # a code was given for the id
        self.url = ""  # the page that the browser is to open

    @property
    def running(self) -> bool:
        """Whether the sign-in is on its way."""
        return self.task is not None and not self.task.done()

    def stop(self) -> None:
        """Give up; the door closes."""
        if self.task is not None and not self.task.done():
            self.task.cancel()
            self._before = self.task
        self.url = ""

    def named(self, code: str) -> Diagnosis:
        """What a number means that only the browser showed."""
        return self._diagnosed(Evidence(Stage.SIGN_IN, Fault.REJECTED, codes=(code,)))

    def broken(self, bug: BaseException) -> Diagnosis:
        """A mistake of ours, shown as such."""
        return self._diagnosed(Evidence(Stage.SIGN_IN, Fault.BUG, detail=type(bug).__name__))

    async def run(self) -> Outcome:
        """The request for a code, where the app may have one, then the browser."""
        if self._before is not None and not self._before.done():
            await asyncio.wait({self._before})
        self.found, self.url = False, ""
        try:
            return await self._ask_for_code() or await self._by_browser()
        except MailError as error:
            return self._diagnosed(error.evidence)
        finally:
            self.url = ""

    async def _ask_for_code(self) -> Diagnosis | None:
        """Whether the id exists: that needs nobody to sign in."""
        if self.sign_in.confidential:
            return None  # has a secret: a code is not for it
        oauth = await self._app.signing(self._draft)
        try:
            async with oauth.device(self.sign_in, tuple(Permission)):
                self.found = True
        except MailError as error:
            seen = self._diagnosed(error.evidence)
            return seen if seen.problem in _TELLING else None
        self._changed()
        return None

    async def _by_browser(self) -> Outcome:
        secret = await self._app.client_secret(self._draft) if self.sign_in.confidential else None
        address = self._draft.address
        hint = "" if self.sign_in.shared or address is None else str(address)
        oauth = await self._app.signing(self._draft)
        async with oauth.browser(
            self.sign_in, tuple(Permission), hint=hint, client_secret=secret
        ) as door:
            self.url = door.url
            self._changed()
            return await door.granted()

    def _diagnosed(self, seen: Evidence) -> Diagnosis:
        return self._app.table.diagnose(seen)
