"""Signing in in the browser, with the real msal."""

from __future__ import annotations

import asyncio
import base64
import socket
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from laifaxin_desktop.model.microsoft import CloudId, Granted, Permission, SignIn
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.secret import Secret
from tests.servers.browser import browse
from tests.servers.entra.cast import AGENT, CLIENT_ID, CUSTOMER, PERSON, SOLDIER, WORKER

from .knocking import knock
from .signing import ALL, MAIL, MIXED, QUICK, Bench, kept, seen, threads

OWN = "0d1f3c55-9a0b-4c67-8e7d-2f4f5a6b7c8d"
VALUE = "abc8Q~dEf.ghIjKlMnOpQrStUvWxYz0123456_-~"
AUDIENCES = {
    CloudId.WORLDWIDE: ("https://outlook.office.com", "https://graph.microsoft.com"),
    CloudId.GCC_HIGH: ("https://outlook.office365.us", "https://graph.microsoft.us"),
    CloudId.DOD: ("https://outlook-dod.office365.us", "https://dod-graph.microsoft.us"),
    CloudId.CHINA: ("https://partner.outlook.cn", "https://microsoftgraph.chinacloudapi.cn"),
}


@pytest.mark.parametrize(
    ("cloud", "login"),
    [
        (CloudId.WORLDWIDE, PERSON),
        (CloudId.WORLDWIDE, WORKER),
        (CloudId.GCC_HIGH, AGENT),
        (CloudId.DOD, SOLDIER),
        (CloudId.CHINA, CUSTOMER),
    ],
)
def test_one_sign_in_for_two_resources(bench: Bench, cloud: CloudId, login: str) -> None:
    async def main() -> None:
        given = await bench.by_browser(bench.app(cloud), MIXED, hint=login)
        assert given.sign_in.identity == login
        assert given.sign_in.granted == ("imap.accessasuser.all", "mail.send")
        for permission, audience in zip(MIXED, AUDIENCES[cloud], strict=True):
            renewed = await bench.access(given, permission)
            assert bench.audience(renewed) == audience
            assert not renewed.access.fresh
            assert renewed.secret == given.secret

    knock(main())
    host = urlsplit(bench.clouds.cloud(cloud).authority).hostname
    asked = [each for each in bench.entra.requests if not each.agent.startswith("Mozilla")]
    assert {each.host for each in asked} == {host}  # nobody else is asked anything
    assert [each.endpoint for each in asked] == ["discovery", "token", "token"]
    for each in bench.entra.seen("token"):
        assert len({scope.rpartition("/")[0] for scope in each.values["scope"].split()} - {""}) == 1


def test_what_the_browser_is_sent_to(bench: Bench) -> None:
    async def main() -> tuple[str, str]:
        async with bench.microsoft.browser(bench.app(), ALL, hint=PERSON) as flow:
            hinted = flow.url
        async with bench.microsoft.browser(bench.app(tenant="consumers"), MAIL) as flow:
            return hinted, flow.url

    urls = knock(main())
    hinted, unhinted = (parse_qs(urlsplit(url).query) for url in urls)
    assert urls[0].startswith("https://login.microsoftonline.com/common/oauth2/v2.0/authorize?")
    assert urls[1].startswith("https://login.microsoftonline.com/consumers/oauth2/v2.0/authorize?")
    assert hinted["client_id"] == [CLIENT_ID]
    assert hinted["response_type"] == ["code"]
    assert hinted["response_mode"] == ["form_post"]
    assert hinted["code_challenge_method"] == ["S256"]
    assert len(hinted["state"][0]) >= 43
    assert hinted["state"] != unhinted["state"]
    assert hinted["login_hint"] == [PERSON]
    assert "prompt" not in hinted
    assert unhinted["prompt"] == ["select_account"]
    assert set(hinted["scope"][0].split()) == {
        "https://outlook.office.com/IMAP.AccessAsUser.All",
        "https://outlook.office.com/POP.AccessAsUser.All",
        "https://outlook.office.com/SMTP.Send",
        "https://graph.microsoft.com/Mail.Send",
        "https://graph.microsoft.com/Mail.ReadBasic",
        "openid",
        "profile",
        "offline_access",
    }
    redirect = urlsplit(hinted["redirect_uri"][0])
    assert (redirect.scheme, redirect.hostname, redirect.path) == ("http", "localhost", "")


