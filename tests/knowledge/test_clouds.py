"""The clouds: complete, tied to their providers, and whose app signs in decides the order."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from laifaxin_desktop.knowledge.clouds import CloudBook
from laifaxin_desktop.knowledge.decode import ResourceError
from laifaxin_desktop.knowledge.preset import CLIENT_ID, CLOUD, REDIRECT_URI, TENANT
from laifaxin_desktop.knowledge.providers import ProviderBook
from laifaxin_desktop.model.microsoft import (
    SIGNED_IN,
    CloudId,
    Permission,
    SignIn,
    permission_for,
    segment,
)
from laifaxin_desktop.model.provider import AuthWay, Protocol, Provider, Security, Side, Standing
from tests.knowledge.books import BOOK, CLOUDS, NOWHERE, RESOURCES

FILE = RESOURCES / "microsoft.toml"
APP = "0123abcd-4567-89ab-cdef-0123456789ab"
MICROSOFT = [provider for provider in BOOK.all if provider.cloud]
SEGMENTS = {
    Permission.IMAP: "imap.accessasuser.all",
    Permission.POP3: "pop.accessasuser.all",
    Permission.SMTP: "smtp.send",
    Permission.GRAPH_SEND: "mail.send",
    Permission.GRAPH_RECEIVE: "mail.readbasic",
}


def with_environment(**environ: str) -> CloudBook:
    return CloudBook.load(FILE, NOWHERE, environ)


def provider_of(cloud_id: CloudId) -> Provider:
    found = BOOK.by_id(CLOUDS.cloud(cloud_id).provider)
    assert found is not None
    return found


@pytest.mark.parametrize("cloud_id", CloudId)
def test_a_cloud_is_whole(cloud_id: CloudId) -> None:
    cloud, provider = CLOUDS.cloud(cloud_id), provider_of(cloud_id)
    assert provider.cloud == cloud_id
    graph = provider.endpoint(Protocol.GRAPH, Side.SEND)
    assert graph is not None
    assert (graph.host, graph.port, graph.security) == (cloud.graph, 443, Security.TLS)
    for protocol in (Protocol.IMAP, Protocol.POP3, Protocol.SMTP):
        assert provider.endpoint(protocol) is not None
    if cloud_id is CloudId.DOD:  # told apart by discovery: its exchangers are those of GCC High
        assert provider.mx == provider.domains == ()
    else:
        assert provider.mx
        assert provider.domains
    assert re.fullmatch(r"https://login\.[a-z.]+", cloud.authority)
    for address in (cloud.portal, cloud.admin, cloud.device_page, cloud.revoke):
        assert urlsplit(address).scheme == "https"
    assert cloud.personal is (cloud.revoke_personal is not None) is (cloud_id == "worldwide")
    assert cloud.client_id == ""  # filled in at release


@pytest.mark.parametrize("cloud_id", CloudId)
def test_scopes_are_full_and_spell_what_they_ask(cloud_id: CloudId) -> None:
    cloud = CLOUDS.cloud(cloud_id)
    for permission in Permission:
        spelled = cloud.scopes.of(permission)
        assert cloud.spelled(permission) == spelled[0]
        assert len(set(spelled)) == len(spelled) >= 1
        for scope in spelled:
            assert segment(scope) == SEGMENTS[permission]
            graph = permission in (Permission.GRAPH_SEND, Permission.GRAPH_RECEIVE)
            assert (urlsplit(scope).netloc == cloud.graph) is graph, scope
            assert urlsplit(scope).scheme == "https"


def test_every_server_of_a_cloud_has_a_permission() -> None:
    for provider in MICROSOFT:
        cloud = CLOUDS.cloud(CloudId(provider.cloud))
        for endpoint in provider.endpoints:
            assert cloud.scopes.of(permission_for(endpoint))


@pytest.mark.parametrize(
    ("cloud_id", "imap", "smtp"),
    [
        ("worldwide", "outlook.office365.com", ["smtp.office365.com"]),
        ("gcc_high", "outlook.office365.us", ["smtp.office365.us"]),
        ("dod", "outlook-dod.office365.us", ["outlook-dod.office365.us"]),
        ("china", "partner.outlook.cn", ["smtp.partner.outlook.cn", "partner.outlook.cn"]),
    ],
)
def test_mail_hosts(cloud_id: str, imap: str, smtp: list[str]) -> None:
    ends = provider_of(CloudId(cloud_id)).endpoints
    of = {p: [f"{e.host}:{e.port}" for e in ends if e.protocol is p] for p in Protocol}
    assert of[Protocol.IMAP] == [f"{imap}:993"]
    assert of[Protocol.POP3] == [f"{imap}:995"]
    assert of[Protocol.SMTP] == [f"{host}:587" for host in smtp]


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("contoso-com.mail.protection.outlook.com", "m365_global"),
        ("contoso-com.a-v1.mx.microsoft", "m365_global"),
        ("outlook-com.olc.protection.outlook.com", "outlook"),
        ("contoso-us.mail.protection.office365.us", "m365_gcchigh"),
        ("contoso-cn.mail.protection.partner.outlook.cn", "m365_21vianet"),
        ("contoso-cn.mail.protection.partner.outlook.cn.evil.example", None),
    ],
)
def test_a_cloud_is_recognised_by_its_exchangers(host: str, provider: str | None) -> None:
    assert BOOK.by_mx(host) is BOOK.by_id(provider)


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("contoso.onmicrosoft.com", "m365_global"),
        ("contoso.onmicrosoft.us", "m365_gcchigh"),
        ("contoso.partner.onmschina.cn", "m365_21vianet"),
    ],
)
def test_a_cloud_is_recognised_by_its_first_domain(domain: str, provider: str) -> None:
    assert BOOK.by_domain(domain) is BOOK.by_id(provider)


def test_retirements_are_dated_and_sourced() -> None:
    days = [row.since for row in CLOUDS.retirements]
    assert days == sorted(days)
    dated = {row.id: row.since for row in CLOUDS.retirements}
    assert dated["personal_passwords"] == date(2024, 9, 16)
    assert dated["exchange_passwords"] == date(2022, 10, 1)
    assert dated["smtp_passwords_off"] == date(2026, 12, 31)
    for row in CLOUDS.retirements:
        assert row.source.startswith("https://")
        assert str(row.since.year) in row.text.zh_CN
        assert str(row.since.year) in row.text.en


def test_a_file_without_a_cloud_is_refused(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    (tmp_path / "microsoft.toml").write_text(text.replace('id = "dod"', 'id = "china"', 1))
    with pytest.raises(ResourceError, match="dod"):
        CloudBook.load(tmp_path / "microsoft.toml", NOWHERE, {})


# --- whose app


def ways(clouds: CloudBook, provider: str) -> list[str]:
    found = ProviderBook.load(RESOURCES / "providers", clouds).by_id(provider)
    assert found is not None
    assert [way.recommended for way in found.ways] == [True] + [False] * (len(found.ways) - 1)
    return ["own" if way.own_app else way.way.value for way in found.ways]


PASSWORDS = {
    "outlook": ["app_password"],
    "m365_global": ["app_password", "password"],
    "m365_21vianet": ["password"],
    "m365_gcchigh": [],
    "m365_dod": [],
}


@pytest.mark.parametrize("provider", PASSWORDS)
def test_without_an_app_one_s_own_comes_first(provider: str) -> None:
    assert ways(CLOUDS, provider) == ["own", "refresh_token", "microsoft", *PASSWORDS[provider]]
    found = BOOK.by_id(provider)
    assert found is not None
    one_click = found.way(AuthWay.MICROSOFT)
    assert one_click is not None
    assert one_click.standing is Standing.BROKEN
    assert one_click.reason is not None
    assert one_click.reason.zh_CN == "这个版本没有内置应用，请用自己的应用"
    assert CLOUDS.one_click(CloudId(found.cloud)) is CLOUDS.named_by(CloudId(found.cloud)) is None


@pytest.mark.parametrize("provider", PASSWORDS)
def test_with_an_app_one_click_comes_first(provider: str) -> None:
    page = BOOK.by_id(provider)
    assert page is not None
    clouds = with_environment(**{CLIENT_ID: APP.upper(), CLOUD: page.cloud})
    assert ways(clouds, provider) == ["microsoft", "own", "refresh_token", *PASSWORDS[provider]]
    dressed = ProviderBook.load(RESOURCES / "providers", clouds).by_id(provider)
    assert dressed is not None
    one_click = dressed.way(AuthWay.MICROSOFT)
    assert one_click is not None
    assert (one_click.standing, one_click.reason) == (Standing.OK, None)
    sign_in = clouds.one_click(CloudId(page.cloud))
    tenant = "common" if page.cloud == "worldwide" else "organizations"
    assert sign_in == SignIn(APP, CloudId(page.cloud), tenant)


def test_an_app_serves_its_own_cloud_only() -> None:
    clouds = with_environment(**{CLIENT_ID: APP, CLOUD: "china"})
    assert clouds.one_click(CloudId.WORLDWIDE) is None
    assert ways(clouds, "m365_global")[0] == "own"
    assert ways(clouds, "m365_21vianet")[0] == "microsoft"


@pytest.mark.parametrize(
    ("tenant", "personal", "work"),
    [
        ("common", "microsoft", "microsoft"),
        ("consumers", "microsoft", "own"),
        ("organizations", "own", "microsoft"),
        ("contoso.com", "own", "microsoft"),
    ],
)
def test_an_app_serves_its_own_accounts_only(tenant: str, personal: str, work: str) -> None:
    clouds = with_environment(**{CLIENT_ID: APP, TENANT: tenant})
    book = ProviderBook.load(RESOURCES / "providers", clouds)
    for provider_id, first in (("outlook", personal), ("m365_global", work)):
        assert ways(clouds, provider_id)[0] == first
        provider = book.by_id(provider_id)
        assert provider is not None
        assert (clouds.one_click_at(provider) is not None) is (first == "microsoft")
        if first == "own":
            one_click = provider.way(AuthWay.MICROSOFT)
            assert one_click is not None
            assert one_click.reason is not None
            assert "管理员预设" in one_click.reason.zh_CN


def test_a_work_mailbox_is_not_signed_in_to_by_a_personal_account_of_its_name() -> None:
    clouds = CloudBook.load(FILE, NOWHERE, {"LAIFAXIN_MICROSOFT_CLIENT_ID": APP})
    work, personal = BOOK.by_id("m365_global"), BOOK.by_id("outlook")
    assert work is not None
    assert personal is not None
    assert clouds.one_click_at(work) == SignIn(APP, tenant="organizations")
    assert clouds.one_click_at(personal) == SignIn(APP, tenant="common")


def test_the_program_s_own_app_is_named_as_such(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    released = tmp_path / "microsoft.toml"
    released.write_text(text.replace('client_id = ""', f'client_id = "{APP}"', 1))
    clouds = CloudBook.load(released, NOWHERE, {})
    assert clouds.one_click(CloudId.WORLDWIDE) == SignIn(APP)
    named = clouds.named_by(CloudId.WORLDWIDE)
    assert named is not None
    assert named.zh_CN == "使用本程序自带的应用"
    # A tenant alone narrows the program's own app.
    clouds = CloudBook.load(released, NOWHERE, {TENANT: "contoso.com"})
    assert clouds.one_click(CloudId.WORLDWIDE) == SignIn(APP, tenant="contoso.com")
    assert clouds.named_by(CloudId.WORLDWIDE) == named


def test_personal_mail_sends_by_graph_first() -> None:
    outlook = BOOK.by_id("outlook")
    assert outlook is not None
    for way in outlook.ways:
        assert way.send is (Protocol.GRAPH if way.way in SIGNED_IN else None)
    for provider in MICROSOFT:
        if provider is not outlook:
            assert {way.send for way in provider.ways} == {None}


def test_what_is_no_microsoft_mail_is_left_alone() -> None:
    qq = BOOK.by_id("qq")
    assert qq is not None
    assert CLOUDS.dress(qq) is qq
    assert CLOUDS.places("") == {}
    assert CLOUDS.one_click_at(qq) is None
    unknown = replace(BOOK.by_id("outlook") or qq, cloud="germany")
    assert CLOUDS.dress(unknown) is unknown


# --- an administrator's preset


def preset(tmp_path: Path, text: str | bytes, **environ: str) -> CloudBook:
    file = tmp_path / "microsoft.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return CloudBook.load(FILE, file, environ)


WHOLE = f"""
client_id = "{APP}"
tenant = "Contoso.com"
cloud = "china"
redirect = "http://localhost:22345/api/v1/outlook-authorization/code"
name = "Contoso 邮件"
[scopes.china]
smtp = "https://partner.outlook.cn/.default"
imap = ["https://a.example/IMAP.AccessAsUser.All", "https://partner.outlook.cn/IMAP.AccessAsUser.All"]
"""


def test_a_preset_is_used_and_named(tmp_path: Path) -> None:
    clouds = preset(tmp_path, b"\xef\xbb\xbf" + WHOLE.encode())  # as Windows' editor saves it
    assert clouds.preset_problem is None
    redirect = "http://localhost:22345/api/v1/outlook-authorization/code"
    wanted = SignIn(APP, CloudId.CHINA, "contoso.com", redirect)
    assert clouds.one_click(CloudId.CHINA) == wanted
    assert clouds.one_click(CloudId.WORLDWIDE) is None
    named = clouds.named_by(CloudId.CHINA)
    assert named is not None
    assert "Contoso 邮件" in named.zh_CN
    china, before = clouds.cloud(CloudId.CHINA).scopes, CLOUDS.cloud(CloudId.CHINA).scopes
    assert china.smtp == ("https://partner.outlook.cn/.default",)
    assert china.imap[0] == "https://a.example/IMAP.AccessAsUser.All"
    assert (china.pop3, china.graph_send) == (before.pop3, before.graph_send)
    assert clouds.cloud(CloudId.WORLDWIDE) == CLOUDS.cloud(CloudId.WORLDWIDE)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    other = APP.replace("0", "f")
    clouds = preset(tmp_path, WHOLE, **{CLIENT_ID: other})
    # Another app: the file's tenant, cloud and redirect were for the file's.
    assert clouds.one_click(CloudId.WORLDWIDE) == SignIn(other)
    assert clouds.one_click(CloudId.CHINA) is None
    assert clouds.cloud(CloudId.CHINA).scopes.smtp == ("https://partner.outlook.cn/.default",)
    clouds = preset(tmp_path, WHOLE, **{TENANT: "organizations", REDIRECT_URI: "http://localhost"})
    assert clouds.one_click(CloudId.CHINA) == SignIn(APP, CloudId.CHINA, "organizations")


def test_without_a_preset_nothing_is_wrong() -> None:
    assert (CLOUDS.preset, CLOUDS.preset_problem) == (None, None)
    clouds = with_environment(**{CLIENT_ID: "  ", TENANT: ""})
    assert (clouds.preset, clouds.preset_problem) == (None, None)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("client_id = ", " 1 "),
        (b"\xff\xfe\x00", "UTF-8"),
        ("x" * 70_000, "64 KiB"),
        ("client_id = 7", "client_id"),
        ('client_id = "9"', "client_id"),
        (f'client_id = "{APP} "\nclient_secret = "Hunter2~secret"', "client_secret"),
        ('tenant = "my tenant"', "tenant"),
        ('tenant = "contoso"', "tenant"),
        ('tenant = "-x.com"', "tenant"),
        ('tenant = "consumers"\ncloud = "china"', "tenant"),
        ('cloud = "germany"', "cloud"),
        ("cloud = [1]", "cloud"),
        ('redirect = "https://localhost"', "redirect"),
        ('redirect = "http://evil.example/"', "redirect"),
        ('redirect = "http://127.0.0.1:8080/"', "redirect"),
        ('redirect = "http://localhost.evil.example/"', "redirect"),
        ('redirect = "http://localhost:0/"', "redirect"),
        ('redirect = "http://localhost:99999/"', "redirect"),
        ('redirect = "http://localhost:1٢٣/"', "redirect"),
        ('redirect = "http://localhost/?a=b"', "redirect"),
        ('redirect = "http://localhost/\\r\\nHost: evil"', "redirect"),
        ('name = "a\\nb"', "name"),
        (f'name = "{"长" * 61}"', "name"),
        ("scopes = 3", "scopes"),
        ("[scopes]\nworldwide = 3", "scopes.worldwide"),
        ('[scopes.moon]\nimap = "https://a.example/b"', "scopes.moon"),
        ('[scopes.china]\nsmpt = "https://a.example/b"', "scopes.china.smpt"),
        ('[scopes.china]\nimap = "SMTP.Send"', "scopes.china.imap"),
        ('[scopes.china]\nimap = "https://a.example/b c"', "scopes.china.imap"),
        ("[scopes.china]\nimap = []", "scopes.china.imap"),
        ("[scopes.china]\nimap = [3]", "scopes.china.imap"),
        ("a = " + "[" * 5000, "microsoft.toml"),
    ],
)
def test_a_wrong_preset_is_left_out_and_says_why(
    tmp_path: Path, text: str | bytes, named: str
) -> None:
    clouds = preset(tmp_path, text)
    problem = clouds.preset_problem
    assert problem is not None
    for said in (problem.zh_CN, problem.en):
        assert named in said
        assert "microsoft.toml" in said
        assert "Hunter2" not in said
        assert "{" not in said
    assert clouds.preset is None
    assert clouds.all == CLOUDS.all
    assert [clouds.one_click(cloud_id) for cloud_id in CloudId] == [None] * 4


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "microsoft.toml").mkdir()
    clouds = CloudBook.load(FILE, tmp_path / "microsoft.toml", {})
    assert clouds.preset_problem is not None
    assert "microsoft.toml" in clouds.preset_problem.zh_CN


def test_a_wrong_variable_leaves_the_file_in_force(tmp_path: Path) -> None:
    clouds = preset(tmp_path, WHOLE, **{CLOUD: "moon"})
    assert clouds.preset_problem is not None
    assert CLOUD in clouds.preset_problem.en
    assert clouds.one_click(CloudId.CHINA) is not None
    clouds = preset(tmp_path, "client_id = ", **{CLIENT_ID: APP})
    assert clouds.preset_problem is not None
    assert clouds.one_click(CloudId.WORLDWIDE) == SignIn(APP)


# --- what people are told


def test_the_guides_lead_to_the_cloud_s_own_pages() -> None:
    for provider in MICROSOFT:
        cloud = CLOUDS.cloud(CloudId(provider.cloud))
        for guide_id in ("own_app", "app_secret", "app_platform", "app_audience"):
            guide = provider.guide(guide_id)
            assert guide is not None
            for step in guide.steps:
                assert step.link.url == cloud.portal
        for guide_id in (
            "refresh_token",
            "allow_smtp",
            "allow_imap",
            "take_back",
            "password_ended",
        ):
            assert provider.guide(guide_id) is not None, (provider.id, guide_id)
        take_back = provider.guide("take_back")
        assert take_back is not None
        personal = provider.id == "outlook"
        wanted = cloud.revoke_personal if personal else cloud.revoke
        assert [step.link.url for step in take_back.steps] == [wanted]
        said = " ".join(q.answer.zh_CN for g in provider.guides for q in g.questions)
        assert urlsplit(cloud.portal).netloc in said


def test_one_s_own_app_asks_for_what_the_program_asks_for() -> None:
    guide = MICROSOFT[0].guide("own_app")
    assert guide is not None
    said = " ".join(step.body.zh_CN for step in guide.steps)
    for permission in Permission:
        scope = CLOUDS.cloud(CloudId.WORLDWIDE).spelled(permission)
        assert scope.rpartition("/")[2] in said
    for word in ("offline_access", "openid", "http://localhost", "允许公共客户端流"):
        assert word in said
    assert "ReadWrite" not in said  # never asked for
    asked = " ".join(q.ask.zh_CN for q in guide.questions)
    for word in ("目录之外", "要花钱", "银行卡", "端口", "客户端密码"):
        assert word in asked


def test_a_password_s_end_leads_to_microsoft_sign_in() -> None:
    for provider in MICROSOFT:
        guide = provider.guide("password_ended")
        assert guide is not None
        assert "微软登录" in guide.steps[0].title.zh_CN
        for step in guide.steps:
            assert "仍然保存" not in step.body.zh_CN  # it can be mended now
            assert "等支持" not in step.body.zh_CN


def test_a_borrower_gets_no_guide_to_the_lender_s_passwords() -> None:
    for provider in MICROSOFT:
        lent = provider.guide("app_password") is not None
        assert lent is (provider.way(AuthWay.APP_PASSWORD) is not None), provider.id


def test_titles_are_short() -> None:
    for provider in MICROSOFT:
        titles = [*(way.title for way in provider.ways)]
        titles += [text for g in provider.guides for text in (g.title, *(s.title for s in g.steps))]
        for title in titles:
            wide = sum(1 if ord(letter) > 0x2E7F else 0.5 for letter in title.zh_CN)
            assert wide <= 16, title.zh_CN
            assert len(title.en) <= 40, title.en
