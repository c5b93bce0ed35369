"""Asks before a secret goes to a server that only a stranger's certificate names."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from laifaxin_desktop.engine.hosts import domain_of
from laifaxin_desktop.model.problem import Diagnosis, Fault, Fix
from laifaxin_desktop.model.provider import Endpoint


def stranger_in(diagnosis: Diagnosis) -> Endpoint | None:
    """The server that answers under a name which only the certificate vouches for.

    None where a better one is known, or where somebody may stand in between.
    """
    seen = diagnosis.evidence
    if diagnosis.fix is not Fix.EDIT_SERVERS or diagnosis.suggestion or seen.clock_off:
        return None
    if seen.fault is not Fault.CERTIFICATE_WRONG_HOST:
        return None
    return next((look.at for look in seen.looks if look.foreign and look.fault is None), None)


class ForeignHost(QMessageBox):
    """要改用 … 吗？ Open it with `open()`; whoever presses Enter changes nothing."""

    accepted_host = Signal()

    def __init__(self, here: str, there: Endpoint, parent: QWidget) -> None:
        """`here` is the server as it is set now."""
        super().__init__(parent)
        self.setObjectName("foreign_host_question")
        self.setIcon(QMessageBox.Icon.Warning)
        self.setWindowTitle(parent.windowTitle())
        self.setText(self.tr("要改用 {0} 吗？").format(there.host))
        whose = self.tr("{there} 不是 {here} 的名称，只有证书里写着它；改用以后，密码会发给它。")
        sure = self.tr("确认它是您的邮箱服务商的，才改用；不确定就先问服务商。")
        mine, its = domain_of(here), domain_of(there.host)
        if mine == its:  # neighbours below one rented domain
            mine, its = here, there.host
        names = whose.format(there=its, here=mine)
        self.setInformativeText(f"{names}\n{sure}")
        stay = QPushButton(self.tr("不改"), self)  # with a parent: PySide keeps it
        take = QPushButton(self.tr("是我的服务商，改用它"), self)
        for button, name in ((stay, "keep_host"), (take, "take_host")):
            button.setObjectName(name)
            button.setAccessibleName(button.text())
        self.addButton(take, QMessageBox.ButtonRole.DestructiveRole)
        self.addButton(stay, QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(stay)
        self.setEscapeButton(stay)
        self._take = take
        self.finished.connect(self._answered)

    def _answered(self) -> None:
        self.deleteLater()
        if self.clickedButton() is self._take:
            self.accepted_host.emit()
