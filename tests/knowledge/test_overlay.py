"""Provider files of somebody's own: they win, and a wrong one is passed over and named."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from laifaxin_desktop.knowledge import mistakes, overlay
from laifaxin_desktop.knowledge.diagnoses import DiagnosisTable
from laifaxin_desktop.knowledge.providers import ProviderBook
from laifaxin_desktop.model.provider import Protocol
from laifaxin_desktop.model.text import Language
from tests.knowledge.books import BOOK, CLOUDS, RESOURCES
from tests.knowledge.knowledge import WORDS
from tests.knowledge.test_directory_files import BRANCH, GUIDE, SERVER, WAY, page

GUIDED = WAY + 'guide = "prepare"' + GUIDE.replace('"open"\n', '"other/turn_on_service"\n')


def book(folder: Path, **files: str | bytes) -> ProviderBook:
    """The real directory under these files."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        raw = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.toml").write_bytes(raw)
    return ProviderBook.load(RESOURCES / "providers", CLOUDS, own=folder)


def kinds(found: ProviderBook) -> list[str]:
    return [passed.kind for passed in found.passed_over]


def sentence(found: ProviderBook, language: Language = Language.EN) -> str:
    (passed,) = found.passed_over
    return passed.text(WORDS).say(language)


# --- what wins ------------------------------------------------------------------------------------


def test_without_a_folder_nothing_of_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlay, "overlay", None)  # a call would break
    found = ProviderBook.load(RESOURCES / "providers", CLOUDS, own=tmp_path / "none")
    assert found.passed_over == ()
    assert found.by_domain("qq.com") == BOOK.by_domain("qq.com")


def test_an_empty_folder_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "README.txt").write_text("notes", encoding="utf-8")
    found = book(tmp_path)
    assert found.passed_over == ()
    assert found._directory is not None
    assert type(found._directory).__name__ == "Directory"


def test_a_new_provider_is_known_by_domain_exchanger_and_host(tmp_path: Path) -> None:
    head = 'domains = ["corp.example", ".corp.example"]\nmx = [".mx.corp.example"]'
    found = book(tmp_path, corp=page("corp", head))
    assert found.passed_over == ()
    corp = found.by_id("corp")
    assert corp is not None
    assert found.by_domain("corp.example") is corp
    assert found.by_domain("sales.corp.example") is corp
    assert found.by_mx("a.mx.corp.example") is corp
    assert found.by_host("imap.a.cn") == (corp,)
    assert found.all[-1] is corp
    assert len(found.all) == len(BOOK.all) + 1


def test_the_same_id_replaces_ours(tmp_path: Path) -> None:
    found = book(tmp_path, mine=page("qq", 'domains = ["qq.com"]'))
    mine = found.by_domain("qq.com")
    assert mine is not None
    imap = mine.endpoint(Protocol.IMAP)
    assert imap is not None
    assert imap.host == "imap.a.cn"
    assert found.by_domain("foxmail.com") is None, "ours claims nothing any longer"
    assert found.by_mx("mx3.qq.com") is None
    assert found.by_host("imap.qq.com") == ()
    assert len(found.all) == len(BOOK.all)


def test_a_claimed_domain_moves_and_the_rest_stays(tmp_path: Path) -> None:
    claims = 'domains = ["foxmail.com", "b.cn"]\nmx = ["mx3.qq.com"]'
    found = book(tmp_path, mine=page("mine", claims, SERVER + BRANCH + WAY))
    mine, qq = found.by_domain("foxmail.com"), found.by_domain("qq.com")
    assert mine is not None
    assert qq is not None
    assert (mine.id, qq.id) == ("mine", "qq")
    assert "foxmail.com" not in qq.domains
    assert "mx3.qq.com" not in qq.mx
    assert found.by_mx("mx3.qq.com") == mine
    branch = found.by_domain("b.cn")
    assert branch is not None
    assert [end.host for end in branch.endpoints] == ["imap.b.cn"]
    assert found.by_host("imap.b.cn") == (mine,)


def test_ours_still_lend_to_ours_and_diagnoses_lead_somewhere(tmp_path: Path) -> None:
    """126 and yeah.net borrow 163's guides, GCC High borrows its ways: files may replace both."""
    found = book(
        tmp_path,
        a=page("netease163", 'domains = ["163.com"]'),
        b=page("m365_global", 'domains = ["corp.example"]'),
    )
    assert found.passed_over == ()
    for name in ("netease126", "m365_gcchigh", "m365_dod"):
        assert found.by_id(name) == BOOK.by_id(name)
    DiagnosisTable.load(RESOURCES / "diagnoses.toml", found, WORDS)  # every rule's guide is there


