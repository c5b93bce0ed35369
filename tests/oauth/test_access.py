"""Access tokens from what is stored: cached, renewed, rotated, refused."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from laifaxin_desktop.model.microsoft import Granted, Permission
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.secret import Secret
from tests.servers.entra.cast import PERSON, WORKER

from .knocking import knock
from .signing import MAIL, MIXED, QUICK, Bench, kept, seen, threads


def test_a_living_token_costs_nothing(bench: Bench) -> None:
    async def main() -> None:
        given = await bench.by_browser(permissions=MIXED)
        asked = len(bench.entra.requests)
        bench.microsoft = bench.another()
        renewed = await bench.access(given)
        assert renewed.secret == given.secret
        assert not renewed.access.fresh
        assert renewed.access.granted == {"imap.accessasuser.all"}
        left = renewed.access.expires_at - datetime.now(UTC)
        assert timedelta(minutes=55) < left < timedelta(minutes=61)
        # A new program reads the tenant's document once; tokens are not asked for.
        new = [each.endpoint for each in bench.entra.requests[asked:]]
        assert new == ["discovery"]

    knock(main())


def test_force_asks_for_a_new_one_and_keeps_what_was_rotated(bench: Bench) -> None:
    bench.entra.state.strict_rotation = True

    async def main() -> None:
        given = await bench.by_browser()
        for _ in range(3):
            renewed = await bench.access(given, force=True)
            assert renewed.access.fresh
            assert renewed.secret != given.secret
            given = kept(given, renewed)

    knock(main())


def test_a_token_near_its_end_is_renewed(bench: Bench) -> None:
    bench.entra.state.tokens.lifetime = 200  # seconds: msal leaves five minutes' margin

    async def main() -> None:
        given = await bench.by_browser()
        assert (await bench.access(given)).access.fresh

    knock(main())


def test_renewals_of_one_program_whose_outcome_got_lost(bench: Bench) -> None:
    """The caller could not keep what was rotated, and comes with the old one again."""
    bench.entra.state.strict_rotation = True

    async def main() -> None:
        given = await bench.by_browser(permissions=MIXED)
        first = await bench.access(given, force=True)
        again = await bench.access(given, force=True)
        assert again.secret != first.secret
        last = await bench.access(given)
        assert last.secret == again.secret
        await bench.access(kept(given, last), force=True)

    knock(main())


def test_rotated_by_another_program(bench: Bench) -> None:
    bench.entra.state.strict_rotation = True

    async def main() -> None:
        given = await bench.by_browser()
        theirs = await bench.another().access(
            given.sign_in, Permission.IMAP, given.secret, force=True
        )
        with pytest.raises(MailError) as caught:
            await bench.access(given, force=True)
        assert seen(caught).codes == ("INVALID_GRANT", "AADSTS70000", "BAD_TOKEN")
        await bench.access(kept(given, theirs), force=True)

    knock(main())


def test_a_permission_missing_after_a_rotation_loses_nothing(bench: Bench) -> None:
    bench.entra.state.strict_rotation = True

    async def main() -> None:
        given = await bench.by_browser(permissions=MAIL)
        bench.entra.user(PERSON).withheld = {"SMTP.Send"}
        with pytest.raises(MailError) as caught:
            await bench.access(given, Permission.SMTP, force=True)
        assert (seen(caught).fault, seen(caught).detail) == (Fault.UNGRANTED, "smtp")
        bench.entra.user(PERSON).withheld = set()
        kept_now = bench.microsoft.latest(given.secret)
        await bench.access(given, Permission.SMTP, force=True)
        assert kept_now != given.secret

    knock(main())


def test_consent_taken_back_for_one_of_two(bench: Bench) -> None:
    """One token would do for both; when it is refused each is asked for alone."""

    async def main() -> None:
        given = await bench.by_browser(permissions=MAIL)
        for agreed in bench.entra.user(PERSON).consents.values():
            agreed.discard(("https://outlook.office.com", "SMTP.Send"))
        renewed = await bench.access(given, Permission.IMAP, force=True)
        assert renewed.access.granted == {"imap.accessasuser.all"}
        with pytest.raises(MailError) as caught:
            await bench.access(kept(given, renewed), Permission.SMTP, force=True)
        assert seen(caught).fault is Fault.REJECTED
        assert "AADSTS65001" in seen(caught).codes

    knock(main())


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        (50173, ("INVALID_GRANT", "AADSTS50173", "BAD_TOKEN")),
        (700082, ("INVALID_GRANT", "AADSTS700082", "BAD_TOKEN")),
        (50076, ("INVALID_GRANT", "AADSTS50076", "BASIC_ACTION")),
        (53003, ("INVALID_GRANT", "AADSTS53003", "MESSAGE_ONLY")),
    ],
)
def test_refused_renewals_say_why_and_are_asked_once(
    bench: Bench, number: int, codes: tuple[str, ...]
) -> None:
    async def main() -> None:
        given = await bench.by_browser(hint=WORKER)
        before = len(bench.entra.seen("token"))
        bench.entra.user(WORKER).at_renewal = number
        with pytest.raises(MailError) as caught:
            await bench.access(given, force=True)
        assert (seen(caught).fault, seen(caught).codes) == (Fault.REJECTED, codes)
        assert len(bench.entra.seen("token")) == before + 1
        assert seen(caught).host == "login.microsoftonline.com"
        assert "Trace" not in seen(caught).reply
        # What was refused is not remembered against the next try.
        bench.entra.user(WORKER).at_renewal = 0
        await bench.access(given, force=True)

    knock(main())


def test_a_claims_challenge(bench: Bench) -> None:
    wanted = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'

    async def main() -> None:
        given = await bench.by_browser()
        coded = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ"
        for claims in (wanted, coded, "neither"):
            given = kept(given, renewed := await bench.access(given, claims=claims))
            assert renewed.access.fresh
        sent = [each.values.get("claims") for each in bench.entra.seen("token")[1:]]
        assert sent[0] == wanted
        assert json.loads(sent[1] or "") == {"access_token": {"nbf": {"essential": True}}}
        assert sent[2] is None

    knock(main())


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_ten_minutes_off(
    bench: Bench, minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When signing in, when renewing, and when it is put right in between."""
    real = time.time

    def off() -> None:
        monkeypatch.setattr(time, "time", lambda: real() + 60 * minutes)

    async def main() -> None:
        off()
        given = await bench.by_browser(permissions=MIXED)
        given = kept(given, await bench.access(given))
        given = kept(given, await bench.access(given, force=True))
        monkeypatch.setattr(time, "time", real)
        for permission in MIXED:
            given = kept(given, await bench.access(given, permission))
        off()
        for permission in MIXED:
            given = kept(given, await bench.access(given, permission))

    knock(main())


