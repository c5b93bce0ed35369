"""Codes, tokens, verifiers and secrets are nowhere to be read but in the vault's hands."""

from __future__ import annotations

import asyncio
import base64
import gc
import logging
import pickle
import traceback
from typing import Any
from urllib.parse import quote

import pytest

from laifaxin_desktop.model.microsoft import Permission, SignIn
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.stored import Stored
from tests.servers.entra.cast import PERSON, WORKER

from .knocking import knock
from .signing import MIXED, Bench

OWN = "0d1f3c55-9a0b-4c67-8e7d-2f4f5a6b7c8d"
VALUE = "abc8Q~dEf.ghIjKlMnOpQrStUvWxYz0123456_-~"


def forms(secret: str) -> set[str]:
    """How a secret may be written down."""
    return {
        secret,
        secret[:40],
        quote(secret, safe=""),
        repr(secret)[1:-1],
        base64.b64encode(secret.encode()).decode(),
    }


def shown(error: BaseException) -> str:
    """An exception with all that hangs on to it, as a log or a crash report would have it."""
    told = "".join(traceback.format_exception(error))
    seen: set[int] = set()
    while error is not None and id(error) not in seen:  # what `from None` only hides
        seen.add(id(error))
        told += repr(error) + repr(error.args) + repr(getattr(error, "evidence", ""))
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return told


async def everything(bench: Bench) -> str:
    """Every verb, done and failed; what could be read of it."""
    told = ""
    microsoft, entra = bench.microsoft, bench.entra
    entra.register_app(OWN, platform="web", secret=VALUE)
    entra.state.device_interval = 1

    async def failing(work: Any) -> None:
        nonlocal told
        with pytest.raises(MailError) as caught:
            await work
        told += shown(caught.value)

    given = await bench.by_browser(permissions=MIXED)
    own = SignIn(OWN, confidential=True)
    private = await bench.by_browser(own, MIXED, client_secret=Secret(VALUE), hint=WORKER)
    for each in (given, private):
        for permission in MIXED:
            renewed = await bench.access(each, permission, force=True)
            told += repr(renewed) + str(renewed) + f"{renewed.access.token}"
        told += repr(each)
    async with microsoft.device(bench.app(), MIXED) as device:
        told += repr(device) + repr(vars(device)["_case"])
        waiting = asyncio.create_task(device.granted())
        entra.approve_device(entra.user(PERSON), device.code)
        told += repr(await waiting) + repr(waiting)
    async with microsoft.browser(bench.app(), MIXED) as flow:
        told += repr(flow) + repr(vars(flow)["_case"])

    token = bench.refresh_token(WORKER, "https://outlook.office.com/IMAP.AccessAsUser.All")
    told += repr(await microsoft.redeem(bench.app(), (Permission.IMAP,), token))
    entra.state.tokens.lifetime = 1
    echo = {"error": "invalid_grant", "error_codes": [70000], "suberror": "bad_token"}
    for body in (
        {**echo, "error_description": f"AADSTS70000: {token.reveal()} is malformed"},
        {**echo, "error_description": f"AADSTS70000: {token.reveal()[:200]} is malformed"},
        f'{{"access_token": "{token.reveal()}", "refresh_token"',
        f"<html>{token.reveal()}",
    ):
        for status in (200, 400, 503):
            entra.fail_next("token", status=status, body=body)
            await failing(microsoft.redeem(bench.app(), (Permission.IMAP,), token))
            entra.fail_next("token", status=status, body=body)
            await failing(bench.access(given, Permission.IMAP, force=True))
            entra.fail_next("token", status=status, body=body)
            await failing(bench.by_browser(own, MIXED, client_secret=Secret(VALUE), hint=WORKER))
    entra.fail_next("token", cut=True)
    await failing(bench.access(private, Permission.IMAP, force=True))
    entra.revoke(entra.user(PERSON))
    await failing(bench.access(given, Permission.IMAP, force=True))
    await failing(microsoft.access(own, Permission.IMAP, Secret(given.secret.reveal()[:-9])))
    return told


def test_nothing_can_be_read(
    bench: Bench, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        told = knock(everything(bench))
    said = capfd.readouterr()
    told += caplog.text + said.out + said.err
    told += "".join(repr(vars(record)) for record in caplog.records)
    secrets = {*bench.entra.secrets(), VALUE}
    assert len(secrets) > 30
    found = [form for secret in secrets for form in forms(secret) if form in told]
    assert found == []


def test_msal_says_nothing_at_debug(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        await bench.by_browser()

    with caplog.at_level(logging.DEBUG):
        knock(main())
    assert [record for record in caplog.records if record.name.startswith("msal")] == []


def test_an_app_secret_is_in_nobodys_hands_afterwards(bench: Bench) -> None:
    """Only what was kept holds tokens when a sign-in is over: no cache of msal's lives on."""
    bench.entra.register_app(OWN, platform="web", secret=VALUE)

    async def main() -> Secret:
        own = SignIn(OWN)
        return (await bench.by_browser(own, MIXED, client_secret=Secret(VALUE))).secret

    knock(main())
    gc.collect()
    caches = [each for each in gc.get_objects() if type(each).__name__ == "SerializableTokenCache"]
    assert caches == []
    assert [each for each in gc.get_objects() if isinstance(each, Stored)] == []


def test_what_is_kept_cannot_be_pickled(bench: Bench) -> None:
    async def main() -> None:
        given = await bench.by_browser()
        with pytest.raises(TypeError):
            pickle.dumps(given)

    knock(main())


def test_an_answer_keeps_its_tokens_to_itself() -> None:
    from laifaxin_desktop.oauth.session import Answer

    assert VALUE not in repr(Answer(200, f'{{"access_token":"{VALUE}"}}', {}))
