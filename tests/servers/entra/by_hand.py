"""A sign-in by hand, every parameter of which a test may spoil: msal would not send nonsense."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from typing import Any
from urllib.parse import urlencode

import requests

from .cast import CLIENT_ID, WORKER
from .clouds import GLOBAL, Cloud

REDIRECT = "http://localhost:51234"
VERIFIER = "v" * 43
BASIC = f"openid profile offline_access {GLOBAL.outlook[0]}/IMAP.AccessAsUser.All"


def challenge(verifier: str) -> str:
    """S256 of RFC 7636."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class SignIn:
    """Done when it is made: `page` is where it ended, `answer` what was posted to the redirect.

    Further parameters of /authorize, /token and so on are given by name, and win.
    """

    def __init__(
        self,
        *,
        who: str = WORKER,
        tenant: str = "common",
        cloud: Cloud = GLOBAL,
        client: str = CLIENT_ID,
        scope: str = BASIC,
        redirect: str = REDIRECT,
        **more: str,
    ) -> None:
        self.top = f"https://{cloud.login}/{tenant}/oauth2/v2.0"
        self.client, self.redirect = client, redirect
        asked = {
            "client_id": client,
            "response_type": "code",
            "response_mode": "form_post",
            "redirect_uri": redirect,
            "scope": scope,
            "state": "s",
            "login_hint": who,
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
            **more,
        }
        page = requests.get(f"{self.top}/authorize?{urlencode(asked)}", timeout=10).text
        action, values = read_form(page)
        if action and action.startswith("https://"):
            page = requests.post(action, data={**values, "answer": "Continue"}, timeout=10).text
            action, values = read_form(page)
        self.page = page
        self.answer = values if action and action.startswith(redirect) else {}

    @property
    def number(self) -> int:
        """Of the error, on the page or in the answer; 0 without one."""
        text = self.answer.get("error_description", "") or self.page
        found = re.search(r"AADSTS(\d+):", text)
        return int(found[1]) if found else 0

    def redeem(self, **more: str) -> dict[str, Any]:
        """The answer to the code."""
        form = {
            "client_id": self.client,
            "grant_type": "authorization_code",
            "code": self.answer["code"],
            "redirect_uri": self.redirect,
            "code_verifier": VERIFIER,
            "scope": BASIC,
            "client_info": "1",
            **more,
        }
        return post(f"{self.top}/token", form)

    def renew(self, refresh: str, **more: str) -> dict[str, Any]:
        """The answer to a refresh token."""
        form = {
            "client_id": self.client,
            "grant_type": "refresh_token",
            "refresh_token": refresh,
            "scope": BASIC,
            **more,
        }
        return post(f"{self.top}/token", form)


def read_form(page: str) -> tuple[str | None, dict[str, str]]:
    """Where the form of a page goes, and its hidden fields."""
    found = re.search(r'<form method="post" action="(.*?)"', page)
    fields = re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)"', page)
    return found and html.unescape(found[1]), {key: html.unescape(text) for key, text in fields}


def post(url: str, form: dict[str, str], **headers: str) -> dict[str, Any]:
    """A form to an endpoint that answers with JSON."""
    answer: dict[str, Any] = requests.post(url, data=form, headers=headers, timeout=10).json()
    return answer


def refused(answer: dict[str, Any], number: int, error: str, suberror: str = "") -> None:
    """Check the whole shape of a refusal."""
    assert answer["error_codes"] == [number], answer
    assert answer["error"] == error
    assert answer.get("suberror", "") == suberror
    pattern = (
        rf"AADSTS{number}: .+ Trace ID: [0-9a-f-]{{36}} Correlation ID: "
        r"[0-9a-f-]{36} Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"
    )
    assert re.fullmatch(pattern, answer["error_description"])
    assert answer["correlation_id"] in answer["error_description"]
