"""The menu of the chosen accounts: offers what makes sense for them, and does nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.problem import Fix

from .account_row import Row, explain, has_ended, has_other_ways, has_own_app
from .admin_note import has_note
from .languages import Languages

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

    from .actions import AccountActions


class AccountMenu(QMenu):
    """Filled anew each time it opens."""

    def __init__(
        self, app: App, languages: Languages, acts: AccountActions, window: QWidget
    ) -> None:
        super().__init__(window)
        self.setObjectName("account_menu")
        self._app, self._languages, self._acts = app, languages, acts

    def show_rows(self, rows: Sequence[Row], where: QPoint) -> None:
        """Open for these accounts; what makes no sense for several is left out."""
        self.clear()
        acts = self._acts
        one = rows[0] if len(rows) == 1 else None
        if one is not None:
            self._fix(one)
            again = acts.choose_way if has_ended(one) else acts.reauthorize
            self._add("reauthorize_action", self.tr("重新授权…"), lambda: again(one))
        if any(not row.account.paused for row in rows):
            self._add("check_action", self.tr("立即检测"), lambda: acts.check(rows), "F5")
        if one is not None:
            self._one(one)
        if going := [row for row in rows if not row.account.paused]:
            self._add("pause_action", self.tr("暂停"), lambda: acts.pause(going, True))
        if resting := [row for row in rows if row.account.paused]:
            self._add("resume_action", self.tr("恢复"), lambda: acts.pause(resting, False))
        self.addSeparator()
        self._add("copy_action", self.tr("复制诊断信息"), lambda: acts.copy_rows(rows))
        if one is not None and one.diagnosis and has_note(self._app, one.diagnosis):
            note = self._app.words("fix.ask_admin").say(self._languages.current)
            self._add("note_action", note, lambda: acts.copy_for_admin(one))
        self.addSeparator()
        if one is not None and one.account.settings.auth in SIGNED_IN:
            self._add("revoke_action", self.tr("移除连接…"), lambda: acts.remove_connection(one))
        words = self.tr("删除…")
        self._add("delete_action", words, lambda: acts.delete_wanted.emit(list(rows)), "Del")
        self.popup(where)

    def _fix(self, row: Row) -> None:
        """What mends its problem, in the problem's own words."""
        said = explain(self._app, row)
        if said and row.diagnosis and row.diagnosis.fix not in (Fix.NONE, Fix.REAUTHORIZE):
            button = said.button.say(self._languages.current)
            self._add("fix_action", button, lambda: self._acts.mend(row))
            self.addSeparator()

    def _one(self, row: Row) -> None:
        """What changes how one account gets to its mail."""
        acts = self._acts
        self._add("edit_servers_action", self.tr("编辑服务器设置…"), lambda: acts.repair(row))
        if has_other_ways(row):
            words = self.tr("换一种登录方式…")
            self._add("switch_way_action", words, lambda: acts.choose_way(row))
        if has_own_app(self._app, row):
            self._add("check_app_action", self.tr("检查我的应用…"), lambda: acts.check_app(row))

    def _add(self, name: str, words: str, act: Callable[[], object], keys: str = "") -> None:
        action = self.addAction(words, lambda: act())
        action.setObjectName(name)
        if keys:
            action.setShortcut(keys)
