"""What the detail pane says of an account: the problem in words, or that nothing is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from laifaxin_desktop.engine.network import only_here
from laifaxin_desktop.engine.retry import lockout_ends
from laifaxin_desktop.model.problem import Diagnosis, Fix, Stage
from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.model.report import Report
from laifaxin_desktop.model.text import Language

from .account_row import Row, word
from .detail_calm import Calm
from .languages import Languages
from .times import moment

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

WAITS = (Fix.RETRY, Fix.WAIT)
# After these no closer look comes: what they say is the last word at once.
_DECIDED = (Stage.LOGIN, Stage.MAILBOX, Stage.SIGN_IN, Stage.VAULT)


@dataclass(frozen=True, slots=True)
class Said:
    """The words of the pane, in the reader's language; plain text only."""

    title: str
    meaning: str
    steps: tuple[str, ...] = ()
    button: str = ""
    code: str = ""
    found: Mapping[Side, Diagnosis] | None = None  # what each half met; None: nothing is wrong
    main: Diagnosis | None = None  # the one that is spoken of
    running: bool = False  # a check is: there may be more to say
    locked: bool = False  # and the server has said until when

    @property
    def fix(self) -> Fix:
        """What the button does."""
        return self.main.fix if self.main else Fix.NONE

    @property
    def ready(self) -> bool:
        """Whether the button may be used now: not while what it does may still change."""
        if self.main is None:
            return False
        decided = self.main.evidence.stage in _DECIDED and self.fix not in WAITS
        return decided or not self.running


class DetailWords(QObject):
    """Finds them. `others` gives the last reports of all accounts that are not paused."""

    def __init__(
        self,
        app: App,
        languages: Languages,
        others: Callable[[], Iterable[Report]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._app, self._languages, self._others = app, languages, others
        self._calm = Calm(app, languages, self)

    def of(self, row: Row) -> Said:
        """What is true of the account now; of a running check its first words, once there are."""
        language, found = self._languages.current, self._found(row)
        main = min(found.values(), key=lambda each: each.fix in WAITS, default=None)
        if main is None:
            return Said(word(self._app, row).say(language), self._calm.say(row))
        said = self._app.table.explain(main, row.provider)
        meaning, locked = [said.meaning.say(language)], ""
        if not row.checking and row.report is not None:
            locked = self._until_when(row.report)
            meaning += [locked] if locked else []
            meaning += [self._only_here()] if only_here(row.report, self._others()) else []
        between = "" if language is Language.ZH_CN else " "
        return Said(
            said.title.say(language),
            between.join(meaning),
            tuple(step.say(language) for step in said.steps),
            said.button.say(language),
            said.code,
            found,
            main,
            row.checking,
            bool(locked),
        )

    def _found(self, row: Row) -> Mapping[Side, Diagnosis]:
        if row.checking:
            return dict(self._app.watch.problems(row.id))
        if row.report is None or row.diagnosis is None:  # fine, paused, or a bar says it
            return {}
        return {leg.side: leg.diagnosis for leg in row.report.legs if leg.diagnosis}

    def _until_when(self, report: Report) -> str:
        """Until when a lockout lasts; empty where there is none, or nobody knows."""
        ends = lockout_ends(report)
        if ends is None or ends <= self._app.checker.now():
            return ""
        return self.tr("{time} 之前不要再试。").format(time=moment(ends))

    def _only_here(self) -> str:
        return self._app.words("learned.only_here").say(self._languages.current)
