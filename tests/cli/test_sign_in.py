"""`laifaxin sign-in` with the real msal against a platform that refuses what Entra refuses."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from laifaxin_desktop.log import forms_of
from tests.cli.test_commands import COMMAND, Laifaxin
from tests.servers.entra.cast import CLIENT_ID, CLIENT_IDS, CUSTOMER, PERSON, WORKER
from tests.servers.fixtures_microsoft import MicrosoftWorld
from tests.servers.processes import wait_until

pytestmark = pytest.mark.real

OWN_ID = "0f4b1c9e-2c50-4a6e-9d8f-3b8f5f0a7c11"
APP_SECRET = "abc8Q~Zk3v.T0pS3cret_Value-xYz0123456789"
FIXED = "http://localhost:22345/api/v1/outlook-authorization/code"
IDS = {PERSON: CLIENT_ID, WORKER: CLIENT_ID, CUSTOMER: CLIENT_IDS["china"]}
REPORT = {"address", "status", "ms", "legs"}


@pytest.fixture
def laifaxin(microsoft_world: MicrosoftWorld, tmp_path: Path) -> Laifaxin:
    return Laifaxin(microsoft_world, tmp_path / "带空格 home")


def is_good(answer: dict[str, Any], address: str, way: str = "microsoft") -> dict[str, Any]:
    """The account of an answer in which everything is as it should be."""
    assert set(answer) == {"account", "report"}
    account, report = answer["account"], answer["report"]
    assert set(report) == REPORT
    assert report["status"] == "ok", report
    assert {leg["side"]: leg["problem"] for leg in report["legs"]} == (
        {"receive": None, "send": None}
    )
    for leg in report["legs"]:
        assert leg["stages"][0]["stage"] == "sign_in"
    seen = {key: account[key] for key in ("address", "way", "status", "problem")}
    assert seen == {"address": address, "way": way, "status": "ok", "problem": None}
    found: dict[str, Any] = account
    return found


def protocols(answer: dict[str, Any]) -> list[str]:
    """What is received and sent by."""
    return [leg["protocol"] for leg in answer["report"]["legs"]]


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[None]:
    """Run something beside the block; its failure is the test's."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join(30)
    assert not failures, failures


# ---- the ways ----


@pytest.mark.parametrize("address", [PERSON, WORKER, CUSTOMER])
def test_by_the_browser(laifaxin: Laifaxin, address: str) -> None:
    answer = laifaxin("sign-in", address, "--client-id", IDS[address])
    account = is_good(answer, address)
    assert "https://login." in laifaxin.stderr
    assert laifaxin("accounts") == {"accounts": [account]}
    for words in ((address,), (address, "--stored"), ("--all",)):
        assert laifaxin("check", *words)["reports"][0]["status"] == "ok"


@pytest.mark.parametrize("address", [PERSON, WORKER, CUSTOMER])
def test_by_a_code_on_another_device(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld, address: str
) -> None:
    entra = microsoft_world.entra
    entra.state.device_interval = 1

    codes = 2 if address == PERSON else 1  # each is good for one resource

    def at_least(endpoint: Literal["devicecode", "token"], count: int) -> None:
        wait_until(lambda: len(entra.seen(endpoint)) >= count, 20, f"{count} at {endpoint}")

    def approve() -> None:
        for number in range(codes):
            at_least("devicecode", number + 1)
            at_least("token", len(entra.seen("token")) + 1)  # it is asked after
            entra.approve_device(entra.user(address))

    with meanwhile(approve):
        answer = laifaxin("sign-in", address, "--client-id", IDS[address], "--device-code")
    is_good(answer, address)
    assert microsoft_world.browser.begun() == []
    assert laifaxin.stderr.count("type the code") == codes
    again = laifaxin("check", address)
    assert again["reports"][0]["status"] == "ok"


