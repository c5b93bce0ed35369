"""From what was seen to a named problem and its words; the rows are in resources/diagnoses.toml."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from laifaxin_desktop.model.problem import Diagnosis, Evidence, Explanation, Fix, Problem
from laifaxin_desktop.model.provider import (
    USUAL_PORTS,
    AuthWay,
    Endpoint,
    Provider,
    Security,
)
from laifaxin_desktop.model.text import Text

from .decode import ResourceError, decode
from .providers import BY_HAND, ProviderBook
from .rules import Catalogue, Rule
from .words import Words

SITE = "{site}"  # a link to the web mail of the provider that the rule names
# Where the host itself was wrong, a server is only worth suggesting under another name.
_HOST_IS_WRONG = ("host_not_found", "bad_host_name", "certificate_wrong_host")


class DiagnosisTable:
    """Names problems and explains them; a last row without conditions makes it never fail."""

    def __init__(self, catalogue: Catalogue, book: ProviderBook, words: Words) -> None:
        """Take the rows, the directory (for guides and servers) and the words of buttons.

        :raises ResourceError: a rule leads nowhere, or the last one has a condition
        """
        self._rules, self._book, self._words = catalogue.rules, book, words
        self._problems = {problem.id: problem for problem in catalogue.problems}
        for number, rule in enumerate(self._rules, 1):
            self._refuse_dead_ends(rule, f"diagnoses.toml: rule {number} ({rule.problem})")
        if not self._rules or self._rules[-1] != Rule(self._rules[-1].problem):
            raise ResourceError("diagnoses.toml: the last rule must have no condition")

    @classmethod
    def load(cls, file: Path, book: ProviderBook, words: Words) -> DiagnosisTable:
        """Read the rows.

        :raises ResourceError: the file is wrong, or a rule leads nowhere
        """
        return cls(decode(Catalogue, file), book, words)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem that can be named."""
        return tuple(self._problems.values())

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, in the order in which they are tried."""
        return self._rules

    def problem(self, problem_id: str) -> Problem:
        """The row of one problem.

        :raises KeyError: no such problem: a bug of ours
        """
        return self._problems[problem_id]

    def match(self, evidence: Evidence) -> Rule:
        """The first rule that fits."""
        return next(rule for rule in self._rules if rule.fits(evidence))

    def diagnose(self, evidence: Evidence) -> Diagnosis:
        """Name the problem behind what was seen; never fails."""
        rule = self.match(evidence)
        problem = self._problems[rule.problem]
        fix = rule.fix or problem.fix
        return Diagnosis(
            problem=problem.id,
            fix=fix,
            evidence=evidence,
            guide=self._guide(rule, evidence) if fix is Fix.OPEN_GUIDE else None,
            link=self._link(rule, evidence) if fix is Fix.OPEN_LINK else None,
            suggestion=self._suggest(problem.id, evidence) if fix is Fix.EDIT_SERVERS else None,
        )

    def explain(self, diagnosis: Diagnosis, provider: Provider | None = None) -> Explanation:
        """The diagnosis in words, both languages, every place filled; plain text only.

        A problem of an older or newer version of the program is explained as `unrecognised`.
        """
        problem = self._problems.get(diagnosis.problem) or self._problems[self._rules[-1].problem]
        own = diagnosis.fix is problem.fix
        button = problem.button if own else self._words(f"fix.{diagnosis.fix}")
        seen = diagnosis.evidence
        places = self._places(seen, provider or self._book.by_id(seen.provider))
        # The reply last: a brace in a stranger's words must not become a place of ours.
        reply = {
            "reply": Text(seen.reply, seen.reply) if seen.reply else self._words("place.reply")
        }

        def fill(text: Text) -> Text:
            filled = text.fill(places).fill(reply)
            return replace(filled, en=filled.en[:1].upper() + filled.en[1:])

        return Explanation(
            title=fill(problem.title),
            meaning=fill(problem.meaning),
            steps=tuple(fill(step) for step in problem.steps),
            button=fill(button),
            word=fill(problem.word or problem.title),
        )

    def _refuse_dead_ends(self, rule: Rule, where: str) -> None:
        problem = self._problems.get(rule.problem)
        if problem is None:
            raise ResourceError(f"{where}: no such problem")
        fix = rule.fix or problem.fix
        link = rule.link or problem.link
        if fix is Fix.OPEN_LINK and not link:
            raise ResourceError(f"{where}: open_link without a link")
        sites = [page.site for page in map(self._book.by_id, rule.provider) if page]
        if link == SITE and not (sites and all(sites)):
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

    def _suggest(self, problem: str, seen: Evidence) -> Endpoint | None:
        """The server as it should be, where what was seen or the directory tells."""
        if not seen.protocol or not seen.security or not seen.host:
            return None
        provider = self._book.by_id(seen.provider)
        known = provider.endpoint(seen.protocol) if provider else None
        here = Endpoint(seen.protocol, seen.host, seen.port, seen.security)
        if known:
            here = replace(here, username=known.username)
        if problem == "login_needs_encryption" and seen.security is not Security.PLAIN:
            return None  # it is encrypted already: no setting of ours will please this server
        if problem in ("tls_wrong_mode", "login_needs_encryption"):
            # This very port just showed what it speaks: the port stays, the security changes.
            return replace(here, security=_spoken_security(seen))
        if problem == "port_blocked":
            return _at_usual_port(here, _other_security(seen.security))
        if problem == "starttls_missing":
            return _at_usual_port(here, Security.TLS)
        if problem == "wrong_protocol" and seen.port != USUAL_PORTS.get(
            (seen.protocol, seen.security)
        ):
            return _at_usual_port(here, seen.security)
        for other in provider.endpoints if provider else ():
            same = other.host == seen.host.lower()
            if other.protocol is not seen.protocol or (same and other.port == seen.port):
                continue
            if not (same and problem in _HOST_IS_WRONG):
                return other
        return None

    def _places(self, seen: Evidence, provider: Provider | None) -> dict[str, Text | str]:
        words, certificate = self._words, seen.certificate
        app_password = _name(provider, AuthWay.APP_PASSWORD) or words("way.app_password")
        credential = _name(provider, seen.way) or words(f"way.{seen.way or AuthWay.PASSWORD}")
        way = provider.way(seen.way) if provider and seen.way else None
        known = provider is not None and provider.id != BY_HAND
        spoken = f"place.{seen.spoken or 'spoken'}"
        other = seen.protocol and seen.security and (seen.protocol, _other_security(seen.security))
        return {
            "host": seen.host or words("place.host"),
            "port": str(seen.port),
            "other_port": str(USUAL_PORTS[other])
            if other and other in USUAL_PORTS
            else words("place.other_port"),
            "protocol": seen.protocol.upper() if seen.protocol else words("place.protocol"),
            "provider": provider.name if provider and known else words("place.provider"),
            "credential": _inside(credential),
            "app_password": _inside(app_password),
            "spoken": words(spoken) if spoken in words else seen.spoken.upper(),
            "names": ", ".join(certificate.names[:3])
            if certificate and certificate.names
            else words("place.names"),
            "issuer": (certificate and certificate.issuer) or words("place.issuer"),
            "expires": _day(certificate.not_after if certificate else None) or words("place.date"),
            "starts": _day(certificate.not_before if certificate else None) or words("place.date"),
            "date": _day(way.since if way else None) or words("place.date"),
        }


def _spoken_security(seen: Evidence) -> Security:
    """TLS where it answered with TLS or nothing but an upgrade is left; otherwise STARTTLS."""
    return Security.TLS if seen.spoken == "tls" else Security.STARTTLS


def _other_security(security: Security) -> Security:
    """That of the server's other usual port; never none at all."""
    return Security.STARTTLS if security is Security.TLS else Security.TLS


def _at_usual_port(endpoint: Endpoint, security: Security) -> Endpoint:
    port = USUAL_PORTS.get((endpoint.protocol, security), endpoint.port)
    return replace(endpoint, security=security, port=port)


def _name(provider: Provider | None, way: AuthWay | None) -> Text | None:
    row = provider.way(way) if provider and way else None
    return row.credential.name if row else None


def _inside(name: Text) -> Text:
    """A name as it stands inside an English sentence."""
    return replace(name, en=name.en[:1].lower() + name.en[1:])


def _day(when: date | datetime | None) -> str:
    return when.strftime("%Y-%m-%d") if when else ""
