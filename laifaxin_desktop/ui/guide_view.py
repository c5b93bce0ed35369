"""A provider's guide: its steps as cards, the questions people ask, the habits worth keeping."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from laifaxin_desktop.model.provider import Guide, Provider, Question
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import theme
from laifaxin_desktop.ui.guide_step import StepCard
from laifaxin_desktop.ui.wizard.parts import WrappingButton, card, empty, words


class Answer(QWidget):
    """A question that opens to its answer."""

    def __init__(self, number: int, question: Question, language: Language) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.ask = WrappingButton(f"question_{number}", "link")
        self._question = question.ask.say(language)
        self.ask.put(f"▸ {self._question}", self._question)
        self.answer = words("secondary")
        self.answer.setText(question.answer.say(language))
        self.answer.setContentsMargins(theme.theme().px(8), 0, 0, 6)
        self.answer.hide()
        column.addWidget(self.ask)
        column.addWidget(self.answer)
        self.ask.clicked.connect(self._turn)

    def _turn(self) -> None:
        opened = self.answer.isHidden()
        self.answer.setVisible(opened)
        self.ask.put(f"{'▾' if opened else '▸'} {self._question}", self._question)


class GuideView(QWidget):
    """The whole guide; give it a place that scrolls. Knows nothing of accounts or storage."""

    ticked = Signal(str, bool)  # a step's id: keep it now

    def __init__(self, guides: Path) -> None:
        """`guides` is the folder with one folder of pictures a provider."""
        super().__init__()
        self.setObjectName("guide_view")
        self._folder = guides
        self._cards: dict[str, StepCard] = {}
        self._guide: Guide | None = None
        self.skip = WrappingButton("guide_skip", "link")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self._steps, self._after = QVBoxLayout(), QVBoxLayout()
        self._steps.setSpacing(12)
        self._after.setSpacing(4)
        self._before = words("secondary")
        self.skip_row = QWidget()
        skip = QHBoxLayout(self.skip_row)
        skip.setContentsMargins(0, 0, 0, 0)
        skip.setSpacing(4)
        skip.addWidget(self._before)
        skip.addWidget(self.skip)
        skip.addStretch(1)
        # Above the steps: who needs none of them must not look for the way past them.
        self._column.addWidget(self.skip_row)
        for part in (self._steps, self._after):
            self._column.addLayout(part)
        self.retranslate()

    def show_guide(
        self, provider: Provider, guide: Guide, language: Language, done: frozenset[str]
    ) -> None:
        """Draw a guide; `done` are the steps ticked before."""
        self._guide = guide
        empty(self._steps)
        empty(self._after)
        self._cards = {}
        for number, step in enumerate(guide.steps, 1):
            picture = self._folder / f"{step.picture}.{language}.svg"
            drawn = StepCard(number, step, picture, language)
            drawn.set_ticked(step.id in done)
            drawn.ticked.connect(self._ticked)
            self._cards[step.id] = drawn
            self._steps.addWidget(drawn)
        for number, question in enumerate(guide.questions, 1):
            self._after.addWidget(Answer(number, question, language))
        if guide.habits:
            self._after.addWidget(habits_card(guide, language, self.tr("值得保持的习惯")))

    def set_done(self, done: frozenset[str]) -> None:
        """Show ticks that were kept before."""
        for step, drawn in self._cards.items():
            drawn.set_ticked(step in done)

    @property
    def first_card(self) -> QWidget | None:
        """The card of the first step that is not ticked yet."""
        undone = (drawn for drawn in self._cards.values() if not drawn.tick.isChecked())
        return next(undone, None)

    def retranslate(self) -> None:
        """The words that are the window's own."""
        self._before.setText(self.tr("以前做过？"))
        self.skip.put(self.tr("跳过"))

    @property
    def done(self) -> frozenset[str]:
        """The ids of the ticked steps."""
        return frozenset(step for step, drawn in self._cards.items() if drawn.tick.isChecked())

    @property
    def complete(self) -> bool:
        """Whether every step is ticked."""
        return all(drawn.tick.isChecked() for drawn in self._cards.values())

    @property
    def first_open(self) -> QWidget | None:
        """The button of the first step that is not ticked yet."""
        undone = (drawn.open for drawn in self._cards.values() if not drawn.tick.isChecked())
        return next(undone, None)

    def _ticked(self, step: str, done: bool) -> None:
        self.ticked.emit(step, done)


def habits_card(guide: Guide, language: Language, title: str) -> QFrame:
    """The habits worth keeping, as a quiet card."""
    frame, column = card(spacing=4)
    head = words("strong")
    head.setText(title)
    column.addWidget(head)
    for habit in guide.habits:
        dot, sentence = words("secondary"), words("secondary")
        dot.setText("·")
        sentence.setText(habit.say(language))
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(dot, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(sentence, 1)
        column.addLayout(line)
    return frame
