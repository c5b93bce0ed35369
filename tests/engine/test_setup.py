"""The wizard's table: every branch, without a window."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from laifaxin_desktop.engine import setup
from laifaxin_desktop.engine.draft import (
    Draft,
    Reason,
    Step,
    start,
    with_accepted,
    with_discovery,
    with_secret,
    with_settings,
    with_typed,
    with_way,
)
from laifaxin_desktop.engine.setup import NEXT, is_complete, route
from laifaxin_desktop.model.account import Account, Discovery, Found, NotFound, Offline, Settings
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, Fix, Stage
from laifaxin_desktop.model.provider import (
    AuthWay,
    Credential,
    Endpoint,
    Guide,
    GuideStep,
    Link,
    PasteRule,
    Protocol,
    Provider,
    Security,
    Standing,
    Way,
)
from laifaxin_desktop.model.report import Leg, Report
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Text

DIAGNOSIS = Diagnosis("x", Fix.RETRY, Evidence(Stage.LOGIN, Fault.REJECTED))
SAME = Text("字", "word")
NOW = datetime(2026, 11, 20, tzinfo=UTC)
IMAP = Endpoint(Protocol.IMAP, "imap.x.cn", 993, Security.TLS)
SMTP = Endpoint(Protocol.SMTP, "smtp.x.cn", 465, Security.TLS)
STEP = GuideStep("a", SAME, SAME, SAME, Link(SAME, "https://x.cn/"), "a")


def way(kind: AuthWay, standing: Standing = Standing.OK, guide: str | None = None) -> Way:
    credential = Credential(SAME, 16, "a-z", PasteRule.STRIP_SPACES)
    return Way(kind, standing, credential, SAME, SAME, guide=guide)


def provider(*ways: Way, name: str = "x") -> Provider:
    guides = (Guide("g", SAME, SAME, (STEP,)),)
    return Provider(name, SAME, Standing.OK, date(2026, 1, 1), (IMAP, SMTP), ways, guides=guides)


OTHER = replace(provider(way(AuthWay.PASSWORD), name="other"), endpoints=(), guides=())
CODE = provider(way(AuthWay.APP_PASSWORD, Standing.NEEDS_PREPARATION, "g"))
DYING = provider(way(AuthWay.APP_PASSWORD, Standing.BROKEN, "g"))
BOTH = provider(way(AuthWay.APP_PASSWORD, guide="g"), way(AuthWay.PASSWORD))


def found(known: Provider | None, *, trusted: bool = True) -> Discovery:
    settings = Settings(IMAP, SMTP, AuthWay.APP_PASSWORD)
    return Found(settings, known, "book" if trusted else "mx", trusted)


def draft(discovery: Discovery) -> Draft:
    return with_discovery(Draft(typed="li@x.cn"), discovery, OTHER)


def spelled(of: Draft) -> str:
    return " ".join(route(of))


WHOLE = "address way guide secret servers check done"


@pytest.mark.parametrize(
    ("discovery", "steps"),
    [
        (found(CODE), "address guide secret check done"),
        (found(DYING), "address way guide secret check done"),
        (found(BOTH), "address way guide secret check done"),
        (found(BOTH, trusted=False), WHOLE),
        (found(None, trusted=False), "address secret servers check done"),
        (NotFound(), "address secret servers check done"),
    ],
)
def test_routes(discovery: Discovery, steps: str) -> None:
    assert spelled(draft(discovery)) == steps


def test_the_way_decides_the_guide() -> None:
    other_way = with_way(draft(found(BOTH)), AuthWay.PASSWORD)
    assert Step.GUIDE not in route(other_way)
    assert other_way.settings is not None
    assert other_way.settings.auth is AuthWay.PASSWORD


def test_asking_for_the_servers() -> None:
    asked = replace(draft(found(CODE)), edit_servers=True)
    assert Step.SERVERS in route(asked)


def stored() -> Account:
    address = draft(found(CODE)).address
    assert address is not None
    return Account("7", address, "x", Settings(IMAP, SMTP, AuthWay.APP_PASSWORD), NOW)


def test_mending_starts_further_on() -> None:
    again = start(Reason.REAUTHORIZE, stored(), CODE)
    assert spelled(again) == "secret check done"
    repair = start(Reason.REPAIR, stored(), CODE)
    assert spelled(repair) == "servers check done"
    assert spelled(start(Reason.ADD)) == "address secret servers check done"


def test_servers_that_are_missing_are_asked_for() -> None:
    half = replace(stored(), settings=Settings(IMAP, None, AuthWay.APP_PASSWORD))
    again = start(Reason.REAUTHORIZE, half, CODE)
    assert spelled(again) == "secret servers check done"


def test_the_table_is_whole() -> None:
    assert set(NEXT) == set(Step)


def test_nothing_typed_is_lost_until_it_is_worthless() -> None:
    typed = with_secret(draft(found(CODE)), Secret("abcd efgh"))
    assert typed.secret == Secret("abcdefgh")
    same = with_typed(typed, " LI@x.cn ".lower())
    assert same.discovery is not None
    for half in ("li@", "wang@x.c", "wang@x.cn"):
        typed = with_typed(typed, half)
        assert not is_complete(Step.ADDRESS, typed)
    colleague = with_discovery(typed, found(CODE), OTHER)
    assert colleague.secret == Secret("abcdefgh")
    assert colleague.settings == same.settings
    elsewhere = with_discovery(with_typed(typed, "li@y.cn"), found(BOTH), OTHER)
    assert elsewhere.secret is None  # it must not go to another provider's servers
    assert elsewhere.provider is BOTH
    assert "abcd" not in repr(typed)


def test_servers_filled_in_by_hand_survive_a_corrected_address() -> None:
    by_hand = with_settings(draft(NotFound()), Settings(IMAP, SMTP, AuthWay.PASSWORD, "me"))
    retyped = with_typed(with_typed(by_hand, "wang@x"), "wang@x.cn")
    again = with_discovery(retyped, NotFound(), OTHER)
    assert again.settings == by_hand.settings
    other_domain = with_discovery(with_typed(again, "wang@y.cn"), NotFound(), OTHER)
    assert other_domain.settings is None


def test_servers_that_nobody_accepted_do_not_outlive_the_answer_that_named_them() -> None:
    named = Found(Settings(IMAP, SMTP, AuthWay.PASSWORD), None, "srv", False, foreign=(IMAP.host,))
    asked = with_discovery(with_typed(start(Reason.ADD), "li@x.cn"), named, OTHER)
    assert asked.strangers == (IMAP.host,)
    # A colleague's address, and this time the DNS is silent: nobody would ask any more.
    again = with_discovery(with_typed(asked, "wang@x.cn"), NotFound(), OTHER)
    assert again.settings is None
    known = with_discovery(with_typed(with_accepted(asked, True), "wang@x.cn"), NotFound(), OTHER)
    assert known.settings == asked.settings


def test_a_report_is_worthless_after_a_change() -> None:
    checked = replace(
        with_secret(draft(found(CODE)), Secret("a")),
        report=Report(stored().address, NOW, 1, (Leg(IMAP), Leg(SMTP))),
    )
    assert with_secret(checked, Secret("a")).report is checked.report
    assert with_secret(checked, Secret("b")).report is None
    settings = Settings(IMAP, SMTP, AuthWay.PASSWORD)
    assert with_settings(checked, settings).report is None


def test_complete_exactly_when_answered() -> None:
    assert not is_complete(Step.ADDRESS, Draft(typed="li@x.cn"))
    assert not is_complete(Step.ADDRESS, draft(Offline()))
    assert is_complete(Step.ADDRESS, draft(NotFound()))
    known = draft(found(CODE))
    assert is_complete(Step.WAY, known)
    assert not is_complete(Step.GUIDE, known)
    assert is_complete(Step.GUIDE, replace(known, guide_done=True))
    for bad in ("", "a\nb", "a\0b", "x" * 1025):
        assert not is_complete(Step.SECRET, replace(known, secret=Secret(bad)))
    assert is_complete(Step.SECRET, replace(known, secret=Secret("x")))
    assert not is_complete(Step.SERVERS, draft(NotFound()))
    assert is_complete(Step.SERVERS, known)
    bare = Settings(replace(IMAP, security=Security.PLAIN), SMTP, AuthWay.PASSWORD)
    assert not is_complete(Step.SERVERS, with_settings(known, bare))
    assert is_complete(Step.SERVERS, with_settings(known, bare, plain_confirmed=True))
    for port in (0, 65536):
        odd = Settings(replace(IMAP, port=port), SMTP, AuthWay.PASSWORD)
        assert not is_complete(Step.SERVERS, with_settings(known, odd))
    assert not is_complete(Step.CHECK, known)
    bad_report = Report(stored().address, NOW, 1, (Leg(IMAP), Leg(SMTP, (), DIAGNOSIS)))
    assert not is_complete(Step.CHECK, replace(known, report=bad_report))


class Kept:
    """Accounts that remember what was saved."""

    def __init__(self) -> None:
        self.saved: list[tuple[Account, Secret | None, Report | None]] = []

    async def save(
        self,
        account: Account,
        secret: Secret | None,
        report: Report | None,
        proxy_secret: Secret | None = None,
    ) -> None:
        self.saved.append((account, secret, report))
        self.at_proxy = proxy_secret


def test_finishing() -> None:
    kept = Kept()
    good = Report(stored().address, NOW, 1, (Leg(IMAP), Leg(SMTP)))
    new = replace(with_secret(draft(found(CODE)), Secret("a")), report=good)
    account = asyncio.run(setup.finish(new, kept, account_id="9", now=NOW, proof=new.secret))  # type: ignore[arg-type]
    assert (account.id, account.provider, str(account.address)) == ("9", "x", "li@x.cn")
    assert kept.saved == [(account, Secret("a"), replace(good, account="9"))]
    again = start(Reason.REAUTHORIZE, stored(), CODE)
    again = replace(again, secret=Secret("b"), report=good)
    mended = asyncio.run(setup.finish(again, kept, account_id="no", now=NOW, proof=again.secret))  # type: ignore[arg-type]
    assert mended.id == "7"
    assert mended.added_at == stored().added_at
    failed = Report(stored().address, NOW, 1, (Leg(IMAP), Leg(SMTP, (), DIAGNOSIS)))
    worse = replace(again, report=failed)
    assert not setup.may_keep(worse)  # the stored secret goes only after a good check
    with pytest.raises(ValueError, match="good check"):
        asyncio.run(setup.finish(worse, kept, account_id="no", now=NOW, proof=worse.secret))  # type: ignore[arg-type]
    assert setup.may_keep(replace(worse, secret=None))  # servers of a stored account
    assert setup.may_keep(replace(new, report=failed))
    with pytest.raises(ValueError, match="draft"):
        asyncio.run(setup.finish(Draft(), kept, account_id="1", now=NOW, proof=None))  # type: ignore[arg-type]
