"""What the commands print: one JSON object, or lines for people; the words come from resources/."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from laifaxin_desktop.engine.diagnostics import Subject, markdown
from laifaxin_desktop.engine.network import Network, network_of
from laifaxin_desktop.knowledge.diagnoses import DiagnosisTable
from laifaxin_desktop.knowledge.providers import ProviderBook
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.account import Account, Settings
from laifaxin_desktop.model.problem import Certificate, Diagnosis, Evidence
from laifaxin_desktop.model.provider import Provider, Side
from laifaxin_desktop.model.report import Leg, Report, StageResult, Status, status_of
from laifaxin_desktop.model.text import Language, Text

from .spoken import Spoken

Plain = dict[str, Any]


class Output:
    """Standard output for the result, standard error for progress and words."""

    def __init__(
        self,
        words: Words,
        table: DiagnosisTable,
        book: ProviderBook,
        language: Language,
        *,
        as_json: bool,
    ) -> None:
        self.words, self.table, self.book = words, table, book
        self.language, self.as_json = language, as_json
        self._spoken = Spoken(words, table, book, language)

    def note(self, line: str) -> None:
        """A line of progress."""
        print(line, file=sys.stderr, flush=True)

    def say(self, key: str, **places: str) -> str:
        """A wording in the chosen language."""
        return self.words(key).fill(places).say(self.language)

    def refuse(self, problem: str, text: Text) -> None:
        """Say what is wrong; for programs also its name, the sentence's key in words.toml."""
        sentence = text.say(self.language)
        self.note(sentence)
        if self.as_json:
            self.result({"problem": problem, "meaning": sentence}, [])

    def result(self, value: Plain, lines: list[str]) -> None:
        """The command's answer: the object with --json, the lines without."""
        if self.as_json:
            lines = [json.dumps(value, ensure_ascii=False)]
        for line in lines:
            print(line)
        sys.stdout.flush()

    # --- progress ---------------------------------------------------------------------------------

    def stage(self, side: Side, result: StageResult) -> None:
        """One stage of one leg."""
        mark = "✓" if result.ok else "✕"
        side_word, stage = self.say(f"side.{side}"), self.say(f"stage.{result.stage}")
        self.note(f"  {side_word}  {stage} {mark} {result.ms} ms")

    def evidence(self, report: Report, settings: Settings | None) -> None:
        """Everything that was seen, for whoever looks closer: what the window's copy holds."""
        found = report.diagnosis
        provider = found.evidence.provider if found else ""
        subject = Subject(report.address, settings, provider, status_of(report), report)
        self.note(markdown(subject))

    def network(self, reports: Sequence[Report]) -> None:
        """One line when it is the network, and no account, that is to blame."""
        found = network_of(reports)
        if found is not Network.FINE:
            self.note(self.say(f"network.{found}"))

    # --- shapes of the contract -------------------------------------------------------------------

    def report(self, report: Report, settings: Settings | None = None) -> Plain:
        """REPORT of the contract; of the settings the way to the servers is told."""
        return {
            "address": str(report.address),
            "status": status_of(report),
            "ms": report.ms,
            "legs": [self._leg(leg) for leg in report.legs],
            **(_way(settings) if settings else {}),
        }

    def _leg(self, leg: Leg) -> Plain:
        found, end = leg.diagnosis, leg.endpoint
        words: Plain = {"problem": None, "fix": None, "title": None, "meaning": None, "steps": []}
        if found:
            said = self.table.explain(found, self.book.by_id(found.evidence.provider))
            words = {
                "problem": found.problem,
                "fix": found.fix,
                "title": said.title.say(self.language),
                "meaning": said.meaning.say(self.language),
                "steps": [step.say(self.language) for step in said.steps],
            }
        return {
            "side": leg.side,
            "protocol": end.protocol,
            "host": end.host,
            "port": end.port,
            "security": end.security,
            "ok": leg.ok,
            **words,
            "reply": found.evidence.reply if found else None,
            **(_shown(found.evidence) if found else {}),
            "stages": [{"stage": s.stage, "ok": s.ok, "ms": s.ms} for s in leg.stages],
        }

    def account(self, account: Account, report: Report | None) -> Plain:
        """ACCOUNT of the contract."""
        diagnosis = report.diagnosis if report else None
        return {
            "id": account.id,
            "address": str(account.address),
            "provider": account.provider,
            "way": account.settings.auth,
            "status": status_of(report, paused=account.paused),
            "problem": diagnosis.problem if diagnosis else None,
            "checked_at": report.at.isoformat() if report else None,
            **_way(account.settings),
        }

    # --- lines for people -------------------------------------------------------------------------

    def status_word(self, report: Report | None, *, paused: bool = False) -> str:
        """The list's word for a status."""
        status = status_of(report, paused=paused)
        diagnosis = report.diagnosis if report else None
        if status in (Status.WAITING, Status.ACTION) and diagnosis:
            provider = self.book.by_id(diagnosis.evidence.provider)
            return self.table.explain(diagnosis, provider).word.say(self.language)
        return self.say(f"status.{status}")

    def report_lines(self, report: Report) -> list[str]:
        """A report as a person reads it."""
        head = f"{report.address.shown}  {self.status_word(report)}"
        return [head, *self._spoken.legs(report)]

    def way_lines(self, settings: Settings | None) -> list[str]:
        """The way to the servers as a person reads it; nothing where it is the plainest."""
        if settings is None:
            return []
        lines = []
        if settings.proxy:
            address = f"{settings.proxy.kind}://{settings.proxy}"
            lines.append(self.say("cli.proxy_here", proxy=address))
        elif settings.directly:
            lines.append(self.say("cli.no_proxy_here"))
        for pin in settings.pins:
            server = f"{pin.host}:{pin.port}"
            lines.append(self.say("cli.exception_here", server=server, sha256=pin.sha256))
        return lines

    def problem_lines(self, found: Diagnosis) -> list[str]:
        """A problem as a person reads it, with Microsoft's own number where it has one."""
        return self._spoken.problem(found)


def ways_of(provider: Provider, language: Language) -> list[Plain]:
    """A provider's ways of signing in, as the contract has them."""
    return [
        {
            "way": way.way,
            "standing": way.standing,
            "recommended": way.recommended,
            "since": way.since.isoformat() if way.since else None,
            "reason": way.reason.say(language) if way.reason else None,
            "source": way.source,
        }
        for way in provider.ways
    ]


def _way(settings: Settings) -> Plain:
    """The account's own proxy, that the system's is left out, exceptions; only what there is."""
    told: Plain = {}
    if proxy := settings.proxy:
        fields = ("kind", "host", "port", "username")
        told["proxy"] = {name: getattr(proxy, name) for name in fields}
    if settings.directly:
        told["directly"] = True
    if settings.pins:
        told["pins"] = [
            {"host": pin.host, "port": pin.port, "sha256": pin.sha256, "despite": pin.despite}
            for pin in settings.pins
        ]
    return told


def _shown(seen: Evidence) -> Plain:
    """The proxy that a failed leg went by, the certificate that was refused; only if any."""
    told: Plain = {}
    if seen.proxy:
        told["proxy"] = seen.proxy
    if seen.certificate:
        told["certificate"] = _certificate(seen.certificate)
    return told


def _certificate(shown: Certificate) -> Plain:
    """What was refused, with the fingerprint that --trust-certificate takes."""
    return {
        "sha256": shown.sha256,
        "names": shown.names,
        "subject": shown.subject,
        "issuer": shown.issuer,
        "not_before": shown.not_before.isoformat(),
        "not_after": shown.not_after.isoformat(),
        "doubts": shown.doubts,
    }
