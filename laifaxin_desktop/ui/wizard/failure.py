"""The card of one problem: what happened, what it means, what to do, the button that mends it."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from laifaxin_desktop.model.problem import Diagnosis, Fix, Stage
from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.model.report import Leg
from laifaxin_desktop.ui.admin_note import has_note
from laifaxin_desktop.ui.announcing import announce
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.foreign_host import stranger_in
from laifaxin_desktop.ui.wizard.mending import ask_admin
from laifaxin_desktop.ui.wizard.parts import WrappingButton, words

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

WAITS = (Fix.RETRY, Fix.WAIT)
# Not while a check runs: nothing can be checked again, and whether a portal has shown a certificate
# in place of the servers is known at the end.
_AFTERWARDS = (*WAITS, Fix.SHOW_CERTIFICATE)
_SUDDEN = 0.5  # seconds in which nobody can have read what a button under the pointer has become


def problems_of(
    found: Iterable[tuple[Side, Diagnosis]],
) -> list[tuple[Diagnosis, tuple[Side, ...]]]:
    """One entry a problem with the sides that share it; those that a person must mend first."""
    by_problem: dict[str, tuple[Diagnosis, tuple[Side, ...]]] = {}
    for side, diagnosis in found:
        first, sides = by_problem.get(diagnosis.problem, (diagnosis, ()))
        by_problem[diagnosis.problem] = (first, (*sides, side))
    return sorted(by_problem.values(), key=lambda entry: entry[0].fix in WAITS)


def wants_password(leg: Leg) -> bool:
    """Whether only the main password keeps this leg from being checked."""
    seen = leg.diagnosis.evidence if leg.diagnosis else None
    return seen is not None and seen.stage is Stage.VAULT and seen.detail == "main_password"


class FailureCard(QFrame):
    """One diagnosis, which may be refined in place. The server's words are plain text."""

    fix_wanted = Signal()

    def __init__(
        self, flow: SetupWizard, diagnosis: Diagnosis, sides: tuple[Side, ...] = ()
    ) -> None:
        super().__init__()
        self._flow = flow
        self.diagnosis, self.sides = diagnosis, sides
        self._told = ""
        self._sudden = 0.0  # when the button changed under the pointer
        self.setProperty("kind", "failure")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(6)
        self._title = words("failure-title", "failure_title", selectable=True)
        self._meaning = words("", "failure_meaning", selectable=True)
        self._steps: list[QLabel] = []
        self._places = QVBoxLayout()
        self._places.setSpacing(6)
        self._code = words("small", "failure_code", selectable=True)
        column.addWidget(self._title)
        column.addWidget(self._meaning)
        column.addLayout(self._places)
        column.addWidget(self._code)
        column.addSpacing(4)
        self.fix = WrappingButton("fix", "primary")
        self._note = WrappingButton("copy_note", "link")
        self._toggle = WrappingButton("show_reply", "link")
        self._reply = words("quote", "server_reply", selectable=True)
        self._reply.hide()
        self._looking = words("small", "looking_closer")
        actions = FlowRow()
        for button in (self.fix, self._note, self._toggle):
            actions.add(button)
        for part in (actions, self._reply, self._looking):
            column.addWidget(part)
        self.fix.clicked.connect(self._click)
        self._note.clicked.connect(lambda: ask_admin(flow, self.diagnosis))
        self._toggle.clicked.connect(self._turn)
        self.show_problem(diagnosis, sides)

    def show_problem(
        self,
        diagnosis: Diagnosis,
        sides: tuple[Side, ...] = (),
        *,
        named: bool = False,
        running: bool = False,
    ) -> None:
        """Another diagnosis, or the same with more known; what has the focus keeps it.

        `named` puts the sides into the title. While a check is `running` nothing can be checked
        again, and more may be learned.
        """
        if self.fix.underMouse() and _deed(diagnosis) != _deed(self.diagnosis):
            self._sudden = monotonic()
        self.diagnosis, self.sides = diagnosis, sides
        flow = self._flow
        self.setObjectName(f"failure_{diagnosis.problem}")
        said = flow.app.table.explain(diagnosis, flow.draft.provider)
        title, meaning = flow.say(said.title), flow.say(said.meaning)
        if named:
            both = self.tr("、", "between two words").join(
                flow.word(f"side.{side}") for side in sides
            )
            title = self.tr("{0}：{1}").format(both, title)
        self._title.setText(title)
        self._meaning.setText(meaning)
        self._show_steps([flow.say(step) for step in said.steps])
        self._code.setText(self.tr("微软的错误编号：{0}").format(said.code))
        self._code.setVisible(bool(said.code))
        stranger = stranger_in(diagnosis)
        self.fix.put(
            self.tr("改用 {0}…").format(stranger.host) if stranger else flow.say(said.button)
        )
        self.fix.setAccessibleDescription(f"{title} {meaning}")
        self.fix.setVisible(diagnosis.fix is not Fix.NONE)
        self.fix.setEnabled(not (running and diagnosis.fix in _AFTERWARDS))
        self._note.put(flow.word("fix.ask_admin"))
        self._note.setVisible(has_note(flow.app, diagnosis))
        self._reply.setText(diagnosis.evidence.reply)
        self._toggle.setVisible(bool(diagnosis.evidence.reply))
        if not diagnosis.evidence.reply:
            self._reply.hide()
        self._name_toggle()
        self._looking.setText(self.tr("检测还在进行，可能还会发现更多。"))
        self._looking.setVisible(running)

    @property
    def button(self) -> WrappingButton | None:
        """What mends it; None where nothing does."""
        return None if self.diagnosis.fix is Fix.NONE else self.fix

    def tell(self) -> None:
        """Have a screen reader say it; the same words only once."""
        if self._told != self._title.text():
            self._told = self._title.text()
            announce(self, f"{self._told} {self._meaning.text()}")

    def _show_steps(self, steps: list[str]) -> None:
        while len(self._steps) < len(steps):
            line = words("", f"failure_step_{len(self._steps) + 1}")
            self._steps.append(line)
            self._places.addWidget(line)
        for number, line in enumerate(self._steps, 1):
            line.setText(f"{number}. {steps[number - 1]}" if number <= len(steps) else "")
            line.setVisible(number <= len(steps))

    def _click(self) -> None:
        if monotonic() - self._sudden > _SUDDEN:
            self.fix_wanted.emit()

    def _turn(self) -> None:
        self._reply.setVisible(self._reply.isHidden())
        self._name_toggle()

    def _name_toggle(self) -> None:
        name = self.tr("服务器原话")
        self._toggle.put(f"{'▸' if self._reply.isHidden() else '▾'} {name}", name)


def _deed(diagnosis: Diagnosis) -> tuple[object, ...]:
    """What the button does."""
    return diagnosis.fix, diagnosis.suggestion, diagnosis.guide, diagnosis.link
