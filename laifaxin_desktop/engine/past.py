"""What a check goes by besides what it sees: that these very settings worked until now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from laifaxin_desktop.engine.check import Checker
from laifaxin_desktop.model.problem import Diagnosis, Evidence

# A server that has been away for longer may not come back: then its settings are in question.
NOT_LONG = timedelta(days=14)


def knowing(checker: Checker, worked: datetime | None) -> Checker:
    """A checker of one account as it is stored, which last passed at `worked` (UTC).

    Not for what a person is changing in the wizard: there the form is the mend.
    """
    if worked is None or abs(checker.now() - worked) > NOT_LONG:
        return checker

    def diagnose(evidence: Evidence) -> Diagnosis:
        return checker.diagnose(replace(evidence, worked=worked))

    return replace(checker, diagnose=diagnose)
