"""Somebody at the wizard: clicks what is visible and enabled, types where the focus is, counts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.ui.languages import Languages
from laifaxin_desktop.ui.wizard.window import SetupWizard

from .conftest import drive
from .sample_wizard import sample_app, until

LEFT = Qt.MouseButton.LeftButton


class Person:
    """Uses one wizard, only through what can be seen."""

    def __init__(self, wizard: SetupWizard) -> None:
        self.wizard = wizard
        self.clicks = 0

    @property
    def step(self) -> Step | None:
        """The page in view."""
        page = self.wizard.current
        return page.step if page else None

    def button(self, name: str) -> QAbstractButton:
        """The visible button that a screen reader calls by this name."""
        found = [button for button in self._buttons() if button.accessibleName() == name]
        assert found, f"no visible button {name}: {self.seen()}"
        return found[0]

    def click(self, name: str, *, twice: bool = False) -> None:
        """One click, or a nervous double click, on a button that takes it."""
        button = self.button(name)
        assert button.isEnabled(), f"{name} is disabled"
        self.clicks += 1
        where = button.mapTo(self.wizard, button.rect().center())
        QTest.mouseClick(button, LEFT)
        if twice:  # the second press meets whatever is at this place by now
            here = self.wizard.childAt(where)
            if here is not None and self.wizard.isVisible():
                QTest.mouseDClick(here, LEFT)
                QTest.mouseRelease(here, LEFT)

    async def next(self, name: str = "下一步") -> None:
        """下一步, as soon as it is enabled."""
        await until(lambda: self.button(name).isEnabled())
        self.click(name)

    def type(self, text: str) -> None:
        """Into whatever has the focus."""
        field = self.wizard.focusWidget()
        assert isinstance(field, QLineEdit), field
        field.selectAll()
        QTest.keyClicks(field, text)

    async def choose_secret(self) -> None:
        """A way with a password, where signing in with Microsoft comes first."""
        draft = self.wizard.draft
        if draft.signs_in:
            way = next(way for way in draft.provider.ways if way.way not in SIGNED_IN)
            await self.press(way.title.say(self.wizard.languages.current))

    async def press(self, name: str) -> None:
        """A button, box or way that comes into view by itself."""
        await until(lambda: any(b.accessibleName() == name for b in self._buttons()))
        self.click(name)

    def _buttons(self) -> list[QAbstractButton]:
        found = self.wizard.findChildren(QAbstractButton)
        return [button for button in found if button.isVisible()]

    async def reach(self, step: Step, seconds: float = 5.0) -> None:
        """Wait for a page that comes by itself."""
        await until(lambda: self.step is step, seconds)

    async def fail(self) -> None:
        """Wait for a check that does not pass, until it is over and its cards can be clicked."""
        page = self.wizard.current
        await until(lambda: not page.busy and (cards := page.cards) and cards[-1].isVisible())

    def seen(self) -> list[str]:
        """Every word in view."""
        widgets = [w for w in self.wizard.findChildren(QWidget) if w.isVisible()]
        return [w.text() for w in widgets if isinstance(w, QLabel | QAbstractButton) and w.text()]

    async def to_secret(self, address: str) -> None:
        """Up to the secret's page, skipping what can be skipped."""
        self.type(address)
        await self.next()
        await until(lambda: self.wizard.focusWidget())
        while self.step is not Step.SECRET:
            if self.step is Step.WAY:
                await self.choose_secret()
            if self.step is Step.GUIDE:
                self.click("跳过")
            else:
                await self.next()
        await asyncio.sleep(0)  # the focus lands with the next turn of the loop


Walk = Callable[[Person], Awaitable[Any]]


def use(
    folder: Path,
    languages: Languages,
    walk: Walk,
    *,
    reason: Reason = Reason.ADD,
    account: Callable[[App], Awaitable[Account]] | None = None,
    **parts: Any,
) -> None:
    """Open a wizard, let a person walk, close everything."""

    async def main() -> None:
        app = await sample_app(folder, **parts)
        known = await account(app) if account else None
        if "servers" in parts:
            parts["servers"].logins.clear()  # those of making the account
        wizard = SetupWizard(app, languages, reason, known)
        gone: list[object] = []
        wizard.destroyed.connect(lambda: gone.append(None))
        wizard.show()
        wizard.activateWindow()
        await until(lambda: wizard.current)
        await asyncio.sleep(0)  # the focus lands with the next turn of the loop
        try:
            await walk(Person(wizard))
        finally:
            if not gone:
                wizard.done(0)
            await until(lambda: gone)
            await app.close()

    drive(main())
