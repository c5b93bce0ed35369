"""A problem as a terminal says it: no step that only a window has, one problem said once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from laifaxin_desktop.knowledge.diagnoses import DiagnosisTable
from laifaxin_desktop.knowledge.providers import ProviderBook
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.problem import Diagnosis, Explanation, Fix
from laifaxin_desktop.model.provider import Protocol
from laifaxin_desktop.model.report import Leg, Report
from laifaxin_desktop.model.route import may_pin
from laifaxin_desktop.model.text import Language

SIGN_IN = "laifaxin sign-in ADDRESS"


class Spoken:
    """Lines for people, in one language."""

    def __init__(
        self, words: Words, table: DiagnosisTable, book: ProviderBook, language: Language
    ) -> None:
        self._words, self._table, self._book, self._language = words, table, book, language
        buttons = [problem.button for problem in table.problems]
        buttons += [words(f"fix.{fix}") for fix in Fix]
        self._buttons = {button.say(language) for button in buttons}
        self._press = words("learned.step").say(language).partition("{button}")[0]

    def problem(self, found: Diagnosis) -> list[str]:
        """What is wrong, what it means and what to do, then what one server said of it."""
        return [*self._problem(found), *self._besides(found), *self._reply(found)]

    def legs(self, report: Report) -> list[str]:
        """Each server; a problem that both have stands once, under the two of them."""
        problems = [self._problem(leg.diagnosis) for leg in report.legs if leg.diagnosis]
        if (
            len(report.legs) < 2
            or len(problems) < len(report.legs)
            or any(other != problems[0] for other in problems)
        ):
            return [line for leg in report.legs for line in (self._leg(leg), *self._own(leg))]
        return [*map(self._leg, report.legs), *_indented(self._shared(report.legs, problems[0]))]

    def _own(self, leg: Leg) -> list[str]:
        return _indented(self.problem(leg.diagnosis)) if leg.diagnosis else []

    def _shared(self, legs: Sequence[Leg], problem: list[str]) -> list[str]:
        found = [leg.diagnosis for leg in legs if leg.diagnosis]
        replies = dict.fromkeys(chain.from_iterable(map(self._reply, found)))
        if len(replies) > 1:  # else it would be riddled whose words they are
            replies = dict.fromkeys(
                f"{self._say(f'side.{leg.side}')} · {line}"
                for leg in legs
                if leg.diagnosis
                for line in self._reply(leg.diagnosis)
            )
        besides = dict.fromkeys(chain.from_iterable(map(self._besides, found)))
        both = self._say("cli.both_sides", problem=problem[0])
        return [both, *problem[1:], *besides, *replies]

    def _leg(self, leg: Leg) -> str:
        mark = "✓" if leg.ok else "✕"
        side = self._say(f"side.{leg.side}")
        return f"  {mark} {side}  {leg.endpoint.protocol.upper()}  {leg.endpoint}"

    def _problem(self, found: Diagnosis) -> list[str]:
        """Title with Microsoft's own number where it has one, meaning, steps."""
        said = self._explain(found)
        title = said.title.say(self._language)
        steps = [f"{i}. {step}" for i, step in enumerate(self._steps(said), 1)]
        return [f"{title}  {said.code}".rstrip(), said.meaning.say(self._language), *steps]

    def _steps(self, said: Explanation) -> list[str]:
        """Those that can be taken without a window."""
        buttons = self._buttons | {said.button.say(self._language)}

        def clicks(step: str) -> bool:
            return step.startswith(self._press) or any(f"“{name}”" in step for name in buttons)

        steps = [step.say(self._language) for step in said.steps]
        return [step for step in steps if not clicks(step)]

    def _besides(self, found: Diagnosis) -> list[str]:
        """What to write where the window has a button."""
        lines, end = [], found.suggestion
        if end is not None:
            option = f"--{end.protocol} {end}/{end.security}"
            if end.protocol is Protocol.GRAPH:
                option = f"{SIGN_IN} --send graph"
            lines.append(self._say("cli.suggested", option=option))
        elif self._wants_sign_in(found):
            lines.append(self._say("cli.suggested", option=SIGN_IN))
        shown = found.evidence.certificate
        if found.fix is Fix.SHOW_CERTIFICATE and shown and may_pin(found.evidence):
            lines.append(self._say("cli.may_trust", sha256=shown.sha256))
        return lines

    def _wants_sign_in(self, found: Diagnosis) -> bool:
        """Whether the button leads to Microsoft's sign-in."""
        if found.fix is not Fix.SWITCH_WAY:
            return found.fix is Fix.REAUTHORIZE
        said = self._explain(found)  # only a button that names the other way is spoken of in a step
        return len(self._steps(said)) < len(said.steps)

    def _reply(self, found: Diagnosis) -> list[str]:
        reply = found.evidence.reply
        return [f"{self._say('cli.reply')} {reply}"] if reply else []

    def _explain(self, found: Diagnosis) -> Explanation:
        return self._table.explain(found, self._book.by_id(found.evidence.provider))

    def _say(self, key: str, **places: str) -> str:
        return self._words(key).fill(places).say(self._language)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
