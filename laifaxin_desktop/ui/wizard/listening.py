"""Listens to the servers while a person reads on, and says what they will not take; sends them
nothing secret, and waits for none of them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from laifaxin_desktop.engine.draft import Draft, Reason, Step, with_way
from laifaxin_desktop.engine.mechanisms import Heard
from laifaxin_desktop.model.provider import AuthWay, Provider, Standing
from laifaxin_desktop.ui.loop import spawn

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

AGAIN = 10.0  # seconds after which servers that ruled something out may have been mended

_BEFORE_A_SECRET = (Step.ADDRESS, Step.WAY, Step.GUIDE, Step.SECRET)
_Key = tuple[str, ...]  # the domain, who it was found to be, the account that is there already
_Choice = tuple[AuthWay | None, bool]


@dataclass(slots=True)
class _Known:
    """What the servers of one domain said, and what that made of its ways."""

    heard: Heard
    at: float  # the monotonic clock
    before: Provider | None = None  # as the directory has it, and as the servers have it
    after: Provider | None = None
    left: _Choice | None = None  # the way that was left for them, and the one taken instead
    taken: _Choice | None = None

    def worth_asking(self, now: float) -> bool:
        """Whether another answer would change anything: most servers agree, and are asked once."""
        return (not self.heard or self.after is not None) and now - self.at >= AGAIN


class Listening(QObject):
    """Once for each account, new or signed in again; once more where something stands back."""

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self._flow = flow
        self._known: dict[_Key, _Known] = {}
        self._asking: _Key | None = None
        self._task: asyncio.Task[Heard | None] | None = None
        flow.finished.connect(self._stop)

    def turned(self, step: Step) -> None:
        """Another page is in view."""
        draft = self._flow.draft
        if draft.reason is Reason.REPAIR or step is Step.ADDRESS or step not in _BEFORE_A_SECRET:
            return
        key = _key(draft)
        known = self._known.get(key)
        if known is not None:
            self._show(key, known)  # the address was looked up again meanwhile
        if self._asking != key and (known is None or known.worth_asking(time.monotonic())):
            self._stop()
            self._asking = key
            self._task = spawn(self._flow.app.listen(draft), self, partial(self._take, key))

    def _take(self, key: _Key, heard: Heard) -> None:
        self._asking = None
        known = self._known.setdefault(key, _Known(heard, 0.0))
        if heard or not known.heard:  # nobody answers now: what they said still holds
            known.heard = heard
        known.at = time.monotonic()
        self._show(key, known)

    def _show(self, key: _Key, known: _Known) -> None:
        flow, page = self._flow, self._flow.current
        if page is None or page.step not in _BEFORE_A_SECRET or _key(flow.draft) != key:
            return
        open_still = flow.draft.reason is Reason.ADD and page.step in (Step.ADDRESS, Step.WAY)
        new = self._as_heard(known, choose=open_still)
        if (new.provider, _choice(new)) == (flow.draft.provider, _choice(flow.draft)):
            return
        flow.replace(new)
        if page.step is Step.WAY:
            page.retranslate()
            page.take_focus()
        elif page.step is Step.SECRET:
            page.retranslate()
        elif (row := new.chosen) and row.standing is Standing.BROKEN and row.reason:
            flow.note(flow.say(row.reason))

    def _as_heard(self, known: _Known, *, choose: bool) -> Draft:
        """The draft with its ways as the servers have them now, nothing left of what they said."""
        draft = self._flow.draft
        if known.after is not None and draft.provider == known.after:
            draft = replace(draft, provider=known.before)
        new = self._flow.app.as_heard(draft, known.heard, choose=choose)
        marked = new.provider is not draft.provider
        known.before, known.after = draft.provider, new.provider if marked else None
        if _choice(new) != _choice(draft):
            known.left, known.taken = _choice(draft), _choice(new)
        elif choose and known.left is not None and _choice(new) == known.taken:
            way, own_app = known.left
            row = new.provider.way(way, own_app=own_app) if new.provider and way else None
            if row is not None and row.standing is not Standing.BROKEN:
                known.left = known.taken = None
                return with_way(new, row.way, own_app=own_app)
        return new

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._asking = None


def _key(draft: Draft) -> _Key:
    account = draft.editing.id if draft.editing else ""
    return draft.found_for, draft.provider.id if draft.provider else "", account


def _choice(draft: Draft) -> _Choice:
    return draft.way, draft.own_app
