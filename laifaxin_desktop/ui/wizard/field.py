"""One field of a form: its label, what stands beside it, a hint, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from laifaxin_desktop.ui.wizard.flow_row import FlowRow, SideBySide
from laifaxin_desktop.ui.wizard.parts import words

COMPLAIN_AFTER = 1500  # ms of quiet before something half typed is called wrong


class Field(QWidget):
    """Judges what is typed after a pause; what has been called wrong is forgiven at once."""

    def __init__(self, entry: QLineEdit | QComboBox, *beside: QWidget) -> None:
        super().__init__()
        self.entry = entry
        self.judge: Callable[[], str] = lambda: ""  # what is wrong, in a sentence
        self._label = words()
        self._label.setBuddy(entry)
        self._hint = words("small")
        self._hint.hide()
        name = entry.objectName()
        self._wrong = words("error", f"{name}_wrong")
        self._wrong.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._label)
        if beside:
            actions = FlowRow()
            for widget in beside:
                actions.add(widget)
            column.addWidget(SideBySide(entry, actions, least=380, stretch=(1, 0)))
        else:
            column.addWidget(entry)
        column.addWidget(self._hint)
        column.addWidget(self._wrong)
        self._patience = QTimer(self, interval=COMPLAIN_AFTER, singleShot=True)
        self._patience.timeout.connect(self.complain)
        # What is typed in: nothing, in a box where one only chooses.
        self._line = entry if isinstance(entry, QLineEdit) else entry.lineEdit()
        if self._line is not None:
            self._line.textChanged.connect(self._changed)
            self._line.editingFinished.connect(self.complain)

    def put(self, label: str, hint: str = "") -> None:
        """The words; a screen reader hears the hint as the description."""
        self._label.setText(label)
        for spoken in (self.entry, self._line):
            if spoken is not None:
                spoken.setAccessibleName(label)
                spoken.setAccessibleDescription(hint)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.complain_again()

    def complain_again(self) -> None:
        """Judge anew what has been called wrong; be patient with the rest."""
        if not self._wrong.isHidden():
            self.complain()

    def complain(self) -> None:
        """Say what is wrong now, or take it back."""
        self._patience.stop()
        sentence = self.judge()
        self._wrong.setText(sentence)
        self._wrong.setVisible(bool(sentence))

    def _changed(self) -> None:
        if not self._wrong.isHidden():
            self.complain()
        else:
            self._patience.start()
