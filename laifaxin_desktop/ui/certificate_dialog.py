"""Shows the certificate that a server presented; trusts nothing, changes nothing."""

from __future__ import annotations

from textwrap import wrap

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.model.problem import Certificate

from .notice import label
from .theme import set_kind
from .times import day

_SELECTABLE = (
    Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
)


class CertificateDialog(QDialog):
    """Facts in words that an administrator can use; copied with one button."""

    def __init__(
        self, certificate: Certificate, host: str, meaning: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("certificate_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("服务器证书"))
        self.setMinimumWidth(520)
        title = QLabel(host, self)
        title.setTextFormat(Qt.TextFormat.PlainText)
        set_kind(title, "title")
        why = QLabel(meaning, self)
        why.setTextFormat(Qt.TextFormat.PlainText)
        why.setWordWrap(True)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.facts = self._facts(certificate)
        for name, value in self.facts:
            left, right = QLabel(name, self), QLabel(value, self)
            set_kind(left, "secondary")
            right.setTextFormat(Qt.TextFormat.PlainText)
            right.setWordWrap(True)
            right.setTextInteractionFlags(_SELECTABLE)
            right.setAccessibleName(f"{name} {value}")
            form.addRow(left, right)
        self.copy = QPushButton(self)
        self.copy.setObjectName("copy_certificate_button")
        label(self.copy, self.tr("复制"))
        close = QPushButton(self)
        close.setObjectName("close_certificate_button")
        label(close, self.tr("关闭"))
        close.clicked.connect(self.accept)
        close.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(why)
        column.addLayout(form)
        column.addStretch(1)
        column.addLayout(buttons)

    def text(self) -> str:
        """The facts as lines, for the clipboard."""
        return "\n".join(f"{name}: {value}" for name, value in self.facts)

    def _facts(self, shown: Certificate) -> list[tuple[str, str]]:
        half = len(shown.sha256) // 2
        halves = (shown.sha256[:half], shown.sha256[half:])
        fingerprint = "\n".join(":".join(wrap(one, 2)) for one in halves)
        issuer = self.tr("{issuer}（自签名）") if shown.self_signed else "{issuer}"
        return [
            (self.tr("用于"), ", ".join(shown.names) or shown.subject),
            (self.tr("颁发者"), issuer.replace("{issuer}", shown.issuer)),
            (self.tr("生效"), day(shown.not_before)),
            (self.tr("到期"), day(shown.not_after)),
            ("SHA-256", fingerprint.upper()),
        ]
