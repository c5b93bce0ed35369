"""The card of one problem: what happened, what it means, what to do, the button that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from laifaxin_desktop.model.problem import Diagnosis, Fix, Stage
from laifaxin_desktop.model.report import Leg, Report
from laifaxin_desktop.ui.admin_note import has_note
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.mending import ask_admin
from laifaxin_desktop.ui.wizard.parts import WrappingButton, words

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


def problems_of(report: Report) -> list[tuple[Diagnosis, tuple[Leg, ...]]]:
    """One entry a problem, those that a person must mend first; legs that share it share a card."""
    found: dict[str, tuple[Diagnosis, tuple[Leg, ...]]] = {}
    for leg in report.legs:
        if leg.diagnosis:
            first, legs = found.get(leg.diagnosis.problem, (leg.diagnosis, ()))
            found[leg.diagnosis.problem] = (first, (*legs, leg))
    waits = (Fix.RETRY, Fix.WAIT)
    return sorted(found.values(), key=lambda entry: entry[0].fix in waits)


def wants_password(leg: Leg) -> bool:
    """Whether only the main password keeps this leg from being checked."""
    seen = leg.diagnosis.evidence if leg.diagnosis else None
    return seen is not None and seen.stage is Stage.VAULT and seen.detail == "main_password"


class FailureCard(QFrame):
    """One diagnosis; `legs` are named in its title. The server's words are plain text."""

    fix_wanted = Signal()

    def __init__(self, flow: SetupWizard, diagnosis: Diagnosis, legs: tuple[Leg, ...] = ()) -> None:
        super().__init__()
        self.diagnosis = diagnosis
        self.setProperty("kind", "failure")
        self.setObjectName(f"failure_{diagnosis.problem}")
        said = flow.app.table.explain(diagnosis, flow.draft.provider)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(6)
        title = words("failure-title", "failure_title", selectable=True)
        sides = self.tr("、", "between two words").join(
            flow.word(f"side.{leg.side}") for leg in legs
        )
        named = self.tr("{0}：{1}").format(sides, flow.say(said.title))
        title.setText(named if legs else flow.say(said.title))
        meaning = words("", "failure_meaning", selectable=True)
        meaning.setText(flow.say(said.meaning))
        column.addWidget(title)
        column.addWidget(meaning)
        for number, step in enumerate(said.steps, 1):
            line = words("", f"failure_step_{number}")
            line.setText(f"{number}. {flow.say(step)}")
            column.addWidget(line)
        if said.code:
            code = words("small", "failure_code", selectable=True)
            code.setText(self.tr("微软的错误编号：{0}").format(said.code))
            column.addWidget(code)
        column.addSpacing(4)
        actions = FlowRow()
        self.fix: WrappingButton | None = None
        if diagnosis.fix is not Fix.NONE:
            self.fix = WrappingButton("fix", "primary")
            self.fix.put(flow.say(said.button))
            self.fix.clicked.connect(self.fix_wanted)
            actions.add(self.fix)
        if has_note(flow.app, diagnosis):
            note = WrappingButton("copy_note", "link")
            note.put(flow.word("fix.ask_admin"))
            note.clicked.connect(lambda: ask_admin(flow, diagnosis))
            actions.add(note)
        self._reply = words("quote", "server_reply", selectable=True)
        reply = diagnosis.evidence.reply
        self._reply.setText(reply)
        self._reply.hide()
        if reply:
            self._toggle = WrappingButton("show_reply", "link")
            self._name = self.tr("服务器原话")
            self._toggle.put(f"▸ {self._name}", self._name)
            self._toggle.clicked.connect(self._turn)
            actions.add(self._toggle)
        column.addWidget(actions)
        column.addWidget(self._reply)

    def _turn(self) -> None:
        opened = self._reply.isHidden()
        self._reply.setVisible(opened)
        self._toggle.put(f"{'▾' if opened else '▸'} {self._name}", self._name)
