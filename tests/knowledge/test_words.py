"""Every word of the model has its wording in both languages, and nothing else is in the file."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path

import pytest

from laifaxin_desktop.knowledge.decode import ResourceError
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.address import AddressFault
from laifaxin_desktop.model.microsoft import Permission
from laifaxin_desktop.model.problem import Fault, Fix, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Security, Side, Standing
from laifaxin_desktop.model.report import Status
from laifaxin_desktop.model.typed_proxy import ProxyFault
from tests.knowledge.books import RESOURCES
from tests.knowledge.knowledge import WORDS

SUBJECTS: dict[str, type[StrEnum]] = {
    "status": Status,
    "stage": Stage,
    "side": Side,
    "way": AuthWay,
    "security": Security,
    "protocol": Protocol,
    "standing": Standing,
    "fix": Fix,
    "address": AddressFault,
    "permission": Permission,
    "proxy": ProxyFault,
}
RAW = tomllib.loads((RESOURCES / "words.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_member_has_a_wording_and_no_word_is_left_over(subject: str) -> None:
    members = {str(member) for member in SUBJECTS[subject]}
    extra = {"recommended"} if subject == "standing" else set()
    assert set(RAW[subject]) == members | extra
    for word in members:
        text = WORDS(f"{subject}.{word}")
        assert text.zh_CN.strip()
        assert text.en.strip()


def test_reasons_are_faults_and_end_like_a_part_of_a_sentence() -> None:
    for word in RAW["reason"]:
        assert word in list(Fault)
        text = WORDS(f"reason.{word}")
        assert not text.zh_CN.endswith("。")
        assert not text.en.endswith(".")
        assert text.en[:1].islower()


def test_the_contract_s_own_words() -> None:
    wanted = {
        "status.ok": ("正常", "Normal"),
        "status.receive_only": ("只能收信", "Receives only"),
        "status.send_only": ("只能发信", "Sends only"),
        "status.checking": ("检测中", "Checking"),
        "status.new": ("未检测", "Not checked"),
        "status.paused": ("已暂停", "Paused"),
    }
    assert {name: (WORDS(name).zh_CN, WORDS(name).en) for name in wanted} == wanted


def test_an_address_fault_is_one_sentence() -> None:
    for fault in AddressFault:
        text = WORDS(f"address.{fault}")
        assert text.zh_CN.endswith("。")
        assert text.zh_CN.count("。") == 1
        assert text.en.endswith(".")


def test_sources_and_answers_of_a_look_up() -> None:
    for word in ("book", "mx", "probe"):
        assert WORDS(f"source.{word}")
    for word in ("found", "nothing", "timeout"):
        assert WORDS(f"answer.{word}")


def test_an_unknown_word_is_our_bug() -> None:
    assert "status.ok" in WORDS
    assert "status.fine" not in WORDS
    with pytest.raises(KeyError):
        WORDS("status.fine")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[status]\nok = { zh_CN = "好" }', r"w\.toml\.status\.ok\.en: missing"),
        ('[status]\nok = { zh_CN = "好", en = "OK", fr = "Bon" }', r"w\.toml\.status\.ok.*fr"),
        ('status = "x"', r"w\.toml\.status"),
    ],
)
def test_a_wrong_file_names_itself_and_the_word(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "w.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ResourceError, match=message):
        Words.load(file)
