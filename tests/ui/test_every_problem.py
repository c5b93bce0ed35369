"""Every problem of the table, from what was seen: the wizard's card, the list, the pane, --json.

Nothing is asked of a network. Each problem comes in every shape that the rules give it: with each
button, and with and without a guide or a page. Each button is used, and must lead somewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QWidget

from laifaxin_desktop.app import App
from laifaxin_desktop.cli.output import Output
from laifaxin_desktop.engine.draft import (
    Draft,
    Reason,
    Step,
    with_discovery,
    with_secret,
    with_sign_in,
    with_way,
)
from laifaxin_desktop.engine.setup import first_step
from laifaxin_desktop.knowledge.rules import Rule, Shape
from laifaxin_desktop.model.account import Account, Found
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import SignIn
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, Fix, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Provider, Security, Side
from laifaxin_desktop.model.report import Leg, Report, StageResult, stages_of
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import loop
from laifaxin_desktop.ui.account_model import AccountModel
from laifaxin_desktop.ui.account_row import row_of
from laifaxin_desktop.ui.cell_words import Column
from laifaxin_desktop.ui.detail_pane import DetailPane
from laifaxin_desktop.ui.fixes import FIXES
from laifaxin_desktop.ui.languages import Languages
from laifaxin_desktop.ui.wizard import mending
from laifaxin_desktop.ui.wizard.problems import ProblemCards
from laifaxin_desktop.ui.wizard.window import SetupWizard
from tests.engine.sign_in import CLIENT
from tests.knowledge.books import BOOK
from tests.knowledge.knowledge import CHAINED, SHOWN, TABLE, WITHOUT_DIALOGUE
from tests.knowledge.microsoft import GRAPH, SENDING, SIGN_IN

from .conftest import drive, until
from .sample_wizard import CODE, sample_app

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
# These say themselves that there is nothing to click.
WITHOUT_BUTTON = {"message_too_large"}


SHAPED = {Shape.YES: True, Shape.NO: False}


# What was seen


def needs_one(rule: Rule) -> bool:
    """Whether what was seen had to do with a certificate."""
    return any(fault.startswith("certificate_") for fault in rule.fault)


def seen_of_rules() -> Iterator[Evidence]:
    """What each rule of the table asks for, with a password and signed in."""
    for rule in TABLE.rules:
        for way in rule.way or (AuthWay.APP_PASSWORD, AuthWay.PASSWORD, AuthWay.MICROSOFT):
            yield Evidence(
                (rule.stage or (Stage.LOGIN,))[0],
                (rule.fault or (Fault.REJECTED,))[0],
                protocol=(rule.protocol or (Protocol.IMAP,))[0],
                host=(rule.host or ("imap.example.org",))[0],
                port=993,
                security=(rule.security or (Security.TLS,))[0],
                codes=tuple(code.replace("*", "00") for code in rule.code[:1]),
                reply=(rule.reply or ("",))[0],
                provider=(rule.provider or ("other",))[0],
                way=way,
                shaped=SHAPED.get((rule.shaped or (Shape.UNKNOWN,))[0]),
                certificate=CHAINED if rule.issuer_url else SHOWN if needs_one(rule) else None,
                mailbox="li@example.org" if rule.other_identity else "",
                identity="wang@example.org" if rule.other_identity else "",
            )


@cache
def shapes() -> dict[str, list[Diagnosis]]:
    """Each problem in each of its shapes."""
    fed = [each for _, each in (*WITHOUT_DIALOGUE, *SIGN_IN, *GRAPH, *SENDING)]
    found: dict[tuple[object, ...], Diagnosis] = {}
    for evidence in (*fed, *seen_of_rules()):
        one = TABLE.diagnose(evidence)
        form = (one.problem, one.fix, bool(one.guide), bool(one.link), bool(one.suggestion))
        found.setdefault(form, one)
    known: dict[str, list[Diagnosis]] = {problem.id: [] for problem in TABLE.problems}
    for one in found.values():
        known[one.problem].append(one)
    return known


CASES = [(problem, at) for problem, found in shapes().items() for at in range(len(found))]
IDS = [f"{problem}-{at}" if at else problem for problem, at in CASES]


# What is shown


@dataclass
class Place:
    """What one place says of a problem; lines as a person sees them."""

    title: str = ""
    meaning: str = ""
    steps: list[str] = field(default_factory=list)
    button: str = ""


@dataclass
class Shown:
    """One problem wherever it is shown, in one language."""

    card: Place
    pane: Place
    status: str  # the list's cell
    fix: str  # the list's link
    hint: str
    json: dict[str, Any]
    led: list[str] = field(default_factory=list)  # what the card's button did


Key = tuple[str, int, Language]


def draft_for(app: App, provider: Provider, one: Diagnosis, found: Found, address: str) -> Draft:
    """A draft that may have met this problem."""
    draft = with_discovery(Draft(typed=address), found, app.other)
    seen = one.evidence
    signs_in = seen.stage is Stage.SIGN_IN or seen.way is AuthWay.MICROSOFT
    if signs_in and provider.way(AuthWay.MICROSOFT):
        draft = with_way(draft, AuthWay.MICROSOFT, own_app=True)
        draft = with_sign_in(draft, SignIn(CLIENT, next(iter(app.clouds.all)).id))
        return replace(draft, guide_done=True)
    rows = [way.way for way in provider.ways if way.way in (AuthWay.APP_PASSWORD, AuthWay.PASSWORD)]
    if rows:
        draft = with_way(draft, rows[0])
    return with_secret(replace(draft, guide_done=True), Secret(CODE))


def address_of(one: Diagnosis) -> str:
    """Whose account meets it: one of the provider that the rule names, or one that fits."""
    seen = one.evidence
    provider = BOOK.by_id(seen.provider)
    if provider is not None and provider.domains:
        return f"li@{provider.domains[0]}"
    microsoft = seen.stage is Stage.SIGN_IN or seen.way is AuthWay.MICROSOFT
    return "wang@outlook.com" if microsoft or one.fix is Fix.SWITCH_WAY else "li@qq.com"


def report_of(app: App, draft: Draft, one: Diagnosis) -> Report:
    """A check of both halves in which the receiving one meets it."""
    assert draft.settings
    legs = []
    for end in draft.settings.endpoints():
        if end.side is Side.RECEIVE:
            stages = (StageResult(one.evidence.stage, False, 40),)
            legs.append(Leg(end, stages, one))
        else:
            legs.append(Leg(end, tuple(StageResult(s, True, 3) for s in stages_of(end)), one))
    address = draft.address
    assert address
    return Report(address, NOW, 1200, tuple(legs), "id")


def text_of(top: QWidget, name: str) -> str:
    """The words of a label that is to be seen."""
    label = top.findChild(QLabel, name)
    return "" if label is None or label.isHidden() else label.text()


def lines(text: str) -> list[str]:
    """The lines that have words."""
    return [line for line in text.splitlines() if line.strip()]


class Led:
    """Notes what a button does, in place of doing it."""

    def __init__(self, wizard: SetupWizard, patch: pytest.MonkeyPatch) -> None:
        self.did: list[str] = []
        for name in ("go", "start_over", "check_again", "show_guide", "note"):
            patch.setattr(wizard, name, self._noting(name))
        patch.setattr(mending, "open_page", lambda link, _: self.did.append(f"opens {link}"))

    def _noting(self, name: str) -> Any:
        def note(*values: object, **_: object) -> None:
            where = [str(value) for value in values if isinstance(value, Step)]
            where += [first_step(value) for value in values if isinstance(value, Draft)]
            self.did.append(" ".join([name, *where]))

        return note


async def show_everything(folder: Path, languages: Languages) -> dict[Key, Shown]:
    """All of it, in one window each."""
    app = await sample_app(folder)
    wizard = SetupWizard(app, languages, Reason.ADD)
    cards = ProblemCards(wizard)
    pane = DetailPane(app, languages, lambda: ())
    model = AccountModel(app, languages, pane)
    shown: dict[Key, Shown] = {}
    with pytest.MonkeyPatch.context() as patch:
        led = Led(wizard, patch)
        for problem, at in CASES:
            one = shapes()[problem][at]
            address = address_of(one)
            found = await app.discover(Address.parse(address))
            assert isinstance(found, Found)
            provider = found.provider or app.other
            one = replace(one, evidence=replace(one.evidence, provider=provider.id))
            draft = draft_for(app, provider, one, found, address)
            report = report_of(app, draft, one)
            wizard.draft = replace(draft, report=report)
            assert draft.address
            assert draft.settings
            account = Account("id", draft.address, provider.id, draft.settings, NOW)
            row = row_of(app, account, report)
            for language in Language:
                languages.switch(language)
                cards.show_found([(Side.RECEIVE, one)], running=False)
                pane.show_row(row)
                (card,) = cards.cards
                out = Output(app.words, app.table, app.book, language, as_json=True)
                shown[problem, at, language] = Shown(
                    Place(
                        text_of(card, "failure_title"),
                        text_of(card, "failure_meaning"),
                        [text for n in range(1, 9) if (text := text_of(card, f"failure_step_{n}"))],
                        "" if card.fix.isHidden() else card.fix.accessibleName(),
                    ),
                    Place(
                        pane.findChild(QLabel, "detail_title").accessibleName(),
                        text_of(pane, "detail_meaning"),
                        lines(text_of(pane, "detail_steps")),
                        button_of(pane, "fix_button"),
                    ),
                    model.words(row, Column.STATUS),
                    model.words(row, Column.FIX),
                    model._cells.hint(row, Column.STATUS) or "",
                    out.report(report)["legs"][0],
                )
                if language is Language.ZH_CN:
                    led.did = shown[problem, at, language].led
                    await use(wizard, one, led)
    for each in (wizard, pane, cards):
        each.hide()
        each.deleteLater()
    await loop.end_others()
    await asyncio.sleep(0)
    await app.close()
    return shown


def button_of(top: QWidget, name: str) -> str:
    """What a button says, where there is one."""
    button = top.findChild(QPushButton, name)
    assert button
    return "" if button.isHidden() else button.accessibleName()


async def use(wizard: SetupWizard, one: Diagnosis, led: Led) -> None:
    """Do what the card's button does; a window that opens is closed again."""
    clipboard = QApplication.clipboard()
    clipboard.clear()
    before = {id(each) for each in wizard.findChildren(QDialog)}
    mending.mend(wizard, one)
    if one.fix is Fix.SHOW_CERTIFICATE and one.evidence.certificate:
        # After a question to the store.
        await until(lambda: any(id(each) not in before for each in wizard.findChildren(QDialog)))
    if clipboard.text():
        led.did.append("copies")
    for dialog in wizard.findChildren(QDialog):
        if id(dialog) not in before:
            led.did.append(type(dialog).__name__)
            dialog.close()
            dialog.setParent(None)
            dialog.deleteLater()


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory, dressed: QApplication) -> dict[Key, Shown]:
    """Made once; the tests look at it."""
    languages = Languages(dressed, Path(__file__).parents[2] / "resources")
    languages.start(Language.ZH_CN)
    try:
        return drive(show_everything(tmp_path_factory.mktemp("every"), languages))
    finally:
        languages.switch(Language.ZH_CN)
        languages.deleteLater()