def refresh_token_of(world: MicrosoftWorld, home: Path, address: str) -> str:
    """A refresh token that another program was given."""
    Laifaxin(world, home)("sign-in", address, "--client-id", IDS[address])
    owner = world.entra.user(address)
    tokens = world.entra.state.tokens.refresh
    return next(text for text, token in tokens.items() if token.user is owner)


@pytest.mark.parametrize("address", [PERSON, WORKER, CUSTOMER])
@pytest.mark.parametrize("form", ["token", "line"])
def test_by_a_refresh_token(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld, tmp_path: Path, address: str, form: str
) -> None:
    token = refresh_token_of(microsoft_world, tmp_path / "elsewhere", address)
    microsoft_world.browser.forget()
    words: tuple[str, ...] = ("sign-in", address, "--refresh-token-stdin")
    if form == "token":
        words += ("--client-id", IDS[address])
        secret = f"{token}\n"
    else:
        secret = f"{address}----a-b----c----{IDS[address]}----{token}\n"
    is_good(laifaxin(*words, secret=secret), address, "refresh_token")
    assert microsoft_world.browser.begun() == []
    assert token not in laifaxin.stdout + laifaxin.stderr
    assert laifaxin("check", address)["reports"][0]["status"] == "ok"


def test_by_an_app_with_a_secret_and_its_own_redirect(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld
) -> None:
    entra = microsoft_world.entra
    entra.register_app(OWN_ID, redirects=[FIXED], platform="web", secret=APP_SECRET)
    words = ("sign-in", WORKER, "--client-id", OWN_ID, "--redirect-uri", FIXED)
    first = laifaxin(*words, "--client-secret-stdin", secret=f"{APP_SECRET}\n")
    account = is_good(first, WORKER)
    assert laifaxin("check", WORKER)["reports"][0]["status"] == "ok"
    entra.revoke(entra.user(WORKER))
    entra.expire_access_tokens()
    assert laifaxin("check", WORKER, exits=1)["reports"][0]["status"] == "action"
    again = laifaxin("sign-in", WORKER)  # neither the app nor its secret is asked for again
    assert is_good(again, WORKER)["id"] == account["id"]
    wrong = (*words, "--client-secret-stdin")
    refused = laifaxin(*wrong, secret=f"{APP_SECRET}x\n", exits=1)
    assert (refused["account"], refused["problem"]) == (None, "app_secret_wrong")
    assert laifaxin("check", WORKER)["reports"][0]["status"] == "ok"  # the good one is kept


def test_with_the_programs_own_app(laifaxin: Laifaxin) -> None:
    laifaxin.more["LAIFAXIN_MICROSOFT_CLIENT_ID"] = CLIENT_ID
    is_good(laifaxin("sign-in", PERSON), PERSON)
    is_good(laifaxin("sign-in", WORKER, "--tenant", "corp.example"), WORKER)


@pytest.mark.parametrize("receive", ["imap", "pop3", "graph"])
@pytest.mark.parametrize("send", ["smtp", "graph"])
@pytest.mark.parametrize("address", [PERSON, WORKER])
def test_receiving_and_sending_by_each(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld, address: str, receive: str, send: str
) -> None:
    words = ("sign-in", address, "--client-id", CLIENT_ID)
    answer = laifaxin(*words, "--receive", receive, "--send", send)
    is_good(answer, address)
    assert protocols(answer) == [receive, send]
    report = laifaxin("check", address)["reports"][0]
    assert protocols({"report": report}) == [receive, send]
    attempts = microsoft_world.dovecot.attempts()
    assert bool(attempts) == ((receive, send) != ("graph", "graph"))


def test_a_personal_mailbox_begins_by_sending_through_graph(laifaxin: Laifaxin) -> None:
    answer = laifaxin("sign-in", PERSON, "--client-id", CLIENT_ID)
    assert protocols(answer) == ["imap", "graph"]
    assert protocols(laifaxin("sign-in", WORKER, "--client-id", CLIENT_ID)) == ["imap", "smtp"]


