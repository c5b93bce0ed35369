"""What is kept of a sign-in, as a value."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from laifaxin_desktop.model.problem import Fault, MailError, Stage
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.stored import Successors, app_secret_of, pack, target_of, unpack

NOW = 1_800_000_000.0
ACCOUNT = {
    "home_account_id": "u.t",
    "environment": "login.microsoftonline.com",
    "authority_type": "MSSTS",
    "username": "someone@outlook.com",
    "realm": "common",
}
TOKEN = {
    "secret": "access-token",
    "target": "https://outlook.office.com/IMAP.AccessAsUser.All",
    "expires_on": str(int(NOW) + 3000),
    "cached_at": str(int(NOW) - 600),
    "home_account_id": "u.t",
    "environment": "login.microsoftonline.com",
    "realm": "common",
}
CACHE: dict[str, Any] = {"AccessToken": {"t": TOKEN}, "Account": {"a": ACCOUNT}}


def test_there_and_back() -> None:
    for app_secret in ("", "hunter2"):
        kept = pack(json.dumps(CACHE), app_secret)
        opened = unpack(kept, NOW)
        assert json.loads(opened.text) == CACHE
        assert opened.app_secret == app_secret
        assert app_secret_of(kept) == app_secret
        assert pack(opened.text, app_secret) == kept
    assert target_of(json.dumps(CACHE), "access-token") == TOKEN["target"]
    assert target_of(json.dumps(CACHE), "another") == ""


def test_a_secret_that_is_not_of_ours_is_the_apps_own() -> None:
    assert app_secret_of(None) == ""
    for text in ("hunter2", "{}", '{"format": "x", "app_secret": "y"}', "\ud800", ""):
        assert app_secret_of(Secret(text)) == text
    odd = Secret('{"format": "laifaxin sign-in", "app_secret": 5}')
    assert app_secret_of(odd) == ""


def test_tokens_from_the_future_are_left_out() -> None:
    """The clock was turned back: nobody can say how long they live."""
    kept = pack(json.dumps(CACHE), "")
    assert "AccessToken" in unpack(kept, NOW - 620).cache
    assert "AccessToken" not in unpack(kept, NOW - 700).cache
    assert "Account" in unpack(kept, NOW - 1e9).cache


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
ENTRIES = st.dictionaries(st.text(max_size=3), st.dictionaries(st.sampled_from(list(TOKEN)), JSON))
CACHES = st.dictionaries(st.sampled_from(["Account", "AccessToken", "RefreshToken", "x"]), ENTRIES)


@given(
    st.text() | JSON.map(json.dumps) | CACHES.map(json.dumps).map(lambda c: pack(c, "").reveal())
)
def test_whatever_is_stored_is_opened_or_missing(text: str) -> None:
    try:
        opened = unpack(Secret(text), NOW)
    except MailError as error:
        seen = (error.evidence.stage, error.evidence.fault)
        if seen != (Stage.SIGN_IN, Fault.MISSING):
            raise
    else:
        json.loads(opened.text)


def test_successors_are_followed_and_forgotten() -> None:
    known = Successors()
    one, two, three = (Secret(text) for text in ("one", "two", "three"))
    assert known.latest(one) == one
    known.note(one, two)
    assert known.latest(one) == two
    known.note(two, three)
    assert known.latest(one) == three
    assert known.latest(two) == three  # who comes with two needs no way to it any more
    assert known.latest(one) == one
    assert known.latest(three) == three
    assert known.latest(two) == two


def test_successors_that_run_in_a_circle_or_are_too_many() -> None:
    known = Successors()
    one, two = Secret("one"), Secret("two")
    known.note(one, two)
    known.note(two, one)
    assert known.latest(Secret("other")) == Secret("other")
    assert known.latest(one) in (one, two)
    for number in range(1500):
        known.note(Secret(f"old {number}"), Secret(f"new {number}"))
    assert known.latest(Secret("old 1")) == Secret("old 1")
    assert known.latest(Secret("old 1499")) == Secret("new 1499")
