"""From what was seen to a named problem and its words; the rows are in resources/diagnoses.toml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import Cloud, SignIn
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Explanation, Fix, Problem
from laifaxin_desktop.model.provider import Provider
from laifaxin_desktop.model.text import Text

from .decode import ResourceError, decode
from .filling import code_of, filled, places_of
from .learned import Learned
from .microsoft_errors import CodeMeaning, MicrosoftErrors
from .notes import note, places_of_note
from .providers import BY_HAND, ProviderBook
from .rules import Catalogue, Rule
from .suggestions import suggested
from .words import Words

ERRORS = "microsoft_errors.toml"  # beside diagnoses.toml
SIGN_IN_ERROR = "sign_in_error"  # for whatever has no row of its own
PORTAL = "captive_portal"
SITE = "{site}"  # a link to the provider's web mail: fits only where the provider has one


class DiagnosisTable:
    """Names problems and explains them; a last row without conditions makes it never fail."""

    def __init__(
        self, catalogue: Catalogue, book: ProviderBook, words: Words, errors: MicrosoftErrors
    ) -> None:
        """Take the rows, the directory (for guides and servers), the words of buttons, and what
        Microsoft's codes mean.

        :raises ResourceError: a rule leads nowhere, or the last one has a condition
        """
        self._rules, self._book, self._words = catalogue.rules, book, words
        self._errors = errors
        self._connects = {console.cloud: console.connect for console in catalogue.consoles}
        self._problems = {problem.id: problem for problem in catalogue.problems}
        for number, rule in enumerate(self._rules, 1):
            self._refuse_dead_ends(rule, f"diagnoses.toml: rule {number} ({rule.problem})")
        if not self._rules or self._rules[-1] != Rule(self._rules[-1].problem):
            raise ResourceError("diagnoses.toml: the last rule must have no condition")

    @classmethod
    def load(cls, file: Path, book: ProviderBook, words: Words) -> DiagnosisTable:
        """Read the rows and, beside them, the meanings of Microsoft's codes.

        :raises ResourceError: a file is wrong, or a rule leads nowhere
        """
        errors = MicrosoftErrors.load(file.with_name(ERRORS))
        return cls(decode(Catalogue, file), book, words, errors)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem that can be named."""
        return tuple(self._problems.values())

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, in the order in which they are tried."""
        return self._rules

    def opens(self, link: str | None) -> bool:
        """Whether a link of a diagnosis may be opened in the browser: https, and one page besides.

        A network that wants a sign-in first can only step in where nothing is encrypted.
        """
        return bool(link) and (str(link).startswith("https://") or link == self._portal())

    def problem(self, problem_id: str) -> Problem:
        """The row of one problem.

        :raises KeyError: no such problem: a bug of ours
        """
        return self._problems[problem_id]

    def match(self, evidence: Evidence) -> Rule:
        """The first rule that fits."""
        provider = self._book.by_id(evidence.provider)
        there = bool(provider and provider.site)
        return next(
            rule for rule in self._rules if rule.fits(evidence) and (there or rule.link != SITE)
        )

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """Name the problem behind what was seen; never fails."""
        rule = self.match(evidence)
        problem = self._problems[rule.problem]
        row = self._row(problem.id, evidence)
        fix = rule.fix or (row and row.fix) or problem.fix
        if evidence.better:  # whatever else could be done: the server that works is known
            fix = Fix.EDIT_SERVERS
        elif fix is Fix.EDIT_SERVERS and evidence.worked and problem.worked:
            fix = problem.worked  # good settings are not to be spoilt
        elif fix is Fix.SHOW_CERTIFICATE and evidence.certificate is None:
            fix = Fix.REPORT_BUG  # it could not be read again: there is nothing to show
        return Diagnosis(
            problem=problem.id,
            fix=fix,
            evidence=evidence,
            guide=self._guide(rule, evidence) if fix is Fix.OPEN_GUIDE else None,
            link=self._link(rule, evidence) if fix is Fix.OPEN_LINK else None,
            suggestion=suggested(problem.id, fix, evidence, self._book),
        )

    def explain(self, diagnosis: Diagnosis, provider: Provider | None = None) -> Explanation:
        """The diagnosis in words, both languages, every place filled; plain text only.

        A problem of an older or newer version of the program is explained as `unrecognised`.
        """
        problem = self._problems.get(diagnosis.problem) or self._problems[self._rules[-1].problem]
        own = diagnosis.fix is problem.fix
        learned = Learned.of(diagnosis, self._words)
        button = problem.button if own else self._words(f"fix.{diagnosis.fix}")
        word = problem.word or problem.title
        seen = diagnosis.evidence
        if row := self._row(problem.id, seen):
            button = (not own and row.button) or button
            word = row.word or (problem.title if row.fix else word)
        provider = provider or self._book.by_id(seen.provider)
        places = places_of(seen, provider, self._words, self._errors)

        def fill(text: Text) -> Text:
            whole = filled(text, places)
            return replace(whole, en=whole.en[:1].upper() + whole.en[1:])

        return Explanation(
            title=fill(problem.title),
            meaning=learned.meaning(fill(problem.meaning)),
            steps=learned.steps(tuple(fill(step) for step in problem.steps)),
            button=learned.button or fill(button),
            word=fill(word),
            code=code_of(seen),
        )

    def note_for_admin(
        self,
        diagnosis: Diagnosis,
        provider: Provider | None = None,
        *,
        address: Address | None = None,
        sign_in: SignIn | None = None,
        cloud: Cloud | None = None,
    ) -> Text:
        """A text that a person can send to an administrator, whole: the problem's own, with the
        exact switch, cmdlet and link of this cloud, else what the problem means.

        Plain text of several lines; holds the address in full and no secret.
        """
        said = self.explain(diagnosis, provider)
        places = places_of_note(diagnosis, said, self._connects, address, sign_in, cloud)
        problem = self._problems.get(diagnosis.problem)
        own = problem.note if problem else None
        ends = self._words("note.ends")
        body = own or self._words("note.plain")
        template = Text(f"{body.zh_CN}\n{ends.zh_CN}", f"{body.en}\n{ends.en}")
        return note(template, places)

    def _row(self, problem: str, seen: Evidence) -> CodeMeaning | None:
        """What the table of Microsoft's errors adds to the problem that has no row for each."""
        return self._errors.of(seen.codes) if problem == SIGN_IN_ERROR else None

    def _portal(self) -> str | None:
        row = self._problems.get(PORTAL)
        return row.link if row else None

    def _refuse_dead_ends(self, rule: Rule, where: str) -> None:
        problem = self._problems.get(rule.problem)
        if problem is None:
            raise ResourceError(f"{where}: no such problem")
        fix = rule.fix or problem.fix
        link = rule.link or problem.link
        if fix is Fix.OPEN_LINK and not link:
            raise ResourceError(f"{where}: open_link without a link")
        if link and link != SITE and not link.startswith("https://") and link != self._portal():
            raise ResourceError(f"{where}: only the captive portal's page may be unencrypted")
        sites = [page and page.site for page in map(self._book.by_id, rule.provider)]
        if link == SITE and (rule.link != SITE or not all(sites)):
            raise ResourceError(f"{where}: a link to the web mail of nobody")
        owners = rule.provider or (BY_HAND,)
        if rule.guide and not all(self._book.guide(owner, rule.guide) for owner in owners):
            raise ResourceError(f"{where}: no such guide: {rule.guide!r}")

    def _link(self, rule: Rule, seen: Evidence) -> str | None:
        """The rule's page, else the problem's; the provider's web mail where that is asked for."""
        link = rule.link or self._problems[rule.problem].link
        provider = self._book.by_id(seen.provider)
        return provider.site if link == SITE and provider else link

    def _guide(self, rule: Rule, seen: Evidence) -> str | None:
        """The rule's guide, else that of the way signed in with, else the provider's first."""
        if rule.guide:
            return rule.guide
        for provider in (self._book.by_id(seen.provider), self._book.by_id(BY_HAND)):
            if provider and provider.guides:
                way = provider.way(seen.way) if seen.way else None
                return (way and way.guide) or provider.guides[0].id
        return None
