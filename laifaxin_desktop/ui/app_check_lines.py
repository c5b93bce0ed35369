"""The list of what a sign-in says about an app: a mark, a name, and what to do in the portal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout

from laifaxin_desktop.engine.app_check import PERMISSIONS, Finding, Item, State
from laifaxin_desktop.model.microsoft import SignIn
from laifaxin_desktop.model.text import Language

from .theme import set_kind, theme
from .wizard.parts import Mark, words

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

_ICONS = {State.PASSED: ("check", "ok"), State.FAILED: ("cross", "action")}


class AppCheckLines(QFrame):
    """One line an item; a screen reader hears name and state."""

    def __init__(self, app: App, language: Language, sign_in: SignIn) -> None:
        super().__init__()
        self._app, self._language, self._sign_in = app, language, sign_in
        self._cloud = app.clouds.cloud(sign_in.cloud)
        set_kind(self, "card")
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self.rows: dict[Item, tuple[Mark, QLabel, QLabel]] = {}
        for at, item in enumerate(Item):
            mark, name, hint = Mark("", "ok"), words("", f"app_check_{item}"), words("small")
            beside, place = QVBoxLayout(), QVBoxLayout()
            beside.setContentsMargins(0, theme().px(3), 0, 0)  # on the line of the first words
            beside.addWidget(mark)
            beside.addStretch(1)
            place.setSpacing(2)
            place.addWidget(name)
            place.addWidget(hint)
            grid.addLayout(beside, at, 0)
            grid.addLayout(place, at, 1)
            self.rows[item] = mark, name, hint

    def show_found(self, found: Iterable[Finding]) -> None:
        """What is known now."""
        states = {
            State.PASSED: self.tr("通过"),
            State.FAILED: self.tr("不通过"),
            State.UNKNOWN: self.tr("还不知道"),
        }
        for line in found:
            mark, name, hint = self.rows[line.item]
            mark.show_icon(*_ICONS.get(line.state, ("dash", "secondary")))
            said = self._name(line.item)
            name.setText(said)
            name.setAccessibleName(f"{said}: {states[line.state]}")
            hint.setText(self._hint(line))
            hint.setVisible(bool(line.hint))

    def _name(self, item: Item) -> str:
        if permission := PERMISSIONS.get(item):
            used = self._app.words(f"permission.{permission}").say(self._language)
            return self.tr("权限 {scope}（{used}）").format(scope=self._scope(item), used=used)
        return self._app.words(f"app_check.{item}").say(self._language)

    def _hint(self, line: Finding) -> str:
        if not line.hint:
            return ""
        places = {"scope": self._scope(line.item), "redirect": self._sign_in.redirect}
        return self._app.words(f"app_check.{line.hint}").fill(places).say(self._language)

    def _scope(self, item: Item) -> str:
        """As the portal calls it."""
        permission = PERMISSIONS.get(item)
        return self._cloud.spelled(permission).rpartition("/")[2] if permission else ""
