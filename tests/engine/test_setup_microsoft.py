"""The wizard's table where Microsoft signs in: every branch, without a window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from laifaxin_desktop.engine.draft import (
    Draft,
    Reason,
    Step,
    permissions,
    start,
    with_discovery,
    with_granted,
    with_graph,
    with_secret,
    with_settings,
    with_sign_in,
    with_typed,
    with_way,
)
from laifaxin_desktop.engine.setup import is_complete, may_keep, route, whom_to_expect
from laifaxin_desktop.model.account import Account, Found, Settings
from laifaxin_desktop.model.microsoft import CloudId, Granted, Permission, SignIn
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, Side, Standing
from laifaxin_desktop.model.report import Leg, Report
from laifaxin_desktop.model.secret import Secret
from tests.engine.sign_in import CLIENT
from tests.engine.test_setup import DIAGNOSIS, IMAP, NOW, OTHER, SMTP, provider, spelled, way

POP3 = Endpoint(Protocol.POP3, "pop.x.cn", 995, Security.TLS)
GRAPH = Endpoint(Protocol.GRAPH, "graph.x.cn", 443, Security.TLS)
ONE_CLICK = way(AuthWay.MICROSOFT)
OWN = replace(way(AuthWay.MICROSOFT, guide="g"), own_app=True)
PASTED = way(AuthWay.REFRESH_TOKEN)
PASSWORD = way(AuthWay.APP_PASSWORD, Standing.BROKEN)
MICROSOFT = replace(
    provider(ONE_CLICK, OWN, PASTED, PASSWORD, name="m"),
    endpoints=(IMAP, POP3, SMTP, GRAPH),
    cloud="worldwide",
)
PERSONAL = replace(
    MICROSOFT, ways=(*(replace(w, send=Protocol.GRAPH) for w in MICROSOFT.ways[:3]), PASSWORD)
)
APP = SignIn(CLIENT)
GRANTED = Granted(replace(APP, identity="li@x.cn", granted=("mail.send",)), Secret("tokens"))


def draft(known: object = MICROSOFT, *, trusted: bool = True) -> Draft:
    settings = Settings(IMAP, SMTP, AuthWay.MICROSOFT)
    source = "book" if trusted else "mx"
    discovery = Found(settings, known, source, trusted)  # type: ignore[arg-type]
    return with_discovery(Draft(typed="li@x.cn"), discovery, OTHER)


def stored(auth: AuthWay = AuthWay.MICROSOFT) -> Account:
    address = draft().address
    assert address is not None
    return Account("7", address, "m", Settings(IMAP, SMTP, auth, sign_in=GRANTED.sign_in), NOW)


@pytest.mark.parametrize(
    ("auth", "own_app", "steps"),
    [
        (AuthWay.MICROSOFT, False, "address way sign_in check done"),
        (AuthWay.MICROSOFT, True, "address way guide app sign_in check done"),
        (AuthWay.REFRESH_TOKEN, False, "address way app sign_in check done"),
        (AuthWay.APP_PASSWORD, False, "address way secret check done"),
    ],
)
def test_each_way_has_its_route(auth: AuthWay, own_app: bool, steps: str) -> None:
    assert spelled(with_way(draft(), auth, own_app=own_app)) == steps


def test_servers_known_by_mail_records_are_shown_before_a_password_goes_there() -> None:
    """A token is worth nothing elsewhere: who signs in is not asked about servers."""
    at_work = draft(trusted=False)
    assert spelled(at_work) == "address way sign_in check done"
    by_password = with_way(at_work, AuthWay.APP_PASSWORD)
    assert spelled(by_password) == "address way secret servers check done"
    assert Step.SERVERS in route(replace(at_work, edit_servers=True))
    assert Step.SERVERS in route(
        replace(at_work, discovery=Found(at_work.settings, None, "probe", False))
    )


def test_without_an_app_of_the_programs_own_one_is_asked_for() -> None:
    ways = (replace(ONE_CLICK, standing=Standing.BROKEN), *MICROSOFT.ways[1:])
    assert Step.APP in [Step(s) for s in spelled(draft(replace(MICROSOFT, ways=ways))).split()]


@pytest.mark.parametrize(
    ("auth", "steps"),
    [
        (AuthWay.MICROSOFT, "sign_in check done"),
        (AuthWay.REFRESH_TOKEN, "app sign_in check done"),
        (AuthWay.APP_PASSWORD, "secret check done"),
    ],
)
def test_signing_in_again_starts_where_the_way_does(auth: AuthWay, steps: str) -> None:
    assert spelled(start(Reason.REAUTHORIZE, stored(auth), MICROSOFT)) == steps


def test_a_stored_account_may_change_its_way() -> None:
    old = stored(AuthWay.APP_PASSWORD)
    at_way = start(Reason.REAUTHORIZE, old, MICROSOFT, begin=Step.WAY)
    assert spelled(at_way) == "way secret check done"
    assert spelled(with_way(at_way, AuthWay.MICROSOFT)) == "way sign_in check done"


def test_an_app_of_ones_own_is_whole_with_its_id_and_its_secret() -> None:
    own = with_way(draft(), AuthWay.MICROSOFT, own_app=True)
    assert not is_complete(Step.APP, own)
    assert not is_complete(Step.APP, with_sign_in(own, SignIn("")))
    assert is_complete(Step.APP, with_sign_in(own, APP))
    web = with_sign_in(own, replace(APP, confidential=True))
    assert not is_complete(Step.APP, web)
    assert is_complete(Step.APP, replace(web, client_secret=Secret("v~alue")))
    account = stored()
    again = start(Reason.REAUTHORIZE, account, MICROSOFT, own_app=True)
    secretive = replace(APP, confidential=True)
    assert not is_complete(Step.APP, with_sign_in(again, secretive))  # it was public so far
    account = replace(account, settings=replace(account.settings, sign_in=secretive))
    again = start(Reason.REAUTHORIZE, account, MICROSOFT, own_app=True)
    assert is_complete(Step.APP, with_sign_in(again, secretive))  # its secret is stored already
    for other in (
        replace(secretive, client_id=CLIENT.replace("1", "9")),
        replace(secretive, cloud=CloudId.CHINA),
    ):
        assert not is_complete(Step.APP, with_sign_in(again, other))  # and is not that one's


def test_a_pasted_token_is_asked_for_with_its_app() -> None:
    pasted = with_sign_in(with_way(draft(), AuthWay.REFRESH_TOKEN), APP)
    assert not is_complete(Step.APP, pasted)
    assert is_complete(Step.APP, replace(pasted, refresh_token=Secret("M.C1")))


def test_signing_in_ends_with_tokens_and_a_name() -> None:
    before = with_sign_in(draft(), APP)
    assert not is_complete(Step.SIGN_IN, before)
    after = with_granted(before, GRANTED)
    assert is_complete(Step.SIGN_IN, after)
    assert after.proof == Secret("tokens")
    assert after.settings is not None
    assert after.settings.sign_in == GRANTED.sign_in


def test_another_app_or_address_makes_tokens_worthless() -> None:
    signed = with_granted(with_sign_in(draft(), APP), GRANTED)
    assert with_sign_in(signed, replace(GRANTED.sign_in, cloud=CloudId.CHINA)).tokens is None
    assert with_sign_in(signed, GRANTED.sign_in).tokens == Secret("tokens")
    assert with_typed(signed, "wang@x.cn").tokens is None
    assert with_typed(signed, "wang@x.cn").sign_in == APP  # nobody is expected yet
    assert with_typed(signed, " li@x.cn").tokens == Secret("tokens")


def test_the_same_way_again_keeps_the_sign_in_with_its_tokens() -> None:
    """Tokens without their app would be taken for a password."""
    signed = with_granted(with_sign_in(draft(), APP), GRANTED)
    again = with_way(signed, AuthWay.MICROSOFT)
    assert again.tokens == signed.tokens
    assert again.settings is not None
    assert again.settings.sign_in == GRANTED.sign_in


def test_changing_the_way_keeps_what_was_typed() -> None:
    typed = with_secret(with_way(draft(), AuthWay.APP_PASSWORD), Secret("abcdefghijklmnop"))
    app = with_sign_in(with_way(typed, AuthWay.MICROSOFT, own_app=True), APP)
    back = with_way(app, AuthWay.APP_PASSWORD)
    assert back.proof == Secret("abcdefghijklmnop")
    assert back.settings is not None
    assert back.settings.sign_in is None
    assert with_way(back, AuthWay.MICROSOFT, own_app=True).sign_in == APP
    assert app.proof is None  # a password proves nothing where tokens are wanted


def test_personal_mail_is_sent_through_graph_and_a_password_never_is() -> None:
    password = with_way(draft(PERSONAL), AuthWay.APP_PASSWORD)
    assert password.settings is not None
    assert password.settings.outgoing == SMTP
    signed = with_way(password, AuthWay.MICROSOFT)
    assert signed.settings is not None
    assert signed.settings.outgoing == replace(GRAPH, half=Side.SEND)
    assert signed.settings.outgoing.side is Side.SEND
    back = with_way(signed, AuthWay.APP_PASSWORD)
    assert back.settings == replace(password.settings)


def test_pop3_stays_pop3_whatever_the_way() -> None:
    password = with_way(draft(), AuthWay.APP_PASSWORD)
    assert password.settings is not None
    chosen = with_settings(password, password.settings.having(POP3))
    signed = with_way(chosen, AuthWay.MICROSOFT)
    assert signed.settings is not None
    assert signed.settings.incoming == POP3
    # A server typed for a password is nobody to hand tokens to.
    typed = with_settings(chosen, password.settings.having(replace(POP3, host="pop.old.example")))
    signed = with_way(typed, AuthWay.MICROSOFT)
    assert signed.settings is not None
    assert signed.settings.incoming == POP3


@pytest.mark.parametrize(("name", "kept"), [("li", ""), ("X\\li", ""), ("li@y.cn", "li@y.cn")])
def test_a_user_name_of_before_goes_on_where_it_can_be_one(name: str, kept: str) -> None:
    """Microsoft knows nobody by anything but an address."""
    password = with_way(draft(), AuthWay.APP_PASSWORD)
    assert password.settings is not None
    typed = with_settings(password, replace(password.settings, username=name))
    signed = with_way(typed, AuthWay.MICROSOFT)
    assert signed.settings is not None
    assert signed.settings.username == kept


def test_graph_with_the_same_sign_in() -> None:
    signed = with_granted(with_sign_in(draft(), APP), GRANTED)
    sending = with_graph(signed, Side.SEND)
    assert sending.tokens == Secret("tokens")
    assert sending.settings is not None
    assert sending.settings.incoming == IMAP
    assert sending.settings.outgoing == replace(GRAPH, half=Side.SEND)
    both = with_graph(sending, Side.RECEIVE)
    assert both.settings is not None
    assert both.settings.incoming == replace(GRAPH, half=Side.RECEIVE)
    bare = replace(signed, provider=replace(MICROSOFT, endpoints=(IMAP, SMTP)))
    assert with_graph(bare, Side.SEND) == bare


def test_reading_through_graph_is_asked_for_only_where_it_is_needed() -> None:
    assert Permission.GRAPH_RECEIVE not in permissions(draft())
    assert Permission.GRAPH_RECEIVE in permissions(with_graph(draft(), Side.RECEIVE))


def test_new_tokens_replace_stored_ones_only_after_a_good_check() -> None:
    bad = Report(stored().address, NOW, 1, (Leg(IMAP, (), DIAGNOSIS), Leg(SMTP)))
    again = start(Reason.REAUTHORIZE, stored(), MICROSOFT)
    failed = replace(with_granted(again, GRANTED), report=bad)
    assert not may_keep(failed)
    assert may_keep(replace(failed, editing=None))


def test_whom_to_expect_in_the_browser() -> None:
    new = with_sign_in(draft(), APP)
    assert whom_to_expect(draft()) == whom_to_expect(new) == "li@x.cn"
    assert whom_to_expect(with_sign_in(new, replace(APP, shared=True))) == ""
    # Perhaps the wrong person: with a hint the browser would take them again without asking.
    other = replace(APP, identity="boss@x.cn")
    assert whom_to_expect(with_sign_in(new, other)) == ""
    signed = with_granted(new, GRANTED)
    assert whom_to_expect(signed) == "li@x.cn"
    leg = Leg(IMAP, diagnosis=DIAGNOSIS)
    report = Report(new.address, NOW, 1, (leg,))  # type: ignore[arg-type]
    assert whom_to_expect(replace(signed, report=report)) == ""
    account = stored()
    again = start(Reason.REAUTHORIZE, account, MICROSOFT)
    assert whom_to_expect(again) == "li@x.cn"
    assert whom_to_expect(with_sign_in(again, other)) == ""
    account = replace(account, settings=replace(account.settings, sign_in=other))
    assert whom_to_expect(start(Reason.REAUTHORIZE, account, MICROSOFT)) == "boss@x.cn"
