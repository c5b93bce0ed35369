"""A sign-in with a device code, by the real msal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msal
import pytest
import requests

from .entra import GLOBAL, Entra
from .entra.by_hand import refused
from .entra.cast import CLIENT_ID, WORKER

IMAP = f"{GLOBAL.outlook[0]}/IMAP.AccessAsUser.All"


@pytest.fixture
def device(entra: Entra) -> tuple[Any, dict[str, Any]]:
    entra.state.device_interval = 1
    app = msal.PublicClientApplication(CLIENT_ID)
    return app, app.initiate_device_flow([IMAP])


def poll(app: Any, flow: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = app.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
    return answer


def test_a_device_code(entra: Entra, device: tuple[Any, dict[str, Any]]) -> None:
    app, flow = device
    assert flow["user_code"] in flow["message"]
    refused(poll(app, flow), 70016, "authorization_pending")
    entra.approve_device(entra.user(WORKER))
    assert poll(app, flow)["id_token_claims"]["preferred_username"] == WORKER
    refused(poll(app, flow), 70000, "invalid_grant", "bad_token")


def test_a_device_code_typed_into_its_page(
    entra: Entra, device: tuple[Any, dict[str, Any]]
) -> None:
    app, flow = device
    typed = {"otc": flow["user_code"].lower(), "login": WORKER}
    wrong = requests.post(flow["verification_uri"], data={**typed, "otc": "ABC"}, timeout=10)
    assert "didn’t work" in wrong.text
    assert 'name="otc"' in requests.get(flow["verification_uri"], timeout=10).text
    assert "signed in" in requests.post(flow["verification_uri"], data=typed, timeout=10).text
    assert poll(app, flow)["access_token"]


def too_late(entra: Entra) -> None:
    entra.expire_codes()


def declined(entra: Entra) -> None:
    entra.decline_consent()
    entra.approve_device(entra.user(WORKER))


def forgotten(entra: Entra) -> None:
    entra.state.tokens.devices.clear()


@pytest.mark.parametrize(
    ("spoil", "number", "error"),
    [
        (too_late, 70020, "expired_token"),
        (declined, 65004, "authorization_declined"),
        (forgotten, 70018, "bad_verification_code"),
    ],
)
def test_a_device_code_that_fails(
    entra: Entra,
    device: tuple[Any, dict[str, Any]],
    spoil: Callable[[Entra], None],
    number: int,
    error: str,
) -> None:
    spoil(entra)
    refused(poll(*device), number, error)


def test_device_codes_not_allowed(entra: Entra) -> None:
    entra.register_app(CLIENT_ID, device_allowed=False)
    app = msal.PublicClientApplication(CLIENT_ID)
    refused(poll(app, app.initiate_device_flow([IMAP])), 7000218, "invalid_client")
