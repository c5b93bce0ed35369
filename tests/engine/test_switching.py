"""Another way into the same mailbox: every turn, without a window; what was typed stays."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from laifaxin_desktop.engine import setup
from laifaxin_desktop.engine.draft import (
    Draft,
    Reason,
    Step,
    start,
    with_discovery,
    with_granted,
    with_secret,
    with_settings,
    with_sign_in,
    with_way,
)
from laifaxin_desktop.engine.switching import (
    Offer,
    at_cloud,
    by_graph,
    lacked,
    offered_by,
    offers,
    switched,
    to_microsoft,
    where_to_sign_in,
)
from laifaxin_desktop.model.account import Account, Found, NotFound, Settings
from laifaxin_desktop.model.microsoft import Cloud, CloudId, Granted, Permission, Scopes
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, Fix, Stage
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, Side, Standing
from laifaxin_desktop.model.report import Leg, Report
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Text
from tests.engine.test_setup import IMAP, NOW, OTHER, SMTP
from tests.engine.test_setup_microsoft import (
    APP,
    GRANTED,
    GRAPH,
    MICROSOFT,
    ONE_CLICK,
    PERSONAL,
    POP3,
    draft,
)

SENDING = replace(GRAPH, half=Side.SEND)
RECEIVING = replace(GRAPH, half=Side.RECEIVE)
SCOPES = Scopes(("i/IMAP",), ("i/POP",), ("i/SMTP",), ("g/Mail.Send",), ("g/Mail.ReadBasic",))
WORLD = Cloud(CloudId.WORLDWIDE, Text("", ""), "m", "", "", SCOPES, "", "", "", personal=True)
CHINA = replace(WORLD, id=CloudId.CHINA, provider="c", personal=False)
CHINESE = replace(
    MICROSOFT,
    id="c",
    cloud="china",
    endpoints=tuple(replace(e, host=f"{e.protocol}.y.cn") for e in MICROSOFT.endpoints),
)
WITHOUT_APP = replace(
    MICROSOFT, ways=(MICROSOFT.ways[1], replace(ONE_CLICK, standing=Standing.BROKEN))
)


def password(known=MICROSOFT) -> Draft:
    return with_secret(with_way(draft(known), AuthWay.APP_PASSWORD), Secret("abcdefghijklmnop"))


def signed(known=MICROSOFT, **changes) -> Draft:
    granted = replace(GRANTED.sign_in, **changes)
    return with_granted(with_sign_in(draft(known), APP), replace(GRANTED, sign_in=granted))


def failed(at: Draft, **legs: Evidence | None) -> Draft:
    found = []
    for side in Side:
        seen = legs.get(side.value)
        told = Diagnosis("x", Fix.RETRY, seen) if seen else None
        found.append(Leg(at.settings.endpoint(side), (), told))
    return replace(at, report=Report(at.address, NOW, 1, tuple(found)))


def seen(stage: Stage, fault: Fault = Fault.REJECTED) -> Evidence:
    return Evidence(stage, fault)


def test_a_password_gives_way_to_microsoft_and_stays():
    turned = to_microsoft(password(PERSONAL), ())
    assert (turned.way, turned.own_app) == (AuthWay.MICROSOFT, False)
    assert turned.settings.outgoing == SENDING  # as this way begins
    assert where_to_sign_in(turned) is Step.SIGN_IN
    back = with_way(turned, AuthWay.APP_PASSWORD)
    assert back.proof == Secret("abcdefghijklmnop")
    assert back.settings.outgoing == SMTP


def test_without_an_app_of_the_programs_own_ones_own_is_asked_for_once():
    turned = to_microsoft(password(WITHOUT_APP), ())
    assert turned.own_app
    assert where_to_sign_in(turned) is Step.APP
    assert where_to_sign_in(with_sign_in(turned, APP)) is Step.SIGN_IN


def test_a_mailbox_set_up_by_hand_is_known_by_its_servers():
    by_hand = with_discovery(Draft(typed="li@company.cn"), NotFound(), OTHER)
    by_hand = with_settings(by_hand, Settings(replace(IMAP, host="IMAP.X.CN"), SMTP, by_hand.way))
    assert to_microsoft(by_hand, ()) is None
    assert to_microsoft(by_hand, (CHINESE,)) is None
    turned = to_microsoft(by_hand, (CHINESE, MICROSOFT))
    assert turned.provider == MICROSOFT
    assert turned.settings.incoming == IMAP


def test_graph_sends_with_the_sign_in_there_is():
    turned = by_graph(signed(), Side.SEND, ())
    assert turned.tokens == Secret("tokens")
    assert (turned.settings.incoming, turned.settings.outgoing) == (IMAP, SENDING)
    bare = replace(MICROSOFT, endpoints=(IMAP, SMTP))
    assert by_graph(signed(bare), Side.SEND, ()) is None


@pytest.mark.parametrize("side", list(Side))
def test_graph_serves_no_shared_mailbox(side):
    """That wants permissions that are not asked for (Mail.Send.Shared): it would never work."""
    shared = signed()
    app = replace(shared.settings.sign_in, shared=True)
    shared = replace(shared, sign_in=app, settings=replace(shared.settings, sign_in=app))
    assert by_graph(shared, side, ()) is None
    refused = failed(shared, receive=seen(Stage.LOGIN), send=seen(Stage.LOGIN))
    assert offers(refused, ()) == frozenset()


def test_a_password_cannot_send_by_graph_so_somebody_signs_in():
    turned = by_graph(password(), Side.SEND, ())
    assert turned.way is AuthWay.MICROSOFT
    assert turned.settings.outgoing == SENDING
    assert turned.proof is None


@pytest.mark.parametrize("suggestion", [None, SENDING])
@pytest.mark.parametrize("at", [password(), signed()])
def test_what_the_button_does_depends_on_who_is_there(at, suggestion):
    told = Diagnosis("x", Fix.SWITCH_WAY, seen(Stage.LOGIN), suggestion=suggestion)
    turned = switched(at, told, ())
    if at.signs_in and suggestion is None:
        assert turned is None  # another way has to be chosen
        assert offered_by(told, at) is None
        return
    assert turned.way is AuthWay.MICROSOFT
    assert turned.settings.outgoing == (suggestion or SMTP)
    assert offered_by(told, at) is (Offer.GRAPH_SEND if at.signs_in else Offer.MICROSOFT)


def test_another_cloud_has_its_own_servers_and_its_own_app():
    own = with_way(draft(), AuthWay.MICROSOFT, own_app=True)
    own = with_settings(own, own.settings.having(POP3).having(SENDING))
    own = with_granted(with_sign_in(own, replace(APP, tenant="common")), GRANTED)
    moved = at_cloud(own, CHINESE, CHINA)
    assert [end.host for end in moved.settings.endpoints()] == ["pop3.y.cn", "graph.y.cn"]
    assert moved.settings.outgoing.side is Side.SEND
    assert (moved.sign_in.cloud, moved.sign_in.tenant) == (CloudId.CHINA, "organizations")
    assert moved.sign_in.client_id == APP.client_id
    assert (moved.sign_in.identity, moved.sign_in.granted, moved.tokens) == ("", (), None)
    assert moved.settings.sign_in is None
    assert moved.provider == CHINESE


def test_another_cloud_without_an_app_of_ours_asks_for_one():
    ways = tuple(replace(way, standing=Standing.BROKEN) for way in CHINESE.ways[:1])
    there = replace(CHINESE, ways=(*CHINESE.ways[1:], *ways))
    moved = at_cloud(signed(), there, CHINA)
    assert moved.own_app
    assert where_to_sign_in(replace(moved, sign_in=None)) is Step.APP
    ours = at_cloud(signed(), CHINESE, CHINA)
    assert ours.sign_in is None  # the program's own app of that cloud is taken when signing in
    assert at_cloud(signed(), OTHER, CHINA) is None


@pytest.mark.parametrize(
    ("at", "legs", "offered"),
    [
        (password(), {"receive": seen(Stage.LOGIN)}, {Offer.MICROSOFT}),
        (password(), {"receive": seen(Stage.CONNECT, Fault.TIMEOUT)}, set()),
        (password(), {}, set()),
        (signed(), {"receive": seen(Stage.MAILBOX)}, {Offer.GRAPH_RECEIVE}),
        (
            signed(),
            {"receive": seen(Stage.LOGIN), "send": seen(Stage.CONNECT, Fault.TIMEOUT)},
            {Offer.GRAPH_RECEIVE, Offer.GRAPH_SEND},
        ),
        (signed(), {"send": seen(Stage.SIGN_IN)}, set()),
        (signed(), {"send": seen(Stage.CONNECT, Fault.OFFLINE)}, set()),
        (by_graph(signed(), Side.SEND, ()), {"send": seen(Stage.LOGIN)}, set()),
    ],
)
def test_what_is_offered_beside_the_fix(at, legs, offered):
    assert offers(failed(at, **legs), ()) == offered
    assert offers(at, ()) == set()


def test_a_provider_without_microsoft_offers_nothing():
    by_hand = with_discovery(Draft(typed="li@x.cn"), NotFound(), OTHER)
    by_hand = with_settings(by_hand, Settings(IMAP, SMTP, by_hand.way))
    assert offers(failed(by_hand, receive=seen(Stage.LOGIN)), ()) == set()


def test_what_nobody_agreed_to_is_known_before_it_is_tried():
    receiving = by_graph(signed(granted=("imap", "mail.send")), Side.RECEIVE, ())
    assert lacked(receiving, WORLD) == {Permission.GRAPH_RECEIVE, Permission.SMTP}
    agreed = signed(granted=("mail.readbasic", "smtp"))
    assert lacked(by_graph(agreed, Side.RECEIVE, ()), WORLD) == set()
    assert lacked(by_graph(signed(granted=()), Side.RECEIVE, ()), WORLD) == set()  # unknown
    assert lacked(password(), WORLD) == set()


def test_an_account_set_up_by_hand_belongs_to_its_cloud_once_it_signs_in():
    kept = []

    class Accounts:
        async def save(self, account, secret, report, proxy_secret=None):
            kept.append(account)

    by_hand = Account("7", draft().address, "other", Settings(IMAP, SMTP, AuthWay.PASSWORD), NOW)

    def finished(at: Draft) -> str:
        good = replace(at, report=Report(at.address, NOW, 1, (Leg(IMAP), Leg(SMTP))))
        work = setup.finish(good, Accounts(), account_id="x", now=NOW, proof=good.proof)
        return asyncio.run(work).provider

    at_hand = start(Reason.REAUTHORIZE, by_hand, OTHER)
    assert finished(with_secret(at_hand, Secret("x"))) == "other"
    turned = to_microsoft(at_hand, (MICROSOFT,))
    assert finished(with_granted(turned, Granted(APP, Secret("t")))) == "m"
    assert [each.id for each in kept] == ["7", "7"]


def test_servers_of_no_keeper_are_nobodys():
    foreign = Endpoint(Protocol.IMAP, "mail.example.org", 993, Security.TLS)
    by_hand = with_discovery(Draft(typed="li@x.cn"), NotFound(), OTHER)
    by_hand = with_settings(by_hand, Settings(foreign, SMTP, by_hand.way))
    assert to_microsoft(with_settings(by_hand, Settings(foreign, None, by_hand.way)), ()) is None
    found = Found(Settings(foreign, None, AuthWay.PASSWORD), None, "probe", trusted=False)
    assert to_microsoft(with_discovery(Draft(typed="li@x.cn"), found, OTHER), (MICROSOFT,)) is None
