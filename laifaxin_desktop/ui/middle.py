"""What stands under the toolbar: the list, the first step, or why there is no list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget

from laifaxin_desktop.store.fault import StoreError

from .empty_state import EmptyState
from .store_problem import StoreProblem
from .theme import set_kind


class Middle(QStackedWidget):
    """One of them at a time."""

    def __init__(self, resources: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self._sentence: Callable[[], str] | None = None
        self.opening = QLabel(self)
        self.opening.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_kind(self.opening, "secondary")
        self.empty = EmptyState(resources, self)
        self.store_problem = StoreProblem(self)
        for page in (self.opening, self.empty, self.store_problem):
            self.addWidget(page)

    @property
    def is_empty(self) -> bool:
        """Whether there is no account yet."""
        return self.currentWidget() is self.empty

    def show_problem(self, error: StoreError, sentence: Callable[[], str]) -> None:
        """The file cannot be used; `sentence` says why in the language of then."""
        self._sentence = sentence
        self.store_problem.say(error.kind, sentence())
        self.setCurrentWidget(self.store_problem)

    def forget_problem(self) -> None:
        """The file could be opened."""
        self._sentence = None

    def turn_to(self, page: QWidget) -> bool:
        """Show the list or the first step; True where that is another than before."""
        if self.currentWidget() is page:
            return False
        self.setCurrentWidget(page)
        return True

    def retranslate(self) -> None:
        """The language changed."""
        self.opening.setText(self.tr("正在打开邮箱列表…"))
        self.empty.retranslate()
        self.store_problem.retranslate()
        if self._sentence is not None:
            self.store_problem.words.setText(self._sentence())
