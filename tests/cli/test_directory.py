"""`laifaxin providers`: the directory, one provider of it, and files of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from laifaxin_desktop import cli, log
from tests.knowledge.books import BOOK
from tests.knowledge.test_directory_files import page


class CommandLine:
    """The command line inside this process, with a folder of its own."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.own, self._capsys = home / "config" / "providers", capsys
        self.own.mkdir(parents=True)
        self.out = self.err = ""

    def __call__(self, *words: str, exits: int = 0) -> dict[str, Any]:
        status = cli.main(words)
        self.out, self.err = self._capsys.readouterr()
        assert status == exits, self.out + self.err
        if "--json" not in words:
            return {}
        answer: dict[str, Any] = json.loads(self.out)
        return answer


@pytest.fixture
def laifaxin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[CommandLine]:
    monkeypatch.setenv("LAIFAXIN_HOME", str(tmp_path))
    yield CommandLine(tmp_path, capsys)
    log.stop()


def test_the_whole_directory_in_the_contract_s_shape(laifaxin: CommandLine) -> None:
    rows = laifaxin("providers", "--json", "--lang", "zh_CN")["providers"]
    assert [row["id"] for row in rows] == [provider.id for provider in BOOK.all]
    for row in rows:
        assert list(row) == ["id", "name", "standing", "domains", "endpoints", "ways", "checked_on"]
    qq = next(row for row in rows if row["id"] == "qq")
    assert (qq["name"], qq["standing"]) == ("QQ 邮箱", "needs_preparation")
    assert "qq.com" in qq["domains"]
    assert {"protocol": "imap", "host": "imap.qq.com", "port": 993, "security": "tls"} in (
        qq["endpoints"]
    )
    assert qq["ways"][0]["way"] == "app_password"
    assert set(qq["ways"][0]) == {"way", "standing", "recommended", "since", "reason", "source"}
    assert laifaxin.err == ""


def test_for_people_a_line_each(laifaxin: CommandLine) -> None:
    laifaxin("providers", "--lang", "en")
    lines = laifaxin.out.splitlines()
    assert len(lines) == len(BOOK.all)
    assert any(line.startswith("tuta  ") and "Ended" in line for line in lines)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_one_provider_with_its_steps(laifaxin: CommandLine, language: str) -> None:
    (row,) = laifaxin("providers", "netease126", "--json", "--lang", language)["providers"]
    assert row["id"] == "netease126"
    laifaxin("providers", "QQ", "--lang", language)
    assert "imap.qq.com:993/tls" in laifaxin.out
    assert "https://" in laifaxin.out
    assert "{" not in laifaxin.out
    assert {"zh_CN": "互相印证", "en": "sources that agree"}[language] in laifaxin.out
    laifaxin("providers", "tim_it", "--lang", language)
    assert "alice.it" in laifaxin.out
    assert "in.alice.it" in laifaxin.out


def test_nobody_has_this_id(laifaxin: CommandLine) -> None:
    answer = laifaxin("providers", "nobody", "--json", "--lang", "zh_CN", exits=2)
    assert answer["problem"] == "cli.no_such_provider"
    assert "nobody" in answer["meaning"]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_example_is_a_file_that_works(laifaxin: CommandLine, language: str) -> None:
    laifaxin("providers", "--example", "--lang", language)
    assert str(laifaxin.own) in laifaxin.err
    (laifaxin.own / "mine.toml").write_text(laifaxin.out, encoding="utf-8")
    found = laifaxin("discover", "a@sales.mail.example.com", "--offline", "--json")
    assert laifaxin.err == ""
    assert (found["provider"], found["source"]) == ("example_company", "book")
    assert [end["host"] for end in found["incoming"]] == ["imap.example.com"]
    laifaxin("providers", "example_company", "--lang", language)
    assert "https://portal.example.com/" in laifaxin.out
    assert "mine.toml" in laifaxin.out
    laifaxin("discover", "a@example.com", "--offline", "--lang", language)
    assert "mine.toml" in laifaxin.out
    laifaxin("providers", "--lang", language)
    assert next(line for line in laifaxin.out.splitlines() if "mine.toml" in line).startswith(
        "example_company  "
    )
    example = laifaxin("providers", "--example", "--json")
    assert example["folder"] == str(laifaxin.own)
    assert example["example"].startswith("#")


def test_a_wrong_file_is_named_and_the_command_goes_on(laifaxin: CommandLine) -> None:
    (laifaxin.own / "bad.toml").write_text(page("bad", 'standing = "fine"'), encoding="utf-8")
    (laifaxin.own / "good.toml").write_text(page("good", 'domains = ["qq.com"]'), encoding="utf-8")
    found = laifaxin("discover", "li@qq.com", "--json", "--offline", "--lang", "zh_CN")
    assert found["provider"] == "good"
    assert laifaxin.err.splitlines() == [
        "没有使用服务商文件 bad.toml：“standing”不能是 'fine'，"
        "只能是 ok, needs_preparation, broken 之一。"
    ]
    ids = [row["id"] for row in laifaxin("providers", "--json", "--lang", "en")["providers"]]
    assert "good" in ids
    assert "bad" not in ids
    assert "bad.toml" in laifaxin.err
    assert "“standing” cannot be 'fine'" in laifaxin.err
