"""What one sign-in says about an app: each failure proves what came before it, and no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from laifaxin_desktop.engine import app_check as module
from laifaxin_desktop.engine.app_check import Item, State, findings
from laifaxin_desktop.model.microsoft import Granted, SignIn
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, Fix, Stage
from laifaxin_desktop.model.secret import Secret
from tests.engine.sign_in import CLIENT, SEGMENTS
from tests.engine.test_switching import WORLD
from tests.knowledge.knowledge import TABLE, WORDS

PUBLIC = SignIn(CLIENT)
WEB = replace(PUBLIC, confidential=True)
SEEN = Evidence(Stage.SIGN_IN, Fault.REJECTED)
SHOWN = {State.PASSED: "✓", State.FAILED: "✕", State.UNKNOWN: "–"}
ALL = tuple(sorted(SEGMENTS.values()))
CLOUD = replace(
    WORLD,
    scopes=replace(
        WORLD.scopes,
        imap=("o/IMAP.AccessAsUser.All",),
        pop3=("o/POP.AccessAsUser.All",),
        smtp=("o/SMTP.Send",),
    ),
)


def line(found) -> str:
    """The list as one word: four things and five permissions."""
    assert [each.item for each in found] == list(Item)
    return "".join(SHOWN[each.state] for each in found)


def refused(*codes: str, fault: Fault = Fault.REJECTED) -> Diagnosis:
    return TABLE.diagnose(Evidence(Stage.SIGN_IN, fault, codes=codes))


def hint_of(found, item: Item) -> str:
    return next(each.hint for each in found if each.item is item)


def granted(app: SignIn, *without: str) -> Granted:
    given = tuple(each for each in ALL if each not in without)
    return Granted(replace(app, granted=given), Secret("tokens"))


def test_an_app_in_order_passes_everything():
    assert line(findings(WEB, CLOUD, granted(WEB))) == "✓✓✓✓✓✓✓✓✓"
    public = findings(PUBLIC, CLOUD, granted(PUBLIC))
    assert line(public) == "✓✓✓–✓✓✓✓✓"
    assert hint_of(public, Item.SECRET) == "no_secret"


def test_each_permission_that_was_not_given_is_named():
    found = findings(WEB, CLOUD, granted(WEB, "smtp.send", "mail.readbasic"))
    assert line(found) == "✓✓✓✓✓✓✕✓✕"
    assert hint_of(found, Item.SMTP) == "permission_missing"
    assert hint_of(found, Item.GRAPH_RECEIVE) == "permission_seldom"


def test_nothing_is_known_before_it_ends_but_that_a_code_was_given_for_the_id():
    assert line(findings(WEB, CLOUD)) == "–––––––––"
    assert line(findings(PUBLIC, CLOUD, found=True)) == "✓––––––––"


@pytest.mark.parametrize(
    ("code", "app", "shown", "at", "hint"),
    [
        ("AADSTS700016", WEB, "✕––––––––", Item.CLIENT_ID, "client_id_not_found"),
        ("AADSTS900382", WEB, "✕––––––––", Item.CLIENT_ID, "other_cloud"),
        ("AADSTS90002", WEB, "✕––––––––", Item.CLIENT_ID, "tenant_not_found"),
        ("AADSTS50011", PUBLIC, "✓✕–––––––", Item.PLATFORM, "redirect"),
        ("AADSTS7000218", PUBLIC, "✓✕–––––––", Item.PLATFORM, "public_flows"),
        ("AADSTS9002326", PUBLIC, "✓✕–––––––", Item.PLATFORM, "single_page"),
        ("AADSTS700025", WEB, "✓✕–––––––", Item.PLATFORM, "no_secret_wanted"),
        ("AADSTS50194", PUBLIC, "✓✓✕––––––", Item.AUDIENCE, "audience_wrong"),
        ("AADSTS50105", PUBLIC, "✓✓✕––––––", Item.AUDIENCE, "not_assigned"),
        ("AADSTS7000215", WEB, "✓✓✓✕–––––", Item.SECRET, "secret_wrong"),
        ("AADSTS7000222", WEB, "✓✓✓✕–––––", Item.SECRET, "secret_expired"),
        ("AADSTS65004", WEB, "✓✓✓––––––", Item.IMAP, "consent"),
        ("AADSTS90094", PUBLIC, "✓✓✓––––––", Item.GRAPH_SEND, "admin_consent"),
    ],
)
def test_where_entra_stopped_and_what_to_do_there(code, app, shown, at, hint):
    found = findings(app, CLOUD, refused(code))
    assert line(found) == shown
    assert hint_of(found, at) == hint


@pytest.mark.parametrize("fault", [Fault.CANCELLED, Fault.WAITED])
def test_a_browser_that_did_not_come_back_says_where_to_look(fault):
    found = findings(WEB, CLOUD, refused(fault=fault))
    assert line(found) == "–––––––––"
    assert hint_of(found, Item.CLIENT_ID) == "look"
    known = findings(PUBLIC, CLOUD, refused(fault=fault), found=True)
    assert line(known) == "✓––––––––"
    assert (hint_of(known, Item.CLIENT_ID), hint_of(known, Item.PLATFORM)) == ("", "look")


@pytest.mark.parametrize("fault", [Fault.TIMEOUT, Fault.PORT_TAKEN, Fault.BUG])
def test_what_has_nothing_to_do_with_the_app_proves_nothing(fault):
    assert line(findings(WEB, CLOUD, refused(fault=fault))) == "–––––––––"
    assert line(findings(WEB, CLOUD, Diagnosis("of a newer program", Fix.NONE, SEEN))) == "–" * 9


def test_every_line_and_every_hint_has_its_words():
    hints = {hint for _, hint in (*module._STOPS.values(), *module._CODES.values())}
    hints |= {*module._NO_CONSENT.values(), "permission_seldom", "no_secret", "look"}
    for name in (*hints, *(item for item in Item if item not in module.PERMISSIONS)):
        assert WORDS(f"app_check.{name}").en
    known = {problem.id for problem in TABLE.problems}
    assert {*module._STOPS, *module._NO_CONSENT, *module._SILENT} <= known