def test_a_file_borrows_of_ours_and_of_others_before_it(tmp_path: Path) -> None:
    found = book(
        tmp_path,
        a=page("a", "", SERVER + GUIDED),
        b=page("b", 'guides_of = "a"', WAY + 'guide = "prepare"'),
        c=page("c", 'ways_of = "m365_global"\ncloud = "worldwide"'),
    )
    assert found.passed_over == ()
    b, c, ours = found.by_id("b"), found.by_id("c"), BOOK.by_id("m365_global")
    assert b is not None
    assert c is not None
    assert ours is not None
    assert b.guides[0].steps[0].body.en == "Open A."
    assert b.guides[0].steps[0].picture == "other/turn_on_service"
    assert {way.way for way in c.ways} >= {"microsoft", "password"}


# --- what is passed over --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("id = ", "not_toml", "1"),
        ('id = "a"\nname = "x', "not_toml", "2"),
        ("a = " + "[" * 5000, "not_toml", "1"),
        ("a = " + "9" * 5000, "not_toml", "1"),
        (page("a", 'colour = "x"'), "unknown_key", "colour"),
        (page("a", "", SERVER + 'tls = "x"' + WAY), "unknown_key", "endpoints[0].tls"),
        (page("a", "", SERVER), "missing", "ways"),
        (page("a", 'name = { zh_CN = "甲" }'), "missing", "name.en"),
        (page("a", 'standing = "fine"'), "not_one_of", "standing"),
        (page("a", "", SERVER.replace("993", '"993"') + WAY), "wrong_type", "endpoints[0].port"),
        (page("a", "domains = 3"), "wrong_type", "domains"),
        (page("a", "checked_on = 2026"), "wrong_type", "checked_on"),
        (page("a", 'checked_on = "2026-13-01"'), "no_date", "checked_on"),
        (page("a", "checked_on = 2026-13-01"), "not_toml", "4"),
        (page("a", "name = 5"), "wrong_type", "name"),
        (page("a", 'name = "A"'), "wrong_type", "name"),
        (page("a", 'domains = "a.cn"'), "wrong_type", "domains"),
        (page("a", 'domains = ["a.cn", 3]'), "wrong_type", "domains[1]"),
        (page("a", "", SERVER + WAY + 'recommended = "yes"'), "wrong_type", "ways[0].recommended"),
        (page("a", "", SERVER.replace('"imap"', '"IMAP"') + WAY), "not_one_of", "protocol"),
        (page("a", "", SERVER + WAY.replace('"ok"', '"broken"')), "no_reason", "ways[0].reason"),
        (page("a", "ways = []", SERVER), "empty", "ways"),
        (page("a", "", SERVER + WAY + WAY), "twice", "ways[1].way"),
        (page("a", "", SERVER + SERVER + WAY), "twice", "endpoints[1]"),
        (page("a", "", SERVER.replace("993", "99300") + WAY), "no_port", "endpoints[0].port"),
        (page("a", "", SERVER.replace("imap.", "https://") + WAY), "no_host", "endpoints[0].host"),
        (
            page("a", "", SERVER.replace('"tls"', '"plain"') + WAY),
            "in_the_clear",
            "endpoints[0].security",
        ),
        (page("A-1"), "bad_name", "id"),
        (page("a", 'domains = ["A.cn"]'), "no_domain", "domains[0]"),
        (page("a", 'mx = ["邮箱.cn"]'), "no_domain", "mx[0]"),
        (page("a", 'site = "http://a.cn/"'), "not_https", "site"),
        (page("a", "", WAY + 'source = "a page"'), "not_https", "ways[0].source"),
        (page("a", 'guides_of = "nobody"'), "nobody", "guides_of"),
        (page("a", 'ways_of = "nobody"'), "nobody", "ways_of"),
        (page("a", "", WAY.replace("why", 'guide = "x"\nwhy')), "nobody", "ways[0].guide"),
        (page("a", 'color = "red"'), "wrong", "color"),
        (page("a", 'quirks = ["slow"]'), "not_one_of", "quirks[0]"),
        (page("a", "", SERVER + BRANCH + WAY), "wrong", "branches[0].domains[0]"),
        (page("other"), "reserved", "other"),
        (page("a", "", WAY + GUIDE), "no_picture", "guides[0].steps[0].picture"),
        (page("a").encode("gb18030"), "not_utf8", "a.toml"),
        (page("a").encode("utf-16"), "not_utf8", "a.toml"),
        (b"\x00\xff" * 1000, "not_utf8", "a.toml"),
        (b"\x00" * 1000, "not_toml", "a.toml"),
        (b"#" * (overlay.MOST_FILE + 1), "too_large", "256"),
    ],
)
def test_a_wrong_file_is_passed_over_and_named(
    tmp_path: Path, text: str | bytes, kind: str, key: str
) -> None:
    found = book(tmp_path, a=text, z=page("z", 'domains = ["z.example"]'))
    assert kinds(found) == [kind]
    for language in Language:
        said = sentence(found, language)
        assert "a.toml" in said
        assert key in said
        assert not re.search(r"\{\w+\}", said), "every place is filled"
        assert "\n" not in said
    assert found.by_domain("z.example") is not None
    assert found.by_domain("qq.com") == BOOK.by_domain("qq.com")


