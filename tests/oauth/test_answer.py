"""What the sign-in service may answer: nothing odd reaches msal, nothing secret reaches a log."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laifaxin_desktop.model.microsoft import Permission
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.answer import Judge, UnfitError

from .knocking import knock
from .signing import Bench, seen

TOKEN = "EwB4A8l6BAAU-access-token"


def part(claims: object) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


GOOD: dict[str, Any] = {
    "token_type": "Bearer",
    "access_token": TOKEN,
    "refresh_token": "new-refresh-token",
    "expires_in": 3599,
    "scope": "https://outlook.office.com/IMAP.AccessAsUser.All",
    "id_token": f"h.{part({'sub': 's', 'preferred_username': 'a@b.c'})}.s",
    "client_info": part({"uid": "u", "utid": "t"}),
}


@pytest.mark.parametrize(
    "change",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": 5},
        {"access_token": "two words"},
        {"access_token": "a\r\nb"},
        {"access_token": "é"},
        {"access_token": "x" * 65_537},
        {"refresh_token": ["x"]},
        {"refresh_token": "a b"},
        {"token_type": "mac"},
        {"token_type": ["Bearer"]},
        {"id_token": "x"},
        {"id_token": 5},
        {"id_token": "a.b.c"},
        {"id_token": f"h.{part([])}.s"},
        {"id_token": f"h.{part({})}.s"},
        {"id_token": f"h.{part({'sub': 5})}.s"},
        {"id_token": f"h.{part({'sub': 's', 'preferred_username': ['a']})}.s"},
        {"id_token": f"h.{part({'sub': 's', 'upn': 5})}.s"},
        {"id_token": "h." + "[" * 2000 + ".s"},
        {"client_info": "x"},
        {"client_info": part({"uid": "u"})},
        {"client_info": part({"uid": 1, "utid": 2})},
        {"client_info": {"uid": "u"}},
        {"error": 5},
        {"error": ""},
        {"error": "a b"},
    ],
)
def test_answers_that_cannot_be(bench: Bench, change: dict[str, Any]) -> None:
    answer = {**GOOD, **change}
    bench.entra.fail_next("token", status=200, body=answer)

    async def main() -> None:
        with pytest.raises(MailError) as caught:
            await bench.microsoft.redeem(bench.app(), (Permission.IMAP,), Secret("r" * 99))
        assert (seen(caught).fault, seen(caught).codes) == (Fault.GARBLED, ("200",))

    knock(main())


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "victim@corp.example"},
        {"preferred_username": "a@b.c\u001b[2J"},
        {"preferred_username": "a@b.c\r\n", "upn": "u\n@b.c"},
    ],
)
def test_names_that_prove_nothing(bench: Bench, claims: dict[str, Any]) -> None:
    answer = {**GOOD, "id_token": f"h.{part({'sub': 's', **claims})}.s"}
    bench.entra.fail_next("token", status=200, body=answer)

    async def main() -> None:
        given = await bench.microsoft.redeem(bench.app(), (Permission.IMAP,), Secret("r" * 99))
        assert given.sign_in.identity == ""

    knock(main())


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"expires_in": "3599"},
        {"expires_in": None},
        {"expires_in": -1},
        {"expires_in": "soon"},
        {"expires_in": 1e300},
        {"expires_in": True},
        {"ext_expires_in": [], "refresh_in": "x"},
        {"scope": None},
        {"scope": 5},
        {"token_type": "bearer"},
        {"foci": 1, "junk": {"a": [1]}},
        {"id_token": f"h.{part({'sub': 's', 'email': None, 'upn': 'u@b.c'})}.s"},
    ],
)
def test_answers_that_are_odd_but_good(bench: Bench, change: dict[str, Any]) -> None:
    answer = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    bench.entra.fail_next("token", status=200, body=answer)

    async def main() -> None:
        given = await bench.microsoft.redeem(bench.app(), (Permission.IMAP,), Secret("r" * 99))
        assert given.sign_in.granted == ("imap.accessasuser.all",)
        assert given.sign_in.identity == ("u@b.c" if "id_token" in change else "a@b.c")
        assert "junk" not in given.secret.reveal()

    knock(main())


PAGES = {
    "a page": (200, "<!doctype html><title>Hotel", Fault.NOT_MAIL, ("200",), ""),
    "a page that refuses": (403, "<html>Blocked by policy", Fault.NOT_MAIL, ("403",), ""),
    "busy": (503, "<html>busy", Fault.REJECTED, ("503",), "retry-after:17"),
    "broken": (500, "Internal Server Error", Fault.REJECTED, ("500",), "retry-after:17"),
    "too many": (429, '{"error":{"code":"x"}}', Fault.REJECTED, ("429",), "retry-after:17"),
    "broken in JSON": (
        500,
        {"error": "server_error", "error_description": "AADSTS90033: A transient error."},
        Fault.REJECTED,
        ("SERVER_ERROR", "AADSTS90033", "500"),
        "retry-after:17",
    ),
    "a list": (200, "[1, 2]", Fault.NOT_MAIL, ("200",), ""),
    "moved": (302, "", Fault.NOT_MAIL, ("302",), ""),
}


@pytest.mark.parametrize("what", PAGES)
@pytest.mark.parametrize("endpoint", ["discovery", "token", "devicecode"])
def test_answers_that_are_none(bench: Bench, what: str, endpoint: Any) -> None:
    status, body, fault, codes, detail = PAGES[what]
    headers = {"Retry-After": "17", "Location": "https://evil.example/"}
    bench.entra.fail_next(endpoint, status=status, body=body, headers=headers)

    async def main() -> None:
        if endpoint == "devicecode":
            with pytest.raises(MailError) as caught:
                async with bench.device():
                    pass
        else:
            with pytest.raises(MailError) as caught:
                await bench.microsoft.redeem(bench.app(), (Permission.IMAP,), Secret("r" * 99))
        evidence = seen(caught)
        assert (evidence.fault, evidence.codes, evidence.detail) == (fault, codes, detail)
        assert evidence.host == "login.microsoftonline.com"
        if fault is Fault.NOT_MAIL:
            assert evidence.spoken == "http"

    knock(main())
    assert "evil.example" not in {each.host for each in bench.entra.requests}


def test_a_cut_off_answer_with_tokens_is_not_logged(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """msal itself writes what is no JSON into its log, at a level that nobody silences."""
    whole = json.dumps(GOOD)
    judge = Judge("login.microsoftonline.com")
    with caplog.at_level(logging.DEBUG), pytest.raises(UnfitError) as caught:
        judge.tokens(200, {}, whole[:-20].encode(), {})
    assert caught.value.evidence.fault is Fault.GARBLED
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"token_endpoint": None}, Fault.GARBLED),
        ({"authorization_endpoint": 5}, Fault.GARBLED),
        ({"token_endpoint": "http://login.microsoftonline.com/t"}, Fault.GARBLED),
        ({"token_endpoint": "https://evil.example/common/oauth2/v2.0/token"}, Fault.GARBLED),
        ({"token_endpoint": "https://login.microsoftonline.com@evil.example/"}, Fault.GARBLED),
        ({"token_endpoint": "https://login.microsoftonline.com:444/common/t"}, Fault.GARBLED),
        ({"device_authorization_endpoint": "https://evil.example/"}, Fault.GARBLED),
        ({"authorization_endpoint": "https://login.microsoftonline.us/x/y"}, Fault.REJECTED),
        ({"token_endpoint": "https://login.chinacloudapi.cn/x/y"}, Fault.REJECTED),
        ({"token_endpoint": "https://[x"}, Fault.GARBLED),
    ],
)
def test_endpoints_of_others(bench: Bench, change: dict[str, Any], fault: Fault) -> None:
    """A discovery document cannot send codes and tokens anywhere else."""
    top = "https://login.microsoftonline.com/common/oauth2/v2.0"
    document = {
        "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0",
        "authorization_endpoint": f"{top}/authorize",
        "token_endpoint": f"{top}/token",
        "device_authorization_endpoint": f"{top}/devicecode",
        **change,
    }
    bench.entra.fail_next("discovery", status=200, body=document)

    async def main() -> None:
        with pytest.raises(MailError) as caught:
            async with bench.microsoft.browser(bench.app(), (Permission.IMAP,)):
                pass
        assert seen(caught).fault is fault
        if fault is Fault.REJECTED:
            assert seen(caught).codes == ("AADSTS90038",)
        async with bench.microsoft.browser(bench.app(), (Permission.IMAP,)):
            pass  # what was bad was not remembered

    knock(main())


def test_the_old_name_of_21vianet() -> None:
    judge = Judge("login.partner.microsoftonline.cn")
    top = "https://login.chinacloudapi.cn/common/oauth2/v2.0"
    document = {"authorization_endpoint": f"{top}/authorize", "token_endpoint": f"{top}/token"}
    assert judge.directory(200, {}, json.dumps(document).encode())["token_endpoint"]


def test_secrets_of_the_request_are_not_repeated(bench: Bench) -> None:
    token = "r" * 40 + "-short-enough-to-be-shown"
    said = f"AADSTS70000: The refresh token {token} is malformed."
    body = {"error": "invalid_grant", "error_description": said, "error_codes": [70000]}
    bench.entra.fail_next("token", status=400, body=body, times=9)

    async def main() -> None:
        with pytest.raises(MailError) as caught:
            await bench.microsoft.redeem(bench.app(), (Permission.IMAP,), Secret(token))
        assert seen(caught).reply == "AADSTS70000: The refresh token •••• is malformed."

    knock(main())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = [*GOOD, "error", "error_description", "error_codes", "suberror", "user_code"]


@given(st.binary() | st.dictionaries(st.sampled_from(FIELDS), JSON).map(json.dumps).map(str.encode))
def test_whatever_is_answered_is_judged(body: bytes) -> None:
    judge = Judge("login.microsoftonline.com")
    hosts = set()
    for status in (200, 400, 503):
        for judging, more in ((judge.directory, []), (judge.tokens, [{"scope": "a"}])):
            try:
                judging(status, {}, body, *more)
            except UnfitError as unfit:
                hosts.add(unfit.evidence.host)
        with contextlib.suppress(UnfitError):
            judge.device_code(status, {}, body, {})
    assert hosts <= {"login.microsoftonline.com"}


@pytest.mark.parametrize("seconds", [-86_400 * 400, -600, 600, 86_400 * 400])
def test_a_clock_that_is_wrong_costs_nothing_and_writes_nobodys_name(
    bench: Bench, caplog: pytest.LogCaptureFixture, seconds: int
) -> None:
    """msal writes into its log whose identity token it finds too early or too late."""
    now = int(time.time()) + seconds
    times = {"nbf": now, "iat": now, "exp": now + 3600}
    claims = {"sub": "s", "preferred_username": "a@b.c", "name": "Zhang San", **times}
    bench.entra.fail_next(
        "token", status=200, body={**GOOD, "id_token": f"h.{part(claims)}.s"}, times=2
    )

    async def main() -> None:
        given = await bench.microsoft.redeem(bench.app(), (Permission.IMAP,), Secret("r" * 99))
        assert given.sign_in.identity == "a@b.c"
        await bench.access(given, Permission.IMAP, force=True)

    with caplog.at_level(logging.WARNING):
        knock(main())
    assert "Zhang San" not in caplog.text
    assert "a@b.c" not in caplog.text