def test_the_cloud_can_be_named_where_the_exchangers_do_not_tell(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld
) -> None:
    entra, address = microsoft_world.entra, "li@filtered.example"
    entra.signs_in(entra.add_user(address, upn="li@corp.example", tenant="corp.example"))
    words = ("sign-in", address, "--client-id", CLIENT_ID)
    assert laifaxin(*words, exits=2)["problem"] == "cli.no_microsoft"
    named = (*words, "--cloud", "worldwide")
    refused = laifaxin(*named, exits=1)  # Dovecot does not know him
    assert [leg["host"] for leg in refused["report"]["legs"]] == (
        ["outlook.office365.com", "smtp.office365.com"]
    )
    answer = laifaxin(*named, "--receive", "graph", "--send", "graph")
    assert is_good(answer, address)["provider"] == "m365_global"


# ---- signing in again ----


@pytest.mark.parametrize("address", [PERSON, WORKER, CUSTOMER])
def test_a_revoked_sign_in_is_mended_in_place(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld, address: str
) -> None:
    entra = microsoft_world.entra
    words = ("sign-in", address, "--client-id", IDS[address], "--receive", "pop3")
    account = is_good(laifaxin(*words), address)
    entra.revoke(entra.user(address))
    entra.expire_access_tokens()
    report = laifaxin("check", "--all", exits=1)["reports"][0]
    assert {leg["problem"] for leg in report["legs"]} == {"sign_in_needed"}
    assert {leg["fix"] for leg in report["legs"]} == {"reauthorize"}
    again = laifaxin("sign-in", address)
    assert is_good(again, address)["id"] == account["id"]
    assert protocols(again)[0] == "pop3"
    hints = [request.values.get("login_hint") for request in entra.seen("authorize")]
    assert hints[-1] == address
    assert laifaxin("check", "--all")["reports"][0]["status"] == "ok"


def test_what_fails_keeps_the_earlier_sign_in(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld
) -> None:
    entra = microsoft_world.entra
    laifaxin("sign-in", WORKER, "--client-id", CLIENT_ID)
    mailbox = entra.user(WORKER).mailbox
    assert mailbox is not None
    mailbox.switched_on.remove("smtp")
    answer = laifaxin("sign-in", WORKER, "--keep", exits=1)
    assert answer["account"] is None
    assert answer["report"]["status"] == "receive_only"
    mailbox.switched_on.add("smtp")
    assert laifaxin("check", WORKER)["reports"][0]["status"] == "ok"
    entra.user(WORKER).consents.clear()
    entra.decline_consent()
    answer = laifaxin("sign-in", WORKER, exits=1)
    assert (answer["account"], answer["problem"]) == (None, "consent_declined")
    assert {leg["problem"] for leg in answer["report"]["legs"]} == {"consent_declined"}
    assert set(answer["report"]) == REPORT


def test_from_a_password_to_tokens_and_back(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld
) -> None:
    words = ("add", WORKER, "--password-stdin", "--keep")
    kept = laifaxin(*words, secret="hunter2\n", exits=1)["account"]
    assert kept["way"] in ("password", "app_password")
    account = is_good(laifaxin("sign-in", WORKER, "--client-id", CLIENT_ID), WORKER)
    assert account["id"] == kept["id"]
    assert kinds(laifaxin) == ["sign_in"]
    microsoft_world.dovecot.change_password(WORKER, "anothersecretxyz")
    back = laifaxin("add", WORKER, "--password-stdin", secret="anothersecretxyz\n")
    assert back["account"]["id"] == kept["id"]
    assert back["account"]["way"] in ("password", "app_password")
    assert kinds(laifaxin) == ["password"]


def kinds(laifaxin: Laifaxin) -> list[str]:
    """The kinds of the stored secrets."""
    connection = sqlite3.connect(next(laifaxin.home.rglob("accounts.db")))
    try:
        return [kind for (kind,) in connection.execute("SELECT kind FROM secrets")]
    finally:
        connection.close()


# ---- who it was ----


