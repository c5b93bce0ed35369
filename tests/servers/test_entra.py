"""The platform does what Entra does, and refuses what Entra refuses, to the real msal."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import msal
import pytest
import requests

from .entra import CHINA, GLOBAL, Entra
from .entra.by_hand import read_form
from .entra.cast import CLIENT_ID, CLIENT_IDS, CUSTOMER, PERSON, WORKER

REDIRECT = "http://localhost:51234"
OUTLOOK = [f"https://outlook.office.com/{each}" for each in ("IMAP.AccessAsUser.All", "SMTP.Send")]
GRAPH = ["https://graph.microsoft.com/Mail.Send"]


def client(authority: str = "https://login.microsoftonline.com/common", **more: Any) -> Any:
    return msal.PublicClientApplication(more.pop("client_id", CLIENT_ID), authority=authority)


def begin(app: Any, scopes: list[str], hint: str, redirect: str = REDIRECT) -> dict[str, Any]:
    flow: dict[str, Any] = app.initiate_auth_code_flow(
        scopes, redirect_uri=redirect, login_hint=hint, response_mode="form_post"
    )
    return flow


def look(uri: str, answer: str = "Continue") -> tuple[str, dict[str, str]]:
    """What a browser does, without one: the last page, and what the program was sent."""
    with requests.Session() as session:
        page = session.get(uri, timeout=10).text
        action, values = read_form(page)
        if not action or not action.startswith("https://login."):
            return page, {}
        page = session.post(action, data={**values, "answer": answer}, timeout=10).text
    action, values = read_form(page)
    return page, values if action and action.startswith("http://localhost") else {}


def sign_in(app: Any, who: str, scopes: list[str], first: list[str]) -> dict[str, Any]:
    flow = begin(app, scopes, who)
    result: dict[str, Any] = app.acquire_token_by_auth_code_flow(
        flow, look(flow["auth_uri"])[1], scopes=first
    )
    return result


@pytest.mark.parametrize("who", [WORKER, PERSON])
def test_one_sign_in_and_two_tokens(entra: Entra, who: str) -> None:
    app = client()
    result = sign_in(app, who, OUTLOOK + GRAPH, OUTLOOK)
    assert set(OUTLOOK) <= set(result["scope"].split())
    assert 1400 < len(result["access_token"]) < 2900
    assert len(result["refresh_token"]) > 1000
    assert result["id_token_claims"]["preferred_username"] == who
    [account] = app.get_accounts()
    other = app.acquire_token_silent(GRAPH, account=account)
    assert "https://graph.microsoft.com/Mail.Send" in other["scope"]
    assert other["access_token"] != result["access_token"]
    assert {result["access_token"], other["access_token"], other["refresh_token"]} <= set(
        entra.secrets()
    )
    assert [each.values["grant_type"] for each in entra.seen("token")] == [
        "authorization_code",
        "refresh_token",
    ]


def test_the_answer_in_the_query(entra: Entra) -> None:
    flow = begin(client(), GRAPH, WORKER)
    uri = flow["auth_uri"].replace("response_mode=form_post", "response_mode=query")
    action, values = read_form(requests.get(uri, timeout=10).text)
    assert action
    reply = requests.post(
        action, data={**values, "answer": "Continue"}, timeout=10, allow_redirects=False
    )
    assert reply.headers["Location"].startswith(f"{REDIRECT}/?")
    assert dict(parse_qsl(urlsplit(reply.headers["Location"]).query))["state"] == flow["state"]


def test_httpx_finds_it_too(entra: Entra) -> None:
    url = "https://login.partner.microsoftonline.cn/kehu.example/v2.0/.well-known/openid-configuration"
    assert httpx.get(url).json()["cloud_instance_name"] == CHINA.instance


def test_each_cloud_has_its_own(entra: Entra) -> None:
    app = client(f"https://{CHINA.login}/organizations", client_id=CLIENT_IDS["china"])
    scopes = ["https://partner.outlook.cn/IMAP.AccessAsUser.All"]
    assert sign_in(app, CUSTOMER, scopes, scopes)["scope"] == scopes[0]
    place = "v2.0/.well-known/openid-configuration"
    found = requests.get(f"https://{GLOBAL.login}/kehu.example/{place}", timeout=10).json()
    assert found["token_endpoint"].startswith(f"https://{CHINA.login}/")
    missing = requests.get(f"https://{CHINA.login}/corp.example/{place}", timeout=10)
    assert missing.status_code == 400
    assert missing.json()["error_codes"] == [90002]
