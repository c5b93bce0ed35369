"""What every page of the wizard is: it shows the draft and gives back another; keeps no state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
    QWizardPage,
)

from laifaxin_desktop.engine.draft import Draft, Step
from laifaxin_desktop.engine.setup import is_complete
from laifaxin_desktop.ui.loop import spawn
from laifaxin_desktop.ui.theme import theme
from laifaxin_desktop.ui.wizard.parts import words

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

T = TypeVar("T")
LARGE = 1.4  # text scale from which the title scrolls with the page, to leave room for the rest


class Page(QWizardPage):
    """A title, a line under it, and a body that scrolls when the text is large.

    The wizard calls `enter` each time the page comes into view and `leave` each time it goes; what
    was started with `begin` is cancelled by `leave`.
    """

    step: ClassVar[Step]

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__()
        self.flow = flow
        self.setObjectName(f"page_{self.step}")
        self._tasks: set[asyncio.Task[Any]] = set()
        self.heading = words("title", "page_title")
        self.lead = words("secondary", "page_lead")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(9, 15, 15, 6)  # QWizard adds 9 around
        outer.setSpacing(8)
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        self.body = QVBoxLayout(inside)
        self.body.setContentsMargins(0, 4, 0, 0)
        self.body.setSpacing(12)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(inside)
        # A long page scrolls; it does not press the buttons below it flat.
        self.area.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        large = theme().scale > LARGE
        for at, label in enumerate((self.heading, self.lead)):
            (self.body if large else outer).insertWidget(at, label)
        outer.addWidget(self.area, 1)

    @property
    def draft(self) -> Draft:
        """What the person has said so far."""
        return self.flow.draft

    # --- for each page to fill ---

    def show_draft(self) -> None:
        """Put the draft into the widgets; called on entering."""

    def retranslate(self) -> None:
        """Every word again, in the language of now; called at first and on each change."""

    def first_field(self) -> QWidget | None:
        """Where the focus lands."""
        return None

    def forward_words(self) -> str | None:
        """Friendlier words for the forward button; None for 下一步."""
        return None

    def on_bug(self, bug: BaseException) -> None:
        """What `begin` started broke on a mistake of ours: wait for it no longer."""

    def forget(self) -> None:
        """Take out of the widgets what must not outlive the wizard."""

    # --- for the wizard ---

    def enter(self) -> None:
        """The page has come into view."""
        self.retranslate()
        self.show_draft()
        self.area.verticalScrollBar().setValue(0)
        QTimer.singleShot(0, self, self.take_focus)

    def leave(self) -> None:
        """The page goes out of view: what it waits for is cancelled."""
        for task in tuple(self._tasks):
            task.cancel()
        self._tasks.clear()

    def take_focus(self) -> None:
        """Put the focus where typing is wanted."""
        if self.flow.currentPage() is self and (field := self.first_field()):
            if isinstance(field, QLineEdit) and not field.hasFocus():
                field.selectAll()  # as by Tab: whoever was sent here types it anew
            field.setFocus(Qt.FocusReason.OtherFocusReason)

    def isComplete(self) -> bool:
        return is_complete(self.step, self.draft)

    def nextId(self) -> int:
        return self.flow.nextId()

    def cleanupPage(self) -> None:
        """Qt's own empties registered fields on 上一步; there are none, and nothing is lost."""
        self.leave()

    # --- for the pages ---

    @property
    def busy(self) -> bool:
        """Whether something started by `begin` still runs."""
        return bool(self._tasks)

    def begin(
        self, work: Coroutine[Any, Any, T], done: Callable[[T], object] | None = None
    ) -> asyncio.Task[T | None]:
        """Run `work` in the background until the page is left."""

        def over(result: T) -> None:
            self._tasks.discard(task)
            if done is not None:
                done(result)

        def broke(bug: BaseException) -> None:
            self._tasks.discard(task)
            self.on_bug(bug)

        task = spawn(work, self, over, broke)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def show_title(self, title: str, lead: str = "") -> None:
        """The words at the top."""
        self.heading.setText(title)
        self.lead.setText(lead)
        self.lead.setVisible(bool(lead))
        self.setAccessibleName(title)

    def say_error(self, label: QLabel, sentence: str) -> None:
        """Show a sentence under a field, or nothing."""
        label.setText(sentence)
        label.setVisible(bool(sentence))