@pytest.mark.parametrize("receive", ["imap", "graph"])
def test_somebody_else_is_refused_with_both_names(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld, receive: str
) -> None:
    entra = microsoft_world.entra
    entra.signs_in(entra.user(WORKER))
    words = ("sign-in", PERSON, "--client-id", CLIENT_ID, "--receive", receive)
    answer = laifaxin(*words, exits=1)
    assert answer["account"] is None
    leg = answer["report"]["legs"][0]
    assert (leg["side"], leg["problem"]) == ("receive", "signed_in_as_other")
    assert PERSON in leg["meaning"]
    assert WORKER in leg["meaning"]
    assert laifaxin("accounts") == {"accounts": []}


def test_the_wrong_person_is_not_expected_again(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld
) -> None:
    """With a hint the browser would take the same one again without asking."""
    entra, browser = microsoft_world.entra, microsoft_world.browser
    boss = entra.add_user("boss@corp.example")
    entra.signs_in(boss)
    words = ("sign-in", WORKER, "--client-id", CLIENT_ID)
    kept = laifaxin(*words, "--keep", exits=1)
    assert kept["report"]["legs"][0]["problem"] == "signed_in_as_other"
    entra.signs_in(entra.user(WORKER))
    is_good(laifaxin("sign-in", WORKER), WORKER)
    first, again = browser.begun()
    assert "login_hint=wang%40corp.example" in first
    assert "login_hint" not in again
    assert "prompt=select_account" in again
    is_good(laifaxin("sign-in", WORKER), WORKER)
    assert "login_hint=wang%40corp.example" in browser.begun()[-1]


def test_another_sign_in_name_is_fine_where_the_mailbox_is_proven(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld
) -> None:
    entra = microsoft_world.entra
    entra.add_user("ma@corp.example", upn="ma.ying@corp.example")
    words = ("sign-in", "ma@corp.example", "--client-id", CLIENT_ID)
    answer = laifaxin(*words, "--receive", "graph", "--send", "graph")
    is_good(answer, "ma@corp.example")
    assert "ma.ying@corp.example" in laifaxin.stderr


# ---- what is refused, and giving up ----


def test_no_app_says_how_to_get_one(laifaxin: Laifaxin, microsoft_world: MicrosoftWorld) -> None:
    answer = laifaxin("sign-in", CUSTOMER, exits=2)
    assert answer["problem"] == "cli.client_id_wanted"
    assert "portal.azure.cn" in answer["meaning"]
    assert microsoft_world.browser.begun() == []


def test_a_page_that_stays_open_ends_by_ctrl_c(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld
) -> None:
    world = microsoft_world
    world.browser.obey({"hang": True})
    running = subprocess.Popen(
        [*world.prefix, *COMMAND, "sign-in", WORKER, "--client-id", CLIENT_ID, "--json"],
        env=world.environment(laifaxin.home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: bool(world.browser.begun()), 30, "the browser was started")
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=10)
    finally:
        running.kill()
    assert running.returncode == 1
    assert "Traceback" not in err
    answer = json.loads(out)
    assert (answer["account"], answer["problem"]) == (None, "sign_in_cancelled")
    assert laifaxin("accounts") == {"accounts": []}


def test_a_locked_vault_is_named_before_anybody_signs_in(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld
) -> None:
    world = microsoft_world
    code = (
        "import asyncio\n"
        "from laifaxin_desktop.model.secret import Secret\n"
        "from laifaxin_desktop.places import Places\n"
        "from laifaxin_desktop.store.accounts import AccountStore\n"
        "async def main():\n"
        "    store = await AccountStore.open(Places.find().data)\n"
        "    await store.vault.set_master_password(Secret('主密码 1'))\n"
        "    await store.close()\n"
        "asyncio.run(main())\n"
    )
    made = world.run([COMMAND[0], "-c", code], laifaxin.home)
    assert made.returncode == 0, made.stderr
    words = ("sign-in", WORKER, "--client-id", CLIENT_ID)
    assert laifaxin(*words, exits=1)["problem"] == "vault_locked"
    assert laifaxin(*words, "--vault-password-stdin", secret="x\n", exits=2)
    assert world.browser.begun() == []
    opened = (*words, "--vault-password-stdin")
    is_good(laifaxin(*opened, secret="主密码 1\n"), WORKER)
    check = ("check", WORKER, "--vault-password-stdin")
    assert laifaxin(*check, secret="主密码 1\n")["reports"][0]["status"] == "ok"


