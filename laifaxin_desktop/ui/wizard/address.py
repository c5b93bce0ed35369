"""The first question: whose mail; finds the provider while the person types, sends nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from laifaxin_desktop.engine.draft import (
    Draft,
    Step,
    by_hand,
    with_accepted,
    with_discovery,
    with_typed,
)
from laifaxin_desktop.model.account import Account, Discovery, Tried
from laifaxin_desktop.model.address import Address, AddressError
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.ui import theme
from laifaxin_desktop.ui.wizard.alike import AlikeCard
from laifaxin_desktop.ui.wizard.duplicate import DuplicateCard
from laifaxin_desktop.ui.wizard.finding import FindingCard
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.parts import folded, words
from laifaxin_desktop.ui.wizard.strangers import StrangersCard

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

LOOK_AFTER = 500  # ms of quiet before an unknown domain is looked up
COMPLAIN_AFTER = 1500  # ms of quiet before a half-typed address is called wrong


class AddressPage(Page):
    """One field, and a card with what the address already tells."""

    step = Step.ADDRESS

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self._existing: Account | None = None
        self._trouble: MailError | None = None  # why nothing could be looked up
        self._label = QLabel()
        self.entry = QLineEdit()
        self.entry.setObjectName("address_field")
        self.entry.setInputMethodHints(
            Qt.InputMethodHint.ImhEmailCharactersOnly | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self._label.setBuddy(self.entry)
        self._corrected = words("small", "address_corrected")
        self._wrong = words("error", "address_wrong")
        self.alike, self.alike_servers = AlikeCard(typed=True), AlikeCard(typed=False)
        self.finding = FindingCard()
        self.strangers = StrangersCard()
        self._twice = DuplicateCard()
        self.again = self._twice.again
        self.body.setSpacing(8)
        for widget in (self._label, self.entry, self._corrected, self._wrong):
            self.body.addWidget(widget)
        self.body.addSpacing(theme.theme().px(8))
        frames = (self.alike, self.finding, self.alike_servers, self.strangers, self._twice)
        for frame in frames:
            self.body.addWidget(frame)
        self.body.addStretch(1)

        self._quiet = QTimer(self, interval=LOOK_AFTER, singleShot=True)
        self._quiet.timeout.connect(self._look)
        self._patience = QTimer(self, interval=COMPLAIN_AFTER, singleShot=True)
        self._patience.timeout.connect(self._complain)
        self.entry.textChanged.connect(self._typed)
        self.entry.editingFinished.connect(self._finished)
        self.entry.returnPressed.connect(self._look)
        self.finding.again.clicked.connect(self._look_again)
        self.finding.by_hand.clicked.connect(self._by_hand)
        self.again.clicked.connect(self._reauthorize)
        self.alike.corrected.connect(self._correct)
        self.strangers.accepted.connect(self._accept)
        self.strangers.unknown.clicked.connect(self._by_hand)

    def retranslate(self) -> None:
        """The title, the field's name and whatever is shown of a look-up."""
        self.show_title(self.tr("添加邮箱"), self.tr("填写完整的邮箱地址，服务器会自动找到。"))
        self._label.setText(self.tr("邮箱地址"))
        self.entry.setAccessibleName(self.tr("邮箱地址"))
        self.entry.setPlaceholderText("name@example.com")
        self._twice.retranslate()
        self.strangers.retranslate()
        self._show_found()
        if self._wrong.isVisible():
            self._complain()

    def first_field(self) -> QWidget:
        """The field."""
        return self.entry

    def show_draft(self) -> None:
        """The address as it was typed, and what was found for it."""
        if self.entry.text() != self.draft.typed:
            self.entry.setText(self.draft.typed)
        self._show_found()
        if self.draft.address and self.draft.discovery is None and not self.busy:
            self._look()

    def forget(self) -> None:
        """Empty the field and let go of a look-up."""
        self._stop()
        self._existing = None
        self.entry.blockSignals(True)
        self.entry.clear()
        self.entry.blockSignals(False)

    def isComplete(self) -> bool:
        return self._existing is None and super().isComplete()

    def leave(self) -> None:
        """Stop looking; coming back looks again."""
        self._stop()

    def on_bug(self, bug: BaseException) -> None:
        """The look-up broke on a mistake of ours: that is said, and it can be tried again."""
        seen = Evidence(Stage.LOOKUP, Fault.BUG, detail=type(bug).__name__)
        self._trouble = MailError(seen)
        self._show_found()

    def _stop(self) -> None:
        self._trouble = None
        self._quiet.stop()
        self._patience.stop()
        super().leave()

    def _typed(self, text: str) -> None:
        before = self.draft.address
        self.flow.replace(with_typed(self.draft, text))
        address = self.draft.address
        self.say_error(self._wrong, "")
        self._patience.start()
        if address == before and address is not None and self._existing is None:
            if self.draft.discovery is None and not self.busy:
                self._quiet.start()
            self._show_found()
            return
        self._stop()
        self._existing = None
        self._show_found()
        if address is None:
            self._patience.start()
        elif self.flow.app.book.by_domain(address.domain):
            self._look()  # known without asking anybody: no reason to wait
        else:
            self._quiet.start()

    def _finished(self) -> None:
        self._complain()

    def _complain(self) -> None:
        """Say what is wrong with the address; only after a pause, never at the first letters."""
        typed = self.entry.text()
        try:
            Address.parse(typed)
        except AddressError as error:
            sentence = self.flow.say(self.flow.app.words(f"address.{error.fault}"))
            self.say_error(self._wrong, sentence if typed.strip() else "")
        else:
            self.say_error(self._wrong, "")

    def _look(self) -> None:
        """Look the address up now; whatever ran for another one is cancelled."""
        address = self.draft.address
        if address is None:
            self._complain()
            return
        if self.isComplete() or self.busy:
            return
        self._stop()
        self.flow.replace(replace(self.draft, discovery=None))
        self.begin(self._find(address), self._found)
        self.finding.start(self.flow)
        self.alike.show_names(self.flow, address, None)

    def _look_again(self) -> None:
        self.flow.replace(replace(self.draft, discovery=None))
        self._look()

    async def _find(
        self, address: Address
    ) -> tuple[Address, Account | None, Discovery | MailError | None]:
        try:
            existing = await self.flow.app.accounts.find(address)
        except MailError as error:
            return address, None, error
        if existing is not None:
            return address, existing, None

        def tried(entry: Tried) -> None:
            if self.draft.address == address:
                self.finding.add(self.flow, entry)

        return address, None, await self.flow.app.discover(address, tried)

    def _found(self, found: tuple[Address, Account | None, Discovery | MailError | None]) -> None:
        address, existing, discovery = found
        if self.draft.address != address:
            return  # a slower answer for what was typed before
        self._existing = existing
        if isinstance(discovery, MailError):
            self._trouble = discovery
        elif discovery is not None:
            self.flow.replace(with_discovery(self.draft, discovery, self.flow.app.other))
        else:
            self.completeChanged.emit()
        self._show_found()
        if self.strangers.isVisible():
            QTimer.singleShot(0, self, self._show_question)

    def _show_question(self) -> None:
        """What keeps 下一步 disabled must be in view, also in a small window."""
        self.area.ensureWidgetVisible(self.strangers.unknown, 0, 24)

    def _show_found(self) -> None:
        address = self.draft.address
        typed = self.draft.typed.strip()
        changed = address is not None and typed not in (str(address), address.shown)
        self._corrected.setVisible(changed)
        if address is not None and changed:
            self._corrected.setText(folded(self.tr("将使用 {0}").format(address.shown)))
        self._twice.setVisible(self._existing is not None)
        known = self._existing is None and address is not None and self._trouble is None
        self.strangers.show_draft(self.draft if known else Draft())
        looked = known and (self.busy or self.draft.discovery is not None)
        for frame in (self.alike, self.alike_servers):
            frame.show_names(self.flow, address if looked else None, self.draft.discovery)
        if self._existing is not None or address is None:
            self.finding.hide()
        elif self._trouble is not None:
            self.finding.show_trouble(self.flow, self._trouble)
        elif self.draft.discovery is not None:
            self.finding.show_found(self.flow, self.draft)
        elif self.busy:
            self.finding.show_waiting(self.flow)
        else:
            self.finding.hide()

    def _correct(self, address: str) -> None:
        self.entry.setText(address)
        self.entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def _accept(self, accepted: bool) -> None:
        self.flow.replace(with_accepted(self.draft, accepted))

    def _by_hand(self) -> None:
        """Nobody could be asked, or nobody whom the person knows: as if nothing had been found."""
        self.flow.replace(by_hand(self.draft, self.flow.app.other))
        self._show_found()
        self.entry.setFocus(Qt.FocusReason.OtherFocusReason)

    def _reauthorize(self) -> None:
        if self._existing is not None:
            self.flow.reauthorize(self._existing)