# What must be true of it

COPIED = ["note", "copies"]
LEADS: dict[Fix, list[list[str]]] = {
    Fix.RETRY: [["check_again"]],
    Fix.WAIT: [["check_again"]],
    Fix.REAUTHORIZE: [["go sign_in"]],
    Fix.EDIT_PASSWORD: [["go secret"]],
    Fix.OPEN_GUIDE: [["show_guide"]],
    Fix.EDIT_SERVERS: [["go servers"]],
    Fix.EDIT_SENDER: [["go servers"]],
    Fix.SWITCH_WAY: [["go sign_in"], ["go app"], ["CloudDialog"]],
    Fix.SHOW_CERTIFICATE: [["CertificatePage"]],
    Fix.ASK_ADMIN: [COPIED],
    Fix.REPORT_BUG: [COPIED],
    Fix.NONE: [[]],
}


def wide(text: str) -> float:
    """How many Chinese characters wide."""
    return sum(1 if ord(letter) > 0x2E80 else 0.5 for letter in text)


@pytest.mark.parametrize(("problem", "at"), CASES, ids=IDS)
def test_a_problem_is_shown_everywhere(problem: str, at: int, everything: dict[Key, Shown]) -> None:
    one = shapes()[problem][at]
    for language in Language:
        shown = everything[problem, at, language]
        card, pane, told = shown.card, shown.pane, shown.json
        assert told["problem"] == problem
        assert told["fix"] == one.fix
        assert card.title == told["title"]
        assert pane.title.startswith(f"{card.title} ")
        assert 0 < wide(card.title) <= (16 if language is Language.ZH_CN else 24)
        assert card.meaning == told["meaning"] == pane.meaning
        assert len(card.meaning) > 8
        assert 1 <= len(card.steps) <= 4
        assert card.steps == [f"{n}. {step}" for n, step in enumerate(told["steps"], 1)]
        assert card.steps == pane.steps
        assert shown.status
        assert shown.hint == card.title
        if one.fix is Fix.NONE:
            assert problem in WITHOUT_BUTTON
            assert (card.button, pane.button, shown.fix) == ("", "", "")
        else:
            assert card.button
            assert pane.button == shown.fix
            assert FIXES[one.fix] is not None
        for text in (card.title, card.meaning, card.button, shown.status, *card.steps):
            assert "{" not in text
            assert "<" not in text


@pytest.mark.parametrize(("problem", "at"), CASES, ids=IDS)
def test_its_button_leads_somewhere(problem: str, at: int, everything: dict[Key, Shown]) -> None:
    one, led = shapes()[problem][at], everything[problem, at, Language.ZH_CN].led
    signs_in = one.evidence.stage is Stage.SIGN_IN
    if one.fix is Fix.OPEN_LINK:
        assert led == [f"opens {one.link}"]
    elif one.fix is Fix.EDIT_SERVERS and signs_in:
        assert led == ["go app"]
    elif one.fix is Fix.EDIT_SERVERS and one.suggestion:
        assert led == ["start_over check"]
    else:
        assert led in LEADS[one.fix]


def test_every_problem_has_a_shape() -> None:
    assert [problem for problem, found in shapes().items() if not found] == []
