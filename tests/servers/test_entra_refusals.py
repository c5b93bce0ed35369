"""Every refusal that the program has words for is really produced, in Entra's own shape."""

from __future__ import annotations

from typing import Any

import msal
import pytest
import requests

from .entra import CHINA, GCC_HIGH, GLOBAL, App, Entra
from .entra.by_hand import BASIC, SignIn, post, refused
from .entra.cast import AGENT, CLIENT_ID, CLIENT_IDS, CUSTOMER, PERSON, WORKER

OUTLOOK, GRAPH = GLOBAL.outlook[0], GLOBAL.graph_root
IMAP, SEND = f"{OUTLOOK}/IMAP.AccessAsUser.All", f"{GRAPH}/Mail.Send"
CHINESE = f"{CHINA.outlook[0]}/SMTP.Send"
SECRET = "s3cr~et+/"
OTHER_ID = "0b7e5d1c-1111-4222-8333-944455556666"


def test_what_is_not_refused(entra: Entra) -> None:
    good = SignIn()
    tokens = good.redeem()
    again = good.renew(tokens["refresh_token"], scope=f"offline_access {IMAP}")
    assert again["scope"] == IMAP
    assert "id_token" not in again
    assert again["refresh_token"] != tokens["refresh_token"]
    assert good.renew(tokens["refresh_token"])["expires_in"] == 3599  # the old one lives on
    assert "id_token" in good.renew(tokens["refresh_token"])


# What is wrong with the request itself; the page says so, or the answer does.

