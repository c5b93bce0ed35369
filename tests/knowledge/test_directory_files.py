"""The loader of provider files: every mistake names file and key; what was compiled equals it."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path

import pytest

from laifaxin_desktop.knowledge import compiled
from laifaxin_desktop.knowledge.compiled import PLACE, compile_directory, load_compiled
from laifaxin_desktop.knowledge.decode import ResourceError
from laifaxin_desktop.knowledge.directory import Directory, Index
from laifaxin_desktop.knowledge.providers import ProviderBook
from laifaxin_desktop.model.provider import Protocol
from tests.knowledge.books import CLOUDS, RESOURCES

PROVIDERS = RESOURCES / "providers"
WAY = """
[[ways]]
way = "password"
standing = "ok"
title = { zh_CN = "密码", en = "Password" }
why = { zh_CN = "登录密码。", en = "Your password." }
credential = { name = { zh_CN = "密码", en = "Password" } }
"""
SERVER = """
[[endpoints]]
protocol = "imap"
host = "imap.a.cn"
port = 993
security = "tls"
"""
BRANCH = """
[[branches]]
domains = ["b.cn"]
[[branches.endpoints]]
protocol = "imap"
host = "imap.b.cn"
port = 993
security = "tls"
"""
GUIDE = """
[[guides]]
id = "prepare"
title = { zh_CN = "准备", en = "Prepare" }
intro = { zh_CN = "先准备。", en = "Prepare first." }
[[guides.steps]]
id = "open"
title = { zh_CN = "打开", en = "Open" }
body = { zh_CN = "打开{provider}。", en = "Open {provider}." }
menu_path = { zh_CN = "设置", en = "Settings" }
link = { label = { zh_CN = "打开", en = "Open" }, url = "https://a.cn/" }
picture = "open"
"""


def page(name: str, head: str = "", tables: str = SERVER + WAY) -> str:
    """A whole file."""
    own = {line.partition(" = ")[0] for line in head.splitlines()}
    usual = [
        f'id = "{name}"',
        'name = { zh_CN = "甲", en = "A" }',
        'standing = "ok"',
        "checked_on = 2026-11-20",
    ]
    kept = [line for line in usual if line.partition(" = ")[0] not in own]
    if "[[endpoints]]" not in tables and "endpoints" not in own:
        kept.append("endpoints = []")
    return "\n".join([*kept, head, tables])


def book(folder: Path, **pages: str) -> ProviderBook:
    """The directory of these files alone."""
    for name, text in pages.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return ProviderBook.load(folder, CLOUDS)


# --- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "tables", "message"),
    [
        ("standing = ", WAY, r"a\.toml: "),
        ('colour = "#000000"', WAY, r"a\.toml: unknown key 'colour'"),
        ('standing = "fine"', WAY, r"a\.toml\.standing: 'fine' is not one of"),
        ('checked_on = "someday"', WAY, r"a\.toml\.checked_on: "),
        ('name = { zh_CN = "甲" }', WAY, r"a\.toml\.name\.en: missing"),
        ('id = "A-1"', WAY, r"a\.toml\.id: "),
        ('domains = ["ok.cn", "QQ.com"]', WAY, r"a\.toml\.domains\[1\]: 'QQ\.com'"),
        ('domains = ["邮箱.中国"]', WAY, r"a\.toml\.domains\[0\]"),
        ('mx = ["*.a.cn"]', WAY, r"a\.toml\.mx\[0\]"),
        ('mx = [".a.cn", ".a.cn"]', WAY, r"a\.toml and a\.toml: both claim mx '\.a\.cn'"),
        ('site = "http://a.cn/"', WAY, r"a\.toml\.site"),
        ('color = "red"', WAY, r"a\.toml\.color"),
        ('confidence = "sure"', WAY, r"a\.toml\.confidence"),
        ('quirks = ["slow"]', WAY, r"a\.toml\.quirks\[0\]: 'slow' is not one of"),
        ("", SERVER, r"a\.toml\.ways: missing"),
        ("ways = []", SERVER, r"a\.toml\.ways: at least one"),
        ("", SERVER.replace("993", "99300") + WAY, r"a\.toml\.endpoints\[0\]\.port: 99300"),
        ("", SERVER.replace("993", '"993"') + WAY, r"a\.toml\.endpoints\[0\]\.port: int"),
        ("", SERVER.replace("imap.a", "imap a") + WAY, r"a\.toml\.endpoints\[0\]\.host"),
        ("", SERVER.replace('"tls"', '"ssl"') + WAY, r"a\.toml\.endpoints\[0\]\.security: 'ssl'"),
        ("", SERVER + SERVER + WAY, r"a\.toml\.endpoints\[1\]: is there twice"),
        ("", SERVER + 'half = "send"' + WAY, r"a\.toml\.endpoints\[0\]\.half"),
        ("", WAY.replace('"password"', '"app-password"'), r"a\.toml\.ways\[0\]\.way: 'app-pass"),
        ("", WAY + WAY, r"a\.toml\.ways\[1\]\.way: password is there twice"),
        ("", WAY + 'guide = "none"', r"a\.toml\.ways\[0\]\.guide: no guide 'none'"),
        ('guides_of = "a"', WAY + 'guide = "x"', r"a\.toml\.ways\[0\]\.guide: no guide 'x'"),
        ("", WAY + 'source = "a page"', r"a\.toml\.ways\[0\]\.source"),
        ("", WAY.replace('"ok"', '"broken"'), r"a\.toml\.ways\[0\]\.reason: a broken way says"),
        ("", WAY.replace("} }", "}, length = 0 }"), r"a\.toml\.ways\[0\]\.credential\.length"),
        ("", WAY.replace("} }", '}, alphabet = "z-a" }'), r"ways\[0\]\.credential\.alphabet"),
        ("", GUIDE + WAY + 'guide = "prepare"' + GUIDE, r"a\.toml\.guides\[1\]\.id: 'prepare'"),
        ("", WAY + GUIDE.replace("https:", "http:"), r"guides\[0\]\.steps\[0\]\.link\.url"),
        ("", WAY + GUIDE.replace('"open"', '"../open"'), r"guides\[0\]\.steps\[0\]\.picture"),
        ("", WAY + GUIDE.partition("[[guides.steps]]")[0], r"guides\[0\]\.steps: missing"),
        ("", WAY + GUIDE.replace('"prepare"', '"x"\nends_like = "y"', 1), r"ends_like: .*'y'"),
        ('domains = ["a.cn"]', SERVER + BRANCH + WAY, r"branches\[0\]\.domains\[0\]: 'b\.cn'"),
        ('domains = ["b.cn"]', SERVER + BRANCH + BRANCH + WAY, r"branches\[1\]\.domains\[0\]"),
        (
            'domains = ["b.cn"]',
            SERVER + BRANCH.replace("993", "0") + WAY,
            r"branches\[0\]\.endpoints\[0\]\.port: 0 is no port",
        ),
        ('guides_of = "b"', WAY, r"a\.toml: guides_of: no provider 'b'"),
        ('ways_of = "b"', WAY, r"a\.toml: ways_of: no provider 'b'"),
    ],
)
def test_a_wrong_file_names_itself_and_the_key(
    tmp_path: Path, head: str, tables: str, message: str
) -> None:
    with pytest.raises(ResourceError, match=message):
        book(tmp_path, a=page("a", head, tables))


def test_bytes_that_are_no_text_name_their_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes("甲".encode("gb18030"))
    with pytest.raises(ResourceError, match=r"a\.toml"):
        ProviderBook.load(tmp_path, CLOUDS)


@pytest.mark.parametrize("claim", ['domains = ["x.cn"]', 'mx = [".x.cn"]', 'id = "same"'])
def test_two_files_may_not_claim_the_same(tmp_path: Path, claim: str) -> None:
    with pytest.raises(ResourceError, match=r"a\.toml and b\.toml: both claim .*(x\.cn|same)"):
        book(tmp_path, a=page("a", claim), b=page("b", claim))


# --- what is found --------------------------------------------------------------------------------


def test_the_longest_suffix_wins(tmp_path: Path) -> None:
    found = book(
        tmp_path,
        a=page("a", 'mx = [".yahoodns.net"]'),
        b=page("b", 'mx = [".gm0.yahoodns.net"]'),
        c=page("c", 'mx = ["mx.gm0.yahoodns.net"]'),
    )
    owners = {
        "mta7.am0.yahoodns.net": "a",
        "mail.gm0.yahoodns.net": "b",
        "MX.gm0.yahoodns.net.": "c",
        "x.mx.gm0.yahoodns.net": "b",
    }
    for host, owner in owners.items():
        assert found.by_mx(host) is found.by_id(owner), host
    assert found.by_mx("yahoodns.net") is None
    assert found.by_mx("mta7.am0.yahoodns.net.evil.example") is None


def test_some_domains_have_servers_of_their_own(tmp_path: Path) -> None:
    found = book(tmp_path, a=page("a", 'domains = ["a.cn", "b.cn"]', SERVER + BRANCH + WAY))
    main, branch = found.by_domain("a.cn"), found.by_domain("b.cn")
    assert main is found.by_id("a")
    assert branch is not None
    assert [end.host for end in branch.endpoints] == ["imap.b.cn"]
    assert (branch.id, branch.ways) == ("a", main.ways)
    assert [end.host for end in main.endpoints] == ["imap.a.cn"]


def test_a_guide_may_end_as_all_of_its_kind_do(tmp_path: Path) -> None:
    head, _, steps = GUIDE.partition("[[guides.steps]]")
    everybody = head + 'habits = [{ zh_CN = "保管好{credential}。", en = "Keep {credential}." }]'
    steps = f"\n[[guides.steps]]{steps}"
    question = """
