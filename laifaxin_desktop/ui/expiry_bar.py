"""Says once, 30 days ahead, that an app's secret ends; who has read it is not told again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from laifaxin_desktop.model.problem import MailError

from .account_row import Row
from .app_secret_expiry import ExpiryWords, days_left, today
from .loop import spawn
from .notice import Notice, label

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

_TOLD = "app_secrets_told"  # account id -> the day that was told of


class ExpiryBar(Notice):
    """There while an app's secret ends soon that a person has not heard of."""

    show_wanted = Signal(str)  # the account to begin with

    def __init__(self, app: App, parent: QWidget | None = None) -> None:
        super().__init__("expiry_bar", "notice", parent)
        self._app = app
        self._words = ExpiryWords(self)
        self._told: dict[str, str] | None = None  # not read yet
        self._rows: list[Row] = []
        self.see = self.button("expiry_show_button", self._show, "primary")
        self.heard = self.button("expiry_heard_button", self._hear)
        self.hide()
        self.retranslate()

    def look(self, rows: Iterable[Row]) -> None:
        """Decide whether to be there."""
        now = today()
        self._rows = [row for row in rows if days_left(row.account, now) is not None]
        if self._rows and self._told is None:
            spawn(self._read(), self, self._known)
        else:
            self._draw()

    def retranslate(self) -> None:
        """The language changed."""
        label(self.see, self.tr("查看"))
        label(self.heard, self.tr("知道了"))
        self._draw()

    @property
    def untold(self) -> list[Row]:
        """Whose secret ends soon, the first to end first; without those that were told of."""
        told, now = self._told, today()
        if told is None:
            return []
        new = [row for row in self._rows if told.get(row.id) != _day(row)]
        return sorted(new, key=lambda row: days_left(row.account, now) or 0)

    def _draw(self) -> None:
        rows = self.untold
        self.setVisible(bool(rows))
        if not rows:
            return
        sentence = self._words.sentence(rows[0].account, today())
        first = self.tr("{address}：{sentence}。").format(
            address=rows[0].address, sentence=sentence
        )
        more = len(rows) - 1
        rest = self.tr("另外还有 %n 个邮箱的应用密码也快到期。", "", more) if more else ""
        self.say(" ".join(filter(None, (first, rest))))

    def _show(self) -> None:
        if rows := self.untold:
            self.show_wanted.emit(rows[0].id)
        self._hear()

    def _hear(self) -> None:
        self._told = {**(self._told or {}), **{row.id: _day(row) for row in self.untold}}
        spawn(self._keep(dict(self._told)), self)
        self._draw()

    async def _read(self) -> dict[str, str]:
        with contextlib.suppress(MailError):  # then it is said once more
            told = await self._app.accounts.state(_TOLD)
            if isinstance(told, dict):
                return {str(one): str(day) for one, day in told.items()}
        return {}

    async def _keep(self, told: dict[str, str]) -> None:
        with contextlib.suppress(MailError):
            await self._app.accounts.set_state(_TOLD, told)

    def _known(self, told: dict[str, str]) -> None:
        self._told = told
        self._draw()


def _day(row: Row) -> str:
    app = row.account.settings.sign_in
    return app.secret_expires.isoformat() if app and app.secret_expires else ""