def test_an_app_of_ones_own_with_a_secret(bench: Bench) -> None:
    path = "/api/v1/outlook-authorization/code"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    redirect = f"http://localhost:{port}{path}"
    bench.entra.register_app(OWN, redirects=[redirect], platform="web", secret=VALUE)
    own = SignIn(OWN, redirect=redirect, confidential=True)

    async def main() -> None:
        given = await bench.by_browser(own, MIXED, client_secret=Secret(VALUE))
        assert given.sign_in.confidential
        assert given.sign_in.redirect == redirect
        # Later nobody gives the secret: it is part of what was kept.
        for permission in MIXED:
            renewed = await bench.access(given, permission, force=True)
            given = kept(given, renewed)
        again = await bench.by_browser(own, MIXED, client_secret=given.secret)
        await bench.access(again, force=True)
        with pytest.raises(MailError) as caught:
            await bench.by_browser(
                own, MIXED, client_secret=Secret("wrong-secret-value-0123456789")
            )
        assert seen(caught).codes == ("INVALID_CLIENT", "AADSTS7000215")
        with pytest.raises(MailError) as caught:
            await bench.by_browser(own, MIXED)
        assert seen(caught).codes == ("INVALID_CLIENT", "AADSTS7000218")

    knock(main())
    for each in bench.entra.seen("authorize"):
        assert each.values["redirect_uri"] == redirect


def test_an_app_of_one_directory(bench: Bench) -> None:
    bench.entra.register_app(OWN, audience="tenant", tenant="corp.example")

    async def main() -> None:
        own = SignIn(OWN, tenant="corp.example")
        given = await bench.by_browser(own, MIXED, hint=WORKER)
        renewed = await bench.access(given, Permission.GRAPH_SEND, force=True)
        assert bench.audience(renewed) == "https://graph.microsoft.com"

    knock(main())


def test_a_browser_with_manners_of_its_own(bench: Bench) -> None:
    """A forged answer first, the answer twice, IPv6, another name typed than hinted at."""

    async def main() -> None:
        for orders in (
            {"family": 6},
            {"wrong_state": "first"},
            {"twice": True, "family": 4},
            {"login": WORKER},
        ):
            given = await bench.by_browser(hint="", orders={"login": PERSON} | orders)
            assert given.sign_in.identity == orders.get("login", PERSON)
        steps = bench.visit["steps"]
        assert 'class="done"' in steps[-1]["page"]

    knock(main())


def test_only_a_forged_answer_comes_back(bench: Bench) -> None:
    bench.microsoft = bench.another(deadlines=replace(QUICK, browser=0.5))

    async def main() -> None:
        with pytest.raises(MailError) as caught:
            await bench.by_browser(orders={"wrong_state": "only"})
        assert seen(caught).fault is Fault.WAITED

    knock(main())
    assert bench.entra.seen("token") == []


def test_an_answer_that_comes_too_late(bench: Bench) -> None:
    bench.microsoft = bench.another(deadlines=replace(QUICK, browser=0.2))

    async def main() -> None:
        with pytest.raises(MailError) as caught:
            await bench.by_browser(orders={"delay": 0.6})
        assert seen(caught).fault is Fault.WAITED

    knock(main())
    assert 'class="already"' in bench.visit["steps"][-1]["page"]
    assert bench.entra.seen("token") == []


def test_giving_up_and_declining(bench: Bench) -> None:
    async def main() -> None:
        with pytest.raises(MailError) as caught:
            await bench.by_browser(orders={"answer": "Cancel"})
        evidence = seen(caught)
        assert (evidence.fault, evidence.codes) == (
            Fault.REJECTED,
            ("ACCESS_DENIED", "AADSTS65004"),
        )
        assert evidence.host == "login.microsoftonline.com"
        assert evidence.reply == "AADSTS65004: User declined to consent to access the app."
        assert 'class="failed"' in bench.visit["steps"][-1]["page"]
        assert "AADSTS" not in bench.visit["steps"][-1]["page"]
        bench.entra.decline_consent()
        with pytest.raises(MailError) as caught:
            await bench.by_browser()
        assert seen(caught).codes == ("ACCESS_DENIED", "AADSTS65004")

    knock(main())


def test_a_permission_that_is_quietly_not_given(bench: Bench) -> None:
    bench.entra.user(PERSON).withheld = {"SMTP.Send", "Mail.Send"}

    async def main() -> None:
        wanted = (*MAIL, Permission.GRAPH_SEND)
        given = await bench.by_browser(permissions=wanted)
        assert given.sign_in.granted == ("imap.accessasuser.all",)
        await bench.access(given, Permission.IMAP)
        for permission in (Permission.SMTP, Permission.GRAPH_SEND):
            with pytest.raises(MailError) as caught:
                await bench.access(given, permission)
            evidence = seen(caught)
            assert (evidence.fault, evidence.detail) == (Fault.UNGRANTED, permission.value)

    knock(main())


def test_somebody_else_signs_in(bench: Bench) -> None:
    bench.entra.signs_in(bench.entra.user(WORKER))

    async def main() -> Granted:
        return await bench.by_browser(hint=PERSON)

    assert knock(main()).sign_in.identity == WORKER


def test_a_fixed_port_that_is_taken(bench: Bench) -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            own = bench.app(redirect=f"http://localhost:{port}")
            with pytest.raises(MailError) as caught:
                async with bench.microsoft.browser(own, MAIL):
                    pass
        assert (seen(caught).fault, seen(caught).port) == (Fault.PORT_TAKEN, port)

    knock(main())
    assert bench.entra.requests == []


