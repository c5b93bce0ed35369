"""The command line against real servers under their own names, with a real keychain."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures_real import USERS, World

COMMAND = [sys.executable, "-m", "laifaxin_desktop"]
EVERY_ADDRESS = ("someone@outlook.com", "li@qq.com", "chen@163.com")


class Laifaxin:
    """The command line of one person."""

    def __init__(self, world: World, home: Path) -> None:
        self.world, self.home = world, home
        self.stderr = self.stdout = ""
        self.more: dict[str, str] = {}  # in its environment

    def __call__(self, *words: str, secret: str = "", exits: int = 0) -> dict[str, Any]:
        """Run one command; what it printed on standard output."""
        command = [*COMMAND, *words, "--json"]
        done = self.world.run(command, self.home, input=secret, more=self.more)
        self.stdout, self.stderr = done.stdout, done.stderr
        assert done.returncode == exits, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        answer: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
        return answer


@pytest.fixture
def laifaxin(world: World, tmp_path: Path) -> Laifaxin:
    return Laifaxin(world, tmp_path / "带空格 home")


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_from_an_address_to_normal(laifaxin: Laifaxin, world: World, address: str) -> None:
    before = world.dovecot.inbox(address)
    answer = laifaxin("add", address, "--password-stdin", secret=USERS[address] + "\n")
    account, report = answer["account"], answer["report"]
    assert report["status"] == "ok"
    assert {leg["side"]: leg["ok"] for leg in report["legs"]} == {"receive": True, "send": True}
    assert [s["stage"] for s in report["legs"][0]["stages"]] == (
        ["lookup", "connect", "tls", "greeting", "login", "mailbox"]
    )
    assert (account["address"], account["status"], account["problem"]) == (address, "ok", None)
    # One submission to each server, and no letter's flag was changed.
    assert len(world.dovecot.attempts("imap", address)) == 1
    assert world.dovecot.inbox(address) == before
    assert laifaxin("accounts") == {"accounts": [account]}
    assert laifaxin("check", address, "--stored")["reports"][0]["status"] == "ok"
    assert len(world.keychain.items()) == 1


def test_a_wrong_secret_is_named_and_mended(laifaxin: Laifaxin, world: World) -> None:
    answer = laifaxin("add", "li@qq.com", "--password-stdin", secret="wrongwrongwrongx\n", exits=1)
    assert answer["account"] is None
    assert {leg["problem"] for leg in answer["report"]["legs"]} == {"wrong_app_password"}
    assert {leg["fix"] for leg in answer["report"]["legs"]} == {"edit_password"}
    assert len(world.dovecot.attempts("imap", "li@qq.com")) == 1
    assert laifaxin("accounts") == {"accounts": []}
    kept = laifaxin("add", "li@qq.com", "--password-stdin", "--keep", secret="no\n", exits=1)
    assert kept["account"]["status"] == "action"
    laifaxin("accounts", exits=1)
    good = laifaxin("add", "li@qq.com", "--password-stdin", secret=USERS["li@qq.com"] + "\n")
    assert good["account"]["id"] == kept["account"]["id"]
    # The password changes on the server; the stored one is refused, the new one mends it in place.
    world.dovecot.change_password("li@qq.com", "anothersecretxyz")
    report = laifaxin("check", "--all", exits=1)["reports"][0]
    assert report["status"] == "action"
    again = laifaxin("add", "li@qq.com", "--password-stdin", secret="anothersecretxyz\n")
    assert again["account"]["id"] == kept["account"]["id"]
    assert laifaxin("check", "--all")["reports"][0]["status"] == "ok"


def test_a_domain_of_ones_own_is_found_by_mx(laifaxin: Laifaxin) -> None:
    found = laifaxin("discover", "wang@corp.example")
    assert (found["provider"], found["source"], found["trusted"]) == ("m365_global", "mx", False)
    secret = USERS["wang@corp.example"]
    answer = laifaxin("add", "wang@corp.example", "--password-stdin", secret=secret + "\n")
    assert answer["account"]["provider"] == "m365_global"


def test_servers_given_by_hand(laifaxin: Laifaxin) -> None:
    servers = ("--imap", "imap.qq.com:993/tls", "--smtp", "smtp.qq.com:587/starttls")
    secret = USERS["wang@corp.example"] + "\n"
    words = ("check", "wang@corp.example", *servers, "--password-stdin")
    assert laifaxin(*words, secret=secret)["status"] == "ok"
    one = laifaxin(*words[:4], "--password-stdin", secret=secret)
    assert [leg["side"] for leg in one["legs"]] == ["receive"]
    dead = ("check", "a@b.cn", "--imap", "imap.qq.com:9/tls", "--password-stdin")
    assert laifaxin(*dead, secret="x", exits=1)["legs"][0]["problem"] == "connection_refused"
    unknown = ("check", "a@b.cn", "--imap", "no.such.example:993/tls", "--password-stdin")
    assert laifaxin(*unknown, secret="x", exits=1)["legs"][0]["problem"] == "host_not_found"


def test_one_server_given_and_the_other_found_by_mx(laifaxin: Laifaxin) -> None:
    words = ("add", "wang@corp.example", "--pop3", "outlook.office365.com:995/tls")
    secret = USERS["wang@corp.example"] + "\n"
    answer = laifaxin(*words, "--password-stdin", secret=secret)
    assert answer["account"]["provider"] == "m365_global"
    hosts = [(leg["protocol"], leg["host"]) for leg in answer["report"]["legs"]]
    assert hosts == [("pop3", "outlook.office365.com"), ("smtp", "smtp.office365.com")]


def test_explaining_shows_what_was_seen(laifaxin: Laifaxin) -> None:
    words = ("check", "a@b.cn", "--imap", "imap.qq.com:9/tls", "--password-stdin", "--explain")
    laifaxin(*words, secret="x\n", exits=1)
    assert "**receive**: imap imap.qq.com:9/tls" in laifaxin.stderr
    assert "problem: `connection_refused`" in laifaxin.stderr
    assert "connect/refused" in laifaxin.stderr
    # The closer look found the port that works, and the command line has waited for it.
    assert re.search(r"\| imap\.qq\.com:993/tls \| answers \| \d+ ms \|", laifaxin.stderr)
    wrong = ("check", "li@qq.com", "--password-stdin", "--explain")
    laifaxin(*wrong, secret="wrongwrongwrongx\n", exits=1)
    assert "seen: login/rejected, codes 535 5.7.8" in laifaxin.stderr
    assert "### l***@qq.com" in laifaxin.stderr
    assert "wrongwrong" not in laifaxin.stderr


def test_a_network_that_is_to_blame_is_named_once(laifaxin: Laifaxin) -> None:
    for address in ("li@qq.com", "chen@163.com"):
        at = address.partition("@")[0]
        servers = ("--imap", f"imap.{at}.invalid:993/tls", "--smtp", f"smtp.{at}.invalid:465/tls")
        laifaxin("add", address, *servers, "--password-stdin", "--keep", secret="x\n", exits=1)
    laifaxin("check", "--all", "--lang", "en", exits=1)
    assert laifaxin.stderr.count("No mail server can be reached") == 1
    laifaxin("remove", "chen@163.com")
    laifaxin("check", "--all", "--lang", "en", exits=1)
    # Two names of one account: they are not the network.
    assert "No mail server can be reached" not in laifaxin.stderr


def test_pause_resume_remove(laifaxin: Laifaxin, world: World) -> None:
    laifaxin("add", "li@qq.com", "--password-stdin", secret=USERS["li@qq.com"] + "\n")
    assert laifaxin("pause", "LI@qq.com")["account"]["status"] == "paused"
    attempts = len(world.dovecot.attempts())
    assert laifaxin("check", "--all") == {"reports": []}
    assert len(world.dovecot.attempts()) == attempts
    assert laifaxin("resume", "li@qq.com")["account"]["status"] == "ok"
    removed = laifaxin("remove", "li@qq.com")["removed"]
    assert removed
    laifaxin("remove", "li@qq.com", exits=2)
    database = next(laifaxin.home.rglob("accounts.db"))
    with sqlite3.connect(database) as connection:
        names = [
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        for name in names:
            rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()
            assert removed not in str(rows)
    connection.close()


@pytest.mark.parametrize(
    ("words", "secret"),
    [
        (("discover", ""), ""),
        (("discover", "nobody"), ""),
        (("check", "li@qq.com"), ""),
        (("check", "li@qq.com", "--password-stdin"), "\n"),
        (("check", "li@qq.com", "--password-stdin"), "x" * 10_000),
        (("check", "li@qq.com", "--password-stdin", "--imap", "https://imap.qq.com"), "x"),
        (("check", "li@qq.com", "--password-stdin", "--imap", "imap.qq.com:0"), "x"),
        (("check", "li@qq.com", "--password-stdin", "--imap", "imap.qq.com:70000"), "x"),
        (("check", "li@qq.com", "--password-stdin", "--imap", "imap.qq.com:993/ssl"), "x"),
        (("check", "li@qq.com", "--stored"), ""),
        (("remove", "li@qq.com"), ""),
        (("frobnicate",), ""),
        (("discover",), ""),
    ],
)
def test_bad_input_is_one_sentence(laifaxin: Laifaxin, words: tuple[str, ...], secret: str) -> None:
    answer = laifaxin(*words, secret=secret, exits=2)
    assert answer["problem"].split(".")[0] in ("address", "cli")
    assert answer["meaning"] == laifaxin.stderr.strip().splitlines()[-1]


def test_both_languages(laifaxin: Laifaxin) -> None:
    laifaxin("discover", "nobody", "--lang", "zh_CN", exits=2)
    assert "@" in laifaxin.stderr
    assert any("\u4e00" <= char <= "\u9fff" for char in laifaxin.stderr)
    laifaxin("discover", "nobody", "--lang", "en", exits=2)
    assert laifaxin.stderr.isascii()


SECRET = "hunter2-é-漢"


def test_no_secret_is_found_anywhere(laifaxin: Laifaxin, world: World, tmp_path: Path) -> None:
    from laifaxin_desktop.log import forms_of

    world.dovecot.change_password("chen@163.com", SECRET)
    seen = ""
    for words, exits in (
        (("add", "chen@163.com", "--password-stdin", "--debug"), 0),
        (("check", "chen@163.com", "--stored", "--debug"), 0),
        (("check", "li@qq.com", "--password-stdin", "--debug"), 1),
        (("add", "li@qq.com", "--password-stdin", "--keep", "--debug"), 1),
    ):
        laifaxin(*words, secret=SECRET + "\n", exits=exits)
        seen += laifaxin.stdout + laifaxin.stderr
    raw = seen.encode()
    files = [path for path in laifaxin.home.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".db", ".log"}
    raw += b"".join(path.read_bytes() for path in files)
    for form in forms_of(SECRET):
        assert form.encode() not in raw, form
        assert form.encode("utf-16-le") not in raw, form
    assert [oct(path.stat().st_mode & 0o77) for path in files] == ["0o0"] * len(files)


def test_a_locked_keychain_is_named(laifaxin: Laifaxin, world: World) -> None:
    world.keychain.lock()
    secret = USERS["li@qq.com"] + "\n"
    answer = laifaxin("add", "li@qq.com", "--password-stdin", secret=secret, exits=1)
    assert (answer["account"], answer["problem"]) == (None, "vault_locked")
    world.keychain.unlock()
    laifaxin("add", "li@qq.com", "--password-stdin", secret=secret)
    world.keychain.lock()
    report = laifaxin("check", "--all", exits=1)["reports"][0]
    assert {leg["problem"] for leg in report["legs"]} == {"vault_locked"}


def test_no_safe_keychain_is_named(laifaxin: Laifaxin, world: World) -> None:
    world.keychain.stop()
    secret = USERS["li@qq.com"] + "\n"
    answer = laifaxin("add", "li@qq.com", "--password-stdin", secret=secret, exits=1)
    assert (answer["account"], answer["problem"]) == (None, "no_vault")
    assert answer["report"]["status"] == "ok"


def test_a_crash_leaves_no_memory_behind(tmp_path: Path) -> None:
    code = (
        "import asyncio, resource, sys\n"
        "from laifaxin_desktop.app import open_app\n"
        "from laifaxin_desktop.places import Places\n"
        "app = asyncio.run(open_app(Places.find()))\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "LAIFAXIN_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "(0, 0)"


def test_a_main_password_opens_the_vault(laifaxin: Laifaxin, world: World) -> None:
    world.keychain.stop()
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
    done = world.run([sys.executable, "-c", code], laifaxin.home)
    assert done.returncode == 0, done.stderr
    words = ("add", "li@qq.com", "--vault-password-stdin", "--password-stdin")
    secret = USERS["li@qq.com"] + "\n"
    laifaxin(*words, secret="wrong\n" + secret, exits=2)
    assert laifaxin("accounts") == {"accounts": []}
    laifaxin(*words, secret="主密码 1\n" + secret)
    stored = ("check", "li@qq.com", "--stored")
    assert laifaxin(*stored, exits=1)["reports"][0]["legs"][0]["problem"] == "vault_locked"
    opened = laifaxin(*stored, "--vault-password-stdin", secret="主密码 1\n")
    assert opened["reports"][0]["status"] == "ok"


def test_the_main_password_never_goes_to_a_mail_server(laifaxin: Laifaxin, world: World) -> None:
    """Here no vault has a main password: its line must still not be taken for the account's."""
    secret = "MAINPASSWORD\n" + USERS["li@qq.com"] + "\n"
    words = ("li@qq.com", "--vault-password-stdin", "--password-stdin")
    assert laifaxin("check", *words, secret=secret)["status"] == "ok"
    assert laifaxin("add", *words, secret=secret)["report"]["status"] == "ok"


