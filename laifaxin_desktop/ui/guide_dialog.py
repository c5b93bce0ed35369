"""A provider's guide for an account that is already there: prepare, then check or type anew."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.provider import AuthWay, Guide, Provider
from laifaxin_desktop.model.text import Text

from .guide_view import GuideView
from .languages import Languages
from .loop import spawn
from .notice import label
from .room import open_at
from .theme import set_kind, theme

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

# After these something of the app itself is typed; after all others one signs in again.
APP_GUIDES = ("own_app", "app_secret", "refresh_token")
# These mend this computer: no password was wrong.
_HERE = ("clock", "keychain", "bridge")


class GuideDialog(QDialog):
    """The steps with their ticks; closes itself when a person goes on."""

    secret_wanted = Signal()
    check_wanted = Signal()

    def __init__(
        self,
        app: App,
        languages: Languages,
        provider: Provider,
        guide: Guide,
        parent: QWidget | None = None,
        *,
        way: AuthWay | None = None,
        credential: Text | None = None,
    ) -> None:
        """`provider` is the guide's; `way` the account's, and what its secret is called."""
        super().__init__(parent)
        self.setObjectName("guide_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._app, self._languages = app, languages
        self._provider, self._guide = provider, guide
        language = languages.current
        self.setWindowTitle(guide.title.say(language))
        self.setMinimumSize(640, 480)
        open_at(self, theme().px(760), theme().px(620))
        title = QLabel(guide.title.say(language), self)
        set_kind(title, "title")
        intro = QLabel(guide.intro.say(language), self)
        set_kind(intro, "secondary")
        for words in (title, intro):
            words.setTextFormat(Qt.TextFormat.PlainText)
            words.setWordWrap(True)
        self.view = GuideView(app.places.resources / "guides")
        self.view.ticked.connect(self._keep)
        self.view.skip_row.hide()  # nothing comes after this that could be skipped to
        place = QScrollArea(self)
        place.setWidgetResizable(True)
        place.setFrameShape(QFrame.Shape.NoFrame)
        place.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        set_kind(self.view, "scrolled")
        place.setWidget(self.view)
        close = self._button("close_guide_button", self.tr("关闭"), self.reject)
        self.check = self._button("guide_check_button", self.tr("立即检测"), self._check)
        name = (credential or app.words("way.password")).say(language)
        said = self.tr("重新输入{name}").format(name=name)
        if way in SIGNED_IN and guide.id in APP_GUIDES:
            said = self.tr("填写应用信息")
        elif way in SIGNED_IN:
            said = app.words("fix.reauthorize").say(language)
        self.again = self._button("guide_secret_button", said, self._secret)
        self.again.setHidden(guide.id in _HERE)
        set_kind(self.check, "primary")
        buttons = QHBoxLayout()
        buttons.addWidget(close)
        buttons.addStretch(1)
        buttons.addWidget(self.again)
        buttons.addWidget(self.check)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        for part in (title, intro):
            column.addWidget(part)
        column.addWidget(place, 1)
        column.addLayout(buttons)
        self.view.show_guide(provider, guide, language, frozenset())
        spawn(self._kept_ticks(), self, self._show)

    def _show(self, done: frozenset[str]) -> None:
        self.view.show_guide(self._provider, self._guide, self._languages.current, done)

    def _keep(self, step: str, done: bool) -> None:
        spawn(self._keep_tick(step, done), self)
        if done and self.view.complete and self.check.isVisible():
            self.check.setFocus(Qt.FocusReason.OtherFocusReason)

    async def _keep_tick(self, step: str, done: bool) -> None:
        # A tick that cannot be kept is asked again next time: no reason to disturb anybody.
        with contextlib.suppress(MailError):
            await self._app.accounts.set_guide_step(self._provider.id, self._guide.id, step, done)

    async def _kept_ticks(self) -> frozenset[str]:
        try:
            return await self._app.accounts.guide_done(self._provider.id, self._guide.id)
        except MailError:
            return frozenset()

    def _check(self) -> None:
        self.check_wanted.emit()
        self.accept()

    def _secret(self) -> None:
        self.accept()
        self.secret_wanted.emit()

    def _button(self, name: str, words: str, act: Callable[[], object]) -> QPushButton:
        made = QPushButton(self)
        made.setObjectName(name)
        label(made, words)
        made.clicked.connect(lambda: act())
        return made
