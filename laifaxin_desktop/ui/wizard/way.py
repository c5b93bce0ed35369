"""How to sign in: one card a way, the best first; a way that no longer works says so, with date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
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

    def __init__(self, way: Way) -> None:
        super().__init__()
        self.way = way
        self._name = f"{way.way}_own_app" if way.own_app else f"{way.way}"
        self.setProperty("kind", "card")
        self.setObjectName(f"way_card_{self._name}")
        self.radio = QRadioButton()  # its words stand beside it, because they must wrap
        self.radio.setObjectName(f"way_{self._name}")
        self.radio.toggled.connect(self._dress)
        self._said = QVBoxLayout()
        self._said.setSpacing(6)
        across = QHBoxLayout(self)
        across.setContentsMargins(12, 12, 16, 14)
        across.setSpacing(8)
        across.addWidget(self.radio, 0, Qt.AlignmentFlag.AlignTop)
        across.addLayout(self._said, 1)
        self.installEventFilter(self)

    def show_way(self, flow: SetupWizard, way: Way) -> None:
        """What is true of the way now; the radio button stays, for whoever is about to press."""
        empty(self._said)
        self.way = way
        title = words("strong")
        title.setText(flow.say(way.title))
        head = QHBoxLayout()
        head.addWidget(title, 1)
        self._said.addLayout(head)
        broken = way.standing is Standing.BROKEN
        if way.recommended and not broken:
            badge = words("badge")
            badge.setWordWrap(False)
            badge.setText(flow.word("standing.recommended"))
            if theme().scale > LARGE:
                self._said.addWidget(badge, 0, Qt.AlignmentFlag.AlignLeft)
            else:
                head.addWidget(badge, 0, Qt.AlignmentFlag.AlignTop)
        why = words("secondary")
        why.setText(flow.say(way.why))
        self._said.addWidget(why)
        if named := _whose_app(flow, way):
            whose = words("small", f"way_app_{self._name}")
            whose.setText(named)
            self._said.addWidget(whose)
        if way.reason is not None:
            self._said.addLayout(self._reason(flow.say(way.reason), broken))
        if way.source:
            source = WrappingButton(f"way_source_{self._name}", "link")
            source.put(self.tr("查看来源"))
            source.setToolTip(way.source)
            address = QUrl(way.source)
            source.clicked.connect(lambda: QDesktopServices.openUrl(address))
            line = QHBoxLayout()
            line.addWidget(source)
            line.addStretch(1)
            self._said.addLayout(line)
        spoken = [flow.say(way.why), named, flow.say(way.reason) if way.reason else ""]
        self.radio.setAccessibleName(flow.say(way.title))
        self.radio.setAccessibleDescription(" ".join(filter(None, spoken)))

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
        ways = self.draft.provider.ways if self.draft.provider else ()
        problem = self.flow.app.clouds.preset_problem
        self._notice_words.setText(self.flow.say(problem) if problem else "")
        self._notice.setVisible(problem is not None and any(way.way in SIGNED_IN for way in ways))
        self._put([self._card(way) for way in ways])
        chosen, checked = self.draft.chosen, self._group.checkedButton()
        for each, way in zip(self._cards, ways, strict=True):
            each.show_way(self.flow, way)
            if way == chosen:
                each.radio.setChecked(True)
        if chosen is None and checked is not None:
            self._group.setExclusive(False)  # else one of them is always chosen
            checked.setChecked(False)
            self._group.setExclusive(True)

    def _card(self, way: Way) -> WayCard:
        """The card that stands for this way already, or a new one."""
        one = (way.way, way.own_app)
        standing = (each for each in self._cards if (each.way.way, each.way.own_app) == one)
        return next(standing, None) or WayCard(way)

    def _put(self, cards: list[WayCard]) -> None:
        for gone in (each for each in self._cards if each not in cards):
            self._group.removeButton(gone.radio)
            self._list.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for at, each in enumerate(cards):
            if self._list.indexOf(each) != at:
                self._list.insertWidget(at, each)
                self._group.addButton(each.radio)
        self._cards = cards

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
