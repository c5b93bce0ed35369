"""The cards of a check: the first words at once, refined in place when more is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from laifaxin_desktop.model.problem import Diagnosis
from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.ui.wizard.failure import FailureCard, problems_of

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


class ProblemCards(QWidget):
    """One card a problem; a card that stands already is changed, not replaced."""

    fix_wanted = Signal(object)  # the Diagnosis

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__()
        self._flow = flow
        self.cards: list[FailureCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self.hide()

    def show_found(self, found: Iterable[tuple[Side, Diagnosis]], *, running: bool) -> bool:
        """Show what was found so far; True where a card is new. Nothing found: no cards."""
        problems = problems_of(found)
        left, cards = list(self.cards), list[FailureCard]()
        new = False
        for diagnosis, sides in problems:
            card = _standing(left, diagnosis, sides)
            if card is None:
                new = True
                card = FailureCard(self._flow, diagnosis, sides)
                card.fix_wanted.connect(lambda one=card: self.fix_wanted.emit(one.diagnosis))
            else:
                left.remove(card)
            card.show_problem(diagnosis, sides, named=len(problems) > 1, running=running)
            cards.append(card)
        for card in left:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        for at, card in enumerate(cards):
            if self._column.indexOf(card) != at:
                self._column.insertWidget(at, card)
        self.cards = cards
        self.setVisible(bool(cards))
        return new


def _standing(
    cards: Sequence[FailureCard], diagnosis: Diagnosis, sides: tuple[Side, ...]
) -> FailureCard | None:
    """The card that speaks of this already: of the same problem, else of the same side."""
    same = (card for card in cards if card.diagnosis.problem == diagnosis.problem)
    side = (card for card in cards if {*card.sides} & {*sides})
    return next(chain(same, side), None)
