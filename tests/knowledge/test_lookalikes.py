"""Names that are easily taken for those of the directory: told, and nobody else's is."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict

import pytest

from laifaxin_desktop.knowledge.directory import Index
from laifaxin_desktop.knowledge.lookalikes import Likeness, Lookalikes, _inside, _look
from laifaxin_desktop.knowledge.providers import ProviderBook
from laifaxin_desktop.model.address import ascii_host
from tests.knowledge.books import BOOK, CLOUDS, RESOURCES
from tests.knowledge.knowledge import WORDS

INDEX: Index = BOOK._index
ALIKE = Lookalikes(INDEX)
OWNERS = {name.removeprefix("."): owner for name, owner in INDEX.domains.items()}


def test_nothing_of_the_directory_is_like_anything() -> None:
    exchangers = [name.removeprefix(".") for name in INDEX.mx]
    for name in (*OWNERS, *INDEX.hosts, *exchangers):
        assert ALIKE.of(name) is None, name
        assert ALIKE.of(f"mx1.{name}") is None, name


def by_look() -> dict[str, list[str]]:
    same = defaultdict(list)
    for name in OWNERS:
        same[_look(name)].append(name)
    return same


def test_names_that_look_the_same_are_of_one_operator() -> None:
    """Otherwise somebody's own domain would be called another's."""
    owners = [{OWNERS[name] for name in names} for names in by_look().values()]
    assert [each for each in owners if len(each) > 1] == []


def test_a_domain_that_the_directory_had_not_is_told_of_its_own_operator_only() -> None:
    """Each taken out in turn: what it is then said to be like belongs to the same people."""
    same, told = by_look(), 0
    for name, owner in OWNERS.items():
        inside = any(part in OWNERS for part, _ in _inside(name.split(".")))
        if len(same[_look(name)]) == 1 and not inside:
            continue  # like itself alone
        rest = {key: value for key, value in INDEX.domains.items() if key != name}
        if found := Lookalikes(Index(INDEX.files, rest, INDEX.mx, INDEX.hosts)).of(name):
            told += 1
            assert owner.startswith(OWNERS[found.known]), found  # zoho_au is Zoho
    assert told <= 20  # of twelve hundred


@pytest.mark.parametrize(
    ("name", "known", "kind"),
    [
        ("gmai1.com", "gmail.com", "letters"),
        ("gmaiI.com", "gmail.com", "letters"),
        ("0utlook.com", "outlook.com", "letters"),
        ("rnail.ru", "mail.ru", "letters"),
        ("mail.hotrnail.com", "hotmail.com", "letters"),
        ("l63.com", "163.com", "letters"),
        ("aspmx.l.goog1e.com", "google.com", "letters"),
        ("smtp.0ffice365.com", "office365.com", "letters"),
        ("gmаil.com", "gmail.com", "script"),
        ("imap.gmаil.com", "gmail.com", "script"),
        ("ԛԛ.com", "qq.com", "script"),
        ("οutlook.com", "outlook.com", "script"),
        ("sína.com", "sina.com", "script"),
        ("1б3.com", "163.com", "script"),
        ("уаhоо.com", "yahoo.com", "script"),
        ("outlook.com.evil.example", "outlook.com", "holds"),
        ("qq.com.mail.cn", "qq.com", "holds"),
        ("163.com.wangyi.net", "163.com", "holds"),
        ("corp.mail.protection.outlook.com.evil.example", "mail.protection.outlook.com", "holds"),
        ("mx.exmail.qq.com.evil.example", "exmail.qq.com", "holds"),
        ("gmail.com.br", "gmail.com", "holds"),
    ],
)
def test_what_is_easily_taken_for_another(name: str, known: str, kind: str) -> None:
    found = ALIKE.of(host := ascii_host(name))
    assert found
    assert (found.name, found.known, found.kind) == (host, known, kind)


@pytest.mark.parametrize(
    "name",
    [
        "corp.example", "mail.corp.com.cn", "mailbox.com.cn", "mail.com.tr", "engineer.com.sg",
        "cs.com.tw", "e-mail.com", "c5.com", "qq.cn", "gmail.example", "mygmail.com",
        "hotmail.com.pe", "yahoo.com.pe", "mx1.hoster.example", "例子.公司", "почта.рф",
        "bücher.de", "vps7.your-hoster.net", "com", "xn--zzz.com", "a.b",
    ],
)  # fmt: skip
def test_other_names_are_let_alone(name: str) -> None:
    assert ALIKE.of(ascii_host(name)) is None


def test_a_sentence_for_each_kind_in_both_languages() -> None:
    for name in ("gmai1.com", ascii_host("gmаil.com"), "gmail.com.evil.example"):
        found = ALIKE.of(name)
        assert found
        for said in (found.text(WORDS).zh_CN, found.text(WORDS).en):
            assert name in said
            assert "gmail.com" in said.replace(name, "")
            assert "{" not in said
    assert {kind for kind in Likeness if f"alike.{kind}" not in WORDS} == set()


def test_only_an_unknown_name_costs_anything() -> None:
    book = ProviderBook.load(RESOURCES / "providers", CLOUDS)
    assert book.alike(["qq.com", "outlook.com"]) == ()
    assert book._lookalikes is None
    names = ["gmai1.com", "imap.gmai1.com", "corp.example", "qq.com.evil.example"]
    assert [(each.name, each.known) for each in book.alike(names)] == [
        ("gmai1.com", "gmail.com"), ("qq.com.evil.example", "qq.com")
    ]  # fmt: skip


def test_it_is_not_on_the_way_of_a_start() -> None:
    asked = "import sys, laifaxin_desktop.app, laifaxin_desktop.ui.main_window; " + (
        "print('laifaxin_desktop.knowledge.lookalikes' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"
