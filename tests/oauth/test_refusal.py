"""What the platform says no with, number by number, and that it is fit to be shown."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laifaxin_desktop.model.microsoft import Permission
from laifaxin_desktop.model.problem import MOST_REPLY, Fault, MailError, Stage
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.refusal import refused, scrub
from tests.servers.entra.cast import WORKER

from .knocking import knock
from .signing import Bench, seen

# learn.microsoft.com/entra/identity-platform/reference-error-codes, those a mail program may meet
NUMBERS = """
16000 28000 28002 28003 70011 700022 500011 50011 50020 500208 500201 500021 1000104 50034 50053
50055 50144 50056 50126 50057 50058 50132 50133 50173 50059 50128 90002 50072 50074 50076 50078
50079 50105 50158 50194 50196 50199 53000 53001 53002 53003 530032 530035 54005 65001 65002 65004
650052 650056 650057 70000 70001 7000112 700016 70002 7000215 700025 70008 700082 70012 70018 70019
70020 70043 700020 7000218 7000222 700054 90008 90014 900144 90019 90023 90027 9002313 9001023
9002326 9002327 9002332 90038 900382 900432 90072 90094 90095 900971 90119 90120 90121 90130 135010
"""


@pytest.mark.parametrize("number", [int(word) for word in NUMBERS.split()])
def test_every_number_arrives(bench: Bench, number: int) -> None:
    """By a refresh token and by the browser, as the platform words them."""

    async def main() -> None:
        bench.entra.fail_next("token", number, suberror="bad_token", times=8)
        token = bench.refresh_token(WORKER, "https://outlook.office.com/IMAP.AccessAsUser.All")
        with pytest.raises(MailError) as caught:
            await bench.microsoft.redeem(bench.app(), (Permission.IMAP,), token)
        evidence = seen(caught)
        assert evidence.fault is Fault.REJECTED
        assert evidence.codes[1:] == (f"AADSTS{number}", "BAD_TOKEN")
        assert evidence.codes[0] == evidence.codes[0].upper()
        assert evidence.reply.startswith(f"AADSTS{number}: ")
        for unwanted in ("Trace ID", "Correlation ID", "Timestamp"):
            assert unwanted not in evidence.reply
        bench.entra.state.faults.clear()
        bench.entra.fail_next("authorize", number)
        with pytest.raises(MailError) as caught:
            await bench.by_browser(permissions=(Permission.IMAP,), hint=WORKER)
        assert f"AADSTS{number}" in seen(caught).codes

    knock(main())


def test_pending_is_no_refusal_of_a_device_code(bench: Bench) -> None:
    """70016 means: ask again; anywhere else it is a refusal like others."""

    async def main() -> None:
        bench.entra.fail_next("token", 70016)
        with pytest.raises(MailError) as caught:
            await bench.microsoft.redeem(bench.app(), (Permission.IMAP,), Secret("x" * 99))
        assert seen(caught).codes == ("AUTHORIZATION_PENDING", "AADSTS70016")

    knock(main())


WORDS = (
    "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is "
    "the client secret value, not the client secret ID, for a secret added to app "
    "'9e5f94bc-e8a4-4e73-b8be-63364c29d753'."
)


@pytest.mark.parametrize(
    "trailer",
    [
        "\r\nTrace ID: 0b7c5a\r\nCorrelation ID: 4a3c\r\nTimestamp: 2026-11-21 01:02:03Z",
        " Trace ID: 0b7c5a Correlation ID: 4a3c Timestamp: 2026-11-21 01:02:03Z",
        " trace id: 0b7c5a",
        "",
    ],
)
def test_what_is_shown(trailer: str) -> None:
    answer = {
        "error": "invalid_client",
        "error_description": WORDS + trailer,
        "error_codes": [7000215],
        "suberror": "bad_token",
        "trace_id": "0b7c5a",
    }
    evidence = refused(answer, "login.microsoftonline.com")
    assert evidence.stage is Stage.SIGN_IN
    assert (evidence.host, evidence.port) == ("login.microsoftonline.com", 443)
    assert evidence.codes == ("INVALID_CLIENT", "AADSTS7000215", "BAD_TOKEN")
    assert evidence.reply == WORDS


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        ({"error": "invalid_grant"}, ("INVALID_GRANT",)),
        ({"error": "x", "error_codes": [1, "2", None, True, -3, 1]}, ("X", "AADSTS1")),
        ({"error": "x", "error_codes": 5, "error_description": 5}, ("X",)),
        (
            {"error": "x", "error_description": "AADSTS5: a AADSTS6", "error_codes": [6, 7]},
            ("X", "AADSTS5", "AADSTS6", "AADSTS7"),
        ),
        ({"error": "a b", "suberror": "<b>"}, ()),
        ({"error": ["x"], "suberror": {}}, ()),
        ({"error": "x" * 100}, ()),
        (
            {"error": "x", "error_codes": list(range(1, 99))},
            ("X", *(f"AADSTS{n}" for n in range(1, 8))),
        ),
        ({}, ()),
    ],
)
def test_codes_of_odd_answers(answer: dict[str, object], codes: tuple[str, ...]) -> None:
    assert refused(answer, "h").codes == codes


def test_giving_up_in_the_browser() -> None:
    answer = {"error": "access_denied", "error_subcode": "cancel"}
    evidence = refused(answer, "h")
    assert (evidence.fault, evidence.codes) == (Fault.CANCELLED, ("ACCESS_DENIED", "CANCEL"))
    assert refused({"error": "access_denied"}, "h").fault is Fault.REJECTED


SECRET = "M.C532_BL2.0.U.-Cq!a*b$" + "x9" * 40


@pytest.mark.parametrize(
    "said",
    [
        f"bad token {SECRET}!",
        f"bad token {SECRET[:70]}",
        f"https://evil.example/?t={SECRET}",
        "t=M.C532_BL2.0.U.-Cq%21a%2Ab%24" + "x9" * 40,
        f"{'x ' * 140}{SECRET}",
        f"{'字' * 290}{SECRET}",
        f'"{SECRET}"',
    ],
)
def test_secrets_are_taken_out(said: str) -> None:
    shown = scrub(said, [SECRET])
    assert SECRET[:24] not in shown
    assert "x9x9x9x9" not in shown
    assert len(shown) <= MOST_REPLY


def test_short_secrets_and_words() -> None:
    assert scrub("a b c", ["a", ""]) == "a b c"
    assert scrub("the value hunter2-8Q~ is wrong", ["hunter2-8Q~"]) == "the value •••• is wrong"
    link = "https://login.microsoftonline.com/common/adminconsent?client_id=9e5f94bc"
    assert scrub(f"see {link}") == f"see {link}"
    assert scrub("您的管理员已阻止此应用。\u202e\x00\u200b") == "您的管理员已阻止此应用。"


@given(st.text(), st.text(string.ascii_letters, min_size=8, max_size=40), st.text())
def test_scrubbed_text_is_one_short_line_without_the_secret(a: str, secret: str, b: str) -> None:
    shown = scrub(a + secret + b, [secret])
    assert secret not in shown
    assert len(shown) <= MOST_REPLY
    assert shown == " ".join(shown.split())


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_whatever_stands_in_an_answer(value: object) -> None:
    names = ("error", "error_description", "error_codes", "suberror", "error_subcode")
    evidence = refused(dict.fromkeys(names, value), "h")
    json.dumps(evidence.codes)