def test_half_an_account_is_not_stored(laifaxin: Laifaxin) -> None:
    only = ("add", "a@nowhere.example", "--imap", "imap.qq.com:993/tls", "--password-stdin")
    laifaxin(*only, secret="x\n", exits=2)
    assert "--smtp" in laifaxin.stderr
    assert laifaxin("accounts") == {"accounts": []}


def test_an_account_that_is_there_keeps_its_servers_and_its_good_secret(
    laifaxin: Laifaxin, world: World
) -> None:
    address, secret = "wang@corp.example", USERS["wang@corp.example"] + "\n"
    servers = ("--imap", "imap.163.com:993/tls", "--smtp", "smtp.163.com:465/tls")
    laifaxin("add", address, *servers, "--password-stdin", secret=secret)

    def hosts() -> list[str]:
        report = laifaxin("check", address, "--stored")["reports"][0]
        return [f"{leg['host']}:{leg['port']}" for leg in report["legs"]]

    assert hosts() == ["imap.163.com:993", "smtp.163.com:465"]
    bad = ("add", address, "--password-stdin", "--keep")
    assert laifaxin(*bad, secret="wrong\n", exits=1)["account"] is None
    assert hosts() == ["imap.163.com:993", "smtp.163.com:465"]  # with the old, good secret
    one = ("--smtp", "smtp.qq.com:587/starttls")
    laifaxin("add", address, *one, "--password-stdin", secret=secret)
    assert hosts() == ["imap.163.com:993", "smtp.qq.com:587"]


