"""Everything a helper needs about a sign-in that failed, without a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication

from laifaxin_desktop.model.problem import Diagnosis, Stage
from laifaxin_desktop.model.report import Leg, Report, StageResult
from laifaxin_desktop.ui.account_row import Row
from laifaxin_desktop.ui.diagnostics import markdown
from laifaxin_desktop.ui.wizard.mending import account_of

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


def copy_report(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """Put it on the clipboard, as after a check that did not come further than this."""
    account = account_of(flow)
    if account is None:
        return
    stages = (StageResult(Stage.SIGN_IN, False, 0),)
    legs = tuple(Leg(end, stages, diagnosis) for end in account.settings.endpoints())
    report = Report(account.address, flow.app.checker.now(), 0, legs)
    row = Row(account, report, False, flow.draft.provider or flow.app.other)
    QGuiApplication.clipboard().setText(markdown(row))
    flow.note(QCoreApplication.translate("Mending", "已复制诊断信息，其中没有密码，地址已缩短。"))
