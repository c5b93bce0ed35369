"""Listens to the servers while a person reads on, and says what they will not take; sends them
nothing secret, and waits for none of them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from laifaxin_desktop.engine.draft import Draft, Reason, Step
from laifaxin_desktop.engine.mechanisms import Heard
from laifaxin_desktop.model.provider import Standing
from laifaxin_desktop.ui.loop import spawn

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

_BEFORE_A_SECRET = (Step.ADDRESS, Step.WAY, Step.GUIDE, Step.SECRET)
_Key = tuple[str, str]  # the domain, and who it was found to be


class Listening(QObject):
    """Once for each domain that a new account is begun with."""

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self._flow = flow
        self._heard: dict[_Key, Heard | None] = {}  # None: still listening
        self._task: asyncio.Task[Heard | None] | None = None
        flow.finished.connect(self._stop)

    def turned(self, step: Step) -> None:
        """Another page is in view."""
        draft = self._flow.draft
        if draft.reason is not Reason.ADD or step is Step.ADDRESS or step not in _BEFORE_A_SECRET:
            return
        key = _key(draft)
        if key not in self._heard:
            self._heard[key] = None
            self._task = spawn(self._flow.app.listen(draft), self, partial(self._take, key))
        elif (heard := self._heard[key]) is not None:
            self._take(key, heard)  # the address was looked up again meanwhile

    def _take(self, key: _Key, heard: Heard) -> None:
        self._heard[key] = heard
        flow, page = self._flow, self._flow.current
        if page is None or page.step not in _BEFORE_A_SECRET or _key(flow.draft) != key:
            return
        new = flow.app.as_heard(flow.draft, heard, choose=page.step in (Step.ADDRESS, Step.WAY))
        if new is flow.draft:
            return
        flow.replace(new)
        if page.step is Step.WAY:
            page.retranslate()
            page.take_focus()
        elif page.step is Step.SECRET:
            page.retranslate()
        elif (row := new.chosen) and row.standing is Standing.BROKEN and row.reason:
            flow.note(flow.say(row.reason))

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()


def _key(draft: Draft) -> _Key:
    return draft.found_for, draft.provider.id if draft.provider else ""
