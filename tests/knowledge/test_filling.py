"""Places in words: what stands in them, and how it stands there."""

from __future__ import annotations

import pytest

from laifaxin_desktop.knowledge.filling import filled
from laifaxin_desktop.model.problem import Evidence, Fault, Stage
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.model.text import Text

from .books import BOOK
from .knowledge import TABLE


@pytest.mark.parametrize(
    ("provider", "way", "zh_cn", "en"),
    [
        ("qq", AuthWay.APP_PASSWORD, "取不到保存的授权码", "Authorization code is missing"),
        ("outlook", AuthWay.MICROSOFT, "取不到保存的微软登录信息", "Microsoft sign-in is missing"),
        ("other", AuthWay.PASSWORD, "取不到保存的密码", "Password is missing"),
    ],
)
def test_what_is_missing_is_called_by_its_name(provider, way, zh_cn, en):
    seen = Evidence(Stage.VAULT, Fault.MISSING, provider=provider, way=way)
    said = TABLE.explain(TABLE.diagnose(seen)).title
    assert (said.zh_CN, said.en) == (zh_cn, en)


@pytest.mark.parametrize(
    ("template", "value", "said"),
    [
        ("它的{it}：", "App 专用密码", "它的 App 专用密码："),
        ("打开{it}的网页", "Gmail", "打开 Gmail 的网页"),
        ("打开{it}的网页", "QQ 邮箱", "打开 QQ 邮箱的网页"),
        ("打开 {it} 的网页", "Gmail", "打开 Gmail 的网页"),
        ("重新输入{it}", "授权码", "重新输入授权码"),
        ("{it}：{it}", "587", "587：587"),
    ],
)
def test_latin_letters_keep_apart_from_chinese(template, value, said):
    text = filled(Text(template, template), {"it": Text(value, value)})
    assert text.zh_CN == said


@pytest.mark.parametrize("provider", ["other", "proton", "qq"])
def test_a_bridge_that_is_down_has_steps_about_the_bridge(provider):
    seen = Evidence(Stage.CONNECT, Fault.REFUSED, host="127.0.0.1", port=1143, provider=provider)
    found = BOOK.guide(provider, TABLE.diagnose(seen).guide)
    assert found is not None
    assert [step.id for step in found[1].steps] == ["start_bridge"]
