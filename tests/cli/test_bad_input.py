"""Whatever is typed on the command line: one sentence in each language, and its name in --json."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from laifaxin_desktop import app, cli, log
from laifaxin_desktop.cli.arguments import UsageError, parser
from laifaxin_desktop.cli.usage import sentence
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.store import accounts
from laifaxin_desktop.store.database import Database
from tests.bad_input import CORRECTED, REFUSED, are_sentences, is_chinese
from tests.servers.authority import Authority
from tests.servers.bad_servers import BAD_SERVERS, QUICK, BadServer
from tests.store.bad_files import BAD_FILES, BadFile

LANGUAGES = ("zh_CN", "en")
WORDS = Words.load(Path(__file__).parents[2] / "resources" / "words.toml")


class CommandLine:
    """The command line inside this process: quick, and with deadlines that a test can wait for."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._patch = capsys, monkeypatch
        self.stderr = ""

    def __call__(self, *words: str, secret: bytes = b"", exits: int = 0) -> dict[str, Any]:
        """Run one command; the object it printed."""
        self._patch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(secret), isatty=bool))
        status = cli.main([*words, "--json"])
        out, self.stderr = self._capsys.readouterr()
        assert status == exits, out + self.stderr
        assert "Traceback" not in self.stderr
        answer: dict[str, Any] = json.loads(out)
        return answer

    def in_both(
        self, *words: str, secret: bytes = b"", exits: int
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The same in Chinese and in English."""
        zh, en = (self(*words, "--lang", lang, secret=secret, exits=exits) for lang in LANGUAGES)
        return zh, en


@pytest.fixture
def laifaxin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[CommandLine]:
    monkeypatch.setenv("LAIFAXIN_HOME", str(tmp_path))
    monkeypatch.setattr(app, "MailProbe", partial(MailProbe, deadlines=QUICK))
    monkeypatch.setattr(accounts, "Database", partial(Database, patience=0.1))
    yield CommandLine(capsys, monkeypatch)
    log.stop()


# ---- the address ----


@pytest.mark.parametrize("typed", REFUSED, ids=repr)
def test_what_is_no_address_is_named(laifaxin: CommandLine, typed: str) -> None:
    zh, en = laifaxin.in_both("discover", typed, "--offline", exits=2)
    assert zh["problem"] == en["problem"] == f"address.{REFUSED[typed]}"
    are_sentences(zh["meaning"], en["meaning"])
    assert en["meaning"] in laifaxin.stderr


@pytest.mark.parametrize("typed", CORRECTED, ids=repr)
def test_what_is_corrected_is_shown_as_corrected(laifaxin: CommandLine, typed: str) -> None:
    zh = laifaxin("discover", typed, "--offline", "--lang", "zh_CN")
    assert laifaxin.stderr.count("将使用 li@qq.com") == 1
    en = laifaxin("discover", typed, "--offline", "--lang", "en")
    assert laifaxin.stderr.count("li@qq.com will be used") == 1
    assert zh["address"] == en["address"] == CORRECTED[typed]
    assert zh["provider"] == "qq"


@pytest.mark.parametrize("typed", ["li@qq.com", " li@qq.com\n", "Li@qq.com", "li@例子.公司"])
def test_what_is_right_is_not_called_corrected(laifaxin: CommandLine, typed: str) -> None:
    laifaxin("discover", typed, "--offline", "--lang", "en", exits=int("例" in typed))
    assert "will be used" not in laifaxin.stderr


def test_an_international_domain_is_understood(laifaxin: CommandLine) -> None:
    zh, en = laifaxin.in_both("discover", "用户@例子.公司", "--offline", exits=1)
    assert zh["address"] == en["address"] == "用户@xn--fsqu00a.xn--55qx5d"


# ---- the secret ----

SECRETS = {
    b"\n": "cli.secret_empty",
    b"": "cli.secret_empty",
    b"   \n": "cli.secret_empty",  # qq: spaces go
    b"x" * 10_000 + b"\n": "cli.secret_long",
    b"x" * 100_000: "cli.secret_long",
    b"ab\0cd\n": "cli.secret_broken",
    "密码".encode("gb18030") + b"\n": "cli.secret_encoding",
}


@pytest.mark.parametrize("given", SECRETS, ids=lambda given: repr(given[:12]))
def test_what_can_be_no_secret_is_named_and_never_repeated(
    laifaxin: CommandLine, given: bytes
) -> None:
    words = ("check", "li@qq.com", "--password-stdin", "--imap", "127.0.0.1:9/tls")
    zh, en = laifaxin.in_both(*words, secret=given, exits=2)
    assert zh["problem"] == en["problem"] == SECRETS[given]
    are_sentences(zh["meaning"], en["meaning"])
    assert "xxxx" not in laifaxin.stderr


# ---- the servers, as typed ----

TYPED = {
    "https://imap.qq.com": "cli.bad_server",
    "imap.qq.com/mail": "cli.bad_security",
    "imap.qq.com/mail/": "cli.bad_server",
    "li@qq.com": "cli.bad_server",
    "imap qq.com": "cli.bad_server",
    "-imap.qq.com": "cli.bad_server",
    ":993/tls": "cli.bad_server",
    "x" * 64 + ".com:993": "cli.bad_server",
    "imap.qq.com:0": "cli.bad_port",
    "imap.qq.com:70000/tls": "cli.bad_port",
    "imap.qq.com:-1": "cli.bad_port",
    "imap.qq.com:abc": "cli.bad_port",
    "imap.qq.com:" + "9" * 5000: "cli.bad_port",
    "imap.qq.com:993/ssl": "cli.bad_security",
}


@pytest.mark.parametrize("typed", TYPED, ids=lambda typed: typed[:24])
def test_what_is_no_server_is_named(laifaxin: CommandLine, typed: str) -> None:
    words = ("check", "li@qq.com", "--password-stdin", f"--imap={typed}")
    zh, en = laifaxin.in_both(*words, secret=b"x\n", exits=2)
    assert zh["problem"] == en["problem"] == TYPED[typed]
    are_sentences(zh["meaning"], en["meaning"])
    assert len(en["meaning"]) < 300


# ---- the servers, as they answer ----


@pytest.mark.parametrize("bad", BAD_SERVERS, ids=str)
def test_what_a_server_does_is_named(
    laifaxin: CommandLine, bad: BadServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in authority.environment().items():
        monkeypatch.setenv(name, value)
    with bad.running(authority) as place:
        words = ("check", "a@b.cn", f"--{bad.protocol}", place, "--password-stdin")
        said = laifaxin(*words, "--lang", "en", secret=b"hunter2\n", exits=1)
    [leg] = said["legs"]  # in both languages, and on screen: tests/ui/test_bad_input.py
    assert (leg["problem"], leg["fix"]) == (bad.problem, bad.fix), leg
    for said_line in (leg["meaning"], *leg["steps"]):
        assert not is_chinese(said_line)
        assert "{" not in said_line


# ---- the data ----


@pytest.mark.parametrize("bad", BAD_FILES, ids=str)
def test_what_is_wrong_with_the_file_is_named(
    laifaxin: CommandLine, bad: BadFile, tmp_path: Path
) -> None:
    with bad.made(tmp_path / "data"):
        zh, en = laifaxin.in_both("accounts", exits=1)
    assert zh["problem"] == en["problem"] == f"store.{bad.fault}"
    for said in (zh, en):
        assert str(tmp_path / "data") in said["meaning"]
    are_sentences(zh["meaning"], en["meaning"])


# ---- the usage ----

USAGE = {
    ("discover",): ("ADDRESS",),
    ("frobnicate",): ("frobnicate", "--help"),
    ("accounts", "--bogus"): ("--bogus",),
    ("check", "li@qq.com", "--imap"): ("--imap",),
    ("check", "li@qq.com", "--stored=yes"): ("--stored",),
    ("discover", "li@qq.com", "--o=1"): ("--offline",),
    ("sign-in", "li@qq.com", "--receive", "carrier-pigeon"): ("carrier-pigeon", "imap", "graph"),
    ("sign-in", "li@qq.com", "--device-code", "--refresh-token-stdin"): ("--device-code",),
    ("check", "li@qq.com", "--p", "x"): ("--pop3", "--proxy"),
}


@pytest.mark.parametrize("typed", USAGE, ids=" ".join)
def test_a_wrong_usage_is_a_sentence_too(typed: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as wrong:
        parser(WORDS, Language.ZH_CN).parse_args(typed)
    said = sentence(WORDS, str(wrong.value))
    are_sentences(said.zh_CN, said.en)
    for place in USAGE[typed]:
        assert place in said.zh_CN
        assert place in said.en
    for english in ("argument", "choose", "expected", "required", "could match"):
        assert english not in said.zh_CN


def test_a_wrong_usage_is_named(laifaxin: CommandLine) -> None:
    zh = laifaxin("frobnicate", "--lang", "zh_CN", exits=2)
    assert zh == {
        "problem": "cli.usage",
        "meaning": "用法不对：没有“frobnicate”这个命令；用 laifaxin --help 查看全部。",
    }
    assert laifaxin.stderr.startswith("用法：laifaxin")


def test_the_help_has_no_english_headings_in_chinese() -> None:
    whole = parser(WORDS, Language.ZH_CN)
    [commands] = (a for a in whole._actions if isinstance(a, argparse._SubParsersAction))
    for page in (whole, *commands.choices.values()):
        out = page.format_help()
        assert out.startswith("用法：")
        for english in ("usage:", "positional", "options:", "show this", "show program"):
            assert english not in out


def test_an_empty_list_is_said_beside_the_output(
    laifaxin: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert laifaxin("accounts", "--lang", "zh_CN") == {"accounts": []}
    assert "还没有保存邮箱" in laifaxin.stderr
    assert cli.main(["accounts", "--lang", "en"]) == 0
    assert capsys.readouterr().out == ""  # whoever counts lines counts none


@pytest.mark.parametrize("words", [("--lang", "en"), ("--lang=en", "--json")], ids=repr)
def test_what_every_command_takes_may_stand_before_it(
    capsys: pytest.CaptureFixture[str], laifaxin: CommandLine, words: tuple[str, ...]
) -> None:
    assert cli.main([*words, "discover", "li@qq.com", "--offline"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("{") == ("--json" in words)
    assert "QQ Mail" in out