def test_every_kind_has_its_words_and_no_word_is_left_over() -> None:
    source = Path(overlay.__file__).read_text(encoding="utf-8")
    used = set(re.findall(r"(?:_RefusedError|PassedOver)\(\s*\"(\w+)\"", source))
    used |= {kind for kind, _ in mistakes.KINDS}
    said = {name.removeprefix("own_files.") for name in WORDS._rows if name.startswith("own_files")}
    assert used == said


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    found = book(tmp_path, a=b"\xef\xbb\xbf" + page("a").encode())
    assert found.passed_over == ()
    assert found.by_id("a") is not None


def test_of_two_that_claim_the_same_the_first_is_used(tmp_path: Path) -> None:
    claim = 'domains = ["x.example"]'
    found = book(tmp_path, b=page("b", claim), a=page("a", claim), c=page("a"))
    assert kinds(found) == ["claimed", "claimed"]
    first = found.by_domain("x.example")
    assert first is not None
    assert first.id == "a"
    says = [passed.text(WORDS).en for passed in found.passed_over]
    assert "b.toml" in says[0]
    assert "a.toml" in says[0]
    assert "x.example" in says[0]
    assert "c.toml" in says[1]


def test_nothing_that_is_no_ordinary_file_is_read(tmp_path: Path) -> None:
    loop, gone = tmp_path / "a.toml", tmp_path / "b.toml"
    loop.symlink_to(loop)
    gone.symlink_to(tmp_path / "nowhere")
    (tmp_path / "c.toml").mkdir()
    os.mkfifo(tmp_path / "d.toml")  # opening it would wait for ever
    (tmp_path / "e.toml").symlink_to("/dev/zero")
    (tmp_path / ".hidden.toml").write_text("x", encoding="utf-8")
    found = book(tmp_path, z=page("z"))
    assert kinds(found) == ["unreadable", "unreadable", "no_file", "no_file", "no_file"]
    assert found.by_id("z") is not None


def test_the_folder_may_be_anything(tmp_path: Path) -> None:
    file, loop = tmp_path / "file", tmp_path / "loop"
    file.write_text("x", encoding="utf-8")
    loop.symlink_to(loop)
    for folder, wrong in ((file, []), (loop, ["no_folder"])):
        found = ProviderBook.load(RESOURCES / "providers", CLOUDS, own=folder)
        assert kinds(found) == wrong
        assert found.by_domain("qq.com") == BOOK.by_domain("qq.com")


def test_thousands_of_files_are_bounded(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"n{number:04}.toml").write_text("id = ", encoding="utf-8")
    (tmp_path / "a.toml").write_text(page("a"), encoding="utf-8")
    found = book(tmp_path)
    assert kinds(found) == ["too_many", *["not_toml"] * 4, "more"]
    assert "195" in found.passed_over[-1].text(WORDS).zh_CN
    assert found.by_id("a") is not None


def test_all_that_is_read_is_bounded(tmp_path: Path) -> None:
    filler = "#" * (overlay.MOST_FILE - 1000)
    for number in range(8):
        (tmp_path / f"n{number}.toml").write_text(page(f"n{number}") + filler, encoding="utf-8")
    found = book(tmp_path)
    assert kinds(found) == ["too_much"]
    assert [found.by_id(f"n{number}") is not None for number in range(8)] == [True] * 4 + [
        False
    ] * 4


def test_a_file_s_name_does_no_harm(tmp_path: Path) -> None:
    name = b"a\x1b[2J\xe2\x80\xae\xff{key}.toml"  # an escape, a direction mark, no UTF-8, a place
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
        file.write(b"id = ")
    said = sentence(book(tmp_path))
    assert said.isprintable()
    said.encode()
