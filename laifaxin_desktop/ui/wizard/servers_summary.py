"""The servers as lines to read, where their source is trusted and nobody need look at a form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout

from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.ui.wizard.parts import button, empty, put, row, words

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


class ServersSummary(QFrame):
    """One line a server, the user name, the proxy where there is one; and 修改."""

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__()
        self._flow = flow
        self.setProperty("kind", "card")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self.edit = button("edit_servers")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addLayout(self._grid)
        column.addLayout(row(self.edit))

    def retranslate(self) -> None:
        """Every word again, of the draft as it is now."""
        put(self.edit, self.tr("修改"))
        empty(self._grid)
        for at, line in enumerate(self._lines()):
            kinds = ("secondary", "", "small")
            for column, (text, kind) in enumerate(zip(line, kinds, strict=True)):
                made = words(kind, selectable=column == 1)
                made.setWordWrap(column == 1)
                made.setText(text)
                self._grid.addWidget(made, at, column)

    def _lines(self) -> Iterator[tuple[str, str, str]]:
        flow, draft = self._flow, self._flow.draft
        settings = draft.settings
        if settings is None:
            return
        for side in Side:
            if end := settings.endpoint(side):
                protocol = flow.word(f"protocol.{end.protocol}")
                label = f"{flow.word(f'side.{side}')} · {protocol}"
                yield label, str(end), flow.word(f"security.{end.security}")
        if draft.address:
            first = next(iter(settings.endpoints()), None)
            usual = settings.username_for(first, draft.address) if first else ""
            yield self.tr("用户名"), settings.username or usual, ""
        if settings.proxy:
            yield self.tr("代理"), str(settings.proxy), settings.proxy.kind.upper()
