"""One step of a guide as a card: picture, two lines, the page to open, a tick; stores nothing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget
from shiboken6 import isValid

from laifaxin_desktop.model.provider import GuideStep
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import browser, theme
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.parts import Mark, WrappingButton, put, words

_PICTURE = 184  # px wide at ordinary text size
_NARROW = 440  # below this width, at ordinary text size, a picture goes under its text
_BESIDE = 340  # px that text and margins want beside a picture


class StepCard(QFrame):
    """One step."""

    ticked = Signal(str, bool)  # the step's id

    def __init__(self, number: int, step: GuideStep, picture: Path, language: Language) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setObjectName(f"guide_step_{step.id}")
        self._step, self._picture_file = step, picture
        self._drawn_at = 0
        self._number = words("number")
        self._number.setText(str(number))
        self._done = Mark("check", "ok", 18)
        head = QVBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self._number)
        head.addWidget(self._done)
        head.addStretch(1)
        badge = QWidget()
        badge.setLayout(head)
        badge.setFixedWidth(theme.theme().px(24))

        heading, body, path = words("heading"), words(), words("small")
        heading.setText(step.title.say(language))
        # One flow: the file's line ends are for its writers, the card's width for its readers.
        between = "" if language is Language.ZH_CN else " "
        body.setText(step.body.say(language).replace("\n", between))
        path.setText(step.menu_path.say(language))
        self.open = WrappingButton(f"open_{step.id}")
        label = step.link.label.say(language)
        self.open.put(f"{label} ↗", label)
        self.copy = WrappingButton(f"copy_{step.id}", "link")
        self.tick = QCheckBox()
        self.tick.setObjectName(f"done_{step.id}")
        self.retranslate()
        text = QVBoxLayout()
        text.setSpacing(6)
        for line in (heading, body, path):
            text.addWidget(line)
        text.addSpacing(4)
        actions = FlowRow()
        for widget in (self.open, self.tick, self.copy):
            actions.add(widget)
        text.addWidget(actions)
        self._failed = words("warning")
        self._failed.hide()
        text.addWidget(self._failed)
        text.addStretch(1)
        self._picture = QLabel()
        self._picture.setAccessibleName(step.title.say(language))
        self._picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._words = QVBoxLayout()
        self._words.addLayout(text)
        across = QHBoxLayout(self)
        across.setContentsMargins(16, 14, 16, 14)
        across.setSpacing(12)
        across.addWidget(badge)
        across.addLayout(self._words, 1)
        across.addWidget(self._picture)
        self._across = across

        self.open.clicked.connect(lambda: browser.open_page(step.link.url, self._not_opened))
        self.open.setToolTip(step.link.url)
        self.copy.clicked.connect(self._copy)
        self.tick.toggled.connect(self._toggled)
        theme.theme().changed.connect(self._redraw)
        self._show(False)
        self._draw()

    def retranslate(self) -> None:
        """The words that are the window's own."""
        self.copy.put(self.tr("复制网址"))
        put(self.tick, self.tr("我已完成"))

    def set_ticked(self, done: bool) -> None:
        """Show a tick that is already kept."""
        self.tick.blockSignals(True)
        self.tick.setChecked(done)
        self.tick.blockSignals(False)
        self._show(done)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()
        narrow = self.width() < theme.theme().px(_NARROW)
        here = self._words if narrow else self._across
        if self._picture.isVisibleTo(self) and here.indexOf(self._picture) < 0:
            (self._across if narrow else self._words).removeWidget(self._picture)
            here.addWidget(self._picture)

    def _toggled(self, done: bool) -> None:
        self._show(done)
        self.ticked.emit(self._step.id, done)

    def _show(self, done: bool) -> None:
        self._number.setVisible(not done)
        self._done.setVisible(done)

    def _not_opened(self) -> None:
        if isValid(self):  # $BROWSER may say so long after the guide was closed
            self._failed.setText(self.tr("浏览器没有打开。请复制网址，粘贴到浏览器里。"))
            self._failed.show()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._step.link.url)
        self.copy.put(self.tr("已复制"), self.tr("复制网址"))

    def _redraw(self) -> None:
        self._drawn_at = 0
        self._draw()

    def _draw(self) -> None:
        there = self._picture_file.is_file()
        self._picture.setVisible(there)
        if there:
            wanted, ratio = theme.theme().px(_PICTURE), self.devicePixelRatioF()
            room = self.width() - theme.theme().px(24) - 60  # under the text
            beside = self.width() - theme.theme().px(_BESIDE)
            narrow = self.width() < theme.theme().px(_NARROW)
            width = max(96, min(wanted, room if narrow else beside))
            if width != self._drawn_at:
                self._drawn_at = width
                self._picture.setPixmap(theme.picture(self._picture_file, width, ratio))