REGISTERED: list[tuple[str, dict[str, Any], dict[str, Any], int, bool]] = [
    # name, registration, sign-in, number, comes back
    ("unknown client", {"client_id": "other"}, {}, 700016, False),
    ("another cloud's client", {"cloud": CHINA}, {}, 700016, False),
    ("redirect not registered", {"redirects": ["http://localhost/x"]}, {}, 50011, False),
    ("127.0.0.1 for localhost", {}, {"redirect": "http://127.0.0.1:51234"}, 50011, False),
    ("work only, /consumers", {"audience": "work"}, {"tenant": "consumers"}, 9002332, False),
    ("work only, a person", {"audience": "work"}, {"who": PERSON}, 50020, False),
    ("personal only, /common", {"audience": "personal"}, {}, 9002331, False),
    ("personal only, work", {"audience": "personal"}, {"tenant": "consumers"}, 50034, False),
    ("one tenant, /common", {"audience": "tenant", "tenant": "corp.example"}, {}, 50194, False),
    (
        "one tenant, another",
        {"audience": "tenant", "tenant": "corp.example"},
        {"tenant": "firm.example"},
        700016,
        False,
    ),
    ("no such tenant", {}, {"tenant": "nobody.example"}, 90002, False),
    ("person at a tenant", {}, {"tenant": "corp.example", "who": PERSON}, 50020, False),
    ("person at /organizations", {}, {"tenant": "organizations", "who": PERSON}, 50020, False),
    ("tenant of another cloud", {}, {"tenant": "kehu.example"}, 90038, False),
    ("user of another cloud", {}, {"who": CUSTOMER}, 90038, False),
    ("nobody of that name", {}, {"who": "nobody@corp.example"}, 50034, False),
    ("resource of another cloud", {}, {"scope": CHINESE}, 500011, True),
    ("no such permission", {}, {"scope": f"{OUTLOOK}/Mail.Fly"}, 650053, True),
    ("not a scope", {}, {"scope": f"{IMAP},{SEND}"}, 70011, True),
    ("not registered permission", {"permissions": ["Mail.Send"]}, {}, 650057, True),
    ("administrator", {"admin_consent": 90094}, {}, 90094, True),
    ("administrator, asked", {"admin_consent": 90095}, {}, 90095, True),
    ("prompt none", {}, {"prompt": "none"}, 50058, True),
    ("implicit", {}, {"response_type": "token"}, 700054, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("registration", "signing", "number", "returns"),
    [row[1:] for row in REGISTERED],
    ids=[row[0] for row in REGISTERED],
)
def test_refused_at_the_door(
    entra: Entra,
    registration: dict[str, Any],
    signing: dict[str, Any],
    number: int,
    returns: bool,
) -> None:
    entra.add_tenant("firm.example")
    entra.register_app(**{"client_id": OTHER_ID, **registration})
    signed = SignIn(client=OTHER_ID, **signing)
    assert signed.number == number, signed.page
    assert bool(signed.answer) == returns
    assert "code" not in signed.answer
    if returns:
        assert signed.answer["state"] == "s"
        assert signed.answer["error"]


def test_errors_of_a_page_can_be_made_to_return(entra: Entra) -> None:
    entra.user(WORKER).disabled = True
    assert (SignIn().number, SignIn().answer) == (50057, {})
    entra.state.errors_return = True
    assert "AADSTS50057" in SignIn().answer["error_description"]


def test_people_who_may_not(entra: Entra) -> None:
    worker = entra.user(WORKER)
    signed = SignIn()
    refresh = signed.redeem()["refresh_token"]
    for name, number in (("disabled", 50057), ("locked", 50053)):
        setattr(worker, name, True)
        refused(signed.renew(refresh), number, "invalid_grant")
        assert SignIn().number == number
        setattr(worker, name, False)
    for number, suberror in (
        (50076, "basic_action"),
        (53003, "message_only"),
        (70043, "bad_token"),
    ):
        worker.at_renewal = number
        refused(signed.renew(refresh), number, "invalid_grant", suberror)
    assert SignIn().answer["code"]
    assert signed.renew(refresh)["access_token"]  # the new sign-in has met the frequency
    worker.at_sign_in = 53003
    assert SignIn().number == 53003


def test_consent(entra: Entra) -> None:
    entra.decline_consent()
    declined = SignIn()
    assert declined.answer["error"] == "access_denied"
    assert declined.number == 65004
    signed = SignIn()
    tokens = signed.redeem()
    beyond = signed.renew(tokens["refresh_token"], scope=SEND)
    refused(beyond, 65001, "invalid_grant", "consent_required")
    SignIn(scope=f"{BASIC} {SEND}")
    assert signed.renew(tokens["refresh_token"], scope=SEND)["scope"] == SEND
    entra.user(WORKER).withheld.add("Mail.Send")
    refused(
        signed.renew(tokens["refresh_token"], scope=SEND),
        65001,
        "invalid_grant",
        "consent_required",
    )


def test_one_resource_at_a_time(entra: Entra) -> None:
    both = f"{BASIC} {SEND}"
    signed = SignIn(scope=both)
    refused(signed.redeem(scope=both), 28000, "invalid_request")
    refused(signed.redeem(scope="openid"), 28003, "invalid_request")
    tokens = signed.redeem()
    refused(signed.renew(tokens["refresh_token"], scope=both), 28000, "invalid_request")
    assert signed.renew(tokens["refresh_token"], scope=f"{OUTLOOK}/.default")["scope"] == IMAP


def test_codes(entra: Entra) -> None:
    signed = SignIn()
    refused(signed.redeem(code="1.Axyz"), 70000, "invalid_grant", "bad_token")
    refused(signed.redeem(code_verifier="w" * 43), 501481, "invalid_grant")
    refused(signed.redeem(redirect_uri="http://localhost:1"), 500112, "invalid_client")
    entra.register_app(OTHER_ID)
    refused(signed.redeem(client_id=OTHER_ID), 70000, "invalid_grant", "bad_token")
    assert signed.redeem()["access_token"]
    refused(signed.redeem(), 54005, "invalid_grant")
    late = SignIn()
    entra.expire_codes()
    refused(late.redeem(), 70008, "invalid_grant", "bad_token")


def test_refresh_tokens(entra: Entra) -> None:
    signed = SignIn()
    first, second = (SignIn().redeem()["refresh_token"] for _ in range(2))
    refused(signed.renew("1.Axyz"), 70000, "invalid_grant", "bad_token")
    entra.register_app(OTHER_ID)
    refused(signed.renew(first, client_id=OTHER_ID), 70000, "invalid_grant", "bad_token")
    elsewhere = SignIn(tenant="organizations", who=WORKER)
    entra.add_user("someone@firm.example")
    elsewhere.top = elsewhere.top.replace("organizations", "firm.example")
    refused(elsewhere.renew(first), 50020, "invalid_grant")
    entra.expire_refresh_tokens(entra.user(WORKER))
    refused(signed.renew(first), 700082, "invalid_grant", "bad_token")
    third = SignIn().redeem()["refresh_token"]
    entra.revoke(entra.user(WORKER))
    refused(signed.renew(third), 50173, "invalid_grant", "bad_token")
    refused(signed.renew(second), 700082, "invalid_grant", "bad_token")
    entra.state.strict_rotation = True
    fourth = SignIn().redeem()["refresh_token"]
    fifth = signed.renew(fourth)["refresh_token"]
    refused(signed.renew(fourth), 70000, "invalid_grant", "bad_token")
    assert signed.renew(fifth)["access_token"]
    refused(signed.renew(fifth, grant_type="password"), 70003, "unsupported_grant_type")


WEB: dict[str, Any] = {"platform": "web", "secret": SECRET}
GIVEN = {"client_secret": SECRET}


@pytest.mark.parametrize(
    ("registration", "sent", "number", "error"),
    [
        (WEB, {}, 7000218, "invalid_client"),
        (WEB, {"client_secret": "x"}, 7000215, "invalid_client"),
        (
            WEB | {"secret_expired": True},
            GIVEN,
            7000222,
            "invalid_client",
        ),
        ({"platform": "spa"}, {}, 9002327, "invalid_request"),
        ({"secret": SECRET}, GIVEN, 700025, "invalid_client"),
        (WEB, GIVEN, 0, ""),
    ],
)  # fmt: skip
def test_clients_that_prove_themselves(
    entra: Entra, registration: dict[str, Any], sent: dict[str, str], number: int, error: str
) -> None:
    entra.register_app(OTHER_ID, **registration)
    signed = SignIn(client=OTHER_ID)
    answer = signed.redeem(**sent)
    if number:
        refused(answer, number, error)
    else:
        assert signed.renew(answer["refresh_token"], **sent)["access_token"]
        refused(signed.renew(answer["refresh_token"]), 7000218, "invalid_client")
    assert set(sent.values()) <= set(entra.secrets())


def test_the_wrong_cloud_for_a_secret(entra: Entra) -> None:
    form = {"client_id": CLIENT_ID, "grant_type": "refresh_token", "refresh_token": "x"}
    url = f"https://{GLOBAL.login}/kehu.example/oauth2/v2.0/token"
    refused(post(url, form), 90038, "invalid_request")
    refused(post(url, {**form, "client_secret": "s"}), 900432, "invalid_request")


def test_a_confidential_client_of_msal(entra: Entra) -> None:
    entra.register_app(OTHER_ID, platform="web", secret=SECRET)
    app = msal.ConfidentialClientApplication(
        OTHER_ID,
        client_credential=SECRET,
        authority="https://login.microsoftonline.com/corp.example",
    )
    refresh = SignIn(client=OTHER_ID).redeem(client_secret=SECRET)["refresh_token"]
    assert app.acquire_token_by_refresh_token(refresh, [IMAP])["scope"] == IMAP
    assert SECRET in entra.secrets()


def test_ordered_faults(entra: Entra) -> None:
    entra.fail_next("authorize", 50105)
    assert "AADSTS50105" in SignIn().answer["error_description"]
    signed = SignIn()
    entra.fail_next("token", 50079, claims='{"access_token":{}}', times=2)
    for _ in range(2):
        answer = signed.redeem()
        refused(answer, 50079, "invalid_grant", "basic_action")
        assert answer["claims"] == '{"access_token":{}}'
    form = {"client_id": CLIENT_ID}
    url = f"{signed.top}/token"
    entra.fail_next("token", status=503, headers={"Retry-After": "7"}, body="<h1>Sorry</h1>")
    busy = requests.post(url, data=form, timeout=10)
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "7")
    assert busy.text == "<h1>Sorry</h1>"
    entra.fail_next("token", status=400, body={"error": "temporarily_unavailable"})
    assert post(url, form) == {"error": "temporarily_unavailable"}
    entra.fail_next("token", cut=True)
    with pytest.raises(requests.ConnectionError):
        requests.post(url, data=form, timeout=10)
    entra.fail_next("token", delay=60)
    with requests.Session() as session:
        session.get(f"https://{GLOBAL.login}/", timeout=10)  # shakes hands first
        with pytest.raises(requests.ReadTimeout):
            session.post(url, data=form, timeout=0.2)
    assert [each.status for each in entra.seen("token")][:5] == [400, 400, 503, 400, 0]
    assert entra.state.faults.waiting() == 0


def test_two_spellings_of_a_resource(entra: Entra) -> None:
    """What is not certain about a cloud can be set either way."""
    client = CLIENT_IDS["gcc_high"]
    asked: dict[str, Any] = {"client": client, "cloud": GCC_HIGH, "who": AGENT}
    scope = "https://outlook.office365.us/IMAP.AccessAsUser.All"
    entra.register_app(client, cloud=GCC_HIGH)
    assert SignIn(scope=scope, **asked).answer["code"]
    entra.state.directory.outlook["gcc_high"] = ("https://outlook.office.us",)
    assert SignIn(scope=scope, **asked).number == 500011
    assert isinstance(entra.state.directory.apps[client], App)