[[guides.questions]]
ask = { zh_CN = "什么是{credential}？", en = "What is the {credential}?" }
answer = { zh_CN = "一串密码。", en = "A password." }
"""
    mine = GUIDE.replace('id = "prepare"', 'id = "prepare"\nends_like = "prepare"')
    way = WAY.replace("密码", "授权码", 1).replace(
        '"密码", en = "Password"', '"授权码", en = "Code"'
    )
    found = book(
        tmp_path,
        other=page("other", "", SERVER + WAY + everybody + steps + question),
        a=page("a", "", SERVER + way + 'guide = "prepare"' + mine),
    )
    provider = found.by_id("a")
    assert provider is not None
    (guide,) = provider.guides
    assert [habit.zh_CN for habit in guide.habits] == ["保管好授权码。"]
    assert [question.ask.en for question in guide.questions] == ["What is the code?"]
    assert guide.steps[0].body.en == "Open A."
    assert guide.steps[0].picture == "a/open"


def test_a_picture_may_be_anybody_s(tmp_path: Path) -> None:
    guide = GUIDE.replace('picture = "open"', 'picture = "other/turn_on"')
    provider = book(tmp_path, a=page("a", "", WAY + guide)).by_id("a")
    assert provider is not None
    assert provider.guides[0].steps[0].picture == "other/turn_on"


# --- compiled -------------------------------------------------------------------------------------


def compile_copy(folder: Path) -> Path:
    """The real files, copied and compiled."""
    for file in PROVIDERS.glob("*.toml"):
        (folder / file.name).write_bytes(file.read_bytes())
    return compile_directory(folder)


def test_what_was_compiled_equals_the_files(tmp_path: Path) -> None:
    compile_copy(tmp_path)
    quick, plain = load_compiled(tmp_path), Directory.read(tmp_path)
    assert quick is not None
    for part in fields(Index):
        assert getattr(quick.index, part.name) == getattr(plain.index, part.name), part.name
    assert list(quick.index.files) == list(plain.index.files)
    for provider_id in plain.index.files:
        assert quick.page(provider_id) == plain.page(provider_id)
    assert ProviderBook(quick, CLOUDS).all == ProviderBook(plain, CLOUDS).all


def test_a_compiled_directory_decodes_nothing_until_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_copy(tmp_path)
    decoded: list[str] = []
    parse = compiled.Directory.page.__globals__["parse"]
    monkeypatch.setitem(
        compiled.Directory.page.__globals__,
        "parse",
        lambda shape, text, where: decoded.append(where) or parse(shape, text, where),
    )
    monkeypatch.setattr(Directory, "read", None)  # the files are not read
    found = ProviderBook.load(tmp_path, CLOUDS)
    assert decoded == []
    provider = found.by_domain("qq.com")
    assert provider is not None
    assert provider.endpoint(Protocol.IMAP) is not None
    assert decoded == ["qq.toml"]
    assert found.by_domain("unknown.example") is None
    assert found.by_domain("qq.com") is provider
    assert decoded == ["qq.toml"]


@pytest.mark.parametrize(
    "change",
    ["edited", "grown", "added", "removed", "cut", "other_format", "noise", "empty", "line_cut"],
)
def test_what_no_longer_holds_is_not_used(tmp_path: Path, change: str) -> None:
    place = compile_copy(tmp_path)
    qq, text = tmp_path / "qq.toml", place.read_bytes()
    later = place.stat().st_mtime_ns + 10_000_000_000
    match change:
        case "edited":  # as long as before
            qq.write_text(qq.read_text(encoding="utf-8").replace("993", "143"), encoding="utf-8")
            os.utime(qq, ns=(later, later))
        case "grown":
            qq.write_text(qq.read_text(encoding="utf-8") + "\n", encoding="utf-8")
            os.utime(qq, ns=(0, 0))
        case "added":
            (tmp_path / "new.toml").write_text(page("new"), encoding="utf-8")
        case "removed":
            (tmp_path / "yahoo.toml").unlink()
        case "cut":
            place.write_bytes(text[: len(text) // 2])
        case "other_format":
            head = json.loads(text.partition(b"\n")[0])
            head["format"] += 1
            place.write_bytes(json.dumps(head).encode() + b"\n" + text.partition(b"\n")[2])
        case "noise":
            place.write_bytes(b"\xff\x00 noise")
        case "empty":
            place.write_bytes(b"")
        case "line_cut":
            place.write_bytes(text[:-1])
    assert load_compiled(tmp_path) is None
    fresh = ProviderBook.load(tmp_path, CLOUDS)
    if change == "edited":
        provider = fresh.by_id("qq")
        assert provider is not None
        imap = provider.endpoint(Protocol.IMAP)
        assert imap is not None
        assert imap.port == 143
    assert (fresh.by_id("new") is not None) is (change == "added")
    assert (fresh.by_id("yahoo") is None) is (change == "removed")


def test_installed_files_with_new_dates_are_still_the_same(tmp_path: Path) -> None:
    place = compile_copy(tmp_path)
    later = place.stat().st_mtime_ns + 1_000_000_000
    for file in tmp_path.glob("*.toml"):
        os.utime(file, ns=(later, later))
    assert load_compiled(tmp_path) is not None


def test_compiling_twice_writes_once_and_a_wrong_file_keeps_what_was(tmp_path: Path) -> None:
    place = compile_copy(tmp_path)
    before = place.stat()
    assert compile_directory(tmp_path) == place
    assert place.stat().st_ino == before.st_ino
    (tmp_path / "qq.toml").write_text("id = 1", encoding="utf-8")
    with pytest.raises(ResourceError, match=r"qq\.toml"):
        compile_directory(tmp_path)
    assert place.stat().st_ino == before.st_ino
    assert [file.name for file in place.parent.iterdir()] == [PLACE.name]