def test_with_no_browser_the_address_is_there_to_be_copied(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld
) -> None:
    """Copied into one that the program knows nothing of."""
    world = microsoft_world
    environment = world.environment(laifaxin.home)
    browser = environment.pop("BROWSER")
    running = subprocess.Popen(
        [*world.prefix, *COMMAND, "sign-in", WORKER, "--client-id", CLIENT_ID, "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stderr
        url = next(line.strip() for line in running.stderr if line.startswith("https://"))
        subprocess.run([*world.prefix, browser, url], env=environment, check=True, timeout=60)
        out, _ = running.communicate(timeout=60)
    finally:
        running.kill()
    is_good(json.loads(out), WORKER)


# ---- nothing leaks ----


def test_no_token_code_or_secret_is_found_anywhere(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld, tmp_path: Path
) -> None:
    world, entra = microsoft_world, microsoft_world.entra
    entra.register_app(OWN_ID, redirects=[FIXED], platform="web", secret=APP_SECRET)
    token = refresh_token_of(world, tmp_path / "elsewhere", PERSON)
    own = ("sign-in", WORKER, "--client-id", OWN_ID, "--redirect-uri", FIXED)
    seen = ""
    for words, secret, exits in (
        (
            (*own, "--client-secret-stdin", "--explain", "--debug"),
            APP_SECRET,
            0,
        ),
        (
            ("sign-in", PERSON, "--client-id", CLIENT_ID, "--refresh-token-stdin", "--debug"),
            token,
            0,
        ),
        (("check", "--all", "--debug", "--explain"), "", 0),
    ):
        laifaxin(*words, secret=secret + "\n", exits=exits)
        seen += laifaxin.stdout + laifaxin.stderr
    entra.revoke(entra.user(WORKER))
    entra.expire_access_tokens()
    laifaxin("check", "--all", "--debug", "--explain", exits=1)
    seen += laifaxin.stdout + laifaxin.stderr + "".join(world.browser.begun())
    files = [path for path in laifaxin.home.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".db", ".log"}
    raw = seen.encode() + b"".join(path.read_bytes() for path in files)
    secrets = {*entra.secrets(), APP_SECRET, token}
    assert len(secrets) > 8
    for value in secrets:
        for form in forms_of(value):
            assert form.encode() not in raw, form
            assert form.encode("utf-16-le") not in raw, form
    assert [oct(path.stat().st_mode & 0o77) for path in files] == ["0o0"] * len(files)


def test_nothing_secret_stands_in_any_argv(
    laifaxin: Laifaxin, microsoft_world: MicrosoftWorld
) -> None:
    """Everybody on this computer may read every program's arguments: looked at all the while."""
    entra = microsoft_world.entra
    entra.register_app(OWN_ID, redirects=[FIXED], platform="web", secret=APP_SECRET)
    arguments: set[bytes] = set()
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.005):
            for process in os.listdir("/proc"):
                if process.isdecimal():
                    try:
                        arguments.add(Path(f"/proc/{process}/cmdline").read_bytes())
                    except OSError:
                        continue

    with meanwhile(look):
        try:
            words = ("sign-in", WORKER, "--client-id", OWN_ID, "--redirect-uri", FIXED)
            laifaxin(*words, "--client-secret-stdin", secret=f"{APP_SECRET}\n")
        finally:
            done.set()
    assert any(b"sign-in" in each for each in arguments)
    for value in (*entra.secrets(), APP_SECRET):
        assert not [each for each in arguments if value.encode() in each]
