"""How to sign in: one card a way, the best first; a way that no longer works says so, with date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.engine.draft import Step, with_way
from laifaxin_desktop.model.microsoft import SIGNED_IN, CloudId
from laifaxin_desktop.model.provider import AuthWay, Standing, Way
from laifaxin_desktop.ui.theme import set_kind, theme
from laifaxin_desktop.ui.wizard.page import LARGE, Page
from laifaxin_desktop.ui.wizard.parts import Mark, WrappingButton, card, empty, spaced, words

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


class WayCard(QFrame):
    """A radio button with its reasons; a click anywhere on the card chooses it."""

    def __init__(self, flow: SetupWizard, way: Way) -> None:
        super().__init__()
        self.way = way
        self.setProperty("kind", "card")
        name = f"{way.way}_own_app" if way.own_app else f"{way.way}"
        self.setObjectName(f"way_card_{name}")
        self.radio = QRadioButton()  # its words stand beside it, because they must wrap
        self.radio.setObjectName(f"way_{name}")
        self.radio.setAccessibleName(flow.say(way.title))
        self.radio.toggled.connect(self._dress)
        title = words("strong")
        title.setText(flow.say(way.title))
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 12, 16, 14)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.radio, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(title, 0, 1)
        below = QVBoxLayout()
        below.setSpacing(6)
        broken = way.standing is Standing.BROKEN
        if way.recommended and not broken:
            badge = words("badge")
            badge.setWordWrap(False)
            badge.setText(flow.word("standing.recommended"))
            if theme().scale > LARGE:
                below.addWidget(badge, 0, Qt.AlignmentFlag.AlignLeft)
            else:
                grid.addWidget(badge, 0, 2, Qt.AlignmentFlag.AlignTop)
        why = words("secondary")
        why.setText(flow.say(way.why))
        below.addWidget(why)
        if named := _whose_app(flow, way):
            whose = words("small", f"way_app_{name}")
            whose.setText(named)
            below.addWidget(whose)
        if way.reason is not None:
            below.addLayout(self._reason(flow.say(way.reason), broken))
        if way.source:
            source = WrappingButton(f"way_source_{name}", "link")
            source.put(self.tr("查看来源"))
            source.setToolTip(way.source)
            address = QUrl(way.source)
            source.clicked.connect(lambda: QDesktopServices.openUrl(address))
            line = QHBoxLayout()
            line.addWidget(source)
            line.addStretch(1)
            below.addLayout(line)
        grid.addLayout(below, 1, 1, 1, 2)
        spoken = [flow.say(way.why), named, flow.say(way.reason) if way.reason else ""]
        self.radio.setAccessibleDescription(" ".join(filter(None, spoken)))
        self.installEventFilter(self)

    @staticmethod
    def _reason(sentence: str, broken: bool) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        mark = Mark("warning" if broken else "info", "network" if broken else "secondary")
        label = words("warning" if broken else "secondary")
        label.setText(sentence)
        line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(label, 1)
        return line

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.MouseButtonRelease:
            self.radio.click()
        return False

    def _dress(self, chosen: bool) -> None:
        set_kind(self, "chosen" if chosen else "card")


def _whose_app(flow: SetupWizard, way: Way) -> str:
    """Whose app signs in with one click: the program's own, or an administrator's by its name."""
    provider = flow.draft.provider
    one_click = way.way is AuthWay.MICROSOFT and not way.own_app
    if provider is None or not one_click or way.standing is Standing.BROKEN:
        return ""
    known = provider.cloud in list(CloudId)
    named = flow.app.clouds.named_by(CloudId(provider.cloud)) if known else None
    return flow.say(named) if named else ""


class WayPage(Page):
    """One question, answered already by the best way; another click changes it."""

    step = Step.WAY

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self._group = QButtonGroup(self)
        self._group.buttonToggled.connect(lambda button, on: self._chose(button, on))
        self._cards: list[WayCard] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(12)
        self._notice, column = card("notice")
        self._notice.setObjectName("preset_problem")
        self._notice_words = words("", "preset_problem_words", selectable=True)
        column.addWidget(self._notice_words)
        self.body.addWidget(self._notice)
        self.body.addLayout(self._list)
        self.body.addStretch(1)

    def retranslate(self) -> None:
        """The cards come in both languages."""
        provider = self.draft.provider
        name = self.flow.say(provider.name) if provider else ""
        known = provider is not None and provider.id != self.flow.app.other.id
        several = len(provider.ways) > 1 if provider else False
        lead = self.tr("{0}可以这样登录，选一种。") if several else self.tr("{0}只有这一种方式。")
        lead = spaced(lead.format(name)) if known else self.tr("选择这个邮箱的登录方式。")
        self.show_title(self.tr("登录方式"), lead)
        self.show_draft()

    def show_draft(self) -> None:
        """One card a way, the chosen one marked."""
        for each in self._cards:
            self._group.removeButton(each.radio)
        empty(self._list)
        ways = self.draft.provider.ways if self.draft.provider else ()
        problem = self.flow.app.clouds.preset_problem
        self._notice_words.setText(self.flow.say(problem) if problem else "")
        self._notice.setVisible(problem is not None and any(way.way in SIGNED_IN for way in ways))
        self._cards = [WayCard(self.flow, way) for way in ways]
        chosen = self.draft.chosen
        for each in self._cards:
            self._list.addWidget(each)
            each.radio.setChecked(each.way == chosen)
            self._group.addButton(each.radio)

    def first_field(self) -> QWidget | None:
        """The chosen way: the arrow keys go to the others."""
        return next((each.radio for each in self._cards if each.radio.isChecked()), None)

    def choose(self, way: AuthWay, *, own_app: bool = False) -> None:
        """Choose a way, as a click does."""
        for each in self._cards:
            if each.way.way is way and each.way.own_app is own_app:
                each.radio.setChecked(True)

    def _chose(self, button: object, on: bool) -> None:
        way = next((each.way for each in self._cards if each.radio is button), None)
        if on and way is not None and way != self.draft.chosen:
            self.flow.replace(with_way(self.draft, way.way, own_app=way.own_app))
