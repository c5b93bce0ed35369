"""The certificates that a person has excepted for one account; each can be taken back here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from laifaxin_desktop.engine.taken_back import take_back
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.route import Pin
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui.certificate_decision import grouped
from laifaxin_desktop.ui.wizard.parts import button, empty, put, words

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

_ENDS = 4  # pairs of digits shown at either end of a fingerprint


class ExceptionList(QFrame):
    """One row an exception: the server, both ends of the fingerprint, 撤销."""

    revoked = Signal(object)  # the Pin

    def __init__(self, vocabulary: Words) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setObjectName("exceptions")
        self._words, self._language = vocabulary, Language.ZH_CN
        self._pins: tuple[Pin, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(8)
        self._title, self._lead = words("heading"), words("secondary")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._lead)
        column.addLayout(self._rows)
        self.buttons: list[QWidget] = []
        self.hide()

    def show_pins(self, pins: Sequence[Pin]) -> None:
        """These exceptions; out of view where there are none."""
        if tuple(pins) != self._pins:
            self._pins = tuple(pins)
            self._draw()
        self.setVisible(bool(pins))

    def retranslate(self, language: Language) -> None:
        """Every word again."""
        self._language = language
        self._title.setText(self.tr("您允许过的证书"))
        self._lead.setText(
            self.tr("连接这些服务器时只认这张证书，不要求有机构担保。撤销以后，下次检测会再问您。")
        )
        self._draw()

    def _draw(self) -> None:
        empty(self._rows)
        self.buttons = [self._row(number, pin) for number, pin in enumerate(self._pins, 1)]

    def _row(self, number: int, pin: Pin) -> QWidget:
        place, mark = words("strong"), words("fingerprint", selectable=True)
        place.setText(f"{pin.host}:{pin.port}")
        mark.setText(ends_of(pin.sha256))
        mark.setAccessibleName(f"{place.text()} {grouped(pin.sha256, 32)}")
        mark.setToolTip(grouped(pin.sha256))
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addWidget(place)
        text.addWidget(mark)
        if pin.despite:
            besides = words("small")
            said = [self._words(f"despite.{doubt}").say(self._language) for doubt in pin.despite]
            besides.setText(self.tr("、", "between two terms").join(said))
            text.addWidget(besides)
        revoke = button(f"revoke_exception_{number}")
        put(revoke, self.tr("撤销"), self.tr("撤销对 {0} 的允许").format(place.text()))
        revoke.clicked.connect(lambda: self.revoked.emit(pin))
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addLayout(text, 1)
        line.addWidget(revoke, 0, Qt.AlignmentFlag.AlignTop)
        self._rows.addLayout(line)
        return revoke


async def unpinned(app: App, stored: Account, pin: Pin) -> Account | None:
    """The account as it is stored now, the exception gone; None where only saving can do it."""
    try:
        now = await take_back(app.accounts, stored, pin)
    except MailError:
        return None
    app.watch.tell()
    return now


def ends_of(sha256: str) -> str:
    """The first and the last digits of a fingerprint: enough to tell two apart."""
    pairs = grouped(sha256, 32).split(" ")
    return f"{' '.join(pairs[:_ENDS])} … {' '.join(pairs[-_ENDS:])}"