def test_an_ordinary_password_is_sent_as_it_is(laifaxin: Laifaxin, world: World) -> None:
    world.dovecot.change_password("wang@corp.example", "My-Pass word 1")
    words = ("check", "wang@corp.example", "--password-stdin")
    assert laifaxin(*words, secret="My-Pass word 1\n")["status"] == "ok"


@pytest.mark.parametrize(
    "given", [b"   \n", "密码".encode("gb18030") + b"\n", b"\0\n", b"a" * 99999]
)
def test_what_can_be_no_secret_is_not_sent(laifaxin: Laifaxin, world: World, given: bytes) -> None:
    done = subprocess.run(
        [*world.prefix, *COMMAND, "check", "li@qq.com", "--password-stdin"],
        env=world.environment(laifaxin.home),
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2, done.stderr
    assert world.dovecot.attempts() == []


def test_a_damaged_list_is_one_sentence_and_discovery_needs_no_list(laifaxin: Laifaxin) -> None:
    laifaxin("accounts")
    database = next(laifaxin.home.rglob("accounts.db"))
    database.write_bytes(b"this is no database" * 1000)
    assert laifaxin("accounts", exits=1)["problem"] == "store.corrupt"
    assert str(database) in laifaxin.stderr
    assert laifaxin("discover", "li@qq.com")["provider"] == "qq"
    assert database.read_bytes() == b"this is no database" * 1000