@pytest.mark.parametrize(
    ("sign_in", "code", "detail"),
    [
        (SignIn(CLIENT_ID, tenant="my tenant"), "INVALID_TENANT", ""),
        (SignIn(CLIENT_ID, tenant="../common"), "INVALID_TENANT", ""),
        (SignIn(CLIENT_ID, tenant=""), "INVALID_TENANT", ""),
        (SignIn(CLIENT_ID, redirect="https://localhost"), "INVALID_REDIRECT", "redirect_scheme"),
        (SignIn(CLIENT_ID, redirect="http://evil.example"), "INVALID_REDIRECT", "redirect_host"),
    ],
)
def test_what_can_be_no_tenant_or_redirect(
    bench: Bench, sign_in: SignIn, code: str, detail: str
) -> None:
    async def main() -> None:
        with pytest.raises(MailError) as caught:
            async with bench.microsoft.browser(sign_in, MAIL):
                pass
        assert (seen(caught).fault, seen(caught).codes) == (Fault.REJECTED, (code,))
        assert seen(caught).detail == detail

    knock(main())
    assert bench.entra.requests == []


def test_a_tenant_that_is_nobodys_or_another_clouds(bench: Bench) -> None:
    async def main() -> None:
        for tenant, codes in (
            ("nobody.example", ("INVALID_REQUEST", "AADSTS90002")),
            ("kehu.example", ("AADSTS90038",)),
        ):
            with pytest.raises(MailError) as caught:
                await bench.by_browser(bench.app(tenant=tenant))
            assert (seen(caught).fault, seen(caught).codes) == (Fault.REJECTED, codes)
        assert seen(caught).detail == "directory at login.partner.microsoftonline.cn"

    knock(main())


def test_a_scope_spelled_as_the_cloud_does_not_know_it(bench: Bench) -> None:
    """The next sign-in uses the next spelling; a renewal tries it at once."""
    bench.entra.state.directory.outlook["dod"] = ("https://outlook-dod.office365.us",)

    async def main() -> None:
        soldier = bench.app(CloudId.DOD)
        with pytest.raises(MailError) as caught:
            await bench.by_browser(soldier, MIXED, hint=SOLDIER)
        assert seen(caught).codes == ("INVALID_RESOURCE", "AADSTS500011")
        given = await bench.by_browser(soldier, MIXED, hint=SOLDIER)
        assert given.sign_in.granted == ("imap.accessasuser.all", "mail.send")
        bench.microsoft = bench.another()  # which has not learnt it yet
        renewed = await bench.access(given, force=True)
        assert bench.audience(renewed) == "https://outlook-dod.office365.us"
        before = len(bench.entra.seen("token"))
        await bench.access(kept(given, renewed), force=True)
        assert len(bench.entra.seen("token")) == before + 1

    knock(main())


def test_many_sign_ins_ask_for_the_directory_once(bench: Bench) -> None:
    async def main() -> None:
        for _ in range(3):
            given = await bench.by_browser()
            await bench.access(given, force=True)
        assert len(bench.entra.seen("discovery")) == 1

    knock(main())


def test_somebody_elses_code_is_found_out(bench: Bench) -> None:
    """The id token of an injected code has another nonce (OpenID Connect)."""
    claims = base64.urlsafe_b64encode(b'{"sub": "s", "nonce": "another"}').decode().rstrip("=")
    answer = {"access_token": "x" * 40, "token_type": "Bearer", "id_token": f"h.{claims}.s"}
    bench.entra.fail_next("token", status=200, body=answer)

    async def main() -> None:
        with pytest.raises(MailError) as caught:
            await bench.by_browser()
        assert (seen(caught).fault, seen(caught).detail) == (Fault.GARBLED, "RuntimeError")

    knock(main())


def test_two_sign_ins_at_once(bench: Bench) -> None:
    async def main() -> None:
        both = await asyncio.gather(
            bench.by_browser(hint=PERSON), bench.by_browser(hint=WORKER, permissions=MIXED)
        )
        assert [given.sign_in.identity for given in both] == [PERSON, WORKER]
        for given in both:
            await bench.access(given, force=True)

    knock(main())


def test_nothing_runs_on_when_the_browser_is_awaited(bench: Bench) -> None:
    """Waiting for a person costs no thread."""

    async def main() -> None:
        async with bench.microsoft.browser(bench.app(), MAIL) as flow:
            waiting = asyncio.create_task(flow.granted())
            await asyncio.sleep(0)
            for _ in range(100):
                if not threads():
                    break
                await asyncio.sleep(0.01)  # the errand's thread is just ending
            assert not threads()
            await asyncio.to_thread(browse, flow.url, {"login": PERSON})
            await waiting

    knock(main())
