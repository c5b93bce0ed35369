"""Rows of bad input that the command line and the window must both answer well."""

from __future__ import annotations

# What is no address, and why: `model.address.AddressFault`.
REFUSED = {
    "": "empty",
    "   ": "empty",
    "nobody": "no_at",
    "li@qq@com": "several_at",
    "li@qq.com wang@qq.com": "several_at",
    "l i@qq.com": "space_inside",
    "li@qq .com": "space_inside",
    "li\n@q\nq.com": "space_inside",
    "@qq.com": "no_local_part",
    "li@": "no_domain",
    "li@qq..com": "bad_domain",
    "li@localhost": "bad_domain",
    "li@-qq.com": "bad_domain",
    "li@" + "x" * 64 + ".com": "bad_domain",
    "l" * 300 + "@qq.com": "too_long",
    "l" * 65 + "@qq.com": "too_long",
    'l"i@qq.com': "bad_local_part",
    "l\u202ei@qq.com": "bad_local_part",
    "l\0i@qq.com": "bad_local_part",
}

# What is corrected, and must be shown as corrected.
CORRECTED = {
    "li＠qq。com": "li@qq.com",
    "li@qq．com": "li@qq.com",
    "li@qq.com.": "li@qq.com",
    "张三 <li@qq.com>": "li@qq.com",
    "mailto:li@qq.com": "li@qq.com",
    "li@QQ.COM": "li@qq.com",
    "li @ qq.com": "li@qq.com",
}


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def are_sentences(zh: str, en: str) -> None:
    """One in each language, finished, with no place left open."""
    assert is_chinese(zh), zh
    assert zh.rstrip()[-1] in "。！？）" or ":" in zh or "：" in zh, zh
    assert not is_chinese(en.replace("张三", "").replace("例子", "")), en
    assert en.strip()
    for text in (zh, en):
        assert "{" not in text, text
        assert "unknown error" not in text.lower()
        assert "未知错误" not in text