def test_answers_that_spell_scopes_otherwise(bench: Bench) -> None:
    """The token is found in the cache all the same."""
    bench.entra.state.directory.outlook["global"] = (
        "https://outlook.office365.com",
        "https://outlook.office.com",
    )

    async def main() -> None:
        given = await bench.by_browser(permissions=MIXED)
        assert given.sign_in.granted == ("imap.accessasuser.all", "mail.send")
        renewed = await bench.access(given)
        assert not renewed.access.fresh

    knock(main())


def damaged(given: Granted, change: Any) -> Secret:
    """What is stored, changed by somebody or some other version."""
    opened = json.loads(given.secret.reveal())
    change(opened)
    return Secret(json.dumps(opened))


def test_nothing_usable_is_stored(bench: Bench) -> None:
    def empty(opened: Any) -> None:
        opened["cache"] = {}

    def no_account(opened: Any) -> None:
        del opened["cache"]["Account"]

    def no_tokens(opened: Any) -> None:
        del opened["cache"]["RefreshToken"], opened["cache"]["AccessToken"]

    def broken_tokens(opened: Any) -> None:
        opened["cache"]["RefreshToken"] = opened["cache"]["AccessToken"] = {"x": [], "y": {"a": 1}}

    async def main() -> None:
        given = await bench.by_browser()
        secrets = [damaged(given, each) for each in (empty, no_account, no_tokens, broken_tokens)]
        secrets += [Secret(text) for text in ("", "hunter2", "{}", "[]", "null", "[" * 100_000)]
        for secret in secrets:
            with pytest.raises(MailError) as caught:
                await bench.microsoft.access(given.sign_in, Permission.IMAP, secret)
            assert seen(caught).fault is Fault.MISSING
        other = replace(given.sign_in, client_id="aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
        with pytest.raises(MailError) as caught:  # the tokens are another app's
            await bench.microsoft.access(other, Permission.IMAP, given.secret)
        assert seen(caught).fault is Fault.MISSING

    knock(main())


def test_what_other_versions_stored_is_understood(bench: Bench) -> None:
    def newer(opened: Any) -> None:
        opened["version"] = 7
        opened["more"] = {"a": [1, 2]}
        cache = opened["cache"]
        cache["NewKind"] = {"x": {"secret": "y"}}
        for entries in cache.values():
            for entry in entries.values():
                entry["new_field"] = "z"
        for entry in cache["AccessToken"].values():
            entry["refresh_on"] = "soon"
            del entry["extended_expires_on"]

    async def main() -> None:
        given = await bench.by_browser()
        for force in (False, True):
            await bench.microsoft.access(
                given.sign_in, Permission.IMAP, damaged(given, newer), force=force
            )

    knock(main())


@pytest.mark.parametrize("kind", ["AccessToken", "RefreshToken", "Account", "IdToken"])
def test_whatever_is_damaged_there_is_no_traceback(bench: Bench, kind: str) -> None:
    values: tuple[Any, ...] = (None, 5, "", "x", [], {}, True, "９", "-1", "1e9")

    async def main() -> set[Fault]:
        faults = set()
        given = await bench.by_browser()
        entry = next(iter(json.loads(given.secret.reveal())["cache"][kind].values()))
        for name in entry:
            for value in (*values, ...):

                def change(opened: Any, name: str = name, value: Any = value) -> None:
                    [one] = opened["cache"][kind].values()
                    one.pop(name)
                    if value is not ...:
                        one[name] = value

                try:
                    await bench.microsoft.access(
                        given.sign_in, Permission.IMAP, damaged(given, change)
                    )
                except MailError as error:
                    faults.add(error.evidence.fault)
        return faults

    assert knock(main()) <= {Fault.MISSING, Fault.REJECTED, Fault.UNGRANTED}


def test_a_hundred_accounts_at_once(bench: Bench) -> None:
    """One look-up of the directory, a few connections at a time, and the loop stays awake."""

    async def main() -> None:
        given = await bench.by_browser()
        bench.microsoft = bench.another()
        before = len(bench.entra.seen("discovery"))
        await asyncio.gather(*(bench.access(given, force=True) for _ in range(100)))
        assert len(bench.entra.seen("discovery")) <= before + 4

    knock(main(), debug=False)


def test_a_proxy_is_asked_of_the_caller(bench: Bench) -> None:
    asked: list[str] = []

    def proxies(url: str) -> dict[str, str]:
        asked.append(url)
        return {"https": "http://127.0.0.1:9"}

    async def main() -> None:
        given = await bench.by_browser()
        bench.microsoft = bench.another(proxies=proxies)
        with pytest.raises(MailError) as caught:
            await bench.access(given, force=True)
        found = seen(caught)
        assert (found.fault, found.proxy) == (Fault.PROXY_UNREACHABLE, "127.0.0.1:9")
        assert asked == [
            "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration"
        ]

    knock(main())


@pytest.mark.parametrize("endpoint", ["discovery", "token"])
def test_deadlines(bench: Bench, endpoint: Any) -> None:
    async def main() -> None:
        given = await bench.by_browser()
        bench.microsoft = bench.another(deadlines=replace(QUICK, work=0.3))
        bench.entra.requests.clear()
        asked = len(bench.entra.seen(endpoint))
        bench.entra.fail_next(endpoint, delay=1.0)
        began = time.monotonic()
        with pytest.raises(MailError) as caught:
            await bench.access(given, force=True)
        assert time.monotonic() - began < 0.9
        assert seen(caught).fault is Fault.TIMEOUT
        assert seen(caught).host == "login.microsoftonline.com"
        while len(bench.entra.seen(endpoint)) == asked or threads():
            await asyncio.sleep(0.01)  # the answer is still coming, for nobody
        await bench.access(given, force=True)

    knock(main())


@pytest.mark.parametrize("cancelled", [False, True], ids=["deadline", "cancelled"])
def test_an_answer_that_comes_after_we_gave_up_is_not_lost(bench: Bench, cancelled: bool) -> None:
    """The old token is dead by then; the new one is used the next time."""
    bench.entra.state.strict_rotation = True

    async def main() -> None:
        given = await bench.by_browser()
        bench.microsoft = bench.another(deadlines=replace(QUICK, work=5.0 if cancelled else 0.3))
        asked = len(bench.entra.seen("token"))
        bench.entra.fail_next("token", delay=0.6)
        renewing = asyncio.create_task(bench.access(given, force=True))
        await asyncio.sleep(0.3)  # its question is on the way
        if cancelled:
            renewing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await renewing
        else:
            with pytest.raises(MailError) as caught:
                await renewing
            assert seen(caught).fault is Fault.TIMEOUT
        while len(bench.entra.seen("token")) == asked or threads():
            await asyncio.sleep(0.01)  # the answer is still coming
        renewed = await bench.access(given, force=True)
        assert renewed.secret != given.secret

    knock(main())


def test_a_permission_missing_after_a_rotation_and_then_the_program_ends(bench: Bench) -> None:
    bench.entra.state.strict_rotation = True

    async def main() -> None:
        given = await bench.by_browser(permissions=MAIL)
        bench.entra.user(PERSON).withheld = {"SMTP.Send"}
        with pytest.raises(MailError):
            await bench.access(given, Permission.SMTP, force=True)
        kept_now = replace(given, secret=bench.microsoft.latest(given.secret))
        bench.microsoft = bench.another()
        await bench.access(kept_now, Permission.IMAP, force=True)

    knock(main())
